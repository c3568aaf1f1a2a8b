"""The Findings tab."""

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import BindingType

from memtui.model.findings.finding import Finding, Place, Step
from memtui.model.snapshot import Snapshot
from memtui.sampling.request import Need
from memtui.tui.keys import FINDINGS, Key, bindings
from memtui.tui.panels.asks import AskPlace
from memtui.tui.panels.base import Noted
from memtui.tui.panels.cursor import CursorPage
from memtui.tui.screens.menu import Choice, Menu
from memtui.view import findings_tab as view
from memtui.view.blocks import wrapped
from memtui.view.columns import shown_text
from memtui.view.findings import key_of, place_words, step_key
from memtui.view.lines import EMPTY, Line, Span, Tone
from memtui.view.page import Row, plain, with_margin
from memtui.view.say import say
from memtui.view.timeline import event_key

if TYPE_CHECKING:
    from memtui.model.findings.watch import Preferences

_LIST: Final = ""
_TIMELINE: Final = "time line"
_RULES: Final = "rules"
_RULES_WORDS: Final = (
    "A finding opens at its warning threshold once that has held for a while, is critical from the critical one "
    "on, and stays until the value is back past the last one. Numbers can be set, and rules switched off, in the "
    "table [findings] of the settings file."
)


class FindingsPanel(CursorPage):
    """What is wrong, the worst first; one is unfolded, its steps lead on. Behind keys: events, rules.

    Until the user moves it the cursor rests on the worst finding, whichever that is.
    """

    TITLE = "Findings"
    KEYS: ClassVar[tuple[Key, ...]] = FINDINGS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(FINDINGS)]

    def __init__(self, wanted: "Preferences | None" = None) -> None:
        super().__init__(id="findings")
        self._wanted = wanted
        self._page = _LIST
        self._moved = False

    @property
    def needs(self) -> Need:
        """What the evidence of most rules names."""
        return Need.STATUS | Need.SMAPS | Need.OOM

    @property
    def note(self) -> Line:
        """Which page it is, if not the list."""
        return (Span(self._page, Tone.LABEL), Span("  Esc back", Tone.DIM)) if self._page else ()

    # -- drawing ------------------------------------------------------------------------------------------------

    def rows(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:
        """The list, the time line or the rules."""
        if self._page == _TIMELINE:
            return with_margin(view.timeline_rows(snapshot, width - 1))
        if self._page == _RULES:
            from memtui.model.findings.watch import Preferences
            from memtui.view.rules import rule_lines

            words: list[Line] = [(Span(piece, Tone.DIM),) for piece in wrapped(_RULES_WORDS, width - 1)]
            return with_margin(plain([*words, EMPTY, *rule_lines(self._wanted or Preferences(), width - 1)]))
        opened = view.opened_of(snapshot.findings.open, self.cursor if self._moved else "")
        return view.findings_rows(snapshot, width, height, key_of(opened) if opened is not None else "")

    def lines(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        """The page; a cursor whose line has gone is on the finding that it belonged to, or on the worst."""
        lines = super().lines(snapshot, width, height)
        if self._page == _RULES:
            self.cursor = ""
        elif not self._moved or self.cursor not in self._keys:
            opened = view.opened_of(snapshot.findings.open, self.cursor if self._moved else "")
            first = next((key for key in self._keys if key), "")
            self.cursor = key_of(opened) if opened is not None and self._page == _LIST else first
            self._moved = self._moved and self.cursor in self._keys
        return lines

    def _draw(self) -> None:
        """Lay the page out anew, and bring the cursor's finding into view, all of it if that is possible."""
        if self._snapshot is None or not self.size.width:
            return
        lines = self.lines(self._snapshot, *self.size)
        keys, height = list(self._keys), self.size.height
        if self.cursor in keys:
            place = keys.index(self.cursor)
            end = next((at for at in range(place + 1, len(keys)) if keys[at]), len(keys))
            if " step " not in self.cursor:
                end = next((at for at in range(place + 1, len(keys)) if keys[at] and " step " not in keys[at]), end)
            self._top = min(max(self._top, end - height), place)
            if not any(keys[:place]) and place < height:
                self._top = 0
        self.set_lines(lines)

    def repaint(self) -> None:
        """For another size: the cursor is to be in view there too."""
        super().repaint()
        self._draw()

    def _show_page(self, page: str) -> None:
        """Another page, or the list again from the same key."""
        self._page = _LIST if page == self._page else page
        self.cursor, self._moved, self._top = "", False, 0
        self.post_message(Noted(self.note))
        self._draw()

    # -- moving -------------------------------------------------------------------------------------------------

    def put_cursor(self, key: str) -> None:
        """On another line: its finding is unfolded, the one before folded."""
        self.cursor, self._moved = key, True
        self._draw()

    def action_ends(self, last: bool) -> None:
        """The first or last of them; of the rules, top or bottom."""
        keys = [key for key in self._keys if key]
        if not keys:
            super().action_ends(last)
            return
        self.cursor, self._moved = keys[-1 if last else 0], last
        self._top = len(self._keys) if last else 0
        self._draw()

    # -- where it leads -----------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Enter: where the step, finding or event under the cursor leads."""
        place, step = self._place_of_cursor(), self._step()
        if place is not None:
            self.post_message(AskPlace(place))
        elif step is not None and step.command:
            self.action_command()
        elif self.cursor:
            self.notify("nothing on the screen lies behind this line", timeout=2)

    def action_steps(self) -> None:
        """All steps of the finding, to choose from."""
        steps = self._steps()
        if not steps:
            return

        def chosen(key: str | None) -> None:
            if key is not None:
                step = steps[int(key)]
                if step.place is not None:
                    self.post_message(AskPlace(step.place))
                else:
                    self._tell(step.command or say(step.words))

        choices = [Choice(str(number), say(step.words), _hint(step)) for number, step in enumerate(steps)]
        current = self._step()
        at = steps.index(current) if current in steps else 0
        self.app.push_screen(Menu("Next steps", choices, str(at)), chosen)

    def action_command(self) -> None:
        """The command of the step under the cursor, else the first that the finding has."""
        step = self._step()
        steps = [step] if step is not None and step.command else self._steps()
        command = next((one.command for one in steps if one.command), "")
        if command:
            self._tell(command)
        else:
            self.notify("no command belongs to this line", timeout=2)

    def action_timeline(self) -> None:
        """What happened; the same key leads back."""
        self._show_page(_TIMELINE)

    def action_rules(self) -> None:
        """What is watched; the same key leads back."""
        self._show_page(_RULES)

    def action_back(self) -> None:
        """Back to the findings."""
        if self._page != _LIST:
            self._show_page(_LIST)

    # -- inside -------------------------------------------------------------------------------------------------

    def _tell(self, command: str) -> None:
        """Show a command, and hand it to the terminal's clipboard, without anything that steers."""
        text = shown_text(command)
        self.app.copy_to_clipboard(text)
        self.notify(text)

    def _steps(self) -> list[Step]:
        opened = self._opened()
        return list(opened.steps) if opened is not None else []

    def _opened(self) -> Finding | None:
        if self._snapshot is None or self._page != _LIST or self.cursor.startswith("event "):
            return None
        return view.opened_of(self._snapshot.findings.open, self.cursor)

    def _step(self) -> Step | None:
        """The step under the cursor."""
        opened = self._opened()
        if opened is None:
            return None
        return next(
            (step for number, step in enumerate(opened.steps) if step_key(opened, number) == self.cursor), None
        )

    def _place_of_cursor(self) -> Place | None:
        if self._snapshot is None:
            return None
        for event in self._snapshot.findings.events:
            if event_key(event) == self.cursor:
                return event.place
        step = self._step()
        if step is not None:
            return step.place
        return next((one.place for one in self._steps() if one.place is not None), None)


def _hint(step: Step) -> str:
    where = place_words(step.place) if step.place is not None else ""
    return "  ".join(part for part in (where, shown_text(step.command)) if part)
