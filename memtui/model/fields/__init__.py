"""The one table of quantities: key, title, unit, source in the kernel, meaning, and when it is bad.

Columns, sort menu, help, glossary and JSON keys come from here; nothing restates it. `title` is what the screen's
narrow places show, `key` is the JSON key and, for processes, the attribute of `model.process.Process`.
"""

from typing import Final

from memtui.model.fields.cache import CACHE
from memtui.model.fields.cgroup import CGROUP
from memtui.model.fields.delay import DELAY
from memtui.model.fields.detail import DETAIL
from memtui.model.fields.field import Field, Unit
from memtui.model.fields.files import FILES
from memtui.model.fields.kill import KILL
from memtui.model.fields.leaks import GROWTH, LEAK
from memtui.model.fields.mapping import MAPPING
from memtui.model.fields.memory import ACCOUNT, MEMORY, PRESSURE
from memtui.model.fields.process import GROUP, PROCESS
from memtui.model.fields.reclaim import RATES, ZONE
from memtui.model.fields.slab import SLAB

__all__ = [
    "ACCOUNT",
    "CACHE",
    "CGROUP",
    "DELAY",
    "DETAIL",
    "FILES",
    "GLOSSARY",
    "GROUP",
    "GROWTH",
    "KILL",
    "LEAK",
    "MAPPING",
    "MEMORY",
    "PRESSURE",
    "PROCESS",
    "RATES",
    "SLAB",
    "ZONE",
    "Field",
    "Unit",
]

GLOSSARY: Final[tuple[tuple[str, dict[str, Field]], ...]] = (
    ("Processes", PROCESS),
    ("Drilldown", DETAIL),
    ("Mappings of a process", MAPPING),
    ("Delays of a process", DELAY),
    ("Memory", MEMORY),
    ("Account of RAM", ACCOUNT),
    ("Rates", RATES),
    ("Zones", ZONE),
    ("Page cache", CACHE),
    ("Files in the page cache", FILES),
    ("Growth", GROWTH),
    ("Leaks", LEAK),
    ("Pressure", PRESSURE),
    ("Cgroups", CGROUP),
    ("Slab caches", SLAB),
    ("OOM kills", KILL),
)
