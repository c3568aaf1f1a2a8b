"""Do the parts add up? Sums over all mappings against what the kernel says of the whole process, and what differs."""

from typing import Final, NamedTuple

from memtui.model.mappings import AddressSpace
from memtui.proc.pid_status import PidStatus
from memtui.proc.smaps import Rollup
from memtui.view import format as fmt
from memtui.view.lines import Tone

_VSYSCALL: Final = "[vsyscall]"
_KIB: Final = 1024


class Sum(NamedTuple):
    """A sum over the mappings, the kernel's own figure, and what is known to lie between them, in words.

    `explained` tells whether the words account for all of the difference.
    """

    name: str
    ours: int
    theirs: int
    why: str
    explained: bool

    @property
    def difference(self) -> int:
        """Bytes by which the sum over the mappings is larger."""
        return self.ours - self.theirs


def sums(space: AddressSpace, rollup: Rollup | None, status: PidStatus | None) -> list[Sum]:
    """All sums that there is something to hold against."""
    found, total = list[Sum](), space.total
    if status is not None and status.vm_size is not None:
        outside = sum(one.size for one in space.mappings if one.path == _VSYSCALL)
        found.append(_sum("Size", total.size, status.vm_size, outside, "[vsyscall] is not in VmSize"))
    if rollup is None:
        return found
    names = (
        ("Rss", total.rss, rollup.rss), ("USS", total.uss, rollup.uss), ("Swap", total.swap, rollup.swap),
        ("Anonymous", total.anonymous, rollup.anonymous), ("Referenced", total.referenced, rollup.referenced),
    )  # fmt: skip
    found += [_sum(name, ours, theirs, 0, "") for name, ours, theirs in names]
    short = rollup.pss - total.pss
    rounding = len(space.mappings) * _KIB
    explained = 0 <= short < rounding or not short
    words = f"each of {len(space.mappings)} mappings is rounded down to KiB" if short and explained else ""
    found.append(Sum("Pss", total.pss, rollup.pss, words or _moved(short), explained))
    return found


def _sum(name: str, ours: int, theirs: int, known: int, words: str) -> Sum:
    rest = ours - theirs - known
    return Sum(name, ours, theirs, words if known and not rest else _moved(rest), not rest)


def _moved(rest: int) -> str:
    return "changed between the two readings" if rest else ""


def in_words(one: Sum) -> str:
    """One sum as a sentence."""
    if not one.difference:
        return f"{one.name} {fmt.size(one.ours)}: the sum of the mappings is what the kernel says of the whole"
    return (
        f"{one.name} {fmt.size(one.ours)} of the mappings, {fmt.size(one.theirs)} of the whole: "
        f"{fmt.signed_size(one.difference)}, {one.why}"
    )


def process_sums(status: PidStatus | None, rollup: Rollup | None, res: int) -> list[tuple[str, Tone]]:
    """The sums of one process, each in a sentence: the parts of RES, USS and shared, the parts of PSS, swap."""
    words: list[tuple[str, Tone]] = []
    parts = (status.rss_anon, status.rss_file, status.rss_shmem) if status else (None,)
    whole = res if status is None or status.vm_rss is None else status.vm_rss
    known = [part for part in parts if part is not None]
    if len(known) == 3 and sum(known) != whole:
        words.append((f"anon + file + shmem is {_off(sum(known), whole)} RES", Tone.WARN))
    if rollup is not None:
        words += _rollup_sums(rollup, whole)
        if status is not None and status.vm_swap is not None and rollup.swap != status.vm_swap:
            rest = fmt.signed_size(rollup.swap - status.vm_swap)
            words.append((f"swap: smaps has {rest}: it counts swapped shared memory, VmSwap does not", Tone.DIM))
    if words or rollup is None:
        return words
    return [("adds up: anon + file + shmem = USS + shared = RES", Tone.DIM)]


def _rollup_sums(rollup: Rollup, res: int) -> list[tuple[str, Tone]]:
    words: list[tuple[str, Tone]] = []
    held = rollup.uss + rollup.shared_clean + rollup.shared_dirty
    if held != rollup.rss:
        words.append((f"USS + shared is {_off(held, rollup.rss)} the RSS of smaps", Tone.WARN))
    if rollup.rss != res:
        words.append((f"the RSS of smaps is {_off(rollup.rss, res)} RES: read at another moment", Tone.DIM))
    kinds = [part for part in (rollup.pss_anon, rollup.pss_file, rollup.pss_shmem) if part is not None]
    if len(kinds) == 3 and abs(sum(kinds) - rollup.pss) > len(kinds) * _KIB:
        words.append((f"PSS of anon, file and shmem is {_off(sum(kinds), rollup.pss)} PSS", Tone.WARN))
    return words


def _off(part: int, whole: int) -> str:
    return f"{fmt.size(abs(part - whole))} {'more' if part > whole else 'less'} than"
