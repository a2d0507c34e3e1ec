"""GeoJSON (RFC 7946) in and out: checked on the way in; (lon, lat), WGS-84 and rightly wound on the way out."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping, shape

from .coordinates import LonLat
from .errors import InvalidGeometry

__all__ = ["PROBLEMS", "Problem", "Reading", "feature", "feature_collection", "read_geometry"]

MAX_BYTES = 50_000_000
MAX_VERTICES = 1_000_000

# 1e-7° is a centimetre
DECIMALS = 7

# A square of a centimetre: what a repair leaves of two lines that were meant to be one
SLIVER_DEG2 = 1e-14

# How deep the positions of each type are nested
_DEPTHS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}

# Every code an InvalidGeometry or a Problem from here can have, in words
PROBLEMS = {
    # nothing can be done about these
    "too_large": "more than {limit} {unit}",
    "not_json": "not JSON",
    "not_geojson": "not a GeoJSON geometry or feature",
    "unsupported_type": "geometry of the type {type}",
    "foreign_crs": "coordinates in {crs}, not in longitudes and latitudes",
    "no_geometry": "nothing is drawn",
    "malformed": "coordinates not nested as a {type} has them",
    "too_few_points": "a line or ring of too few points at {lon:.6f}, {lat:.6f}",
    "nothing_left": "nothing is left after the repair",
    # these can be repaired
    "ring_not_closed": "a ring does not end where it began, at {lon:.6f}, {lat:.6f}",
    "self_crossing": "an outline crosses itself at {lon:.6f}, {lat:.6f}",
    "self_touching": "a ring touches itself at {lon:.6f}, {lat:.6f}",
    "hole_outside": "a hole lies outside its outline at {lon:.6f}, {lat:.6f}",
    "holes_nested": "one hole lies in another at {lon:.6f}, {lat:.6f}",
    "shells_nested": "one part lies in another at {lon:.6f}, {lat:.6f}",
    "interior_cut": "holes cut the inside into pieces at {lon:.6f}, {lat:.6f}",
    "duplicate_rings": "the same ring is drawn twice at {lon:.6f}, {lat:.6f}",
    "invalid": "invalid at {lon:.6f}, {lat:.6f}",
    # these are mended without asking
    "height_dropped": "heights are left out",
}

_GEOS_REASONS = {
    "Self-intersection": "self_crossing",
    "Ring Self-intersection": "self_touching",
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "holes_nested",
    "Nested shells": "shells_nested",
    "Interior is disconnected": "interior_cut",
    "Duplicate Rings": "duplicate_rings",
    "Too few points in geometry component": "too_few_points",
}

# The names under which files of before RFC 7946 say what is now always so
_LON_LAT_CRS = re.compile(r"(CRS84|EPSG:{1,2}(4326|4490))$", re.I)


@dataclass(frozen=True, slots=True)
class Problem:
    """What was wrong with a shape, and where; `str()` says it in words.

    >>> str(Problem("self_crossing", {"lon": 117.0, "lat": 28.7}))
    'an outline crosses itself at 117.000000, 28.700000'
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return PROBLEMS[self.code].format(**self.values)


@dataclass(frozen=True, slots=True)
class Reading:
    """A valid shapely geometry, and what had to be mended for it."""

    geometry: Any
    mended: tuple[Problem, ...] = ()


def read_geometry(
    given: str | bytes | Mapping[str, Any],
    *,
    repair: bool = False,
    multi: bool = False,
    max_vertices: int = MAX_VERTICES,
) -> Reading:
    """The geometry of a GeoJSON geometry or feature: valid, flat, in range, wound as RFC 7946 has it.

    Refused: coordinates that are no place (`OutOfRange`, which knows swapped ones), and shapes that cannot be
    (`InvalidGeometry`, with the place). With `repair` shapes are mended where that can be done without guessing,
    and the reading says what was mended. With `multi` a single polygon, line or point becomes a multiple one.

    >>> bow_tie = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    >>> read_geometry(bow_tie)
    Traceback (most recent call last):
    geo.errors.InvalidGeometry: self_crossing {'lon': 0.5, 'lat': 0.5}
    >>> reading = read_geometry(bow_tie, repair=True)
    >>> reading.geometry.geom_type, str(reading.mended[0])
    ('MultiPolygon', 'an outline crosses itself at 0.500000, 0.500000')
    """
    drawn = _geometry_of(_loaded(given))
    kind = drawn.get("type")
    if not isinstance(kind, str) or kind not in _DEPTHS:
        raise InvalidGeometry("unsupported_type", type=str(kind)[:50])
    pen = _Pen(kind, repair=repair, vertices_left=max_vertices, limit=max_vertices)
    coordinates = pen.nested(drawn.get("coordinates"), _DEPTHS[kind])
    geometry = shape({"type": kind, "coordinates": coordinates}) if coordinates else None
    if geometry is None or geometry.is_empty:
        raise InvalidGeometry("no_geometry")
    geometry = _valid(geometry, pen.mended, repair)
    if multi and not hasattr(geometry, "geoms"):
        geometry = getattr(shapely, f"Multi{geometry.geom_type}")([geometry])
    return Reading(shapely.orient_polygons(geometry, exterior_cw=False), tuple(pen.mended))


def feature(geometry: Any, properties: Mapping[str, Any], id: str | int | None = None) -> dict[str, Any]:  # noqa: A002
    """A GeoJSON feature of a shapely geometry, a LonLat or None, to a centimetre.

    >>> feature(LonLat(117.06942, 28.7), {"name": "万年中学"}, id=7)["geometry"]
    {'type': 'Point', 'coordinates': (117.06942, 28.7)}
    """
    made: dict[str, Any] = {"type": "Feature", "geometry": _drawn(geometry), "properties": dict(properties)}
    return made if id is None else {"type": "Feature", "id": id, **made}


def feature_collection(features: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A GeoJSON feature collection.

    >>> feature_collection([])
    {'type': 'FeatureCollection', 'features': []}
    """
    return {"type": "FeatureCollection", "features": list(features)}


def _drawn(geometry: Any) -> dict[str, Any] | None:
    if isinstance(geometry, LonLat):
        return {"type": "Point", "coordinates": (round(geometry.lon, DECIMALS), round(geometry.lat, DECIMALS))}
    if geometry is None or geometry.is_empty:
        return None
    rounded = shapely.transform(geometry, lambda vertices: np.round(vertices, DECIMALS))
    drawn: dict[str, Any] = mapping(shapely.orient_polygons(rounded, exterior_cw=False))
    return drawn


# -- reading -----------------------------------------------------------------------------------------------


def _loaded(given: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(given, str | bytes):
        if len(given) > MAX_BYTES:
            raise InvalidGeometry("too_large", limit=MAX_BYTES, unit="bytes")
        try:
            given = json.loads(given, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise InvalidGeometry("not_json") from None
    if not isinstance(given, Mapping):
        raise InvalidGeometry("not_geojson")
    return given


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _geometry_of(given: Mapping[str, Any]) -> Mapping[str, Any]:
    _refuse_foreign_crs(given)
    if given.get("type") != "Feature":
        return given
    inner = given.get("geometry")
    if inner is None:
        raise InvalidGeometry("no_geometry")
    if not isinstance(inner, Mapping):
        raise InvalidGeometry("not_geojson")
    _refuse_foreign_crs(inner)
    return inner


def _refuse_foreign_crs(given: Mapping[str, Any]) -> None:
    crs = given.get("crs")
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = str(properties.get("name") if isinstance(properties, Mapping) else crs)
    if not _LON_LAT_CRS.search(name):
        raise InvalidGeometry("foreign_crs", crs=name[:100])


@dataclass(slots=True)
class _Pen:
    """Redraws nested coordinates, checking each; keeps what it mended."""

    kind: str
    repair: bool
    vertices_left: int
    limit: int
    mended: list[Problem] = field(default_factory=list)

    def nested(self, node: Any, depth: int) -> Any:
        if depth == 0:
            return self.position(node)
        if not isinstance(node, list | tuple):
            raise InvalidGeometry("malformed", type=self.kind)
        children = [self.nested(child, depth - 1) for child in node]
        if depth == 1 and children:
            return self.ring(children) if "Polygon" in self.kind else self.line(children)
        return children

    def position(self, node: Any) -> tuple[float, float]:
        if not isinstance(node, list | tuple) or not all(_is_number(number) for number in node):
            raise InvalidGeometry("malformed", type=self.kind)
        if len(node) == 0 and self.kind == "Point":
            raise InvalidGeometry("no_geometry")
        if not 2 <= len(node) <= 4:
            raise InvalidGeometry("malformed", type=self.kind)
        self.vertices_left -= 1
        if self.vertices_left < 0:
            raise InvalidGeometry("too_large", limit=self.limit, unit="points")
        if len(node) > 2 and not self.mended:
            self.mended.append(Problem("height_dropped"))
        point = LonLat(_as_float(node[0]), _as_float(node[1]))
        return point.lon, point.lat

    def ring(self, positions: list[tuple[float, float]]) -> list[tuple[float, float]]:
        lon, lat = positions[0]
        if positions[0] != positions[-1]:
            if not self.repair:
                raise InvalidGeometry("ring_not_closed", lon=lon, lat=lat)
            self.mended.append(Problem("ring_not_closed", {"lon": lon, "lat": lat}))
            positions = [*positions, positions[0]]
        if len(positions) < 4:
            raise InvalidGeometry("too_few_points", lon=lon, lat=lat)
        return positions

    def line(self, positions: list[tuple[float, float]]) -> list[tuple[float, float]]:
        if "LineString" in self.kind and len(positions) < 2:
            raise InvalidGeometry("too_few_points", lon=positions[0][0], lat=positions[0][1])
        return positions


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _valid(geometry: Any, mended: list[Problem], repair: bool) -> Any:
    if shapely.is_valid(geometry):
        return geometry
    code, values = _why_invalid(geometry)
    if not repair or code == "too_few_points":
        raise InvalidGeometry(code, **values)
    mended.append(Problem(code, values))
    return _repaired(geometry)


def _repaired(geometry: Any) -> Any:
    """Only polygons can be invalid in a way that can be repaired, and only polygons are left of them."""
    whole = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    kept = _areas(whole)
    # GEOS may leave two parts with a common edge, and of their union a line between two neighbouring floats
    if len(kept) < shapely.get_num_geometries(whole) or not whole.is_valid:
        kept = _areas(shapely.union_all(kept))
    whole = kept[0] if len(kept) == 1 else shapely.MultiPolygon(kept)
    if whole.is_empty or not whole.is_valid:
        raise InvalidGeometry("nothing_left")
    return whole


def _areas(geometry: Any) -> list[Any]:
    parts = shapely.get_parts(geometry)
    return [part for part in parts if part.geom_type == "Polygon" and part.area > SLIVER_DEG2]


def _why_invalid(geometry: Any) -> tuple[str, dict[str, float]]:
    reason, _, place = shapely.is_valid_reason(geometry).partition("[")
    lon, lat = (float(number) for number in place.rstrip("]").split()[:2])
    return _GEOS_REASONS.get(reason, "invalid"), {"lon": lon, "lat": lat}
