"""Scans for circles, and for circles in time."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.hotspots import with_self

from ...days import day_of
from ..settings import Counted
from .given import PER, SURE_Q, Cluster, Floats, Given, Outcome, untold, with_unseen

REPLICAS = 999
LONGEST_BY_DAY = 62.0  # days of which a space-time scan takes each by itself; beyond, weeks


def scan(given: Given) -> Outcome:
    from geo.scan import scan_poisson

    cases, expected = _cases_and_expected(given)
    east_m, north_m = given.centres_m
    found = scan_poisson(east_m, north_m, cases, expected, permutations=REPLICAS, seed=given.seed)
    middles = [given.middle(each.centre) for each in found]
    clusters = [
        Cluster(
            *middle,
            radius_m=each.radius_m,
            observed=each.cases,
            expected=each.expected,
            relative_risk=each.relative_risk if np.isfinite(each.relative_risk) else None,
            likelihood_ratio=each.llr,
            p=each.p,
        )
        for middle, each in zip(middles, found, strict=True)
    ]
    return _in_clusters(given, cases.astype(float), clusters, [each.cells for each in found])


def _cases_and_expected(given: Given) -> tuple[NDArray[np.int64], Floats]:
    """Findings alone are hits against visits. Else events are held against pupils or schools, or the land
    itself.
    """
    if given.settings.counted is Counted.FINDINGS:
        hits = np.floor(given.view.hits).astype(np.int64)
        return hits, np.where(hits > 0, np.maximum(given.view.visits, 1.0), given.view.visits)
    if given.settings.counted not in PER:
        return given.counts, given.grid.share
    around = with_self(given.grid.neighbours)
    near = around @ (around @ given.denominator)
    # No cell may have events and nothing to hold them against: a hundredth of the mean stands everywhere
    return given.counts, near + max(near.mean(), 1e-9) / 100


def scan_space_time(given: Given) -> Outcome:
    from geo.scan import scan_space_time

    inside = given.cell >= 0
    at_cell = given.cell[inside]
    east_m, north_m = given.centres_m
    first = np.datetime64(day_of(given.material.since))
    day = (given.material.events.days[given.chosen][inside] - first).astype(float)
    step_days = 7.0 if len(day) and day.max() - day.min() > LONGEST_BY_DAY else 1.0
    found = scan_space_time(
        east_m[at_cell], north_m[at_cell], day, step_days=step_days, permutations=REPLICAS, seed=given.seed
    )
    clusters = [
        Cluster(
            *given.middle(int(at_cell[each.centre])),
            radius_m=each.radius_m,
            observed=each.cases,
            expected=each.expected,
            relative_risk=None,
            likelihood_ratio=each.llr,
            p=each.p,
            first_day=first + np.timedelta64(int(each.since_day), "D"),
            last_day=first + np.timedelta64(int(np.ceil(each.until_day)) - 1, "D"),
        )
        for each in found
    ]
    return _in_clusters(given, given.counts.astype(float), clusters, [at_cell[each.events] for each in found])


def _in_clusters(
    given: Given, value: Floats, clusters: list[Cluster], members: list[NDArray[np.int64]]
) -> Outcome:
    outcome = untold(value)
    cluster = np.zeros(len(value), dtype=np.int64)
    p, level = outcome.p.copy(), outcome.level.copy()
    for rank, (found, cells) in enumerate(zip(clusters, members, strict=True), start=1):
        cluster[cells], p[cells] = rank, found.p
        level[cells] = (found.p <= 0.10) + (found.p <= SURE_Q) + (found.p <= 0.01)
    level = with_unseen(given, value, level)
    return replace(outcome, p=p, level=level, cluster=cluster, clusters=clusters)
