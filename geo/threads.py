"""Compiled loops on two threads: each takes a stretch of the items and lets the other run (`nogil`).

Numba's own `parallel=True` may not be entered by two threads at once, and a job and a view may well do so.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

THREADS = 2


def in_stretches(items: int, work: Callable[[int, int], object]) -> None:
    """Call `work(first, beyond)` on stretches that together are 0 … items, each on a thread of its own.

    Item i must write to place i alone, and draw from `geo.streams.stream(seed, i)`: then the answer doesn't
    depend on how many threads there are. The first error is raised here.
    """
    bounds = [items * part // THREADS for part in range(THREADS + 1)]
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, *stretch) for stretch in pairwise(bounds)]:
            done.result()
