"""The drawing board: metres east and north of the county town, and where that lies on Earth.

The board is laid on the Badain Jaran desert, where no one lives: over a real background map, no real house is
shown as a suspected site. The projection is equirectangular, true to scale on the parallel of the town.
"""

import math
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

LON, LAT = 101.80, 40.30
METRES_PER_DEGREE = 111_195.0  # on a sphere of 6,371 km
EAST_PER_DEGREE = METRES_PER_DEGREE * math.cos(math.radians(LAT))
DIGITS = 6  # 0.1 m

Point = tuple[float, float]


def lonlat(at: Point) -> Point:
    """(lon, lat) in degrees, WGS-84, of a point on the board."""
    return round(LON + at[0] / EAST_PER_DEGREE, DIGITS), round(LAT + at[1] / METRES_PER_DEGREE, DIGITS)


def on_earth(shape: BaseGeometry) -> BaseGeometry:
    """The shape in degrees. Corners that two shapes share stay shared, since each is rounded alike."""
    return shapely.transform(shape, _degrees)


def point(at: Point) -> str:
    """EWKT of a point on the board."""
    lon, lat = lonlat(at)
    return f"SRID=4326;POINT({lon} {lat})"


def ewkt(shape: BaseGeometry) -> str:
    return "SRID=4326;" + shapely.to_wkt(on_earth(shape), rounding_precision=DIGITS)


def multi(shape: BaseGeometry) -> str:
    """EWKT of a multipolygon, whether the shape has one part or several."""
    return ewkt(shape if shape.geom_type == "MultiPolygon" else MultiPolygon([shape]))


def away(start: Point, end: Point) -> float:
    """Metres between two points of the board."""
    return math.dist(start, end)


def _degrees(corners: Any) -> Any:
    return np.round(corners / [EAST_PER_DEGREE, METRES_PER_DEGREE] + [LON, LAT], DIGITS)
