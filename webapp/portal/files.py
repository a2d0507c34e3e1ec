"""Files on their way in pieces (tus 1.0), before the report that they belong to is sent."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, request
from werkzeug.exceptions import BadRequest

from inspections.casework import forgetting  # noqa: F401 - the app knows every job
from inspections.casework.attaching import drop, not_taken, note, refuse_more
from inspections.errors import Invalid, TooManyRequests, UnsupportedMedia, say
from inspections.evidence import uploads
from inspections.evidence.photo_check import Refusal
from inspections.evidence.proof_check import unfit
from inspections.evidence.recordings import largest
from inspections.evidence.uploads import Progress

from ..api.files import store
from ..api.uploads import PIECE, decoded, number_in, piece_of_body, with_progress
from ..auth import now
from ..db import release, session
from ..errors import response_to
from . import bp
from .doors import Door, allowance, through_campaign, through_link, through_sign_in

MOST_WORDS, MOST_OPEN = 300, 12


def begin(door: Door) -> Response:
    """A file is announced: refused at once where it can't be taken."""
    about, size = _metadata(), number_in("Upload-Length")
    name = about.get("name", "")
    form_id, item = _place(about)
    refuse_more(session(), door.place(form_id, item), name, size, allowance())
    if size > largest(allowance().max_photo_bytes):
        raise not_taken(name, unfit(Refusal.TOO_BIG, name).label)
    if uploads.open_uploads(session(), door.sender, now()) >= MOST_OPEN:
        raise TooManyRequests(say("同时传的文件太多，请等前面的传完"), 60)
    begun = uploads.begin(session(), store(), door.sender, about.get("sha256", ""), size, now(), held=False)
    address = door.to("upload", upload_id=begun.id, form=form_id, item=item, name=name[:MOST_WORDS])
    return _answer(door, begun, 201, address)


def progress(door: Door, upload_id: UUID) -> Response:
    upload = uploads.find_upload(session(), door.sender, upload_id, now())
    found = uploads.progress_of(session(), store(), upload)
    return with_progress(Response(status=200, headers={"Upload-Length": str(found.size)}), found)


def go_on(door: Door, upload_id: UUID) -> Response:
    moment, limits = now(), allowance().of_a_file
    upload = uploads.find_upload(session(), door.sender, upload_id, moment)
    if request.mimetype != PIECE:
        raise UnsupportedMedia(say("缺少文件类型，请刷新页面后重新发送"))
    standing, offset = uploads.progress_of(session(), store(), upload), number_in("Upload-Offset")
    release()
    found = uploads.append(session(), store(), door.sender, standing, offset, piece_of_body(), moment, limits)
    return _answer(door, found, 204)


def take_away(door: Door, form_id: UUID, proof_id: UUID) -> Response:
    drop(session(), door.subject, form_id, proof_id)
    return Response(status=204)


def _answer(door: Door, found: Progress, status: int, address: str = "") -> Response:
    """Once all of it is here the file stands with its form; `X-Proof` says under which id."""
    if found.problem:
        return response_to(found.problem)
    response = Response(status=status)
    if address:
        response.headers["Location"] = address
    if found.blob:
        form_id, item = _place(request.args if not address else _metadata())
        name = (request.args if not address else _metadata()).get("name", "")
        try:
            proof = note(session(), door.sender, door.place(form_id, item), name, found.blob, now(), allowance())
        except Invalid as error:
            return response_to(error)  # returned, since what came of the file must be committed
        response.headers["X-Proof"] = door.to("proof", form_id=form_id, proof_id=proof.id)
    return with_progress(response, found)


def _place(about: Mapping[str, str]) -> tuple[UUID, str]:
    try:
        return UUID(about.get("form", "")), about.get("item", "")
    except ValueError:
        raise Invalid(message=say("表单的编号不对，请刷新页面后重新填写")) from None


def _metadata() -> dict[str, str]:
    pairs = (pair.split(" ", 1) for pair in request.headers.get("Upload-Metadata", "").split(","))
    try:
        return {pair[0].strip(): decoded(pair[1]).decode() for pair in pairs if len(pair) == 2}
    except UnicodeDecodeError:
        raise BadRequest from None


WAYS = (
    ("/<string(length=32):token>", through_link, "link"),
    ("/orders/<uuid:order_id>", through_sign_in, "own"),
    ("/self-checks/<uuid:self_check_id>", through_campaign, "sheet"),
)
for path, door_of, by in WAYS:
    bp.post(f"{path}/files", endpoint=f"{by}_begin")(door_of(begin))
    one = f"{path}/files/<uuid:upload_id>"
    bp.route(one, methods=["HEAD"], endpoint=f"{by}_progress")(door_of(progress))
    bp.patch(one, endpoint=f"{by}_upload")(door_of(go_on))
    bp.delete(f"{path}/proofs/<uuid:form_id>/<uuid:proof_id>", endpoint=f"{by}_proof")(door_of(take_away))
