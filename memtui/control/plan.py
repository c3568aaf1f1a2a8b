"""What an action will do, in words, before anyone is asked to confirm it.

Sizes are written by a function that the caller brings (view.format.size), names are as from outside: every line of
a plan is to be sanitised before it is shown.
"""

import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from memtui.control import nice, oom_adj
from memtui.control.controls import Controls, Target
from memtui.control.outcome import Outcome
from memtui.control.reclaim import Advice
from memtui.control.signals import ENDING
from memtui.proc.oom_adj import old_scale

_NAMED: Final = 10
_INIT: Final = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """A question for a title, the exact effect line by line, and what does it: an outcome for each process.

    What is `slow` waits for storage and is to be done on a thread.
    """

    title: str
    effect: tuple[str, ...]
    run: Callable[[], tuple[Outcome, ...]]
    targets: tuple[Target, ...] = ()
    slow: bool = False


def signal_plan(
    controls: Controls, targets: Sequence[Target], number: signal.Signals, size: Callable[[int], str]
) -> Plan:
    """Send a signal to each process; says what ending them would free."""
    effect = [f"send {number.name} ({int(number)}) to {_names(targets)}"]
    if number.name in ENDING:
        effect.append(_freed(targets, size))
    elif number is signal.SIGSTOP:
        effect.append("frees nothing: stopped processes keep their memory until SIGCONT and after")
    if number is signal.SIGKILL:
        effect.append("they can't save anything nor clean up")
    if kernel := [target for target in targets if target.kernel_thread]:
        effect.append(f"kernel threads ignore signals: {_list(kernel)}")
    if any(target.pid == _INIT for target in targets):
        effect.append("1 is init: it takes only signals that it wants, and the system may go down")
    title = f"Send {number.name} to {_count(targets)}?"
    return Plan(
        title, tuple(effect), lambda: tuple(controls.send(target, number) for target in targets), tuple(targets)
    )


def nice_plan(controls: Controls, targets: Sequence[Target], *, value: int | None = None, step: int = 0) -> Plan:
    """Set the nice value of each process to `value`, or move each by `step`, within what is allowed."""
    wanted = [
        min(max(target.nice + step if value is None else value, nice.LOWEST), nice.HIGHEST) for target in targets
    ]
    effect = [
        f"nice {target.nice} to {new}{_all_threads(target)}: {target.pid} {target.comm}"
        for target, new in zip(targets, wanted, strict=True)
    ]
    if any(new < target.nice for target, new in zip(targets, wanted, strict=True)):
        effect.append("lowering nice takes root, CAP_SYS_NICE or a limit that allows it")
    return Plan(
        f"Renice {_count(targets)}?",
        _shortened(effect),
        lambda: tuple(controls.renice(target, new) for target, new in zip(targets, wanted, strict=True)),
        tuple(targets),
    )


def oom_plan(controls: Controls, targets: Sequence[Target], value: int) -> Plan:
    """Set oom_score_adj of each process, in words what that means, on the old scale of oom_adj too."""
    value = min(max(value, oom_adj.LOWEST), oom_adj.HIGHEST)
    effect = [
        f"oom_score_adj {'?' if target.oom_score_adj is None else target.oom_score_adj} to {value}: "
        f"{target.pid} {target.comm}"
        for target in targets
    ]
    more = [f"on the old scale: oom_adj {old_scale(value)}", oom_meaning(value)]
    known = [target.oom_score_adj for target in targets if target.oom_score_adj is not None]
    if any(value < adj for adj in known):
        more.append("lowering it takes root, CAP_SYS_RESOURCE, or that it was as low before")
    return Plan(
        f"Set oom_score_adj of {_count(targets)}?",
        (*_shortened(effect), *more),
        lambda: tuple(controls.set_oom_score_adj(target, value) for target in targets),
        tuple(targets),
    )


def oom_meaning(value: int) -> str:
    """What an oom_score_adj does, in a sentence."""
    if value == oom_adj.LOWEST:
        return "-1000: the OOM killer never takes them, and others in their stead, however small"
    if value == oom_adj.HIGHEST:
        return "1000: taken before all others, however little they use"
    if not value:
        return "0: taken by what they use alone"
    if value > 0:
        return f"taken as if they used {value / 10:g} % more of RAM and swap than they do"
    return f"{-value / 10:g} % of RAM and swap of what they use is overlooked"


def reclaim_plan(
    controls: Controls, targets: Sequence[Target], how: Advice, size: Callable[[int], str], swap_free: int | None
) -> Plan:
    """Ask the kernel to take the memory of each process back; `swap_free` bytes tell where it can go."""
    effect = [f"process_madvise({how.name}) on all mappings of {_names(targets)}"]
    resident = sum(target.res for target in targets)
    if how is Advice.MADV_PAGEOUT:
        room = "unknown" if swap_free is None else size(swap_free)
        effect.append(f"RES {size(resident)} now: anonymous memory goes to swap, of which {room} is free")
        if swap_free == 0:
            effect.append("there is no swap: anonymous memory stays where it is")
        effect.append("pages of files are dropped, changed ones written first; pages shared with others stay")
        effect.append("nothing is lost: it comes back by major faults, which slow them down")
    else:
        effect.append(f"RES {size(resident)} now: its pages become the first to go when memory is short")
        effect.append("nothing is written or freed now, and nothing is lost")
    title = f"{'Page out' if how is Advice.MADV_PAGEOUT else 'Make cold'}: {_count(targets)}?"
    run = lambda: tuple(controls.reclaim(target, how) for target in targets)  # noqa: E731
    return Plan(title, tuple(effect), run, tuple(targets), slow=True)


def _freed(targets: Iterable[Target], size: Callable[[int], str]) -> str:
    """USS is what only one process maps; what several of them share comes on top of the sum."""
    known = [target.uss for target in targets if target.uss is not None]
    unknown = sum(target.uss is None for target in targets)
    if not known:
        return "frees an unknown size: USS is not measured"
    text = f"frees about {size(sum(known))} USS if they end"
    return f"{text}, not counting {unknown} not measured" if unknown else text


def _count(targets: Sequence[Target]) -> str:
    return f"{targets[0].pid} {targets[0].comm}" if len(targets) == 1 else f"{len(targets)} processes"


def _names(targets: Sequence[Target]) -> str:
    return f"{len(targets)} {'process' if len(targets) == 1 else 'processes'}: {_list(targets)}"


def _list(targets: Sequence[Target]) -> str:
    named = ", ".join(f"{target.pid} {target.comm}" for target in targets[:_NAMED])
    return f"{named} and {len(targets) - _NAMED} more" if len(targets) > _NAMED else named


def _all_threads(target: Target) -> str:
    return f" for all {target.threads} threads" if target.threads > 1 else ""


def _shortened(lines: Sequence[str]) -> tuple[str, ...]:
    if len(lines) <= _NAMED:
        return tuple(lines)
    return (*lines[: _NAMED - 1], f"and {len(lines) - _NAMED + 1} more")
