"""The ladder: whatever refuses, the next instrument takes over and the reason is kept."""

import pytest

from memtui.proc.unavailable import ABSENT, Unavailable, Why
from memtui.trace.bpf import btf
from memtui.trace.bpf.btf import BadBtf
from memtui.trace.pagecache import adds
from memtui.trace.pagecache.ladder import PROC, RUNGS, Counters, Rung, open_best
from memtui.trace.refused import Refused

DENIED = Unavailable(Why.DENIED, "needs root")


def refusing(error: Exception) -> Rung:
    def open_() -> Counters:
        raise error

    return Rung(type(error).__name__, open_)


def test_the_first_that_can_be_had_is_taken_and_the_refusals_before_it_are_told() -> None:
    here = object.__new__(adds.AddCounters)
    better, last = [refusing(Refused(DENIED)), refusing(BadBtf("cut off"))], refusing(Refused(ABSENT))
    opened = open_best([*better, Rung("third", lambda: here), last])
    assert opened.counters is here
    assert opened.name == "third"
    assert opened.refused == (("Refused", DENIED), ("BadBtf", Unavailable(Why.FAILED, "cut off")))


def test_where_all_refuse_the_estimate_is_left() -> None:
    opened = open_best([refusing(Refused(DENIED)), refusing(OSError(24, "Too many open files"))])
    assert (opened.name, opened.counters) == (PROC, None)
    assert "Too many open files" in str(opened.refused[1][1])


def test_a_kernel_without_btf_goes_down_to_the_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(btf, "VMLINUX", "/nonexistent")

    def no_counters(_: object) -> None:
        raise Refused(ABSENT)

    monkeypatch.setattr(adds.AddCounters, "__init__", no_counters)
    opened = open_best()
    assert [name for name, _ in opened.refused] == [rung.name for rung in RUNGS]
    assert "CONFIG_DEBUG_INFO_BTF" in str(opened.refused[0][1])
