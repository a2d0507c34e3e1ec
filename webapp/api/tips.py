"""Tips by name from the phone."""

from flask import Response, current_app

from inspections.access import require
from inspections.errors import Conflict
from inspections.intake.field_tips import receive_field_tip

from ..auth import current_person, now
from ..db import session
from ..errors import response_to
from ..keys import key_ring
from . import bp
from .bodies import json_body
from .json_answers import as_json


@bp.post("/field/tips")
def tell() -> Response:
    """`code` is the number that the office knows it by; what becomes of it comes with the bundle."""
    require(current_person(), "tip.send")
    content = json_body(current_app.config["MAX_RECORD_BYTES"])
    outcome = receive_field_tip(session(), current_person(), content, key_ring(), now())
    if isinstance(outcome, Conflict):
        return response_to(outcome)
    tip = outcome.tip
    body = {"id": tip.id, "code": tip.code, "state": tip.state, "received_at": tip.received_at}
    return Response(as_json(body), 201 if outcome.is_new else 200, mimetype="application/json")
