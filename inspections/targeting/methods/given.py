"""What a method works on, and what it gives back."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.cells import SquareGrid, plane
from geo.hotspots import Level

from ..effort import EffortView
from ..material import Material
from ..settings import Counted, Settings

FEWEST_CELLS = 3  # of which anything can stand out
SURE_Q = 0.05
# What a rate is told of: a hundred pupils, one school
PER = {Counted.PER_PUPILS: 100.0, Counted.PER_SCHOOLS: 1.0}

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


def with_unseen(given: Given, totals: Floats, level: NDArray[np.int8]) -> NDArray[np.int8]:
    blind = (given.view.visits == 0) & (totals == 0) & (level <= 0)
    return np.where(blind, Level.UNSEEN, level).astype(np.int8)


def untold(value: Floats) -> Outcome:
    """Values that nothing is tested of."""
    unknown = np.full(len(value), np.nan)
    return Outcome(value, unknown, unknown, unknown, np.full(len(value), Level.NONE, dtype=np.int8))
