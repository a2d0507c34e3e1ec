"""Plates to print: one site's, or those of all sites that a list shows."""

from itertools import islice
from uuid import UUID

from flask import render_template, request
from markupsafe import Markup

from inspections import listing
from inspections.access import get
from inspections.listing import Question
from inspections.listing.sites import SITES
from inspections.registry.plates import MOST_PLATES, Plate, make_plates
from inspections.registry.sites import Site

from ..auth import current_person
from ..db import session
from . import bp

SHEETS = ("a6", "a4")


@bp.get("/sites/<uuid:site_id>/plate")
def site_plate(site_id: UUID) -> str:
    get(session(), current_person(), Site, site_id)
    return _page([site_id], total=1)


@bp.get("/plates")
def plates() -> str:
    """The sites named by `id`, else all that the list of sites shows at the same address."""
    named = [UUID(text) for text in request.args.getlist("id") if _is_id(text)]
    if named:
        return _page(named, total=len(named))
    question = Question.of(SITES, request.args.to_dict(flat=False))
    total = listing.read(session(), current_person(), SITES, question, with_facets=False).total
    rows = islice(listing.every_row(session(), current_person(), SITES, question), MOST_PLATES)
    return _page([row.id for row in rows], total)


def _page(ids: list[UUID], total: int) -> str:
    chosen = request.args.get("sheet", "")
    sheet = chosen if chosen in SHEETS else SHEETS[0]
    made = make_plates(session(), current_person(), ids, request.host)
    given = [(name, value) for name, value in request.args.items(multi=True) if name != "sheet"]
    return render_template(
        "desk/plates.html",
        plates=[plate._replace(svg=_drawing(plate)) for plate in made],
        total=total,
        most=MOST_PLATES,
        sheet=sheet,
        given=given,
        is_secure=request.is_secure,
    )


def _drawing(plate: Plate) -> Markup:
    return Markup(plate.svg)  # noqa: S704 - drawn by segno from an address of ours, with nothing typed in it


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
