"""The compiled loops over cylinders: circles of places, each through every interval of time steps.

Counts are kept summed over time, so that any interval of a circle is the difference of two rows of BLOCK numbers.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .loops import BLOCK, POISSON, SLACK, Floats, Ints, Small, least_counts, llr

# Short intervals expect little beside long ones: finer than for circles, where there is enough to look up
FEWEST_BINS, MOST_BINS = 256, 16_384


@njit(nogil=True, cache=True)
def maxima(
    start: Ints,
    member: Small,
    events: Ints,
    summed: Small,
    since: Ints,
    until: Ints,
    in_time: Floats,
    most: float,
    least: int,
) -> Floats:
    """The largest ratio over all cylinders in each of BLOCK replicas.

    `events` counts each place's; `summed` is places × (steps + 1) × BLOCK in one row; interval k holds the steps
    [since[k], until[k]) with in_time[k] of all events; no cylinder expects more than `most`.
    """
    total = float(events.sum())
    bins = min(max(len(member) * len(since) // 16, FEWEST_BINS), MOST_BINS)
    width = most / (bins - 1)
    table = np.empty(bins + 1, dtype=np.int64)
    best = np.zeros(BLOCK)
    row = np.uint64(len(summed) // len(events))
    count = np.empty(row, dtype=np.int32)
    renew = 0
    for centre in range(len(start) - 1):
        if centre == renew:
            least_counts(table, best.min() * SLACK, width, POISSON, total, total, least)
            renew = max(1, renew * 2)
        count[:] = 0
        inside = 0.0
        for at in range(start[centre], start[centre + 1]):
            closed = member[at] >= 0
            place = np.uint64(member[at] if closed else ~member[at])
            inside += events[place]
            first = place * row
            for i in range(row):
                count[i] += summed[first + np.uint64(i)]
            if closed:
                _intervals(best, count, inside / total, since, until, in_time, table, width, total)
    return best


@njit(nogil=True, cache=True)
def _intervals(
    best: Floats,
    count: Small,
    part: float,
    since: Ints,
    until: Ints,
    in_time: Floats,
    table: Ints,
    width: float,
    total: float,
) -> None:
    for k in range(len(since)):
        expected = part * in_time[k]
        needed = table[min(int(expected / width), len(table) - 1)]
        low, high = np.uint64(since[k] * BLOCK), np.uint64(until[k] * BLOCK)
        top = np.int32(0)
        for b in range(BLOCK):
            top = max(top, count[high + np.uint64(b)] - count[low + np.uint64(b)])
        if top >= needed:
            for b in range(BLOCK):
                found = count[high + np.uint64(b)] - count[low + np.uint64(b)]
                if found >= needed:
                    best[b] = max(best[b], llr(POISSON, found, expected, total, total))


@njit(nogil=True, cache=True)
def best_cylinders(
    first: int,
    beyond: int,
    start: Ints,
    member: Small,
    events: Ints,
    summed: Ints,
    taken: NDArray[np.bool_],
    since: Ints,
    until: Ints,
    in_time: Floats,
    least: int,
    ratios: Floats,
    found: Ints,
) -> None:
    """For the centres first … beyond - 1 the ratio, the number of places and the interval of their best cylinder
    without a place that is `taken`. `summed` is places × (steps + 1).
    """
    total = float(events.sum())
    count = np.empty(summed.shape[1], dtype=np.int64)
    for centre in range(first, beyond):
        count[:] = 0
        inside, best = 0.0, 0.0
        for at in range(start[centre], start[centre + 1]):
            closed = member[at] >= 0
            place = member[at] if closed else ~member[at]
            if taken[place]:
                break
            inside += events[place]
            count += summed[place]
            if not closed:
                continue
            part = inside / total
            for k in range(len(since)):
                within = count[until[k]] - count[since[k]]
                if within >= least:
                    ratio = llr(POISSON, within, part * in_time[k], total, total)
                    if ratio > best:
                        best = ratio
                        found[centre, 0], found[centre, 1] = at - start[centre] + 1, k
        ratios[centre] = best


def warm() -> None:
    """Compile the loops of this module."""
    from .space_time import scan_space_time

    days = np.array([0.0, 0.0, 5.0, 9.0, 9.0, 9.0])
    scan_space_time(np.array([0.0, 0, 1, 1, 2, 3]) * 1000, np.zeros(6), days, permutations=1)
