"""GeoJSON: `/areas/<level>.geojson`, `/grid-cells.geojson` and `/tips.geojson`."""

from flask import Response, request

from inspections.access import require
from inspections.errors import Forbidden, NotFound
from inspections.intake.tip_points import tip_points
from inspections.registry import map_layers
from inspections.registry.areas import AreaLevel
from inspections.registry.site_file import may_see_tips

from ..answers import cacheable
from ..auth import current_person
from ..db import session
from . import bp

LEVELS = {"county": AreaLevel.COUNTY, "townships": AreaLevel.TOWNSHIP, "villages": AreaLevel.VILLAGE}
MEDIA_TYPE = "application/geo+json"
SECONDS = 300


@bp.get("/areas/<level>.geojson")
def area_outlines(level: str) -> Response:
    require(current_person(), "map.see")
    if level not in LEVELS:
        raise NotFound
    return _answer(map_layers.outlines(session(), current_person(), LEVELS[level], _zoom()))


@bp.get("/grid-cells.geojson")
def grid_cell_outlines() -> Response:
    require(current_person(), "desk.open")
    return _answer(map_layers.grid_outlines(session(), current_person(), _zoom()))


@bp.get("/tips.geojson")
def tips_layer() -> Response:
    require(current_person(), "desk.open")
    if not may_see_tips(current_person()):
        raise Forbidden
    return cacheable(tip_points(session(), current_person()).encode(), MEDIA_TYPE, seconds=0)


def _zoom() -> int:
    zoom = request.args.get("zoom", 14, type=int)
    return min(max(zoom, 0), map_layers.MAX_ZOOM)


def _answer(text: str) -> Response:
    return cacheable(text.encode(), MEDIA_TYPE, seconds=SECONDS)
