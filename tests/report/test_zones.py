"""`memtui zones --json` against the very files, field by field, with 1, 2, 4 and 8 nodes; and what numactl said."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memtui.proc import buddyinfo

Run = Callable[..., Any]
FIELDS = ("free", "boost", "min", "low", "high", "promo", "spanned", "present", "managed", "cma")


@pytest.fixture(params=[1, 2, 4, 8])
def nodes(request: pytest.FixtureRequest, host: Path) -> Path:
    """A machine with that many nodes."""
    return host.parent / f"numa{request.param}-6.12"


def by_grep(text: str) -> dict[tuple[int, str], dict[str, int]]:
    """Every `name number` line of a zone, by plain text; per-node stats too, under `node:name`."""
    found: dict[tuple[int, str], dict[str, int]] = {}
    for block in re.split(r"^Node ", text, flags=re.MULTILINE)[1:]:
        head, *lines = block.splitlines()
        node, zone = re.fullmatch(r"(\d+), zone +(\S+)", head).groups()  # type: ignore[union-attr]
        values = found.setdefault((int(node), zone), {})
        prefix = ""
        for line in lines:
            if line.strip() == "per-node stats":
                prefix = "node:"
            elif got := re.fullmatch(r"  pages free +(\d+)", line):
                prefix, values["free"] = "", int(got[1])
            elif got := re.fullmatch(r" {6,8}([a-z_0-9]+) +(\d+)", line):
                values[prefix + got[1]] = int(got[2])
            elif got := re.fullmatch(r"  (start_pfn|node_unreclaimable): +(\d+)", line):
                values[got[1]] = int(got[2])
    return found


def test_every_field_is_that_of_the_files(run: Run, nodes: Path) -> None:
    (document,) = run("zones", "--json", "--proc", nodes / "proc").documents
    expected = by_grep((nodes / "proc" / "zoneinfo").read_text())
    blocks = buddyinfo.parse((nodes / "proc" / "buddyinfo").read_bytes())
    rows = {(row["node"], row["zone"]): row for row in document["rows"]}
    assert rows.keys() == expected.keys()
    stats = {one["node"]: one["stats"] for one in document["nodes"]}
    for key, values in expected.items():
        row = rows[key]
        assert {name: row[name] for name in FIELDS} == {name: values[name] for name in FIELDS}
        for name, value in values.items():
            if name.startswith("node:"):
                assert stats[key[0]][name.removeprefix("node:")] == value
            elif name not in FIELDS:
                assert row["stats"].get(name, row.get(name)) == value, name
        assert row["free_blocks"] == (list(blocks[key]) if key in blocks else None)


def test_numactl_says_the_same(run: Run, nodes: Path) -> None:
    (document,) = run("zones", "--json", "--proc", nodes / "proc").documents
    said = (nodes / "numactl.txt").read_text()
    found = {node["node"]: node for node in document["nodes"]}
    sizes = {int(node): int(size) for node, size in re.findall(r"node (\d+) size: (\d+) MB", said)}
    assert {node: one["size"] >> 20 for node, one in found.items()} == sizes
    for node, free in re.findall(r"node (\d+) free: (\d+) MB", said):
        assert abs((found[int(node)]["free"] >> 20) - int(free)) <= 40  # a moment later, under load
    for node, cpus in re.findall(r"node (\d+) cpus: ?(.*)", said):
        assert found[int(node)]["cpus"] == ",".join(cpus.split())
    matrix = re.findall(r"^ +(\d+): +([\d ]+)$", said, re.MULTILINE)
    assert {int(node): [int(one) for one in row.split()] for node, row in matrix} == {
        node: one["distances"] for node, one in found.items()
    }


def test_the_text_names_every_node_and_zone(run: Run, nodes: Path) -> None:
    out = run("zones", "--proc", nodes / "proc").out
    count = int(re.search(r"numa(\d)", nodes.name)[1])  # type: ignore[index]
    assert len(re.findall(r"^ - Node \d", out, re.MULTILINE)) == (count if count > 1 else 0)
    assert out.count("to kswapd") == count
