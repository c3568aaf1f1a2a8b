"""The heap of a program of ours, walked from outside; and the places where probes cost least."""

from typing import Any

import pytest

from memtui.trace.alloc.functions import first_push
from memtui.trace.alloc.heap import Heap
from memtui.trace.code import Code, parse_maps

PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  void *kept[300], *gone[50];
  for (int i = 0; i < 300; i++) kept[i] = malloc(5000);
  for (int i = 0; i < 50; i++) gone[i] = malloc(7000);
  for (int i = 0; i < 50; i += 2) free(gone[i]);
  void *large = malloc(1 << 20);
  printf("%p %p %p\\n", kept[7], gone[20], large); fflush(stdout);
  getchar();
  return !kept[0] + !large;
}
"""


@pytest.mark.parametrize("options", [("-O1",), ("-O1", "-static", "-s")], ids=["shared", "static-stripped"])
def test_chunks_in_use_are_counted_by_size(build: Any, launch: Any, options: tuple[str, ...]) -> None:
    child = launch(build(PROGRAM, *options))
    kept, gone, large = (int(word, 16) for word in child.stdout.readline().split())
    code, heap = Code(child.pid), Heap(child.pid)
    found = heap.walk(code.everything)
    assert found[5008] == 300
    assert 25 <= found[7008] <= 32  # what malloc's caches hold counts as in use
    assert heap.in_use([(kept, 5000), (large, 1 << 20)]) == {kept, large}
    assert heap.in_use([(gone, 5000), (kept, 100), (16, 8)]) == set()
    heap.close()
    code.close()


def test_lines_of_maps_that_make_no_sense_are_left_out() -> None:
    (one,) = parse_maps(b"7f00-7f10 r-xp 00001000 fe:00 42 /usr/lib/a b.so\nnonsense\n\n1-z r-xp 0 0 0\n")
    assert (one.start, one.end, one.offset, one.inode, one.path) == (0x7F00, 0x7F10, 0x1000, 42, "/usr/lib/a b.so")
    assert one.executable


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("4885ff0f84bf00000055488d", 9),  # test rdi,rdi; je far; push rbp
        ("f30f1efa4885ff740541574156", 9),  # endbr64; test; je near; push r15
        ("55488d", 0),
        ("4885ff0f84bf000000488d05", 0),  # nothing to push: the very begin
        ("c3", 0),
    ],
)
def test_a_probe_goes_to_the_first_push_where_arguments_are_still_in_place(code: str, place: int) -> None:
    assert first_push(bytes.fromhex(code)) == place
