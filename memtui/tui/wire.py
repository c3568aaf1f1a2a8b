"""The one place that touches private parts of Textual: only changed cells go to the terminal, as long as it is there.

Textual's compositor sends a changed region of a line from the left edge of the widget on. Here it is cut on the left
as well, so a row in which one number changed costs that number and a cursor move. Checked against Textual 8.2.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate
from textual._context import visible_screen_stack
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.screen import Screen
from textual.strip import Strip


class CellUpdate(ChopsUpdate):
    """A partial update of which each span is sent exactly, from its first to its last changed cell."""

    def render_segments(self, console: Console) -> str:
        """The terminal sequence of the update."""
        out: list[str] = []
        chops: Sequence[Mapping[int, Strip | None]] = self.chops
        for y, first, last in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], chops[y].items(), strict=False):
                start, stop = max(x, first), min(end, last)
                if strip is not None and start < stop:
                    out.append(f"\x1b[{y + 1};{start + 1}H")
                    out.append(_part(strip, start - x, stop - x).render(console))
        return "".join(out)


def _part(strip: Strip, start: int, stop: int) -> Strip:
    """The cells from `start` to `stop`; where these are edges of segments, as nearly always, none is split."""
    if start == 0 and stop >= strip.cell_length:
        return strip
    edge, segments = 0, []
    for segment in strip:
        following = edge + segment.cell_length
        if edge >= stop:
            break
        if following > start:
            if edge < start or following > stop:
                return strip.crop(start, stop)
            segments.append(segment)
        edge = following
    return Strip(segments, stop - start)


class CellCompositor(Compositor):
    """A compositor whose partial updates are `CellUpdate`s."""

    def render_partial_update(self) -> CompositorUpdate | None:  # type: ignore[override]  # wider than the base's
        """The update of all dirty regions, or None if there are none."""
        update = super().render_partial_update()
        return update and CellUpdate(update.chops, update.spans, update.chop_ends)


def use_cell_updates(screen: Screen[Any]) -> None:
    """Give a screen that is not mounted yet the cell-exact compositor."""
    screen._compositor = CellCompositor()


class PatientWriter(WriterThread):
    """Writes to the terminal until that is gone, and throws away what comes after.

    Textual's own ends with the first failed write, as when a connection breaks off; its queue fills up then, and the
    program waits for room in it for good instead of following the hangup signal.
    """

    gone = False

    def run(self) -> None:
        """Write what is queued, up to the None that ends it; flush when nothing but that waits."""
        while (text := self._queue.get()) is not None:
            if not self.gone:
                try:
                    self._file.write(text)
                    if self._queue.qsize() <= 1:
                        self._file.flush()
                except (OSError, ValueError):
                    self.gone = True


def use_patient_writer() -> None:
    """Have Textual's driver write by a `PatientWriter`; to be called before the app runs."""
    linux_driver.WriterThread = PatientWriter  # type: ignore[attr-defined]  # not exported


def go_on(app: App[Any]) -> None:
    """After SIGCONT: take the terminal back if Textual gave it up at SIGTSTP, and send the whole screen.

    Textual would take it a second time after a SIGSTOP, with a second thread that reads keys, and would leave the
    terminal in raw mode at the end.
    """
    driver = app._driver
    if getattr(driver, "_must_signal_resume", False):
        driver.resume_application_mode()  # type: ignore[union-attr]
    app.refresh(repaint=True, layout=True)


def screen_text(screen: Screen[Any]) -> str:
    """What the screen shows, with what lies behind a menu, as plain text: for tests and for saving a screen."""
    visible_screen_stack.set(screen.app._background_screens)
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


def terminal_lives(app: App[Any]) -> bool:
    """Whether what the app writes still reaches a terminal, as far as it has tried."""
    writer = getattr(app._driver, "_writer_thread", None)
    return not (isinstance(writer, PatientWriter) and writer.gone)
