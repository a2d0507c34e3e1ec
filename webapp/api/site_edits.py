"""Edits of sites that were made on a phone, merged field by field."""

from typing import Any

from flask import Response, current_app

from inspections.access import require
from inspections.errors import Conflict
from inspections.registry.site_conflicts import SiteField
from inspections.registry.site_edits import Edited, Merged, receive_edit
from inspections.registry.site_facts import as_plain

from ..auth import current_person, now
from ..db import session
from ..errors import response_to
from ..i18n import translated
from . import bp
from .bodies import json_body
from .json_answers import as_json


@bp.post("/field/site-edits")
def edit_site() -> Response:
    require(current_person(), "site.observe")
    content = json_body(current_app.config["MAX_RECORD_BYTES"])
    outcome = receive_edit(session(), current_person(), content, now())
    if isinstance(outcome, Conflict):
        return response_to(outcome)
    return Response(as_json(_shape(outcome)), 201 if outcome.is_new else 200, mimetype="application/json")


def _shape(edited: Edited) -> dict[str, Any]:
    fields = {name: _words(name, state) | _now(edited, name) for name, state in edited.edit.outcome.items()}
    return {"id": edited.edit.id, "site_id": edited.site.id, "fields": fields}


def _words(name: str, state: str) -> dict[str, str]:
    label = next(each.label for each in Merged if each == state)
    field = next(each.label for each in SiteField if each == name)
    return {"state": state, "name": translated(field), "message": translated(label)}


def _now(edited: Edited, name: str) -> dict[str, Any]:
    return {"value": as_plain(getattr(edited.site, name))}
