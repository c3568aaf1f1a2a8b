"""Cases of growth."""

from collections.abc import Callable

from memtui.model.findings.finding import Severity
from memtui.model.findings.rules.growth import CGROUP_GROWING, PROCESS_GROWING
from memtui.model.findings.rules.kernel import SLAB_GREW, SLAB_GROWING
from memtui.model.growth import Growth, Trend
from memtui.model.slabs import SlabRow, Slabs
from memtui.proc.dentries import Dentries

from .conftest import GIB, MIB, START, Case, Moment, Scene

SCENE = Scene()
KIB = 1024
History = Callable[[int], Moment]


def rising(rate: float, trend: Growth | None = None, base: int = 100 * MIB) -> History:
    """A process whose anonymous memory grows by so many bytes every second."""

    def at(second: int) -> Moment:
        size = base + int(rate * second)
        row = SCENE.process(7, "leaky", anon=size, res=size + MIB, res_delta=int(rate), swap=0, trend=trend)
        return {"processes": [row]}

    return at


def trending(rate: float, seconds: float = 900.0) -> History:
    """One of which a trend is known already."""
    return rising(rate, Growth(Trend.GROWING, seconds, rate))


def filling(rate: float, limit: float = 1.0 * GIB, path: str = "/app") -> History:
    """A cgroup under a limit whose memory has grown by so many bytes a second for more than an hour."""

    def at(second: int) -> Moment:
        size = int(rate * (second + 700))
        row = SCENE.group(
            path, anon=size, shmem=0, file=64 * MIB, usage=size + 64 * MIB, max=limit, at=START + second
        )
        return {"groups": [row]}

    return at


def kernel(rate: float) -> History:
    """Unreclaimable slab that grows."""
    return lambda second: {"meminfo": {"SUnreclaim": 128 * MIB + int(rate * second)}}


def names(gained: float, negative: float = 0.0, start: int = 500_000) -> History:
    """So many dentries come within 15 seconds."""

    def at(second: int) -> Moment:
        more = gained * second / 15
        return {"system": {"dentries": Dentries(start + int(more), start, 1000 + int(negative * more))}}

    return at


def cache(name: str, growth: int) -> SlabRow:
    return SlabRow(name, 1000, 1000, 1024, 64 * MIB, 100.0, 100, 10, growth)


def slab(gained: float, *rows: SlabRow, cached: float = 0.0) -> History:
    """So many bytes of slab come within 15 seconds, and page cache."""

    def at(second: int) -> Moment:
        part = second / 15
        return {
            "meminfo": {"SReclaimable": 256 * MIB + int(gained * part), "Cached": 2 * GIB + int(cached * part)},
            "slabs": Slabs(rows) if rows else None,
        }

    return at


def after(first: float, rest: float) -> Callable[[int], float]:
    """What has come when so much comes within the first 15 seconds and then so much in every 15."""
    return lambda second: first + rest * (second - 15) / 15


CASES = (
    Case(PROCESS_GROWING, rising(0.9 * MIB), rising(0.75 * MIB), severity=Severity.NOTE),
    Case(PROCESS_GROWING, trending(1.0 * MIB), trending(9 * KIB), trending(8 * KIB)),
    Case(PROCESS_GROWING, trending(10 * KIB), trending(9 * KIB), trending(5 * KIB), severity=Severity.NOTE),
    Case(CGROUP_GROWING, filling(0.5 * MIB), filling(0.02 * MIB), lead=200, severity=Severity.NOTE),
    Case(CGROUP_GROWING, filling(0.5 * MIB, 640.0 * MIB), filling(0.02 * MIB), lead=200),
    Case(SLAB_GROWING, kernel(0.5 * MIB), kernel(0.08 * MIB), lead=200, severity=Severity.NOTE),
    Case(SLAB_GROWING, kernel(8.0 * MIB), kernel(0.08 * MIB), lead=200),
    Case(SLAB_GREW, names(10_000), names(5900), severity=Severity.NOTE),
    Case(SLAB_GREW, slab(40.0 * MIB), slab(31.0 * MIB), severity=Severity.NOTE),
)
