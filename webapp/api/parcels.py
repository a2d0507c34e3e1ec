"""Parcels that someone brings for another, and the receipts that their author then asks for."""

from datetime import datetime
from typing import Any

from flask import Response, current_app, request

from inspections.errors import Invalid, TooLarge, UnsupportedMedia, say
from inspections.evidence.quotas import admit
from inspections.field import carrying
from inspections.field.parcels import Parcel, ParcelState, Result, read_parcel

from ..auth import current_person, now
from ..db import release, session
from ..parcels import carrier, spooled
from . import bp
from .bodies import body_chunks, declared_length
from .files import intake_quotas
from .json_answers import as_json, in_words
from .receipts import receipt_json, receipts_json


@bp.post("/field/parcels")
def bring_parcel() -> Response:
    """Anyone of the county may bring a parcel: what it may hold is decided by who made it."""
    admit(session(), current_person(), "", announced_parcel(), intake_quotas(), now())
    release()
    with spooled(body_chunks()) as file:
        parcel = carrying.bring(session(), current_person(), carrier(), file)
    return _answer(parcel)


def announced_parcel() -> int:
    """The length of the parcel that comes, in bytes. Raises `UnsupportedMedia`, `TooLarge`, 411."""
    if request.mimetype != carrying.MEDIA_TYPE:
        raise UnsupportedMedia(say("请选择明察导出的 .mcq 文件"))
    limit = current_app.config["MAX_PARCEL_BYTES"]
    if declared_length() > limit:
        raise TooLarge(say("文件太大，最多 {limit} MB；请分几次导出", limit=limit // 1_000_000))
    request.max_content_length = limit
    return declared_length()


@bp.get("/field/receipts")
def own_receipts() -> Response:
    """Receipts for one's own checks that changed since a moment: for what others brought."""
    since = request.args.get("since", "")
    found = carrying.changed_since(session(), current_person(), _moment(since) if since else None)
    body = {
        "receipts": [receipt_json(receipt) for receipt in found.receipts],
        "sites": found.sites,
        "has_more": found.has_more,
        "until": found.until or since or now(),
    }
    return _json(body, 200)


def _answer(parcel: Parcel) -> Response:
    page = read_parcel(session(), current_person(), parcel.id)
    body: dict[str, Any] = {
        "parcel": parcel.id,
        "state": parcel.state,
        "author": {"id": page.author.id, "name": page.author.name},
        "results": [result_json(each) for each in page.results],
        "receipts": receipts_json(
            carrying.receipts_of(session(), parcel), carrying.visit_receipts_of(session(), parcel)
        ),
    }
    if parcel.state is ParcelState.HELD:
        body["message"] = in_words(
            say("还不能证明是本人的记录，文件已封存，等专班核实后收下。请不要删除手机上的记录")
        )
    return _json(body, 202 if parcel.state is ParcelState.HELD else 200)


def result_json(result: Result) -> dict[str, Any]:
    """What became of one record."""
    return in_words({name: value for name, value in vars(result).items() if value})


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00").replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid({"since": say("时间的格式不对")})
    return moment


def _json(value: Any, status: int) -> Response:
    response = Response(as_json(value), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
