"""The loop around a stream: one step an interval, on a thread of whoever calls it."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Event, Thread

from memtui.model.snapshot import Snapshot
from memtui.sampling.request import Request
from memtui.sampling.sampler import Stream


class Loop:
    """Steps a stream until stopped. Its settings may be changed from any thread at any time.

    Steps start on a grid of the interval; a step that takes longer than its interval makes the next ones skip to the
    grid's next point instead of queueing up.
    """

    def __init__(self, stream: Stream, request: Request, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._request = request
        self._clock = clock
        self._wake = Event()
        self._stopped = False
        self._first: Future[Snapshot] | None = None

    @property
    def request(self) -> Request:
        """What is asked of the next step."""
        return self._request

    def ask(self, request: Request, *, now: bool = False) -> None:
        """Change what the next step reads; with `now` it starts at once."""
        hurried = now or request.interval != self._request.interval
        self._request = request
        if hurried:
            self._wake.set()

    def stop(self) -> None:
        """End `run` at its next wait, which this cuts short."""
        self._stopped = True
        self._wake.set()

    def prime(self) -> None:
        """Take the first step now, on a thread of its own, while the screen is still being loaded."""
        first = self._first = Future()

        def step() -> None:
            try:
                first.set_result(self._stream.step(self._request))
            except Exception as error:
                first.set_exception(error)

        Thread(target=step, name="first sample", daemon=True).start()

    def run(self, publish: Callable[[Snapshot], None], failed: Callable[[Exception], None]) -> None:
        """Step and publish until `stop`; closes the stream at the end. A step that raises is told to `failed`."""
        try:
            while not self._stopped:
                started = self._clock()
                try:
                    publish(self._step())
                except Exception as error:
                    failed(error)
                self._wait(started)
        finally:
            self._stream.close()

    def _step(self) -> Snapshot:
        first, self._first = self._first, None
        return first.result() if first is not None else self._stream.step(self._request)

    def _wait(self, started: float) -> None:
        if self._wake.wait(pause(started, self._clock(), self._request.interval)):
            self._wake.clear()


def pause(started: float, now: float, interval: float) -> float:
    """Seconds until the next point of the grid that began at `started`; a point already passed is skipped."""
    return interval - (now - started) % interval
