"""The picture of a file, the order of the table, sums of what is known."""

import pytest

from memtui.model.files import FileRow, total
from memtui.proc.unavailable import Unavailable, Why
from memtui.view.lines import text_of, width_of
from memtui.view.residency import columns, grid, select, shown_percent, strip, unknown_note

DENIED = Unavailable(Why.DENIED, "needs its owner")


def file(name: str, cached: int | None, pages: int = 64, slots: tuple[int, ...] = ()) -> FileRow:
    why = DENIED if cached is None else None
    return FileRow(name, name, 1, 1, pages * 4096, pages, cached, slots=slots, why=why)


@pytest.mark.parametrize(
    ("slots", "pages", "width", "picture"),
    [
        ((0, 8, 8, 0), 32, 4, "·██·"),
        ((1, 4, 7, 8), 32, 4, "▁▄▇█"),  # a page is never nothing, all but one never all
        ((8, 8, 0, 0), 32, 2, "█·"),
        ((8, 0), 16, 4, "██··"),
        ((), 0, 10, ""),
    ],
)
def test_the_picture_of_a_file(slots: tuple[int, ...], pages: int, width: int, picture: str) -> None:
    assert strip(file("f", sum(slots), pages, slots), width) == picture


def test_most_cached_first_and_unknown_last() -> None:
    rows = [file("unknown", None), file("little", 1), file("much", 60), file("also little", 1)]
    assert [row.name for row in select(rows)] == ["much", "also little", "little", "unknown"]


def test_the_sum_is_of_what_is_known_and_unknown_is_not_nothing() -> None:
    everything = total([file("a", 10), file("b", None), file("c", 5)])
    assert (everything.cached, everything.dirty, everything.size) == (15, None, 3 * 64 * 4096)
    assert total([file("b", None)]).cached is None
    assert total([]).cached == 0


@pytest.mark.parametrize(
    ("cached", "pages", "text"), [(60, 64, "093.750"), (0, 1, "000.000"), (1, 1, "100.000"), (0, 0, "–")]
)
def test_the_percentage_is_written_as_pcstat_does(cached: int, pages: int, text: str) -> None:
    assert shown_percent(file("f", cached, pages)) == text


@pytest.mark.parametrize("width", [80, 120, 200])
def test_a_row_fits_its_columns(width: int) -> None:
    table = grid("cached", width, reverse=False)
    row = file("name", 32, slots=(1,) * 64)
    assert width_of(table.row(row)) == table.total_width + 1
    assert len(columns(width)) == 10


def test_hostile_names_are_made_visible() -> None:
    row = file("a\x1b[2J", 1)
    assert r"a\x1b[2J" in text_of(grid("cached", 200, reverse=False).row(row))


def test_what_is_unknown_is_counted_with_its_reason() -> None:
    note = text_of(unknown_note([file("a", None), file("b", 1), file("c", None)]))
    assert note == "2 files unknown: permission denied: needs its owner"
    assert unknown_note([file("b", 1)]) == ()
