"""Compile every loop before somebody waits for it.

Numba compiles a loop at its first call, which takes seconds, and keeps the machine code in NUMBA_CACHE_DIR. A
module with such loops has a function `warm()` that runs each of them on a few numbers, of the types that its
public functions pass, and stands in LOOPS.
"""

import importlib
import logging
from threading import Thread

log = logging.getLogger(__name__)

LOOPS = ("geo.permutation", "geo.repeats", "geo.scan.loops", "geo.scan.cylinder_loops")


def warm() -> None:
    """Compile the loops of every module, or read them from the cache."""
    for name in LOOPS:
        importlib.import_module(name).warm()


def warm_behind() -> Thread:
    """The same beside what a process does otherwise. A failure is logged: who needs the loop will meet it."""
    thread = Thread(target=_warm_or_tell, name="warming", daemon=True)
    thread.start()
    return thread


def _warm_or_tell() -> None:
    try:
        warm()
    except Exception:
        log.exception("compiled loops could not be made ready")
