"""From the wish to act on processes to the deed: which signal or nice value, the question, the result in words."""

import signal
from collections.abc import Callable, Sequence
from typing import Final

from textual.app import App

from memtui.control.controls import Controls
from memtui.control.outcome import Kind, Outcome, in_short
from memtui.control.plan import Plan, nice_plan, oom_meaning, oom_plan, reclaim_plan, signal_plan
from memtui.control.reclaim import Advice
from memtui.control.signals import SIGNALS
from memtui.model.process import Process
from memtui.proc.oom_adj import MOST, NEVER, OLD_MOST, OLD_NEVER, from_old_scale, old_scale
from memtui.tui.screens.confirm import Confirm
from memtui.tui.screens.menu import Choice, Menu
from memtui.tui.screens.number import AskNumber
from memtui.view import format as fmt
from memtui.view.text import sanitize

Done = Callable[[], None]

_ACTIONS: Final = (
    ("signal", "send a signal: end it, and others"),
    ("stop", "SIGSTOP: it stands still, and keeps its memory"),
    ("continue", "SIGCONT: it goes on"),
    ("nice - 1", "favour it: more CPU time"),
    ("nice + 1", "hold it back"),
    ("oom_score_adj", "how ready the OOM killer is to take it"),
    ("page out", "MADV_PAGEOUT: its memory to swap, its file pages dropped, now"),
    ("make cold", "MADV_COLD: its pages go first when memory is short"),
)
_OOM_WORDS: Final = (
    "-1000  never taken by the OOM killer",
    "    0  taken by what it uses alone; each 10 is 1 % of RAM and swap",
    " 1000  taken before all others",
    "Older guides have oom_adj, -17 to 15, in its place: type old -17 for -1000, old -5 for -294, old 5 for 294, "
    "old 15 for 1000.",
)


def kill(app: App[int], controls: Controls, targets: Sequence[Process], done: Done) -> None:
    """Choose a signal, confirm, send; `done` is called after it was sent."""
    if _refused(app, controls):
        return
    choices = [Choice(number.name, f"{int(number):>2} {number.name}", hint) for number, hint in SIGNALS]

    def chosen(name: str | None) -> None:
        if name is not None:
            _ask(app, signal_plan(controls, targets, signal.Signals[name], fmt.size), done)

    app.push_screen(Menu("Send a signal", choices, "SIGTERM"), chosen)


def renice(app: App[int], controls: Controls, targets: Sequence[Process], done: Done, *, step: int) -> None:
    """Move nice values by a step, after a question."""
    if not _refused(app, controls):
        _ask(app, nice_plan(controls, targets, step=step), done)


def set_nice(app: App[int], controls: Controls, targets: Sequence[Process], done: Done, *, text: str) -> None:
    """Set nice values to what was typed, after a question; what is no number is refused with a word."""
    if _refused(app, controls):
        return
    try:
        value = int(text)
    except ValueError:
        app.notify("a nice value is a whole number from -20 to 19", severity="warning", markup=False)
        return
    _ask(app, nice_plan(controls, targets, value=value), done)


def oom_adj(app: App[int], controls: Controls, targets: Sequence[Process], done: Done) -> None:
    """Type an oom_score_adj, or `old N` on the scale of oom_adj, after which comes the question."""
    if _refused(app, controls):
        return
    now = targets[0].oom_score_adj if len(targets) == 1 else None
    title = f"oom_score_adj of {_who(targets)}"

    def typed(text: str | None) -> None:
        value = None if text is None else _adjustment(text)
        if value is not None:
            _ask(app, oom_plan(controls, targets, value), done)

    app.push_screen(AskNumber(title, _OOM_WORDS, "" if now is None else str(now), _oom_meaning), typed)


def act(
    app: App[int],
    controls: Controls,
    targets: Sequence[Process],
    done: Done,
    what: str = "",
    swap_free: int | None = None,
) -> None:
    """Do one of the actions after its questions; without `what`, let the user choose one."""
    if _refused(app, controls):
        return
    match what:
        case "signal":
            kill(app, controls, targets, done)
        case "stop" | "continue":
            number = signal.SIGSTOP if what == "stop" else signal.SIGCONT
            _ask(app, signal_plan(controls, targets, number, fmt.size), done)
        case "nice - 1" | "nice + 1":
            renice(app, controls, targets, done, step=-1 if what == "nice - 1" else 1)
        case "oom_score_adj":
            oom_adj(app, controls, targets, done)
        case "page out" | "make cold":
            how = Advice.MADV_PAGEOUT if what == "page out" else Advice.MADV_COLD
            _ask(app, reclaim_plan(controls, targets, how, fmt.size, swap_free), done)
        case _:
            choices = [Choice(name, name, hint) for name, hint in _ACTIONS]

            def chosen(name: str | None) -> None:
                if name is not None:
                    act(app, controls, targets, done, name, swap_free)

            app.push_screen(Menu(sanitize(_who(targets)), choices, "signal"), chosen)


def _who(targets: Sequence[Process]) -> str:
    return f"{targets[0].pid} {targets[0].comm}" if len(targets) == 1 else f"{len(targets)} processes"


def _adjustment(text: str) -> int | None:
    """What was typed as an oom_score_adj, None if it is none; `old -5` is on the scale of oom_adj."""
    words = text.split()
    old = len(words) == 2 and words[0] == "old"
    try:
        value = int(words[-1]) if words and (old or len(words) == 1) else None
    except ValueError:
        return None
    if value is None:
        return None
    if old:
        return from_old_scale(value) if OLD_NEVER <= value <= OLD_MOST else None
    return value if NEVER <= value <= MOST else None


def _oom_meaning(text: str) -> tuple[str, bool]:
    value = _adjustment(text)
    if value is None:
        return "a whole number from -1000 to 1000, or old -17 to old 15", False
    scale = f"oom_score_adj {value}" if text.split()[0] == "old" else f"oom_adj {old_scale(value)} on the old scale"
    return f"{scale}; {oom_meaning(value)}", True


def _refused(app: App[int], controls: Controls) -> bool:
    if controls.refusal is not None:
        app.notify(controls.refusal.text, severity="warning", markup=False)
    return controls.refusal is not None


def _ask(app: App[int], plan: Plan, done: Done) -> None:
    def tell(outcomes: Sequence[Outcome]) -> None:
        outcome = in_short(outcomes)
        app.notify(outcome.text, severity="information" if outcome.kind is Kind.OK else "error", markup=False)

    def answered(yes: bool | None) -> None:
        if not yes:
            return
        if plan.slow:
            app.notify(f"{plan.title.rstrip('?')}: under way")
            app.run_worker(lambda: app.call_from_thread(tell, plan.run()), thread=True, exit_on_error=False)
        else:
            tell(plan.run())
        done()

    app.push_screen(Confirm(plan.title, plan.effect, plan.targets), answered)
