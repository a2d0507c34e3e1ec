"""The draws of a county for everybody: hashes at once, file and outcomes when they are published. At `/public`."""

from uuid import UUID

from flask import Blueprint, Response, g, render_template

from inspections.db import scope
from inspections.errors import NotFound
from inspections.registry.counties import County, Level, find_county
from inspections.targeting.draws.publishing import publish_due
from inspections.targeting.draws.reading import list_public_draws, public_draw, public_visits

from ..answers import pressed
from ..auth import now, public
from ..db import session
from ..keys import key_ring
from ..rate_limits import limited_requests

bp = Blueprint("public_draws", __name__, url_prefix="/public")


@bp.get("/<county_code>/draws")
@public
@limited_requests
def every(county_code: str) -> str:
    county = _county(county_code)
    return render_template(
        "portal/draws/list.html", county=county, draws=list_public_draws(session(), county.code)
    )


@bp.get("/<county_code>/draws/<uuid:draw_id>")
@public
@limited_requests
def one(county_code: str, draw_id: UUID) -> str:
    county = _county(county_code)
    draw = public_draw(session(), county.code, draw_id)
    before = public_draw(session(), county.code, draw.supersedes_id) if draw.supersedes_id else None
    return render_template(
        "portal/draws/draw.html", county=county, draw=draw, before=before, visits=public_visits(session(), draw)
    )


@bp.get("/<county_code>/draws/<uuid:draw_id>.json")
@public
@limited_requests
def file(county_code: str, draw_id: UUID) -> Response:
    """The published bytes as they are; nothing before they are published."""
    county = _county(county_code)
    draw = public_draw(session(), county.code, draw_id)
    if not draw.file:
        raise NotFound
    response = pressed(draw.file, "application/json")
    name = f"mingcha-draw-{county.code}-{draw.number}.json"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _county(code: str) -> County:
    """The county whose draws are asked for; what fell due since is published first. Raises NotFound."""
    county = find_county(session(), code) if code.isascii() and code.isdigit() and len(code) == 6 else None
    if county is None or county.level is not Level.COUNTY:
        raise NotFound
    scope(session(), county.code)
    g.county = county
    publish_due(session(), county.code, key_ring().draw, now())
    return county
