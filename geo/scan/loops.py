"""The compiled loops of the scan: likelihood ratios, the best window of the data, the maxima of replicas.

Replicas go through the windows BLOCK at a time, side by side in memory, so that one pass over the neighbour lists
serves them all and additions run in vector registers. A window is looked at closely only where some replica has
at least the count that could beat the smallest maximum so far; that count is read from a table by the window's
measure (rounded down, so nothing is lost) which is renewed as the maxima grow. The maxima are exact: they depend
neither on BLOCK nor on the number of threads. `cylinder_loops` holds machine code of this file: bin/lib/steps.sh
names the cache by its checksum.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Small = NDArray[np.int32]

BLOCK = 64
BINS = 2048
NEVER = 2**31 - 1
POISSON, BERNOULLI = 0, 1
# A window is left aside only if its bound lies below the maximum by more than rounding
SLACK = 1 - 1e-9


@njit(nogil=True, cache=True)
def llr(model: int, cases: float, measure: float, all_cases: float, all_measure: float) -> float:
    """Log likelihood ratio of a window with an excess; 0 without one. `measure` is the expected count (Poisson,
    then all_measure = all_cases) or the population, cases included (Bernoulli). Kulldorff 1997, eq. 3 and 4.
    """
    if cases * all_measure <= measure * all_cases:
        return 0.0
    if measure <= 0 or (model == BERNOULLI and cases > measure):
        return np.inf
    outside, rest = all_cases - cases, all_measure - measure
    ratio = cases * np.log(cases / measure * (all_measure / all_cases))
    if outside > 0:
        ratio += outside * np.log(outside / rest * (all_measure / all_cases))
    if model == BERNOULLI:
        share = (all_measure - all_cases) / all_measure
        if measure > cases:
            ratio += (measure - cases) * np.log((measure - cases) / measure / share)
        if rest > outside:
            ratio += (rest - outside) * np.log((rest - outside) / rest / share)
    return max(ratio, 0.0)


@njit(nogil=True, cache=True)
def least_counts(
    table: Ints, level: float, width: float, model: int, all_cases: float, all_measure: float, least: int
) -> None:
    """Fill table[k] with the smallest count whose ratio exceeds `level` in a window of measure k · width."""
    count = least
    for k in range(len(table)):
        measure = k * width
        low, step = max(count, int(measure * all_cases / all_measure)), 1
        while low + step <= all_cases and llr(model, low + step - 1, measure, all_cases, all_measure) <= level:
            low += step
            step *= 2
        high = min(low + step, int(all_cases) + 1)
        low = max(count, low - step)
        while low < high:
            middle = (low + high) // 2
            if llr(model, middle, measure, all_cases, all_measure) > level:
                high = middle
            else:
                low = middle + 1
        count = low
        table[k] = count if count <= all_cases else NEVER


@njit(nogil=True, cache=True)
def maxima(
    start: Ints,
    member: Small,
    measure: Floats,
    cases: Small,
    model: int,
    all_cases: float,
    all_measure: float,
    most: float,
    least: int,
) -> Floats:
    """The largest ratio over all windows in each of BLOCK replicas; `cases` is cells × BLOCK, in one row."""
    width = most / (BINS - 1)
    table = np.empty(BINS + 1, dtype=np.int64)
    best = np.zeros(BLOCK)
    count = np.empty(BLOCK, dtype=np.int32)
    renew = 0
    for centre in range(len(start) - 1):
        if centre == renew:
            least_counts(table, best.min() * SLACK, width, model, all_cases, all_measure, least)
            renew = max(1, renew * 2)
        count[:] = 0
        inside = 0.0
        for at in range(start[centre], start[centre + 1]):
            closed = member[at] >= 0
            # without a sign there is no wrapping around to think of, and the loop below becomes vector code
            cell = np.uint64(member[at] if closed else ~member[at])
            inside += measure[cell]
            first, top = cell * np.uint64(BLOCK), np.int32(0)
            for b in range(BLOCK):
                within = count[b] + cases[first + np.uint64(b)]
                count[b] = within
                top = max(top, within)
            if not closed:
                continue
            needed = table[min(int(inside / width), BINS)]
            if top >= needed:
                for b in range(BLOCK):
                    if count[b] >= needed:
                        best[b] = max(best[b], llr(model, count[b], inside, all_cases, all_measure))
    return best


@njit(nogil=True, cache=True)
def best_windows(
    first: int,
    beyond: int,
    start: Ints,
    member: Small,
    measure: Floats,
    cases: Ints,
    taken: NDArray[np.bool_],
    model: int,
    all_cases: float,
    all_measure: float,
    least: int,
    ratios: Floats,
    found: Ints,
) -> None:
    """For the centres first … beyond - 1 the ratio and the number of members of their best window without a cell
    that is `taken`.
    """
    for centre in range(first, beyond):
        inside, count, best = 0.0, 0, 0.0
        for at in range(start[centre], start[centre + 1]):
            closed = member[at] >= 0
            cell = member[at] if closed else ~member[at]
            if taken[cell]:
                break
            inside += measure[cell]
            count += cases[cell]
            if closed and count >= least:
                ratio = llr(model, count, inside, all_cases, all_measure)
                if ratio > best:
                    best = ratio
                    found[centre, 0] = at - start[centre] + 1
        ratios[centre] = best


def warm() -> None:
    """Compile the loops of this module."""
    from .spatial import scan_poisson

    scan_poisson(np.arange(4.0), np.zeros(4), np.array([9, 1, 1, 1]), np.ones(4), permutations=1)
