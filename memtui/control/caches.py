"""Dropping clean page cache: of one file, or of the whole machine. What is dirty stays; nothing is lost but time."""

import errno
import os
import stat
from collections.abc import Callable
from typing import Final

from memtui.control.controls import Controls
from memtui.control.outcome import Kind, Outcome
from memtui.control.plan import Plan

DROP_CACHES: Final = "/proc/sys/vm/drop_caches"
LEVELS: Final = ((1, "page cache"), (2, "dentries and inodes"), (3, "both"))
_NEED_FILE: Final = "the right to read it"
_NEED_ROOT: Final = "root"
_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


def file_plan(
    controls: Controls,
    name: str,
    path: str,
    identity: tuple[int, int],
    cached: int | None,
    dirty: int | None,
    size: Callable[[int | None], str],
) -> Plan:
    """Drop what is cached of a file, known by device and inode; `cached` and `dirty` in bytes."""
    effect = [
        f"posix_fadvise(POSIX_FADV_DONTNEED) on {name}",
        f"up to {size(cached)} of it leave the page cache; the next read comes from storage"
        if cached is not None
        else "what of it is in the page cache leaves it; the next read comes from storage",
        "pages that are mapped, dirty or being written stay",
    ]
    if dirty:
        effect.append(f"{size(dirty)} are dirty: their writing is started, they stay until it is done")
    return Plan(
        "Drop the cached pages of this file?",
        tuple(effect),
        lambda: (_logged(controls, "drop cache", name, lambda: drop_file(path, identity)),),
        slow=True,
    )


def drop_plan(
    controls: Controls,
    level: int,
    clean: int | None,
    slab: int | None,
    dirty: int | None,
    size: Callable[[int | None], str],
) -> Plan:
    """Write a level to drop_caches; `clean` page cache, reclaimable `slab` and `dirty` pages in bytes."""
    effect = [f"write {level} to {DROP_CACHES}"]
    if level & 1:
        effect.append(f"drops clean page cache that is not mapped, up to {size(clean)}; files are read anew")
    if level & 2:
        effect.append(f"drops dentries and inodes not in use, up to {size(slab)}; paths are looked up anew")
    effect.append(f"dirty pages stay ({size(dirty)}): run sync first to have them written, and droppable")
    effect.append("every program that reads files is slower until the cache has filled again")
    what = dict(LEVELS)[level]
    return Plan(
        f"Drop {what} of the whole machine?",
        tuple(effect),
        lambda: (_logged(controls, f"drop_caches {level}", DROP_CACHES, lambda: drop_caches(level)),),
        slow=True,
    )


def drop_file(path: str, identity: tuple[int, int]) -> Outcome:
    """Drop the clean cached pages of a file if it is still the one of this device and inode."""
    try:
        fd = os.open(path, _FLAGS)
        try:
            found = os.fstat(fd)
            if (found.st_dev, found.st_ino) != identity or not stat.S_ISREG(found.st_mode):
                return Outcome(Kind.GONE, "another file has that name now")
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(fd)
    except OSError as error:
        return _failed(error, _NEED_FILE)
    return Outcome(Kind.OK, "its clean pages are out of the cache")


def drop_caches(level: int, path: str = DROP_CACHES) -> Outcome:
    """Write a level to drop_caches."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, b"%d\n" % level)
        finally:
            os.close(fd)
    except OSError as error:
        return _failed(error, _NEED_ROOT)
    return Outcome(Kind.OK, f"dropped: {dict(LEVELS)[level]}")


def _failed(error: OSError, need: str) -> Outcome:
    if error.errno in (errno.EPERM, errno.EACCES, errno.EROFS):
        return Outcome(Kind.DENIED, f"permission denied: needs {need}")
    if error.errno == errno.ENOENT:
        return Outcome(Kind.GONE, "it is gone")
    return Outcome(Kind.FAILED, os.strerror(error.errno) if error.errno else str(error))


def _logged(controls: Controls, action: str, what: str, run: Callable[[], Outcome]) -> Outcome:
    if controls.refusal is not None:
        return controls.refusal
    outcome = run()
    problem = controls.log.write(action, 0, 0, what, outcome)
    return Outcome(outcome.kind, f"{outcome.text} (not in the log: {problem})") if problem else outcome
