"""An area as a person draws it on the map: a ring of positions, made a polygon that holds together."""

from collections.abc import Sequence
from typing import Any

import shapely
from shapely.geometry import Polygon, mapping

from ..errors import Invalid, Message, say

LEAST_CORNERS = 3
# About the diagonal of the largest county, in degrees
WIDEST_DEG = 6.0
DECIMALS = 6


def polygon_of(ring: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """A GeoJSON polygon of (lon, lat), WGS-84. Raises Invalid at `ring`.

    Who draws freehand crosses the own line: of what comes of it the largest part is meant.
    """
    if len(ring) < LEAST_CORNERS:
        raise _wrong(say("请至少画三个角"))
    if not all(-180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat in ring):
        raise _wrong(say("位置不对，请在地图上重新画"))
    drawn = shapely.make_valid(Polygon([(round(lon, DECIMALS), round(lat, DECIMALS)) for lon, lat in ring]))
    parts = [part for part in shapely.get_parts(drawn) if isinstance(part, Polygon)]
    largest = max(parts, key=lambda part: part.area, default=None)
    if largest is None or largest.is_empty:
        raise _wrong(say("画出的范围没有面积，请重新画"))
    west, south, east, north = largest.bounds
    if max(east - west, north - south) > WIDEST_DEG:
        raise _wrong(say("范围太大，请画小一些"))
    return dict(mapping(largest))


def _wrong(words: Message) -> Invalid:
    return Invalid({"ring": words})
