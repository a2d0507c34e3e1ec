"""GeoAlchemy2 column types, all EPSG:4326, and the expressions that queries share."""

from typing import Any

from geoalchemy2 import Geography, Geometry
from sqlalchemy import ColumnElement, cast, func

SRID = 4326


def point(**options: Any) -> Geometry:
    """A (lon, lat) position in WGS-84."""
    return Geometry("POINT", srid=SRID, **options)


def polygon(**options: Any) -> Geometry:
    return Geometry("POLYGON", srid=SRID, **options)


def multipolygon(**options: Any) -> Geometry:
    return Geometry("MULTIPOLYGON", srid=SRID, **options)


def shape(**options: Any) -> Geometry:
    """A line, polygon or any other geometry."""
    return Geometry("GEOMETRY", srid=SRID, **options)


def lonlat(lon: Any, lat: Any) -> ColumnElement[Any]:
    """SQL for a point from plain numbers, or expressions, in degrees."""
    return func.ST_SetSRID(func.ST_MakePoint(lon, lat), SRID)


def ewkt(lon: float, lat: float) -> str:
    """The same as a value, for rows that are written many at once."""
    return f"SRID={SRID};POINT({lon!r} {lat!r})"


def distance_m(left: Any, right: Any) -> ColumnElement[float]:
    """Metres on the spheroid between two geometries."""
    return func.ST_Distance(cast(left, Geography), cast(right, Geography))
