"""On which nodes the pages of a process are."""

from memtui.proc.numa_maps import NumaMaps
from memtui.view import format as fmt
from memtui.view.bars import meter
from memtui.view.blocks import heading
from memtui.view.lines import Line, Span, Tone
from memtui.view.text import sanitize

_BAR = 20


def numa_lines(maps: NumaMaps, nodes: int, width: int) -> list[Line]:
    """A line for each node; every line at most `width` cells."""
    total = sum(maps.nodes.values())
    policies = ", ".join(f"{count} {sanitize(name)}" for name, count in sorted(maps.policies.items()))
    lines = [heading("Nodes", width, f"{fmt.size(total)} on {nodes} nodes; mappings by policy: {policies}")]
    titles = f"{'node':>4} {'resident':>8} {'%':>5} {'anon':>6} {'file':>6} {'huge':>6}"
    lines.append((Span(titles, Tone.HEAD),))
    for node in sorted(maps.nodes.keys() | set(range(nodes))):
        size = maps.nodes.get(node, 0)
        share = 100 * size / total if total else None
        kinds = " ".join(f"{fmt.size(kind.get(node, 0)):>6}" for kind in (maps.anon, maps.file, maps.huge))
        text = f"{node:>4} {fmt.size(size):>8} {fmt.percent(share):>5} {kinds}  "
        room = min(_BAR, width - len(text))
        lines.append((Span(text), *(meter(size, total, room, Tone.ANON) if room > 0 else ())))
    return lines
