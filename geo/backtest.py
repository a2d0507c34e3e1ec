"""Roll through the past: predict each period from what lay before it, then count what came.

A predictor sees a `Past` alone, whose events all lie before the predicted period, and gives every cell a score.
Figures of all periods are pooled (hits ÷ events, hits ÷ the most that could be caught in each period); intervals
resample whole periods, since events of one week belong together.

Sources: rolling (prospective) evaluation as in Mohler et al. 2015; near repeats scored as in Bowers, Johnson &
Pease 2004 ("ProMap": 1 ÷ (1 + cells away) × 1 ÷ (1 + weeks ago)).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from .accuracy import Accuracy, Estimate, credited, estimate

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """Row i of each array is cell i, in a plane in metres."""

    x_m: Floats
    y_m: Floats
    area_km2: Floats

    def __len__(self) -> int:
        return len(self.area_km2)


@dataclass(frozen=True)
class Events:
    """`cell` is the row in Cells, -1 for outside; `day` counts days from any one moment, parts included."""

    cell: NDArray[np.int64]
    day: Floats


@dataclass(frozen=True)
class Past:
    """What was known when a prediction was made at `until`: the events of [since, until)."""

    cells: Cells
    cell: NDArray[np.int64]
    day: Floats
    since: float
    until: float

    def counts(self, days: float | None = None) -> Floats:
        """Events in each cell, of the last `days` or of the whole past."""
        recent = self.cell if days is None else self.cell[self.day >= self.until - days]
        return np.bincount(recent, minlength=len(self.cells)).astype(float)


Predictor = Callable[[Past], Floats]


@dataclass(frozen=True)
class Tested:
    """One predictor at one share of the area. `hits`, `best` and `events` have a row for each period: caught,
    the most that could have been caught, and all that came.
    """

    predictor: str
    share: float
    accuracy: Accuracy
    hits: Floats
    best: Floats
    events: NDArray[np.int64]


def periods(first_day: float, last_day: float, train_days: float, test_days: float) -> list[float]:
    """The days on which predictions are made: each has `train_days` before and `test_days` after it inside the
    data, and the tests lie end to end. Raises ValueError where the data are too short for one.
    """
    if not (train_days > 0 and test_days > 0):
        raise ValueError(f"{train_days} days of past and {test_days} days to predict")
    count = int(np.floor((last_day - first_day - train_days) / test_days + 1e-9))
    if count < 1:
        raise ValueError(f"{last_day - first_day:g} days are too few for {train_days:g} and {test_days:g} after")
    return [first_day + train_days + test_days * i for i in range(count)]


def backtest(
    events: Events,
    cells: Cells,
    predictors: Mapping[str, Predictor],
    moments: list[float],
    *,
    train_days: float,
    test_days: float,
    shares: tuple[float, ...] = (0.02, 0.05),
    replicas: int = 999,
    seed: int = 0,
) -> list[Tested]:
    """Every predictor at every share of the area, over all `moments` (see `periods`).

    Events outside of the cells aren't predictable by any list and are left out. Raises ValueError for values that
    aren't finite or a predictor that gives no finite score for a cell.
    """
    cell, day = _sorted(events, len(cells))
    rows: dict[tuple[str, float], list[tuple[float, float, int]]] = {
        (name, share): [] for name in predictors for share in shares
    }
    for until in moments:
        past = _past(cells, cell, day, until - train_days, until)
        after = (day >= until) & (day < until + test_days)
        came = np.bincount(cell[after], minlength=len(cells))
        for name, predict in predictors.items():
            score = predict(past)
            for share in shares:
                credit = credited(score, cells.area_km2, came, share)
                rows[name, share].append((float(credit.chosen @ came), float(credit.best @ came), int(came.sum())))
    return [_tested(name, share, found, replicas, seed) for (name, share), found in rows.items()]


def against(ours: Tested, theirs: Tested, *, replicas: int = 999, seed: int = 0) -> Estimate:
    """Hit rate of one less that of another on the same periods, with an interval over periods: above 0
    throughout, ours is better.
    """
    if ours.share != theirs.share or not np.array_equal(ours.events, theirs.events):
        raise ValueError("two predictors are compared at one share, over the same periods")
    return _pooled(ours.hits - theirs.hits, ours.events.astype(float), replicas, seed)


def random(past: Past) -> Floats:
    """No knowledge: every cell alike, which is the exact expectation of a random order."""
    return np.zeros(len(past.cells))


def recency(days: float) -> Predictor:
    """Cells with the most events of the last `days`."""
    return lambda past: past.counts(days)


def long_memory(past: Past) -> Floats:
    """Cells with the most events of the whole past."""
    return past.counts()


def kernel(cells: Cells, bandwidth_m: float) -> Predictor:
    """Gaussian kernel density of the whole past at the centres of cells, cut at four bandwidths."""
    reach = _reach(cells, 4 * bandwidth_m, lambda away: np.exp(-((away / bandwidth_m) ** 2) / 2))
    return lambda past: reach @ past.counts()


def fading(cells: Cells, bandwidth_m: float, half_life_days: float) -> Predictor:
    """Like `kernel`, with an event that counts half after each `half_life_days`: a kernel in space and time."""
    reach = _reach(cells, 4 * bandwidth_m, lambda away: np.exp(-((away / bandwidth_m) ** 2) / 2))

    def predict(past: Past) -> Floats:
        weight = 0.5 ** ((past.until - past.day) / half_life_days)
        return reach @ np.bincount(past.cell, weights=weight, minlength=len(past.cells))

    return predict


def near_repeats(cells: Cells, radius_m: float, days: float, cell_m: float) -> Predictor:
    """Each event within `radius_m` and `days` raises a cell by 1 ÷ (1 + cells away) × 1 ÷ (1 + weeks ago)."""
    reach = _reach(cells, radius_m, lambda away: 1 / (1 + np.floor(away / cell_m + 1e-9)))

    def predict(past: Past) -> Floats:
        ago = past.until - past.day
        recent = ago <= days
        weight = 1 / (1 + np.floor(ago[recent] / 7))
        raised = np.bincount(past.cell[recent], weights=weight, minlength=len(past.cells))
        return reach @ raised

    return predict


def weighted(weights: sparse.csr_array, statistic: Callable[[Floats, sparse.csr_array], Floats]) -> Predictor:
    """A statistic of cells and their weights over the whole past, like `geo.hotspots.gi_star`; NaN scores last."""

    def predict(past: Past) -> Floats:
        z = statistic(past.counts(), weights)
        known = np.isfinite(z)
        return np.where(known, z, z[known].min() - 1 if known.any() else 0.0)

    return predict


def _reach(cells: Cells, radius_m: float, weigh: Callable[[Floats], Floats]) -> sparse.csr_array:
    tree = cKDTree(np.column_stack([cells.x_m, cells.y_m]))
    pairs = tree.sparse_distance_matrix(tree, radius_m, output_type="coo_matrix")
    own = sparse.eye_array(len(cells), format="csr") * float(weigh(np.zeros(1))[0])
    apart = pairs.row != pairs.col
    away = sparse.csr_array(
        (weigh(pairs.data[apart]), (pairs.row[apart], pairs.col[apart])), shape=(len(cells), len(cells))
    )
    return sparse.csr_array(away + own)


def _sorted(events: Events, n: int) -> tuple[NDArray[np.int64], Floats]:
    cell, day = np.asarray(events.cell), np.asarray(events.day, dtype=float)
    if cell.shape != day.shape or not np.isfinite(day).all():
        raise ValueError("every event has a cell and a finite day")
    if len(cell) and (cell.max() >= n or cell.min() < -1):
        raise ValueError(f"cells are numbered from 0 to {n - 1}, -1 for outside")
    inside = cell >= 0
    order = np.lexsort((cell[inside], day[inside]))
    return cell[inside][order].astype(np.int64), day[inside][order]


def _past(cells: Cells, cell: NDArray[np.int64], day: Floats, since: float, until: float) -> Past:
    first, last = np.searchsorted(day, [since, until])
    return Past(cells, cell[first:last], day[first:last], since, until)


def _tested(name: str, share: float, found: list[tuple[float, float, int]], replicas: int, seed: int) -> Tested:
    hits, best, came = (np.array(column, dtype=float) for column in zip(*found, strict=True))
    rate, pei = _pooled(hits, came, replicas, seed), _pooled(hits, best, replicas, seed)
    pai = Estimate(rate.value / share, rate.low / share, rate.high / share)
    return Tested(name, share, Accuracy(share, int(came.sum()), rate, pai, pei), hits, best, came.astype(np.int64))


def _pooled(above: Floats, below: Floats, replicas: int, seed: int) -> Estimate:
    """Sum over sum, with periods resampled."""
    picks = np.random.default_rng(seed).integers(0, len(above), (replicas, len(above)))
    sums, totals = above[picks].sum(axis=1), below[picks].sum(axis=1)
    ratio = np.divide(sums, totals, out=np.full(replicas, np.nan), where=totals > 0)
    return estimate(ratio, float(above.sum() / below.sum()) if below.sum() > 0 else np.nan)
