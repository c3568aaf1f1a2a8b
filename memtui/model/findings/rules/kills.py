"""The OOM killer: of the whole machine, of a cgroup, and whom it would take next."""

from collections.abc import Iterable, Mapping
from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.killed import Killed, latest, victim
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules.common import drilldown, largest, who
from memtui.model.findings.words import Name, Words, count
from memtui.proc.oom_log import Constraint, OomKill

_SHOWN: Final = 3  # kills of one finding whose numbers are shown
_GROUPS: Final = 5  # cgroups whose kills are remembered, one note each
_EARLIER: Final = 1800.0  # seconds
_RECENT: Final = Mark("recent", 20.0, "seconds for which a kill counts as happening now", Unit.SECONDS)
_PAST: Final = Step(("all kills of this boot, and who would be next",), "memtui oom")
_NO_LOG: Final = (
    "The kernel log, which names whom it took, can't be read here; these are processes that ended at the same time."
)


def _machine(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    kills = [one for one in latest(facts.kills, facts.now.at, limits("recent")) if one.cgroup is None]
    if not kills:
        return
    last = kills[0]
    title: Words = "The OOM killer took ", *victim(last), *_more(kills)
    if last.log is not None and last.log.constraint in (Constraint.CPUSET, Constraint.MEMORY_POLICY):
        title = *title, f", as the nodes that its {last.log.constraint} allows ran out"
    yield Symptom(Severity.CRITICAL, title, _evidence(kills, facts, limits), because=_because(last))


OOM_KILL: Final = Rule(
    "oom_kill",
    "OOM kill",
    "The machine could not give a page to a program that needed one, and reclaim found nothing more to take: the "
    "kernel chose the process with the highest score and ended it with SIGKILL. Its work is lost, and what was wrong "
    "before is not mended by it.",
    _machine,
    marks=(_RECENT,),
    steps=(
        _PAST,
        Step(("who would be next",), "memtui top -s oom_score -n 10", Place("processes", sort="oom_score")),
        Step(("what RAM is used for",), "memtui free", Place("memory")),
    ),
    hold=0.0,
    clear=5.0,
)


def _cgroup(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    for path, kills in _by_cgroup(latest(facts.kills, facts.now.at, limits("recent"))).items():
        log = kills[0].log
        title: Words = Name(path), " ran out of memory: ", *victim(kills[0]), ", was killed", *_more(kills)
        evidence = _evidence(kills, facts, limits)
        if log is not None and log.limit is not None:
            evidence = (Evidence("limit", log.limit, unit=Unit.BYTES, note="of the cgroup"), *evidence)
        yield Symptom(Severity.CRITICAL, title, evidence, path, (_limits_of(path),), _because(kills[0]))


CGROUP_OOM: Final = Rule(
    "cgroup_oom",
    "OOM kill in a cgroup",
    "A cgroup was at its limit, and nothing in it could be reclaimed: the kernel chose one of its own processes and "
    "ended it with SIGKILL, however much memory the machine still has. Either the limit is too small for the work, "
    "or something in the cgroup grows without end.",
    _cgroup,
    marks=(_RECENT,),
    steps=(_PAST,),
    hold=0.0,
    clear=5.0,
)


def _earlier(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    """The machine's, and those of the cgroups that had the last ones, without what has just happened."""
    kills = list(latest(facts.kills, facts.now.at, limits("within")))
    of_groups = list(_by_cgroup(kills).items())[:_GROUPS]
    for path, some in ((None, [one for one in kills if one.cgroup is None]), *of_groups):
        if not some or facts.now.at - some[0].told <= limits("after"):
            continue
        number = sum(one.number for one in some)
        where: Words = () if path is None else (" in ", Name(path))
        who_and_where = (
            (*victim(some[0]), *where)
            if number == 1
            else (f"{number} processes", *where, ", the last: ", *victim(some[0]))
        )
        title: Words = "Lately the OOM killer took ", *who_and_where
        evidence = (
            limits.evidence("within", "seconds since", max(0.0, facts.now.at - some[0].at)),
            Evidence("oom_kill", number, note="kills in that time"),
        )
        steps = () if path is None else (_limits_of(path),)
        yield Symptom(Severity.NOTE, title, evidence, path, steps)


OOM_KILLED_EARLIER: Final = Rule(
    "oom_killed_earlier",
    "OOM kill earlier",
    "It is over, but what led to it may still be there, and what was killed may be missing.",
    _earlier,
    marks=(
        Mark(
            "within", _EARLIER, "seconds for which a kill is remembered", Unit.SECONDS,
            source="netdata and awesome-prometheus-alerts (oom_kill within 30 min)",
        ),
        Mark("after", 20.0, "seconds after which a kill is no longer happening now", Unit.SECONDS),
    ),
    steps=(_PAST,),
    hold=0.0,
    clear=5.0,
)  # fmt: skip


def _next(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    available, anon = facts.now.memory.available, facts.line("AnonPages")
    total, free = facts.now.memory.swap_total, facts.line("SwapFree")
    if available is None or anon is None or not available + anon:
        return
    share = 100 * available / (available + anon)
    swap = 100 * free / total if total and free is not None else 0.0
    short = share < limits("available") and swap < limits("swap")
    killed = any(one.cgroup is None for one in latest(facts.kills, facts.now.at, limits("recent")))
    if not (short or killed):
        return
    first = largest(facts.processes(), lambda row: row.oom_score)
    if not first:
        return
    evidence = (
        limits.evidence("available", "MemAvailable / (MemAvailable + AnonPages)", share),
        *((limits.evidence("swap", "SwapFree / SwapTotal", swap),) if total else ()),
        *(Evidence("oom_score", row.oom_score, note=f"{row.comm} ({row.pid})") for row in first),
    )
    title: Words = (
        "The OOM killer would take ",
        *who(first[0]),
        " next, with an oom_score of ",
        count(first[0].oom_score),
    )
    yield Symptom(Severity.NOTE, title, evidence, steps=(drilldown(first[0]),))


OOM_NEXT: Final = Rule(
    "oom_next",
    "Next in line for the OOM killer",
    "The score is what a process has in RAM, in swap and in page tables, as a share of all that there is, corrected "
    "by its oom_score_adj. O on its row changes that; ending or moving it in time is kinder than SIGKILL.",
    _next,
    marks=(
        Mark(
            "available", 10.0, "percent that programs could still have, tmpfs left out of the whole", Unit.PERCENT,
            stays=15.0, source="earlyoom (10, and swap as low)",
        ),
        Mark("swap", 10.0, "percent of swap that is free", Unit.PERCENT, stays=15.0, source="earlyoom"),
        _RECENT,
    ),
    steps=(Step(("the whole line",), "memtui oom", Place("processes", sort="oom_score")),),
    hold=0.0,
)  # fmt: skip

KILLS: Final = (OOM_KILL, CGROUP_OOM)
"""What has just happened, which explains what follows from it."""

AFTER_KILLS: Final = (OOM_NEXT, OOM_KILLED_EARLIER)
"""What others may explain."""


def _limits_of(path: str) -> Step:
    return Step((Name(path), " with its limits"), "memtui cgroups", Place("cgroups", path=path))


def _by_cgroup(kills: Iterable[Killed]) -> Mapping[str, list[Killed]]:
    """Kills of cgroups by their paths, in the order given."""
    found: dict[str, list[Killed]] = {}
    for one in kills:
        if one.cgroup is not None:
            found.setdefault(one.cgroup, []).append(one)
    return found


def _more(kills: list[Killed]) -> Words:
    others = sum(one.number for one in kills) - 1
    return (f", and {others} more",) if others else ()


def _because(kill: Killed) -> Words:
    if kill.log is None:
        return (_NO_LOG,)
    if kill.log.invoked_by is None:
        return ()
    return Name(kill.log.invoked_by), " asked for the page that there was not."


def _evidence(kills: list[Killed], facts: Facts, limits: Limits) -> tuple[Evidence, ...]:
    found = [limits.evidence("recent", "seconds since", max(0.0, facts.now.at - kills[0].at))]
    for one in kills[:_SHOWN]:
        if one.log is not None:
            found += _of_log(one.log)
            if one.score is not None:
                note = "estimated from these sizes" if one.score_estimated else "as the kernel log has it"
                found.append(Evidence("oom_score", one.score, note=note))
        else:
            found.append(Evidence("oom_kill", one.number, note="increase in /proc/vmstat or the cgroup's events"))
            found += [
                Evidence("res", row.res, unit=Unit.BYTES, note=f"{row.comm} ({row.pid}), ended then")
                for row in one.suspects
            ]
    return tuple(found)


def _of_log(kill: OomKill) -> list[Evidence]:
    who_it_was = f"{kill.comm} ({kill.pid})"
    sizes = {
        "anon-rss": kill.anon_rss, "file-rss": kill.file_rss or None, "shmem-rss": kill.shmem_rss or None,
        "swapents": kill.swap or None,
    }  # fmt: skip
    found = [
        Evidence(name, value, unit=Unit.BYTES, note=who_it_was) for name, value in sizes.items() if value is not None
    ]
    if kill.oom_score_adj:
        found.append(Evidence("oom_score_adj", kill.oom_score_adj, note=who_it_was))
    return found
