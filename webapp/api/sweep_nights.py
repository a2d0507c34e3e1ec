"""What phones say during a sweep, and what they are told of it."""

from typing import Any
from uuid import UUID

from flask import Response, request

from inspections.access import require
from inspections.errors import Invalid, say
from inspections.incoming import parse_json
from inspections.sweeps import receiving
from inspections.sweeps.phone_state import state_of
from inspections.sweeps.positions import hear_positions
from inspections.sweeps.receiving import Receipt

from ..auth import current_person, now
from ..db import session
from ..errors import in_json
from . import bp
from .bodies import json_body
from .json_answers import as_json, in_words

MAX_BYTES = 1_000_000


@bp.post("/sweep-entries")
def receive_sweep_entries() -> Response:
    """A 200 whatever becomes of the lines: each has an outcome of its own."""
    require(current_person(), "sweep.take_part")
    lines = parse_json(json_body(MAX_BYTES)).get("entries")
    if not isinstance(lines, list):
        raise Invalid({"entries": say("格式不对，请检查后重新提交")})
    receipts = receiving.receive(session(), current_person(), lines, now())
    return _answer({"results": [_receipt(each) for each in receipts]})


@bp.post("/sweep-positions")
def receive_sweep_positions() -> Response:
    require(current_person(), "sweep.take_part")
    kept = hear_positions(session(), current_person(), parse_json(json_body(MAX_BYTES)), now())
    return _answer({"kept": kept})


@bp.get("/sweeps/<uuid:sweep_id>/state")
def sweep_state(sweep_id: UUID) -> Response:
    """What has become of the sweep, for a phone that knows it up to the entry `since`."""
    require(current_person(), "sweep.take_part")
    since = request.args.get("since", -1, type=int)
    return _answer(in_words(state_of(session(), current_person(), sweep_id, since, now())))


def _receipt(receipt: Receipt) -> dict[str, Any]:
    told: dict[str, Any] = {"id": receipt.id, "outcome": receipt.outcome.value, "marks": list(receipt.marks)}
    if receipt.number is not None:
        told["number"] = receipt.number
    if receipt.stop:
        told["stop"] = {"id": receipt.stop.id, "state": receipt.stop.state.value, "team_id": receipt.stop.team_id}
    return told | (in_json(receipt.error) if receipt.error else {})


def _answer(told: dict[str, Any]) -> Response:
    response = Response(as_json(told), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
