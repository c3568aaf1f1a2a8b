"""Who holds shared memory: tmpfs mounts, System V segments, files in memory that only their openers know."""

from typing import Final

from memtui.model.snapshot import Snapshot
from memtui.model.survey import MemorySurvey
from memtui.proc.unavailable import PENDING, Unavailable
from memtui.view import format as fmt
from memtui.view.blocks import heading, margin, sections
from memtui.view.columns import shown_text
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import missing
from memtui.view.table import Column, table

_MOST: Final = 50


def shmem_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """Mounts, segments and files in memory, each largest first; every line at most `width` cells."""
    survey, inner = snapshot.survey.memory, width - 1
    if survey is None:
        return margin([missing(PENDING, inner)])
    shared = fmt.size(snapshot.memory.shared)
    title = heading(f"Shmem {shared}", inner, "what these hold may be in swap too, and one may be mapped by many")
    return margin(
        sections([title], _tmpfs(survey, inner), _segments(snapshot, survey, inner), _memfds(snapshot, survey, inner))
    )


def _tmpfs(survey: MemorySurvey, width: int) -> list[Line]:
    if isinstance(survey.tmpfs, Unavailable):
        return [heading("tmpfs mounts", width), missing(survey.tmpfs, width)]
    columns = (
        Column("tmpfs mounts", 0, tone=Tone.TITLE),
        Column("used", 6, right=True),
        Column("size", 6, right=True),
    )
    rows = [
        (Span(shown_text(one.folder)), Span(fmt.size(one.used), Tone.SHMEM), Span(fmt.size(one.size), Tone.DIM))
        for one in survey.tmpfs
    ]
    return table(columns, rows, width)


def _segments(snapshot: Snapshot, survey: MemorySurvey, width: int) -> list[Line]:
    if isinstance(survey.segments, Unavailable):
        return [heading("System V segments", width), missing(survey.segments, width)]
    if not survey.segments:
        return [heading("System V segments", width, "none in this IPC namespace")]
    columns = (
        Column("System V", 10, right=True, tone=Tone.TITLE),
        *(Column(name, 6, right=True) for name in ("size", "RAM", "swap")),
        Column("att", 4, right=True),
        Column("made by", 0),
    )
    rows = [
        (
            Span(str(one.shmid)),
            Span(fmt.size(one.size)),
            Span(fmt.size(one.rss), Tone.SHMEM),
            Span(fmt.size(one.swap), Tone.SWAP if one.swap else Tone.DIM),
            Span(str(one.attached), Tone.WARN if not one.attached else Tone.PLAIN),
            Span(_who(snapshot, one.creator) + ("" if one.attached else "; nobody has it attached"), Tone.DIM),
        )
        for one in sorted(survey.segments, key=lambda one: -(one.rss or 0))[:_MOST]
    ]
    return table(columns, rows, width)


def _memfds(snapshot: Snapshot, survey: MemorySurvey, width: int) -> list[Line]:
    if survey.memfds is None:
        return [heading("Files of memfd_create", width), missing(PENDING, width)]
    if not survey.memfds:
        return [
            heading("Files of memfd_create", width, "none seen open; of other users' processes only root sees them")
        ]
    columns = (
        Column("memfd", 24, tone=Tone.TITLE),
        Column("used", 6, right=True),
        Column("files", 6, right=True),
        Column("held open by", 0),
    )
    rows = [
        (
            Span(shown_text(one.name)),
            Span(fmt.size(one.used), Tone.SHMEM),
            Span(fmt.count(one.files)),
            Span(_who(snapshot, one.pid), Tone.DIM),
        )
        for one in survey.memfds[:_MOST]
    ]
    return table(columns, rows, width)


def _who(snapshot: Snapshot, pid: int) -> str:
    process = snapshot.processes.get(pid)
    return f"{pid} {shown_text(process.command)}" if process else f"{pid} (ended)"
