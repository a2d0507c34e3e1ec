"""Do events close in space come close in time? Knox, and the table of near repeats.

Sources: Knox 1964, with p by shuffling days among places as Mantel 1967 proposed; Johnson et al. 2007 and
Ratcliffe & Rengert 2008 (near repeats: bands of distance by bands of days, observed ÷ mean of the shuffles).

Distances are taken to the millimetre. Shuffle i is drawn from a stream of (seed, i) over events in an order of
their own values: neither threads nor the order of the input change anything.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .streams import below, stream
from .threads import in_stretches

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_PAIRS = 20_000_000
# Pairs × shuffles; about a minute on two cores
MOST_WORK = 3.0e10


@dataclass(frozen=True)
class Knox:
    """`pairs` are close in space and time; `near_space` and `near_time` in one of them. `expected` is their
    product over all pairs, which is the exact mean of the shuffles. `p` is one-sided, for this many or more.
    """

    events: int
    pairs: int
    near_space: int
    near_time: int
    expected: float
    p: float


@dataclass(frozen=True)
class NearRepeats:
    """Row i is the band of distance up to within_m[i], beyond the one before; column j that of days up to
    within_days[j]. `ratio` is observed ÷ expected, NaN where nothing is expected; `p` is one-sided, for as many or
    more, of each entry on its own.
    """

    events: int
    within_m: tuple[float, ...]
    within_days: tuple[float, ...]
    observed: Ints
    expected: Floats
    ratio: Floats
    p: Floats


@dataclass(frozen=True)
class _Pairs:
    """Pairs of events within the largest distance, with their band, and the days of all events."""

    own: Ints
    other: Ints
    band: Ints
    day: Floats


def knox(
    x_m: Floats,
    y_m: Floats,
    days: Floats,
    radius_m: float,
    within_days: float,
    *,
    permutations: int = 999,
    seed: int = 0,
) -> Knox:
    """Pairs at most `radius_m` and `within_days` apart, both bounds included.

    Fewer than two events have no pairs, and p = 1. Raises ValueError for values that aren't finite numbers (dates
    are turned into days first, see `geo.times.days_since`) and for more pairs than can be held or shuffled.
    """
    pairs, counts = _shuffled(x_m, y_m, days, (radius_m,), (within_days,), permutations, seed)
    observed, shuffled = int(counts[0, 0, 0]), counts[1:, 0, 0]
    n = len(pairs.day)
    day = np.sort(pairs.day)
    near_time = int((np.searchsorted(day, day + within_days, side="right") - np.arange(1, n + 1)).sum())
    every = n * (n - 1) / 2
    expected = len(pairs.own) * near_time / every if every else 0.0
    p = float((1 + np.count_nonzero(shuffled >= observed)) / (1 + len(shuffled)))
    return Knox(n, observed, len(pairs.own), near_time, expected, p)


def near_repeats(
    x_m: Floats,
    y_m: Floats,
    days: Floats,
    within_m: tuple[float, ...] = (0, 100, 200, 400, 800),
    within_days: tuple[float, ...] = (7, 14, 28, 56),
    *,
    permutations: int = 999,
    seed: int = 0,
) -> NearRepeats:
    """How much more often than by chance events follow one another in each band. A first distance of 0 is the same
    place. Raises ValueError as `knox`, and for bands that don't rise.
    """
    pairs, counts = _shuffled(x_m, y_m, days, within_m, within_days, permutations, seed)
    observed, shuffled = counts[0], counts[1:]
    expected = shuffled.mean(axis=0)
    ratio = np.divide(observed, expected, out=np.full(expected.shape, np.nan), where=expected > 0)
    p = (1 + (shuffled >= observed).sum(axis=0)) / (1 + len(shuffled))
    return NearRepeats(len(pairs.day), tuple(within_m), tuple(within_days), observed, expected, ratio, p)


def warm() -> None:
    """Compile the loop of this module."""
    knox(np.arange(4.0), np.arange(4.0), np.arange(4.0), 2.0, 2.0, permutations=3)


def _shuffled(
    x_m: Floats,
    y_m: Floats,
    days: Floats,
    within_m: tuple[float, ...],
    within_days: tuple[float, ...],
    permutations: int,
    seed: int,
) -> tuple[_Pairs, Ints]:
    """Counts by shuffle, band of distance and band of days; the first is the data as it is."""
    if permutations < 1:
        raise ValueError(f"{permutations} permutations: at least 1")
    for edges in (within_m, within_days):
        if not len(edges) or not np.isfinite(edges).all() or edges[0] < 0 or (np.diff(edges) <= 0).any():
            raise ValueError(f"bands must be finite, 0 or more, and rise: {edges}")
    pairs = _pairs(x_m, y_m, days, np.asarray(within_m, dtype=float))
    if len(pairs.own) * float(permutations) > MOST_WORK:
        raise ValueError(
            f"{len(pairs.own)} pairs are too many for {permutations} permutations; take smaller radii"
        )
    edges_days = np.asarray(within_days, dtype=float)
    counts = np.zeros((permutations + 1, len(within_m), len(within_days)), dtype=np.int64)
    arrays = (pairs.own, pairs.other, pairs.band, pairs.day, edges_days, counts)
    in_stretches(permutations + 1, lambda first, beyond: _count(first, beyond, seed, *arrays))
    return pairs, counts


def _pairs(x_m: Floats, y_m: Floats, days: Floats, edges_m: Floats) -> _Pairs:
    if any(np.asarray(v).dtype.kind not in "iuf" for v in (x_m, y_m, days)):
        raise ValueError("positions and days must be numbers")
    x, y, day = (np.asarray(v, dtype=float) for v in (x_m, y_m, days))
    if not (x.ndim == 1 and x.shape == y.shape == day.shape):
        raise ValueError(f"{x.shape} and {y.shape} positions, {day.shape} days")
    if not np.isfinite([x, y, day]).all():
        raise ValueError("positions and days must be finite numbers")
    order = np.lexsort((day, y, x))
    at, day = np.column_stack([x, y])[order], day[order]
    if len(at) < 2:
        nothing = np.zeros(0, dtype=np.int64)
        return _Pairs(nothing, nothing, nothing, day)
    tree, reach = cKDTree(at), edges_m[-1] + 0.001
    if (tree.count_neighbors(tree, reach) - len(at)) / 2 > MOST_PAIRS:
        raise ValueError("too many events are close to one another; take smaller radii or fewer events")
    own, other = tree.query_pairs(reach, output_type="ndarray").T.astype(np.int64)
    away = np.round(np.hypot(*(at[own] - at[other]).T), 3)
    band = np.searchsorted(edges_m, away, side="left").astype(np.int64)
    near = band < len(edges_m)
    return _Pairs(own[near], other[near], band[near], day)


@njit(nogil=True, cache=True)
def _count(
    first: int,
    beyond: int,
    seed: int,
    own: Ints,
    other: Ints,
    band: Ints,
    day: Floats,
    edges: Floats,
    counts: Ints,
) -> None:
    for item in range(first, beyond):
        mine = day.copy()
        if item > 0:
            state = stream(seed, item)
            for i in range(len(mine) - 1, 0, -1):
                state, j = below(state, i + 1)
                mine[i], mine[j] = mine[j], mine[i]
        for pair in range(len(own)):
            apart = abs(mine[own[pair]] - mine[other[pair]])
            if apart <= edges[-1]:
                column = 0
                while apart > edges[column]:
                    column += 1
                counts[item, band[pair], column] += 1
