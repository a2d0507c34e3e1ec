"""A county's public page: the white list, the black list, and what became of reports. At `/public`."""

from uuid import UUID

from flask import Blueprint, Response, g, render_template, request

from inspections.db import scope
from inspections.errors import NotFound
from inspections.registry.counties import Level, find_county
from inspections.registry.sites import PublicList
from inspections.reporting import county_page
from inspections.reporting.bulletins.reading import list_public

from ..answers import pressed
from ..auth import now, public
from ..db import session
from ..desk.words import today
from ..rate_limits import limited_requests

bp = Blueprint("county_page", __name__, url_prefix="/public")

SECONDS = 300
MOST_PAGES = 400


@bp.get("/<county_code>")
@public
@limited_requests
def show(county_code: str) -> Response:
    county = find_county(session(), county_code) if _is_code(county_code) else None
    if county is None or county.level is not Level.COUNTY:
        raise NotFound
    scope(session(), county.code)
    g.county = county
    which = next((each for each in PublicList if each.value == request.args.get("list")), PublicList.WHITE)
    words = " ".join(request.args.get("q", "").split())[: county_page.LONGEST_SEARCH]
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    township = _uuid(request.args.get("township", ""))
    page = render_template(
        "portal/county_page.html",
        county=county,
        which=which,
        q=words,
        township=township,
        townships=county_page.townships(session(), county.code),
        lists=county_page.count_lists(session(), county.code),
        found=county_page.list_sites(session(), county.code, which, words, township, number),
        page_size=county_page.PAGE,
        counts=county_page.count_up(session(), county.code, now()),
        by_township=county_page.count_townships(session(), county.code, now()),
        fewest=county_page.FEWEST,
        bulletins=list_public(session(), county.code)[:5],
        on=today(),
    )
    response = pressed(page.encode(), "text/html; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={SECONDS}"
    response.vary.add("Cookie")  # the language, and whoever is signed in
    return response


def _is_code(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) == 6


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
