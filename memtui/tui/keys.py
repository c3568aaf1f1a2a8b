"""Every key in one table: bindings, the key bar and the help are made from it.

Keys follow htop first, top where htop leaves the key free.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from textual.binding import Binding


class Key(NamedTuple):
    """Keys (comma-separated, Textual's names) for an action, with the words of the help and of the key bar."""

    keys: str
    action: str
    shown: str
    help: str
    bar: str = ""


EVERYWHERE: Final = (
    Key("question_mark,h,f1", "help", "F1 h ?", "this help", "Help"),
    Key("tab", "next_tab(1)", "Tab", "next tab; Shift-Tab the one before"),
    Key("shift+tab", "next_tab(-1)", "", ""),
    Key("1,2,3,4,5,6,7", "", "1 … 7", "go to a tab"),
    Key("exclamation_mark", "findings", "!", "the Findings tab: what is wrong now"),
    Key("Z", "app.pause", "Z", "pause: the screen stands still, sampling goes on"),
    Key("d", "delay", "d", "change the interval between samples"),
    Key("ctrl+l,ctrl+r", "app.refresh", "Ctrl-L", "sample and redraw now"),
    Key("q,f10,ctrl+c", "app.quit", "F10 q", "quit", "Quit"),
)

MOVE: Final = (
    Key("up,ctrl+p,alt+k", "move(-1)", "↑ ↓", "move the cursor"),
    Key("down,ctrl+n,alt+j", "move(1)", "", ""),
    Key("pageup,ctrl+b", "page(-1)", "PgUp PgDn", "move by a page"),
    Key("pagedown,ctrl+f", "page(1)", "", ""),
    Key("home", "ends(False)", "Home End", "first and last row"),
    Key("end", "ends(True)", "", ""),
)

TABLE: Final = (
    *MOVE,
    Key("left,alt+h", "sideways(-1)", "← →", "scroll to the columns that don't fit"),
    Key("right,alt+l", "sideways(1)", "", ""),
    Key("circumflex_accent,ctrl+a", "left_edge", "^", "back to the first column"),
    Key("enter", "open", "Enter", "drilldown into the process", "Enter Open"),
    Key("f6", "sort_menu", "F6", "choose the column to sort by", "Sort"),
    Key("less_than_sign", "sort_next(-1)", "< >", "sort by the column to the left, to the right"),
    Key("greater_than_sign", "sort_next(1)", "", ""),
    Key("I,R", "reverse", "I R", "reverse the order"),
)

PROCESSES: Final = (
    *TABLE,
    Key("f2,C,f", "columns", "F2 C", "choose and order the columns", "Setup"),
    Key("M", "sort('res')", "M P T N", "sort by memory (RES), %CPU, TIME+, PID"),
    Key("P", "sort('cpu_pct')", "", ""),
    Key("T", "sort('cpu_time')", "", ""),
    Key("N", "sort('pid')", "", ""),
    Key("S", "sort('pss')", "S", "sort by PSS"),
    Key("slash,f3,L", "search", "F3 /", "search; again: the next match", "Search"),
    Key(
        "backslash,f4,o",
        "filter",
        "F4 \\",
        "show only what passes: words, pss>100M, user=root, cmd~java",
        "Filter",
    ),
    Key("f5,t,V", "tree", "F5 t V", "tree: who started whom", "Tree"),
    Key("plus,minus,equals_sign", "fold", "+ -", "fold or unfold the branch under the cursor"),
    Key("asterisk", "fold_all", "*", "fold or unfold all branches"),
    Key("g", "group_menu", "g", "add up by program, user, cgroup or container; Enter opens a group, Esc goes back"),
    Key("escape", "back", "", ""),
    Key("u", "user_menu", "u", "show one user's processes only"),
    Key("K", "kernel_threads", "K", "show or hide kernel threads"),
    Key("p", "full_command", "p", "whole command lines or program names"),
    Key("space", "tag", "Space", "tag a row; what follows is done to all tagged ones"),
    Key("c", "tag_branch", "c", "tag a process and all it has started"),
    Key("U", "untag", "U", "untag all"),
    Key("f7,right_square_bracket", "nice(-1)", "F7 F8", "favour (nice - 1), or hold back (nice + 1)", "Nice-"),
    Key("f8,left_square_bracket", "nice(1)", "", "", "Nice+"),
    Key("r", "renice", "r", "set the nice value"),
    Key("f9,k", "kill", "F9 k", "send a signal, after a question", "Kill"),
    Key("O", "oom_adj", "O", "set oom_score_adj: how ready the OOM killer is to take it"),
    Key("a", "act", "a", "all that can be done: signal, pause, nice, OOM, reclaim its memory"),
    Key("W", "save", "W", "save the settings: columns, order, view, interval, tab"),
    Key("F", "follow", "F", "keep the cursor's row in view"),
)

LEAKS: Final = (
    *TABLE[: len(MOVE)],
    Key("enter", "open", "Enter", "where a process grows, and which code does it", "Enter Open"),
    *TABLE[len(MOVE) + 4 :],
    Key("t", "trace(False)", "t", "trace allocations by stack, after a question; again: stop", "Trace"),
    Key("T", "trace(True)", "T", "two-phase trace: doesn't probe free, looks into the heap afterwards"),
    Key("w", "window", "w", "how long to trace, and to watch frees after that", "Window"),
    Key("a", "age", "a", "least age of blocks that count"),
    Key("s", "size", "s", "least size of blocks that count"),
    Key("l", "limit", "l", "share of a CPU at which a trace stops by itself"),
    Key("o", "drilldown", "o", "drilldown into the process", "Drilldown"),
    Key("escape", "back", "Esc", "back to the ranking"),
)

CGROUPS: Final = (
    *(key for key in TABLE if key.action != "open"),
    Key("enter", "open", "Enter", "the processes in it and below it", "Enter Processes"),
    Key("backslash,f4,o,slash,f3", "filter", "F4 \\", "show only cgroups with these words in their path", "Filter"),
    Key("f5,t,V", "tree", "F5 t V", "tree or flat", "Tree"),
    Key("plus,minus,equals_sign", "fold", "+ -", "fold or unfold the branch under the cursor"),
    Key("asterisk", "fold_all", "*", "fold or unfold all branches"),
    Key("escape", "back", "Esc", "take the filter away"),
)

CACHE: Final = (
    *TABLE,
    Key("c", "cumulative", "c", "pages over the last interval, or since the counting began", "Sum"),
    Key("p", "pin", "p", "pin the instrument: it counts on while other tabs are open"),
    Key("f", "files", "f", "files of the process under the cursor, and what of each is in the page cache", "Files"),
    Key("o", "path", "o", "files below a path that is typed"),
    Key("x", "drop", "x", "drop clean caches of the whole machine, after a question"),
)

FILES: Final = (
    *(key for key in TABLE if key.action != "open"),
    Key("F", "follow", "F", "keep the cursor's row in view"),
)

FILES_SCREEN: Final = (
    Key("r", "again", "r", "look again", "Again"),
    Key("o", "path", "o", "files below another path", "Path"),
    Key("x", "drop", "x", "drop the clean cached pages of the file under the cursor, after a question", "Drop"),
    Key("escape,q,backspace,f10", "close", "Esc q", "stop looking; then back", "Back"),
    Key("question_mark,h,f1", "help", "F1 h ?", "this help", "Help"),
    Key("Z", "app.pause", "Z", "pause"),
    Key("ctrl+c", "app.quit", "Ctrl-C", "quit"),
)

PAGE: Final = (
    Key("up,ctrl+p,alt+k", "move(-1)", "↑ ↓", "scroll"),
    Key("down,ctrl+n,alt+j", "move(1)", "", ""),
    Key("pageup,ctrl+b", "page(-1)", "PgUp PgDn", "scroll by a page"),
    Key("pagedown,ctrl+f,space", "page(1)", "", ""),
    Key("home", "ends(False)", "Home End", "top and bottom"),
    Key("end", "ends(True)", "", ""),
)

CURSOR_PAGE: Final = (
    *PAGE,
    Key("enter", "open", "Enter", "what is behind the line under the cursor", "Enter Open"),
)

SETTINGS: Final = (
    *CURSOR_PAGE,
    Key("backspace", "restore", "Backspace", "set the setting under the cursor back to what it was before"),
)

SWAP: Final = (
    *SETTINGS,
    Key("s", "sort", "s", "processes by their swap (SWAP) or their share of it (SWPSS)", "Sort"),
    Key("f9", "clear", "F9", "clear swap: off and on again, after a question", "Clear"),
)

MEMORY: Final = (
    *SETTINGS,
    Key("z", "jump", "z", "to the zones and nodes; again: back to the account", "Zones"),
    Key("plus,minus,equals_sign", "fold", "+ -", "fold or unfold the node under the cursor"),
    Key("asterisk", "fold_all", "*", "fold or unfold all nodes"),
)

FINDINGS: Final = (
    *PAGE,
    Key(
        "enter",
        "open",
        "Enter",
        "go where the finding or step leads: a tab, process, cgroup",
        "Enter Go",
    ),
    Key("s", "steps", "s", "choose among the steps of the finding", "Steps"),
    Key("y", "command", "y", "the command of the step, which goes to the terminal's clipboard too", "Command"),
    Key("e", "timeline", "e", "time line: what happened while memtui ran; Enter leads there", "Events"),
    Key("r", "rules", "r", "all rules: what is watched, at which thresholds, and who published them", "Rules"),
    Key("escape", "back", "Esc", "back to the findings"),
)

SHEET: Final = (
    Key("escape,q,backspace,f10", "close", "Esc q", "back", "Back"),
    Key("question_mark,h,f1", "help", "F1 h ?", "this help", "Help"),
    Key("Z", "app.pause", "Z", "pause"),
    Key("ctrl+c", "app.quit", "Ctrl-C", "quit"),
)

SHEET_TABLE: Final = tuple(key for key in TABLE if key.action != "open")

ACTIONS: Final = (
    Key("f7,right_square_bracket", "nice(-1)", "F7 F8", "favour (nice - 1), or hold back (nice + 1)", "Nice-"),
    Key("f8,left_square_bracket", "nice(1)", "", "", "Nice+"),
    Key("f9,k", "kill", "F9 k", "send a signal, after a question", "Kill"),
    Key("O", "oom_adj", "O", "set oom_score_adj: how ready the OOM killer is to take it"),
    Key("a", "act", "a", "all that can be done: signal, pause, nice, OOM, reclaim its memory"),
)

DRILLDOWN: Final = (
    Key("escape,q,backspace,f10", "close", "Esc q", "back to the table", "Back"),
    Key("question_mark,h,f1", "help", "F1 h ?", "this help", "Help"),
    Key("tab", "next_section(1)", "Tab", "next section; Shift-Tab the one before"),
    Key("shift+tab", "next_section(-1)", "", ""),
    Key("1,2,3,4,5,6,7,8", "", "1 … 8", "go to a section"),
    Key("left,alt+h", "step(-1)", "← →", "the process before, and the next one, in the order of the table"),
    Key("right,alt+l", "step(1)", "", ""),
    *ACTIONS,
    Key("f", "cached_files", "f", "its files, and what of each is in the page cache"),
    Key("Z", "app.pause", "Z", "pause"),
    Key("ctrl+l,ctrl+r", "app.refresh", "Ctrl-L", "sample and redraw now"),
    Key("ctrl+c", "app.quit", "Ctrl-C", "quit"),
)

READING: Final = (
    Key("r", "again", "r", "read again", "Read"),
    Key("x", "cancel", "x", "cancel a reading that is under way"),
)

SPACE: Final = (
    *MOVE,
    Key("enter,space", "fold", "Enter", "open a kind into names, a name into mappings; or close it", "Enter Open"),
    Key("asterisk", "fold_all", "*", "open or close all kinds"),
    *READING,
    Key("A", "auto", "A", "read again and again, with the change of RSS since the reading before"),
    Key("p", "picture", "p", "the picture of the address space, beside the table or in its place"),
    Key("less_than_sign", "sort_next(-1)", "< >", "sort by the column to the left, to the right"),
    Key("greater_than_sign", "sort_next(1)", "", ""),
    Key("I,R", "reverse", "I R", "reverse the order"),
)

HISTORY: Final = (
    Key("plus,equals_sign", "zoom(1)", "+ -", "less time in more detail; more time"),
    Key("minus", "zoom(-1)", "", ""),
)

COLUMNS: Final = (
    *MOVE,
    Key("space", "show_hide", "Space", "show or hide the column", "Show"),
    Key(
        "shift+up,left,less_than_sign,left_square_bracket",
        "carry(-1)",
        "< >",
        "move the column to the left, to the right",
    ),
    Key("shift+down,right,greater_than_sign,right_square_bracket", "carry(1)", "", ""),
    Key("enter,f10", "accept", "Enter", "take these columns", "Enter Take"),
    Key("escape,q,f2", "cancel", "Esc", "leave them as they were", "Cancel"),
)

HELP: Final = (*PAGE, Key("escape,q,f1,h,question_mark,enter,f10", "close", "Esc q", "close the help", "Close"))


def bindings(keys: Iterable[Key]) -> list[Binding]:
    """Textual's bindings for a table of keys; a key without an action is only described."""
    return [Binding(key.keys, key.action, key.help, show=False) for key in keys if key.action]
