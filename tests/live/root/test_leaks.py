"""Allocation traces on the running kernel, against programs that count for themselves what they keep."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from memtui.model.leaks import Leaks, Plan, Stack, Stage, Way
from memtui.model.sample import ProcKey
from memtui.sampling.leaks import EXEC, GONE, STOPPED, LeakTrace
from memtui.trace.alloc.tracer import Tracer
from memtui.trace.code import Code
from memtui.trace.refused import Refused

PLAN = Plan(seconds=20.0, watch=0.0)
FRAMELESS = ("-O2", "-fomit-frame-pointer", "-fno-optimize-sibling-calls")

# Commands come one a line: `leak N` keeps N blocks of 8,192 bytes, `fine N` takes eight blocks and gives them back, N
# times. What is printed after each is how many blocks are kept in all.
COMMON = r"""
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#define SEEN __attribute__((noinline))
static unsigned long kept, calls; void *all[1 << 20];
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
static void keep(void *p) { pthread_mutex_lock(&one); all[kept++] = p; pthread_mutex_unlock(&one); }
SEEN void *fine_inner(size_t n) { char *p = malloc(n); p[0] = 1; return p; }
SEEN void fine_path(void) {
  void *some[8];
  for (int i = 0; i < 8; i++) some[i] = fine_inner(100 + 40 * i);
  for (int i = 0; i < 8; i++) free(some[i]);
}
"""
LOOP = r"""
static void *work(void *count) { for (long i = 0; i < (long)count; i++) { leak_path(); fine_path(); } return 0; }
int main(void) {
  char line[100]; long n;
  setvbuf(stdout, 0, _IOLBF, 0);
  fine_path(); puts("ready");
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "leak %ld", &n) == 1) work((void *)n);
    else if (sscanf(line, "threads %ld", &n) == 1) {
      pthread_t threads[4];
      for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, work, (void *)n);
      for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
    } else if (sscanf(line, "fine %ld", &n) == 1) for (long i = 0; i < n; i++) fine_path();
    else if (!strncmp(line, "exec", 4)) execl("/bin/cat", "cat", (char *)0);
    else if (!strncmp(line, "fork", 4)) { if (!fork()) { work((void *)50); _exit(0); } }
    else if (!strncmp(line, "exit", 4)) return 0;
    printf("%lu\n", kept);
  }
  return 0;
}
"""
PLAIN = (
    COMMON
    + r"""
SEEN void *leak_inner(size_t n) { char *p = malloc(n); p[0] = 1; return p; }
SEEN void leak_path(void) { keep(leak_inner(8192)); calls++; }
"""
    + LOOP
)
REALLOC = (
    COMMON
    + r"""
static char *growing; static size_t held;
SEEN void leak_inner(void) { held += 8192; growing = realloc(growing, held); growing[held - 1] = 1; calls++; }
SEEN void leak_path(void) { leak_inner(); kept = 1; calls++; }
"""
    + LOOP
)
MAPPED = (
    COMMON
    + r"""
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)
SEEN void *leak_inner(size_t n) {
  char *p = mmap(0, 2 * n, PROT_READ | PROT_WRITE, ANONYMOUS, -1, 0);
  munmap(p + n, n); p[0] = 1; return p; }
SEEN void leak_path(void) { void *p = mmap(0, 65536, PROT_READ, ANONYMOUS, -1, 0);
  keep(leak_inner(8192)); munmap(p, 65536); }
"""
    + LOOP
)
OTHERS = (
    COMMON
    + r"""
SEEN void leak_path(void) {
  void *p = 0; static int turn;
  switch (turn++ % 7) {
    case 0: p = calloc(2, 4096); break;
    case 1: p = aligned_alloc(64, 8192); break;
    case 2: posix_memalign(&p, 256, 8192); break;
    case 3: p = valloc(8192); break;
    case 4: p = reallocarray(0, 4, 2048); break;
    case 5: p = realloc(malloc(10), 8192); break;
    case 6: p = pvalloc(8192); break;
  }
  keep(p); calls++;
}
"""
    + LOOP
)
CXX = r"""
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>
#define SEEN __attribute__((noinline))
static unsigned long kept; static std::vector<char *> all;
namespace app { struct Cache { SEEN void leak_inner(int n) { char *p = new char[n]; p[0] = 1; all[kept++] = p; } }; }
SEEN void leak_path() { app::Cache cache; cache.leak_inner(8192); }
SEEN void fine_path() {
  std::vector<std::string *> some;
  for (int i = 0; i < 8; i++) some.push_back(new std::string(99, 'x'));
  for (auto one : some) delete one; }
int main() {
  char line[100]; long n; all.resize(1 << 16); setvbuf(stdout, 0, _IOLBF, 0); fine_path(); puts("ready");
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "leak %ld", &n) == 1) for (long i = 0; i < n; i++) { leak_path(); fine_path(); }
    printf("%lu\n", kept);
  }
}
"""


@pytest.fixture(autouse=True, scope="module")
def _rights() -> None:
    if os.geteuid():
        pytest.skip("needs root, for uprobes")
    code = Code(os.getpid())
    try:
        Tracer(code).close()
    except Refused as refused:
        pytest.skip(f"no uprobes here: {refused}")
    finally:
        code.close()


class Traced:
    """A program under trace: commands to it, and what the trace has found when it is stopped."""

    def __init__(self, child: "subprocess.Popen[bytes]", plan: Plan) -> None:
        self.child = child
        self.trace = LeakTrace(ProcKey(child.pid, 0), plan)
        self._thread = Thread(target=self.trace.run)
        self._thread.start()
        while self.trace.state.stage is Stage.STARTING:
            time.sleep(0.01)

    def tell(self, command: str) -> int:
        """Send a command; the blocks kept when it is done."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(command.encode() + b"\n")
        self.child.stdin.flush()
        return int(self.child.stdout.readline() or b"-1")

    def wait(self, until: Callable[[Leaks], bool]) -> Leaks:
        """Until the state of the trace passes a test."""
        for _ in range(3000):
            if until(self.trace.state):
                return self.trace.state
            time.sleep(0.01)
        pytest.fail(f"never came: {self.trace.state}")

    def stop(self) -> Leaks:
        self.trace.stop()
        return self.end()

    def end(self) -> Leaks:
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self.trace.state


Open = Callable[..., Traced]


@pytest.fixture
def traced(build: Any, launch: Any) -> Iterator[Open]:
    """Build a program, start it, trace it."""
    open_ones: list[Traced] = []

    def new(source: str, *options: str, plan: Plan = PLAN, suffix: str = ".c") -> Traced:
        child = launch(build(source, *options, suffix=suffix))
        assert child.stdout.readline() == b"ready\n"
        open_ones.append(Traced(child, plan))
        return open_ones[-1]

    yield new
    for one in open_ones:
        one.stop()


def functions(stack: Stack) -> list[str]:
    return [frame.function for frame in stack.frames]


def others(found: Leaks) -> list[Stack]:
    """The stacks that don't come from the path that frees what it takes."""
    return [stack for stack in found.stacks if any("fine" in name for name in functions(stack))]


WAYS = {
    "O2": FRAMELESS,
    "debug": (*FRAMELESS, "-g"),
    "static": (*FRAMELESS, "-static"),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_leaking_stack_is_found_to_the_last_block(traced: Open, way: str) -> None:
    one = traced(PLAIN, *WAYS[way])
    kept = one.tell("leak 500")
    found = one.stop()
    assert (found.stage, found.way, found.ended, found.failure) == (Stage.DONE, Way.TRACE, STOPPED, "")
    top = found.stacks[0]
    assert (top.count, top.bytes) == (kept, kept * 8192) == (500, 500 * 8192)
    assert functions(top)[:2] == ["leak_inner", "leak_path"]
    assert "main" in functions(top)
    assert (top.by, top.ends) == ("malloc", "")
    assert not others(found)
    assert found.traced.lost == 0
    assert found.traced.allocations >= 500 + 500 * 8
    assert found.traced.frees >= 500 * 8
    assert len(top.blocks) == 500
    assert top.frames[0].source.startswith("program.c:") is (way == "debug")


def test_a_stripped_program_gives_addresses_in_it(traced: Open) -> None:
    one = traced(PLAIN, *FRAMELESS, "-s")
    kept = one.tell("leak 100")
    top = one.stop().stacks[0]
    assert (top.count, top.bytes) == (kept, kept * 8192)
    assert [frame.module for frame in top.frames[:3]] == ["program"] * 3
    assert not any(frame.function for frame in top.frames[:3])
    assert all(frame.offset for frame in top.frames[:3])


def test_a_static_and_stripped_program_is_walked_and_says_why(traced: Open) -> None:
    one = traced(PLAIN, *FRAMELESS, "-static", "-s", plan=PLAN._replace(seconds=1.0))
    assert one.wait(lambda state: state.way is not None).way is Way.HEAP
    kept = one.tell("leak 300")
    found = one.end()
    assert "malloc" in found.why_not_better
    assert (found.stacks[0].count, found.stacks[0].label) == (kept, "chunks of 8,208 bytes")


def test_threads_that_exist_and_new_ones_count(traced: Open) -> None:
    one = traced(PLAIN, *FRAMELESS)
    kept = one.tell("threads 250")
    found = one.stop()
    assert (found.stacks[0].count, kept) == (1000, 1000)
    assert functions(found.stacks[0])[:3] == ["leak_inner", "leak_path", "work"]
    assert not others(found)
    assert found.traced.lost == 0


def test_cxx_names_are_readable(traced: Open) -> None:
    one = traced(CXX, "-O2", "-fno-optimize-sibling-calls", suffix=".cc")
    kept = one.tell("leak 200")
    found = one.stop()
    top = found.stacks[0]
    assert (top.count, top.bytes) == (kept, kept * 8192)
    assert any(name.startswith("app::Cache::leak_inner(int)") for name in functions(top))
    assert "leak_path()" in functions(top)
    assert functions(top)[0].startswith("operator new")
    assert not others(found)


def test_a_growing_realloc_is_one_block(traced: Open) -> None:
    one = traced(REALLOC, *FRAMELESS)
    one.tell("leak 300")
    found = one.stop()
    top = found.stacks[0]
    assert (top.count, top.bytes, top.by) == (1, 300 * 8192, "realloc")
    assert functions(top)[:2] == ["leak_inner", "leak_path"]
    assert not others(found)


def test_mappings_count_with_what_of_them_is_left(traced: Open) -> None:
    one = traced(MAPPED, *FRAMELESS)
    kept = one.tell("leak 100")
    found = one.stop()
    assert [(stack.count, stack.bytes, stack.by) for stack in found.stacks] == [(kept, kept * 8192, "mmap")]
    assert functions(found.stacks[0])[:2] == ["leak_inner", "leak_path"]


def test_every_function_that_gives_memory_counts_once(traced: Open) -> None:
    one = traced(OTHERS, *FRAMELESS)
    kept = one.tell("leak 70")
    found = one.stop()
    assert sum(stack.count for stack in found.stacks) == kept == 70
    assert sum(stack.bytes for stack in found.stacks) == 70 * 8192
    assert all(functions(stack)[0] == "leak_path" for stack in found.stacks)
    assert found.traced.allocations == 70 * 9 + 10  # a realloc comes after a malloc of its own
    assert "reallocarray" in {stack.by for stack in found.stacks}


def test_python_gives_the_frames_of_its_interpreter_and_a_hint(launch: Any) -> None:
    program = "import sys\nkept = []\nprint('ready', flush=True)\nfor line in sys.stdin:\n"
    program += "    for _ in range(200): kept.append(bytearray(8192))\n    print(len(kept), flush=True)\n"
    child = launch(sys.executable, "-c", program)
    assert child.stdout.readline() == b"ready\n"
    one = Traced(child, PLAN)
    one.tell("go")
    found = one.stop()
    top = found.stacks[0]
    assert top.count == 200
    assert top.bytes >= 200 * 8192
    assert len(top.frames) >= 8
    assert any("python" in frame.module for frame in top.frames)
    assert any("memray" in note for note in found.notes)
    assert found.attach_seconds is not None
    assert found.attach_seconds < 1


def test_what_is_given_back_while_watching_leaves_the_table(traced: Open, launch: Any, build: Any) -> None:
    source = PLAIN.replace('"fine %ld"', '"free %ld"').replace(
        "for (long i = 0; i < n; i++) fine_path();",
        "{ kept -= n; for (long i = 0; i < n; i++) free(all[kept + i]); }",
    )
    one = traced(source, *FRAMELESS, plan=Plan(seconds=1.5, watch=20.0))
    one.tell("leak 300")
    one.wait(lambda state: state.stage is Stage.WATCHING)
    one.tell("leak 50")  # too late to count
    one.tell("free 150")  # those fifty, and a hundred of the first
    found = one.stop()
    assert (found.stacks[0].count, found.stacks[0].bytes) == (200, 200 * 8192)


def test_two_phases_see_what_is_left_by_chunk_headers(traced: Open) -> None:
    one = traced(PLAIN, *FRAMELESS, plan=Plan(seconds=1.0, watch=0.5, two_phase=True))
    kept = one.tell("leak 400")
    found = one.end()
    assert found.way is Way.TWO_PHASE
    assert (found.stacks[0].count, kept) == (400, 400)
    assert functions(found.stacks[0])[:2] == ["leak_inner", "leak_path"]
    assert sum(stack.bytes for stack in found.stacks[1:]) < 400 * 8192 / 10  # malloc's caches
    assert any("caches" in note for note in found.notes)


# -- the target does something else --------------------------------------------------------------------------------


def test_a_target_that_exits_leaves_what_it_never_gave_back(traced: Open) -> None:
    one = traced(PLAIN, *FRAMELESS)
    one.tell("leak 60")
    one.tell("fork")  # a child is not traced
    one.tell("leak 60")
    one.tell("exit")
    found = one.end()
    assert found.ended == GONE
    assert found.stacks[0].count == 120
    assert functions(found.stacks[0])[:2] == ["leak_inner", "leak_path"]


def test_a_target_that_execs_ends_the_trace(traced: Open) -> None:
    one = traced(PLAIN, *FRAMELESS)
    one.tell("leak 120")
    one.wait(lambda state: bool(state.stacks))
    assert one.child.stdin is not None
    one.child.stdin.write(b"exec\n")
    one.child.stdin.flush()
    found = one.end()
    assert found.ended == EXEC
    assert found.stacks[0].count == 120
    assert one.tell("7") == 7  # cat lives


def test_an_allocator_that_is_loaded_meanwhile_is_followed(build: Any, traced: Open) -> None:
    library = build(
        "static char room[1 << 20]; static unsigned long used;\n"
        "void *malloc(unsigned long n) { void *p = room + used; used += n + 15 & ~15ul; return p; }\n"
        "void free(void *p) { }\n",
        "-shared", "-fPIC", "-O2", name="libother.so",
    )  # fmt: skip
    source = PLAIN.replace(
        '!strncmp(line, "exit", 4)) return 0;',
        '!strncmp(line, "load", 4)) { line[strlen(line) - 1] = 0; void *l = dlopen(line + 5, 2); '
        'other = dlsym(l, "malloc"); } else if (sscanf(line, "other %ld", &n) == 1) '
        "for (long i = 0; i < n; i++) { keep(other(64)); }",
    ).replace("#define SEEN", "#include <dlfcn.h>\nstatic void *(*other)(size_t);\n#define SEEN", 1)
    one = traced(source, *FRAMELESS)
    one.tell(f"load {library}")
    one.tell("leak 5")
    mark = one.trace.state.at
    one.wait(lambda state: state.at > mark + 1.2)
    one.tell("other 30")
    found = one.stop()
    assert sorted((stack.count, stack.bytes) for stack in found.stacks if stack.by == "malloc")[-1] == (30, 30 * 64)


def test_a_trace_stops_when_the_probes_take_too_much(traced: Open) -> None:
    one = traced(PLAIN, *FRAMELESS, plan=Plan(seconds=20.0, watch=0.0, limit=0.02))
    assert one.child.stdin is not None
    one.child.stdin.write(b"fine 600000\n")
    one.child.stdin.flush()
    found = one.end()
    assert "stopped early" in found.ended
    assert "2%" in found.ended


def test_nothing_is_left_when_memtui_is_killed(build: Any, launch: Any) -> None:
    child = launch(build(PLAIN, *FRAMELESS))
    assert child.stdout.readline() == b"ready\n"
    command = [sys.executable, "-m", "memtui", "leaks", "--pid", str(child.pid), "--seconds", "60"]
    memtui = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    libc = next(
        row.split()[-1] for row in Path(f"/proc/{child.pid}/maps").read_text().splitlines() if "libc.so" in row
    )
    code = Code(child.pid)
    (mapping,) = [one for one in code.mappings if one.path == libc]
    module = code.module(mapping)
    assert module is not None
    offset = module.elf.find(["malloc"])["malloc"].address
    offset = module.elf.offset_of(offset) or 0
    address = mapping.start + offset - mapping.offset

    def first_byte() -> bytes:
        with open(f"/proc/{child.pid}/mem", "rb", buffering=0) as memory:
            memory.seek(address)
            return memory.read(1)

    plain = module.elf.read(offset, 1)
    for _ in range(1000):
        if first_byte() != plain:
            break
        time.sleep(0.01)
    assert first_byte() == b"\xcc"  # the breakpoint of a uprobe
    memtui.send_signal(signal.SIGKILL)
    memtui.wait()
    for _ in range(1000):
        if first_byte() == plain:
            break
        time.sleep(0.01)
    assert first_byte() == plain
    events = Path("/sys/kernel/tracing/uprobe_events")
    assert not events.exists() or events.read_text() == ""
    child.stdin.write(b"leak 10\n")
    child.stdin.flush()
    assert child.stdout.readline() == b"10\n"
    code.close()


def test_the_command_prints_the_same_as_json(build: Any, launch: Any) -> None:
    child = launch(build(PLAIN, *FRAMELESS))
    assert child.stdout.readline() == b"ready\n"
    command = [sys.executable, "-m", "memtui", "leaks", "--pid", str(child.pid), "--seconds", "2", "--watch", "0"]
    memtui = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE)
    time.sleep(1.2)
    child.stdin.write(b"leak 40\n")
    child.stdin.flush()
    out, _ = memtui.communicate(timeout=60)
    document = json.loads(out)
    assert memtui.returncode == 0
    assert document["command"] == "leaks"
    top = document["rows"][0]
    assert (top["count"], top["bytes"]) == (40, 40 * 8192)
    assert [frame["function"] for frame in top["frames"]][:2] == ["leak_inner", "leak_path"]
    assert document["traced"]["lost"] == 0
    assert document["instrument"] == {"name": Way.TRACE.value, "quality": "exact", "why_not_better": None}
