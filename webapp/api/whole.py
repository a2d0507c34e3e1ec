"""Checks for good networks: one with its files in one request, and many records at once."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from flask import Response, current_app, request
from werkzeug.exceptions import ClientDisconnected

from inspections.access import require
from inspections.errors import InspectionError, TooLarge, UnsupportedMedia
from inspections.evidence.quotas import admit
from inspections.field import batches, whole
from inspections.field.receiving import Outcome, Sent
from inspections.frames import Frame, frames

from ..auth import current_person, now
from ..db import release, session
from ..errors import in_json, response_to, status_of
from . import bp
from .bodies import CHUNK_BYTES, declared_length
from .checks import answer
from .files import intake_quotas, store
from .json_answers import as_json
from .receipts import receipt_json
from .uploads import intake_limits

MEDIA_TYPE = "application/vnd.mingcha.check"


@bp.post("/checks/whole")
def receive_whole_check() -> Response:
    """The record, then its files. What came before a line broke is kept, and the receipt says what is missing."""
    person, config = current_person(), current_app.config
    require(person, "check.create")
    admit(session(), person, "", declared_length(), intake_quotas(), now())
    release()
    gathered = whole.gather(frames_of_body(), store(), config["MAX_RECORD_BYTES"], intake_limits())
    outcome = whole.receive_whole(session(), person, gathered, now(), config["MAX_PHOTO_BYTES"])
    if isinstance(outcome, InspectionError):
        return response_to(outcome)
    return answer(outcome.receipt, 201 if outcome.is_new else 200)


@bp.post("/checks/batch")
def receive_batch_of_checks() -> Response:
    """Records alone, each with an outcome of its own: the answer is a 200 whatever becomes of them."""
    person, config = current_person(), current_app.config
    require(person, "check.create")
    if declared_length() > config["MAX_BATCH_BYTES"]:
        raise TooLarge
    release()
    sent = batches.read_batch(frames_of_body(ahead=True), config["MAX_RECORD_BYTES"])
    outcomes = batches.receive_batch(session(), person, sent, now(), config["MAX_PHOTO_BYTES"])
    results = [_result(*each) for each in zip(sent, outcomes, strict=True)]
    return Response(as_json({"results": results}), mimetype="application/json")


def _result(sent: Sent, outcome: Outcome) -> dict[str, Any]:
    said: dict[str, Any]
    if isinstance(outcome, InspectionError):
        status, said = status_of(outcome), in_json(outcome)
    else:
        status, said = 201 if outcome.is_new else 200, {"receipt": receipt_json(outcome.receipt)}
    return {"check": batches.check_of(sent, outcome), "status": status, **said}


def frames_of_body(*, ahead: bool = False) -> Iterator[Frame]:
    """The frames of the body; `ahead` reads many small ones at once."""
    if request.mimetype != MEDIA_TYPE:
        raise UnsupportedMedia
    declared_length()
    return frames(_Ahead().read if ahead else _read)


def _read(most: int) -> bytes:
    """Nothing where the body ends, also where the line broke: a frame knows how long it should be."""
    try:
        return request.stream.read(most)
    except ClientDisconnected:
        return b""


class _Ahead:
    """Many small reads as a few large ones: gunicorn copies all that it holds of a body at each."""

    def __init__(self) -> None:
        self._held = BytesIO()

    def read(self, most: int) -> bytes:
        content = self._held.read(most)
        while len(content) < most:
            self._held = BytesIO(_read(CHUNK_BYTES))
            more = self._held.read(most - len(content))
            if not more:
                break
            content += more
        return content
