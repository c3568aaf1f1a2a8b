import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.view.lines import Line, Span, Tone, width_of
from memtui.view.table import Column, table
from memtui.view.text import cells, sanitize

COLUMNS = [Column("PID", 7, right=True), Column("USER", 6), Column("RES", 5, right=True), Column("COMMAND", 0)]


def whole(row: Line) -> str:
    return "".join(span.text for span in row)


def cells_of(*texts: str) -> list[Span]:
    return [Span(text) for text in texts]


def test_titles_and_cells_stand_in_columns_and_the_last_takes_the_rest() -> None:
    rows = [cells_of("3021", "postgres", "4.11G", "postgres: checkpointer"), cells_of("1", "数据库理", "–", "init")]
    assert [whole(row) for row in table(COLUMNS, rows, 40)] == [
        "    PID USER     RES COMMAND            ",
        "   3021 postg… 4.11G postgres: checkpoi…",
        "      1 数据…      – init               ",
    ]


def test_tones_are_those_of_the_titles_and_the_cells() -> None:
    columns = [Column("PSS", 4, right=True, tone=Tone.SORTED), Column("NAME", 0)]
    head, row = table(columns, [[Span("1G", Tone.ANON), Span("x", Tone.DIM)]], 10)
    assert head == ((" PSS ", Tone.SORTED), ("NAME ", Tone.HEAD))
    assert row == (("  1G ", Tone.ANON), ("x    ", Tone.DIM))


def test_a_row_with_a_cell_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        table(COLUMNS, [cells_of("1", "root", "0")], 40)


@given(st.lists(st.lists(st.text().map(sanitize), min_size=4, max_size=4), max_size=5), st.integers(0, 60))
def test_every_line_is_exactly_as_wide_as_asked_with_the_same_spans(texts: list[list[str]], width: int) -> None:
    lines = table(COLUMNS, [cells_of(*row) for row in texts], width)
    assert {width_of(row) for row in lines} == {width}
    if width >= 22:
        assert len({tuple(cells(span.text) for span in row) for row in lines}) == 1
