"""Walks through grid cells as phones send them, and the receipts they wait for."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from inspections.access import require
from inspections.canvass import receiving
from inspections.canvass.receiving import VisitResult
from inspections.canvass.visit_receipts import VisitReceipt, find_visit_receipt
from inspections.errors import Conflict, InspectionError, TooLarge
from inspections.field.batches import id_of, read_batch
from inspections.field.receiving import Sent

from ..auth import current_person, now
from ..db import release, session
from ..errors import in_json, response_to, status_of
from . import bp
from .bodies import declared_length, json_body
from .json_answers import as_json
from .receipts import visit_receipt_json
from .whole import frames_of_body


@bp.post("/canvass-visits")
def receive_visit() -> Response:
    require(current_person(), "canvass.record")
    content = json_body(current_app.config["MAX_RECORD_BYTES"])
    sha256 = request.headers.get("X-Record-Sha256", "")
    outcome = receiving.receive_visit(session(), current_person(), content, sha256, now())
    if isinstance(outcome, Conflict):
        return response_to(outcome)
    return _answer(outcome.receipt, 201 if outcome.is_new else 200)


@bp.post("/canvass-visits/batch")
def receive_batch_of_visits() -> Response:
    """Many records, each with an outcome of its own: the answer is a 200 whatever becomes of them."""
    person, config = current_person(), current_app.config
    require(person, "canvass.record")
    if declared_length() > config["MAX_BATCH_BYTES"]:
        raise TooLarge
    release()
    sent = read_batch(frames_of_body(ahead=True), config["MAX_RECORD_BYTES"])
    outcomes = receiving.receive_visits(session(), person, sent, now())
    results = [_result(*each) for each in zip(sent, outcomes, strict=True)]
    return Response(as_json({"results": results}), mimetype="application/json")


@bp.get("/canvass-visits/<uuid:visit_id>/receipt")
def visit_receipt(visit_id: UUID) -> Response:
    return _answer(find_visit_receipt(session(), current_person(), visit_id), 200)


def _result(sent: Sent, outcome: VisitResult) -> dict[str, Any]:
    if isinstance(outcome, InspectionError):
        return {"visit": id_of(sent), "status": status_of(outcome), **in_json(outcome)}
    receipt = visit_receipt_json(outcome.receipt)
    return {"visit": outcome.receipt.visit, "status": 201 if outcome.is_new else 200, "receipt": receipt}


def _answer(receipt: VisitReceipt, status: int) -> Response:
    response = Response(as_json(visit_receipt_json(receipt)), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
