"""The file in which the settings are kept: where it is, reading it, and replacing it in one step.

Who reads it, after a crash or in the middle of a save, finds the old text or the new one and never a part: the new
text is written beside it, synced, and renamed over it (rename(2) is atomic within a file system).
"""

import contextlib
import os
import secrets
import stat
from typing import TYPE_CHECKING, Final

from memtui.settings import RULES, Reading, Settings, read, written

if TYPE_CHECKING:
    from memtui.model.findings.watch import Preferences

VARIABLE: Final = "MEMTUI_CONFIG"
_LARGEST: Final = 1 << 16  # bytes


class CannotSave(Exception):
    """The settings were not saved and the file is as it was; the text is one clear line."""


def path() -> str:
    """The file: $MEMTUI_CONFIG, or memtui/config.toml in the user's config folder (~/.config)."""
    if named := os.environ.get(VARIABLE):
        return named
    from platformdirs import user_config_path

    return str(user_config_path("memtui") / "config.toml")


def load(file: str) -> Reading:
    """The settings in a file; defaults if there is none, or with the reason if it can't be read."""
    try:
        return read(_text(file))
    except FileNotFoundError:
        return Reading(Settings(), ())
    except OSError as error:
        return Reading(Settings(), (f"can't be read: {error.strerror}",))


def load_rules(file: str) -> "tuple[Preferences | None, tuple[str, ...]]":
    """What a file wants of the rules, None if nothing, and what was not understood; `load` says if it can't be read.

    The rules are loaded only if the file speaks of them.
    """
    try:
        text = _text(file)
    except OSError:
        return None, ()
    if RULES not in text:
        return None, ()
    from memtui.rule_settings import read_rules

    return read_rules(text)


def save(settings: Settings, file: str) -> None:
    """Put the settings into a file, keeping its other lines and its mode; through a symbolic link, into its target.

    A file of another user is left alone, so that root never takes over what belongs to the user who called sudo.
    Raises `CannotSave`.
    """
    target = os.path.realpath(file)
    try:
        mode = _mode(target)
        text = _text(target) if mode is not None else ""
        changed = written(text, settings)
        if changed != text:
            os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
            _replace(target, changed.encode("utf-8", "surrogateescape"), mode)
    except OSError as error:
        raise CannotSave(f"{file}: {error.strerror}") from error


def _text(file: str) -> str:
    """The whole text; bytes that are no UTF-8 survive until it is written. Raises OSError."""
    fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a FIFO without a writer would hold us up
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(None, "not a regular file")
        with open(fd, "rb", closefd=False) as stream:
            data = stream.read(_LARGEST + 1)
    finally:
        os.close(fd)
    if len(data) > _LARGEST:
        raise OSError(None, f"more than {_LARGEST >> 10} KiB")
    return data.decode("utf-8", "surrogateescape")


def _mode(target: str) -> int | None:
    """The permissions of the file, None if there is none yet; raises OSError if it must not be touched."""
    user = os.geteuid()
    try:
        found = os.lstat(target)
    except FileNotFoundError:
        folder = os.path.dirname(target)
        while not os.path.exists(folder):
            folder = os.path.dirname(folder)
        if os.stat(folder).st_uid not in (0, user):
            raise OSError(None, f"the folder {folder} belongs to another user") from None
        return None
    if found.st_uid != user:
        raise OSError(None, "belongs to another user")
    return stat.S_IMODE(found.st_mode)


def _replace(target: str, data: bytes, mode: int | None) -> None:
    folder, name = os.path.split(target)
    beside = os.path.join(folder, f".{name}.{secrets.token_hex(6)}")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666 if mode is None else 0o600)
    try:
        with open(fd, "wb") as stream:
            if mode is not None:
                os.fchmod(fd, mode)
            stream.write(data)
            stream.flush()
            os.fsync(fd)
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
    _sync_folder(folder)


def _sync_folder(folder: str) -> None:
    """Bring the rename itself to storage; some file systems can't, and the file is whole without it."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
