"""Has a series of counts changed? EARS C1, C2, C3, CUSUM, and a count against its own season.

Sources: EARS, Hutwagner et al. 2003, with baselines and indices as in R's `surveillance::earsC` (Salmon et al.
2016); CUSUM, Page 1954, tabular form as in Montgomery 2009, ch. 9; season, Farrington et al. 1996, eq. for the
2/3-power bound with a constant alone (no trend, no reweighting), overdispersion never below 1.

A series is one count for each step, oldest first, without gaps: a day without events is a 0. Every function
refuses what is too short to judge its last step, counts below 0, NaN and dates in place of counts.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Alarms:
    """One row for each step; NaN and no alarm where too little lay before it. An alarm is a count above `bound`;
    of CUSUM a statistic above `bound`, and of C3 a sum above its threshold, which may outlast a high day by two.
    """

    counts: Floats
    expected: Floats
    statistic: Floats
    bound: Floats
    alarm: NDArray[np.bool_]


def ears_c1(counts: Floats, *, baseline: int = 7, threshold: float = 3.0, least_sigma: float = 0.0) -> Alarms:
    """Against mean and deviation of the `baseline` steps right before.

    `least_sigma` is a floor of the deviation for sparse series (0.5 or 1, says `earsC`): with 0, one event after
    a week of none is an alarm.
    """
    return _ears(counts, baseline, 0, threshold, least_sigma)


def ears_c2(counts: Floats, *, baseline: int = 7, threshold: float = 3.0, least_sigma: float = 0.0) -> Alarms:
    """Like C1, with two steps between the baseline and the day, so that a slow start doesn't hide itself."""
    return _ears(counts, baseline, 2, threshold, least_sigma)


def ears_c3(counts: Floats, *, baseline: int = 7, threshold: float = 2.0, least_sigma: float = 0.0) -> Alarms:
    """The sum over three steps of what C2 exceeds 1 by, against `threshold`."""
    x = _checked(counts, baseline + 5)
    c2 = _ears(x, baseline, 2, 3.0, least_sigma)
    over = np.maximum(c2.statistic - 1, 0)
    earlier = np.full(len(x), np.nan)
    earlier[2:] = over[1:-1] + over[:-2]
    sigma = _sigma(x, baseline, 2, least_sigma)
    # without spread any count above the mean is beyond every bound
    room = np.where(sigma > 0, sigma * np.maximum(threshold - np.where(np.isinf(earlier), 0, earlier), 0), 0.0)
    bound = np.where(np.isnan(earlier), np.nan, c2.expected + room)
    statistic = over + earlier
    return Alarms(x, np.where(np.isnan(earlier), np.nan, c2.expected), statistic, bound, statistic > threshold)


def cusum(
    counts: Floats,
    *,
    k: float = 0.5,
    h: float = 5.0,
    mean: float | None = None,
    sigma: float | None = None,
    baseline: int = 28,
    reset: bool = True,
) -> Alarms:
    """Upper cumulative sum in standard deviations; an alarm above `h`, after which it begins again at 0.

    Without `mean` and `sigma` both come from the first `baseline` steps (sigma at least the root of the mean, as
    of a Poisson count, and at least 0.5), which are then not judged.
    """
    if (mean is None) != (sigma is None):
        raise ValueError("mean and sigma are given together or not at all")
    x = _checked(counts, 1 if sigma is not None else baseline + 1, whole=sigma is None)
    if sigma is not None and not sigma > 0:
        raise ValueError(f"a sigma of {sigma}")
    first = 0 if sigma is not None else baseline
    if mean is None or sigma is None:
        mean = float(x[:baseline].mean())
        sigma = max(float(x[:baseline].std(ddof=1)), float(np.sqrt(mean)), 0.5)
    statistic, total = np.full(len(x), np.nan), 0.0
    for i in range(first, len(x)):
        total = max(0.0, total + (x[i] - mean) / sigma - k)
        statistic[i] = total
        if reset and total > h:
            total = 0.0
    level = np.where(np.isnan(statistic), np.nan, mean)
    return Alarms(x, level, statistic, np.where(np.isnan(statistic), np.nan, h), statistic > h)


@dataclass(frozen=True)
class Seasonal:
    """The last step against the same season of former periods. `p` is one-sided, for this much or more;
    `reference` are the counts it was held against.
    """

    count: float
    expected: float
    bound: float
    p: float
    dispersion: float
    reference: Floats
    alarm: bool


def seasonal(
    counts: Floats, *, period: int = 52, half_window: int = 3, former: int = 5, alpha: float = 0.01
) -> Seasonal:
    """The last count against the steps within `half_window` of the same step in up to `former` periods before.

    Without an event in the reference the bound is the exact one of two Poisson counts: all y events fall into one
    of n + 1 equal steps with (n + 1)^-y. Raises ValueError for less than one whole period and half window before.
    """
    if not (period > 2 * half_window >= 0) or former < 1 or not 0 < alpha < 1:
        raise ValueError(f"period {period}, half window {half_window}, {former} former periods, alpha {alpha}")
    x = _checked(counts, period + half_window + 1)
    last = len(x) - 1
    reach = range(1, min(former, (last - half_window) // period) + 1)
    steps = [last - year * period + off for year in reach for off in range(-half_window, half_window + 1)]
    reference = x[np.array(steps)]
    n, mean = len(reference), float(reference.mean())
    if mean == 0:
        p, bound = (n + 1.0) ** -x[last], float(np.ceil(-np.log(alpha) / np.log(n + 1.0)) - 1)
        return Seasonal(float(x[last]), 0.0, bound, p, 1.0, reference, bool(p <= alpha))
    dispersion = max(1.0, float(((reference - mean) ** 2 / mean).sum() / (n - 1))) if n > 1 else 1.0
    spread = 2 / 3 * float(np.sqrt(dispersion * mean * (1 + 1 / n))) / mean
    bound = mean * max(1 - spread * float(special.ndtri(alpha)), 0.0) ** 1.5
    p = float(special.ndtr(-(((x[last] / mean) ** (2 / 3) - 1) / spread)))
    return Seasonal(float(x[last]), mean, bound, p, dispersion, reference, bool(x[last] > bound))


def _ears(counts: Floats, baseline: int, lag: int, threshold: float, least_sigma: float) -> Alarms:
    x = _checked(counts, baseline + lag + 1)
    expected, sigma = _mean(x, baseline, lag), _sigma(x, baseline, lag, least_sigma)
    gap = x - expected
    flat = np.where(gap > 0, np.inf, np.where(gap < 0, -np.inf, 0.0))
    statistic = np.where(np.isnan(expected), np.nan, np.divide(gap, sigma, out=flat, where=sigma > 0))
    bound = expected + threshold * sigma
    return Alarms(x, expected, statistic, bound, x > bound)


def _mean(x: Floats, baseline: int, lag: int) -> Floats:
    return _over_baseline(x, baseline, lag, lambda windows: windows.mean(axis=1))


def _sigma(x: Floats, baseline: int, lag: int, least: float) -> Floats:
    return np.maximum(_over_baseline(x, baseline, lag, lambda windows: windows.std(axis=1, ddof=1)), least)


def _over_baseline(x: Floats, baseline: int, lag: int, reduce: Callable[[Floats], Floats]) -> Floats:
    found = np.full(len(x), np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(x, baseline)
    found[baseline + lag :] = reduce(windows[: len(x) - baseline - lag])
    return found


def _checked(counts: Floats, least: int, whole: bool = True) -> Floats:
    given = np.asarray(counts)
    if given.ndim != 1 or given.dtype.kind not in "iufb":
        raise ValueError("a series is one row of numbers")
    x = given.astype(float)
    if not np.isfinite(x).all() or (whole and (x < 0).any()):
        raise ValueError("counts must be finite numbers of 0 or more")
    if len(x) < least:
        raise ValueError(f"{len(x)} steps are too few: {least} are needed")
    return x
