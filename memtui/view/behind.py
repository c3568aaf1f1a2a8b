"""What is behind a line of the account of RAM: a few words on the line itself, and where Enter leads."""

from typing import Final

from memtui.model.account import mapped_files
from memtui.model.memory import Kind, Part, mapped_bounds
from memtui.model.snapshot import Snapshot
from memtui.model.survey import MemorySurvey
from memtui.proc.unavailable import Unavailable
from memtui.view import format as fmt
from memtui.view.columns import shown_text

_NAMED: Final = 3
_APART: Final = " · "

SORTED_BY: Final = {
    Kind.ANON: "anon",
    Kind.FILE_MAPPED: "file",
    Kind.PAGE_TABLES: "pte",
    Kind.KERNEL_STACKS: "threads",
}
"""Parts that processes make up, with the field by which the process table is sorted to show who."""


def note(snapshot: Snapshot, part: Part) -> str:
    """What is known of a part beyond its size; empty where its meaning says all."""
    memory, survey = snapshot.memory, snapshot.survey.memory
    match part.kind:
        case Kind.FILE_MAPPED:
            return _mapped(snapshot)
        case Kind.FILE:
            dirty, writeback = memory.get("Dirty"), memory.get("Writeback")
            return f"dirty {fmt.size(dirty)}{_APART}writeback {fmt.size(writeback)}"
        case Kind.SHMEM if survey is not None:
            return _shmem(part.size, survey)
        case Kind.HUGETLB:
            return _huge(snapshot)
        case Kind.COMPRESSED:
            return _compressed(snapshot)
        case Kind.ARC if survey is not None:
            return f"shrinks to {fmt.size(survey.arc.get('c_min'))} under pressure; more of it may lie in slab"
        case _:
            return ""


def _mapped(snapshot: Snapshot) -> str:
    least, most = mapped_bounds(snapshot.memory.lines)
    if most - least <= snapshot.memory.total // 1000:
        return ""
    how = "by what processes map" if mapped_files(snapshot) != least else "the least it can be"
    return f"estimate {how}: between {fmt.size(least)} and {fmt.size(most)}, the rest of Mapped is shmem"


def _shmem(size: int, survey: MemorySurvey) -> str:
    parts: list[tuple[str, int]] = []
    if not isinstance(survey.tmpfs, Unavailable):
        parts += [(one.folder, one.used) for one in survey.tmpfs if one.used]
    if not isinstance(survey.segments, Unavailable):
        parts.append(("SysV", sum(segment.rss or 0 for segment in survey.segments)))
    named = sum(used for _, used in parts)
    parts = sorted((part for part in parts if part[1]), key=lambda part: -part[1])[:_NAMED]
    words = [f"{shown_text(name)} {fmt.size(used)}" for name, used in parts]
    rest = size - named
    if rest > 0:
        words.append(f"memfd, shared anonymous and others {fmt.size(rest)}")
    return _APART.join(words)


def _huge(snapshot: Snapshot) -> str:
    memory = snapshot.memory
    size = memory.get("Hugepagesize") or 0
    counts = {name: memory.get(f"HugePages_{name}") or 0 for name in ("Total", "Free", "Rsvd")}
    used = counts["Total"] - counts["Free"]
    return (
        f"{fmt.size(size)} pages: used {fmt.size(used * size)}{_APART}free {fmt.size(counts['Free'] * size)}"
        f"{_APART}of these promised {fmt.size(counts['Rsvd'] * size)}"
    )


def _compressed(snapshot: Snapshot) -> str:
    survey = snapshot.survey.memory
    parts = []
    if survey is not None and survey.zram:
        parts.append(f"zram {fmt.size(sum(device.used for device in survey.zram))}")
    if zswap := snapshot.memory.get("Zswap"):
        parts.append(f"zswap {fmt.size(zswap)} for {fmt.size(snapshot.memory.get('Zswapped'))}")
    return _APART.join(parts)
