"""Hostile, cut and damaged bytes: no system parser ever raises or lets a lone surrogate or odd number through."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc import cpustat, loadavg, meminfo, pressure, swaps, sysctl, uptime, vmstat, zoneinfo

Parse = Callable[[bytes], Any]
KERNELS = ("3.10", "5.10", "6.1", "6.12", "6.18")
PARSERS: dict[str, Parse] = {
    "meminfo": meminfo.parse,
    "vmstat": vmstat.parse,
    "zoneinfo": zoneinfo.parse,
    "swaps": swaps.parse,
    "pressure/io": pressure.parse,
    "loadavg": loadavg.parse,
    "uptime": uptime.parse,
    "stat": cpustat.parse,
    "sys/vm": sysctl.parse,
}
PIECES = st.sampled_from(
    [
        *(
            b"\n",
            b" ",
            b":",
            b"/",
            b"=",
            b"\0",
            b"\xff",
            b"\xed\xa0\x80",
            b"\\777",
            b"\\303\\251 file 1 1 1\n",
        ),
        *(b"-1", b"1e9", b"nan", b"9" * 30, b"9" * 5000, "٣".encode()),
        *(b"kB", b"cpu", b"Node 0, zone X\n", b"per-node stats\n", b"  cpu: 1\n"),
    ]
)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES | st.binary(max_size=8)), max_size=8)


def leaves(value: Any) -> Iterator[Any]:
    """Every text and number in a record."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from leaves(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from leaves(tuple(value.items()))
    elif isinstance(value, (tuple, frozenset)):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def check(record: Any) -> None:
    for leaf in leaves(record):
        if isinstance(leaf, str):
            leaf.encode("utf-8")  # raises on a lone surrogate
        else:
            assert leaf is None or abs(leaf) < 10**21


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
@given(data=st.binary(max_size=400))
def test_any_bytes_give_a_record(parse: Parse, data: bytes) -> None:
    check(parse(data))


@pytest.mark.parametrize("name", [name for name in PARSERS if name != "sys/vm"])
@given(data=st.data())
def test_a_cut_or_damaged_file_gives_a_record(
    recorded: Callable[[str], bytes], name: str, data: st.DataObject
) -> None:
    has_all = ("meminfo", "vmstat", "zoneinfo")
    kernel = data.draw(st.sampled_from(KERNELS if name in has_all else KERNELS[1:]))
    whole = recorded(f"{kernel}/{name}")
    damaged = whole[: int(data.draw(st.floats(0, 1)) * len(whole))]
    for place, length, piece in data.draw(EDITS):
        start = int(place * len(damaged))
        damaged = damaged[:start] + piece + damaged[start + length :]
    check(PARSERS[name](damaged))
