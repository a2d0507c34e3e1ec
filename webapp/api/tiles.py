"""Vector tiles: `/tiles/sites` and `/tiles/land`."""

from uuid import UUID

from flask import Response, request

from geo.tiles import Tile
from inspections.access import require
from inspections.errors import Invalid, NotFound, say
from inspections.registry import map_layers, site_tiles
from inspections.registry.sites import LicenceState, SiteCategory, SiteKind, SiteState
from inspections.vocabulary import Choice

from ..answers import cacheable
from ..auth import current_person
from ..db import session
from . import bp

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
SITES_SECONDS, LAND_SECONDS = 5, 600
MAX_ZOOM = 22

WORDS: dict[str, type[Choice]] = {
    "kind": SiteKind,
    "state": SiteState,
    "category": SiteCategory,
    "licence_state": LicenceState,
}


@bp.get("/tiles/sites/<int:z>/<int:x>/<int:y>.mvt")
def sites_tile(z: int, x: int, y: int) -> Response:
    require(current_person(), "desk.open")
    body = site_tiles.tile_of_sites(session(), current_person(), _tile(z, x, y), _filters())
    return _answer(body, SITES_SECONDS)


@bp.get("/tiles/land/<int:z>/<int:x>/<int:y>.mvt")
def land_tile(z: int, x: int, y: int) -> Response:
    require(current_person(), "map.see")
    return _answer(map_layers.tile_of_land(session(), current_person(), _tile(z, x, y)), LAND_SECONDS)


def _tile(z: int, x: int, y: int) -> Tile:
    if z > MAX_ZOOM:
        raise NotFound
    try:
        return Tile(z, x, y)
    except ValueError:
        raise NotFound from None


def _filters() -> dict[str, list[str]]:
    """`kind`, `state`, `category`, `licence_state` and `township`, each as often as wanted."""
    filters = {}
    for name, words in WORDS.items():
        if name in request.args:
            filters[name] = request.args.getlist(name)
            if not {*filters[name]} <= {word.value for word in words}:
                raise Invalid({name: say("没有这个选项")})
    if "township" in request.args:
        filters["township_id"] = [_uuid(text) for text in request.args.getlist("township")]
    return filters


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise Invalid({"township": say("没有这个镇街")}) from None


def _answer(body: bytes, seconds: int) -> Response:
    if not body:
        return Response(status=204, headers={"Cache-Control": f"private, max-age={seconds}"})
    return cacheable(body, MEDIA_TYPE, seconds=seconds)
