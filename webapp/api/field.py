"""What a phone takes along into the field, what it reports, and whether it has reached us."""

import hashlib
from typing import Any

from flask import Response, current_app, request

from inspections.access import require
from inspections.days import day_of
from inspections.errors import Conflict
from inspections.field.bundle import make_bundle
from inspections.registry.site_reports import Reported, report_site

from ..auth import current_person, now
from ..db import session
from ..errors import response_to
from ..i18n import language
from ..keys import key_ring
from . import bp
from .bodies import json_body
from .json_answers import as_json, in_words


@bp.get("/ping")
def ping() -> Response:
    """Proof that it is this server that answers: a login page of some network would say 200 as well.

    `person_id` lets a phone that is passed on keep one person's records from being sent in another's name.
    """
    response = _json({"server_time": now(), "signed_in": True, "person_id": current_person().id})
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/field/bundle")
def field_bundle() -> Response:
    require(current_person(), "field.open")
    bundle = make_bundle(session(), current_person(), day_of(now()))
    bundle["vocabulary"] = in_words(bundle["vocabulary"])
    bundle["keys"] = key_ring().public()
    content = as_json(bundle)
    moments = as_json({"made_at": now(), "server_time": now()})
    response = Response(f"{moments[:-1]},{content[1:]}", mimetype="application/json")
    # weak: the moments change with every answer, what they frame does not
    response.set_etag(hashlib.sha256(f"{language()}{content}".encode()).hexdigest(), weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


@bp.post("/field/sites")
def new_site() -> Response:
    require(current_person(), "site.create")
    outcome = report_site(session(), current_person(), json_body(current_app.config["MAX_RECORD_BYTES"]))
    if isinstance(outcome, Conflict):
        return response_to(outcome)
    return _json(_shape(outcome), 201 if outcome.is_new else 200)


def _shape(reported: Reported) -> dict[str, Any]:
    site = reported.site
    names = ("id", "kind", "category", "state", "name", "address", "township_id", "person_in_charge")
    lon, lat = site.place or (None, None)
    return {name: getattr(site, name) for name in names} | {
        "lon": lon,
        "lat": lat,
        "outside_county": reported.outside_county,
    }


def _json(value: Any, status: int = 200) -> Response:
    return Response(as_json(value), status, mimetype="application/json")
