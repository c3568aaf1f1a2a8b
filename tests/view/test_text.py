import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.view.text import cells, cut, pad_left, pad_right, sanitize

NASTY = "\0\t\n\r\x1b\x7f\x9b\xad\u061c\u200b\u200d\u200f\u202e\u2066\u2028\ufeff\ufe0f\udcff\ue000\U000e0041\u0301"
HOSTILE = st.text(st.characters() | st.sampled_from(NASTY + "a数é\U0001f600"))
CLEAN = HOSTILE.map(sanitize)
# Format characters (Cf) that are seen: number signs of Arabic, Syriac and Kaithi.
SEEN_FORMAT = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb", r"a\nb"),
        ("a\rb\x7f\x9b", r"a\x0db\x7f\x9b"),
        ("sh\0-c\tx", "sh -c x"),
        ("exe\u202egnp.txt", r"exe\u202egnp.txt"),
        ("a\u200bb\u2060c\ufeff", r"a\u200bb\u2060c\ufeff"),
        ("a\u2028b", r"a\u2028b"),
        ("caf\udce9", r"caf\xe9"),
        ("\udc80\udc7f", r"\x80\udc7f"),
        ("\ud800", r"\ud800"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("\ue000", r"\ue000"),
        ("heart\u2764\ufe0f", "heart\u2764\\ufe0f"),
    ],
)
def test_hidden_characters_become_visible_escapes(hostile: str, shown: str) -> None:
    assert sanitize(hostile) == shown


@pytest.mark.parametrize(
    "text", ["", "postgres: checkpointer", "数据处理", "e\u0301te\u0301", r"C:\new", "[bold]x[/]"]
)
def test_clean_text_is_the_same_object(text: str) -> None:
    assert sanitize(text) is text


def test_a_mark_without_a_base_is_escaped_and_one_with_a_base_is_kept() -> None:
    assert sanitize("\u0301e\u0301") == "\\u0301e\u0301"
    assert sanitize("\u0301\u0302e") == r"\u0301\u0302e"


def test_marks_beyond_the_fourth_on_one_base_are_escaped() -> None:
    assert sanitize("e" + "\u0301" * 5 + "x\u0301") == "e" + "\u0301" * 4 + "\\u0301x\u0301"


def test_no_code_point_survives_that_is_control_format_surrogate_private_or_separator() -> None:
    everything = sanitize("".join("a" + chr(code) for code in range(sys.maxunicode + 1)))
    left = {
        character
        for character in set(everything)
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        and ord(character) not in SEEN_FORMAT
    }
    assert not left
    assert not set("\u115f\u1160\u3164\uffa0\ufe00\ufe0f\U000e0100") & set(everything)


@given(HOSTILE)
def test_sanitising_twice_changes_nothing_more(text: str) -> None:
    once = sanitize(text)
    assert sanitize(once) is once


@given(CLEAN, CLEAN)
def test_sanitised_texts_side_by_side_are_as_wide_as_both(left: str, right: str) -> None:
    assert cells(left + right) == cells(left) + cells(right)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("postgres", 8, "postgres"),
        ("postgres", 7, "postgr…"),
        ("postgres", 1, "…"),
        ("postgres", 0, ""),
        ("数据处理", 8, "数据处理"),
        ("数据处理", 7, "数据处…"),
        ("数据处理", 6, "数据…"),
        ("cafe\u0301s au lait", 5, "cafe\u0301…"),
    ],
)
def test_cut_ends_in_an_ellipsis_and_never_halves_a_character(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


@given(CLEAN, st.integers(-2, 40))
def test_cut_fills_the_width_but_for_half_a_wide_character(text: str, width: int) -> None:
    shown = cut(text, width)
    if cells(text) <= width:
        assert shown == text
    elif width <= 0:
        assert shown == ""
    else:
        assert shown[-1] == "…" and text.startswith(shown[:-1])
        assert width - 1 <= cells(shown) <= width


@given(CLEAN, st.integers(-2, 40))
def test_padding_reaches_the_width_and_keeps_a_wider_text_whole(text: str, width: int) -> None:
    for padded in (pad_left(text, width), pad_right(text, width)):
        assert cells(padded) == max(width, cells(text))
    assert pad_left(text, width).endswith(text)
    assert pad_right(text, width).startswith(text)
