"""`/sites/in-box?box=w,s,e,n`: what lies in a rectangle of the map, by pages."""

from typing import Any

from flask import request, url_for

from geo.boxes import BoundingBox
from geo.errors import GeoError
from inspections import listing
from inspections.access import require
from inspections.errors import Invalid, say
from inspections.listing.narrowing import MAX_BOX_KM2
from inspections.listing.sites import SITES

from ..auth import current_person
from ..db import session
from . import bp

LARGEST_PAGE = 200


@bp.get("/sites/in-box")
def sites_in_box() -> dict[str, Any]:
    require(current_person(), "desk.open")
    try:
        BoundingBox.parse(request.args.get("box", ""), max_area_km2=MAX_BOX_KM2)
    except GeoError as error:
        wrong = (
            say("范围太大，请画小一些") if error.code == "too_large" else say("范围应是 西,南,东,北 四个经纬度")
        )
        raise Invalid({"box": wrong}) from None
    given = request.args.to_dict(flat=False)
    given["size"] = [str(min(request.args.get("size", 50, type=int) or 50, LARGEST_PAGE))]
    page = listing.read(session(), current_person(), SITES, listing.Question.of(SITES, given), with_facets=False)
    rows = [{**_plain(row), "href": url_for("desk.site_page", site_id=row.id)} for row in page.rows]
    return {"total": page.total, "first": page.first, "last": page.last, "page": page.question.page, "sites": rows}


def _plain(row: Any) -> dict[str, Any]:
    names = (
        "name",
        "kind",
        "category",
        "state",
        "licence_state",
        "township",
        "address",
        "open_findings",
        "lon",
        "lat",
    )
    return {"id": row.id, **{name: getattr(row, name) for name in names}}
