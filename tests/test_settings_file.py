import os
import signal
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from memtui import settings_file
from memtui.settings import Settings, written
from memtui.settings_file import CannotSave, load, save

OLD, NEW = replace(Settings(), sort="res"), replace(Settings(), sort="uss", columns=("pid", "pss"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def in_child(work: Callable[[], object]) -> int:
    """The wait status of a child that did this work and nothing else."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(pid, 0)[1]


def test_the_file_is_in_the_users_config_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MEMTUI_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_file.path() == f"{tmp_path}/memtui/config.toml"


def test_a_variable_names_another_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMTUI_CONFIG", "/somewhere/else.toml")
    assert settings_file.path() == "/somewhere/else.toml"


def test_what_was_saved_is_loaded_and_the_folder_is_made(tmp_path: Path) -> None:
    file = tmp_path / "not" / "there" / "config.toml"
    assert load(str(file)) == (Settings(), ())
    save(NEW, str(file))
    assert load(str(file)) == (NEW, ())
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert os.listdir(file.parent) == ["config.toml"]


def test_a_save_keeps_the_mode_and_what_the_user_wrote(file: Path) -> None:
    file.write_bytes(b"# caf\xe9\nmine = 1\n")
    file.chmod(0o640)
    save(NEW, str(file))
    assert file.read_bytes().startswith(b"# caf\xe9\nmine = 1\n")
    assert load(str(file)).settings == NEW
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_save_that_changes_nothing_leaves_the_file_alone(file: Path) -> None:
    save(NEW, str(file))
    before = file.stat()
    save(NEW, str(file))
    assert file.stat() == before


def test_a_save_through_a_link_changes_its_target(tmp_path: Path, file: Path) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "dotfile"
    file.symlink_to("real/dotfile")
    for settings in (OLD, NEW):  # the first makes the target
        save(settings, str(file))
        assert file.is_symlink()
        assert load(str(real)).settings == settings
    assert sorted(os.listdir(tmp_path)) == ["config.toml", "real"]


def test_a_file_of_nonsense_gives_defaults_and_reasons(file: Path) -> None:
    file.write_bytes(b"\x00\xff = [\nsort\n")
    settings, problems = load(str(file))
    assert settings == Settings()
    assert len(problems) == 2


def test_what_is_no_file_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert load(str(fifo)) == (Settings(), ("can't be read: not a regular file",))
    assert load(str(tmp_path)).problems == ("can't be read: not a regular file",)
    for path in (fifo, tmp_path):
        with pytest.raises(CannotSave, match="not a regular file"):
            save(NEW, str(path))
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert tmp_path.is_dir()


def test_a_huge_file_is_neither_read_nor_replaced(file: Path) -> None:
    file.write_text("#" * (1 << 17))
    assert load(str(file)).problems == ("can't be read: more than 64 KiB",)
    with pytest.raises(CannotSave, match="more than 64 KiB"):
        save(NEW, str(file))


@pytest.mark.parametrize("folder", ["/proc/self", "/proc/memtui", "/dev/null"])
def test_where_nothing_can_be_written_the_reason_is_told(folder: str) -> None:
    with pytest.raises(CannotSave, match=f"^{folder}/config.toml: "):
        save(NEW, f"{folder}/config.toml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root is refused nothing")
def test_in_a_read_only_folder_the_file_stays_as_it_was(file: Path) -> None:
    save(OLD, str(file))
    file.parent.chmod(0o500)
    try:
        with pytest.raises(CannotSave, match="Permission denied"):
            save(NEW, str(file))
        assert load(str(file)).settings == OLD
    finally:
        file.parent.chmod(0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away: needs root")
def test_a_file_or_folder_of_another_user_is_left_alone(tmp_path: Path, file: Path) -> None:
    save(OLD, str(file))
    os.chown(file, 65534, 65534)
    with pytest.raises(CannotSave, match="belongs to another user"):
        save(NEW, str(file))
    assert load(str(file)).settings == OLD
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    with pytest.raises(CannotSave, match=f"the folder {home} belongs to another user"):
        save(NEW, f"{home}/.config/memtui/config.toml")
    assert os.listdir(home) == []


@pytest.mark.parametrize("moment", ["fchmod", "fsync", "replace"])  # the new file is empty, unsynced, whole
def test_a_kill_in_the_middle_leaves_the_old_file_whole(
    file: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(OLD, str(file))
    before = file.read_bytes()

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(os, moment, die)
    status = in_child(lambda: save(NEW, str(file)))
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert file.read_bytes() == before


def test_the_new_text_is_on_storage_before_it_takes_the_name(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(OLD, str(file))
    done: list[str] = []
    fsync, rename = os.fsync, os.replace

    def noting_fsync(fd: int) -> None:
        done.append("folder synced" if stat.S_ISDIR(os.fstat(fd).st_mode) else "text synced")
        fsync(fd)

    def noting_rename(new: str, old: str) -> None:
        assert Path(new).read_text() == written(Path(old).read_text(), NEW)
        assert os.path.dirname(new) == os.path.dirname(old)
        done.append("renamed")
        rename(new, old)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(os, "replace", noting_rename)
    save(NEW, str(file))
    assert done == ["text synced", "renamed", "folder synced"]


def test_a_failed_save_leaves_nothing_behind(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(OLD, str(file))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotSave, match="No space left"):
        save(NEW, str(file))
    assert os.listdir(file.parent) == ["config.toml"]
    assert load(str(file)).settings == OLD


def test_many_saves_at_once_never_leave_a_part(file: Path) -> None:
    save(OLD, str(file))
    children = []
    for settings in (OLD, NEW) * 3:
        pid = os.fork()
        if not pid:
            try:
                for turn in range(40):
                    save(replace(settings, tree=bool(turn % 2)), str(file))
            finally:
                os._exit(0)
        children.append(pid)
    alive = set(children)
    while alive:
        settings, problems = load(str(file))
        assert not problems
        assert replace(settings, tree=False) in (OLD, NEW)
        alive -= {pid for pid in alive if os.waitpid(pid, os.WNOHANG)[0]}
    assert os.listdir(file.parent) == ["config.toml"]
