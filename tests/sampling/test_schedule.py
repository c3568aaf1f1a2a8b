"""The policy of reading rollups, with fake costs and a fake clock: budgets, order, bounds of age, dear processes."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.sampling.schedule import BASE_COST, PAGE_COST, Policy, Schedule, Target

ORDINARY = 300e-6
POLICY = Policy()


class World:
    """A fake machine: reads cost what `cost` says, a tick lasts `interval`, and every read is on record."""

    def __init__(
        self, count: int, cost: Callable[[Target], float] = lambda _: ORDINARY, interval: float = 1.0
    ) -> None:
        self.schedule = Schedule()
        self.cost = cost
        self.interval = interval
        self.now = 0.0
        self.foreseen: set[int] = set()
        self.targets = {pid: Target(pid, rss=4000) for pid in range(1, count + 1)}
        for target in self.targets.values():
            self.schedule.add(target)

    def tick(self, visible: Sequence[int] = (), haste: float = 1.0) -> list[int]:
        """The pids read in one tick."""
        self.now += self.interval
        read = []
        for target in self.schedule.plan(self.now, self.interval, visible, haste):
            assert self.targets.get(target.pid) is target
            self.schedule.done(target, self.now, self.cost(target), foreseen=target.pid in self.foreseen)
            read.append(target.pid)
        return read

    def settle(self) -> None:
        """Read everyone once."""
        while any(target.read_at is None for target in self.targets.values()):
            self.tick()

    def change(self, pids: Iterable[int], by: int = 1) -> None:
        for pid in pids:
            self.schedule.change(self.targets[pid], by)


# -- bounds ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [200, 1000, 5000])
def test_everyone_is_read_within_the_rotation_and_no_tick_is_dearer_than_its_budget(count: int) -> None:
    world = World(count)
    world.settle()
    for _ in range(170):
        read = world.tick()
        assert len(read) * ORDINARY <= POLICY.budget
        oldest = max(target.age(world.now) for target in world.targets.values())
        assert oldest <= POLICY.rotate_within + world.interval


@pytest.mark.parametrize("count", [200, 1000, 5000])
def test_the_first_reads_fill_their_budget_and_no_more(count: int) -> None:
    world, seen = World(count), 0
    per_tick = int(POLICY.unread_budget / ORDINARY)
    while seen < count:
        unread = {pid for pid, target in world.targets.items() if target.read_at is None}
        first = unread.intersection(world.tick())
        assert min(per_tick - 1, count - seen) <= len(first) <= POLICY.unread_budget / ORDINARY
        seen += len(first)


def test_when_everything_wants_to_be_read_each_kind_keeps_to_its_own_budget() -> None:
    world = World(5000)
    world.settle()
    world.now += 60
    for pid in range(5001, 10_001):
        world.targets[pid] = Target(pid, rss=4000)
        world.schedule.add(world.targets[pid])
    world.change(range(1, 2001))
    world.schedule.hurry(range(2001, 4001))
    read = world.tick(visible=range(4001, 5001))
    kinds = [
        sum(low <= pid < high for pid in read) * ORDINARY for low, high in ((1, 2001), (2001, 4001), (4001, 5001))
    ]
    assert kinds[0] <= 2 * POLICY.budget  # as changed ones, and as the longest unread
    assert kinds[1] <= POLICY.urgent_budget + POLICY.budget
    assert kinds[2] <= 2 * POLICY.budget
    assert sum(pid > 5000 for pid in read) * ORDINARY <= POLICY.unread_budget
    total = POLICY.urgent_budget + POLICY.unread_budget + 3 * POLICY.budget
    assert 0.9 * total <= len(read) * ORDINARY <= total
    assert len(read) == len(set(read))


def test_reads_come_in_the_order_urgent_visible_unread_changed_oldest() -> None:
    world = World(50)
    world.settle()
    world.now += 40
    world.targets[51], world.targets[52] = Target(51, rss=10), Target(52, rss=20)
    for pid in (51, 52):
        world.schedule.add(world.targets[pid])
    world.change([30], by=5)
    world.change([31], by=500)
    world.schedule.hurry([20])
    world.change([10])
    oldest = min(pid for pid in world.targets if pid not in (10, 11, 20, 30, 31))
    assert world.tick(visible=[10, 11]) == [20, 10, 11, 52, 51, 31, 30, oldest]


def test_the_newborn_wait_for_the_plan_after_next_and_are_read_at_once_if_visible() -> None:
    world = World(3)
    world.settle()
    for pid in (11, 12, 13):
        world.targets[pid] = Target(pid, rss=100)
        world.schedule.add(world.targets[pid], newborn=True)
    world.schedule.hurry([11])
    world.change([11, 12])
    assert world.tick(visible=[13]) == [13]
    world.schedule.drop(12)
    assert world.tick() == [11]
    assert not world.schedule._newborn and not world.schedule._waiting


# -- changes and the screen -----------------------------------------------------------------------------------------


def test_a_visible_process_that_changes_is_read_every_few_seconds_and_an_idle_one_more_seldom() -> None:
    world = World(1000)
    world.settle()
    reads: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(60):
        world.change([1])
        for pid in world.tick(visible=[1, 2]):
            if pid in reads:
                reads[pid].append(world.now)
    gaps = {pid: {after - before for before, after in pairwise(at)} for pid, at in reads.items()}
    assert gaps[1] == {POLICY.visible_every}
    assert gaps[2] == {POLICY.visible_idle_every}


@pytest.mark.parametrize(("visible", "every"), [((), POLICY.changed_every), ((1,), POLICY.visible_every)])
def test_one_whose_carried_pss_proves_right_is_read_more_seldom_until_it_proves_wrong(
    visible: tuple[int, ...], every: float
) -> None:
    world = World(1000)
    world.settle()
    world.foreseen = {1}
    at = [world.targets[1].read_at or 0.0]
    for second in range(300):
        if second == 200:
            world.foreseen.clear()
        world.change([1])
        at += [world.now for pid in world.tick(visible=visible) if pid == 1]
    gaps = [after - before for before, after in pairwise(at)]
    assert gaps[0] <= every  # the rotation may come first, when all are young
    assert gaps[1:3] == [2 * every, 4 * every]
    assert set(gaps[2:]) == {4 * every, every} and gaps[2:] == sorted(gaps[2:], reverse=True)
    assert 4 * every < POLICY.rotate_within


def test_a_changing_process_off_the_screen_is_read_every_five_seconds() -> None:
    world = World(1000)
    world.settle()
    at = []
    for _ in range(60):
        world.change([700])
        at += [world.now for pid in world.tick() if pid == 700]
    assert {after - before for before, after in pairwise(at)} == {POLICY.changed_every}


def test_a_change_is_read_once_and_then_settled() -> None:
    world = World(1000)
    world.settle()
    world.now += 5
    world.change([7], by=100)
    assert 7 in world.tick()
    assert world.targets[7].change == 0
    assert all(7 not in world.tick() for _ in range(9))


def test_relatives_of_what_came_or_went_are_read_within_two_ticks() -> None:
    world = World(1000)
    world.settle()
    relatives = range(100, 300)  # 60 ms of reading, 40 ms a tick
    world.schedule.hurry(relatives)
    assert set(relatives) <= {*world.tick(), *world.tick()}


def test_neighbours_of_endless_comings_and_goings_are_read_ever_more_seldom_until_one_matters() -> None:
    schedule, now = Schedule(), 0.0
    for pid in range(200):  # so many that the rotation doesn't come round to 7 meanwhile
        schedule.add(Target(pid, rss=1000))
    for one in schedule.plan(now, 1.0, ()):
        schedule.done(one, now, 300e-6)
    reads = []
    for _ in range(40):
        now += 1.0
        schedule.hurry([7])
        for one in schedule.plan(now, 1.0, ()):
            reads += [now] if one.pid == 7 else []
            schedule.done(one, now, 300e-6, calm=True)
    assert reads == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]
    for one in schedule.plan(48.0, 1.0, ()):  # put off, not forgotten
        schedule.done(one, 48.0, 300e-6, calm=False)
    schedule.hurry([7])
    assert next(schedule.plan(49.0, 1.0, ())).pid == 7


def test_hurry_for_someone_unknown_or_gone_is_nothing() -> None:
    world = World(3)
    world.schedule.drop(2)
    world.schedule.hurry([2, 99])
    assert sorted(world.tick()) == [1, 3]


def test_haste_shortens_the_rotation() -> None:
    world = World(1000)
    world.settle()
    ages = []
    for _ in range(100):
        world.tick(haste=3.0)
        ages.append(max(target.age(world.now) for target in world.targets.values()))
    assert max(ages[40:]) <= POLICY.rotate_within / 3 + 1


def test_a_longer_interval_rotates_as_fast() -> None:
    world = World(1000, interval=5.0)
    world.settle()
    for _ in range(60):
        world.tick()
        assert max(target.age(world.now) for target in world.targets.values()) <= POLICY.rotate_within + 5.0


# -- dear processes -------------------------------------------------------------------------------------------------

GIANT_RSS = int(5.0 / PAGE_COST)


def with_giant(count: int = 1000, cost: float = 5.0) -> World:
    """A thousand ordinary processes, all read, and a giant that never was."""
    world = World(count, lambda target: cost if target.rss == GIANT_RSS else ORDINARY)
    world.settle()
    world.targets[9999] = Target(9999, rss=GIANT_RSS)
    world.schedule.add(world.targets[9999])
    return world


def test_cost_is_predicted_by_size_before_the_first_read_and_by_the_last_after_it() -> None:
    target = Target(1, rss=1000)
    assert target.predicted_cost() == BASE_COST + 1000 * PAGE_COST
    assert target.age(5.0) == inf
    Schedule().done(target, 5.0, 0.5)
    assert (target.predicted_cost(), target.age(7.0)) == (0.5, 2.0)


def test_a_giant_never_read_is_read_at_once_and_last_and_then_seldom() -> None:
    world = with_giant()
    world.now += 20
    first = world.tick(visible=[9999])
    assert first[-1] == 9999 and len(first) > 1
    reads = []
    for _ in range(5000):
        world.change([9999], by=10**6)
        world.schedule.hurry([9999])
        if 9999 in world.tick(visible=[9999]):
            reads.append(world.now)
    assert reads, "it must not be starved for ever"
    assert all(after - before >= 5.0 / POLICY.stall_share for before, after in pairwise(reads))


def test_a_giant_that_always_changes_takes_nothing_from_the_others() -> None:
    world = with_giant()
    for _ in range(170):
        world.change([9999], by=10**6)
        world.schedule.hurry([9999])
        world.tick(visible=[9999])
        others = (target for pid, target in world.targets.items() if pid != 9999)
        assert max(target.age(world.now) for target in others) <= POLICY.rotate_within + 1


def test_dear_reads_of_many_take_no_more_than_their_share_of_the_time() -> None:
    world = World(100, lambda _: 0.015)
    for target in world.targets.values():
        target.rss = int(0.015 / PAGE_COST)
    for _ in range(150):
        assert len(world.tick()) <= 1  # a first look each, one a tick
    assert all(target.read_at is not None for target in world.targets.values())
    spent = sum(len(world.tick()) * 0.015 for _ in range(3000))
    assert 0.8 * POLICY.dear_share <= spent / 3000 <= POLICY.dear_share * 1.2
    assert max(target.age(world.now) for target in world.targets.values()) < 1000


def test_a_read_that_goes_on_beside_the_ticks_stops_no_one_and_is_not_planned_again() -> None:
    world = with_giant(200)
    giant, second, small = world.targets[9999], Target(8000, rss=GIANT_RSS // 2), Target(7000, rss=200_000)
    for target in (second, small):
        world.targets[target.pid] = target
        world.schedule.add(target)
    assert giant.predicted_cost() > POLICY.dear < small.predicted_cost()
    offered = []
    for _ in range(20):
        world.now += 1
        for target in world.schedule.plan(world.now, 1.0, ()):
            offered.append(target.pid)
            if target is giant:
                world.schedule.started(target)
            elif target is not second:  # a reader with one thread is too busy for another giant
                world.schedule.done(target, world.now, world.cost(target))
    assert offered.count(9999) == 1
    assert offered.count(7000) >= 1
    world.schedule.done(giant, world.now, 5.0)
    assert not giant.under_way and giant.read_at == world.now
    assert 8000 in world.tick()


@pytest.mark.parametrize("cost", [0.0039, 0.0045], ids=["ordinary", "dear"])
def test_no_process_is_read_for_more_than_its_share_of_the_time_however_short_the_interval(cost: float) -> None:
    world, reads = World(1, lambda _: cost, interval=0.1), list[float]()
    for _ in range(300):
        world.change([1], by=1000)
        world.schedule.hurry([1])
        reads += [world.now] * len(world.tick(visible=[1]))
    assert len(reads) > 3
    assert all(after - before >= cost / POLICY.stall_share - 1e-9 for before, after in pairwise(reads))


def test_the_credit_pays_for_what_a_read_cost_and_not_for_what_was_feared() -> None:
    world = with_giant(10, cost=0.005)  # huge pages: fast for its size
    assert 9999 in world.tick()
    reads = sum(9999 in world.tick() for _ in range(400))
    assert reads >= 0.5 * 400 * POLICY.dear_share / 0.005 / 10


def test_everything_is_everything_whatever_it_costs() -> None:
    world = with_giant(50)
    assert {target.pid for target in world.schedule.everything()} == {*range(1, 51), 9999}


# -- anything at all ------------------------------------------------------------------------------------------------

PIDS = st.integers(1, 12)
COSTS = st.sampled_from([1e-6, 3e-4, 0.003, 0.005, 0.05, 5.0])
ACTIONS = st.one_of(
    st.tuples(st.just("come"), PIDS, st.sampled_from([0, 10, 5000, 10**6, 10**8])),
    st.tuples(st.just("go"), PIDS, st.just(0)),
    st.tuples(st.just("change"), PIDS, st.integers(0, 10**6)),
    st.tuples(st.just("hurry"), PIDS, st.just(0)),
    st.tuples(st.just("tick"), PIDS, st.integers(0, 100)),
)


@given(st.lists(ACTIONS, max_size=60), st.data())
def test_any_life_of_processes_never_raises_and_never_plans_one_that_is_gone(
    actions: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    schedule, alive, beside, now = Schedule(), dict[int, Target](), list[Target](), 0.0
    for action, pid, amount in actions:
        if action == "come":
            schedule.drop(pid)
            alive[pid] = Target(pid, rss=amount)
            schedule.add(alive[pid])
        elif action == "go":
            schedule.drop(pid)
            alive.pop(pid, None)
        elif action == "change":
            schedule.change(alive.get(pid, Target(pid)), amount)
        elif action == "hurry":
            schedule.hurry([pid])
        else:
            now += amount
            planned = []
            for target in schedule.plan(now, float(amount), [pid, pid, 99], haste=3.0 if amount % 2 else 1.0):
                assert alive.get(target.pid) is target
                assert not target.under_way and target not in planned
                planned.append(target)
                end = data.draw(st.sampled_from(["done", "started", "gone"]))
                if end == "done":
                    schedule.done(target, now, data.draw(COSTS))
                elif end == "started":
                    schedule.started(target)
                    beside.append(target)
                else:
                    for other in {target.pid, *[*alive][::2]}:
                        schedule.drop(other)
                        alive.pop(other)
            if beside:
                schedule.done(beside.pop(0), now, data.draw(COSTS))
    assert {target.pid for target in schedule.everything()} == alive.keys()
