"""Photos that follow a report in pieces (tus 1.0), by its code in a header."""

from urllib.parse import unquote
from uuid import UUID

from flask import Response, request, url_for
from werkzeug.exceptions import BadRequest

from inspections.casework.attaching import not_taken
from inspections.errors import Invalid, TooManyRequests, UnsupportedMedia, say
from inspections.evidence import uploads
from inspections.evidence.recordings import largest
from inspections.evidence.uploads import Progress
from inspections.intake.following import note_added_files
from inspections.intake.tip_attaching import note_file, refuse_more, why_refused
from inspections.intake.tips import Tip
from inspections.registry.counties import County

from ...api.files import store
from ...api.uploads import PIECE, decoded, number_in, piece_of_body, with_progress
from ...auth import now
from ...db import release, session
from ...errors import response_to
from . import bp
from .entering import allowance, by_code, reporter
from .keeping import note_size, refuse_flood

MOST_OPEN, LONGEST_NAME = 6, 200
NAME, LATER = "X-File-Name", "X-Later"


@bp.post("/<county_code>/files")
@by_code
def begin(county: County, tip: Tip) -> Response:
    """A file is announced: refused at once where it can't be taken."""
    size, name = number_in("Upload-Length"), _name()
    if size > largest(allowance().max_photo_bytes):
        raise not_taken(name, why_refused("too_big", name))
    sender = reporter(tip)
    refuse_more(session(), sender, tip, name, size, now(), allowance())
    refuse_flood(size, name)
    if uploads.open_uploads(session(), sender, now()) >= MOST_OPEN:
        raise TooManyRequests(say("同时传的文件太多，请等前面的传完"), 60)
    begun = uploads.begin(session(), store(), sender, _sha256(), size, now(), held=False)
    note_size(size)
    return _answer(tip, begun, 201, url_for("report.go_on", county_code=county.code, upload_id=begun.id))


@bp.route("/<county_code>/files/<uuid:upload_id>", methods=["HEAD"])
@by_code
def progress(county: County, tip: Tip, upload_id: UUID) -> Response:
    upload = uploads.find_upload(session(), reporter(tip), upload_id, now())
    found = uploads.progress_of(session(), store(), upload)
    return with_progress(Response(status=200, headers={"Upload-Length": str(found.size)}), found)


@bp.patch("/<county_code>/files/<uuid:upload_id>")
@by_code
def go_on(county: County, tip: Tip, upload_id: UUID) -> Response:
    moment, sender = now(), reporter(tip)
    upload = uploads.find_upload(session(), sender, upload_id, moment)
    if request.mimetype != PIECE:
        raise UnsupportedMedia(say("缺少文件类型，请刷新页面后重新发送"))
    standing, offset = uploads.progress_of(session(), store(), upload), number_in("Upload-Offset")
    limits = allowance().of_a_file
    release()
    found = uploads.append(session(), store(), sender, standing, offset, piece_of_body(), moment, limits)
    return _answer(tip, found, 204)


def _answer(tip: Tip, found: Progress, status: int, address: str = "") -> Response:
    """Once all of it is here the file stands with its tip; `X-File` then says so."""
    if found.problem:
        return response_to(found.problem)
    response = Response(status=status)
    if address:
        response.headers["Location"] = address
    if found.blob:
        try:
            kept = note_file(session(), reporter(tip), tip, _name(), found.blob, now(), allowance())
            if LATER in request.headers:
                note_added_files(session(), tip, 1, now())
        except (Invalid, TooManyRequests) as error:
            return response_to(error)  # returned, since what came of the file must be committed
        response.headers["X-File"] = str(kept.id)
    return with_progress(response, found)


def _name() -> str:
    """The file's own name, percent-encoded in a header, so that it stands in no address."""
    return unquote(request.headers.get(NAME, ""), errors="replace")[:LONGEST_NAME]


def _sha256() -> str:
    pairs = (pair.strip().split(" ", 1) for pair in request.headers.get("Upload-Metadata", "").split(","))
    metadata = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
    try:
        return decoded(metadata.get("sha256", "")).decode("ascii")
    except UnicodeDecodeError:
        raise BadRequest from None
