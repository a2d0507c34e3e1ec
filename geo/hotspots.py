"""Where events gather: Getis-Ord Gi and Gi*, false-discovery control, levels.

Everything works on plain arrays and a scipy.sparse weights matrix, and is analytic: no permutations, so the
same data always gives the same map. For p by permutation see `geo.permutation`.

Sources: Getis & Ord 1992; Ord & Getis 1995, eq. 3 and 5 (Gi, Gi*); Getis & Ord 1996, whose printed Gi*
divides the variance by n - 1 instead of n (`ddof=1` reproduces it, 1.447943 for its example, against
1.450780); Benjamini & Hochberg 1995.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from .autocorrelation import moran as moran
from .weights import ROUNDING, Floats, checked, sums
from .weights import row_standardised as row_standardised
from .weights import with_self as with_self


class Level(IntEnum):
    """How sure a cell is hot or cold after false-discovery control. UNSEEN: nothing reported, and nobody
    has looked.
    """

    COLD_99 = -3
    COLD_95 = -2
    COLD_90 = -1
    NONE = 0
    HOT_90 = 1
    HOT_95 = 2
    HOT_99 = 3
    UNSEEN = 9


@dataclass(frozen=True)
class Hotspots:
    """Row i is cell i. `p` is two-sided; `q` is p after Benjamini-Hochberg; both are NaN where z is."""

    values: Floats
    z: Floats
    p: Floats
    q: Floats
    level: NDArray[np.int8]


def find_hotspots(
    values: Floats, neighbours: sparse.csr_array, seen: NDArray[np.bool_] | None = None, least: float = 0.0
) -> Hotspots:
    """Gi* over a grid: binary weights with the cell itself, two-sided p, FDR over all cells, levels.

    `seen` marks cells that somebody has walked in the period. A cell that is neither seen nor has an event
    is UNSEEN, never cold: no report where no one looked says nothing.

    `least` guards short periods: the normal p of Gi* is too small for sparse counts, and in a week with
    thirty reports a single one can make nine cells hot. A cell is hot only where it and its neighbours add
    up to `least`.
    """
    weights = with_self(neighbours)
    z = gi_star(values, weights)
    p = p_values(z)
    q = fdr(p)
    level = levels(z, q)
    level[(level > 0) & (weights @ np.asarray(values, dtype=float) < least)] = Level.NONE
    if seen is not None:
        blind = ~np.asarray(seen, dtype=bool) & (np.asarray(values) == 0) & (level <= 0)
        level[blind] = Level.UNSEEN
    return Hotspots(np.asarray(values, dtype=float), z, p, q, level)


def gi_star(values: Floats, weights: sparse.csr_array, ddof: int = 0) -> Floats:
    """Standardised Gi* of each cell. `weights` hold the cell itself (see `with_self`) and need not be binary.

    z = 0 everywhere when all values are equal, no events included. NaN where a cell's weights give it no
    contrast: no neighbours and no self weight, or the same weight on every cell. Raises ValueError for
    fewer than three cells, a wrong shape, or values that aren't finite.
    """
    x = checked(values, weights)
    n = len(x)
    mean = x.mean()
    deviation = np.sqrt(((x - mean) ** 2).sum() / (n - ddof))
    total, squares = sums(weights)
    spread = np.sqrt(np.maximum(n * squares - total**2, 0.0) / (n - 1))
    if deviation <= ROUNDING * np.abs(x).max():
        return np.where(_contrast(spread, total), 0.0, np.nan)
    return _ratio(weights @ x - mean * total, deviation * spread, _contrast(spread, total))


def gi(values: Floats, weights: sparse.csr_array) -> Floats:
    """Standardised Gi: like `gi_star` without the cell itself, in its own sum or in the mean and spread of
    the others.
    """
    x = checked(values, weights)
    if weights.diagonal().any():
        raise ValueError("Gi leaves the cell itself out: the diagonal must be empty")
    n = len(x)
    centred = x - x.mean()
    mean = (centred.sum() - centred) / (n - 1)
    variance = (np.square(centred).sum() - np.square(centred)) / (n - 1) - mean**2
    deviation = np.sqrt(np.maximum(variance, 0.0))
    total, squares = sums(weights)
    spread = np.sqrt(np.maximum((n - 1) * squares - total**2, 0.0) / (n - 2))
    even = deviation <= ROUNDING * np.abs(x).max()
    z = _ratio(weights @ centred - mean * total, np.where(even, 1.0, deviation) * spread, _contrast(spread, total))
    return np.where(even & ~np.isnan(z), 0.0, z)


def p_values(z: Floats, alternative: str = "two-sided") -> Floats:
    """Normal p: `two-sided`, `greater` (hot) or `less` (cold). NaN stays NaN."""
    if alternative == "two-sided":
        return np.asarray(2 * special.ndtr(-np.abs(z)))
    if alternative == "greater":
        return np.asarray(special.ndtr(-z))
    if alternative == "less":
        return np.asarray(special.ndtr(z))
    raise ValueError(f"alternative {alternative!r}")


def fdr(p: Floats) -> Floats:
    """Benjamini-Hochberg adjusted p: rejecting where it is ≤ α keeps the expected share of false alarms ≤
    α.
    """
    p = np.asarray(p, dtype=float)
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    m = len(order)
    stepped = p[order] * m / np.arange(1, m + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return adjusted


def levels(z: Floats, q: Floats) -> NDArray[np.int8]:
    """Level of each cell at q ≤ 0.01, 0.05, 0.10, signed by z. NaN is NONE."""
    steps = (q <= 0.10).astype(np.int8) + (q <= 0.05).astype(np.int8) + (q <= 0.01).astype(np.int8)
    return np.where(z > 0, steps, np.where(z < 0, -steps, 0)).astype(np.int8)


def _contrast(spread: Floats, total: Floats) -> NDArray[np.bool_]:
    return np.asarray(spread > 1e-9 * np.maximum(np.abs(total), 1e-300))


def _ratio(above: Floats, below: Floats, usable: NDArray[np.bool_]) -> Floats:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=usable)
