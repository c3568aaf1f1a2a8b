"""Delay accounting: how long the threads of a process waited for memory and storage, over generic netlink.

    the family TASKSTATS is asked for its number, then TASKSTATS_CMD_GET with a thread group gives a struct taskstats

Kernel: include/uapi/linux/taskstats.h, kernel/taskstats.c, kernel/delayacct.c. The struct grows at its end, with one
exception: version 15 (Linux 6.14 to 6.17) has a maximum and a minimum behind every total, which version 16 moved to
the end. Asking takes CAP_NET_ADMIN. Here are only the bytes; `sampling.delays` has the socket.
"""

import struct
import sys
from collections.abc import Mapping
from typing import Final, NamedTuple

GENERIC: Final = 16  # NETLINK_GENERIC
CONTROLLER: Final = 16  # GENL_ID_CTRL
_GET_FAMILY, _GET = 3, 1  # CTRL_CMD_GETFAMILY, TASKSTATS_CMD_GET
_FAMILY_ID, _FAMILY_NAME = 1, 2  # CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME
_TGID: Final = 2  # TASKSTATS_CMD_ATTR_TGID
_STATS, _AGGREGATE = 3, (4, 5)  # TASKSTATS_TYPE_STATS, TASKSTATS_TYPE_AGGR_PID and _TGID
_ERROR: Final = 2  # NLMSG_ERROR
_HEADER: Final = struct.Struct("=IHHII")
_GENERIC_HEADER: Final = struct.Struct("=BBH")
_ATTRIBUTE: Final = struct.Struct("=HH")
_PAIR: Final = struct.Struct("=QQ")
_TYPE: Final = 0x3FFF  # NLA_TYPE_MASK


class Delay(NamedTuple):
    """How often the threads waited, and for how many nanoseconds in all."""

    times: int
    total: int


class Delays(NamedTuple):
    """What the threads of a process waited for, those that ended included; None where this kernel doesn't count it.

    `blkio` is storage other than swap, `swapin` page faults that read from swap, `freepages` reclaim by themselves,
    `thrashing` pages that came back soon after reclaim took them, `compact` compaction, `wpcopy` copying after fork.
    """

    cpu: Delay | None
    blkio: Delay | None
    swapin: Delay | None
    freepages: Delay | None
    thrashing: Delay | None
    compact: Delay | None
    wpcopy: Delay | None


_PLACES: Final = (16, 32, 48, 312, 328, 352, 400)  # offsets of the counts, in the order of the record
_PLACES_15: Final = (16, 48, 80, 360, 392, 432, 496)
_SINCE: Final = (1, 1, 1, 8, 9, 11, 13)  # the version that brought each
_ODD: Final = 15


class Refused(Exception):
    """The kernel's answer is an error; `errno` says which."""

    def __init__(self, errno: int) -> None:
        super().__init__(errno)
        self.errno = errno


def family_question(sequence: int) -> bytes:
    """Asks for the number of the family."""
    return _message(CONTROLLER, _GET_FAMILY, _attribute(_FAMILY_NAME, b"TASKSTATS\0"), sequence)


def question(family: int, pid: int, sequence: int) -> bytes:
    """Asks for the delays of all threads of a process."""
    return _message(family, _GET, _attribute(_TGID, struct.pack("=I", pid)), sequence)


def parse_family(data: bytes) -> int | None:
    """The number of the family in an answer; raises `Refused`."""
    found = _answer(data).get(_FAMILY_ID, b"")
    return int.from_bytes(found[:2], sys.byteorder) if len(found) >= 2 else None


def parse(data: bytes) -> Delays | None:
    """The delays in an answer, None if it holds none; raises `Refused`."""
    answer = _answer(data)
    for kind in _AGGREGATE:
        stats = _attributes(answer.get(kind, b"")).get(_STATS)
        if stats is not None:
            return _delays(stats)
    return None


def _delays(stats: bytes) -> Delays | None:
    if len(stats) < 2:
        return None
    version = int.from_bytes(stats[:2], sys.byteorder)
    places = _PLACES_15 if version == _ODD else _PLACES
    found = [
        Delay(*_PAIR.unpack_from(stats, place)) if version >= since and len(stats) >= place + _PAIR.size else None
        for place, since in zip(places, _SINCE, strict=True)
    ]
    return Delays(*found)


def _message(family: int, command: int, body: bytes, sequence: int) -> bytes:
    payload = _GENERIC_HEADER.pack(command, 1, 0) + body
    return _HEADER.pack(_HEADER.size + len(payload), family, 1, sequence, 0) + payload  # 1: NLM_F_REQUEST


def _attribute(kind: int, data: bytes) -> bytes:
    size = _ATTRIBUTE.size + len(data)
    return _ATTRIBUTE.pack(size, kind) + data + bytes(-size % 4)


def _answer(data: bytes) -> Mapping[int, bytes]:
    if len(data) < _HEADER.size:
        return {}
    size, kind, *_ = _HEADER.unpack_from(data)
    if kind == _ERROR:
        code = int.from_bytes(data[_HEADER.size : _HEADER.size + 4], sys.byteorder, signed=True)
        raise Refused(-code)
    return _attributes(data[_HEADER.size + _GENERIC_HEADER.size : size])


def _attributes(data: bytes) -> Mapping[int, bytes]:
    """The attributes by kind; one that says it is longer than there are bytes ends the list."""
    found: dict[int, bytes] = {}
    place = 0
    while place + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, place)
        if size < _ATTRIBUTE.size or place + size > len(data):
            break
        found[kind & _TYPE] = data[place + _ATTRIBUTE.size : place + size]
        place += (size + 3) & ~3
    return found
