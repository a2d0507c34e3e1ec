"""Where events gather: Getis-Ord Gi and Gi*, false-discovery control, Moran's I, kernel density.

Everything works on plain arrays and a scipy.sparse weights matrix, and is analytic: no permutations, so the
same data always gives the same map.

Sources: Getis & Ord 1992; Ord & Getis 1995, eq. 3 and 5 (Gi, Gi*); Getis & Ord 1996, whose printed Gi*
divides the variance by n - 1 instead of n (`ddof=1` reproduces it, 1.447943 for its example, against
1.450780); Cliff & Ord 1981 (moments of Moran's I); Benjamini & Hochberg 1995.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse, special

Floats = NDArray[np.float64]
# A spread this far below the size of the values is rounding: such values are all equal.
ROUNDING = 1e-12


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


@dataclass(frozen=True)
class Moran:
    statistic: float
    expected: float
    z_randomisation: float
    z_normality: float


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
    x = _checked(values, weights)
    n = len(x)
    mean = x.mean()
    deviation = np.sqrt(((x - mean) ** 2).sum() / (n - ddof))
    total, squares = _weight_sums(weights)
    spread = np.sqrt(np.maximum(n * squares - total**2, 0.0) / (n - 1))
    if deviation <= ROUNDING * np.abs(x).max():
        return np.where(_contrast(spread, total), 0.0, np.nan)
    return _ratio(weights @ x - mean * total, deviation * spread, _contrast(spread, total))


def gi(values: Floats, weights: sparse.csr_array) -> Floats:
    """Standardised Gi: like `gi_star` without the cell itself, in its own sum or in the mean and spread of
    the others.
    """
    x = _checked(values, weights)
    if weights.diagonal().any():
        raise ValueError("Gi leaves the cell itself out: the diagonal must be empty")
    n = len(x)
    centred = x - x.mean()
    mean = (centred.sum() - centred) / (n - 1)
    variance = (np.square(centred).sum() - np.square(centred)) / (n - 1) - mean**2
    deviation = np.sqrt(np.maximum(variance, 0.0))
    total, squares = _weight_sums(weights)
    spread = np.sqrt(np.maximum((n - 1) * squares - total**2, 0.0) / (n - 2))
    even = deviation <= ROUNDING * np.abs(x).max()
    z = _ratio(weights @ centred - mean * total, np.where(even, 1.0, deviation) * spread, _contrast(spread, total))
    return np.where(even & ~np.isnan(z), 0.0, z)


def with_self(neighbours: sparse.csr_array) -> sparse.csr_array:
    """Binary weights: the neighbours and the cell itself, each 1."""
    own = sparse.csr_array(neighbours + sparse.eye_array(neighbours.shape[0], format="csr"))
    own.data = np.ones_like(own.data)
    return own


def row_standardised(weights: sparse.csr_array) -> sparse.csr_array:
    """Each row divided by its sum; a cell without neighbours keeps an empty row."""
    total = np.asarray(weights.sum(axis=1)).ravel()
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total != 0)
    return sparse.csr_array(sparse.diags_array(scale) @ weights)


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


def moran(values: Floats, weights: sparse.csr_array) -> Moran:
    """Global Moran's I, with z under randomisation and under normality (Cliff & Ord).

    z is NaN where all values are equal or no cell has a neighbour. Needs four cells, for the randomisation
    moments.
    """
    x = _checked(values, weights)
    n = len(x)
    if n < 4:
        raise ValueError(f"{n} cells: Moran's I needs at least 4")
    d = x - x.mean()
    s0 = float(weights.sum())
    expected = -1.0 / (n - 1)
    if s0 == 0 or np.abs(d).max() <= ROUNDING * np.abs(x).max():
        return Moran(np.nan, expected, np.nan, np.nan)
    statistic = float(n / s0 * (d @ (weights @ d)) / (d @ d))
    normality, randomisation = _moran_variances(d, weights, s0)
    gap = statistic - expected
    return Moran(statistic, expected, gap / np.sqrt(randomisation), gap / np.sqrt(normality))


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


@dataclass(frozen=True)
class Density:
    """Events per square kilometre, row 0 in the south; `west_m`, `south_m` is the outer corner of pixel [0,
    0].
    """

    per_km2: Floats
    west_m: float
    south_m: float
    pixel_m: float


def density(
    x_m: Floats, y_m: Floats, bandwidth_m: float, pixel_m: float, weights: Floats | None = None
) -> Density:
    """Gaussian kernel density of points in a plane in metres: binned, then filtered, four bandwidths wide.

    The frame is the points' box plus four bandwidths, so no mass is lost. Binning moves a point by up to
    half a pixel: keep pixel_m ≤ bandwidth_m / 4. Raises ValueError for a frame of more than 16 million
    pixels.
    """
    if not 0 < pixel_m <= bandwidth_m:
        raise ValueError(f"a pixel of {pixel_m} m with a bandwidth of {bandwidth_m} m")
    if len(x_m) == 0:
        return Density(np.zeros((0, 0)), 0.0, 0.0, pixel_m)
    margin = np.ceil(4 * bandwidth_m / pixel_m) + 1
    first = np.floor(np.array([np.min(y_m), np.min(x_m)]) / pixel_m) - margin
    last = np.floor(np.array([np.max(y_m), np.max(x_m)]) / pixel_m) + margin + 1
    rows, columns = (last - first).astype(int)
    if rows * columns > 16_000_000:
        raise ValueError(f"{rows} × {columns} pixels of {pixel_m} m")
    row, column = (np.floor(v / pixel_m - start).astype(int) for v, start in zip((y_m, x_m), first, strict=True))
    bins = np.bincount(row * columns + column, weights=weights, minlength=rows * columns).reshape(rows, columns)
    smooth = ndimage.gaussian_filter(bins.astype(float), bandwidth_m / pixel_m, mode="constant", truncate=4.0)
    return Density(smooth / (pixel_m / 1000) ** 2, float(first[1] * pixel_m), float(first[0] * pixel_m), pixel_m)


def _checked(values: Floats, weights: sparse.csr_array) -> Floats:
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 or weights.shape != (len(x), len(x)):
        raise ValueError(f"{x.shape} values with weights of {weights.shape}")
    if len(x) < 3:
        raise ValueError(f"{len(x)} cells: at least 3 are needed")
    if not np.isfinite(x).all():
        raise ValueError("values must be finite numbers")
    return x


def _weight_sums(weights: sparse.csr_array) -> tuple[Floats, Floats]:
    total = np.asarray(weights.sum(axis=1)).ravel()
    squares = np.asarray(weights.multiply(weights).sum(axis=1)).ravel()
    return total, squares


def _contrast(spread: Floats, total: Floats) -> NDArray[np.bool_]:
    return np.asarray(spread > 1e-9 * np.maximum(np.abs(total), 1e-300))


def _ratio(above: Floats, below: Floats, usable: NDArray[np.bool_]) -> Floats:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=usable)
