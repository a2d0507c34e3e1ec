"""tus 1.0 (https://tus.io/protocols/resumable-upload): files in pieces, over lines that break."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Response, current_app, request, url_for
from werkzeug.exceptions import BadRequest, MethodNotAllowed
from werkzeug.http import http_date

from inspections.access import require
from inspections.errors import Invalid, UnsupportedMedia, say
from inspections.evidence import uploads
from inspections.evidence.blobs import BlobState
from inspections.evidence.quotas import admit
from inspections.evidence.receiving import receive
from inspections.evidence.recordings import largest
from inspections.evidence.uploads import Body, Limits, Progress

from ..auth import current_person, now
from ..db import release, session
from ..errors import response_to
from . import bp
from .bodies import chunks_while_they_come
from .files import intake_quotas, state_of, store

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
PIECE = "application/offset+octet-stream"


def tus(view: Callable[..., Response]) -> Callable[..., Response]:
    """Speak this version of the protocol and no other; each answer says so."""

    @wraps(view)
    def speaking(*args: Any, **kwargs: Any) -> Response:
        require(current_person(), "check.create")
        if request.headers.get("Tus-Resumable") != VERSION:
            response = Response(status=412, headers={"Tus-Version": VERSION})
        else:
            response = view(*args, **kwargs)
        response.headers["Tus-Resumable"] = VERSION
        response.headers["Cache-Control"] = "no-store"
        return response

    return speaking


@bp.route("/files", methods=["OPTIONS"], provide_automatic_options=False)
def upload_abilities() -> Response:
    response = Response(status=204)
    response.headers["Tus-Resumable"] = response.headers["Tus-Version"] = VERSION
    response.headers["Tus-Extension"] = EXTENSIONS
    response.headers["Tus-Max-Size"] = str(largest(current_app.config["MAX_PHOTO_BYTES"]))
    response.headers["Tus-Checksum-Algorithm"] = "sha256"
    return response


@bp.post("/files")
@tus
def begin_upload() -> Response:
    """Where the county holds the bytes already there is nothing to send, and what comes is not read."""
    person, size, sha256 = current_person(), number_in("Upload-Length"), _sha256()
    limits = intake_limits()
    if size > largest(limits.max_bytes):  # named and written down, so that its check doesn't wait for it
        return state_of(receive(session(), store(), person, sha256, size, (), **vars(limits)), 413)
    moment = now()
    held = admit(session(), person, sha256, size, intake_quotas(), moment, opens=True)
    if held or request.mimetype != PIECE:
        begun = uploads.begin(session(), store(), person, sha256, size, moment, held=held)
    else:
        release()
        begun = uploads.begin_with(session(), store(), person, sha256, size, piece_of_body(), moment, limits)
    response = _answer(begun, 201)
    response.headers["Location"] = url_for("api.upload_progress", upload_id=begun.id)
    return response


@bp.route("/files/uploads/<uuid:upload_id>", methods=["HEAD"])
@tus
def upload_progress(upload_id: UUID) -> Response:
    upload = uploads.find_upload(session(), current_person(), upload_id, now())
    progress = uploads.progress_of(session(), store(), upload)
    response = Response(status=200, headers={"Upload-Length": str(progress.size)})
    return with_progress(response, progress)


@bp.patch("/files/uploads/<uuid:upload_id>")
@tus
def continue_upload(upload_id: UUID) -> Response:
    person, moment = current_person(), now()
    upload = uploads.find_upload(session(), person, upload_id, moment)
    if request.mimetype != PIECE:
        raise UnsupportedMedia(say("缺少文件类型，请刷新页面后重新发送"))
    standing, offset = uploads.progress_of(session(), store(), upload), number_in("Upload-Offset")
    release()
    progress = uploads.append(
        session(), store(), person, standing, offset, piece_of_body(), moment, intake_limits()
    )
    return _answer(progress, 204)


@bp.delete("/files/uploads/<uuid:upload_id>")
@tus
def end_upload(upload_id: UUID) -> Response:
    uploads.forget(session(), store(), uploads.find_upload(session(), current_person(), upload_id, now()))
    return Response(status=204)


@bp.post("/files/uploads/<uuid:upload_id>")
@tus
def overridden(upload_id: UUID) -> Response:
    """For networks that let only GET and POST through."""
    views = {"PATCH": continue_upload, "DELETE": end_upload, "HEAD": upload_progress}
    view = views.get(request.headers.get("X-HTTP-Method-Override", ""))
    if view is None:
        raise MethodNotAllowed(["HEAD", "PATCH", "DELETE"])
    return view(upload_id)


def _answer(progress: Progress, status: int) -> Response:
    if progress.problem:
        return response_to(progress.problem)
    if progress.blob and progress.blob.state is BlobState.REFUSED:
        return with_progress(state_of(progress.blob, status), progress)
    return with_progress(Response(status=status), progress)


def with_progress(response: Response, progress: Progress) -> Response:
    response.headers["Upload-Offset"] = str(progress.received)
    if progress.blob:
        response.headers["X-File-State"] = progress.blob.state.value
    else:
        response.headers["Upload-Expires"] = http_date(progress.expires_at)
    return response


def piece_of_body() -> Body:
    given = request.headers.get("Upload-Checksum")
    return Body(chunks_while_they_come(), _checksum(given) if given else None)


def _checksum(given: str) -> bytes:
    algorithm, _, digest = given.partition(" ")
    if algorithm != "sha256":
        raise BadRequest
    return decoded(digest)


def _sha256() -> str:
    """From `Upload-Metadata`: names, each with a value in base64."""
    pairs = (pair.split(" ", 1) for pair in request.headers.get("Upload-Metadata", "").split(","))
    metadata = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
    try:
        return decoded(metadata["sha256"]).decode("ascii")
    except (KeyError, UnicodeDecodeError):
        raise Invalid({"sha256": say("文件的校验值格式不对")}) from None


def decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except NotBase64:
        raise BadRequest from None


def number_in(header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadRequest
    return int(text)


def intake_limits() -> Limits:
    return Limits(current_app.config["MAX_PHOTO_BYTES"], current_app.config["MAX_PIXELS"])
