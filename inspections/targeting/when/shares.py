"""Profiles over slots (kind of day × hour), each shrunk to the one above: site → neighbourhood → county → prior.

A profile is a rate for each day of the kind, scaled so that the days of the period add up to one. What was counted
in a unit is held against what its parent expects of it with the weight of `strength` occurrences (Dirichlet-
multinomial empirical Bayes; the strength maximises the likelihood of all units: Minka, Estimating a Dirichlet
distribution, 2000). With nothing counted a profile is its parent's.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .day_types import SCHOOL_DAYS, TYPES

Floats = NDArray[np.float64]
HOURS = 24
SLOTS = len(TYPES) * HOURS
STRENGTHS = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
LEAST_UNITS = 5  # fewer units tell nothing of how much units differ
USUAL_STRENGTH = 50.0
COARSE_HOURS = 4


def smooth(counts: Floats) -> Floats:
    """Counts (units × SLOTS) spread to the hours beside, round the clock, and by half over the five school days:
    a class is no matter of one minute, and a Tuesday is much like a Thursday.
    """
    by_hour = counts.reshape(*counts.shape[:-1], len(TYPES), HOURS)
    spread = by_hour / 2 + (np.roll(by_hour, 1, axis=-1) + np.roll(by_hour, -1, axis=-1)) / 4
    school = spread[..., : len(SCHOOL_DAYS), :]
    spread[..., : len(SCHOOL_DAYS), :] = school / 2 + school.mean(axis=-2, keepdims=True) / 2
    return np.asarray(spread.reshape(counts.shape))


def scaled(profile: Floats, days: Floats) -> Floats:
    """So that the rates of all days of the period add up to one. `days` (SLOTS): how many of a kind there were."""
    total = (profile * days).sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(profile, total, out=np.zeros_like(profile), where=total > 0))


def shrunk(counts: Floats, days: Floats, parent: Floats, strength: float) -> Floats:
    """Profiles of units (units × SLOTS) from what was counted in them. A kind of day that the period didn't have
    is its parent's.
    """
    parent = np.broadcast_to(parent, counts.shape)
    total = counts.sum(axis=1, keepdims=True) + strength
    seen = (counts + strength * parent * days) / total
    rate = np.divide(seen, days, out=parent.copy(), where=days > 0)
    return scaled(rate, np.maximum(days, 1e-9))


def strength_of(counts: Floats, days: Floats, parent: Floats) -> float:
    """How many occurrences the parent is worth, by the likelihood of all units on a coarse grid of hours."""
    from scipy.special import gammaln

    enough = counts.sum(axis=1) >= 2
    if enough.sum() < LEAST_UNITS:
        return USUAL_STRENGTH
    parent = np.broadcast_to(parent, counts.shape)[enough]
    n, expected = _coarse(counts[enough]), np.maximum(_coarse(parent * days), 1e-9)
    expected = expected / expected.sum(axis=1, keepdims=True)
    total = n.sum(axis=1)

    def likelihood(strength: float) -> float:
        alpha = strength * expected
        inner = (gammaln(n + alpha) - gammaln(alpha)).sum(axis=1)
        return float((gammaln(strength) - gammaln(total + strength) + inner).sum())

    return max(STRENGTHS, key=likelihood)


def _coarse(slots: Floats) -> Floats:
    by_hour = slots.reshape(len(slots), len(TYPES), HOURS // COARSE_HOURS, COARSE_HOURS).sum(axis=-1)
    # school days together, then the others
    kinds = np.concatenate([by_hour[:, :5].sum(axis=1, keepdims=True), by_hour[:, 5:]], axis=1)
    return np.asarray(kinds.reshape(len(slots), -1))


def best_window(hours: Floats, length: int, possible: Sequence[int]) -> tuple[int, float]:
    """The first hour of the `length` hours with most of a day's 24 among those possible, and their share of the
    day. The earliest of equal ones.
    """
    starts = [hour for hour in possible if hour + length - 1 in possible]
    sums = [float(hours[start : start + length].sum()) for start in starts]
    best = int(np.argmax(sums))
    total = float(hours.sum())
    return starts[best], sums[best] / total if total > 0 else 0.0
