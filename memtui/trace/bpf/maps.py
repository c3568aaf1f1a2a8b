"""BPF maps: what programs write and Python reads."""

import ctypes
import errno
import os
import resource
from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from memtui.trace.bpf.syscall import Command, bpf
from memtui.trace.refused import refused

_BATCH: Final = 4096  # elements a call; larger than the fullest bucket of a hash, or the kernel gives none
_NOT_SUPPORTED: Final = 524  # ENOTSUPP, which has no name outside the kernel
_NAME: Final = 15


class Kind(IntEnum):
    """Kinds of maps."""

    HASH = 1
    ARRAY = 2
    PERF_EVENT_ARRAY = 4
    PERCPU_HASH = 5
    PERCPU_ARRAY = 6
    STACK_TRACE = 7
    LRU_HASH = 9
    LRU_PERCPU_HASH = 10
    RINGBUF = 27


_PER_CPU: Final = frozenset((Kind.PERCPU_HASH, Kind.PERCPU_ARRAY, Kind.LRU_PERCPU_HASH))


class Flag(IntEnum):
    """Properties of a map, to be or-ed."""

    NONE = 0
    NO_PREALLOC = 1


class _Create(ctypes.Structure):
    _fields_ = (
        ("kind", ctypes.c_uint32),
        ("key_size", ctypes.c_uint32),
        ("value_size", ctypes.c_uint32),
        ("entries", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("inner_fd", ctypes.c_uint32),
        ("numa_node", ctypes.c_uint32),
        ("name", ctypes.c_char * 16),
    )


class _Element(ctypes.Structure):
    _fields_ = (
        ("fd", ctypes.c_uint32),
        ("key", ctypes.c_uint64),
        ("value", ctypes.c_uint64),  # or the next key
        ("flags", ctypes.c_uint64),
    )


class _Batch(ctypes.Structure):
    _fields_ = (
        ("before", ctypes.c_uint64),
        ("after", ctypes.c_uint64),
        ("keys", ctypes.c_uint64),
        ("values", ctypes.c_uint64),
        ("count", ctypes.c_uint32),
        ("fd", ctypes.c_uint32),
        ("element_flags", ctypes.c_uint64),
        ("flags", ctypes.c_uint64),
    )


class Map:
    """A map, there until closed and until no program uses it. Sizes in bytes; keys and values are bytes.

    Raises `Refused` if the kernel gives none. The value of a per-CPU map is the values of all CPUs one behind the
    other, `stride` bytes apart.
    """

    def __init__(
        self, kind: Kind, key_size: int, value_size: int, entries: int, *, name: str = "memtui", flags: int = 0
    ) -> None:
        self.kind, self.key_size, self.entries = kind, key_size, entries
        self.cpus = possible_cpus() if kind in _PER_CPU else 1
        self.stride = -(-value_size // 8) * 8 if kind in _PER_CPU else value_size
        self.value_size = self.stride * self.cpus
        attr = _Create(kind, key_size, value_size, entries, flags, name=name.encode()[:_NAME])
        try:
            self.fd = _create(attr)
        except OSError as error:
            raise refused(error, "BPF maps") from error

    def close(self) -> None:
        """Let go of the map."""
        os.close(self.fd)

    def lookup(self, key: bytes) -> bytes | None:
        """The value of a key, or None."""
        value = ctypes.create_string_buffer(self.value_size)
        try:
            self._element(Command.MAP_LOOKUP_ELEM, key, value)
        except OSError as error:
            if error.errno == errno.ENOENT:
                return None
            raise
        return value.raw

    def per_cpu(self, key: bytes) -> list[bytes]:
        """The values of a key, one for each CPU that there may be; none if there is no such key."""
        value = self.lookup(key)
        return [] if value is None else [value[at : at + self.stride] for at in range(0, len(value), self.stride)]

    def update(self, key: bytes, value: bytes) -> None:
        """Set the value of a key; raises OSError."""
        self._element(Command.MAP_UPDATE_ELEM, key, ctypes.create_string_buffer(value, self.value_size))

    def delete(self, key: bytes) -> bool:
        """Drop a key; False if it was not there."""
        try:
            self._element(Command.MAP_DELETE_ELEM, key, None)
        except OSError as error:
            if error.errno == errno.ENOENT:
                return False
            raise
        return True

    def items(self, *, take: bool = False) -> list[tuple[bytes, bytes]]:
        """All keys and values, in batches where the kernel can (5.6); with `take` they are dropped as read."""
        try:
            return self._batches(Command.MAP_LOOKUP_AND_DELETE_BATCH if take else Command.MAP_LOOKUP_BATCH)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, _NOT_SUPPORTED):
                raise
        found = []
        for key in list(self._keys()):
            value = self.lookup(key)
            if value is not None:
                found.append((key, value))
            if take:
                self.delete(key)
        return found

    def _batches(self, command: Command) -> list[tuple[bytes, bytes]]:
        room = min(self.entries, _BATCH)
        keys = ctypes.create_string_buffer(self.key_size * room)
        values = ctypes.create_string_buffer(self.value_size * room)
        here, there = (ctypes.create_string_buffer(max(8, self.key_size)) for _ in range(2))
        addresses = ctypes.addressof(keys), ctypes.addressof(values)
        start, found, more = 0, list[tuple[bytes, bytes]](), True
        while more:
            attr = _Batch(start, ctypes.addressof(there), *addresses, room, self.fd)
            try:
                bpf(command, attr)
            except OSError as error:
                if error.errno != errno.ENOENT:  # which says that these were the last
                    raise
                more = False
            key, value = keys.raw, values.raw
            ks, vs = self.key_size, self.value_size
            found += [(key[i * ks : i * ks + ks], value[i * vs : i * vs + vs]) for i in range(attr.count)]
            here, there = there, here
            start = ctypes.addressof(here)
        return found

    def _keys(self) -> Iterator[bytes]:
        key: ctypes.Array[ctypes.c_char] | None = None
        while True:
            following = ctypes.create_string_buffer(self.key_size)
            attr = _Element(self.fd, ctypes.addressof(key) if key else 0, ctypes.addressof(following))
            try:
                bpf(Command.MAP_GET_NEXT_KEY, attr)
            except OSError as error:
                if error.errno == errno.ENOENT:
                    return
                raise
            yield following.raw
            key = following

    def _element(self, command: Command, key: bytes, value: "ctypes.Array[ctypes.c_char] | None") -> None:
        if len(key) != self.key_size:
            raise ValueError(f"a key of {len(key)} bytes where the map has {self.key_size}")
        name = ctypes.create_string_buffer(key, self.key_size)
        bpf(command, _Element(self.fd, ctypes.addressof(name), ctypes.addressof(value) if value else 0))


def possible_cpus() -> int:
    """How many values a per-CPU map has: one more than the highest CPU number that this machine may ever use."""
    with open("/sys/devices/system/cpu/possible", encoding="ascii") as file:
        return int(file.read().strip().rpartition(",")[2].rpartition("-")[2]) + 1


def _create(attr: _Create) -> int:
    """Before 5.11 maps count against RLIMIT_MEMLOCK: raise it as far as this process may, and try again."""
    try:
        return bpf(Command.MAP_CREATE, attr)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
        try:
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (ValueError, OSError):
            raise error from None
    return bpf(Command.MAP_CREATE, attr)
