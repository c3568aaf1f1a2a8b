"""The mappings of a process as rows: kinds, under them names, under those single mappings, folded or open."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

from memtui.model.fields import MAPPING
from memtui.model.mappings import AddressSpace, Group, Kind, gather
from memtui.proc import mappings as smaps
from memtui.view.grid import Column, Grid
from memtui.view.lines import Tone
from memtui.view.text import sanitize

SIZES: Final = ("size", "rss", "pss", "uss", "swap", "referenced", "anon_huge")
DEFAULT_SORT: Final = "pss"
_WIDTHS: Final = {"mappings": 5, "growth": 7, "group": 12}
_SIZE_WIDTH: Final = 6
_PLURALS: Final = {
    Kind.LIBRARY: "libraries",
    Kind.FILE: "files",
    Kind.DEVICE: "devices",
    Kind.NAMED: "named",
    Kind.KERNEL: "of the kernel",
    Kind.STACK: "stacks",
}
_TONES: Final = {
    Kind.PROGRAM: Tone.FILE,
    Kind.LIBRARY: Tone.FILE,
    Kind.FILE: Tone.FILE,
    Kind.HEAP: Tone.ANON,
    Kind.ARENA: Tone.ANON,
    Kind.ANONYMOUS: Tone.ANON,
    Kind.NAMED: Tone.ANON,
    Kind.STACK: Tone.ANON,
    Kind.SHM: Tone.SHMEM,
    Kind.HUGETLB: Tone.HUGE,
    Kind.RESERVED: Tone.FREE,
    Kind.DEVICE: Tone.KERNEL,
    Kind.KERNEL: Tone.KERNEL,
}


def tone_of(kind: Kind) -> Tone:
    """The tone of a kind of mapping: that of the memory which it mostly holds."""
    return _TONES[kind]


def kind_word(kind: Kind) -> str:
    """A kind as a heading: in the plural where it is of things."""
    return _PLURALS.get(kind, kind.value)


class Row(NamedTuple):
    """A line of the table: a kind, a name or a mapping, `depth` 0 to 2; `opened` is None where nothing is below it.

    `item` has the sizes, `growth` is the change of its RSS since the reading before (None: there was none).
    """

    depth: int
    key: Hashable
    kind: Kind
    title: str
    item: Group | smaps.Mapping
    opened: bool | None = None
    growth: int | None = None

    @property
    def mappings(self) -> int:
        """How many mappings it is made of."""
        return len(self.item.mappings) if isinstance(self.item, Group) else 1


Before = Mapping[Hashable, int]
"""RSS by row key at the reading before."""


def rows(
    space: AddressSpace,
    opened: Collection[Hashable],
    sort: str = DEFAULT_SORT,
    *,
    reverse: bool = False,
    before: Before | None = None,
) -> list[Row]:
    """The rows that are to be seen: the kinds, and what is below those whose keys are in `opened`."""
    out: list[Row] = []

    def add(depth: int, key: Hashable, kind: Kind, title: str, item: Group | smaps.Mapping, *, leaf: bool) -> bool:
        grown = None if before is None else item.rss - before.get(key, 0)
        out.append(Row(depth, key, kind, title, item, None if leaf else key in opened, grown))
        return key in opened

    def add_mappings(depth: int, group: Group) -> None:
        for mapping in _sorted(group.mappings, sort, reverse=reverse):
            add(depth, mapping.start, group.kind, mapping_title(mapping), mapping, leaf=True)

    for kind, groups in _sorted_kinds(space, sort, reverse=reverse):
        whole = groups[0] if len(groups) == 1 else _sum(kind, groups)
        title = kind_title(kind, groups)
        if not add(0, kind, kind, title, whole, leaf=len(whole.mappings) == 1 and len(groups) == 1):
            continue
        if len(groups) == 1:
            add_mappings(1, whole)
            continue
        for group in _sorted(groups, sort, reverse=reverse):
            if add(1, group.key, kind, group_title(group), group, leaf=False):
                add_mappings(2, group)
    return out


def sizes_by_key(space: AddressSpace) -> dict[Hashable, int]:
    """RSS of everything that may have a row, for the growth up to the next reading."""
    found: dict[Hashable, int] = {one.start: one.rss for one in space.mappings}
    for group in space.groups:
        found[group.key] = group.rss
        found[group.kind] = found.get(group.kind, 0) + group.rss
    return found


def kind_title(kind: Kind, groups: Sequence[Group]) -> str:
    """A kind in words: its only name, or how many names it has."""
    if len(groups) > 1:
        return f"{len(groups)} {kind_word(kind)}"
    name = group_title(groups[0])
    return name if name.startswith(kind.value) else f"{kind.value} {name}"


def group_title(group: Group) -> str:
    """The name of a group, of a path only the end, safe to show."""
    return shown(group.name.rpartition("/")[2] or group.name)


def full_name(group: Group) -> str:
    """The name of a group, paths in full, safe to show."""
    return shown(group.name)


def mapping_title(mapping: smaps.Mapping) -> str:
    """A mapping by its addresses and permissions."""
    return f"{mapping.start:x}-{mapping.end:x} {mapping.perms}"


def flags_in_words(mapping: smaps.Mapping) -> str:
    """VmFlags as words; one that is not known stands as it is."""
    return ", ".join(smaps.FLAGS.get(flag, shown(flag)) for flag in mapping.vm_flags)


@lru_cache(maxsize=4096)
def shown(text: str) -> str:
    """A text from outside as it may be shown."""
    return sanitize(text)


def columns(*, growth: bool, count: bool = True) -> list[Column[Row]]:
    """The columns of the table; `growth` where there was a reading before."""
    keys = [*SIZES, *(["growth"] if growth else []), *(["mappings"] if count else [])]
    found = [Column(MAPPING[key], _WIDTHS.get(key, _SIZE_WIDTH), value_of(key)) for key in keys]
    return [*found, Column(MAPPING["name"], 0, attrgetter("title"), _tone, _indented)]


def value_of(key: str) -> Callable[[Row], Any]:
    """What a column shows and sorts by."""
    if key in ("growth", "mappings"):
        return attrgetter(key)
    return attrgetter(f"item.{key}")


def grid(width: int, sort: str, *, reverse: bool, growth: bool) -> Grid[Row]:
    """The table at a width; on a narrow screen the number of mappings gives way to the names."""
    return Grid(tuple(columns(growth=growth, count=width >= 90)), width, sort, reverse)


def _tone(row: Row) -> Tone:
    return Tone.PLAIN if row.depth else _TONES[row.kind]


def _indented(row: Row) -> str:
    mark = "  " if row.opened is None else "▾ " if row.opened else "▸ "
    return "  " * row.depth + mark + row.title


def _sum(kind: Kind, groups: Sequence[Group]) -> Group:
    return gather((kind, ""), [mapping for group in groups for mapping in group.mappings])


def _sorted_kinds(space: AddressSpace, sort: str, *, reverse: bool) -> list[tuple[Kind, list[Group]]]:
    kinds: dict[Kind, list[Group]] = {}
    for group in space.groups:
        kinds.setdefault(group.kind, []).append(group)
    found = list(kinds.items())
    if sort == "name":
        return sorted(found, key=lambda entry: entry[0].value, reverse=reverse)
    if sort == "mappings":
        return sorted(found, key=lambda entry: _count(entry[1]), reverse=not reverse)
    key = attrgetter(sort if sort in SIZES else DEFAULT_SORT)
    return sorted(found, key=lambda entry: sum(key(group) or 0 for group in entry[1]), reverse=not reverse)


def _count(groups: Sequence[Group]) -> int:
    return sum(len(group.mappings) for group in groups)


def _sorted(items: Sequence[Any], sort: str, *, reverse: bool) -> list[Any]:
    """Groups or mappings; mappings of one size in the order of their addresses."""
    if sort in SIZES:
        return sorted(items, key=lambda item: getattr(item, sort) or 0, reverse=not reverse)
    if sort == "name":
        return sorted(items, key=lambda item: getattr(item, "name", "") or getattr(item, "start", 0), reverse=reverse)
    return sorted(items, key=lambda item: item.rss, reverse=not reverse)


# -- as text -----------------------------------------------------------------------------------------------------


def group_columns(*, narrow: bool) -> list[Column[Group]]:
    """The columns of the text face, one row for each group; narrow, with fewer of them and the ends of paths."""
    keys = SIZES if narrow else (*SIZES, "locked", "hugetlb")
    sizes: list[Column[Group]] = [Column(MAPPING[key], _SIZE_WIDTH, attrgetter(key)) for key in keys]
    count: Column[Group] = Column(MAPPING["mappings"], 5, lambda group: len(group.mappings))
    return [
        *sizes,
        *([] if narrow else [count]),
        Column(MAPPING["group"], _WIDTHS["group"], lambda group: group.kind.value),
        Column(MAPPING["name"], 0, group_title if narrow else full_name),
    ]


def mapping_columns(kinds: Mapping[int, Kind]) -> list[Column[smaps.Mapping]]:
    """The columns of the text face, one row for each mapping; `kinds` by first address."""
    sizes: list[Column[smaps.Mapping]] = [Column(MAPPING[key], _SIZE_WIDTH, attrgetter(key)) for key in SIZES]
    hexadecimal: list[Column[smaps.Mapping]] = [
        Column(MAPPING["start"], 16, attrgetter("start"), text=lambda one: f"{one.start:x}"),
        Column(MAPPING["end"], 16, attrgetter("end"), text=lambda one: f"{one.end:x}"),
        Column(MAPPING["perms"], 4, attrgetter("perms")),
        Column(MAPPING["offset"], 9, attrgetter("offset"), text=lambda one: f"{one.offset:x}"),
    ]
    return [
        *hexadecimal,
        *sizes,
        Column(MAPPING["group"], _WIDTHS["group"], lambda one: kinds[one.start].value),
        Column(MAPPING["path"], 0, lambda one: shown(one.path)),
    ]
