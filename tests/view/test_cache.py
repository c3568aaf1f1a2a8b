"""Why there is no better instrument, and how the table is ordered."""

from memtui.model.cache import CacheRow, Flow, PageCache
from memtui.model.pagecache import Instrument, Quality
from memtui.proc.unavailable import Unavailable, Why
from memtui.view.cache import CacheSpec, instrument_lines, mebibytes, select, why_not_better
from memtui.view.lines import text_of

DENIED = Unavailable(Why.DENIED, "needs root")
ABSENT = Unavailable(Why.ABSENT, "BTF (CONFIG_DEBUG_INFO_BTF)")


def row(pid: int, misses: int, ever: int = 0, *, ended: bool = False) -> CacheRow:
    now = Flow(misses, misses, 0, 0)
    return CacheRow(pid, pid, 0, "u", "c", ended, now, Flow(ever, ever, 0, 0))


def test_the_best_instrument_needs_no_excuse() -> None:
    assert why_not_better(Instrument("BPF functions", Quality.EXACT, (("BPF tracepoints", ABSENT),))) == ""


def test_one_reason_for_all_is_said_once_and_different_ones_by_name() -> None:
    twice = Instrument("/proc", Quality.ESTIMATE, (("a", DENIED), ("b", DENIED)), "sudo memtui")
    assert why_not_better(twice) == "exact with sudo memtui (permission denied: needs root)"
    both = Instrument("/proc", Quality.ESTIMATE, (("a", ABSENT), ("b", DENIED)))
    assert why_not_better(both) == (
        "a: not in this kernel: BTF (CONFIG_DEBUG_INFO_BTF); b: permission denied: needs root"
    )


def test_hostile_words_of_a_verifier_are_made_visible() -> None:
    evil = Instrument("/proc", Quality.ESTIMATE, (("a", Unavailable(Why.FAILED, "\x1b[2J")),))
    assert r"\x1b[2J" in why_not_better(evil)


def test_idle_processes_stand_below_by_what_they_missed_before() -> None:
    cache = PageCache(rows=(row(1, 0, 5), row(2, 7), row(3, 0, 9), row(4, 0, 99, ended=True)))
    assert [one.pid for one in select(cache, CacheSpec())] == [2, 3, 1]
    assert [one.pid for one in select(cache, CacheSpec(cumulative=True))] == [4, 3, 1, 2]


def test_a_pinned_instrument_says_so() -> None:
    (line,) = instrument_lines(PageCache(Instrument("x", Quality.EXACT)), 100, pinned=True)
    assert "pinned" in text_of(line)


def test_mebibytes_are_whole() -> None:
    assert (mebibytes((3 << 20) - 1), mebibytes(None)) == (2, None)
