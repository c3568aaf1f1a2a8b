"""Opens the monitor: the first sample is taken while Textual is being loaded, which takes far longer."""

import gc
import os

from memtui.options import Options
from memtui.proc.source import ProcSource
from memtui.sampling.loop import Loop
from memtui.sampling.recorded import open_stream
from memtui.sampling.request import Need, Request
from memtui.view.header import Identity
from memtui.view.processes import TableSpec


def run(options: Options) -> int:
    """Run the monitor until the user leaves it; the exit status.

    The first sample reads no rollup: the table is painted from stat and status, PSS fills in from the next on.
    """
    gc.disable()  # thousands of modules' objects are made now and stay; the app enables it when it is ready
    source = ProcSource(options.proc, options.sys)
    loop = Loop(open_stream(source), Request(interval=options.delay, needs=Need.STATUS))
    loop.prime()
    from memtui.tui.app import MemtuiApp

    spec = TableSpec(sort=options.sort, filter=options.filter, pids=options.pids)
    return MemtuiApp(loop, _identity(source), spec, options.tab).run() or 0


def _identity(source: ProcSource) -> Identity:
    if source.manifest is not None:
        return Identity(source.manifest.host, source.manifest.kernel, live=False)
    name = os.uname()
    return Identity(name.nodename, name.release, source.live)
