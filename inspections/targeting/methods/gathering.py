"""Where events gather: Gi* and local Moran's I, and how hotspots come and go."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.hotspots import Level, fdr, find_hotspots, levels, with_self
from geo.hotspots import gi_star as gi_star_z

from .given import FEWEST_CELLS, SURE_Q, Given, Outcome, untold, with_unseen

LEAST = 3.0  # weight below which a cell and its neighbours are too few to be called hot
# With fewer, no p would be small enough for false-discovery control over thousands of cells
PERMUTATIONS = 9_999
STEPS, FEWEST_STEPS = 12, 4  # of a period, in which hotspots come and go


def gi_star(given: Given) -> Outcome:
    totals = given.totals
    if len(totals) < FEWEST_CELLS:
        return untold(totals)
    found = find_hotspots(totals, given.grid.neighbours, given.view.visits > 0, LEAST)
    return Outcome(totals, found.z, found.p, found.q, found.level)


def gi_star_permuted(given: Given) -> Outcome:
    from geo.permutation import gi_star_permuted

    totals = given.totals
    if len(totals) < FEWEST_CELLS:
        return untold(totals)
    weights = with_self(given.grid.neighbours)
    z = gi_star_z(totals, weights)
    p = gi_star_permuted(totals, weights, PERMUTATIONS, given.seed).p
    q = fdr(p)
    level = levels(z, q)
    level[(level > 0) & (weights @ totals < LEAST)] = Level.NONE
    return Outcome(totals, z, p, q, with_unseen(given, totals, level))


def local_moran(given: Given) -> Outcome:
    from geo.autocorrelation import Quadrant
    from geo.autocorrelation import local_moran as statistic_of
    from geo.permutation import local_moran_permuted

    totals = given.totals
    if len(totals) < FEWEST_CELLS:
        return untold(totals)
    found = statistic_of(totals, given.grid.neighbours)
    p = local_moran_permuted(totals, given.grid.neighbours, PERMUTATIONS, given.seed).p
    q = fdr(p)
    among = {Quadrant.HIGH_HIGH: 1.0, Quadrant.LOW_LOW: -1.0}
    side = np.array([among.get(Quadrant(each), 0.0) for each in range(len(Quadrant))])[found.quadrant]
    level = levels(side, q)
    around = with_self(given.grid.neighbours) @ totals
    level[(level > 0) & (around < LEAST)] = Level.NONE
    names = np.array([quadrant.name.lower() for quadrant in Quadrant])
    quadrant = np.where((q <= SURE_Q) & (found.quadrant > 0), names[found.quadrant], "")
    level = with_unseen(given, totals, level)
    return Outcome(found.statistic, found.z, p, q, level, quadrant=quadrant)


def emerging(given: Given) -> Outcome:
    """Gi* of each step of the period, the newest the last; its value, z and level are the last step's."""
    from geo.trends import EmergingClass
    from geo.trends import emerging as classes_of

    found = [_gi_star_of_step(given, step) for step in _steps(given)]
    last = found[-1]
    classes = classes_of(np.array([each.level for each in found]), np.array([each.z for each in found]))
    names = np.array(["" if each == 0 else EmergingClass(each).name.lower() for each in classes.tolist()])
    return replace(last, emerging=names)


def _steps(given: Given) -> list[NDArray[np.bool_]]:
    """Which events are in each step: a twelfth of the period, a week at least, counted back from its end."""
    since, until = (
        np.datetime64(round(each.timestamp()), "s") for each in (given.material.since, given.material.until)
    )
    length = max((until - since) / STEPS, np.timedelta64(7, "D").astype("timedelta64[s]"))
    count = max(FEWEST_STEPS, int((until - since) / length))
    at = given.material.events.at[given.chosen]
    ends = [until - length * back for back in range(count)][::-1]
    return [(at >= end - length) & (at < end) for end in ends]


def _gi_star_of_step(given: Given, step: NDArray[np.bool_]) -> Outcome:
    return gi_star(replace(given, cell=np.where(step, given.cell, -1)))
