"""From the wish to act on processes to the deed: which signal or nice value, the question, the result in words."""

import signal
from collections.abc import Callable, Sequence

from textual.app import App

from memtui.control.controls import Controls
from memtui.control.outcome import Kind, in_short
from memtui.control.plan import Plan, nice_plan, signal_plan
from memtui.control.signals import SIGNALS
from memtui.model.process import Process
from memtui.tui.screens.confirm import Confirm
from memtui.tui.screens.menu import Choice, Menu
from memtui.view import format as fmt

Done = Callable[[], None]


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


def _refused(app: App[int], controls: Controls) -> bool:
    if controls.refusal is not None:
        app.notify(controls.refusal.text, severity="warning", markup=False)
    return controls.refusal is not None


def _ask(app: App[int], plan: Plan, done: Done) -> None:
    def answered(yes: bool | None) -> None:
        if yes:
            outcome = in_short(plan.run())
            app.notify(outcome.text, severity="information" if outcome.kind is Kind.OK else "error", markup=False)
            done()

    app.push_screen(Confirm(plan.title, plan.effect), answered)
