"""The JSON face: one object for each sample, on one line.

Text from outside stands in it as it is, but every character beyond ASCII and every control is escaped, so nothing
steers the terminal that it is printed on.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from memtui.model.snapshot import Snapshot, unavailable_reasons


def document(
    command: str,
    snapshot: Snapshot,
    rows: Sequence[Mapping[str, Any]],
    *,
    unavailable: Mapping[str, str] | None = None,
    **besides: Any,
) -> str:
    """The object of one sample: rows, what the command says besides, and why what is missing is missing."""
    return dumps(
        {
            "command": command,
            "time": iso_time(snapshot.wall),
            "interval": snapshot.interval,
            "rows": rows,
            **besides,
            "unavailable": {**unavailable_reasons(snapshot), **(unavailable or {})},
        }
    )


def dumps(value: Mapping[str, Any]) -> str:
    """JSON on one line; raises ValueError for a number that JSON doesn't have."""
    return json.dumps(value, allow_nan=False)


def iso_time(wall: float) -> str:
    """A moment in ISO 8601 with the local zone, to the millisecond."""
    return datetime.fromtimestamp(wall).astimezone().isoformat(timespec="milliseconds")
