"""How well an ordered list found what came after: hit rate, PAI, PEI; a list of visits against its first half.

Sources: hit rate and PAI, Chainey, Tompson & Uhlig 2008 (hit rate ÷ share of the area); PEI, Hunt 2016 (events
caught ÷ the most that any cells of the same area could have caught); the first half of the visits and days
earlier, Chicago's food inspection forecasting (Schenk et al. 2015).

Ties are spread evenly: cells of one score share what is left of the area, and the last cell counts in part, so
that every figure is the expectation over all orders of equal scores, the order of the input changes nothing, and
equal scores everywhere are exactly the random baseline (hit rate = share, PAI = 1).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# What lies between 2.5 % and 97.5 % of the replicas
INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % bootstrap interval. NaN where there was nothing to count."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Accuracy:
    """Figures of the best-scored `share` of the area, against `events` that came later."""

    share: float
    events: int
    hit_rate: Estimate
    pai: Estimate
    pei: Estimate


@dataclass(frozen=True)
class Credits:
    """Of each cell the part that was chosen by its score, and by hindsight (the most that could be caught)."""

    chosen: Floats
    best: Floats


@dataclass(frozen=True)
class FirstHalf:
    """`found` of all findings in the first half of an ordered list of visits, and how many days earlier a finding
    would have been visited than it was, had the visits kept their days and followed the order.
    """

    visits: int
    findings: int
    found: Estimate
    days_earlier: Estimate


def accuracy(
    scores: Floats,
    area_km2: Floats,
    events: NDArray[np.int64],
    share: float,
    *,
    replicas: int = 999,
    seed: int = 0,
) -> Accuracy:
    """Take the best-scored cells up to `share` of all area; `events` is the count of later events in each cell.

    Intervals resample the events. The interval of PEI holds the best cells fixed as they were. Raises ValueError
    for shapes that differ, values that aren't finite, areas or a share that aren't positive, counts that aren't
    whole.
    """
    counts = _counts(events)
    credit = credited(scores, area_km2, counts, share)
    total = int(counts.sum())
    if not total:
        nothing = Estimate(np.nan, np.nan, np.nan)
        return Accuracy(share, 0, nothing, nothing, nothing)
    hits, best = _resampled(credit, counts, replicas, seed)
    rate = estimate(hits / total, float(credit.chosen @ counts) / total)
    pei = estimate(_over(hits, best), float(credit.chosen @ counts) / float(credit.best @ counts))
    pai = Estimate(rate.value / share, rate.low / share, rate.high / share)
    return Accuracy(share, total, rate, pai, pei)


def credited(scores: Floats, area_km2: Floats, events: NDArray[np.int64], share: float) -> Credits:
    """The parts of cells that a score, and hindsight, take for `share` of the area. See `accuracy`."""
    score, area, counts = np.asarray(scores, dtype=float), np.asarray(area_km2, dtype=float), _counts(events)
    if not (score.ndim == 1 and score.shape == area.shape == counts.shape):
        raise ValueError(f"{score.shape} scores, {area.shape} areas and {counts.shape} counts")
    if not (np.isfinite(score).all() and np.isfinite(area).all() and (area > 0).all()):
        raise ValueError("scores must be finite, areas finite and above 0")
    if not 0 < share <= 1:
        raise ValueError(f"a share of {share}: it lies above 0 and is at most 1")
    budget = share * float(np.sort(area).sum())
    return Credits(_taken(score, area, budget), _taken(counts / area, area, budget))


def first_half(
    scores: Floats, days: Floats, found: NDArray[np.bool_], *, replicas: int = 999, seed: int = 0
) -> FirstHalf:
    """Visits that were made on `days`, each with its score and whether it `found` something.

    Ordered by score, what share of the findings lies in the first half of the visits? A random order gives one
    half. Days are dealt out again by the order: the highest score gets the first day. Intervals resample the
    findings. Raises ValueError for shapes that differ or values that aren't finite.
    """
    score, day, hit = np.asarray(scores, dtype=float), np.asarray(days, dtype=float), np.asarray(found, dtype=bool)
    if not (score.ndim == 1 and score.shape == day.shape == hit.shape):
        raise ValueError(f"{score.shape} scores, {day.shape} days and {hit.shape} outcomes")
    if not (np.isfinite(score).all() and np.isfinite(day).all()):
        raise ValueError("scores and days must be finite numbers")
    part = _taken(score, np.ones(len(score)), len(score) / 2)[hit]
    earlier = (day - _dealt(score, np.sort(day)))[hit]
    order = np.lexsort((earlier, part))
    picks = np.random.default_rng(seed).integers(0, max(len(part), 1), (replicas, len(part)))
    return FirstHalf(len(score), len(part), *(_mean(v[order], picks) for v in (part, earlier)))


def _counts(events: NDArray[np.int64]) -> NDArray[np.int64]:
    counts = np.asarray(events)
    whole = np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts))
    if not whole.all():
        raise ValueError("events must be whole numbers of 0 or more")
    return counts.astype(np.int64)


def _taken(rank: Floats, size: Floats, budget: float) -> Floats:
    """The part of each item that fits into the budget, best rank first, equal ranks to equal parts."""
    level, group = np.unique(-_rounded(rank), return_inverse=True)
    order = np.lexsort((size, group))
    sizes = np.bincount(group[order], weights=size[order], minlength=len(level))
    before = np.concatenate([[0.0], np.cumsum(sizes)[:-1]])
    part = np.clip((budget - before) / sizes, 0.0, 1.0) if len(level) else sizes
    return np.asarray(part[group])


def _dealt(score: Floats, days: Floats) -> Floats:
    """The day of each visit when sorted days are dealt out by score; equal scores get their mean day."""
    level, group = np.unique(-_rounded(score), return_inverse=True)
    size = np.bincount(group, minlength=len(level))
    place = np.repeat(np.arange(len(level)), size)
    mean = np.bincount(place, weights=days, minlength=len(level)) / np.maximum(size, 1)
    return np.asarray(mean[group])


def _rounded(values: Floats) -> Floats:
    """To 33 bits, ten digits: sums of the same numbers in another order are the same score."""
    mantissa, exponent = np.frexp(values)
    return np.asarray(np.ldexp(np.round(np.ldexp(mantissa, 33)), exponent - 33))


def _resampled(credit: Credits, counts: NDArray[np.int64], replicas: int, seed: int) -> tuple[Floats, Floats]:
    """Hits by score and by hindsight in replicas of the events. Cells of equal credits are one class."""
    pairs, group = np.unique(np.column_stack([credit.chosen, credit.best]), axis=0, return_inverse=True)
    sizes = np.bincount(group.ravel(), weights=counts, minlength=len(pairs))
    total = int(counts.sum())
    drawn = np.random.default_rng(seed).multinomial(total, sizes / total, size=replicas)
    return drawn @ pairs[:, 0], drawn @ pairs[:, 1]


def _over(hits: Floats, best: Floats) -> Floats:
    return np.divide(hits, best, out=np.full(len(hits), np.nan), where=best > 0)


def _mean(values: Floats, picks: NDArray[np.int64]) -> Estimate:
    if not len(values):
        return Estimate(np.nan, np.nan, np.nan)
    return estimate(values[picks].mean(axis=1), float(values.mean()))


def estimate(replicas: Floats, value: float) -> Estimate:
    """A figure with the middle 95 % of its replicas; NaN among them are left out."""
    known = replicas[np.isfinite(replicas)]
    low, high = np.percentile(known, INTERVAL) if len(known) else (np.nan, np.nan)
    return Estimate(value, float(low), float(high))
