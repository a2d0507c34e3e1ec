"""Where the code on a plate leads: a phone to the site's page on the phone, the desk to its file. At `/p`.

Whoever else reads the code learns what the plate is for, and nothing about the site, not even that it exists.
"""

from uuid import UUID

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from inspections.access import can
from inspections.registry.people import Person

from .auth import public

bp = Blueprint("plates", __name__, url_prefix="/p")


@bp.get("/<uuid:site_id>")
@public
def open_plate(site_id: UUID) -> Response:
    person: Person | None = g.get("person")
    if person is not None and request.args.get("c", person.county) == person.county:
        if can(person, "field.open") and (_is_phone() or not can(person, "desk.open")):
            return _private(redirect(url_for("field.site", site_id=site_id)))
        if can(person, "desk.open"):
            return _private(redirect(url_for("desk.site_page", site_id=site_id)))
    page = render_template("plate.html", next=request.full_path.rstrip("?"), is_signed_in=person is not None)
    return _private(make_response(page))


def _is_phone() -> bool:
    """What every browser of a phone says of itself; a tablet may go to either."""
    return "Mobi" in request.user_agent.string


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
