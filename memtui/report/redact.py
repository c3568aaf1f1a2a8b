"""Names replaced by neutral ones in captured files, the same name always by the same: equal stays equal.

Replaced are what people chose: names and command lines of processes, cgroups, users, swap files, the host. Numbers,
addresses among them, and the names of the kernel's own memory threads stay.
"""

import re
from typing import Final

from memtui.proc.cgroup import PLACES
from memtui.proc.source import Manifest

_MEMORY_THREAD: Final = re.compile(rb"(kthreadd|kswapd\d+|kcompactd\d+|khugepaged|ksmd|oom_reaper)\Z")
_PLAIN_DEVICE: Final = re.compile(rb"/dev/[a-z]+[0-9a-z]*\Z")  # sda2, nvme0n1p3, zram0: no name of anybody's making
_BUILDER: Final = re.compile(rb"(Linux version \S+).*", re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\[n\\]")
_NAME_LINE: Final = re.compile(rb"(?<=\AName:\t).*")


class Names:
    """Neutral names `KIND-1`, `KIND-2` …, given out in the order in which the real ones come."""

    def __init__(self) -> None:
        self._given: dict[str, dict[bytes, bytes]] = {}

    def neutral(self, kind: str, name: bytes) -> bytes:
        """The neutral name of a name of this kind; nothing stays nothing."""
        if not name:
            return name
        known = self._given.setdefault(kind, {})
        return known.setdefault(name, f"{kind}-{len(known) + 1}".encode())


class Redactor:
    """Redacts one capture: both of its instants, so that their names agree."""

    def __init__(self) -> None:
        self._names = Names()

    def file(self, path: str, data: bytes) -> bytes:
        """A file of the proc root with its names replaced; most files have none."""
        pid, _, name = path.partition("/")
        if pid.isdecimal():
            return self._of_process(name, data)
        if path == "swaps":
            return b"\n".join(map(self._swap, data.split(b"\n")))
        if path == "self/cgroup":
            return self._of_process("cgroup", data)
        if path == "sys/kernel/hostname":
            return b"host\n"
        return _BUILDER.sub(rb"\1\n", data) if path == "version" else data

    def sys_path(self, path: str) -> str:
        """The path of a file under the sys root with the names of cgroups in it replaced."""
        for place in sorted(PLACES, key=lambda place: -len(place.folder)):
            if path.startswith(place.folder + "/"):
                *groups, name = path[len(place.folder) + 1 :].split("/")
                return "/".join((place.folder, *(self._text("cg", group) for group in groups), name))
        return path

    def manifest(self, manifest: Manifest) -> Manifest:
        """The manifest with neutral names for its host and its users; root is root everywhere."""
        users = {uid: name if uid == 0 else self._text("user", name) for uid, name in sorted(manifest.users.items())}
        return Manifest(
            manifest.page_size, manifest.clock_ticks, manifest.wall, users, "host", manifest.kernel, manifest.memtui
        )

    def _of_process(self, name: str, data: bytes) -> bytes:
        match name:
            case "stat":
                start, end = data.find(b"(") + 1, data.rfind(b")")
                return data[:start] + self._comm(data[start:end]) + data[end:]
            case "status":
                return _NAME_LINE.sub(lambda found: self._comm(_unescaped(found[0])), data, count=1)
            case "cmdline":
                return self._names.neutral("command", data) + b"\0" if data else data
            case "cgroup":
                return b"\n".join(map(self._cgroup, data.split(b"\n")))
            case _:
                return data

    def _comm(self, comm: bytes) -> bytes:
        return comm if _MEMORY_THREAD.match(comm) else self._names.neutral("proc", comm)

    def _cgroup(self, row: bytes) -> bytes:
        """A line `id:controllers:path`: each part of the path and the name of a named hierarchy."""
        number, _, rest = row.partition(b":")
        controllers, _, path = rest.partition(b":")
        if controllers.startswith(b"name=") and controllers != b"name=systemd":
            controllers = b"name=" + self._names.neutral("cg", controllers)
        parts = [part if part == b".." else self._names.neutral("cg", part) for part in path.split(b"/")]
        return b":".join((number, controllers, b"/".join(parts))) if rest else row

    def _swap(self, row: bytes) -> bytes:
        name, blank, rest = row.partition(b" ")
        if not name.startswith(b"/") or _PLAIN_DEVICE.match(name):
            return row
        return b"/" + self._names.neutral("swap", name) + blank + rest

    def _text(self, kind: str, name: str) -> str:
        return self._names.neutral(kind, name.encode("utf-8", "surrogateescape")).decode()


def _unescaped(name: bytes) -> bytes:
    r"""The name of a status file as stat has it: status writes a newline and a backslash as `\n` and `\\`."""
    return _ESCAPE.sub(lambda found: b"\n" if found[0] == rb"\n" else b"\\", name)
