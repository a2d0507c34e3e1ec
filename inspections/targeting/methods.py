"""The methods of an analysis: what each makes of the events in the cells, through `geo`.

What a cell's `value` is, by method:

    gi_star, gi_star_permuted   the weight in it; `z` of Gi*, `p` normal or by permutation
    local_moran                 local Moran's I; `quadrant` where q <= 0.05; hot is high among high
    kernel, kernel_adaptive     events for each square kilometre at its middle; nothing is tested
    emerging                    as gi_star in the last step; `emerging` is the class over all steps
    rate                        hits for each visit, events for 100 pupils or a school, shrunk; hot is 95 %
    scan, scan_space_time       events in it; `cluster` and the cluster's `p`

`geo` modules that compile their loops are imported where they are used: the start of the web app waits for none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.cells import SquareGrid, plane
from geo.hotspots import Level, fdr, find_hotspots, levels, with_self
from geo.hotspots import gi_star as gi_star_z

from ..days import day_of
from .effort import EffortView, Heat
from .material import Material
from .settings import Counted, Method, Settings

if TYPE_CHECKING:
    from geo.density import Density

LEAST = 3.0  # weight below which a cell and its neighbours are too few to be called hot
FEWEST_CELLS = 3  # of which anything can stand out
PERMUTATIONS = 9_999  # with fewer, no p would be small enough for false-discovery control over thousands of cells
REPLICAS = 999
STEPS, FEWEST_STEPS = 12, 4  # of a period, in which hotspots come and go
SURE_Q = 0.05
LONGEST_BY_DAY = 62.0  # days of which a space-time scan takes each by itself; beyond, weeks
# What a rate is told of: a hundred pupils, one school
PER = {Counted.PER_PUPILS: 100.0, Counted.PER_SCHOOLS: 1.0}
BANDWIDTH_CELLS = 2.0  # of the kernel density

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cluster:
    """What a scan found, as `hotspot_runs.HotspotCluster` keeps it. Days are China's, both included."""

    lon: float
    lat: float
    radius_m: float
    observed: float
    expected: float
    relative_risk: float | None
    likelihood_ratio: float
    p: float
    first_day: np.datetime64 | None = None
    last_day: np.datetime64 | None = None


@dataclass(frozen=True)
class Given:
    """What a method works on: the chosen events of the material with their corrected `weight`, and the `cell` of
    each (-1 outside).
    """

    material: Material
    settings: Settings
    view: EffortView
    chosen: NDArray[np.bool_]
    weight: Floats
    cell: NDArray[np.int64]
    seed: int

    @property
    def grid(self) -> SquareGrid:
        return self.material.grid

    @property
    def totals(self) -> Floats:
        """Weight of the events in each cell."""
        inside = self.cell >= 0
        return np.bincount(self.cell[inside], weights=self.weight[inside], minlength=len(self.grid)).astype(float)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many events there are in each cell, whatever they weigh."""
        return np.bincount(self.cell[self.cell >= 0], minlength=len(self.grid))

    @property
    def denominator(self) -> Floats:
        return self.material.pupils if self.settings.counted is Counted.PER_PUPILS else self.material.schools

    def middle(self, cell: int) -> tuple[float, float]:
        """(lon, lat) of the middle of a cell's part inside the county."""
        point = shapely.centroid(self.grid.polygons[cell])
        return float(point.x), float(point.y)

    @property
    def xy_m(self) -> tuple[Floats, Floats]:
        """The events inside the grid, in the grid's plane in metres."""
        events, inside = self.material.events, self.cell >= 0
        x_m, y_m = plane(self.grid.meridian)(events.lon[self.chosen][inside], events.lat[self.chosen][inside])
        return np.asarray(x_m), np.asarray(y_m)

    @property
    def centres_m(self) -> tuple[Floats, Floats]:
        """The middles of the cells' parts inside the county, in the grid's plane in metres."""
        middles = shapely.centroid(self.grid.polygons)
        x_m, y_m = plane(self.grid.meridian)(shapely.get_x(middles), shapely.get_y(middles))
        return np.asarray(x_m), np.asarray(y_m)


@dataclass(frozen=True)
class Outcome:
    """Row i is cell i; NaN is nothing known. `cluster` is the rank of a cell's cluster, 0 for none."""

    value: Floats
    z: Floats
    p: Floats
    q: Floats
    level: NDArray[np.int8]
    emerging: NDArray[np.str_] | None = None
    quadrant: NDArray[np.str_] | None = None
    cluster: NDArray[np.int64] | None = None
    clusters: list[Cluster] = field(default_factory=list)


METHODS: dict[Method, Callable[[Given], Outcome]] = {}


def _does(method: Method) -> Callable[[Callable[[Given], Outcome]], Callable[[Given], Outcome]]:
    def register(function: Callable[[Given], Outcome]) -> Callable[[Given], Outcome]:
        METHODS[method] = function
        return function

    return register


@_does(Method.GI_STAR)
def gi_star(given: Given) -> Outcome:
    totals = given.totals
    if len(totals) < FEWEST_CELLS:
        return _untold(totals)
    found = find_hotspots(totals, given.grid.neighbours, given.view.visits > 0, LEAST)
    return Outcome(totals, found.z, found.p, found.q, found.level)


@_does(Method.GI_STAR_PERMUTED)
def gi_star_permuted(given: Given) -> Outcome:
    from geo.permutation import gi_star_permuted

    totals = given.totals
    if len(totals) < FEWEST_CELLS:
        return _untold(totals)
    weights = with_self(given.grid.neighbours)
    z = gi_star_z(totals, weights)
    p = gi_star_permuted(totals, weights, PERMUTATIONS, given.seed).p
    q = fdr(p)
    level = levels(z, q)
    level[(level > 0) & (weights @ totals < LEAST)] = Level.NONE
    return Outcome(totals, z, p, q, _with_unseen(given, totals, level))


@_does(Method.LOCAL_MORAN)
def local_moran(given: Given) -> Outcome:
    from geo.autocorrelation import Quadrant
    from geo.autocorrelation import local_moran as statistic_of
    from geo.permutation import local_moran_permuted

    totals = given.totals
    if len(totals) < FEWEST_CELLS:
        return _untold(totals)
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
    level = _with_unseen(given, totals, level)
    return Outcome(found.statistic, found.z, p, q, level, quadrant=quadrant)


@_does(Method.KERNEL)
def kernel(given: Given) -> Outcome:
    from geo.density import kernel

    return _surface(given, kernel)


@_does(Method.KERNEL_ADAPTIVE)
def adaptive_kernel(given: Given) -> Outcome:
    from geo.density import adaptive

    return _surface(given, adaptive)


def _surface(given: Given, smooth: Callable[..., "Density"]) -> Outcome:
    bandwidth_m = BANDWIDTH_CELLS * given.settings.size_m
    x_m, y_m = given.xy_m
    if not len(x_m):
        return _untold(np.zeros(len(given.grid)))
    to_plane = plane(given.grid.meridian)
    outline = shapely.transform(given.material.outline, lambda xy: np.column_stack(to_plane(xy[:, 0], xy[:, 1])))
    weight = given.weight[given.cell >= 0]
    surface = smooth(x_m, y_m, bandwidth_m, bandwidth_m / 4, weight, outline)
    return _untold(surface.at(*given.centres_m))


@_does(Method.EMERGING)
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


@_does(Method.RATE)
def rate(given: Given) -> Outcome:
    """Per visit as `effort` judges it; per pupil or school of the cell and its neighbours together, since events
    seldom stand in the school's own cell.
    """
    from geo.rates import empirical_bayes

    if given.settings.counted not in PER:
        hot = given.view.heat == Heat.HOT
        level = np.where(hot, Level.HOT_95, np.where(given.view.visits > 0, Level.NONE, Level.UNSEEN))
        return replace(_untold(given.view.rate), level=level.astype(np.int8))
    around = with_self(given.grid.neighbours)
    exposed = around @ given.denominator
    counts = np.where(exposed > 0, around @ given.totals, 0.0)
    rates = empirical_bayes(counts, exposed)
    usual = counts.sum() / exposed.sum() if exposed.any() else np.nan
    level = np.select([rates.low > usual, rates.high < usual], [Level.HOT_95, Level.COLD_95], Level.NONE)
    level[exposed == 0] = Level.NONE
    value = np.where(exposed > 0, rates.shrunk * PER[given.settings.counted], np.nan)
    return replace(_untold(value), level=level.astype(np.int8))


@_does(Method.SCAN)
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


@_does(Method.SCAN_SPACE_TIME)
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
    outcome = _untold(value)
    cluster = np.zeros(len(value), dtype=np.int64)
    p, level = outcome.p.copy(), outcome.level.copy()
    for rank, (found, cells) in enumerate(zip(clusters, members, strict=True), start=1):
        cluster[cells], p[cells] = rank, found.p
        level[cells] = (found.p <= 0.10) + (found.p <= SURE_Q) + (found.p <= 0.01)
    level = _with_unseen(given, value, level)
    return replace(outcome, p=p, level=level, cluster=cluster, clusters=clusters)


def _with_unseen(given: Given, totals: Floats, level: NDArray[np.int8]) -> NDArray[np.int8]:
    blind = (given.view.visits == 0) & (totals == 0) & (level <= 0)
    return np.where(blind, Level.UNSEEN, level).astype(np.int8)


def _untold(value: Floats) -> Outcome:
    """Values that nothing is tested of."""
    unknown = np.full(len(value), np.nan)
    return Outcome(value, unknown, unknown, unknown, np.full(len(value), Level.NONE, dtype=np.int8))
