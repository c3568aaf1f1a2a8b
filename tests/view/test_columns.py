"""The columns of the process table: they hold what they show, and tones say what they should."""

from typing import Any

import pytest

from memtui.model.fields import PROCESS
from memtui.model.process import Process
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot
from memtui.view.columns import FIELDS, STALE_AFTER, Look, column, is_stale, short_command, width_of
from memtui.view.grid import Grid
from memtui.view.lines import Tone, text_of
from memtui.view.lines import width_of as cells_of
from memtui.view.text import cells

MIB = 1 << 20
GIB = 1 << 30
NUMBERS = [key for key in FIELDS if column(key).right]
ROLLUP = ("pss", "uss", "swap_pss", "pss_anon", "thp")


def row(**values: Any) -> Process:
    usual: dict[str, Any] = dict.fromkeys(Process._fields) | {
        "pid": 3021, "start_time": 7, "comm": "java", "command": "/usr/bin/java -jar x", "user": "app", "state": "S",
        "res": 100 * MIB, "kernel_thread": False,
    }  # fmt: skip
    return Process(**{**usual, **values})


def tone(key: str, now: float = 0.0, **values: Any) -> Tone:
    return column(key, Look(now)).cell(row(**values)).tone


@pytest.mark.parametrize("key", [key for key in FIELDS if key != "command"])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_title_and_the_mark_of_the_sort_fit_in_their_column(key: str, reverse: bool) -> None:
    one = column(key)
    head = text_of(Grid((one,), 80, key, reverse).head)
    assert FIELDS[key].title in head
    assert head.strip().endswith(("▼", "▲"))
    assert cells(head.rstrip()) <= one.width


def test_the_command_takes_what_is_left() -> None:
    assert width_of("command") == 0
    assert Grid((column("pid"), column("command")), 100, "pid").widths == (7, 92)


@pytest.mark.parametrize("key", [key for key in PROCESS if key not in ("command", "cgroup", "container", "user")])
def test_numbers_of_this_machine_fit_in_their_columns(live: Snapshot, key: str) -> None:
    one = column(key, Look(live.at))
    for process in live.processes.values():
        text = one.cell(process).text
        assert cells(text) <= one.width, text


@pytest.mark.parametrize(
    ("key", "value"),
    [("pid", 4194304), ("nice", -20), ("oom_score_adj", -1000), ("oom_score", 2000), ("virt", 1023 * GIB),
     ("cpu_pct", 25600.0), ("mem_pct", 100.0), ("cpu_time", 99999 * 3600.0), ("growth", -1023 * MIB),
     ("res_delta", -1023 * MIB), ("minflt_rate", 999_949.0), ("write_rate", 1023.4 * MIB), ("threads", 32768),
     ("started", 1.7e9), ("pss_at", None), ("minflt", 2**64 - 1), ("majflt", 99_999_999)],
)  # fmt: skip
def test_large_values_fit_in_their_columns(key: str, value: Any) -> None:
    if key == "pss_at":
        one = column("pss_age", Look(99 * 86400.0))
        assert cells(one.cell(row(pss_at=0.0)).text) <= one.width
    else:
        assert cells(column(key).cell(row(**{key: value})).text) <= column(key).width


def test_a_pss_read_long_ago_is_dim() -> None:
    assert not is_stale(row(pss_at=None), 100.0)
    assert not is_stale(row(pss_at=100.0 - STALE_AFTER), 100.0)
    assert is_stale(row(pss_at=99.9 - STALE_AFTER), 100.0)
    for key in ROLLUP:
        assert tone(key, 100.0, pss_at=99.0, **{key: 5}) is Tone.PLAIN
        assert tone(key, 100.0, pss_at=90.0, **{key: 5}) is Tone.DIM
    assert tone("res", 100.0, pss_at=90.0) is Tone.PLAIN


@pytest.mark.parametrize(
    ("growth", "res", "expected"),
    [
        (16 * MIB, 100 * MIB, Tone.WARN), (16 * MIB - 1, 20 * MIB, Tone.PLAIN), (16 * MIB, 10 * GIB, Tone.PLAIN),
        (GIB, 10 * GIB, Tone.WARN), (-GIB, GIB, Tone.PLAIN), (0, 0, Tone.PLAIN),
    ],
)  # fmt: skip
def test_fast_growth_is_pointed_out(growth: int, res: int, expected: Tone) -> None:
    assert tone("growth", growth=growth, res=res) is expected


@pytest.mark.parametrize(
    ("key", "values", "expected"),
    [
        ("majflt_rate", (0.1, 300.0), Tone.WARN), ("majflt_rate", (0.0,), Tone.PLAIN), ("swap", (1,), Tone.SWAP),
        ("swap", (0,), Tone.PLAIN), ("state", ("D", "Z"), Tone.WARN), ("state", ("R", "S", "T"), Tone.PLAIN),
        ("growth", (None,), Tone.DIM), ("pss", (None,), Tone.DIM),
    ],
)  # fmt: skip
def test_tones_tell_what_to_look_at(key: str, values: tuple[Any, ...], expected: Tone) -> None:
    assert {tone(key, **{key: value}) for value in values} == {expected}


@pytest.mark.parametrize("key", NUMBERS)
def test_a_missing_number_is_a_dash_and_never_a_zero(key: str) -> None:
    if key not in ("started", "members"):
        made = row(**({key: None} if key not in ("pss_age", "growth_rate") else {}))
        assert column(key).cell(made).text == "–"


@pytest.mark.parametrize(
    ("command", "comm", "short"),
    [
        ("/usr/bin/redis-server 127.0.0.1:6379", "redis-server", "redis-server"),
        ("./run.sh --all", "run.sh", "run.sh"),
        ("../bin/x /a/b", "x", "x"),
        ("python3 -m api", "python3", "python3"),
        ("postgres: app orders idle", "postgres", "postgres: app orders idle"),
        ("sshd: user@pts/0", "sshd", "sshd: user@pts/0"),
        ("[kworker/0:1-events]", "kworker/0:1", "[kworker/0:1-events]"),
        ("[my thread]", "my thread", "[my thread]"),
        ("/usr/bin/", "odd", "odd"),
        ("", "none", "none"),
        (" leading", "lead", "lead"),
    ],
)
def test_short_commands_lose_folder_and_arguments_but_not_what_was_rewritten(
    command: str, comm: str, short: str
) -> None:
    assert short_command(command, comm) == short


def test_guides_stand_before_the_command_and_only_for_rows_that_have_them() -> None:
    one = column("command", Look(lead={ProcKey(3021, 7): "└─ "}))
    assert one.cell(row()).text == "└─ /usr/bin/java -jar x"
    assert one.cell(row(pid=5)).text == "/usr/bin/java -jar x"
    assert column("command", Look(full_command=False)).cell(row()).text == "java"


@pytest.mark.parametrize("key", ["user", "command", "cgroup", "container"])
@pytest.mark.parametrize("full", [True, False])
def test_names_from_outside_cannot_steer_the_terminal_nor_push_other_columns(key: str, full: bool) -> None:
    hostile = row(**{key: "\x1b]0;pwned\x07\r\n\u202e漢字" * 9})
    one = column(key, Look(full_command=full))
    text = one.cell(hostile).text
    assert text.isprintable()
    grid = Grid((one, column("pid")), 60, "pid")
    assert cells_of(grid.row(hostile)) == sum(grid.widths) + 2
