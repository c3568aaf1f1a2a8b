"""The stacks behind a trace's numbers: each path unwound once, paths with the same frames taken together."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from memtui.model.leaks import Frame, Stack
from memtui.trace.alloc.functions import PAGES
from memtui.trace.alloc.layout import Block, Tally
from memtui.trace.alloc.tracer import Tracer
from memtui.trace.code import Code
from memtui.trace.frames import Namer
from memtui.trace.unwind import End, unwind

_SHOWN_BLOCKS: Final = 1000  # addresses that are kept of a stack
_NS: Final = 1e9
NOT_KEPT: Final = "no room was left to keep this stack"

Frames = tuple[int, ...]


class Stacks:
    """Unwinds the paths of one trace. A path is looked at while the process is there: later its memory isn't."""

    def __init__(self, code: Code, tracer: Tracer) -> None:
        self._code, self._tracer = code, tracer
        self._namer = Namer(code)
        self._ways: dict[int, tuple[Frames, str]] = {}
        self._named: dict[Frames, tuple[Frame, ...]] = {}

    def look(self, paths: Iterable[int]) -> None:
        """Unwind those that are new."""
        for number in paths:
            if number not in self._ways:
                self._ways[number] = self._unwound(number)

    def of_tallies(self, tallies: Mapping[int, Tally]) -> list[Stack]:
        """The stacks with their outstanding bytes, most first."""
        self.look(tallies)
        sums: dict[tuple[Frames, str], list[int]] = {}
        for number, tally in tallies.items():
            if tally.blocks > 0:
                one = sums.setdefault(self._ways[number], [0, 0])
                one[0] += tally.size
                one[1] += tally.blocks
        return [
            self._stack(way, size, blocks)
            for way, (size, blocks) in sorted(sums.items(), key=lambda item: -item[1][0])
        ]

    def of_blocks(self, blocks: Mapping[int, Block], now: float, min_age: float) -> list[Stack]:
        """The stacks of these blocks, most bytes first; `now` is monotonic, `min_age` in seconds."""
        self.look({block.path for block in blocks.values()})
        latest = (now - min_age) * _NS
        members: dict[tuple[Frames, str], list[tuple[int, int, int]]] = {}
        for address, block in blocks.items():
            if block.at <= latest:
                members.setdefault(self._ways[block.path], []).append((block.at, address, block.size))
        self._namer.renew_budget()
        stacks = []
        for way, found in sorted(members.items(), key=lambda item: -sum(one[2] for one in item[1])):
            found.sort()
            shown = tuple((address, size) for _, address, size in found[:_SHOWN_BLOCKS])
            total = sum(size for _, _, size in found)
            oldest = max(0.0, now - found[0][0] / _NS)
            stacks.append(replace(self._stack(way, total, len(found)), oldest=oldest, blocks=shown))
        return stacks

    def still_mapped(self, blocks: dict[int, Block]) -> dict[int, Block]:
        """The blocks with those of mmap and sbrk cut to what of them is mapped still.

        A part of a mapping may be given back, or all of it by a system call that passed libc by.
        """
        try:
            self._code.refresh()
        except OSError:
            return blocks
        entries = {probe.key for probe in self._tracer.probes if probe.name in PAGES}
        paths = {block.path for block in blocks.values()}
        pages = {path for path in paths if self._begins_in(path, entries)}
        ranges = [(one.start, one.end) for one in self._code.everything]
        kept = {}
        for address, block in blocks.items():
            if block.path in pages:
                end = address + block.size
                left = sum(max(0, min(end, stop) - max(address, start)) for start, stop in ranges)
                if not left:
                    continue
                block = block._replace(size=min(block.size, left))
            kept[address] = block
        return kept

    def _begins_in(self, path: int, entries: set[tuple[int, int, int]]) -> bool:
        self.look((path,))
        frames, _ = self._ways[path]
        if not frames:
            return False
        place = self._code.locate(frames[0])
        if place.module is None:
            return False
        offset = place.module.elf.offset_of(place.address)
        return offset is not None and (*place.module.elf.identity, offset) in entries

    def _unwound(self, number: int) -> tuple[Frames, str]:
        path = self._tracer.path(number)
        if path is None:
            return (), NOT_KEPT
        stack = unwind(self._code, path.at, path.registers, path.stack)
        ends = "" if stack.end is End.WHOLE else str(stack.end)
        if stack.guessed is not None:
            ends = f"{ends}; from frame {stack.guessed} on by frame pointers" if ends else "by frame pointers in part"
        return stack.frames, ends

    def _stack(self, way: tuple[Frames, str], size: int, blocks: int) -> Stack:
        frames = self._frames(way[0])
        return Stack(size, blocks, None, frames[1:], way[1], frames[0].function if frames else "")

    def _frames(self, frames: Frames) -> tuple[Frame, ...]:
        if frames not in self._named:
            named = [self._namer.frame(address, called=bool(index)) for index, address in enumerate(frames)]
            self._named[frames] = tuple(
                Frame(one.function, one.module, one.offset, one.source, one.address) for one in named
            )
        return self._named[frames]
