"""What was opened to everyone: the list of a county and each bulletin, without a sign-in. At `/bulletins/public`.

Nothing is read here but the frozen, masked content.
"""

from uuid import UUID

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from inspections.db import scope
from inspections.errors import NotFound
from inspections.registry.counties import County, find_county
from inspections.reporting.bulletins import due
from inspections.reporting.bulletins.bulletins import Bulletin, BulletinState
from inspections.reporting.bulletins.reading import content_for, list_public, read_public
from inspections.reporting.bulletins.tables import figure_rows, has_townships, township_rows

from ..auth import public
from ..db import session

bp = Blueprint("public_bulletins", __name__, url_prefix="/bulletins/public")


@bp.get("/<county_code>")
@public
def every(county_code: str) -> str:
    county = _county(county_code)
    found = list_public(session(), county.code)
    return render_template("bulletins/list.html", county=county, bulletins=found, period_of=due.period_of)


@bp.get("/<county_code>/<uuid:bulletin_id>")
@public
def one(county_code: str, bulletin_id: UUID) -> str:
    county, bulletin = _county(county_code), read_public(session(), county_code, bulletin_id)
    content = content_for(bulletin, public=True)
    return render_template(
        "bulletins/bulletin.html",
        county=county,
        bulletin=bulletin,
        content=content,
        rows=figure_rows(content),
        towns=township_rows(content) if has_townships(content) else [],
        is_withdrawn=_is_withdrawn(bulletin),
    )


@bp.get("/<county_code>/<uuid:bulletin_id>/map")
@public
def map_picture(county_code: str, bulletin_id: UUID) -> Response:
    from ..desk.bulletin_papers import picture_of

    _county(county_code)
    bulletin = read_public(session(), county_code, bulletin_id)
    if _is_withdrawn(bulletin):
        raise NotFound
    return picture_of(content_for(bulletin, public=True)["figures"])


def _is_withdrawn(bulletin: Bulletin) -> bool:
    return bulletin.state is BulletinState.WITHDRAWN


def _county(code: str) -> County:
    """The county whose rows this request may read, and no others. Raises NotFound."""
    county = find_county(session(), code) if code.isascii() and code.isdigit() and len(code) == 6 else None
    if county is None:
        raise NotFound
    scope(session(), county.code)
    return county
