"""The most likely cluster, then the most likely one without a place of it, and so on."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from ..threads import in_stretches
from .windows import Circles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Writes ratio and finding (number of members first) of the centres first … beyond - 1
Search = Callable[[int, int, NDArray[np.bool_], Floats, Ints], None]


def clusters_apart(around: Circles, search: Search, most: int) -> list[tuple[float, int, Ints]]:
    """(ratio, centre, finding) of up to `most` clusters that share no place, by ratio.

    What a centre found before is a bound of what it can find when more is taken, so that a centre is searched
    again only when its bound is the largest one left and its finding is taken in part.
    """
    n = len(around.start) - 1
    taken = np.zeros(n, dtype=bool)
    ratios, found = np.zeros(n), np.zeros((n, 2), dtype=np.int64)
    in_stretches(n, lambda first, beyond: search(first, beyond, taken, ratios, found))
    heap = [(-ratio, centre) for centre, ratio in enumerate(ratios.tolist()) if ratio > 0]
    heapify(heap)
    clusters: list[tuple[float, int, Ints]] = []
    while heap and len(clusters) < most:
        ratio, centre = heappop(heap)
        cells = around.cells(centre, int(found[centre, 0]))
        if not taken[cells].any():
            taken[cells] = True
            clusters.append((-ratio, centre, found[centre].copy()))
        elif not taken[centre]:
            search(centre, centre + 1, taken, ratios, found)
            if ratios[centre] > 0:
                heappush(heap, (-float(ratios[centre]), centre))
    return clusters
