"""What a hotspot map is made of: cells, and for each period the answers that several methods give about them.

Plain data: numpy columns over the cells, WGS-84 degrees, days of China's calendar. Nothing here draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from ..hotspots import Level

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
ROLES = ("tip", "finding", "school", "institution", "suspected")


class Kind(StrEnum):
    """What the codes of a layer mean, and so its colours, hatches and words."""

    SIGNIFICANCE = "significance"
    QUADRANTS = "quadrants"
    EFFORT = "effort"
    EMERGING = "emerging"
    DENSITY = "density"
    SCAN = "scan"


class Quadrant(IntEnum):
    """A cell against its neighbours (Anselin 1995), numbered as in PySAL; NONE is not significant."""

    NONE = 0
    HIGH_HIGH = 1
    LOW_HIGH = 2
    LOW_LOW = 3
    HIGH_LOW = 4
    UNSEEN = 9


class EffortState(IntEnum):
    """A cell after correction for how often somebody looked. UNDECIDED: too few visits to say."""

    COLD = -1
    USUAL = 0
    HOT = 1
    UNDECIDED = 8


class Trend(IntEnum):
    """How a cell went through the steps of a period, named as ArcGIS names them; all cold ones are COLD."""

    NONE = 0
    NEW = 1
    CONSECUTIVE = 2
    INTENSIFYING = 3
    PERSISTENT = 4
    FADING = 5
    SPORADIC = 6
    OSCILLATING = 7
    HISTORICAL = 8
    COLD = -1
    UNSEEN = 9


class Band(IntEnum):
    """The densest ground that together holds 10, 25, 50 and 75 % of all weight; NONE is the rest."""

    NONE = 0
    THREE_QUARTERS = 1
    HALF = 2
    QUARTER = 3
    TENTH = 4


CODES: dict[Kind, frozenset[int]] = {
    Kind.SIGNIFICANCE: frozenset(Level),
    Kind.QUADRANTS: frozenset(Quadrant),
    Kind.EFFORT: frozenset(EffortState),
    Kind.EMERGING: frozenset(Trend),
    Kind.DENSITY: frozenset(Band),
    Kind.SCAN: frozenset({0}),
}
SHARES = (0.75, 0.5, 0.25, 0.1)


@dataclass(frozen=True)
class Cells:
    """The ground that all layers speak of, row by row: code and polygon (WGS-84)."""

    codes: Sequence[str] | NDArray[np.str_]
    polygons: NDArray[np.object_]


@dataclass(frozen=True)
class Frame:
    """A step of the time slider: its name, its first and last day, and each cell's code and z in it."""

    label: str
    first: date
    last: date
    code: Codes
    z: Floats


@dataclass(frozen=True)
class Surface:
    """A density over a box, rows from north to south, columns from west to east; any unit, not negative."""

    west: float
    south: float
    east: float
    north: float
    values: Floats

    def bands(self) -> Codes:
        """A `Band` for each pixel (Hyndman 1996: highest-density regions)."""
        return bands(self.values)


@dataclass(frozen=True)
class Circle:
    """A cluster that a scan found: cases against what was expected, and how likely chance alone is.

    `relative_risk` is None where all cases are inside; `first` and `last` are the days of a space-time cluster.
    """

    lon: float
    lat: float
    radius_m: float
    cases: float
    expected: float
    relative_risk: float | None
    p: float
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Layer:
    """What one method says about the cells in one period.

    `key` is the same for the same method of another period, so that the two can be compared. `name` is what
    it is called, `says` what it says and what it does not. `code` is each cell's class: a `Level`,
    `Quadrant`, `EffortState`, `Trend` or `Band`, as `kind` has it. Optional columns: z; q (what share of
    such findings is false, 0 to 1); value (weighted events); rate with its interval low to high (any unit,
    said in `unit`); settle (visits that would settle an undecided cell, NaN where none would).
    `sources` are the facts to cite it by, pairs of word and value; `sha256` the hash of its data.
    """

    key: str
    name: str
    kind: Kind
    code: Codes
    says: str = ""
    z: Floats | None = None
    q: Floats | None = None
    value: Floats | None = None
    rate: Floats | None = None
    low: Floats | None = None
    high: Floats | None = None
    settle: Floats | None = None
    unit: str = ""
    frames: Sequence[Frame] = ()
    surface: Surface | None = None
    circles: Sequence[Circle] = ()
    sources: Sequence[tuple[str, str]] = ()
    sha256: str = ""

    def columns(self) -> dict[str, Floats]:
        """The optional columns that this layer has, by name."""
        named = {name: getattr(self, name) for name in ("z", "q", "value", "rate", "low", "high", "settle")}
        return {name: column for name, column in named.items() if column is not None}


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both included, and what the methods say about them.

    `visits` is how often somebody looked into each cell, `checks` how many checks were made in it.
    """

    name: str
    first: date
    last: date
    layers: Sequence[Layer]
    visits: Floats | None = None
    checks: Floats | None = None


@dataclass(frozen=True)
class Points:
    """A layer of points in WGS-84. `role` is one of ROLES and decides shape and colour; `label` is shown.

    Points with a `day` (datetime64[D]) are events: they follow the slider and are counted for their cell.
    `names`, if given, has a text for each point.
    """

    label: str
    role: str
    lon: Floats
    lat: Floats
    day: NDArray[np.datetime64] | None = None
    names: Sequence[str] | None = None
    shown: bool = True


@dataclass(frozen=True)
class Target:
    """A place to visit: what it is called, why, and where. Listed in the order given."""

    name: str
    reasons: Sequence[str]
    lon: float
    lat: float


def bands(density: Floats) -> Codes:
    """A `Band` for each value: the fewest places that hold a share of the sum, densest first.

    Equal values are in the same band. NaN counts as nothing.
    """
    flat = np.nan_to_num(np.asarray(density, dtype=float)).ravel()
    made = np.zeros(flat.shape, dtype=np.int8)
    total = flat.sum()
    if total > 0:
        ranked = np.sort(flat)[::-1]
        held = np.cumsum(ranked) / total
        for band, share in enumerate(SHARES, start=1):
            # rounding must not push the last place that is wanted into the next one
            made[flat >= ranked[np.searchsorted(held, share - 1e-12)]] = band
        made[flat <= 0] = Band.NONE
    return made.reshape(np.shape(density))
