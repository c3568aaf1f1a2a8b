"""Opens the monitor: the first sample is taken while Textual is being loaded, which takes far longer."""

import gc
import os
import sys
from typing import Final

from memtui import settings_file
from memtui.options import Options
from memtui.proc.source import ProcSource
from memtui.sampling.loop import Loop
from memtui.sampling.recorded import open_stream
from memtui.sampling.request import Need, Request
from memtui.settings import Settings
from memtui.view.header import Identity
from memtui.view.processes import DEFAULT_COLUMNS, TableSpec

_SWITCH: Final = 0.0005  # seconds after which the sampler's thread gives way to a key (Python's own default: 0.005)


def run(options: Options) -> int:
    """Run the monitor until the user leaves it; the exit status.

    The first sample reads no rollup: the table is painted from stat and status, PSS fills in from the next on.
    """
    sys.setswitchinterval(_SWITCH)
    sys.modules["ssl"] = None  # type: ignore[assignment]  # asyncio does without: 5 MiB that nothing here would use
    gc.disable()  # thousands of modules' objects are made now and stay; the app enables it when it is ready
    config = settings_file.path()
    settings, problems = settings_file.load(config)
    wanted, more = settings_file.load_rules(config)
    source = ProcSource(options.proc, options.sys)
    loop = Loop(
        open_stream(source, preferences=wanted), Request(interval=options.delay or settings.delay, needs=Need.STATUS)
    )
    loop.prime()
    from memtui.control.controls import Controls
    from memtui.tui.app import MemtuiApp

    app = MemtuiApp(
        loop,
        _identity(source),
        _spec(options, settings),
        options.tab or settings.tab,
        Controls(read_only=options.read_only, recorded=not source.live),
        config,
        (*problems, *more),
        source=source,
        wanted=wanted,
    )
    return app.run() or 0


def _spec(options: Options, settings: Settings) -> TableSpec:
    """The table as the settings have it, with what the command line says on top; the sorted column is shown."""
    columns = settings.columns or DEFAULT_COLUMNS
    sort = options.sort or settings.sort
    if options.sort is not None and sort not in columns:
        columns = (*columns[:-1], sort, columns[-1])
    return TableSpec(
        columns=columns,
        sort=sort,
        reverse=settings.reverse and options.sort is None,
        filter=options.filter,
        pids=options.pids,
        kernel_threads=settings.kernel_threads or bool(options.pids),
        tree=settings.tree,
        group=settings.group,
        full_command=settings.full_command,
    )


def _identity(source: ProcSource) -> Identity:
    if source.manifest is not None:
        return Identity(source.manifest.host, source.manifest.kernel, live=False)
    name = os.uname()
    return Identity(name.nodename, name.release, source.live)
