"""`memtui diagnose` as a monitoring plugin: the first line, its figures, the exit status, and what is said below."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Severity, Step
from memtui.model.findings.rule import OWN, Changed, Limits, Mark, Rule, Symptom
from memtui.model.findings.rules import RULES
from memtui.model.findings.watch import Preferences, Watch
from memtui.model.findings.words import Name, size
from memtui.model.sample import ProcKey
from memtui.proc import meminfo
from memtui.proc.source import ProcSource
from memtui.report import diagnose
from memtui.sampling import recorded
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Stream

Run = Callable[..., Any]
MEMTUI: Final = [sys.executable, "-m", "memtui"]
GOLDEN: Final = Path(__file__).parent / "golden" / "diagnose.txt"
FIRST: Final = re.compile(r"MEMORY (OK|WARNING|CRITICAL) - [^|\n]+ \| ([^|\n]+)")


def rule(
    name: str, severity: Severity | None, title: str = "Something is wrong", *marks: Mark, **fields: Any
) -> Rule:
    """A rule that always finds the same, or nothing."""

    def check(facts: Facts, limits: Limits) -> Iterable[Symptom]:
        if severity is not None:
            evidence = (Evidence("MemFree", float(1 << 30), 2.0 * (1 << 30), Unit.BYTES, "of the machine"),)
            yield Symptom(severity, (title,), evidence, fields.get("subject"))

    kept = {key: value for key, value in fields.items() if key != "subject"}
    return Rule(name, name.capitalize(), "What it means.", check, marks, (Step(("look",), "memtui free"),), **kept)


Judge = Callable[..., list[Preferences]]


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Have recorded trees judged by these rules; what was preferred is added to the list that is returned."""

    def by(*rules: Rule) -> list[Preferences]:
        asked: list[Preferences] = []

        def watch(preferences: Preferences) -> Watch:
            asked.append(preferences)
            return Watch(preferences, rules, {"cause": ("effect",)})

        monkeypatch.setattr(recorded, "_watch", watch)
        return asked

    return by


# -- status and the first line --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "status", "line"),
    [
        ((), 0, "MEMORY OK - nothing found wrong"),
        ((Severity.NOTE,), 0, "MEMORY OK - nothing found wrong; 1 note"),
        ((Severity.NOTE, Severity.NOTE), 0, "MEMORY OK - nothing found wrong; 2 notes"),
        ((Severity.WARNING,), 1, "MEMORY WARNING - warning 0"),
        ((Severity.WARNING, Severity.NOTE), 1, "MEMORY WARNING - warning 0; 1 note"),
        ((Severity.NOTE, Severity.CRITICAL), 2, "MEMORY CRITICAL - critical 1; 1 note"),
        ((Severity.WARNING, Severity.CRITICAL, Severity.CRITICAL), 2, "MEMORY CRITICAL - critical 1; 2 more"),
    ],
)
def test_the_worst_finding_is_the_status_and_the_first_line(
    found: tuple[Severity, ...], status: int, line: str, run: Run, judge: Judge, host: Path
) -> None:
    judge(*(rule(f"r{number}", one, f"{one.word} {number}") for number, one in enumerate(found)))
    done = run("diagnose", "--proc", host / "proc")
    assert (done.status, done.err) == (status, "")
    assert done.out.startswith(f"{line} | ")


def test_the_first_line_has_the_figures_of_the_machine_with_the_marks_of_the_rules(run: Run, tree: Path) -> None:
    done = run("diagnose", "--proc", tree / "proc")
    first = FIRST.fullmatch(done.out.splitlines()[0])
    assert first is not None
    assert ("OK", "WARNING", "CRITICAL").index(first[1]) == done.status
    figures = dict(one.split("=") for one in first[2].split(" "))
    lines = meminfo.parse((tree / "proc" / "meminfo").read_bytes()).values
    total, swap = lines["MemTotal"], lines["SwapTotal"]
    ten, five = round((total - lines["Hugetlb"]) * 0.1), round((total - lines["Hugetlb"]) * 0.05)
    assert figures["available"] == f"{lines['MemAvailable']}B;{ten}:;{five}:;0;{total}"
    assert figures["swap_used"] == f"{swap - lines['SwapFree']}B;{round(swap * 0.9)};{round(swap * 0.98)};0;{swap}"
    assert re.fullmatch(r"[\d.]+%;10;;0;100", figures["psi_some"])
    assert re.fullmatch(r"[\d.]+%;;5;0;100", figures["psi_full"])
    assert re.fullmatch(r"\d+c", figures["oom_kill"])


def test_figures_are_held_against_the_thresholds_of_the_settings(
    run: Run, host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c").write_text("[findings]\noff = ['available_low']\nmemory_pressure.some = 20.125\n")
    monkeypatch.setenv("MEMTUI_CONFIG", str(tmp_path / "c"))
    out = run("diagnose", "--proc", host / "proc").out
    assert re.search(r" available=\d+B;;;0;\d+ ", out)
    assert re.search(r" psi_some=[\d.]+%;20\.12;;0;100 ", out)


def test_a_kernel_without_pressure_and_vmstat_has_no_figures_of_them(run: Run, host: Path, tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "meminfo").write_bytes((host / "proc" / "meminfo").read_bytes())
    out = run("diagnose", "--proc", tmp_path / "proc").out
    assert re.findall(r"(\w+)=", out.splitlines()[0]) == ["available", "swap_used"]


def test_a_bar_in_a_name_does_not_begin_figures(run: Run, judge: Judge, host: Path) -> None:
    judge(rule("r", Severity.WARNING, "of a|b"))
    out = run("diagnose", "--proc", host / "proc").out
    assert out.startswith("MEMORY WARNING - of a¦b | available=")
    assert out.count("|") == 1


def test_a_bar_in_a_command_stays_where_people_copy_it_and_nowhere_else(
    run: Run, judge: Judge, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(facts: Facts, limits: Limits) -> Iterable[Symptom]:
        yield Symptom(Severity.NOTE, ("A note",), steps=(Step(("look",), "du | sort"),))

    judge(Rule("r", "R", "Why.", check))
    assert "$ du ¦ sort" in run("diagnose", "--proc", host / "proc").out
    monkeypatch.setattr(diagnose, "_for_people", lambda: True)
    assert "$ du | sort" in run("diagnose", "--proc", host / "proc").out
    (document,) = run("diagnose", "--json", "--proc", host / "proc").documents
    assert document["rows"][0]["next_steps"] == [{"words": "look", "command": "du | sort"}]


# -- what is below --------------------------------------------------------------------------------------------------


def test_findings_stand_below_as_they_are_drawn_elsewhere(
    run: Run, judge: Judge, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(
        rule("cause", Severity.CRITICAL, "Memory is gone"),
        rule("effect", Severity.WARNING, "Programs wait"),
        rule("mark", Severity.NOTE, "Worth knowing"),
    )
    monkeypatch.setenv("COLUMNS", "80")
    done = run("diagnose", "--proc", host / "proc")
    words, figures, rest = re.split(r"( \| .*)", done.out, maxsplit=1)
    assert "available=" in figures
    if os.environ.get("MEMTUI_UPDATE"):
        GOLDEN.write_text(words + rest)
    assert words + rest == GOLDEN.read_text()
    assert max(map(len, done.out.splitlines()[1:])) <= 80


def test_json_has_everything_that_is_said_of_a_finding(run: Run, judge: Judge, host: Path) -> None:
    judge(
        rule("cause", Severity.CRITICAL, "Memory is gone"),
        rule("effect", Severity.WARNING, "It waits", subject=ProcKey(7, 70)),
        rule("other", Severity.WARNING, "A group is full", subject="/a"),
    )
    done = run("diagnose", "--json", "--proc", host / "proc")
    (document,) = done.documents
    assert document["status"] == done.status == 2
    assert document["summary"] == "MEMORY CRITICAL - Memory is gone; 1 more"
    assert document["looked"] == {"seconds": pytest.approx(1, abs=0.1), "samples": 2, "rules": 3}
    cause, other = document["rows"]
    (effect,) = cause.pop("supports")
    assert datetime.fromisoformat(cause.pop("since")).utcoffset() is not None
    assert cause == {
        "id": "cause", "severity": "critical", "title": "Memory is gone", "seconds": pytest.approx(1, abs=0.1),
        "subject": None, "explanation": "What it means.",
        "evidence": [
            {"field": "MemFree", "value": 1 << 30, "threshold": 2 << 30, "unit": "bytes", "note": "of the machine"}
        ],
        "next_steps": [{"words": "look", "command": "memtui free"}],
    }  # fmt: skip
    assert (effect["id"], effect["subject"], effect["supports"]) == ("effect", {"pid": 7, "starttime": 70}, [])
    assert other["subject"] == "/a"


def test_a_number_without_end_is_null_in_json(run: Run, judge: Judge, host: Path) -> None:
    def check(facts: Facts, limits: Limits) -> Iterable[Symptom]:
        yield Symptom(Severity.NOTE, (Name("x|\x1b"), " ", size(None)), (Evidence("max", float("inf")),))

    judge(Rule("r", "R", "Why.", check))
    (document,) = run("diagnose", "--json", "--proc", host / "proc").documents
    assert document["rows"][0]["evidence"][0]["value"] is None
    assert "\x1b" not in document["rows"][0]["title"]


@pytest.mark.parametrize("name", ["numa1-6.12", "numa2-6.12", "numa4-6.12", "numa8-6.12", "host-6.18"])
def test_real_rules_say_the_same_in_both_faces(name: str, run: Run) -> None:
    proc = Path(__file__).parent.parent / "trees" / name / "proc"
    text, data = run("diagnose", "--proc", proc), run("diagnose", "--json", "--proc", proc)
    (document,) = data.documents
    assert text.status == data.status == document["status"]
    assert text.out.startswith(document["summary"] + " | ")
    severities = [("note", "warning", "critical").index(one["severity"]) for one in document["rows"]]
    assert severities == sorted(severities, reverse=True)
    assert data.status == max(severities, default=0)
    joined = " ".join(text.out.split())
    for one in document["rows"]:
        assert " ".join(one["title"].replace("|", "¦").split()) in joined


# -- what goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["diagnose", "--seconds", "1"], "'1'"),
        (["diagnose", "--seconds", "nan"], "'nan'"),
        (["diagnose", "--since", "-1"], "'-1'"),
        (["diagnose", "--nothing"], "--nothing"),
        (["diagnose", "more"], "more"),
        (["diagnose", "--proc", "/nonexistent"], "/nonexistent"),
        (["--proc", "/usr", "diagnose"], "no meminfo"),
        (["--tab", "memory", "diagnose"], "--tab"),
        (["-d", "nan", "diagnose"], "'nan'"),
        (["diagnose", "--sys", "/no|\n\x1b[2J"], r"/no¦\n\x1b[2J"),
    ],
)
def test_wrong_use_is_unknown_on_both_outputs(words: list[str], said: str, run: Run) -> None:
    done = run(*words)
    assert done.status == 3
    assert done.out.startswith("MEMORY UNKNOWN - ")
    assert done.err.startswith("memtui: ")
    assert said in done.out
    assert done.out.count("\n") == done.err.count("\n") == 1
    assert (done.out[:-1] + done.err[:-1]).isprintable()
    assert (run(*words, "--json").status, run(*words, "--json").out) == (3, "")


def test_a_file_of_that_name_is_no_plugin(run: Run) -> None:
    assert run("files", "diagnose", "--nothing").status == 2
    assert run("--filter", "diagnose", "-d", "nan").status == 2


def test_nothing_to_read_is_unknown(run: Run, tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "meminfo").write_bytes(b"")
    done = run("diagnose", "--proc", tmp_path / "proc")
    assert done.status == 3
    assert done.out.startswith("MEMORY UNKNOWN - meminfo: ")


def test_an_error_of_our_own_is_unknown_and_no_traceback(run: Run, judge: Judge, host: Path) -> None:
    def check(facts: Facts, limits: Limits) -> Iterable[Symptom]:
        raise RuntimeError("a rule | broke")

    judge(Rule("r", "R", "Why.", check))
    done = run("diagnose", "--proc", host / "proc")
    assert done.status == 3
    assert re.fullmatch(r"MEMORY UNKNOWN - RuntimeError: a rule ¦ broke \(test_diagnose.py:\d+\)\n", done.out)
    assert done.err.count("\n") == 1


def test_a_full_disk_is_unknown(host: Path) -> None:
    with open("/dev/full", "w") as full:
        words = [*MEMTUI, "diagnose", "--proc", str(host / "proc")]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "memtui: standard output: No space left on device\n")


def test_a_closed_pipe_ends_quietly(host: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    words = [*MEMTUI, "diagnose", "--proc", str(host / "proc")]
    done = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


# -- rules, settings, time ------------------------------------------------------------------------------------------


def test_rules_are_listed_with_the_thresholds_in_force(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "[findings]\noff = ['memory_pressure']\navailable_low.available = 8\nnothing.x = 1\n"
    (tmp_path / "c").write_text(text)
    monkeypatch.setenv("MEMTUI_CONFIG", str(tmp_path / "c"))
    (document,) = run("diagnose", "--rules", "--json").documents
    rows = {row["id"]: row for row in document["rows"]}
    assert list(rows) == [one.id for one in RULES]
    assert [row["id"] for row in document["rows"] if not row["applied"]] == ["memory_pressure"]
    (mark,) = rows["available_low"]["marks"]
    assert (mark["warning"], mark["critical"], mark["stays"]) == (8, 3, 13)
    assert mark["own"] == {"warning": 10, "critical": 5, "stays": 15}
    assert mark["unit"] == "percent" and "netdata" in mark["source"]
    assert document["unavailable"]["settings"].startswith(
        f"{tmp_path}/c: line 4: findings: there is no rule 'nothing'"
    )
    done = run("diagnose", "--rules")
    out = " ".join(done.out.split())
    assert done.status == 0
    for one in RULES:
        assert f"{one.id}: {one.title} (" in out
        for own in one.marks:
            assert own.meaning in out and own.source in out
    assert "available 8.0% 3.0% 13.0% percent of RAM" in out
    assert "set by you instead of 10.0% / 5.0% / 15.0%]" in out
    assert "memory_pressure: Memory pressure (off by the settings)" in out
    assert f"settings: {tmp_path}/c: line 4: " in out


def test_mistakes_in_the_settings_are_told_below_and_cost_no_status(
    run: Run, judge: Judge, host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c").write_text("[findings]\noff = 1\n")
    monkeypatch.setenv("MEMTUI_CONFIG", str(tmp_path / "c"))
    judge()
    done = run("diagnose", "--proc", host / "proc")
    assert (done.status, done.err) == (0, "")
    assert done.out.endswith(f"settings: {tmp_path}/c: line 2: findings.off: is not a list of rules; "
                             "memtui diagnose --rules lists them\n")  # fmt: skip
    (document,) = run("diagnose", "--json", "--proc", host / "proc").documents
    assert document["unavailable"]["settings"].startswith(f"{tmp_path}/c: line 2: ")


def kills(name: str) -> Rule:
    return rule(name, None, "", Mark("recent", 20.0, "seconds", Unit.SECONDS, stays=20.0, source=OWN))


@pytest.mark.parametrize(("words", "text", "recent"), [((), "", 300), (("--since", "60"), "", 60), ((), "30", 30)])
def test_a_kill_counts_as_now_for_as_long_as_was_asked_for(
    words: tuple[str, ...], text: str, recent: float, judge: Judge, monkeypatch: pytest.MonkeyPatch, host: Path
) -> None:
    monkeypatch.setattr(diagnose, "RULES", (*RULES, kills("k")))
    before = Preferences(marks={"k": {"recent": Changed(float(text))}}) if text else None
    since = float(words[1]) if words else None
    assert diagnose._patient(before or Preferences(), 5, since).marks["k"]["recent"].warning == recent


def test_a_kill_that_is_now_is_not_past_as_well() -> None:
    marks = diagnose._patient(Preferences(), 5, 60.0).marks
    assert {name for name, changes in marks.items() if "recent" in changes} == {"oom_kill", "cgroup_oom", "oom_next"}
    assert marks["oom_killed_earlier"] == {"after": Changed(60.0)}


def test_of_a_recorded_tree_its_two_instants_are_judged(run: Run, judge: Judge, host: Path) -> None:
    asked = judge(rule("r", Severity.WARNING, hold=8.0))
    assert run("diagnose", "--proc", host / "proc").status == 1
    assert [one.patience for one in asked] == [0.0]


class Fake:
    """A stream that gives the snapshot of a recorded tree as if it were running, and keeps what was asked of it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.asked: list[Request] = []
        self.closed = False

    def step(self, request: Request) -> Any:
        self.asked.append(request)
        return self._stream.step(request)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(("seconds", "pauses"), [(2.0, 1.0), (5.0, 1.0), (2.6, 2.6 / 3)])
def test_it_looks_once_a_second_and_at_all_that_rules_need_at_the_first_and_the_last(
    seconds: float, pauses: float, run: Run, judge: Judge, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Preferences | None] = []
    streams: list[Fake] = []
    clock = [0.0]

    def stream(source: ProcSource, *, preferences: Preferences | None) -> Fake:
        asked.append(preferences)
        streams.append(Fake(recorded.Recorded(source)))
        return streams[-1]

    def sleep(span: float) -> None:
        assert span == pytest.approx(pauses)
        clock[0] += span

    monkeypatch.setattr(diagnose, "open_stream", stream)
    monkeypatch.setattr(ProcSource, "live", True)
    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    look = diagnose._look(ProcSource(str(host / "proc"), str(host / "sys")), seconds, Preferences(patience=1.0))
    (fake,) = streams
    first, *between, last = fake.asked
    assert look.samples == len(fake.asked) == round(seconds) + 1
    assert first.complete and fake.closed
    assert not any(one.complete for one in (*between, last))
    seldom = Need.CGROUPS | Need.NODES | Need.MEMORY | Need.SLABS
    assert [bool(seldom & one.needs) for one in fake.asked] == [True, *[False] * len(between), True]
    assert [Need.SMAPS in one.needs for one in fake.asked] == [False, *[True] * round(seconds)]
    assert first.needs & last.needs & (seldom | Need.FINDINGS) == seldom | Need.FINDINGS
    assert last.paths == tuple(look.snapshot.cgroups.rows if look.snapshot.cgroups else ())
    assert asked == [Preferences(patience=1.0)]


def test_what_held_for_a_part_of_the_look_is_told() -> None:
    assert diagnose._patient(Preferences(), 5, None).patience == 2.0
    assert (diagnose._patient(Preferences(), 2, None).patience or 9) < 1.0
