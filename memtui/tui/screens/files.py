"""Files and their pages in the page cache: those of a process, or those below a path that is typed."""

import os
from collections.abc import Hashable, Sequence
from threading import Event
from typing import Any, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen

from memtui.control.caches import file_plan
from memtui.control.controls import Controls
from memtui.control.outcome import Kind, in_short
from memtui.model.files import FileRow, total
from memtui.sampling.files import Scan, again
from memtui.tui.keys import FILES, FILES_SCREEN, Key, bindings
from memtui.tui.panels.table import AskSort, TablePanel
from memtui.tui.screens.confirm import Confirm
from memtui.tui.screens.help import HelpScreen
from memtui.tui.screens.menu import Choice, Menu
from memtui.tui.widgets.bars import KeyBar
from memtui.tui.widgets.lines import TextLines
from memtui.tui.widgets.prompt import Prompt
from memtui.tui.widgets.too_small import TooSmall
from memtui.tui.wire import use_cell_updates
from memtui.view import format as fmt
from memtui.view import residency as view
from memtui.view.bars import meter
from memtui.view.grid import Column
from memtui.view.lines import Line, Span, Tone
from memtui.view.text import sanitize

_METER = 24


class Of(NamedTuple):
    """Whose files: a process by pid and name, or paths; neither: a path is asked for."""

    pid: int | None = None
    name: str = ""
    paths: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """In words."""
        if self.pid is not None:
            return f"Files of {self.pid} {sanitize(self.name)}"
        return f"Files in {sanitize(', '.join(self.paths))}" if self.paths else "Files"

    def scan(self) -> Scan:
        """What looks at them."""
        return Scan(pid=self.pid, paths=self.paths)


class Progress(Message):
    """So many of so many files have been looked at (0: they are still being listed)."""

    def __init__(self, number: int, done: int, count: int) -> None:
        self.number, self.done, self.count = number, done, count
        super().__init__()


class Scanned(Message):
    """A walk has ended, at its end or before."""

    def __init__(self, number: int, rows: list[FileRow], *, complete: bool) -> None:
        self.number, self.rows, self.complete = number, rows, complete
        super().__init__()


class FileTable(TablePanel[FileRow]):
    """The files, most cached first."""

    TITLE = "Files"
    KEYS: ClassVar[tuple[Key, ...]] = FILES
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(FILES)]

    def __init__(self) -> None:
        super().__init__(id="files")
        self.found: list[FileRow] = []
        self._sort, self._reverse = view.DEFAULT_SORT, False

    @staticmethod
    def identity(row: Any) -> Hashable:
        """Device and inode; the name of what was never opened."""
        file: FileRow = row
        return (file.device, file.inode) if file.inode else file.name

    @property
    def sort(self) -> tuple[str, bool]:
        """Sorted column and direction."""
        return self._sort, self._reverse

    def columns(self) -> Sequence[Column[FileRow]]:
        """All columns."""
        return view.columns(self.body_width)

    def set_sort(self, key: str, *, reverse: bool = False) -> None:
        """Sort by a column."""
        self._sort, self._reverse = key, reverse

    def draw(self) -> None:
        """Sort and show what was found."""
        grid = view.grid(self._sort, self.body_width, reverse=self._reverse)
        rows = view.select(self.found, self._sort, reverse=self._reverse)
        foot: list[Line] = []
        if known := [row for row in self.found if row.inode]:
            count = f"{len(known):,} {'file' if len(known) == 1 else 'files'} together"
            foot.append(grid.row(total(known)._replace(name=count)))
        if note := view.unknown_note(self.found):
            foot.append((Span(" "), *note))
        self.put(rows, grid, foot=foot)

    def repaint(self) -> None:
        """Lay the table out for the size that there is now."""
        if self.size.width:
            self.draw()
        super().repaint()


class FilesScreen(Screen[None]):
    """A table that is filled by a walk on a thread; Esc stops the walk, and then leaves."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(FILES_SCREEN)]
    DEFAULT_CSS = """
    FilesScreen { layout: vertical; }
    FilesScreen > #title { height: 1; }
    FilesScreen > #body { height: 1fr; }
    """

    def __init__(self, controls: Controls, of: Of) -> None:
        super().__init__()
        use_cell_updates(self)
        self._controls, self._of = controls, of
        self.table = FileTable()
        self._title = TextLines(id="title")
        self._keys = KeyBar((*FILES, *FILES_SCREEN))
        self._prompt = Prompt()
        self._number, self._stop, self.busy = 0, Event(), False

    def compose(self) -> ComposeResult:
        """Title, table, keys."""
        yield self._title
        with Container(id="body"):
            yield self.table
        yield self._keys
        yield self._prompt
        yield TooSmall()

    def on_mount(self) -> None:
        """Start the walk, or ask where to."""
        self.table.focus()
        if self._controls.recorded:
            self._say(Span("a recording holds no files", Tone.WARN))
        elif self._of.pid is None and not self._of.paths:
            self._say()
            self.action_path()
        else:
            self.action_again()

    # -- the walk -----------------------------------------------------------------------------------------------

    def action_again(self) -> None:
        """Look at the files anew."""
        if self._controls.recorded or self._of == Of():
            return
        self._stop.set()
        self._number += 1
        number, stop, scan = self._number, Event(), self._of.scan()
        self._stop, self.busy = stop, True

        def told(done: int, count: int) -> bool:
            self.post_message(Progress(number, done, count))
            return not stop.is_set()

        def walk() -> None:
            rows, complete = scan.run(told)
            self.post_message(Scanned(number, rows, complete=complete))

        self._say(Span("looking …  Esc stops", Tone.DIM))
        self.run_worker(walk, thread=True, group="files", exit_on_error=False)

    def on_progress(self, event: Progress) -> None:
        """How far it is."""
        if event.number != self._number or not self.busy:
            return
        if not event.count:
            self._say(Span(f"{event.done:,} files found …  Esc stops", Tone.DIM))
            return
        bar = (*meter(event.done, event.count, _METER, Tone.CACHE), Span("▏", Tone.TRACK))
        self._say(*bar, Span(f" {event.done:,} of {event.count:,}  Esc stops", Tone.DIM))

    def on_scanned(self, event: Scanned) -> None:
        """Show what was found."""
        if event.number != self._number:
            return
        self.busy = False
        self.table.found = event.rows
        self.table.draw()
        self._say(*(() if event.complete else (Span("stopped before the end", Tone.WARN),)))

    def _say(self, *spans: Span) -> None:
        self._title.set_lines([(Span(f" {self._of.title}   ", Tone.TITLE), *spans)])

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self._stop.set()

    def action_close(self) -> None:
        """Stop the walk; when there is none, back."""
        if self.busy:
            self._stop.set()
        else:
            self.dismiss()

    # -- a path -------------------------------------------------------------------------------------------------

    def action_path(self) -> None:
        """Type a path."""
        self._keys.display = False
        self._prompt.open("path", "Path", (self._of.paths or (os.getcwd(),))[0])

    def on_prompt_done(self, event: Prompt.Done) -> None:
        """The path, or none."""
        event.stop()
        self._prompt.close()
        self._keys.display = True
        self.table.focus()
        if event.text:
            self._of = Of(paths=(os.path.expanduser(event.text.strip()),))
            self.action_again()
        elif self._of == Of():
            self.dismiss()

    # -- keys ---------------------------------------------------------------------------------------------------

    def action_drop(self) -> None:
        """Drop the clean pages of the file under the cursor, after a question."""
        row = self.table.cursor_row
        if row is None or not row.inode:
            return
        if self._controls.refusal is not None:
            self.notify(self._controls.refusal.text, severity="warning")
            return
        page = os.sysconf("SC_PAGE_SIZE")
        sizes = [None if pages is None else pages * page for pages in (row.cached, row.dirty)]
        plan = file_plan(self._controls, row.name, row.path, (row.device, row.inode), sizes[0], sizes[1], fmt.size)

        def dropped() -> None:
            outcome = in_short(plan.run())
            severity = "information" if outcome.kind is Kind.OK else "error"
            self.app.call_from_thread(self._dropped, row, again(row), outcome.text, severity)

        def answered(yes: bool | None) -> None:
            if yes:
                self.busy = True
                self.run_worker(dropped, thread=True, exit_on_error=False)

        self.app.push_screen(Confirm(plan.title, plan.effect), answered)

    def _dropped(self, before: FileRow, after: FileRow, text: str, severity: Any) -> None:
        self.busy = False
        self.table.found = [after if row is before else row for row in self.table.found]
        self.table.draw()
        self.app.notify(text, severity=severity)

    def on_ask_sort(self, event: AskSort) -> None:
        """The menu of columns."""
        event.stop()
        choices = [Choice(one.field.key, one.field.title, one.field.meaning) for one in event.columns]

        def chosen(key: str | None) -> None:
            if key is not None:
                self.table.action_sort(key)

        self.app.push_screen(Menu("Sort by", choices, event.current), chosen)

    def action_help(self) -> None:
        """Keys and glossary."""
        self.app.push_screen(HelpScreen("Files", (*FILES, *FILES_SCREEN)))
