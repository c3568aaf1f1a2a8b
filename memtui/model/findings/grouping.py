"""Which finding explains which: effects go under their likely cause, so that one trouble is told once."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from memtui.model.findings.finding import Finding, Severity, Subject


def grouped(
    findings: Iterable[Finding], rules: Sequence[str], causes: Mapping[str, Collection[str]]
) -> tuple[Finding, ...]:
    """The findings, worst first, those that another one explains under it.

    `rules` are their ids in the order of causes; `causes` has the effects of those that have any.

    A cause is at least a warning, and has the severity of the worst that it explains.
    """
    rank = {name: place for place, name in enumerate(rules)}
    heads: list[Finding] = []
    below: dict[int, list[Finding]] = {}
    for one in sorted(findings, key=lambda one: (rank[one.rule], one.since)):
        for place, cause in enumerate(heads):
            if cause.severity > Severity.NOTE and one.rule in causes.get(cause.rule, ()) and related(cause, one):
                below.setdefault(place, []).append(one)
                break
        else:
            heads.append(one)
    whole = [_with(cause, below.get(place, [])) for place, cause in enumerate(heads)]
    return tuple(sorted(whole, key=lambda one: (-one.severity, rank[one.rule], one.since)))


def related(cause: Finding, effect: Finding) -> bool:
    """Whether both are about the same: one process, one cgroup or one inside the other, or one the machine."""
    return cause.subject is None or effect.subject is None or _same(cause.subject, effect.subject)


def _same(one: Subject, other: Subject) -> bool:
    if one == other:
        return True
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    return one.startswith(other.rstrip("/") + "/") or other.startswith(one.rstrip("/") + "/")


def _with(cause: Finding, effects: list[Finding]) -> Finding:
    if not effects:
        return cause
    severity = max(cause.severity, *(one.severity for one in effects))
    return cause._replace(severity=severity, supports=tuple(effects))
