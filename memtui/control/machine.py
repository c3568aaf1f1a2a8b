"""Actions on the machine as a whole, behind the same door as those on processes: refused, planned, logged alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from memtui.control import swap, sysctl
from memtui.control.controls import Controls
from memtui.control.outcome import Kind, Outcome
from memtui.control.plan import Plan
from memtui.control.swap import Clearing
from memtui.proc.swaps import Swap, fit


@dataclass(frozen=True, slots=True)
class ClearPlan:
    """The question before swap is cleared, and the clearing itself; `refused` says why there is none."""

    title: str
    effect: tuple[str, ...]
    clearing: Clearing | None
    refused: str = ""


def setting_plan(
    controls: Controls, name: str, old: int, new: int, mem_total: int, meaning: Callable[[int], str]
) -> Plan | Outcome:
    """Set a setting, after a question that says what the new value means; a refusal if it may not be that."""
    allowed = sysctl.limits(name, mem_total)
    if allowed is None:
        return Outcome(Kind.REFUSED, f"memtui doesn't set {name}")
    if not allowed.least <= new <= allowed.most:
        return Outcome(Kind.REFUSED, f"{name} from {allowed.least} to {allowed.most}: {allowed.why}")
    effect = (
        f"vm.{name} {old} to {new}, until the next boot",
        meaning(new),
        f"Backspace on its line sets it back to {old}",
    )
    return Plan(f"Set {name} to {new}?", effect, lambda: (_set(controls, name, new),))


def clear_plan(
    controls: Controls,
    areas: Sequence[Swap],
    lines: Mapping[str, int],
    size: Callable[[int], str],
    tight: Callable[[], Sequence[str]],
) -> ClearPlan:
    """Switch swap off and on again, if what is in it fits into RAM; `tight` names cgroups into which it doesn't."""
    found = fit(lines)
    title = "Clear swap?"
    if controls.refusal is not None:
        return ClearPlan(title, (), None, controls.refusal.text)
    if problem := swap.unable(areas):
        return ClearPlan(title, (), None, problem)
    if not found.fits:
        words = f"it doesn't fit: {size(found.needed)} in swap, {size(found.available)} available"
        return ClearPlan(title, (), None, words)
    if full := tight():
        more = f" and {len(full) - 1} more" if len(full) > 1 else ""
        words = f"it doesn't fit into the limit of cgroup {full[0]}{more}: something there would be killed"
        return ClearPlan(title, (), None, words)
    effect = (
        f"swapoff and swapon of {', '.join(area.name for area in areas)}, one after the other",
        f"{size(found.needed)} come back into RAM, of which {size(found.available)} are available",
        "programs whose pages come back may be slow meanwhile; Esc stops it",
        "priorities stay as they are; discard options of fstab are not set again",
    )
    return ClearPlan(title, effect, Clearing(areas))


def clear(controls: Controls, clearing: Clearing) -> Outcome:
    """Run a clearing to its end and write it down."""
    if controls.refusal is not None:
        return controls.refusal
    outcome = clearing.run()
    names = ", ".join(area.name for area in clearing.areas)
    return _logged(controls, "clear swap", names, outcome)


def _set(controls: Controls, name: str, value: int) -> Outcome:
    if controls.refusal is not None:
        return controls.refusal
    return _logged(controls, f"sysctl vm.{name}={value}", f"vm.{name}", sysctl.write(name, value))


def _logged(controls: Controls, action: str, what: str, outcome: Outcome) -> Outcome:
    problem = controls.log.write(action, 0, 0, what, outcome)
    return Outcome(outcome.kind, f"{outcome.text} (not in the log: {problem})") if problem else outcome
