"""Circles around every centre: its neighbours by distance, up to a share of what is measured."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..threads import THREADS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# 240 MB of neighbours
MOST_WINDOWS = 60_000_000
MOST_PLACES = 40_000
BITS = 20
ROWS = 128
# Centres that are tried before all are
TRIED = 16
TOO_MANY = "{} places make too many circles; take fewer, larger cells or a smaller share"


@dataclass(frozen=True)
class Circles:
    """The neighbours of centre i are member[start[i]:start[i + 1]], itself first, nearest to farthest. One that is
    followed by another at the same distance (to the millimetre) is written as its complement ~cell: no circle
    ends there.
    """

    start: Ints
    member: NDArray[np.int32]

    def cells(self, centre: int, size: int) -> Ints:
        found = self.member[self.start[centre] : self.start[centre] + size]
        return np.where(found < 0, ~found, found).astype(np.int64)


def circles(x_m: Floats, y_m: Floats, measure: Floats, most: float, places: int = MOST_PLACES) -> Circles:
    """All circles of at most `places` cells that measure at most `most` together. Raises ValueError for more than
    can be held.
    """
    n = len(x_m)
    if n > MOST_PLACES:
        raise ValueError(f"{n} places are too many for a scan: at most {MOST_PLACES}; take cells")
    tried = np.unique(np.linspace(0, n - 1, TRIED).astype(np.int64)) if n else np.zeros(0, dtype=np.int64)
    if n and _rows(x_m, y_m, measure, most, places, tried)[0].mean() * n > 1.1 * MOST_WINDOWS:
        raise ValueError(TOO_MANY.format(n))
    total, rows = 0, [np.arange(first, min(first + ROWS, n)) for first in range(0, n, ROWS)]
    counts, members = [], []
    with ThreadPoolExecutor(THREADS) as pool:
        for size, member in pool.map(lambda chunk: _rows(x_m, y_m, measure, most, places, chunk), rows):
            counts.append(size)
            members.append(member)
            total += len(member)
            if total > MOST_WINDOWS:
                pool.shutdown(cancel_futures=True)
                raise ValueError(TOO_MANY.format(n))
    start = np.concatenate([[0], np.cumsum(np.concatenate(counts))]) if counts else np.zeros(1)
    return Circles(start.astype(np.int64), np.concatenate(members) if members else np.zeros(0, dtype=np.int32))


def _rows(
    x_m: Floats, y_m: Floats, measure: Floats, most: float, places: int, rows: Ints
) -> tuple[Ints, NDArray[np.int32]]:
    away_mm = np.rint(np.hypot(x_m - x_m[rows, None], y_m - y_m[rows, None]) * 1000).astype(np.int64)
    # one number for distance and cell sorts faster than an index; the centre comes before others at its place
    away_mm[np.arange(len(rows)), rows] = -1
    away_mm += 1
    keys = np.sort((away_mm << BITS) | np.arange(len(x_m)), axis=1)
    cell, distance = keys & ((1 << BITS) - 1), keys >> BITS
    closed = np.ones(cell.shape, dtype=bool)
    closed[:, :-1] = distance[:, 1:] != distance[:, :-1]
    # others at the centre's own place lie in the same circle as it does
    closed[:, :-1] &= ~((distance[:, :-1] == 0) & (distance[:, 1:] == 1))
    within = closed & (np.cumsum(measure[cell], axis=1) <= most * (1 + 1e-12))
    within[:, places:] = False
    size = np.where(within.any(axis=1), len(x_m) - np.argmax(within[:, ::-1], axis=1), 0)
    kept = np.arange(len(x_m)) < size[:, None]
    return size.astype(np.int64), np.where(closed, cell, ~cell)[kept].astype(np.int32)
