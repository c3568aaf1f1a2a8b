"""What every section of the drilldown has in common, and the two kinds: lines of a snapshot, lines of a reading."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Any, ClassVar, NamedTuple

from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from memtui.model.process import Process
from memtui.model.sample import Detail, ProcKey
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable, Why
from memtui.sampling.address_space import Cancelled
from memtui.sampling.request import Part
from memtui.tui.keys import PAGE, READING, Key, bindings
from memtui.tui.widgets.lines import TextLines
from memtui.view import format as fmt
from memtui.view.detail import detail_of
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import missing
from memtui.view.text import cut

NO_SOURCE = Unavailable(Why.ABSENT, "nothing to read from here")


class State(NamedTuple):
    """The process as a section shows it: its last row and snapshot where it has ended."""

    snapshot: Snapshot
    process: Process
    ended: bool

    @property
    def detail(self) -> Detail | None:
        """What only the drilldown reads."""
        return detail_of(self.snapshot, self.process)


class Section(Widget, can_focus=True):
    """One section. `begin` is called with each process, `show` with every snapshot while the section is open."""

    TITLE: ClassVar[str] = ""
    KEYS: ClassVar[tuple[Key, ...]] = ()
    PARTS: ClassVar[Part] = Part.NOTHING

    @property
    def front(self) -> Widget:
        """Who takes the keys while this section is open."""
        return self

    def begin(self, key: ProcKey) -> None:
        """Another process: forget the one before."""

    def show(self, state: State) -> None:
        """Draw the process."""
        raise NotImplementedError

    def leave(self) -> None:
        """Another section comes to the front, or the drilldown closes: end what costs anything."""


class PageSection(Section, TextLines):
    """A section that is a page of lines, scrolled by the keyboard."""

    KEYS: ClassVar[tuple[Key, ...]] = PAGE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PAGE)]

    _state: State | None = None

    def lines(self, state: State, width: int) -> Sequence[Line]:
        """The page at this width."""
        raise NotImplementedError

    def begin(self, key: ProcKey) -> None:
        """Start at the top."""
        del key
        self._state = None
        self._lines, self._top = (), 0

    def show(self, state: State) -> None:
        """Draw the page."""
        self._state = state
        if self.size.width:
            self.set_lines(self._laid_out(state))

    def repaint(self) -> None:
        """Lay the page out for the size that there is now, and draw it."""
        if self._state is not None and self.size.width:
            self._lines = self._laid_out(self._state)
        super().repaint()

    def _laid_out(self, state: State) -> list[Line]:
        return [(Span(" "), *line) if line else line for line in self.lines(state, self.size.width - 1)]

    def action_move(self, lines: int) -> None:
        """Scroll."""
        self.scroll_by(lines)

    def action_page(self, pages: int) -> None:
        """Scroll by pages."""
        self.scroll_page(pages)

    def action_ends(self, last: bool) -> None:
        """Top or bottom."""
        self.scroll_to_end(last=last)


class Read(Message):
    """A reading has come, or word of how far it is; `key` and `number` tell whether it is still wanted."""

    def __init__(self, number: int, key: ProcKey, result: Any, *, done: bool) -> None:
        self.number, self.key, self.result, self.done = number, key, result, done
        super().__init__()


Work = Callable[[ProcSource, Callable[[Any], None], Callable[[], bool]], Any]
"""Reads from a source, telling how far it is and asking if it is cancelled; gives the reading or an `Unavailable`."""


class Reader:
    """Reads for a section on a thread, one reading at a time; what comes back is a `Read` message to the section."""

    def __init__(self, section: Widget, source: ProcSource | None) -> None:
        self._section, self.source = section, source
        self.live = source is not None and source.live
        self._number = 0
        self._stop = Event()
        self.busy = False

    def start(self, key: ProcKey, read: Work) -> None:
        """Begin a reading; one that is under way is cancelled."""
        self.cancel()
        self._number += 1
        number, stop = self._number, Event()
        self._stop, self.busy = stop, True
        if self.source is None:
            self._section.post_message(Read(number, key, NO_SOURCE, done=True))
            return
        source = ProcSource(self.source.proc, self.source.sys)  # its counts are not the sampler's

        def work() -> None:
            try:
                result = read(source, lambda told: self._tell(number, key, told, done=False), stop.is_set)
            except Cancelled:
                return
            except Exception as error:  # a reading is not worth the monitor
                result = Unavailable(Why.FAILED, f"{type(error).__name__}: {error}")
            self._tell(number, key, result, done=True)

        # not a worker of Textual's: those are waited for at the end, however long the kernel walks a mapping
        Thread(target=work, name="reading", daemon=True).start()

    def cancel(self) -> None:
        """Stop reading; what has been read is thrown away."""
        self._stop.set()
        self._number += 1
        self.busy = False

    def wants(self, message: Read) -> bool:
        """Whether a message is of the reading that is under way; at its end, none is any more."""
        if message.number != self._number:
            return False
        self.busy = not message.done
        return True

    def _tell(self, number: int, key: ProcKey, result: Any, *, done: bool) -> None:
        if number == self._number:
            with suppress(RuntimeError):  # the program has ended meanwhile
                self._section.post_message(Read(number, key, result, done=done))


class ReadSection(PageSection):
    """A page of something that is read only when it is opened, and again on request."""

    KEYS: ClassVar[tuple[Key, ...]] = (*PAGE, *READING)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(READING)]
    WHAT: ClassVar[str] = ""

    def __init__(self, source: ProcSource | None) -> None:
        super().__init__()
        self.reader = Reader(self, source)
        self.result: Any = None
        self._key: ProcKey | None = None

    def read(self, source: ProcSource, key: ProcKey, cancelled: Callable[[], bool]) -> Any:
        """Read it, on a thread: what `drawn` will draw, or an `Unavailable`."""
        raise NotImplementedError

    def drawn(self, result: Any, state: State, width: int) -> list[Line]:
        """The lines of a reading."""
        raise NotImplementedError

    def begin(self, key: ProcKey) -> None:
        """Forget the reading."""
        super().begin(key)
        self.reader.cancel()
        self.result, self._key = None, key

    def show(self, state: State) -> None:
        """Draw; the first time, read."""
        if self.result is None and not self.reader.busy and not state.ended:
            self.action_again()
        super().show(state)

    def lines(self, state: State, width: int) -> Sequence[Line]:
        """The reading, or that it is under way, or why there is none."""
        if self.result is None:
            words = f"reading {self.WHAT} … x cancels" if self.reader.busy else f"{self.WHAT} not read; r reads"
            return [(Span(cut(words, width), Tone.DIM),)]
        if isinstance(self.result, Unavailable):
            return [missing(self.result, width)]
        if not self.reader.live:
            return [*self.drawn(self.result, state, width), (Span("as recorded", Tone.DIM),)]
        age = fmt.short_time(max(0.0, state.snapshot.at - self.result.at))
        busy = (
            "reading again …" if self.reader.busy else f"read {age} ago in {self.result.seconds:.2f} s; r reads again"
        )
        return [*self.drawn(self.result, state, width), (Span(cut(busy, width), Tone.DIM),)]

    def on_read(self, event: Read) -> None:
        """The reading is there."""
        event.stop()
        if self.reader.wants(event) and event.done:
            self.result = event.result
            if self._state is not None:
                super().show(self._state)

    def action_again(self) -> None:
        """Read."""
        key = self._key
        if key is not None:
            self.reader.start(key, lambda source, _, cancelled: self.read(source, key, cancelled))
            if self._state is not None:
                super().show(self._state)

    def action_cancel(self) -> None:
        """Stop reading; what was read last stays."""
        if self.reader.busy:
            self.reader.cancel()
            if self.result is None:
                self.result = Unavailable(Why.PENDING, "cancelled; r reads")
            if self._state is not None:
                super().show(self._state)

    def leave(self) -> None:
        """Stop reading."""
        self.reader.cancel()
