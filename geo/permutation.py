"""Conditional permutation: is a cell's neighbourhood unusual, if all other values might stand anywhere?

The cell keeps its value and its neighbours get values drawn without replacement from all other cells (Anselin
1995; esda's `crand`). As in esda, all cells look at the same draws. A draw is of one cell more than the most
neighbours; a cell with k of them takes the first k, and the next in place of itself where it was drawn, which is
exactly a draw of k from the others. So cells whose neighbours weigh the same need no loop of their own: their sums
are ranked in one sorted list.

Gi, Gi* and local Moran's I rise or fall with the sum over the neighbours alone once the cell is fixed: their p are
equal up to the side. A Gi* that is large for the cell's own value only is therefore no surprise here.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

from .autocorrelation import moran
from .streams import below, stream
from .threads import in_stretches
from .weights import ROUNDING, checked, without_self

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Permuted:
    """Row i is cell i. `larger` and `smaller` count the draws that are at least, and at most, what was observed.

    `greater` and `less` are the pseudo p (1 + count) / (permutations + 1) of each side, `p` is twice the smaller
    of both, at most 1. All p are NaN for a cell without neighbours. Never below 2 / (permutations + 1): for FDR
    over many cells ask for more permutations than 999.
    """

    p: Floats
    greater: Floats
    less: Floats
    larger: Ints
    smaller: Ints
    permutations: int

    @property
    def folded(self) -> Floats:
        """esda's `p_sim`: the smaller side, ties counted on the upper alone. For comparison; it calls a cell cold
        where all draws tie with it.
        """
        upper = np.minimum(self.larger, self.permutations - self.larger)
        return np.where(np.isnan(self.p), np.nan, (upper + 1) / (self.permutations + 1))


@dataclass(frozen=True)
class PermutedMoran:
    """Global Moran's I against shuffles of all values; `mean` and `deviation` are those of the shuffles."""

    statistic: float
    p: float
    greater: float
    less: float
    mean: float
    deviation: float


def gi_star_permuted(
    values: Floats, weights: sparse.csr_array, permutations: int = 999, seed: int = 0
) -> Permuted:
    """Conditional p of Gi* and Gi: `greater` where the neighbours are hot. A self weight makes no difference.

    The order of cells makes none either: the draws are of ranks. Raises ValueError as `geo.hotspots.gi_star` does.
    """
    x = checked(values, weights)
    larger, smaller, has_others = _ranked(x, weights, permutations, seed)
    return _permuted(larger, smaller, has_others, permutations)


def local_moran_permuted(
    values: Floats, weights: sparse.csr_array, permutations: int = 999, seed: int = 0
) -> Permuted:
    """Conditional p of local Moran's I: `greater` where a cell and its neighbours are alike.

    A cell at the mean has p = 1. Raises ValueError as `geo.autocorrelation.local_moran` does.
    """
    x = checked(values, weights)
    larger, smaller, has_others = _ranked(x, weights, permutations, seed)
    apart = x - x.mean()
    apart[np.abs(apart) <= ROUNDING * np.abs(x).max()] = 0.0
    for count, other in ((larger, smaller.copy()), (smaller, larger.copy())):
        count[apart < 0] = other[apart < 0]
        count[apart == 0] = permutations
    return _permuted(larger, smaller, has_others, permutations)


def moran_permuted(
    values: Floats, weights: sparse.csr_array, permutations: int = 999, seed: int = 0
) -> PermutedMoran:
    """Global Moran's I and how many shuffles of the values over the cells reach it.

    NaN where `geo.autocorrelation.moran` gives NaN. Raises ValueError as that does.
    """
    statistic = moran(values, weights).statistic
    x = np.asarray(values, dtype=float)
    if np.isnan(statistic):
        return PermutedMoran(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan)
    d = x - x.mean()
    rows = weights.tocsr()
    found = np.empty(_enough(permutations))
    arrays = (d, rows.indptr.astype(np.int64), rows.indices.astype(np.int64), rows.data.astype(float))
    in_stretches(permutations, lambda first, beyond: _shuffled(first, beyond, seed, *arrays, found))
    found *= len(x) / (weights.sum() * (d @ d))
    slack = 1e-9 * max(abs(statistic), float(np.abs(found).max()))
    greater, less = (
        (1 + int(np.count_nonzero(side))) / (permutations + 1)
        for side in (found >= statistic - slack, found <= statistic + slack)
    )
    p = min(1.0, 2 * min(greater, less))
    return PermutedMoran(statistic, p, greater, less, float(found.mean()), float(found.std()))


def warm() -> None:
    """Compile the loops of this module."""
    ring = sparse.csr_array(np.roll(np.eye(5), 1, axis=1) + np.roll(np.eye(5), -1, axis=1))
    uneven = ring.copy()
    uneven.data = np.arange(1.0, 11.0)
    for weights in (ring, uneven):
        gi_star_permuted(np.arange(5.0), weights, permutations=3)
    moran_permuted(np.arange(5.0), ring, permutations=3)


def _permuted(larger: Ints, smaller: Ints, has_others: NDArray[np.bool_], permutations: int) -> Permuted:
    greater, less = (np.where(has_others, (count + 1) / (permutations + 1), np.nan) for count in (larger, smaller))
    return Permuted(np.minimum(1.0, 2 * np.minimum(greater, less)), greater, less, larger, smaller, permutations)


def _ranked(
    x: Floats, weights: sparse.csr_array, permutations: int, seed: int
) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """How many draws of each cell's neighbours weigh at least, and at most, what its own neighbours do.

    Cells of one value are exchangeable, so each of them is left out of the draws as the first of its value: the
    answer knows values and weights, never the order of cells.
    """
    others = without_self(weights)
    counts = np.diff(others.indptr).astype(np.int64)
    larger, smaller = np.zeros((2, len(x)), dtype=np.int64)
    draws = _draws(x, int(counts.max()), _enough(permutations), seed)
    own = np.searchsorted(np.sort(x), x)
    even = _are_even(others)
    _rank_even(np.flatnonzero(even), x, own, others, draws, larger, smaller)
    uneven = np.flatnonzero(~even & (counts > 0))
    if len(uneven):
        arrays = (uneven, x, own, others.indptr.astype(np.int64), others.indices.astype(np.int64), others.data)
        shared = (draws.table, draws.at, draws.where, larger, smaller)
        in_stretches(len(uneven), lambda first, beyond: _rank_uneven(first, beyond, *arrays, *shared))
    return larger, smaller, counts > 0


@dataclass(frozen=True)
class Draws:
    """`table[j, r]` is the value drawn j-th in replica r. The places where the cell of rank a was drawn, but for
    the last row, are `at[where[a]:where[a + 1]]`, as r × (rows - 1) + j.
    """

    table: Floats
    at: Ints
    where: Ints


def _draws(x: Floats, most: int, permutations: int, seed: int) -> Draws:
    drawn = np.empty((permutations, most + 1), dtype=np.int64)
    in_stretches(permutations, lambda first, beyond: _draw(first, beyond, seed, len(x), drawn))
    ranks = drawn[:, :most].ravel()
    at = np.argsort(ranks, kind="stable")
    where = np.searchsorted(ranks[at], np.arange(len(x) + 1))
    return Draws(np.ascontiguousarray(np.sort(x)[drawn].T), at, where)


def _rank_even(
    cells: Ints, x: Floats, own: Ints, others: sparse.csr_array, draws: Draws, larger: Ints, smaller: Ints
) -> None:
    """Cells whose neighbours all weigh the same: their plain sums, in the sorted sums of as many draws."""
    counts = np.diff(others.indptr).astype(np.int64)
    alike = sparse.csr_array((np.ones(others.nnz), others.indices, others.indptr), shape=others.shape)
    observed = alike @ x
    slack = ROUNDING * counts * np.abs(x).max()
    low, high = observed - slack, observed + slack
    sums = np.cumsum(draws.table, axis=0)
    for count in np.unique(counts[cells]):
        same = cells[counts[cells] == count]
        ordered = np.sort(sums[count - 1])
        larger[same] = len(ordered) - np.searchsorted(ordered, low[same], side="left")
        smaller[same] = np.searchsorted(ordered, high[same], side="right")
    cell, row, replica = _met(cells, own, draws)
    met = row < counts[cell]
    cell, replica = cell[met], replica[met]
    before = sums[counts[cell] - 1, replica]
    after = before - x[cell] + draws.table[counts[cell], replica]
    np.add.at(larger, cell, (after >= low[cell]).astype(np.int64) - (before >= low[cell]))
    np.add.at(smaller, cell, (after <= high[cell]).astype(np.int64) - (before <= high[cell]))


def _met(cells: Ints, own: Ints, draws: Draws) -> tuple[Ints, Ints, Ints]:
    """(cell, row, replica) of each place where a cell was drawn among its own neighbours."""
    first = draws.where[own[cells]]
    lengths = draws.where[own[cells] + 1] - first
    cell = np.repeat(cells, lengths)
    within = np.arange(len(cell)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    replica, row = np.divmod(draws.at[np.repeat(first, lengths) + within], len(draws.table) - 1)
    return cell, row, replica


def _are_even(others: sparse.csr_array) -> NDArray[np.bool_]:
    """Rows with weights that are all the same and positive."""
    filled = np.flatnonzero(np.diff(others.indptr))
    even = np.zeros(others.shape[0], dtype=bool)
    if not len(filled):
        return even
    starts = others.indptr[filled]
    lowest, highest = np.minimum.reduceat(others.data, starts), np.maximum.reduceat(others.data, starts)
    even[filled] = (lowest > 0) & (highest - lowest <= ROUNDING * highest)
    return even


def _enough(permutations: int) -> int:
    if permutations < 1:
        raise ValueError(f"{permutations} permutations: at least 1")
    return permutations


@njit(nogil=True, cache=True)
def _draw(first, beyond, seed, cells, drawn):  # type: ignore[no-untyped-def]
    """Partial Fisher-Yates shuffles; each is undone, so that replica r is the same wherever a stretch begins."""
    ranks = np.arange(cells)
    wanted = drawn.shape[1]
    swapped = np.empty(wanted, np.int64)
    for replica in range(first, beyond):
        state = stream(seed, replica)
        for j in range(wanted):
            state, step = below(state, cells - j)
            other = j + step
            ranks[j], ranks[other] = ranks[other], ranks[j]
            swapped[j] = other
            drawn[replica, j] = ranks[j]
        for j in range(wanted - 1, -1, -1):
            other = swapped[j]
            ranks[j], ranks[other] = ranks[other], ranks[j]


@njit(nogil=True, cache=True)
def _rank_uneven(first, beyond, cells, x, own, starts, indices, data, table, at, where, larger, smaller):  # type: ignore[no-untyped-def]
    """Cells whose neighbours weigh differently: their weighted sums over the table, all replicas side by side."""
    last, replicas = table.shape[0] - 1, table.shape[1]
    biggest = np.abs(x).max()
    sums = np.empty(replicas)
    for place in range(first, beyond):
        cell = cells[place]
        start, count = starts[cell], starts[cell + 1] - starts[cell]
        sums[:] = 0.0
        observed, size = 0.0, 0.0
        for j in range(start, start + count):
            observed += data[j] * x[indices[j]]
            size += abs(data[j])
        # by size: draws meet the weights in the same order whatever the cells' is
        weights = _sorted(data[start : start + count])
        for j in range(count):
            for replica in range(replicas):
                sums[replica] += weights[j] * table[j, replica]
        for k in range(where[own[cell]], where[own[cell] + 1]):
            replica, j = at[k] // last, at[k] % last
            if j < count:
                sums[replica] += weights[j] * (table[count, replica] - x[cell])
        low, high = observed - ROUNDING * size * biggest, observed + ROUNDING * size * biggest
        at_least, at_most = 0, 0  # in registers: the loop over replicas is to be a vector's
        for replica in range(replicas):
            at_least += sums[replica] >= low
            at_most += sums[replica] <= high
        larger[cell], smaller[cell] = at_least, at_most


@njit(nogil=True)
def _sorted(few):  # type: ignore[no-untyped-def]
    """A sorted copy, by insertion: rows are short, and NumPy's sort takes numba seconds to compile."""
    found = few.copy()
    for i in range(1, len(found)):
        value, j = found[i], i
        while j > 0 and found[j - 1] > value:
            found[j] = found[j - 1]
            j -= 1
        found[j] = value
    return found


@njit(nogil=True, cache=True)
def _shuffled(first, beyond, seed, values, starts, indices, data, found):  # type: ignore[no-untyped-def]
    """The sum of products of neighbours, in a shuffle of the values for each replica."""
    cells = len(values)
    shuffled = np.empty(cells)
    for replica in range(first, beyond):
        shuffled[:] = values
        state = stream(seed, replica)
        for last in range(cells - 1, 0, -1):
            state, other = below(state, last + 1)
            shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
        total = 0.0
        for cell in range(cells):
            around = 0.0
            for k in range(starts[cell], starts[cell + 1]):
                around += data[k] * shuffled[indices[k]]
            total += shuffled[cell] * around
        found[replica] = total
