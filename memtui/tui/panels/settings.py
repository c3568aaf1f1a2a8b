"""What pages with settings of the kernel have in common: Enter sets one, Backspace sets it back."""

from typing import ClassVar, Final

from textual.binding import BindingType

from memtui.control.controls import Controls
from memtui.control.machine import setting_plan
from memtui.control.outcome import Kind, Outcome, in_short
from memtui.control.plan import Plan
from memtui.control.sysctl import limits
from memtui.tui.keys import SETTINGS, bindings
from memtui.tui.panels.cursor import CursorPage
from memtui.tui.screens.confirm import Confirm
from memtui.tui.screens.number import AskNumber
from memtui.view.settings import SETTING, meaning

_DIGITS: Final = 12
SETTABLE: Final = ("swappiness", "min_free_kbytes", "zone_reclaim_mode")


class SettingPage(CursorPage):
    """A page with lines of settings; `before`, which pages share, has what was in force before memtui changed it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SETTINGS)]

    def __init__(self, controls: Controls, before: dict[str, int], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.controls, self.before = controls, before

    def set_setting(self) -> None:
        """Type another value for the setting under the cursor."""
        name = self.cursor.removeprefix(SETTING)
        value = self._value(name)
        if self.refused():
            return
        if name not in SETTABLE or value is None:
            self.notify(f"memtui sets {', '.join(SETTABLE)}", severity="warning")
            return

        def typed(text: str | None) -> None:
            if text is not None and text.isdecimal() and int(text) != value:
                self._ask(name, value, int(text))

        known = [f"now {value}, which is: {self._meaning(name, value)}", "until the next boot"]
        self.app.push_screen(AskNumber(f"vm.{name}", known, str(value), lambda text: self._says(name, text)), typed)

    def _says(self, name: str, text: str) -> tuple[str, bool]:
        """What a text as typed would mean, and whether it will do."""
        if not (text.isascii() and text.isdecimal() and len(text) < _DIGITS):
            return "a whole number", False
        total = self._snapshot.memory.total if self._snapshot is not None else 0
        allowed = limits(name, total)
        if allowed is None or not allowed.least <= int(text) <= allowed.most:
            return f"from {allowed.least} to {allowed.most}: {allowed.why}" if allowed else "", False
        return self._meaning(name, int(text)), True

    def _meaning(self, name: str, value: int) -> str:
        return meaning(name, value, self._snapshot) if self._snapshot is not None else ""

    def action_restore(self) -> None:
        """Set the setting under the cursor back to what it was before."""
        name = self.cursor.removeprefix(SETTING)
        value = self._value(name)
        if not self.cursor.startswith(SETTING) or value is None or self.before.get(name, value) == value:
            self.notify("nothing to set back here")
        elif not self.refused():
            self._ask(name, value, self.before[name])

    def refused(self) -> bool:
        """Whether nothing may be changed, which is said."""
        if self.controls.refusal is not None:
            self.notify(self.controls.refusal.text, severity="warning")
        return self.controls.refusal is not None

    def tell(self, outcome: Outcome) -> None:
        """Say how it went, and look at the machine again."""
        self.notify(outcome.text, severity="information" if outcome.kind is Kind.OK else "error")
        self.app.call_later(self.app.run_action, "refresh")

    def _value(self, name: str) -> int | None:
        found = self._snapshot.system.sysctl.get(name) if self._snapshot is not None else None
        return found[0] if found else None

    def _ask(self, name: str, old: int, new: int) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        plan = setting_plan(
            self.controls, name, old, new, snapshot.memory.total, lambda value: self._meaning(name, value)
        )
        if not isinstance(plan, Plan):
            self.tell(plan)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                outcome = in_short(plan.run())
                if outcome.kind is Kind.OK:
                    self.before.setdefault(name, old)
                self.tell(outcome)

        self.app.push_screen(Confirm(plan.title, plan.effect), answered)
