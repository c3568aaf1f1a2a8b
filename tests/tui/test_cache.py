"""The Cache tab with an instrument behind it: what the keys do, and what the sampler is asked for."""

from dataclasses import replace
from typing import Any

import pytest

from memtui.model.cache import CacheRow, PageCache, flow
from memtui.model.pagecache import Instrument, Pages, Quality
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import Unavailable, Why
from memtui.sampling.request import Need

EXACT = Instrument("BPF tracepoints", Quality.EXACT)


def counted(snapshot: Snapshot, instrument: Instrument = EXACT) -> Snapshot:
    """The recorded machine as an instrument would have seen it."""
    known = snapshot.processes[20334]
    rows = (
        CacheRow(
            known.key, 20334, 33, "www-data", known.command, False, flow(Pages(10)), flow(Pages(900, added=500))
        ),
        CacheRow((7, "ended"), 7, 0, "root", "dd", True, flow(Pages(64, added=64)), flow(Pages(64, added=64))),
        CacheRow((8, "ended"), 8, 0, "root", "tar", True, flow(Pages()), flow(Pages(70, added=70))),
    )
    cache = PageCache(instrument, flow(Pages(74, added=64)), flow(Pages(1034, added=634)), rows, 2.0, 90.0)
    return replace(snapshot, cache=cache)


@pytest.fixture
def cache_tab(open_app: Any) -> Any:
    user = open_app(tab="cache")
    user.loop.alter = counted
    user.press("ctrl+l")
    return user


def test_the_instrument_is_named_with_what_it_is_worth(cache_tab: Any) -> None:
    assert "exact  counted by BPF tracepoints" in cache_tab.text
    assert "in the last 2.0 s" in cache_tab.text


def test_a_process_that_ended_in_the_interval_is_there_and_an_older_one_is_not(cache_tab: Any) -> None:
    assert "dd (ended)" in cache_tab.text
    assert "tar (ended)" not in cache_tab.text


def test_c_shows_all_that_was_counted_and_again_the_interval(cache_tab: Any) -> None:
    text = cache_tab.press("c")
    assert "since the counting began, 00:01:30 ago" in text
    assert "tar (ended)" in text
    assert "tar (ended)" not in cache_tab.press("c")


def test_enter_opens_a_process_but_not_one_that_has_ended(cache_tab: Any) -> None:
    cache_tab.press("enter")  # dd stands first, by its misses
    assert cache_tab.panel.id == "cache"
    cache_tab.press("end", "enter")
    assert cache_tab.loop.request.focus == ProcKey(20334, cache_tab.loop.request.focus.starttime)


def test_the_instrument_is_wanted_only_while_the_tab_is_open(user: Any) -> None:
    assert Need.PAGE_CACHE not in user.loop.request.needs
    user.press("4")
    assert Need.PAGE_CACHE in user.loop.request.needs
    user.press("1")
    assert Need.PAGE_CACHE not in user.loop.request.needs


def test_a_drilldown_from_the_tab_does_not_lose_what_was_counted(cache_tab: Any) -> None:
    cache_tab.press("end", "enter")
    assert Need.PAGE_CACHE in cache_tab.loop.request.needs


def test_p_pins_the_instrument(cache_tab: Any) -> None:
    assert "pinned" in cache_tab.press("p")
    cache_tab.press("1")
    assert Need.PAGE_CACHE in cache_tab.loop.request.needs
    cache_tab.press("4", "p", "1")
    assert Need.PAGE_CACHE not in cache_tab.loop.request.needs


def test_an_exact_instrument_spares_the_counters_of_each_process(cache_tab: Any) -> None:
    cache_tab.press("ctrl+l")
    assert Need.IO not in cache_tab.loop.request.needs


def test_without_rights_the_one_command_that_helps_is_said(open_app: Any) -> None:
    denied = Unavailable(Why.DENIED, "needs root, or CAP_BPF and CAP_PERFMON")
    estimate = Instrument("/proc", Quality.ESTIMATE, (("BPF tracepoints", denied),), "sudo memtui")
    user = open_app(tab="cache")
    user.loop.alter = lambda snapshot: counted(snapshot, estimate)
    text = user.press("ctrl+l")
    assert "estimate  counted by /proc" in text
    assert "exact with sudo memtui" in text
    assert Need.IO in user.loop.request.needs


def test_while_it_is_attached_the_tab_says_so(open_app: Any) -> None:
    user = open_app(tab="cache")
    user.loop.alter = lambda snapshot: replace(snapshot, cache=PageCache(pending=True))
    assert "attaching …" in user.press("ctrl+l")
