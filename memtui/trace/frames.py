"""Addresses of a stack as frames that people can read: function, module, offset, and the source line where known."""

import ctypes
import time
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple

from memtui.trace.code import Code, Module
from memtui.trace.elf import BadElf
from memtui.trace.lines import Lines

_LONGEST_NAME: Final = 1024  # of a mangled name; the demangler is C code, and the name may be anybody's
_DEMANGLE: Final = "__cxa_demangle"  # as an attribute in a class its name would be mangled, by Python
LINES_BUDGET: Final = 2.0  # seconds for the source lines of one report


class Frame(NamedTuple):
    """One frame. `offset` is from the function's start or, where it has no name, from the module's.

    `function` and `source` (file:line) are empty where they aren't known, `module` is the file's name or what the
    kernel calls the mapping; empty for none.
    """

    address: int
    function: str
    offset: int
    module: str
    source: str = ""


class Namer:
    """Names the frames of one process. `clock` is seconds; source lines are looked up while their time lasts."""

    def __init__(self, code: Code, clock: Callable[[], float] = time.monotonic) -> None:
        self._code, self._clock = code, clock
        self._lines: dict[int, Lines] = {}
        self._left = LINES_BUDGET

    def frame(self, address: int, *, called: bool) -> Frame:
        """The frame of an instruction; `called`: it is where a call returns to, and the call stands before it."""
        place = self._code.locate(address)
        if place.module is None:
            return Frame(address, "", 0, place.path.strip("[]") or "no file")
        module = place.module
        symbol = module.function_at(place.address - called)
        source = self._source(module, place.address - called)
        if symbol is None:
            return Frame(address, "", place.address, module.name, source)
        return Frame(address, demangle(symbol.name), place.address - symbol.address, module.name, source)

    def renew_budget(self) -> None:
        """Give source lines their time again: a new report."""
        self._left = LINES_BUDGET

    def _source(self, module: Module, address: int) -> str:
        if self._left <= 0:
            return ""
        lines = self._lines.get(id(module))
        if lines is None:
            lines = self._lines[id(module)] = Lines(module.debug)
        started = self._clock()
        try:
            return lines.at(address)
        except BadElf:
            return ""
        finally:
            self._left -= self._clock() - started


@lru_cache(maxsize=8192)
def demangle(name: str) -> str:
    """The C++ name behind a mangled one; any other name as it is, without the version that linkers add."""
    name = name.partition("@")[0]
    if not name.startswith("_Z") or len(name) > _LONGEST_NAME:
        return name
    plain, dot, clone = name.partition(".")  # `.isra.0`, `.part.1`: what the compiler made of a function
    shown = _demangler.name(plain)
    return f"{shown} [{clone}]" if dot and shown != plain else shown


class _Demangler:
    """__cxa_demangle of the C++ library, if there is one."""

    @cached_property
    def _libraries(self) -> tuple[Any, Any] | None:
        try:
            runtime, libc = ctypes.CDLL("libstdc++.so.6"), ctypes.CDLL(None)
            function = getattr(runtime, _DEMANGLE)
        except (OSError, AttributeError):
            return None
        function.restype = ctypes.c_void_p
        function.argtypes = [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int)]
        libc.free.argtypes = [ctypes.c_void_p]
        return function, libc.free

    def name(self, mangled: str) -> str:
        """The name, or the mangled one where it can't be read."""
        if self._libraries is None:
            return mangled
        function, free = self._libraries
        status = ctypes.c_int()
        found = function(mangled.encode("utf-8", "surrogateescape"), None, None, ctypes.byref(status))
        if not found:
            return mangled
        try:
            return ctypes.string_at(found).decode("utf-8", "surrogateescape")
        finally:
            free(found)


_demangler: Final = _Demangler()
