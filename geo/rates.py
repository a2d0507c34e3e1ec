"""Rates of small numbers, drawn towards what is usual: two tips at a school of forty say less than two hundred at
one of four thousand.

Each cell's true rate is taken as one draw of a gamma distribution, and its count as Poisson around rate × exposure
(Clayton & Kaldor 1987); mean and variance of the distribution are those of Marshall 1991, of all cells or of a
cell and its neighbours. The posterior's mean is Marshall's estimate, its quantiles are the interval. The interval
takes the distribution as known: with few cells it is somewhat too narrow.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse, special

from .weights import ROUNDING, Floats, with_self


@dataclass(frozen=True)
class Rates:
    """Events per unit of exposure (a pupil, a household, a school …); row i is cell i.

    `rate` is the plain count ÷ exposure, NaN without exposure. `shrunk` is drawn towards the mean, the more so the
    smaller the exposure, with its interval `low` … `high`. A cell with neither exposure nor events has the
    mean's; one with events but no exposure contradicts its denominator, has NaN throughout and is left out.
    """

    rate: Floats
    shrunk: Floats
    low: Floats
    high: Floats


def empirical_bayes(counts: Floats, exposure: Floats, share: float = 0.95) -> Rates:
    """Rates drawn towards the rate of all cells together. `share` is the interval's probability.

    Where the cells differ no more than chance makes them, all have the common rate, with the pooled count's
    interval (Jeffreys). NaN throughout where nobody is exposed. Raises ValueError for arrays of different
    lengths and for counts or exposure that are negative or not finite.
    """
    y, e = _checked(counts, exposure, share)
    known = e > 0
    total = np.full(len(y), y[known].sum()), np.full(len(y), e.sum())
    mean = _ratio(*total)
    plain = _ratio(y, e)
    scatter = float((e[known] * (plain[known] - mean[known]) ** 2).sum())
    variance = _ratio(np.full(len(y), scatter), total[1]) - mean * known.sum() / np.maximum(total[1], 1e-300)
    return _posterior(y, e, mean, variance, *total, share)


def local_empirical_bayes(
    counts: Floats, exposure: Floats, neighbours: sparse.csr_array, share: float = 0.95
) -> Rates:
    """The same, drawn towards the rate of the cell and its neighbours: where the usual differs within the county.

    NaN throughout for a cell that has no exposure around it either.
    """
    y, e = _checked(counts, exposure, share)
    if neighbours.shape != (len(y), len(y)):
        raise ValueError(f"{len(y)} cells with neighbours of {neighbours.shape}")
    around = with_self(neighbours)
    known = e > 0
    total = around @ np.where(known, y, 0.0), around @ e
    mean = _ratio(*total)
    plain = np.where(known, _ratio(y, e), 0.0)
    scatter = around @ (e * plain**2) - 2 * mean * (around @ (e * plain)) + mean**2 * total[1]
    variance = _ratio(scatter - mean * (around @ known.astype(float)), total[1])
    return _posterior(y, e, mean, variance, *total, share)


def _posterior(
    y: Floats, e: Floats, mean: Floats, variance: Floats, pooled_y: Floats, pooled_e: Floats, share: float
) -> Rates:
    """Gamma with the prior's events and exposure added to the cell's own."""
    spread = variance > ROUNDING * mean**2
    safe = np.where(spread, variance, 1.0)
    weight = mean / safe  # what the prior is worth, in units of exposure
    shrunk = np.where(spread, (y + mean * weight) / (e + weight), mean)
    shape = np.where(spread, y + mean * weight, pooled_y + 0.5)
    size = np.where(spread, e + weight, np.where(pooled_e > 0, pooled_e, np.nan))
    tail = (1 - share) / 2
    low, high = (special.gammaincinv(shape, part) / size for part in (tail, 1 - tail))
    absurd = (e == 0) & (y > 0)
    shrunk, low, high = (np.where(absurd, np.nan, each) for each in (shrunk, np.minimum(low, shrunk), high))
    return Rates(_ratio(y, e), shrunk, low, high)


def _checked(counts: Floats, exposure: Floats, share: float) -> tuple[Floats, Floats]:
    y, e = np.asarray(counts, dtype=float), np.asarray(exposure, dtype=float)
    if y.ndim != 1 or y.shape != e.shape:
        raise ValueError(f"{y.shape} counts with exposure of {e.shape}")
    for name, values in (("counts", y), ("exposure", e)):
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise ValueError(f"{name} must be finite numbers, none below zero")
    if not 0 < share < 1:
        raise ValueError(f"an interval of {share}")
    return y, e


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
