"""The loop: a grid that skips and never queues, requests at any time, and a step that fails without ending it."""

import threading
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.model.snapshot import Snapshot
from memtui.sampling.loop import Loop, pause
from memtui.sampling.request import Need, Request

LONG = Request(interval=3600.0)  # no test waits for it: what ends the wait is what is tested


class Steps:
    """A stream that does what it is told at each step and says what it was asked."""

    def __init__(self, *actions: Callable[[], None]) -> None:
        self.actions = list(actions)
        self.asked: list[Request] = []
        self.closed = 0

    def step(self, request: Request) -> Snapshot:
        self.asked.append(request)
        if self.actions:
            self.actions.pop(0)()
        return cast(Snapshot, len(self.asked))  # the loop looks at none of it

    def close(self) -> None:
        self.closed += 1


def refuse(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("started", "now", "interval", "wait"),
    [
        (10.0, 10.0, 1.0, 1.0),
        (10.0, 10.25, 1.0, 0.75),
        (10.0, 11.25, 1.0, 0.75),  # one point of the grid has passed, and is not made up for
        (10.0, 17.5, 2.0, 0.5),
        (10.0, 10.5, 0.125, 0.125),
    ],
)
def test_a_pause_ends_at_the_next_point_of_the_grid(started: float, now: float, interval: float, wait: float) -> None:
    assert pause(started, now, interval) == wait


@given(st.floats(0, 1e6), st.floats(0, 1e5), st.floats(0.05, 100))
def test_a_pause_is_never_longer_than_the_interval_nor_negative(start: float, took: float, interval: float) -> None:
    assert 0 <= pause(start, start + took, interval) <= interval


def test_a_step_that_takes_longer_than_its_interval_skips_points_and_does_not_queue() -> None:
    now, waits = [100.0], list[float]()
    loop: Loop

    def slow() -> None:
        now[0] += 2.5

    class Wake(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            waits.append(timeout)
            now[0] += timeout
            starts.append(now[0])
            if len(waits) == 4:
                loop.stop()
            return False

    starts = [100.0]
    loop = Loop(Steps(slow, lambda: None, slow, lambda: None), Request(interval=1.0), clock=lambda: now[0])
    loop._wake = Wake()
    loop.run(lambda _: None, refuse)
    assert waits == [0.5, 1.0, 0.5, 1.0]
    assert starts == [100.0, 103.0, 104.0, 107.0, 108.0]


def test_every_snapshot_is_published_and_stop_ends_the_run_and_closes_the_stream() -> None:
    got: list[object] = []
    loop: Loop
    steps = Steps()

    def publish(snapshot: Snapshot) -> None:
        got.append(snapshot)
        if len(got) == 3:
            loop.stop()

    loop = Loop(steps, Request(interval=0.001))
    loop.run(publish, refuse)
    assert got == [1, 2, 3] and steps.closed == 1


def test_a_loop_stopped_before_it_runs_takes_no_step_and_closes() -> None:
    steps = Steps()
    loop = Loop(steps, LONG)
    loop.stop()
    loop.run(lambda _: None, refuse)
    assert steps.asked == [] and steps.closed == 1


def test_stop_from_another_thread_cuts_the_wait_short() -> None:
    steps, published = Steps(), threading.Event()
    loop = Loop(steps, LONG)
    thread = threading.Thread(target=loop.run, args=(lambda _: published.set(), refuse), daemon=True)
    thread.start()
    assert published.wait(30)
    loop.stop()
    thread.join(30)
    assert not thread.is_alive() and steps.closed == 1


@pytest.mark.parametrize(
    ("request_", "now"), [(Request(interval=3600.0, visible=(7,)), True), (Request(interval=1800.0), False)]
)
def test_asking_for_now_or_for_another_interval_wakes_the_loop_with_the_new_request(
    request_: Request, now: bool
) -> None:
    steps, published = Steps(), threading.Semaphore(0)
    loop = Loop(steps, LONG)
    thread = threading.Thread(target=loop.run, args=(lambda _: published.release(), refuse), daemon=True)
    thread.start()
    assert published.acquire(timeout=30)
    loop.ask(request_, now=now)
    assert published.acquire(timeout=30)
    loop.stop()
    thread.join(30)
    assert steps.asked == [LONG, request_] and loop.request is request_


def test_asking_for_other_columns_alone_waits_for_the_next_step() -> None:
    loop = Loop(Steps(), LONG)
    loop.ask(Request(interval=3600.0, needs=Need.NOTHING))
    assert not loop._wake.is_set()
    assert loop.request.needs is Need.NOTHING


def test_asking_during_a_step_is_not_lost() -> None:
    loop: Loop
    wanted = Request(interval=3600.0, visible=(1,))
    steps = Steps(lambda: loop.ask(wanted, now=True), lambda: loop.stop())
    loop = Loop(steps, LONG)
    loop.run(lambda _: None, refuse)
    assert steps.asked == [LONG, wanted]


def test_a_step_that_raises_is_told_and_the_loop_goes_on() -> None:
    loop: Loop
    errors, got = list[Exception](), list[object]()
    boom = ZeroDivisionError("boom")
    steps = Steps(lambda: refuse(boom), lambda: None, lambda: refuse(KeyError(7)), lambda: loop.stop())
    loop = Loop(steps, Request(interval=0.001))
    loop.run(got.append, errors.append)
    assert errors[0] is boom and isinstance(errors[1], KeyError) and len(errors) == 2
    assert got == [2, 4] and steps.closed == 1


def test_a_face_that_cannot_take_a_snapshot_does_not_end_the_loop() -> None:
    loop: Loop
    errors = list[Exception]()
    steps = Steps(lambda: None, lambda: loop.stop())
    loop = Loop(steps, Request(interval=0.001))
    loop.run(lambda _: refuse(RuntimeError("no screen")), errors.append)
    assert [str(error) for error in errors] == ["no screen"] * 2


def test_an_interrupt_ends_the_loop_and_closes_the_stream() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    steps = Steps(interrupt)
    with pytest.raises(KeyboardInterrupt):
        Loop(steps, LONG).run(lambda _: None, refuse)
    assert steps.closed == 1
