"""Named places at which a fault test lets the process die, as a power cut would.

`CRASH_AT=after_rename` kills the process the first time it comes to that point, `CRASH_AT=after_rename:3` the
third time. SIGKILL runs no handler, flushes nothing and closes nothing in order. Read once, at import: with
the variable unset the call does nothing.
"""

import os
import signal
from collections import Counter

POINTS = (
    "after_tmp_write",
    "after_fsync",
    "after_rename",
    "after_folder_sync",
    "before_row",
    "before_commit",
    "after_commit",
    "before_response",
    "before_derivatives",
    "after_derivatives",
)

_target, _, _count = os.environ.get("CRASH_AT", "").partition(":")
_passes: Counter[str] = Counter()

if _target and _target not in POINTS:
    raise ValueError(f"CRASH_AT names no crash point: {_target!r}; there are {', '.join(POINTS)}")


def crash_point(name: str) -> None:
    if name != _target:
        return
    _passes[name] += 1
    if _passes[name] >= int(_count or 1):
        os.kill(os.getpid(), signal.SIGKILL)
