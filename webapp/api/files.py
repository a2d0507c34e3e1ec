"""Photos and documents: taken in by their hash, shown as pictures, handed out as they came."""

from typing import BinaryIO

from flask import Response, current_app, request, send_file

from inspections.access import require
from inspections.errors import UnsupportedMedia, say
from inspections.evidence import receiving, viewing
from inspections.evidence.blobs import Blob, BlobState
from inspections.evidence.photo_check import Refusal
from inspections.evidence.quotas import Quotas, admit
from inspections.evidence.store import BlobStore

from ..auth import current_person, now
from ..db import release, session
from . import bp
from .bodies import body_chunks, declared_length
from .json_answers import as_json, in_words

TOO_MUCH = {Refusal.TOO_BIG.value, Refusal.TOO_MANY_PIXELS.value}


@bp.put("/files/<sha256>")
def receive_file(sha256: str) -> Response:
    """Streams the body to the store; a refusal is returned, since its reason must be committed."""
    person, config = current_person(), current_app.config
    require(person, "check.create")
    size = declared_length()
    if not request.mimetype:
        raise UnsupportedMedia(say("缺少文件类型，请刷新页面后重新发送"))
    known = admit(session(), person, sha256, size, intake_quotas(), now())
    release()
    blob = receiving.receive(
        session(),
        store(),
        person,
        sha256,
        size,
        body_chunks(),
        max_bytes=config["MAX_PHOTO_BYTES"],
        max_pixels=config["MAX_PIXELS"],
    )
    return state_of(blob, 200 if known else 201)


@bp.route("/files/<sha256>", methods=["HEAD"])
def has_file(sha256: str) -> Response:
    return Response(status=200 if viewing.has_file(session(), current_person(), sha256) else 404)


@bp.get("/files/<sha256>/<int:longest_px>")
def picture(sha256: str, longest_px: int) -> Response:
    """The photo at 320 or 1600 pixels; 202 while it is being made."""
    try:
        file = viewing.open_picture(session(), store(), current_person(), sha256, longest_px)
    except viewing.Pending:
        return Response(as_json({"state": "pending"}), 202, mimetype="application/json")
    return _kept_for_ever(send_file(file, mimetype="image/jpeg", etag=f"{sha256}-{longest_px}"))


@bp.get("/files/<sha256>/recording")
def recording(sha256: str) -> Response:
    """A film or a spoken note to be played, in pieces where the player asks for them."""
    file, blob = viewing.open_recording(session(), store(), current_person(), sha256)
    response = send_file(file, mimetype=blob.media_type, conditional=False, etag=sha256)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.make_conditional(request, accept_ranges=True, complete_length=blob.size)
    return _kept_for_ever(response)


@bp.get("/files/<sha256>/original")
def original(sha256: str) -> Response:
    """Never shown in the browser: what a stranger's bytes do there is for them to say."""
    file: BinaryIO = viewing.open_original(session(), store(), current_person(), sha256)
    response = send_file(
        file, mimetype="application/octet-stream", as_attachment=True, download_name=sha256, etag=sha256
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return _kept_for_ever(response)


def store() -> BlobStore:
    return current_app.extensions["store"]


def intake_quotas() -> Quotas:
    return Quotas(current_app.config["BYTES_A_DAY"], current_app.config["OPEN_UPLOADS"])


def state_of(blob: Blob, status: int) -> Response:
    """What became of a file, in JSON; a refused one is a 413 or 415 whatever `status` says."""
    body = {"sha256": blob.sha256, "size": blob.size, "state": blob.state}
    if advice := receiving.advice(blob):
        body["message"] = in_words(advice)
    if blob.state is BlobState.REFUSED:
        status = 413 if blob.refusal in TOO_MUCH else 415
        body |= {"error": "TooLarge" if status == 413 else "UnsupportedMedia", "fields": {}}
    return Response(as_json(body), status, mimetype="application/json")


def _kept_for_ever(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
