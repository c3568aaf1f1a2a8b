"""The parser of /proc/buddyinfo."""

import pytest

from memtui.proc import buddyinfo

TWO_NODES = (
    b"Node 0, zone      DMA      0      0      1\n"
    b"Node 0, zone   Normal     25    250      6\n"
    b"Node 1, zone   Normal      7      0      3\n"
)


def test_blocks_are_by_node_and_zone_lowest_order_first() -> None:
    assert buddyinfo.parse(TWO_NODES) == {
        (0, "DMA"): (0, 0, 1),
        (0, "Normal"): (25, 250, 6),
        (1, "Normal"): (7, 0, 3),
    }


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"Node 9, zone",
        b"Node 9, zone   Normal",
        b"Node x, zone   Normal 1 2",
        b"Node 9, zone   Normal 1 -2",
        b"Node 9, zone   Normal 1 x",
        b"Zone 0, zone   Normal 1 2",
        b"\xff\xfe, zone \x00 1",
    ],
)
def test_a_line_that_is_none_is_skipped_and_the_others_stay(line: bytes) -> None:
    assert buddyinfo.parse(line + b"\n" + TWO_NODES) == buddyinfo.parse(TWO_NODES)
