"""Checks as phones send them, and the receipts they wait for."""

from uuid import UUID

from flask import Response, current_app, request

from inspections.access import require
from inspections.errors import Conflict
from inspections.field import receiving
from inspections.field.check_file import record_bytes
from inspections.field.receipts import Receipt, find_receipt

from ..auth import current_person, now
from ..db import session
from ..errors import response_to
from . import bp
from .bodies import json_body
from .json_answers import as_json
from .receipts import receipt_json


@bp.post("/checks")
def receive_check() -> Response:
    require(current_person(), "check.create")
    config = current_app.config
    outcome = receiving.receive_check(
        session(),
        current_person(),
        json_body(config["MAX_RECORD_BYTES"]),
        request.headers.get("X-Record-Sha256", ""),
        now(),
        max_photo_bytes=config["MAX_PHOTO_BYTES"],
    )
    if isinstance(outcome, Conflict):
        return response_to(outcome)
    return answer(outcome.receipt, 201 if outcome.is_new else 200)


@bp.get("/checks/<uuid:check_id>/receipt")
def check_receipt(check_id: UUID) -> Response:
    return answer(find_receipt(session(), current_person(), check_id), 200)


@bp.get("/checks/<uuid:check_id>/record")
def check_record(check_id: UUID) -> Response:
    response = Response(record_bytes(session(), current_person(), check_id), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def answer(receipt: Receipt, status: int) -> Response:
    response = Response(as_json(receipt_json(receipt)), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
