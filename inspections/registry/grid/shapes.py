"""Outlines that people bring: from a browser as GeoJSON, from a file; checked, and named where they are
wrong.
"""

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError, OutOfRange
from geo.geojson import read_geometry

from ...errors import Invalid, Message, say
from .land import Land

MOST_VERTICES = 200_000

_WORDS = {
    "too_large": say("图形太大：最多 {n} 个点", n=f"{MOST_VERTICES:,}"),
    "no_geometry": say("还没有画"),
    "too_few_points": say("至少要三个点"),
    "foreign_crs": say("坐标不是经纬度"),
}
# With the place
_PLACED = {
    "self_crossing": say("边界在东经 {lon}°、北纬 {lat}° 处自己相交，请改正"),
    "self_touching": say("边界在东经 {lon}°、北纬 {lat}° 处碰到自己，请改正"),
    "ring_not_closed": say("边界没有闭合：起点东经 {lon}°、北纬 {lat}°"),
}


def drawn(land: Land, geojson: str) -> Polygon:
    """A polygon that was drawn over a township. Raises Invalid for `shape`, with the place where it is wrong."""
    try:
        shape = read_geometry(geojson, max_vertices=MOST_VERTICES).geometry
    except GeoError as error:
        raise Invalid({"shape": problem_in(error)}) from error
    if not isinstance(shape, Polygon):
        raise Invalid({"shape": say("请画一个多边形")})
    if not shape.intersects(land.outline):
        raise Invalid({"shape": say("画的位置不在{name}", name=land.township.name)})
    return shape


def problem_in(error: GeoError) -> Message:
    """What is wrong with a shape, in words."""
    if isinstance(error, OutOfRange):
        return say("坐标超出范围，经度和纬度可能写反了")
    if error.code in _PLACED and "lon" in error.values:
        return Message(
            _PLACED[error.code].template,
            {"lon": f"{error.values['lon']:.5f}", "lat": f"{error.values['lat']:.5f}"},
        )
    return _WORDS.get(error.code, say("读不出图形，请重画"))


def wrong_at(shape: BaseGeometry) -> Message | None:
    """Why an outline can't be as it is, and where; None if it can."""
    if shape.is_valid:
        return None
    _, _, place = shapely.is_valid_reason(shape).partition("[")
    try:
        lon, lat = (float(number) for number in place.rstrip("]").split()[:2])
    except ValueError:
        return say("边界不成立")
    return say("边界在东经 {lon}°、北纬 {lat}° 处自己相交", lon=f"{lon:.5f}", lat=f"{lat:.5f}")


def polygons_of(shape: BaseGeometry) -> list[Polygon]:
    """The polygons of a shape, mended where it crosses itself, without heights."""
    flat = shapely.force_2d(shape)
    if not flat.is_valid:
        flat = shapely.make_valid(flat, method="structure", keep_collapsed=False)
    parts = shapely.get_parts(flat).tolist()
    return [part for part in parts if isinstance(part, Polygon) and part.area > 0]


def largest_of(shape: BaseGeometry) -> Polygon:
    """The largest polygon of what rounding to a centimetre may have folded over."""
    if isinstance(shape, Polygon) and shape.is_valid:
        return shape
    return max(polygons_of(shape), key=lambda part: part.area, default=Polygon())


def vertices_of(shapes: list[BaseGeometry]) -> int:
    return int(shapely.get_num_coordinates(np.array(shapes, dtype=object)).sum()) if shapes else 0
