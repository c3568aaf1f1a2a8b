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
from memtui.control.signals import ENDING

_NAMED: Final = 10
_INIT: Final = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """A question for a title, the exact effect line by line, and what does it: an outcome for each process."""

    title: str
    effect: tuple[str, ...]
    run: Callable[[], tuple[Outcome, ...]]


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
    return Plan(title, tuple(effect), lambda: tuple(controls.send(target, number) for target in targets))


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
    )


def oom_plan(controls: Controls, targets: Sequence[Target], value: int) -> Plan:
    """Set oom_score_adj of each process."""
    value = min(max(value, oom_adj.LOWEST), oom_adj.HIGHEST)
    effect = [
        f"oom_score_adj {'?' if target.oom_score_adj is None else target.oom_score_adj} to {value}: "
        f"{target.pid} {target.comm}"
        for target in targets
    ]
    if value == oom_adj.LOWEST:
        effect.append("the OOM killer will never take them, and others in their stead")
    return Plan(
        f"Set oom_score_adj of {_count(targets)}?",
        _shortened(effect),
        lambda: tuple(controls.set_oom_score_adj(target, value) for target in targets),
    )


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
