"""Trends of series, and how a cell's hotspots come and go.

Sources: Mann 1945 and Kendall 1975 (S and its variance with ties), Sen 1968 (slope); the classes of emerging
hotspots as Esri publishes them for "Emerging Hot Spot Analysis" (ArcGIS Pro, space-time pattern mining).
"""

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

FEWEST_STEPS = 4
# Hot, or cold, in nine of ten steps
MOSTLY = 0.9


@dataclass(frozen=True)
class Trend:
    """Of one series, or arrays of many. `p` is two-sided by the normal approximation with continuity correction
    (fair from ten steps on); `slope` is Sen's, per step.
    """

    s: NDArray[np.int64]
    variance: Floats
    z: Floats
    p: Floats
    slope: Floats


class EmergingClass(IntEnum):
    """What became of a cell; the cold ones are the negatives of the hot ones."""

    NONE = 0
    NEW = 1
    CONSECUTIVE = 2
    INTENSIFYING = 3
    PERSISTENT = 4
    FADING = 5
    SPORADIC = 6
    OSCILLATING = 7
    HISTORICAL = 8
    COLD_NEW = -1
    COLD_CONSECUTIVE = -2
    COLD_INTENSIFYING = -3
    COLD_PERSISTENT = -4
    COLD_FADING = -5
    COLD_SPORADIC = -6
    COLD_OSCILLATING = -7
    COLD_HISTORICAL = -8


def mann_kendall(series: Floats) -> Trend:
    """Is there a trend upwards or downwards? `series` is steps, or steps × cells, oldest first.

    A series without differences has no trend: z = 0, p = 1. Raises ValueError for fewer than FEWEST_STEPS steps
    or values that aren't finite.
    """
    x = np.asarray(series, dtype=float)
    if x.ndim not in (1, 2) or len(x) < FEWEST_STEPS:
        raise ValueError(f"a trend needs at least {FEWEST_STEPS} steps, not {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError("values must be finite numbers")
    return Trend(*_kendall(x), _sen(x))


def emerging(level: NDArray[np.int8], z: Floats, *, alpha: float = 0.10) -> NDArray[np.int8]:
    """EmergingClass of each cell from its `level` (geo.hotspots.Level) and Gi* `z` in each step: steps × cells,
    oldest first.

    Hot in the last step: NEW never before; CONSECUTIVE an unbroken run up to the end, never before it, in less
    than 90 % of steps; OSCILLATING less than 90 % and cold at some time; SPORADIC less than 90 %, never cold, on
    and off. In 90 % of steps or more: INTENSIFYING or FADING where z has a trend (Mann-Kendall, p ≤ alpha) up or
    down, else PERSISTENT. HISTORICAL: not hot in the last step, and hot in 90 % or more of those before. The
    cold classes mirror them.

    Where we differ from Esri: Gi* is that of each step alone, not over neighbouring steps; a step counts as hot or
    cold after false-discovery control over its cells; UNSEEN is neither hot nor cold; FADING is their
    "diminishing" and, like there, still hot now (what cooled off is HISTORICAL). A z of NaN counts as 0. Raises
    ValueError for fewer than FEWEST_STEPS steps or shapes that differ.
    """
    levels = np.asarray(level)
    heat = np.where(np.isfinite(z), z, 0.0)
    if levels.ndim != 2 or levels.shape != heat.shape or len(levels) < FEWEST_STEPS:
        raise ValueError(
            f"levels of {levels.shape}, z of {heat.shape}: steps × cells, {FEWEST_STEPS} steps or more"
        )
    hot, cold = (levels >= 1) & (levels <= 3), (levels <= -1) & (levels >= -3)
    s, _, _, p = _kendall(heat)
    rising = np.where(p <= alpha, np.sign(s), 0).astype(np.int8)
    warm = _classes(hot, cold, rising)
    cool = -_classes(cold, hot, -rising)
    # what is now goes before what was
    return np.where(cold[-1] | (warm == 0), cool, warm).astype(np.int8)


def _classes(own: NDArray[np.bool_], other: NDArray[np.bool_], rising: NDArray[np.int8]) -> NDArray[np.int8]:
    steps, times, now = len(own), own.sum(axis=0), own[-1]
    run = np.where(own.all(axis=0), steps, np.argmin(own[::-1], axis=0))
    mostly = times >= MOSTLY * steps
    trends = {1: EmergingClass.INTENSIFYING, 0: EmergingClass.PERSISTENT, -1: EmergingClass.FADING}
    cases = [
        (now & (times == 1), EmergingClass.NEW),
        *((now & mostly & (rising == sign), word) for sign, word in trends.items()),
        (now & (run == times), EmergingClass.CONSECUTIVE),
        (now & other.any(axis=0), EmergingClass.OSCILLATING),
        (now, EmergingClass.SPORADIC),
        (~now & (own[:-1].sum(axis=0) >= MOSTLY * (steps - 1)), EmergingClass.HISTORICAL),
    ]
    return np.select([case for case, _ in cases], [int(word) for _, word in cases], 0).astype(np.int8)


def _kendall(x: Floats) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """S, its variance, z and p, column by column."""
    n = len(x)
    s = sum((np.sign(x[lag:] - x[:-lag]).sum(axis=0) for lag in range(1, n)), np.zeros(x.shape[1:]))
    variance = (n * (n - 1) * (2 * n + 5) - _ties(x)) / 18
    z = np.divide(s - np.sign(s), np.sqrt(variance), out=np.zeros(np.shape(s)), where=variance > 0)
    p = np.asarray(2 * special.ndtr(-np.abs(z)))
    return np.asarray(s).astype(np.int64), np.asarray(variance), z, p


def _ties(x: Floats) -> Floats:
    """Sum of t (t - 1) (2 t + 5) over groups of t equal values, column by column."""
    values = np.sort(x.reshape(len(x), -1), axis=0)
    total, run = np.zeros(values.shape[1]), np.ones(values.shape[1])
    for before, after in pairwise(values):
        same = before == after
        total += np.where(same, 0, run * (run - 1) * (2 * run + 5))
        run = np.where(same, run + 1, 1)
    return np.asarray((total + run * (run - 1) * (2 * run + 5)).reshape(x.shape[1:]))


def _sen(x: Floats) -> Floats:
    first, last = np.triu_indices(len(x), 1)
    columns = x.reshape(len(x), -1).T
    apart = (last - first).astype(float)
    slopes = [np.median((column[last] - column[first]) / apart) for column in columns]
    return np.asarray(np.array(slopes).reshape(x.shape[1:]))
