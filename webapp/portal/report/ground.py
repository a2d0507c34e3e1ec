"""What the small map of the form is drawn from: borders, roads, water, and schools by name."""

from flask import Response, jsonify, request

from geo.tiles import Tile
from inspections.db import new_id
from inspections.errors import NotFound
from inspections.intake.receiving import Reporter
from inspections.registry import map_layers
from inspections.registry.areas import AreaLevel
from inspections.registry.counties import County
from inspections.registry.schools import find_schools

from ...answers import pressed
from ...db import session
from . import bp
from .entering import open_to_all

LEVELS = {"county": AreaLevel.COUNTY, "townships": AreaLevel.TOWNSHIP}
SECONDS = 3600
MAX_ZOOM = 22


@bp.get("/<county_code>/areas/<level>.geojson")
@open_to_all
def outlines(county: County, level: str) -> Response:
    if level not in LEVELS:
        raise NotFound
    zoom = min(max(request.args.get("zoom", 13, type=int), 0), map_layers.MAX_ZOOM)
    return _for_all(
        map_layers.outlines(session(), _anyone(county), LEVELS[level], zoom).encode(), "application/geo+json"
    )


@bp.get("/<county_code>/land/<int:z>/<int:x>/<int:y>.mvt")
@open_to_all
def land(county: County, z: int, x: int, y: int) -> Response:
    try:
        tile = Tile(z, x, y)
    except ValueError:
        raise NotFound from None
    if z > MAX_ZOOM:
        raise NotFound
    body = map_layers.tile_of_land(session(), _anyone(county), tile)
    if not body:
        return Response(status=204, headers={"Cache-Control": f"public, max-age={SECONDS}"})
    return _for_all(body, "application/vnd.mapbox-vector-tile")


@bp.get("/<county_code>/schools")
@open_to_all
def schools(county: County) -> Response:
    found = find_schools(session(), county.code, request.args.get("q", ""))
    response = jsonify([each._asdict() for each in found])
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


def _anyone(county: County) -> Reporter:
    return Reporter(county.code, new_id())


def _for_all(body: bytes, media_type: str) -> Response:
    response = pressed(body, media_type)
    response.headers["Cache-Control"] = f"public, max-age={SECONDS}"
    return response
