"""The methods of an analysis: what each makes of the events in the cells, through `geo`.

What a cell's `value` is, by method: its weight for Gi* (`z`, `p` of Gi*); events per square kilometre for kernel
density, which tests nothing; hits for each visit for the rate.

`geo` modules that compile their loops are imported where they are used: the start of the web app waits for none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.cells import SquareGrid, plane
from geo.hotspots import Level, density, fdr, find_hotspots

from .effort import EffortView
from .material import Material
from .settings import Method, Settings

LEAST = 3.0  # weight below which a cell and its neighbours are too few to be called hot
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
    if len(totals) < 3:
        return _untold(totals)
    found = find_hotspots(totals, given.grid.neighbours, given.view.visits > 0, LEAST)
    return Outcome(totals, found.z, found.p, found.q, found.level)


@_does(Method.KERNEL)
def kernel(given: Given) -> Outcome:
    bandwidth_m = BANDWIDTH_CELLS * given.settings.size_m
    x_m, y_m = given.xy_m
    surface = density(x_m, y_m, bandwidth_m, bandwidth_m / 4, given.weight[given.cell >= 0])
    east_m, north_m = given.centres_m
    value = np.zeros(len(given.grid))
    if surface.per_km2.size:
        column = np.floor((east_m - surface.west_m) / surface.pixel_m).astype(int)
        row = np.floor((north_m - surface.south_m) / surface.pixel_m).astype(int)
        rows, columns = surface.per_km2.shape
        within = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        value[within] = surface.per_km2[row[within], column[within]]
    return _untold(value)


@_does(Method.RATE)
def rate(given: Given) -> Outcome:
    return _untold(given.view.rate)


def _untold(value: Floats) -> Outcome:
    """Values that nothing is tested of."""
    unknown = np.full(len(value), np.nan)
    return Outcome(value, unknown, unknown, fdr(unknown), np.full(len(value), Level.NONE, dtype=np.int8))
