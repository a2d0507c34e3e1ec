"""How many events there are around each place: Gaussian kernel density, fixed, adaptive, and in space and time.

At a border an event's kernel is divided by the part of it that lies inside, so that no event leaks out of the
county (Jones 1993; Diggle 2010, eq. 18.9; `diggle=TRUE` in spatstat). Outside nothing is counted or shown.

Sources besides: Scott 1992, eq. 6.42, and Silverman 1986, p. 47 (bandwidth); Abramson 1982 (adaptive); Davies &
Baddeley 2018 (adaptive by classes of bandwidth); Brunsdon, Corcoran & Higgs 2007 (space and time).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special
from shapely.geometry.base import BaseGeometry

from .pixels import REACH, Pixels, frame, inside
from .weights import Floats

STEP = 1.1  # between classes of bandwidth; between two classes an event is shared out
WIDEST = 5.0  # a bandwidth at most this many times the common one, as in Davies & Baddeley


@dataclass(frozen=True)
class Density:
    """Events per square kilometre, row 0 in the south; `west_m`, `south_m` is the outer corner of pixel [0, 0].

    `left_out` is the weight of events outside the outline. Pixels whose middle lies outside it are 0.
    """

    per_km2: Floats
    west_m: float
    south_m: float
    pixel_m: float
    bandwidth_m: float = np.nan
    left_out: float = 0.0
    unclipped: Floats | None = field(default=None, repr=False)

    def at(self, x_m: Floats, y_m: Floats) -> Floats:
        """The value of the pixel in which each place lies; 0 outside the frame. A place just inside the outline
        has one though the middle of its pixel lies outside.
        """
        surface = self.per_km2 if self.unclipped is None else self.unclipped
        rows, columns = surface.shape
        row, column = (
            np.floor((np.asarray(v, dtype=float) - start) / self.pixel_m)
            for v, start in ((y_m, self.south_m), (x_m, self.west_m))
        )
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        found = np.zeros(row.shape)
        found[inside] = surface[row[inside].astype(int), column[inside].astype(int)]
        return found


@dataclass(frozen=True)
class SpaceTimeDensity:
    """Events per square kilometre and day: slice i is the moment `day[i]`; rows and columns as in Density."""

    per_km2_day: Floats
    day: Floats
    west_m: float
    south_m: float
    pixel_m: float


def kernel(
    x_m: Floats,
    y_m: Floats,
    bandwidth_m: float | None = None,
    pixel_m: float | None = None,
    weights: Floats | None = None,
    outline: BaseGeometry | None = None,
) -> Density:
    """Density of points in a plane in metres, with one bandwidth (the Gaussian's standard deviation).

    Left out, the bandwidth is `usual_bandwidth_m`, the pixel a quarter of it, which is off by 1 % of the highest
    value at most. Without an outline (in the same plane) the frame is the points' box and five bandwidths around
    it. Raises ValueError for positions or weights that aren't finite, negative weights, a pixel wider than the
    bandwidth, and more than four million pixels.
    """
    points = _points(x_m, y_m, weights, outline)
    h, pixels = _frame(points, bandwidth_m, pixel_m, 4, outline)
    if not len(points.x_m):
        return _density(points, pixels, np.zeros((pixels.rows, pixels.columns)), h)
    bins = pixels.bins(points.x_m, points.y_m, points.weights)
    return _density(points, pixels, pixels.smooth([(pixels.inside_out(bins, h), h)]), h)


def adaptive(
    x_m: Floats,
    y_m: Floats,
    bandwidth_m: float | None = None,
    pixel_m: float | None = None,
    weights: Floats | None = None,
    outline: BaseGeometry | None = None,
) -> Density:
    """The same with a narrow kernel where events are dense and a wide one where they are rare.

    `bandwidth_m` is that of the pilot density and the geometric mean of the events' own bandwidths, which are at
    least a pixel (left out: an eighth of bandwidth_m) and at most five times bandwidth_m.
    """
    points = _points(x_m, y_m, weights, outline)
    h, pixels = _frame(points, bandwidth_m, pixel_m, 8, outline)
    bins = pixels.bins(points.x_m, points.y_m, points.weights)
    filled = bins > 0
    if not filled.any():
        return _density(points, pixels, bins, h)
    pilot = pixels.smooth([(pixels.inside_out(bins, h), h)])
    thick = np.log(np.maximum(pilot[filled], 1e-300))
    usual = np.average(thick, weights=bins[filled])
    own = np.full(bins.shape, h)
    own[filled] = np.clip(h * np.exp((usual - thick) / 2), pixels.pixel_m, WIDEST * h)
    parts = ((pixels.inside_out(part, width), width) for part, width in _by_bandwidth(bins, own))
    return _density(points, pixels, pixels.smooth(parts), h)


def space_time(
    x_m: Floats,
    y_m: Floats,
    day: Floats,
    at_day: Floats,
    bandwidth_m: float,
    bandwidth_days: float,
    pixel_m: float | None = None,
    weights: Floats | None = None,
    outline: BaseGeometry | None = None,
    observed: tuple[float, float] | None = None,
    looking_back: bool = False,
) -> SpaceTimeDensity:
    """Density around each place at each moment of `at_day`, in days from whatever `day` is counted from.

    `observed` are the first and last moment that events are known of (left out: the first and last event); the
    density at a moment near them is divided by the part of its kernel that was observed. `looking_back` takes
    only events up to the moment, as one who stood there had to. Raises ValueError as `kernel` does, and for
    days that aren't finite or moments that weren't observed.
    """
    days, moments = np.asarray(day, dtype=float), np.asarray(at_day, dtype=float)
    if days.shape != np.shape(x_m) or not np.isfinite(days).all() or not bandwidth_days > 0:
        raise ValueError(f"{days.shape} days, which must be finite, with a bandwidth of {bandwidth_days} days")
    points = _points(x_m, y_m, weights, outline)
    h, pixels = _frame(points, bandwidth_m, pixel_m, 4, outline)
    since, until = observed or ((days.min(), days.max()) if len(days) else (-np.inf, np.inf))
    if not ((moments >= since) & (moments <= until)).all():
        raise ValueError(f"moments outside of the observed days {since} … {until}")
    slices = np.zeros((len(moments), pixels.rows, pixels.columns))
    for i, moment in enumerate(moments.tolist()):
        ago = (moment - days[points.kept]) / bandwidth_days
        near = (ago >= (0.0 if looking_back else -REACH)) & (ago <= REACH)
        seen = special.ndtr(0.0 if looking_back else (until - moment) / bandwidth_days)
        seen -= special.ndtr((since - moment) / bandwidth_days)
        if near.any() and seen > 0:
            share = points.weights[near] * np.exp(-(ago[near] ** 2) / 2) / np.sqrt(2 * np.pi) / bandwidth_days
            bins = pixels.bins(points.x_m[near], points.y_m[near], share / seen)
            smooth = pixels.smooth([(pixels.inside_out(bins, h), h)])
            slices[i] = _density(points, pixels, smooth, h).per_km2
    return SpaceTimeDensity(slices, moments, pixels.west_m, pixels.south_m, pixels.pixel_m)


def usual_bandwidth_m(x_m: Floats, y_m: Floats) -> float:
    """Scott's rule in two dimensions, n^(-1/6) × the spread: the smaller of standard deviation and interquartile
    range / 1.349 of each axis (Silverman), the root mean square of both.

    Made for one smooth heap; for several it is wide rather than narrow. Raises ValueError for fewer than two
    events, or all at one place: give a bandwidth then.
    """
    spreads = [
        min(np.std(axis), np.subtract(*np.percentile(axis, [75, 25])) / 1.349 or np.inf) if len(axis) > 1 else 0.0
        for axis in (np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float))
    ]
    spread = float(np.sqrt(np.mean(np.square(spreads))))
    if not spread > 0:
        raise ValueError("events at one place have no usual bandwidth: give one")
    return spread * len(x_m) ** (-1 / 6)


@dataclass(frozen=True)
class Points:
    """Those inside the outline, which are `kept` of what was given, and the weight of the others."""

    x_m: Floats
    y_m: Floats
    weights: Floats
    kept: NDArray[np.bool_]
    left_out: float


def _points(x_m: Floats, y_m: Floats, weights: Floats | None, outline: BaseGeometry | None) -> Points:
    x, y = np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=float)
    if x.ndim != 1 or not x.shape == y.shape == w.shape:
        raise ValueError(f"{x.shape} and {y.shape} positions with {w.shape} weights")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("positions must be finite numbers")
    if not (np.isfinite(w).all() and (w >= 0).all()):
        raise ValueError("weights must be finite numbers, none below zero")
    if outline is None:
        return Points(x, y, w, np.ones(len(x), dtype=bool), 0.0)
    kept = inside(outline, x, y)
    return Points(x[kept], y[kept], w[kept], kept, float(w[~kept].sum()))


def _frame(
    points: Points, bandwidth_m: float | None, pixel_m: float | None, finer: int, outline: BaseGeometry | None
) -> tuple[float, Pixels]:
    h = usual_bandwidth_m(points.x_m, points.y_m) if bandwidth_m is None else float(bandwidth_m)
    pixel = h / finer if pixel_m is None else float(pixel_m)
    if not 0 < pixel <= h < np.inf:
        raise ValueError(f"a pixel of {pixel} m with a bandwidth of {h} m")
    return h, frame(points.x_m, points.y_m, pixel, REACH * h, outline)


def _density(points: Points, pixels: Pixels, per_pixel: Floats, bandwidth_m: float) -> Density:
    unclipped = per_pixel / (pixels.pixel_m / 1000) ** 2
    return Density(
        per_km2=unclipped * pixels.land,
        west_m=pixels.west_m,
        south_m=pixels.south_m,
        pixel_m=pixels.pixel_m,
        bandwidth_m=bandwidth_m,
        left_out=points.left_out,
        unclipped=unclipped,
    )


def _by_bandwidth(bins: Floats, own: Floats) -> Iterator[tuple[Floats, float]]:
    """(events, bandwidth) for each class. A pixel's events are shared out between the two classes around its
    bandwidth, by its place between them on a scale of logarithms.
    """
    place = np.log(own) / np.log(STEP)
    lower = np.floor(place).astype(int)
    upper_share = place - lower
    filled = bins > 0
    for step in range(int(lower[filled].min()), int(lower[filled].max()) + 2):
        share = np.where(lower == step, 1 - upper_share, np.where(lower == step - 1, upper_share, 0.0))
        if (part := bins * share).any():
            yield part, STEP**step
