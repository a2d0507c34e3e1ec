"""What the phone of a disabled account still holds: handed in sealed, and asked after, without a sign-in.

The two addresses are open to anyone and answer whoever can't prove to hold such a phone with one refusal. No
answer sets a cookie or opens anything else (docs/decisions/0093).
"""

from itertools import chain
from typing import Any

from flask import Response, request

from inspections.errors import say
from inspections.field import quarantine
from inspections.field.parcel_file import Head, NotAParcel
from inspections.field.parcels import ParcelState
from inspections.field.quarantine import Acknowledgement

from ..auth import now, public
from ..db import release, session
from ..keys import key_ring
from ..parcels import carrier, spooled
from ..rate_limits import limited_attempts
from . import bp
from .bodies import body_chunks, json_body
from .files import intake_quotas
from .json_answers import as_json, in_words
from .parcels import announced_parcel, result_json
from .receipts import receipts_json

MAX_QUESTION_BYTES = 4_000
SAID = {
    ParcelState.HELD: say("已封存在教育局，等专班核实后收下。请不要删除手机上的记录"),
    ParcelState.TAKEN: say("专班已核实并收下"),
    ParcelState.REJECTED: say("专班没有收下，已退回；封存的文件仍保留"),
}


@bp.post("/field/quarantine")
@public
@limited_attempts
def seal_away() -> Response:
    """Whose parcel it is and whether it may come is decided by its head, before the rest is read."""
    length = announced_parcel()
    release()
    head = Head(request.stream)
    if head.size != length:
        raise NotAParcel
    author = quarantine.author_of(session(), key_ring(), head, intake_quotas(), now())
    release()
    with spooled(chain([head.content], body_chunks())) as file:
        parcel = quarantine.seal_away(session(), author, carrier(), file)
    known = quarantine.acknowledgement(session(), parcel)
    return _json(_shape(known), 202 if known.state is ParcelState.HELD else 200)


@bp.post("/field/quarantine/question")
@public
@limited_attempts
def answer_phone() -> Response:
    """`parcels` is null where the question is not of now; `server_time` says when that is."""
    found = quarantine.answer(session(), json_body(MAX_QUESTION_BYTES), now())
    parcels = None if found is None else [_shape(each) for each in found]
    return _json({"server_time": now(), "parcels": parcels}, 200)


def _shape(known: Acknowledgement) -> dict[str, Any]:
    shape = {name: value for name, value in vars(known).items() if name != "visit_receipts"}
    return shape | {
        "results": [result_json(each) for each in known.results],
        "receipts": receipts_json(known.receipts, known.visit_receipts),
        "message": in_words(SAID[known.state]),
        "signature": known.signature(key_ring()),
    }


def _json(value: Any, status: int) -> Response:
    response = Response(as_json(value), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
