"""Which smaps_rollup to read next: a small policy over cost, change, age and visibility.

Reading every rollup every second costs more CPU than any monitor may take, and each read walks the target's page
tables under its mmap_lock. So a tick reads, in this order and under a budget of seconds:

1. relatives of processes that came or went (their PSS changes with no sign of their own),
2. visible processes that changed, or that have not been read for a while,
3. processes never read, largest first,
4. processes that changed, largest change first,
5. the longest unread, as many as it takes to come round to everyone within `rotate_within` seconds.

One that has only just begun waits for the next tick, unless it is visible: of short programs few see that.
A read that is expected to be dear waits for a credit of its own, so it never takes the others' turn, and no process
is read for more than `stall_share` of the time. Pure: it knows no clock and no files.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

BASE_COST: Final = 100e-6  # seconds for an ordinary process of a few MB; measured, see predicted_cost
PAGE_COST: Final = 50e-9  # seconds per resident page, private anonymous 4 KiB pages being the dearest


class Policy(NamedTuple):
    """The bounds, in seconds of reading per tick or of age."""

    budget: float = 0.060
    unread_budget: float = 0.100
    urgent_budget: float = 0.040
    visible_every: float = 4.0
    visible_idle_every: float = 30.0
    changed_every: float = 10.0
    most_trust: float = 4.0
    rotate_within: float = 58.0
    dear: float = 0.004
    dear_share: float = 0.0025
    stall_share: float = 0.01
    patience: float = 16.0


@dataclass(slots=True, eq=False)
class Target:
    """A process as the policy sees it: resident pages, seconds the last read took, when that was, change since.

    `under_way` is a read that was started and is not done. `patience` is for how many seconds after a
    read it is not read again for comings and goings around it, as the last ones changed nothing. `trust` is by how
    much longer than others it may go unread after a change, as the last reads found what had been carried on.
    """

    pid: int
    rss: int = 0
    cost: float | None = None
    read_at: float | None = None
    change: int = 0
    under_way: bool = False
    patience: float = 0.0
    trust: float = 1.0

    def predicted_cost(self) -> float:
        """Seconds that the next read will take: as the last one, or by size before there was any."""
        return self.cost if self.cost is not None else BASE_COST + PAGE_COST * self.rss

    def age(self, now: float) -> float:
        """Seconds since the last read; infinite before the first."""
        return float("inf") if self.read_at is None else now - self.read_at


@dataclass(slots=True)
class Schedule:
    """The queues of the policy. `plan` yields targets; the caller reads each and tells `done` before the next.

    For a read that goes on beside the tick the caller tells `started`, and `done` when it is.
    """

    policy: Policy = field(default_factory=Policy)
    _queue: dict[int, Target] = field(default_factory=dict)  # oldest read first, never read in front
    _unread: dict[int, Target] = field(default_factory=dict)
    _changed: dict[int, Target] = field(default_factory=dict)
    _urgent: dict[int, Target] = field(default_factory=dict)
    _newborn: dict[int, Target] = field(default_factory=dict)  # came after the last plan began
    _waiting: dict[int, Target] = field(default_factory=dict)  # the newborn of the plan that goes on
    _credit: float = 0.0
    _spent: float = 0.0

    def add(self, target: Target, *, newborn: bool = False) -> None:
        """A process has come; it has never been read. A newborn one waits for the plan after next unless visible."""
        queue = self._newborn if newborn else self._unread
        queue[target.pid] = self._queue[target.pid] = target

    def drop(self, pid: int) -> None:
        """A process has gone, or turned out to have no rollup."""
        for queue in (self._queue, self._unread, self._changed, self._urgent, self._newborn, self._waiting):
            queue.pop(pid, None)

    def change(self, target: Target, by: int) -> None:
        """A process's pages or faults moved by `by` (pages) since the last tick."""
        if target.pid in self._queue:
            target.change += by
            self._changed[target.pid] = target

    def hurry(self, pids: Iterable[int]) -> None:
        """These processes' PSS has probably changed through what another did.

        Those around a shell that starts program after program would be read every tick in vain: each time that it
        changed nothing, a target's patience doubles, up to the policy's. It is read when that is over.
        """
        for pid in pids:
            if (target := self._queue.get(pid)) is not None:
                self._urgent[pid] = target

    def started(self, target: Target) -> None:
        """A planned read goes on; the target is not planned again before it is done."""
        target.under_way = True

    def done(self, target: Target, now: float, cost: float, *, calm: bool = False, foreseen: bool = False) -> None:
        """A planned read took `cost` seconds; it found PSS as it was (`calm`), or as carried on (`foreseen`)."""
        if target.change:
            target.trust = min(self.policy.most_trust, 2 * target.trust) if foreseen else 1.0
        if target.pid in self._urgent:
            target.patience = min(self.policy.patience, max(1.0, 2 * target.patience)) if calm else 0.0
        if target.predicted_cost() > self.policy.dear:
            self._credit -= cost
        target.cost, target.read_at, target.change, target.under_way = cost, now, 0, False
        self._spent += min(cost, self.policy.dear)
        for queue in (self._unread, self._changed, self._urgent, self._newborn, self._waiting):
            queue.pop(target.pid, None)
        if self._queue.pop(target.pid, None) is not None:
            self._queue[target.pid] = target

    def everything(self) -> Iterator[Target]:
        """All targets, whatever they cost: for one-shot output."""
        yield from list(self._queue.values())

    def plan(self, now: float, elapsed: float, visible: Collection[int], haste: float = 1.0) -> Iterator[Target]:
        """The reads of one tick, `elapsed` seconds after the last; `haste` speeds the rotation up."""
        policy = self.policy
        self._spent = 0.0
        self._unread.update(self._waiting)
        self._waiting, self._newborn = self._newborn, {}
        self._credit = min(self._credit + policy.dear_share * elapsed, policy.dear)
        dear: list[Target] = []

        def affordable(targets: Iterable[Target], budget: float) -> Iterator[Target]:
            start = self._spent
            for target in targets:
                if target.under_way or not self._there(target):
                    continue
                if target.predicted_cost() > policy.dear:
                    dear.append(target)
                elif self._spent - start + target.predicted_cost() > budget:
                    return
                elif self._rested(target, now):
                    yield target

        urgent = [
            target
            for pid, target in self._urgent.items()
            if target.age(now) >= target.patience and pid not in self._waiting
        ]
        yield from affordable(urgent, policy.urgent_budget)
        yield from affordable(self._visible(visible, now), policy.budget)
        yield from affordable(sorted(self._unread.values(), key=_largest), policy.unread_budget)
        yield from affordable(self._moved(now), policy.budget)
        yield from affordable(self._oldest(now, elapsed, haste), policy.budget)
        yield from self._dear(dear, now)

    def _visible(self, visible: Collection[int], now: float) -> Iterator[Target]:
        policy = self.policy
        for pid in visible:
            if (target := self._queue.get(pid)) is not None:
                wait = policy.visible_every * target.trust if target.change else policy.visible_idle_every
                if target.age(now) >= wait:
                    yield target

    def _moved(self, now: float) -> list[Target]:
        ripe = [
            target
            for pid, target in self._changed.items()
            if target.age(now) >= self.policy.changed_every * target.trust and pid not in self._waiting
        ]
        return sorted(ripe, key=_most_changed)

    def _oldest(self, now: float, elapsed: float, haste: float) -> list[Target]:
        within = self.policy.rotate_within / haste
        least_age = min(self.policy.visible_every, within / 2)  # after a burst, when all are young, the round waits
        count = len(self._queue) * elapsed / within
        oldest: list[Target] = []
        ordinary = 0
        for target in self._queue.values():
            if ordinary >= count or target.age(now) < least_age:
                break
            if target.read_at is not None:
                oldest.append(target)
                ordinary += target.predicted_cost() <= self.policy.dear
        return oldest

    def _dear(self, targets: Iterable[Target], now: float) -> Iterator[Target]:
        """At most one dear read a tick: a first one at once, any other when there is credit for it.

        A caller that is too busy for the longest unread one leaves it, and is offered the next.
        """
        waiting = [target for target in dict.fromkeys(targets) if self._rested(target, now)]
        for target in sorted(waiting, key=lambda one: -one.age(now)):
            if self._there(target) and (target.read_at is None or self._credit >= 0):
                yield target
                if target.under_way or target.read_at == now:
                    return

    def _there(self, target: Target) -> bool:
        """Whether the target was not dropped since the plan began."""
        return self._queue.get(target.pid) is target

    def _rested(self, target: Target, now: float) -> bool:
        """Whether another read keeps this target's reads under their share of the time."""
        return target.age(now) * self.policy.stall_share >= target.predicted_cost()


def _largest(target: Target) -> int:
    return -target.rss


def _most_changed(target: Target) -> int:
    return -target.change
