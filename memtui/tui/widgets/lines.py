"""A widget of lines: it draws what `window` says and refreshes only the cells that changed since last time.

It scrolls by itself, without Textual's virtual size: changing that costs a layout of the whole screen, and the
number of processes changes every second.
"""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.events import MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from memtui.tui.theme import STYLES
from memtui.view.lines import EMPTY, Line, changed, fit


class LineWidget(Widget):
    """Draws lines cell-exactly. Subclasses give `window`; `redraw` brings the screen up to it."""

    DEFAULT_CSS = "LineWidget { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._raw: list[Line] = []
        self._shown: list[Line] = []
        self._marked: list[Style | None] = []
        self._strips: dict[int, Strip] = {}

    def window(self, width: int, height: int) -> Sequence[Line]:
        """What is to be seen now, top to bottom; missing lines are blank, long ones are cut."""
        raise NotImplementedError

    def mark(self, y: int) -> Style | None:
        """A style laid over the whole of window line `y`, such as the cursor's."""
        del y
        return None

    def redraw(self) -> None:
        """Compare the window with what was drawn last and refresh the cells that differ."""
        width, height = self.size
        if not width or not height:
            return
        raw = list(self.window(width, height)[:height])
        raw += [EMPTY] * (height - len(raw))
        marked = [self.mark(y) for y in range(height)]
        if len(self._shown) != height:
            self._raw, self._marked = raw, marked
            self._shown = [fit(row, width) for row in raw]
            self._strips.clear()
            self.refresh()
            return
        regions = []
        for y, row in enumerate(raw):
            before = self._shown[y]
            after = self._shown[y] = before if row is self._raw[y] else fit(row, width)
            if marked[y] != self._marked[y]:
                regions.append(Region(0, y, width, 1))
            elif before is not after and before != after:
                regions += [Region(start, y, end - start, 1) for start, end in changed(before, after)]
            else:
                continue
            self._strips.pop(y, None)
        self._raw, self._marked = raw, marked
        if regions:
            self.refresh(*regions)

    def repaint(self) -> None:
        """Draw everything anew, changed or not."""
        self._shown = []
        self.redraw()

    def on_resize(self, event: Resize) -> None:
        """Fill the new size."""
        del event
        self.repaint()

    def on_show(self) -> None:
        """Catch up with what changed while hidden."""
        self.repaint()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of the cropped lines; made once for each line that changed."""
        filters = self.get_line_filters()
        out = []
        for y in range(crop.y, crop.y + crop.height):
            strip = self._strips.get(y)
            if strip is None:
                strip = self._strip(y)
                for line_filter in filters:
                    strip = strip.apply_filter(line_filter, self.background_colors[1])
                self._strips[y] = strip
            whole = crop.x == 0 and crop.width >= strip.cell_length
            out.append(strip if whole else strip.crop(crop.x, crop.x + crop.width))
        return out

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as the container."""
        del viewport
        return container.width

    def _strip(self, y: int) -> Strip:
        width = self.size.width
        if y >= len(self._shown):
            return Strip.blank(width, Style.null())
        over = self.mark(y)
        spans = self._shown[y]
        if over is None:
            return Strip([Segment(span.text, STYLES[span.tone]) for span in spans], width)
        return Strip([Segment(span.text, STYLES[span.tone] + over) for span in spans], width)


class TextLines(LineWidget):
    """Lines that are set from outside, scrolled when they are more than fit."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._top = 0

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines from now on."""
        self._lines = lines
        self.redraw()

    def window(self, width: int, height: int) -> Sequence[Line]:
        """The lines from the scroll position on."""
        del width
        self._top = max(0, min(self._top, len(self._lines) - height))
        return self._lines[self._top : self._top + height]

    def scroll_by(self, lines: int) -> None:
        """Move the window, stopping at both ends."""
        self._top += lines
        self.redraw()

    def scroll_page(self, pages: int) -> None:
        """Move the window by its own height, one line kept for orientation."""
        self.scroll_by(pages * max(1, self.size.height - 1))

    def scroll_to_end(self, *, last: bool) -> None:
        """Show the last or the first lines."""
        self._top = len(self._lines) if last else 0
        self.redraw()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Scroll by the wheel."""
        event.stop()
        self.scroll_by(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Scroll by the wheel."""
        event.stop()
        self.scroll_by(-3)
