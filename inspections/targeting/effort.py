"""Effort: what was found against how often anyone looked, and where that is too little to tell.

Hits of a cell are Poisson with rate x visits, the rates of the cells Gamma around the county's (the prior, by
moments: Marshall 1991, with Clayton & Kaldor 1987), so a cell's rate is Gamma again with its own hits and visits
added. The prior is never worth more than two hits: alone it could not decide, and no cell is clean because others
are. Criterion, on at least one visit of its own:

    hot        P(rate of the cell > rate of the county) >= 95 %
    cold       P(rate of the cell < 1.5 x rate of the county) >= 95 %, and not hot
    undecided  neither: more visits are needed

The margin of one half lets an ordinary cell be settled: no number of visits would show that it differs from the
county's rate, if it doesn't.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..errors import say
from ..vocabulary import Choice

SURE = 0.95
MARGIN = 1.5
STRONGEST_PRIOR = 2.0  # hits
LEAST_VISITS = 1.0
MOST_VISITS = 1024  # more than that is as good as never

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Heat(Choice):
    HOT = "hot", say("热")
    COLD = "cold", say("冷")
    UNDECIDED = "undecided", say("看得不够")


HEATS = np.array(list(Heat))


@dataclass(frozen=True)
class Prior:
    """Gamma of the rates in the county: `shape` hits in `visits`. `rate` is the county's own, hits for each
    visit.
    """

    rate: float
    shape: float

    @property
    def visits(self) -> float:
        return self.shape / self.rate


@dataclass(frozen=True)
class EffortView:
    """Row i is cell i. `heat` is a word of `Heat`, `rate` the posterior mean of hits for each visit, `low` to
    `high` its central 95 %, `visits_to_settle` how many more visits would decide if they found as often (NaN
    where it is decided, where no number up to 1,024 does it, and where the county has no rate). Rates are NaN in
    a county without visits.
    """

    heat: NDArray[np.str_]
    visits: Floats
    hits: Floats
    rate: Floats
    low: Floats
    high: Floats
    visits_to_settle: Floats


def judge(visits: Floats, hits: Floats) -> EffortView:
    """Judge each cell by its visits and hits. Raises ValueError for numbers below zero or not finite."""
    visits, hits = np.asarray(visits, dtype=float), np.asarray(hits, dtype=float)
    for numbers in (visits, hits):
        if not np.isfinite(numbers).all() or (numbers < 0).any():
            raise ValueError("visits and hits are numbers from zero up")
    prior = prior_of(visits, hits)
    if prior is None:
        nothing = np.full(len(visits), np.nan if not visits.any() else 0.0)
        unknown = np.full(len(visits), np.nan)
        return EffortView(
            np.full(len(visits), Heat.UNDECIDED.value), visits, hits, nothing, nothing, unknown, unknown
        )
    shape, scale = prior.shape + hits, prior.visits + visits
    return EffortView(
        heat=HEATS[np.select([is_hot(prior, visits, hits), is_cold(prior, visits, hits)], [0, 1], 2)],
        visits=visits,
        hits=hits,
        rate=shape / scale,
        low=special.gammaincinv(shape, 0.025) / scale,
        high=special.gammaincinv(shape, 0.975) / scale,
        visits_to_settle=_visits_to_settle(prior, visits, hits),
    )


def prior_of(visits: Floats, hits: Floats) -> Prior | None:
    """None for a county in which nobody looked, or nothing was found."""
    looked = visits > 0
    total = visits.sum()
    if not looked.any() or not hits.sum():
        return None
    rate = hits.sum() / total
    spread = (visits[looked] * (hits[looked] / visits[looked] - rate) ** 2).sum() / total
    between = spread - rate / visits[looked].mean()
    shape = rate**2 / between if between > 0 else np.inf
    return Prior(float(rate), float(min(shape, STRONGEST_PRIOR)))


def is_hot(prior: Prior, visits: Floats, hits: Floats) -> NDArray[np.bool_]:
    above = special.gammaincc(prior.shape + hits, (prior.visits + visits) * prior.rate)
    return np.asarray((above >= SURE) & (visits >= LEAST_VISITS))


def is_cold(prior: Prior, visits: Floats, hits: Floats) -> NDArray[np.bool_]:
    below = special.gammainc(prior.shape + hits, (prior.visits + visits) * prior.rate * MARGIN)
    return np.asarray((below >= SURE) & (visits >= LEAST_VISITS) & ~is_hot(prior, visits, hits))


def correction(visits: Floats) -> Floats:
    """By what the findings of each cell are multiplied, where places are compared by findings.

    Where we looked more often than in the mean of the visited cells, they are divided by how much more, so patrols
    alone make nothing hot. Where we looked less they stand as they are: what nobody saw is not made up.
    """
    visits = np.asarray(visits, dtype=float)
    looked = visits > 0
    usual = visits[looked].mean() if looked.any() else 0.0
    return np.divide(usual, visits, out=np.ones_like(visits), where=visits > usual)


def with_reports(view: EffortView, level: NDArray[np.int8], hot_from: int = 2) -> NDArray[np.str_]:
    """The three states of the map: where what is reported gathers (`level` of at least 95 %), a cell is hot
    however often we looked, since reports of the public do not depend on our effort.
    """
    gathers = (level >= hot_from) & (level <= 3)
    return np.where(gathers, Heat.HOT.value, view.heat)


def _visits_to_settle(prior: Prior, visits: Floats, hits: Floats) -> Floats:
    """The least number of further visits, by halving: once settled, more of the same leave it settled."""
    rate = (prior.shape + hits) / (prior.visits + visits)

    def settled(more: Floats) -> NDArray[np.bool_]:
        n, found = visits + more, hits + rate * more
        return is_hot(prior, n, found) | is_cold(prior, n, found)

    none, most = np.zeros(len(visits)), np.full(len(visits), float(MOST_VISITS))
    reachable, done = settled(most), settled(none)
    low, high = none, most
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        enough = settled(middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(done | ~reachable, np.nan, high)
