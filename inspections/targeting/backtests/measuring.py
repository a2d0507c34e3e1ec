"""The figures of a back-test, from columns and a seed alone: the same columns give the same to the last bit.

The first half of the visits, and days earlier: Chicago's food inspection forecasting (Schenk et al. 2015). Hit
rate and PAI: Chainey et al. 2008; PEI: Hunt 2016 (`geo.accuracy`). Random orders: of the first half the exact
expectation (one half) and the middle 95 % of the hypergeometric distribution; of cells the share of the area, and
random orders.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from geo.accuracy import Accuracy, Estimate, accuracy, credited, first_half

Columns = Mapping[str, NDArray[Any]]
Floats = NDArray[np.float64]

SHARES = (0.02, 0.05, 0.1, 0.2)
STEPS = np.linspace(0.05, 1.0, 20)
REPLICAS = 999
RANDOM_ORDERS = 400
LEAST_VISITS, LEAST_FOUND, LEAST_EVENTS = 20, 10, 20


def measure(visits: Columns, cells: Columns, seed: int) -> dict[str, Any]:
    """`visits` and `cells` as plain JSON: figures as [value, low, high], None where there is nothing to count."""
    return {"visits": measure_visits(visits, seed), "cells": measure_cells(cells, seed)}


def measure_visits(columns: Columns, seed: int) -> dict[str, Any]:
    """By order (score, recency, done): share found in the first half, days earlier, and the curve."""
    found, n = columns["found"], len(columns["found"])
    total = int(found.sum())
    orders = {"score": columns["risk"], "recency": columns["recency"], "done": -columns["day"]}
    # By site, so that replicas don't depend on the order of rows
    rows = np.argsort(columns["site"])
    day, found = columns["day"][rows], found[rows]
    return {
        "n": n,
        "found": total,
        "is_few": n < LEAST_VISITS or total < LEAST_FOUND,
        "orders": {name: _order(each[rows], day, found, seed) for name, each in orders.items()},
        "random": _random_visits(day, found, seed),
        "against_done": _difference(orders["score"][rows], orders["done"][rows], found, seed),
    }


def _order(scores: Floats, day: Floats, found: NDArray[np.bool_], seed: int) -> dict[str, Any]:
    half = first_half(scores, day, found, replicas=REPLICAS, seed=seed)
    return {
        "share": _kept(half.found),
        "days_earlier": _kept(half.days_earlier),
        "curve": _curve(scores, found, seed),
    }


def _curve(scores: Floats, found: NDArray[np.bool_], seed: int) -> list[list[float]] | None:
    """Share found by share visited, with an interval; from nothing to all."""
    total = int(found.sum())
    if not total:
        return None
    picks = np.random.default_rng(seed).integers(0, total, (REPLICAS, total))
    points = [[0.0, 0.0, 0.0, 0.0]]
    for step in STEPS:
        part = _parts(scores, float(step))[found]
        low, high = np.percentile(part[picks].mean(axis=1), (2.5, 97.5))
        points.append([_bits(step), _bits(part.mean()), _bits(low), _bits(high)])
    return points


def _parts(scores: Floats, share: float) -> Floats:
    """Of each visit the part that lies in the first share of an order; equal scores have equal parts."""
    n = len(scores)
    return credited(scores, np.ones(n), np.zeros(n, dtype=np.int64), share).chosen


def _random_visits(day: Floats, found: NDArray[np.bool_], seed: int) -> dict[str, Any]:
    n, total = len(found), int(found.sum())
    if not total:
        return {"share": None, "days_earlier": None}
    low, high = (float(each) / total for each in stats.hypergeom(n, total, n // 2).interval(0.95))
    chance = np.random.default_rng(seed)
    earlier = [float((day - chance.permutation(day))[found].mean()) for _ in range(REPLICAS)]
    least, most = np.percentile(earlier, (2.5, 97.5))
    expected = float(day[found].mean() - day.mean())
    return {
        "share": [0.5, _bits(low), _bits(high)],
        "days_earlier": [_bits(expected), _bits(least), _bits(most)],
    }


def _difference(ours: Floats, theirs: Floats, found: NDArray[np.bool_], seed: int) -> list[float] | None:
    """Share found in the first half by one order less that by another, on the same visits."""
    total = int(found.sum())
    if not total:
        return None
    gap = (_parts(ours, 0.5) - _parts(theirs, 0.5))[found]
    picks = np.random.default_rng(seed).integers(0, total, (REPLICAS, total))
    low, high = np.percentile(gap[picks].mean(axis=1), (2.5, 97.5))
    return [_bits(gap.mean()), _bits(low), _bits(high)]


def measure_cells(columns: Columns, seed: int) -> dict[str, Any]:
    """By share of the area and order (hot, recency, walked, random): hit rate, PAI and PEI."""
    events, area = columns["events"], columns["area_km2"]
    total = int(events.sum())
    orders = {name: columns[name] for name in ("hot", "recency", "walked")}
    shares = []
    random = _random_cells(area, events, seed) if total else {}
    for share in SHARES if total else ():
        found = {name: accuracy(each, area, events, share, seed=seed) for name, each in orders.items()}
        shares.append(
            {
                "share": share,
                "orders": {name: _figures(each) for name, each in found.items()},
                "random": random[share],
            }
        )
    return {
        "n": len(events),
        "events": total,
        "area_km2": _bits(area.sum()),
        "is_few": total < LEAST_EVENTS,
        "has_past": bool(columns["past"].sum() > 0),
        "shares": shares,
    }


def _figures(found: Accuracy) -> dict[str, Any]:
    return {"hit_rate": _kept(found.hit_rate), "pai": _kept(found.pai), "pei": _kept(found.pei)}


def _random_cells(area: Floats, events: NDArray[np.int64], seed: int) -> dict[float, dict[str, Any]]:
    """By share: expected is the share of the area itself; the interval is of random orders of the cells, of which
    the last that fits counts in part.
    """
    chance, budgets = np.random.default_rng(seed), np.array(SHARES) * area.sum()
    hits = np.empty((RANDOM_ORDERS, len(SHARES)))
    for n in range(RANDOM_ORDERS):
        order = chance.permutation(len(area))
        taken, caught = (np.concatenate([[0.0], each[order].cumsum()]) for each in (area, events))
        hits[n] = np.interp(budgets, taken, caught) / events.sum()
    found = {}
    for share, (low, high) in zip(SHARES, np.percentile(hits, (2.5, 97.5), axis=0).T, strict=True):
        rate, pai = [share, _bits(low), _bits(high)], [1.0, _bits(low / share), _bits(high / share)]
        found[share] = {"hit_rate": rate, "pai": pai}
    return found


def _kept(found: Estimate) -> list[float] | None:
    values = [found.value, found.low, found.high]
    return [_bits(each) for each in values] if np.isfinite(values).all() else None


def _bits(value: Any) -> float:
    return round(float(value), 9)
