"""Cylinders over events of place and day: the space-time permutation scan (Kulldorff et al. 2005)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .apart import clusters_apart
from .cylinder_loops import best_cylinders, maxima
from .loops import BLOCK
from .replicas import generator, maxima_of, p_gumbel, p_of
from .windows import Circles, circles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Cylinders × replicas; about a minute on two calm cores
MOST_WORK = 4.0e11
MOST_TABLE = 25_000_000


@dataclass(frozen=True)
class SpaceTimeCluster:
    """`events` are the rows of the input inside the circle and in [since_day, until_day), ascending; `centre` is a
    row at its middle. `expected` follows from how many events the circle and the days have on their own.
    """

    events: Ints
    centre: int
    radius_m: float
    since_day: float
    until_day: float
    cases: int
    expected: float
    llr: float
    p: float
    p_gumbel: float | None


@dataclass(frozen=True)
class _Field:
    """Events in an order that depends on their values alone; `place` and `step` are numbers of each event."""

    order: Ints
    place: Ints
    step: Ints
    x_m: Floats
    y_m: Floats
    steps: int
    first_day: float
    step_days: float

    def table(self, step: Ints) -> Ints:
        """Events of each place before each step: places × (steps + 1)."""
        places = len(self.x_m)
        flat = np.bincount(self.place * self.steps + step, minlength=places * self.steps)
        summed = np.zeros((places, self.steps + 1), dtype=np.int64)
        np.cumsum(flat.reshape(places, self.steps), axis=1, out=summed[:, 1:])
        return summed


@dataclass(frozen=True)
class _Intervals:
    """See `cylinder_loops.maxima`."""

    since: Ints
    until: Ints
    in_time: Floats

    def arrays(self) -> tuple[Ints, Ints, Floats]:
        return self.since, self.until, self.in_time


def scan_space_time(
    x_m: Floats,
    y_m: Floats,
    day: Floats,
    *,
    step_days: float = 1.0,
    most_share: float = 0.5,
    most_period: float = 0.5,
    most_places: int = 100,
    alive: bool = False,
    least: int = 2,
    most_clusters: int = 10,
    permutations: int = 999,
    seed: int = 0,
    gumbel: bool = False,
) -> list[SpaceTimeCluster]:
    """Where and when events are more than their places and their days explain, without any population.

    `day` counts days from any one moment. Time is cut into steps of `step_days` from the first event on; an
    interval is at most `most_period` of all steps, a circle holds at most `most_share` of all events and
    `most_places` places. `alive` looks only at intervals that last until the last step (what goes on now).
    Replicas shuffle the days among the events. Later clusters share no place with those before. Raises ValueError
    for shapes that differ, values that aren't finite (dates are turned into days first, see
    `geo.times.days_since`) and what would take minutes.
    """
    if not (0 < most_share <= 1 and 0 < most_period <= 1 and step_days > 0) or min(least, most_places) < 1:
        raise ValueError(f"shares of {most_share} and {most_period}, steps of {step_days}, at least {least}")
    field = _field(x_m, y_m, day, step_days)
    if len(field.order) < 2 or field.steps < 2 or len(field.x_m) < 2:
        return []
    intervals = _intervals(field, most_period, alive)
    events = np.bincount(field.place)
    around = circles(field.x_m, field.y_m, events.astype(float), most_share * len(field.order), most_places)
    _bound(field, around, intervals, permutations)
    most = most_share * float(intervals.in_time.max())

    def block(replicas: range) -> Floats:
        summed = np.zeros((len(field.x_m), field.steps + 1, BLOCK), dtype=np.int32)
        for i, replica in enumerate(replicas):
            summed[:, :, i] = field.table(generator(seed, replica).permutation(field.step))
        return maxima(around.start, around.member, events, summed.ravel(), *intervals.arrays(), most, least)

    found = maxima_of(permutations, block)
    return _clusters(field, around, intervals, found, least, most_clusters, gumbel)


def _field(x_m: Floats, y_m: Floats, day: Floats, step_days: float) -> _Field:
    if any(np.asarray(v).dtype.kind not in "iuf" for v in (x_m, y_m, day)):
        raise ValueError("positions and days must be numbers")
    x, y, t = (np.asarray(v, dtype=float) for v in (x_m, y_m, day))
    if not (x.ndim == 1 and x.shape == y.shape == t.shape):
        raise ValueError(f"{x.shape} and {y.shape} positions, {t.shape} days")
    if not np.isfinite([x, y, t]).all():
        raise ValueError("positions and days must be finite numbers")
    x, y = np.round(x, 3) + 0.0, np.round(y, 3) + 0.0
    order = np.lexsort((t, y, x))
    places, place = np.unique(np.column_stack([x, y])[order], axis=0, return_inverse=True)
    first = float(t.min()) if len(t) else 0.0
    step = np.floor((t[order] - first) / step_days + 1e-9).astype(np.int64)
    steps = int(step.max()) + 1 if len(t) else 0
    return _Field(order, place.ravel(), step, places[:, 0], places[:, 1], steps, first, step_days)


def _intervals(field: _Field, most_period: float, alive: bool) -> _Intervals:
    longest = max(1, int(field.steps * most_period + 1e-9))
    until = np.array([field.steps]) if alive else np.arange(1, field.steps + 1)
    pairs = np.array([(u - length, u) for u in until for length in range(1, min(longest, u) + 1)], dtype=np.int64)
    before = np.concatenate([[0], np.cumsum(np.bincount(field.step, minlength=field.steps))])
    in_time = (before[pairs[:, 1]] - before[pairs[:, 0]]).astype(float)
    busy = in_time > 0
    return _Intervals(pairs[busy, 0].copy(), pairs[busy, 1].copy(), in_time[busy])


def _bound(field: _Field, around: Circles, intervals: _Intervals, permutations: int) -> None:
    closed = int(np.count_nonzero(around.member >= 0))
    cylinders = closed * len(intervals.since) + len(around.member) * field.steps
    if cylinders * permutations > MOST_WORK or len(field.x_m) * (field.steps + 1) > MOST_TABLE // BLOCK * 4:
        raise ValueError(
            f"{len(field.x_m)} places and {field.steps} steps make {cylinders} cylinders, too many for "
            f"{permutations} replicas; take cells for places, longer steps, smaller shares or `alive`"
        )


def _clusters(
    field: _Field,
    around: Circles,
    intervals: _Intervals,
    replicas: Floats,
    least: int,
    most_clusters: int,
    gumbel: bool,
) -> list[SpaceTimeCluster]:
    events, summed = np.bincount(field.place), field.table(field.step)

    def search(first: int, beyond: int, taken: NDArray[np.bool_], ratios: Floats, found: Ints) -> None:
        cylinders = (around.start, around.member, events, summed, taken, *intervals.arrays())
        best_cylinders(first, beyond, *cylinders, least, ratios, found)

    return [
        _cluster(field, around.cells(centre, int(size)), centre, intervals, int(k), ratio, replicas, gumbel)
        for ratio, centre, (size, k) in clusters_apart(around, search, most_clusters)
    ]


def _cluster(
    field: _Field,
    places: Ints,
    centre: int,
    intervals: _Intervals,
    k: int,
    ratio: float,
    replicas: Floats,
    gumbel: bool,
) -> SpaceTimeCluster:
    since, until = int(intervals.since[k]), int(intervals.until[k])
    near = np.isin(field.place, places)
    inside = near & (field.step >= since) & (field.step < until)
    away = np.hypot(field.x_m[places] - field.x_m[centre], field.y_m[places] - field.y_m[centre])
    return SpaceTimeCluster(
        events=np.sort(field.order[inside]),
        centre=int(field.order[np.flatnonzero(field.place == centre)[0]]),
        radius_m=float(away.max()),
        since_day=field.first_day + since * field.step_days,
        until_day=field.first_day + until * field.step_days,
        cases=int(np.count_nonzero(inside)),
        expected=float(np.count_nonzero(near) * intervals.in_time[k] / len(field.place)),
        llr=ratio,
        p=p_of(ratio, replicas),
        p_gumbel=p_gumbel(ratio, replicas) if gumbel else None,
    )
