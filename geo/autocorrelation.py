"""Whether neighbours are alike: Moran's I, global and of each cell.

Sources: Cliff & Ord 1981 (moments of I); Anselin 1995 (local I, quadrants); Sokal, Oden & Thomson 1998, eq. A7 and
A8 (moments of local I where the cell keeps its value), which spdep and esda use too.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from .weights import ROUNDING, Floats, checked, sums


@dataclass(frozen=True)
class Moran:
    statistic: float
    expected: float
    z_randomisation: float
    z_normality: float


class Quadrant(IntEnum):
    """A cell and its neighbours, above (high) or below the mean. NONE: one of them lies at the mean."""

    NONE = 0
    HIGH_HIGH = 1
    LOW_HIGH = 2
    LOW_LOW = 3
    HIGH_LOW = 4


@dataclass(frozen=True)
class LocalMoran:
    """Row i is cell i. `p` is normal and two-sided, from `z`; NaN where a cell's weights give it no contrast."""

    statistic: Floats
    expected: Floats
    z: Floats
    p: Floats
    quadrant: NDArray[np.int8]


def moran(values: Floats, weights: sparse.csr_array) -> Moran:
    """Global Moran's I, with z under randomisation and under normality (Cliff & Ord).

    z is NaN where all values are equal or no cell has a neighbour. Needs four cells, for the randomisation
    moments.
    """
    x = checked(values, weights, least=4)
    n = len(x)
    d = x - x.mean()
    s0 = float(weights.sum())
    expected = -1.0 / (n - 1)
    if s0 == 0 or np.abs(d).max() <= ROUNDING * np.abs(x).max():
        return Moran(np.nan, expected, np.nan, np.nan)
    statistic = float(n / s0 * (d @ (weights @ d)) / (d @ d))
    normality, randomisation = _moran_variances(d, weights, s0)
    gap = statistic - expected
    return Moran(statistic, expected, gap / np.sqrt(randomisation), gap / np.sqrt(normality))


def local_moran(values: Floats, weights: sparse.csr_array) -> LocalMoran:
    """Local Moran's I of each cell, with the second moment over n as in spdep (esda's is (n - 1) / n of it).

    z is that of a cell that keeps its value while the others change places; it equals Gi's z, with the sign turned
    for a cell below the mean. z = 0 for a cell at the mean and where all values are equal. Raises ValueError for
    fewer than three cells, weights that hold the cell itself, or anything that isn't finite.
    """
    x = checked(values, weights)
    if weights.diagonal().any():
        raise ValueError("local Moran's I leaves the cell itself out: the diagonal must be empty")
    n = len(x)
    d = x - x.mean()
    d[np.abs(d) <= ROUNDING * np.abs(x).max()] = 0.0
    moment = float(d @ d) / n
    lag, (total, squares) = weights @ d, sums(weights)
    # the mean and spread of the others, from whom the neighbours are drawn
    mean = -d / (n - 1)
    spread = np.sqrt(np.maximum(n / (n - 2) * (moment - d**2 / (n - 1)), 0.0))
    contrast = squares - total**2 / (n - 1) > 1e-9 * squares
    width = spread * np.sqrt(np.where(contrast, squares - total**2 / (n - 1), 1.0))
    flat = (d == 0) | (spread <= ROUNDING * np.abs(x).max())
    z = np.where(flat, 0.0, np.sign(d) * (lag - mean * total) / np.where(flat, 1.0, width))
    z = np.where(contrast, z, np.nan)
    scale = d / moment if moment else d
    return LocalMoran(scale * lag, scale * mean * total, z, 2 * special.ndtr(-np.abs(z)), _quadrants(d, lag))


def _quadrants(d: Floats, lag: Floats) -> NDArray[np.int8]:
    high, near_high = d > 0, lag > 0
    found = np.select(
        [(d == 0) | (lag == 0), high & near_high, ~high & near_high, ~high],
        [Quadrant.NONE, Quadrant.HIGH_HIGH, Quadrant.LOW_HIGH, Quadrant.LOW_LOW],
        Quadrant.HIGH_LOW,
    )
    return found.astype(np.int8)


def _moran_variances(d: Floats, weights: sparse.csr_array, s0: float) -> tuple[float, float]:
    n = len(d)
    both = weights + weights.T
    s1 = float((both.multiply(both)).sum()) / 2
    rows, columns = (np.asarray(weights.sum(axis=axis)).ravel() for axis in (1, 0))
    s2 = float(((rows + columns) ** 2).sum())
    squared = 1.0 / (n - 1) ** 2
    normality = (n**2 * s1 - n * s2 + 3 * s0**2) / (s0**2 * (n**2 - 1)) - squared
    kurtosis = float((d**4).mean() / (d**2).mean() ** 2)
    first = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    second = kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    randomisation = (first - second) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - squared
    return normality, randomisation
