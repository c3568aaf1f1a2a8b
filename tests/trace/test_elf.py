"""ELF files: against binutils' own reading of them, and against files that lie."""

import os
import random
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from memtui.trace.cfi import CallFrames
from memtui.trace.elf import BadElf, Elf
from memtui.trace.lines import Lines

SOURCE = """
#include <stdlib.h>
int seen;
__attribute__((noinline)) int first(int n) { seen += n; return n + 1; }
__attribute__((noinline)) int second(int n) { return first(n) * 2; }
int main(int argc, char **argv) { return second(argc); }
"""


@pytest.fixture(scope="module")
def program(build: Any) -> Path:
    path: Path = build(SOURCE, "-O1", "-g")
    return path


def nm(path: Path) -> dict[str, int]:
    if shutil.which("nm") is None:
        pytest.skip("binutils is not installed")
    rows = subprocess.run(["nm", str(path)], check=True, capture_output=True, text=True).stdout.splitlines()
    return {words[2]: int(words[0], 16) for words in map(str.split, rows) if len(words) == 3 and words[1] in "tT"}


def test_functions_are_where_nm_finds_them(program: Path) -> None:
    elf, wanted = Elf.open(str(program)), nm(program)
    found = elf.find(["first", "second", "main", "nowhere"])
    assert {name: symbol.address for name, symbol in found.items()} == {
        name: wanted[name] for name in ("first", "second", "main")
    }
    symbol = elf.function_at(wanted["second"] + 3)
    assert symbol is not None
    assert symbol.name == "second"
    offset = elf.offset_of(wanted["main"])
    assert offset is not None
    assert elf.address_of(offset) == wanted["main"]
    elf.close()


def test_lines_are_those_of_the_source(program: Path) -> None:
    elf = Elf.open(str(program))
    lines = Lines(elf)
    for name, line in (("first", 4), ("second", 5), ("main", 6)):
        assert lines.at(elf.find([name])[name].address) == f"program.c:{line}"
    assert lines.at(1) == ""
    elf.close()


def test_the_own_table_of_unwind_entries_is_that_of_the_linker(program: Path) -> None:
    elf = Elf.open(str(program))
    by_header, elf.eh_frame_hdr = CallFrames(elf), None
    walked = CallFrames(elf)
    for symbol in elf.find(["first", "second", "main", "_start"]).values():
        for address in range(symbol.address, symbol.address + symbol.size):
            assert by_header.row(address) == walked.row(address) is not None
    elf.close()


def test_what_is_no_elf_file_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"\x7fELF", b"#!/bin/sh\n" * 100, b"\x7fELF\x01\x01" + bytes(200), bytes(5000)):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(BadElf):
            Elf.open(str(tmp_path / "file"))
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(BadElf):
            Elf.open(str(tmp_path / name))


def test_a_build_has_a_name(program: Path) -> None:
    elf = Elf.open(str(program))
    assert len(elf.build_id) in (0, 40)
    elf.close()


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_gives_wrong_answers_at_worst(program: Path, tmp_path: Path, seed: int) -> None:
    dice, data = random.Random(seed), bytearray(program.read_bytes())
    if seed % 4 == 0:
        del data[dice.randrange(64, len(data)) :]
    if seed % 4 == 1:  # headers full of large numbers
        for _ in range(6):
            struct.pack_into("<Q", data, dice.randrange(24, 64) & ~7, dice.choice((1 << 63, 1 << 31, 3, len(data))))
    for _ in range(dice.choice((50, 400, 2000))):
        data[dice.randrange(64, len(data))] = dice.randrange(256)
    path = tmp_path / "damaged"
    path.write_bytes(data)
    try:
        elf = Elf.open(str(path))
    except BadElf:
        return
    for read in (
        lambda: elf.build_id,
        lambda: elf.find(["main", "first"]),
        lambda: [elf.function_at(address) for address in range(0, 0x3000, 97)],
    ):
        try:
            read()
        except BadElf:
            continue
    frames, lines = CallFrames(elf), Lines(elf)
    for address in range(0, 0x3000, 41):
        frames.row(address)
    lines.at(0x1150)
    elf.close()


def test_symbols_of_many_sections_are_capped(tmp_path: Path, program: Path) -> None:
    data = bytearray(program.read_bytes())
    struct.pack_into("<H", data, 60, 65535)  # e_shnum
    (tmp_path / "many").write_bytes(data)
    with pytest.raises(BadElf):
        Elf.open(str(tmp_path / "many"))
