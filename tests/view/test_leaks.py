"""The lines of a trace, and of who grows: what is outside text is made safe, what is missing says so."""

from dataclasses import replace

from memtui.model.leaks import Frame, Leaks, Plan, Stack, Stage, Traced, Way
from memtui.model.sample import ProcKey
from memtui.view.growth import rate_range, shape
from memtui.view.leaks import frame_line, stacks, summary
from memtui.view.lines import text_of, width_of

MIB = 1 << 20
FRAME = Frame("leak_inner", "server", 9, "server.c:10", 4096)
STACK = Stack(8192 * 3, 3, 12.0, (FRAME,), by="malloc", blocks=((0x948CD0, 8192), (0x94B000, 8192)))
LEAKS = Leaks(
    ProcKey(42, 7), Plan(), Stage.DONE, 0.0, 40.0, Way.TRACE, "", [STACK], Traced(12, 9, 0), attach_seconds=0.2
)


def texts(leaks: Leaks, width: int = 120, *, addresses: bool = False) -> list[str]:
    return [text_of(line) for line in (*summary(leaks, width), *stacks(leaks, width, 10, addresses=addresses))]


def test_a_stack_is_written_as_memleak_does() -> None:
    lines = texts(LEAKS, addresses=True)
    start = lines.index("    addr = 948cd0 size = 8192")
    assert lines[start + 1 : start + 5] == [
        "    addr = 94b000 size = 8192",
        "    and 1 more",
        "    24576 bytes in 3 allocations from stack of malloc, oldest 12s",
        "        leak_inner+0x9 [server]  server.c:10",
    ]
    assert any("nothing lost" in line for line in lines)


def test_a_frame_without_a_name_has_its_place_in_the_module() -> None:
    assert (
        text_of(frame_line(FRAME._replace(function="", source="", offset=0x4F2), 80))
        == "        0x1000 [server+0x4f2]"
    )
    assert text_of(frame_line(FRAME._replace(function="", source="", offset=0, module="no file"), 80)).endswith(
        "[no file]"
    )


def test_names_from_outside_steer_nothing() -> None:
    hostile = FRAME._replace(function="a\x1b[31m\u202e", module="\x07lib.so", source="x\n.c:1")
    assert all(text.isprintable() for text in texts(replace(LEAKS, stacks=[replace(STACK, frames=(hostile,))])))


def test_losses_refusals_and_ends_are_said() -> None:
    lines = texts(replace(LEAKS, traced=Traced(12, 9, 5), ended="the process has ended", why_not_better="needs root"))
    assert any("lost 5: the numbers below are too low" in line for line in lines)
    assert "ended: the process has ended" in lines
    assert "no better instrument: needs root" in lines
    assert "failed: no" in texts(replace(LEAKS, failure="no", stacks=[]))
    assert texts(replace(LEAKS, stacks=[]))[-1] == "no block that was taken in the trace is outstanding"


def test_no_line_of_the_summary_is_wider_than_the_screen() -> None:
    noted = replace(LEAKS, notes=("a very long note " * 20,), overhead=0.5)
    for width in (60, 80, 120):
        assert all(width_of(line) <= width for line in summary(noted, width))


def test_a_shape_is_flat_where_sizes_hardly_differ() -> None:
    assert shape([5.0, 6.0, 7.0], 10) == "▁▁▁"
    assert shape([0.0, 4.0 * MIB, 8.0 * MIB], 10) == "▁▅█"
    assert shape([], 10) == ""


def test_a_range_is_of_rates_or_a_dash() -> None:
    assert rate_range(1024.0, 2048.0) == "1K … 2K"
    assert rate_range(None, 5.0) == "–"
