"""/proc/PID/smaps mapping by mapping: exact records, old layouts, any pieces, and names that pretend to be lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc import mappings
from memtui.proc.mappings import FLAGS, Mapping, Parser
from memtui.proc.mountinfo import tmpfs_devices

KIB = 1024
BODY = b"""\
Size:                132 kB
KernelPageSize:        4 kB
MMUPageSize:           4 kB
Rss:                 100 kB
Pss:                  57 kB
Pss_Dirty:            11 kB
Shared_Clean:         40 kB
Shared_Dirty:          3 kB
Private_Clean:        21 kB
Private_Dirty:        36 kB
Referenced:           96 kB
Anonymous:            39 kB
KSM:                   1 kB
LazyFree:              2 kB
AnonHugePages:      2048 kB
ShmemPmdMapped:     4096 kB
FilePmdMapped:      6144 kB
Shared_Hugetlb:     8192 kB
Private_Hugetlb:   10240 kB
Swap:                 20 kB
SwapPss:              10 kB
Locked:               24 kB
THPeligible:           1
ProtectionKey:         5
VmFlags: rd wr mr mw me ac sd \n"""
OLD = b"""\
Size:                  8 kB
Rss:                   4 kB
Pss:                   2 kB
Shared_Clean:          4 kB
Shared_Dirty:          0 kB
Private_Clean:         0 kB
Private_Dirty:         0 kB
Referenced:            4 kB
Anonymous:             0 kB
Swap:                  0 kB
KernelPageSize:        4 kB
MMUPageSize:           4 kB
"""
HEADER = b"7f1c5a000000-7f1c5a021000 rw-p 0001f000 fd:02 1234                       /srv/a file (deleted)\n"
WHOLE = Mapping(
    0x7F1C5A000000, 0x7F1C5A021000, "rw-p", 0x1F000, "fd:02", 1234, "/srv/a file (deleted)", 132 * KIB, 4 * KIB,
    4 * KIB, 100 * KIB, 57 * KIB, 11 * KIB, 40 * KIB, 3 * KIB, 21 * KIB, 36 * KIB, 96 * KIB, 39 * KIB, KIB, 2 * KIB,
    2048 * KIB, 4096 * KIB, 6144 * KIB, 8192 * KIB, 10240 * KIB, 20 * KIB, 10 * KIB, 24 * KIB, 1, 5,
    ("rd", "wr", "mr", "mw", "me", "ac", "sd"),
)  # fmt: skip


def entry(path: bytes = b"", body: bytes = BODY, start: int = 0x1000) -> bytes:
    return b"%08x-%08x r--s 00000000 00:00 0 %s\n%s" % (start, start + 0x21000, path, body)


def test_every_line_is_in_the_record_in_bytes() -> None:
    assert mappings.parse(HEADER + BODY) == [WHOLE]
    assert WHOLE.uss == 57 * KIB


def test_an_old_kernel_has_fewer_lines_in_another_order() -> None:
    (found,) = mappings.parse(entry(body=OLD))
    assert (found.size, found.rss, found.pss, found.kernel_page_size) == (8 * KIB, 4 * KIB, 2 * KIB, 4 * KIB)
    assert found.swap_pss is found.anon_huge is found.private_hugetlb is found.thp_eligible is None
    assert found.vm_flags == ()


def test_layouts_may_change_from_one_mapping_to_the_next() -> None:
    found = mappings.parse(entry(body=OLD) + entry(start=0x40000) + entry(body=OLD, start=0x80000))
    assert [one.rss for one in found] == [4 * KIB, 100 * KIB, 4 * KIB]
    assert [one.swap_pss for one in found] == [None, 10 * KIB, None]


@pytest.mark.parametrize("line", [b"Rss:", b"Pss:", b"Swap:", b"Private_Dirty:"])
def test_a_mapping_that_lacks_what_every_kernel_has_is_left_out(line: bytes) -> None:
    broken = b"\n".join(row for row in BODY.split(b"\n") if not row.startswith(line))
    assert [one.start for one in mappings.parse(entry(body=broken) + entry(start=0x90000))] == [0x90000]


@pytest.mark.parametrize("number", [b"-1", b"1e3", b"9" * 40, "٣".encode(), b"x"])
def test_what_is_no_number_of_the_kernel_costs_its_mapping_only(number: bytes) -> None:
    broken = BODY.replace(b"57 kB", number + b" kB")
    assert [one.start for one in mappings.parse(entry(body=broken) + entry(start=0x90000))] == [0x90000]


@pytest.mark.parametrize(
    "path",
    [
        b"/tmp/x\rRss: 99 kB",
        b"/tmp/Rss:                 999 kB",
        rb"/tmp/a\012b-c r--p 0 00:00 0",
        b"/tmp/\xff\xfe",
        b"[anon:VmFlags: rd]",
        "/tmp/\u202egnp.exe".encode(),
    ],
)
def test_a_name_is_a_name_whatever_it_looks_like(path: bytes) -> None:
    found = mappings.parse(entry(path) + entry(start=0x90000))
    assert [one.rss for one in found] == [100 * KIB] * 2
    assert found[0].path == path.decode("utf-8", "backslashreplace")
    assert found[1].path == ""


@given(st.lists(st.integers(1, 400), max_size=40))
def test_the_pieces_that_it_comes_in_make_no_difference(cuts: list[int]) -> None:
    data = HEADER + BODY + entry(b"[heap]", start=0x7F1C6A000000) + entry(body=OLD, start=0x7F1C7A000000)
    parser, found, place = Parser(), list[Mapping](), 0
    for cut in cuts:
        found += parser.feed(data[place : place + cut])
        place += cut
    found += [*parser.feed(data[place:]), *parser.end()]
    assert found == mappings.parse(data)
    assert len(found) == 3


@given(st.binary(max_size=400))
def test_hostile_bytes_never_raise(data: bytes) -> None:
    for text in (data, HEADER + data, HEADER + BODY + data, data + HEADER + BODY):
        assert all(isinstance(one, Mapping) for one in mappings.parse(text))
    assert isinstance(tmpfs_devices(data), frozenset)
    assert isinstance(tmpfs_devices(b"24 27 0:6 / " + data + b" - tmpfs " + data), frozenset)


def test_every_flag_has_two_letters_and_words() -> None:
    assert all(len(flag) == 2 and words for flag, words in FLAGS.items())


def test_tmpfs_is_found_by_its_device() -> None:
    data = (
        b"22 27 0:21 / /proc rw,relatime - proc proc rw\n"
        b"25 27 0:22 / /dev/shm rw,nosuid shared:4 master:1 - tmpfs shm rw\n"
        b"26 27 259:300 / /mnt\\040- rw - ext4 /dev/x rw\n"
        b"27 27 0:6 / /dev rw - devtmpfs dev rw\n27 27 x:6 / /dev rw - tmpfs dev rw\n28 1 0:9 / / rw -\n"
    )
    assert tmpfs_devices(data) == {"00:16", "00:06"}
