"""Memory that is held: huge pages, shared memory, page tables."""

from collections.abc import Iterable
from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules.common import drilldown, held_by, largest, sized
from memtui.model.findings.rules.shmem import SHMEM_BIG
from memtui.model.findings.words import Words, count, percent, size
from memtui.model.process import Process
from memtui.proc.hugepages import HugePages

MIB: Final = 1 << 20


def pools(facts: Facts) -> list[HugePages]:
    """The pools of the machine by size: the usual size as it is now, others as last read."""
    lines = facts.now.memory.lines
    usual = lines.get("Hugepagesize")
    found = []
    if usual:
        counts = (lines.get(f"HugePages_{name}") for name in ("Total", "Free", "Rsvd", "Surp"))
        found.append(HugePages(usual, None, *counts))
    others = facts.nodes.huge if facts.nodes else ()
    return [*found, *(pool for pool in others if pool.node is None and pool.size != usual)]


def _unused(pool: HugePages) -> int:
    """Pages that are free and promised to nobody."""
    return max(0, (pool.free or 0) - (pool.reserved or 0))


def _huge_pages(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    there = [pool for pool in pools(facts) if pool.total]
    whole = sum((pool.total or 0) * pool.size for pool in there)
    unused = sum(_unused(pool) * pool.size for pool in there)
    if unused < limits("unused") or 100 * unused / whole < limits("share"):
        return
    total, available = facts.now.memory.total, facts.now.memory.available
    of_ram = 100 * unused / total if total else 0.0
    room = None if available is None or total <= whole else 100 * available / (total - whole)
    short = room is not None and room < limits("available") and of_ram >= limits("ram")
    shown = [pool for pool in there if _unused(pool)]
    title: Words = (
        size(unused), " of reserved huge pages are unused (", count(_unused(shown[0])), " of ", size(shown[0].size),
        ")" if len(shown) == 1 else " and other sizes)", ", which ordinary memory can't be made of",
    )  # fmt: skip
    if short:
        title = *title, ", while memory is short"
    evidence = (
        limits.evidence("unused", "HugePages_Free - HugePages_Rsvd", unused),
        limits.evidence("share", "unused", 100 * unused / whole, "of all reserved huge pages"),
        limits.evidence("ram", "unused", of_ram, "of RAM; a warning while memory is short"),
        *([limits.evidence("available", "MemAvailable / (MemTotal - Hugetlb)", room)] if room is not None else ()),
        *(Evidence("free_hugepages", pool.free, note=f"pages of {pool.size >> 10} KiB") for pool in shown),
    )
    yield Symptom(Severity.WARNING if short else Severity.NOTE, title, evidence)


HUGEPAGES_UNUSED: Final = Rule(
    "hugepages_unused",
    "Huge pages unused",
    "Huge pages that vm.nr_hugepages reserves are taken out of RAM for good: only programs that ask for them by name "
    "can have them. Unused they serve nobody; giving some back (a smaller nr_hugepages) frees them at once.",
    _huge_pages,
    marks=(
        Mark("unused", 32.0 * MIB, "bytes that are free and not promised", Unit.BYTES, stays=16.0 * MIB),
        Mark("share", 10.0, "percent of the reserved huge pages", Unit.PERCENT, stays=5.0),
        Mark("ram", 5.0, "percent of RAM, from which on they are to blame for a shortage", Unit.PERCENT, stays=4.0),
        Mark(
            "available", 10.0, "percent of RAM that is available, below which memory is short", Unit.PERCENT,
            stays=15.0, source="netdata health.d/ram.conf",
        ),
    ),
    steps=(
        Step(("huge pages by size and node",), "memtui zones", Place("memory")),
        Step(("give some back",), "sysctl vm.nr_hugepages=NUMBER"),
    ),
    hold=5.0,
)  # fmt: skip


def _pte(row: Process) -> int:
    return row.pte or 0


def _page_tables(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    tables, memory = facts.line("PageTables"), facts.now.memory
    mapped = sum(facts.line(name) or 0 for name in ("AnonPages", "Mapped")) + memory.swap_used
    if tables is None or tables < limits("least") or not mapped or not memory.total:
        return
    ratio, of_ram = 100 * tables / mapped, 100 * tables / memory.total
    if ratio < limits("ratio"):
        return
    holders = largest(facts.processes(), _pte)
    title: Words = "Page tables take ", size(tables), ", ", percent(ratio), " of the ", size(mapped), " that they map"
    if holders:
        title = *title, "; the largest are of ", *sized(holders[0], _pte)
    yield Symptom(
        Severity.WARNING if of_ram >= limits("ram") else Severity.NOTE,
        title,
        (
            limits.evidence("least", "PageTables", tables),
            limits.evidence("ratio", "PageTables / (AnonPages + Mapped + swap used)", ratio),
            limits.evidence("ram", "PageTables / MemTotal", of_ram, "a warning from there on"),
            *held_by(holders, "VmPTE", _pte, Unit.BYTES),
        ),
        steps=tuple(drilldown(row) for row in holders[:1]),
    )


PAGE_TABLES: Final = Rule(
    "page_tables",
    "Page tables out of proportion",
    "A page of 4 KiB takes an entry of 8 bytes in each process that maps it, so 0.2 % is what densely used memory "
    "needs. Many processes that map the same large shared memory, or memory touched here and there, take many times "
    "that, and it can't be reclaimed. Huge pages shrink it to nearly nothing.",
    _page_tables,
    marks=(
        Mark("least", 32.0 * MIB, "bytes of page tables that are worth a word", Unit.BYTES, stays=24.0 * MIB),
        Mark("ratio", 10.0, "percent of the memory that they map", Unit.PERCENT, stays=8.0),
        Mark("ram", 10.0, "percent of RAM, from which on it is a warning", Unit.PERCENT, stays=8.0),
    ),
    steps=(Step(("who has the largest page tables",), "memtui top -s pte -n 10", Place("processes", sort="pte")),),
    hold=5.0,
)

HOLDERS: Final = (HUGEPAGES_UNUSED, SHMEM_BIG, PAGE_TABLES)
