from hypothesis import given
from hypothesis import strategies as st

from memtui.view.blocks import beside, flow, heading, sections, wrap
from memtui.view.lines import Line, Span, text_of, width_of
from memtui.view.text import cells, sanitize

TEXTS = st.text(max_size=200).map(sanitize)


def plain(text: str) -> Line:
    return (Span(text),)


@given(TEXTS, st.integers(2, 60), st.integers(1, 4))
def test_wrapping_keeps_width_and_count_and_loses_only_what_is_marked(text: str, width: int, limit: int) -> None:
    pieces = wrap(text, width, limit)
    assert 1 <= len(pieces) <= limit
    assert all(cells(piece) <= width for piece in pieces)
    assert "".join(pieces) == text or pieces[-1].endswith("…")


def test_wrapping_breaks_at_a_space_that_is_near() -> None:
    assert wrap("one two three", 9, 3) == ["one two ", "three"]
    assert wrap("a bbbbbbbbbbbb", 9, 3) == ["a bbbbbbb", "bbbbb"]


@given(st.lists(TEXTS, max_size=6), st.integers(1, 60))
def test_flowing_items_never_leave_the_width(items: list[str], width: int) -> None:
    assert all(width_of(line) <= width for line in flow(map(plain, items), width))


def test_items_flow_onto_as_few_lines_as_they_need() -> None:
    assert [text_of(line) for line in flow(map(plain, ("aa", "bb", "cc")), 7)] == ["aa   bb", "cc"]


def test_two_blocks_of_unequal_height_stand_side_by_side() -> None:
    lines = beside([plain("left")], [plain("right"), plain("more")], 23)
    assert [text_of(line) for line in lines] == ["left         right", "             more"]
    assert {width_of(line) for line in lines} == {23}


def test_sections_are_parted_by_one_empty_line() -> None:
    assert [text_of(line) for line in sections([plain("a")], [], [plain("b")])] == ["a", "", "b"]


@given(TEXTS, TEXTS, st.integers(0, 40))
def test_a_heading_is_cut_to_the_width(title: str, note: str, width: int) -> None:
    assert width_of(heading(title, width, note)) <= width
