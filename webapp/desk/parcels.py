"""Parcels at the desk: one is uploaded, looked at, confirmed to be its author's, or sent back."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, require
from inspections.errors import Invalid, TooLarge, say
from inspections.evidence.store import CHUNK_BYTES
from inspections.field import carrying
from inspections.field.parcels import ParcelState, read_parcel

from ..auth import current_person, now
from ..db import session
from ..parcels import carrier, spooled
from . import bp
from .panels import in_panel
from .sites import again_when_invalid


@bp.post("/parcels")
def bring_parcel() -> Response:
    limit = current_app.config["MAX_PARCEL_BYTES"]
    request.max_content_length = limit + 2**20
    if (request.content_length or 0) > request.max_content_length:
        raise TooLarge(say("文件太大，最多 {limit} MB；请分几次导出", limit=limit // 1_000_000))
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid({"file": say("请先选择文件")})
    with upload.stream as stream, spooled(iter(lambda: stream.read(CHUNK_BYTES), b"")) as file:
        parcel = carrying.bring(session(), current_person(), carrier(), file)
    held = parcel.state is ParcelState.HELD
    flash(_("已封存，等待核实作者") if held else _("已收下，结果如下"), "due" if held else "ok")
    return redirect(url_for("desk.parcel_page", parcel_id=parcel.id), 303)


def _page(parcel_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    page = read_parcel(session(), current_person(), parcel_id)
    return render_template(
        "desk/parcel.html",
        page=page,
        parcel=page.parcel,
        may_decide=can(current_person(), "parcel.decide") and page.parcel.state is ParcelState.HELD,
        given=given or {},
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
    )


@bp.get("/parcels/<uuid:parcel_id>")
def parcel_page(parcel_id: UUID) -> str:
    return _page(parcel_id)


@bp.post("/parcels/<uuid:parcel_id>/decide")
@again_when_invalid(_page)
def decide_parcel(parcel_id: UUID) -> Response:
    require(current_person(), "parcel.decide")
    reason = request.form.get("reason", "")
    match request.form.get("decision"):
        case "confirm":
            carrying.confirm(session(), current_person(), carrier(), parcel_id, reason)
            flash(_("已按作者本人的记录收下"), "ok")
        case "reject":
            carrying.reject(session(), current_person(), parcel_id, reason, now())
            flash(_("已退回，封存的文件仍保留"), "ok")
        case _:
            raise Invalid({"decision": say("请选择收下还是退回")})
    return redirect(url_for("desk.parcel_page", parcel_id=parcel_id), 303)
