"""Phones: what each says that it still holds."""

from flask import Response

from inspections.access import require
from inspections.field import heartbeats

from ..auth import current_person, now
from ..db import session
from . import bp
from .bodies import json_body

MAX_BYTES = 1_000_000


@bp.post("/field/phone")
def hear_phone() -> Response:
    require(current_person(), "field.open")
    heartbeats.hear(session(), current_person(), json_body(MAX_BYTES), now())
    return Response(status=204)
