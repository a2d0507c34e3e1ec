"""Signing, publishing and withdrawing bulletins; and what is made of them: Word, workbook, map, comparison."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import get, require
from inspections.errors import NotFound, say
from inspections.reporting.bulletins import signing
from inspections.reporting.bulletins.book import bulletin_book
from inspections.reporting.bulletins.bulletins import Audience, Bulletin, BulletinState
from inspections.reporting.bulletins.content import compose
from inspections.reporting.bulletins.masking import mask_of, masked
from inspections.reporting.bulletins.names_left import names_in
from inspections.reporting.bulletins.reading import compare, content_for
from inspections.reporting.bulletins.tables import figure_rows, has_townships, township_rows
from inspections.reporting.documents.kinds import WITHDRAWN
from inspections.reporting.documents.making import word_file

from ..auth import current_person, now
from ..db import session
from ..downloads import as_download
from . import bp
from .bulletins import _bulletin_page
from .sites import again_when_invalid


@bp.post("/bulletins/<uuid:bulletin_id>/sign")
@again_when_invalid(_bulletin_page)
def sign_bulletin(bulletin_id: UUID) -> Response:
    bulletin = signing.sign(session(), current_person(), bulletin_id, request.form.get("seen", ""), now())
    flash(_("已签发，文号 %(number)s", number=bulletin.number_text), "ok")
    return _to(bulletin_id)


@bp.get("/bulletins/<uuid:bulletin_id>/masked")
def masked_bulletin(bulletin_id: UUID) -> str:
    """What everyone would read, for the director to look at before it is opened."""
    person = current_person()
    require(person, "bulletin.publish")
    bulletin = _get(bulletin_id)
    content = bulletin.public_content or masked(content_for(bulletin), mask_of(session(), bulletin.county))
    return render_template(
        "desk/bulletins/masked.html",
        bulletin=bulletin,
        content=content,
        rows=figure_rows(content),
        towns=township_rows(content) if has_townships(content) else [],
        may_publish=bulletin.state in signing.OUT and bulletin.public_content is None,
        names=names_in(content),
    )


@bp.post("/bulletins/<uuid:bulletin_id>/publish")
@again_when_invalid(_bulletin_page)
def publish_bulletin(bulletin_id: UUID) -> Response:
    audience = Audience.PUBLIC if request.form.get("audience") == "public" else Audience.INSIDE
    read = "names_read" in request.form
    bulletin = signing.publish(session(), current_person(), bulletin_id, audience, now(), names_read=read)
    said = _("已向社会公开，个人信息已隐去") if audience is Audience.PUBLIC else _("已在内部发布，各镇街可以看到")
    flash(said, "ok")
    return _to(bulletin.id)


@bp.post("/bulletins/<uuid:bulletin_id>/withdraw")
@again_when_invalid(_bulletin_page)
def withdraw_bulletin(bulletin_id: UUID) -> Response:
    reason = request.form.get("reason", "")
    bulletin = signing.withdraw(session(), current_person(), bulletin_id, reason, now())
    flash(_("%(number)s 已撤回，文号不再使用", number=bulletin.number_text), "ok")
    return _to(bulletin_id)


@bp.get("/bulletins/<uuid:bulletin_id>/compare")
def compare_bulletin(bulletin_id: UUID) -> str:
    bulletin = _get(bulletin_id)
    found = compare(session(), current_person(), bulletin)
    return render_template("desk/bulletins/compare.html", bulletin=bulletin, found=found)


@bp.get("/bulletins/<uuid:bulletin_id>/paper")
def bulletin_paper(bulletin_id: UUID) -> Response:
    """The Word file, as often as it is asked for, in the words it was signed with; of a draft, as it stands."""
    bulletin = _get(bulletin_id)
    kind = f"bulletin_{bulletin.kind.value}"
    if bulletin.content is None:
        body = word_file(session(), bulletin.county, kind, compose(session(), bulletin), mark=DRAFT)
    else:
        mark = WITHDRAWN if bulletin.state is BulletinState.WITHDRAWN else ""
        body = word_file(session(), bulletin.county, kind, bulletin.content, bulletin.id, mark=mark)
    return as_download(body, bulletin.number_text or bulletin.title, "docx")


DRAFT = "（草稿，未签发）"


@bp.get("/bulletins/<uuid:bulletin_id>/tables")
def bulletin_tables(bulletin_id: UUID) -> Response:
    bulletin = _get(bulletin_id)
    body = bulletin_book(bulletin.content or compose(session(), bulletin))
    return as_download(body, bulletin.number_text or bulletin.title, "xlsx")


@bp.get("/bulletins/<uuid:bulletin_id>/map")
def bulletin_map(bulletin_id: UUID) -> Response:
    bulletin = _get(bulletin_id)
    return picture_of(bulletin.content["figures"] if bulletin.content else bulletin.figures)


def picture_of(figures: Any) -> Response:
    from inspections.reporting.bulletins.map_picture import map_of  # the drawing of pictures loads slowly

    body = map_of(figures)
    if body is None:
        raise NotFound(say("镇街还没有边界，没有地图；导入行政区划以后就有"))
    response = Response(body, mimetype="image/png")
    response.headers["Cache-Control"] = "no-store"
    return response


def _get(bulletin_id: UUID) -> Bulletin:
    return get(session(), current_person(), Bulletin, bulletin_id)


def _to(bulletin_id: UUID) -> Response:
    return redirect(url_for("desk.bulletin_page", bulletin_id=bulletin_id), 303)
