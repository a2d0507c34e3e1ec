"""Distances, directions and areas on the WGS-84 ellipsoid: Karney's geodesics, by PROJ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

from .coordinates import LonLat
from .words import marked

__all__ = [
    "COMPASS",
    "ELLIPSOID",
    "Near",
    "area_m2",
    "bearing_deg",
    "compass_word",
    "distance_m",
    "distances_m",
    "nearest",
]

ELLIPSOID = Geod(ellps="WGS84")

# The eight winds, clockwise from north
COMPASS = (
    marked("北"),
    marked("东北"),
    marked("东"),
    marked("东南"),
    marked("南"),
    marked("西南"),
    marked("西"),
    marked("西北"),
)


@dataclass(frozen=True, slots=True)
class Near:
    """One of several places, by its index, and how far away and in which direction it is."""

    index: int
    distance_m: float
    bearing_deg: float


def distance_m(start: LonLat, end: LonLat) -> float:
    """The length of the shortest way on the ellipsoid.

    >>> round(distance_m(LonLat(116.0, 39.0), LonLat(116.0, 40.0)))
    111025
    >>> distance_m(LonLat(116.0, 39.0), LonLat(116.0, 39.0))
    0.0
    """
    return float(ELLIPSOID.inv(*start, *end)[2])


def distances_m(start: LonLat, lons: ArrayLike, lats: ArrayLike) -> NDArray[np.float64]:
    """The distance of each of many places from one; NaN where a place is NaN."""
    x, y = _pair(lons, lats)
    return np.asarray(ELLIPSOID.inv(np.full_like(x, start.lon), np.full_like(y, start.lat), x, y)[2])


def bearing_deg(start: LonLat, end: LonLat) -> float:
    """The direction in which the shortest way sets out: 0 ≤ degrees < 360, clockwise from true north.

    >>> bearing_deg(LonLat(116.0, 39.0), LonLat(116.0, 38.0))
    180.0
    """
    return _turn(float(ELLIPSOID.inv(*start, *end)[0]))


def compass_word(bearing: float) -> str:
    """The wind a direction is nearest to.

    >>> compass_word(44.0), compass_word(359.9), compass_word(-90.0)
    ('东北', '北', '西')
    """
    return COMPASS[round(_turn(bearing) / 45) % 8]


def area_m2(geometry: Any) -> float:
    """The area of a polygon or several, holes taken off; edges are geodesics. Points and lines have none.

    >>> area_m2(shapely.Point(116, 39)), area_m2(shapely.Polygon())
    (0.0, 0.0)
    """
    if hasattr(geometry, "geoms"):
        return float(sum(map(area_m2, geometry.geoms)))
    return _polygon_area_m2(geometry)


def nearest(
    start: LonLat, lons: ArrayLike, lats: ArrayLike, *, limit: int = 10, within_m: float | None = None
) -> list[Near]:
    """The places closest to `start`, closest first; those at NaN are nowhere and left out.

    >>> [place.index for place in nearest(LonLat(116, 39), [116.2, 116.1, float("nan")], [39, 39, 39])]
    [1, 0]
    """
    x, y = _pair(lons, lats)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    azimuths, _, distances = ELLIPSOID.inv(
        np.full(len(known), start.lon), np.full(len(known), start.lat), x[known], y[known]
    )
    order: Sequence[int] = np.argsort(distances, kind="stable")[:limit].tolist()
    found = (Near(int(known[i]), float(distances[i]), _turn(float(azimuths[i]))) for i in order)
    return [near for near in found if within_m is None or near.distance_m <= within_m]


def _pair(lons: ArrayLike, lats: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = np.broadcast_arrays(np.asarray(lons, float), np.asarray(lats, float))
    return np.atleast_1d(x), np.atleast_1d(y)


def _turn(degrees: float) -> float:
    # a tiny negative number is 360.0 after the first modulo
    return degrees % 360 % 360


def _polygon_area_m2(part: Any) -> float:
    if part.geom_type != "Polygon" or part.is_empty:
        return 0.0
    shell, *holes = (_ring_area_m2(ring) for ring in (part.exterior, *part.interiors))
    return shell - sum(holes)


def _ring_area_m2(ring: Any) -> float:
    return abs(ELLIPSOID.polygon_area_perimeter(*shapely.get_coordinates(ring).T)[0])
