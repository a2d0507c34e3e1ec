"""Bulletins at the desk: the list with what is due, and the editor of drafts."""

from typing import Any
from uuid import UUID

from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can
from inspections.registry.counties import find_county
from inspections.reporting.bulletins import drafting, due
from inspections.reporting.bulletins.bulletins import BulletinKind
from inspections.reporting.bulletins.drafting import SectionConflict
from inspections.reporting.bulletins.masking import mask_of, masked
from inspections.reporting.bulletins.names_left import names_in
from inspections.reporting.bulletins.reading import BulletinFile, read_bulletin
from inspections.reporting.bulletins.tables import figure_rows, has_townships, township_rows, unsettled

from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from . import bp
from .lists import BULLETINS, list_page
from .sites import again_when_invalid
from .words import option, today


def _bulletins_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    may_edit = can(person, "bulletin.edit")
    return list_page(
        BULLETINS,
        "desk/bulletins/list.html",
        due=due.whats_due(session(), person, today()) if may_edit else [],
        may_edit=may_edit,
        kinds=[option(each) for each in BulletinKind],
        given=given or {"kind": BulletinKind.QUARTERLY.value, "day": today().isoformat()},
        wrong=wrong or {},
        said=said,
        county_code=person.county,
    )


@bp.get("/bulletins")
def bulletins() -> str:
    return _bulletins_page()


@bp.post("/bulletins")
@again_when_invalid(_bulletins_page)
def begin_bulletin() -> Response:
    person = current_person()
    kind = next((each for each in BulletinKind if each == request.form.get("kind")), BulletinKind.QUARTERLY)
    county = find_county(session(), person.county)
    name = county.name if county else ""
    bulletin = drafting.begin(session(), person, kind, request.form.get("day", ""), now(), name)
    flash(_("已按现有数字拟好草稿，请逐节核对"), "ok")
    return _to(bulletin.id)


def _bulletin_page(bulletin_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    file = read_bulletin(session(), current_person(), bulletin_id)
    if file.bulletin.is_draft:
        return _draft_page(file, given, wrong, said)
    return _signed_page(file, given, wrong, said)


def _draft_page(file: BulletinFile, given: Any, wrong: Any, said: str, clash: Any = None) -> str:
    person = current_person()
    words = request.args.get("q", "")
    may_edit = can(person, "bulletin.edit")
    return render_template(
        "desk/bulletins/draft.html",
        file=file,
        bulletin=file.bulletin,
        period=due.period_of(file.bulletin),
        rows=figure_rows(file.content),
        unsettled=unsettled(file.content["figures"]),
        candidates=drafting.candidates(session(), person, file.bulletin, words) if may_edit else [],
        words=words,
        given=given or {},
        wrong=wrong or {},
        said=said,
        clash=clash,
        may_edit=may_edit,
        may_sign=can(person, "bulletin.sign"),
    )


def _signed_page(file: BulletinFile, given: Any, wrong: Any, said: str) -> str:
    person = current_person()
    return render_template(
        "desk/bulletins/signed.html",
        file=file,
        bulletin=file.bulletin,
        content=file.content,
        public=file.bulletin.public_content,
        period=due.period_of(file.bulletin),
        rows=figure_rows(file.content),
        towns=township_rows(file.content) if has_townships(file.content) else [],
        given=given or {},
        wrong=wrong or {},
        said=said,
        may_publish=can(person, "bulletin.publish"),
        may_sign=can(person, "bulletin.sign"),
        is_office=can(person, "bulletin.edit") or can(person, "event.see"),
    )


@bp.get("/bulletins/<uuid:bulletin_id>")
def bulletin_page(bulletin_id: UUID) -> str:
    return _bulletin_page(bulletin_id)


@bp.get("/bulletins/<uuid:bulletin_id>/preview")
def preview_bulletin(bulletin_id: UUID) -> str:
    """The draft as the page that will be signed."""
    file = read_bulletin(session(), current_person(), bulletin_id)
    if not file.bulletin.is_draft:
        return _signed_page(file, None, None, "")
    return render_template(
        "desk/bulletins/preview.html",
        file=file,
        bulletin=file.bulletin,
        content=file.content,
        period=due.period_of(file.bulletin),
        rows=figure_rows(file.content),
        towns=township_rows(file.content) if has_townships(file.content) else [],
        unsettled=unsettled(file.content["figures"]),
        names=names_in(masked(file.content, mask_of(session(), file.bulletin.county))),
        may_sign=can(current_person(), "bulletin.sign"),
    )


@bp.post("/bulletins/<uuid:bulletin_id>/sections/<key>")
@again_when_invalid(lambda bulletin_id, key, **more: _bulletin_page(bulletin_id, **more))
def save_section(bulletin_id: UUID, key: str) -> Response | str:
    """A section as it was typed: by a script, which is answered in JSON, or by the form's own button."""
    person = current_person()
    try:
        revision = int(request.form.get("revision", "0"))
    except ValueError:
        revision = 0
    try:
        section = drafting.edit_section(
            session(), person, bulletin_id, key, request.form.get("text", ""), revision, now()
        )
    except SectionConflict as clash:
        return _clash(bulletin_id, clash)
    if _by_script():
        return jsonify({"revision": section.revision, "edited": section.is_edited})
    flash(_("“%(title)s”已保存", title=section.title), "ok")
    return _to(bulletin_id, f"section-{key}")


def _clash(bulletin_id: UUID, clash: SectionConflict) -> Response:
    """Both texts, for a person to decide. Nothing was written."""
    theirs = {"text": clash.section.text, "revision": clash.section.revision, "who": clash.who}
    if _by_script():
        return make_response(jsonify({"message": translated(clash.message), **theirs}), 409)
    shown = {"key": clash.section.key, "mine": clash.given, **theirs}
    session().rollback()
    file = read_bulletin(session(), current_person(), bulletin_id)
    return make_response(_draft_page(file, None, None, translated(clash.message), shown), 409)


def _by_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


@bp.post("/bulletins/<uuid:bulletin_id>/sections/<key>/restore")
def restore_section(bulletin_id: UUID, key: str) -> Response:
    section = drafting.take_drafted(session(), current_person(), bulletin_id, key, now())
    flash(_("“%(title)s”已换回系统拟的文字，原来的文字在历史里", title=section.title), "ok")
    return _to(bulletin_id, f"section-{key}")


@bp.post("/bulletins/<uuid:bulletin_id>/recount")
@again_when_invalid(_bulletin_page)
def recount_bulletin(bulletin_id: UUID) -> Response:
    drafting.recount(session(), current_person(), bulletin_id, now())
    flash(_("数字已按现在的记录重新统计；改过的段落没有动，请对照"), "ok")
    return _to(bulletin_id)


@bp.post("/bulletins/<uuid:bulletin_id>/title")
@again_when_invalid(_bulletin_page)
def rename_bulletin(bulletin_id: UUID) -> Response:
    drafting.rename(session(), current_person(), bulletin_id, request.form.get("title", ""))
    flash(_("标题已改"), "ok")
    return _to(bulletin_id)


@bp.post("/bulletins/<uuid:bulletin_id>/discard")
def discard_bulletin(bulletin_id: UUID) -> Response:
    drafting.discard(session(), current_person(), bulletin_id)
    flash(_("草稿已删除，可以重新拟"), "ok")
    return redirect(url_for("desk.bulletins"), 303)


@bp.post("/bulletins/<uuid:bulletin_id>/cases")
@again_when_invalid(_bulletin_page)
def choose_bulletin_case(bulletin_id: UUID) -> Response:
    drafting.choose_case(session(), current_person(), bulletin_id, request.form)
    flash(_("已列为典型案例，请核对文字"), "ok")
    return _to(bulletin_id, "cases")


@bp.post("/bulletins/<uuid:bulletin_id>/cases/<uuid:case_id>")
@again_when_invalid(lambda bulletin_id, case_id, **more: _bulletin_page(bulletin_id, **more))
def edit_bulletin_case(bulletin_id: UUID, case_id: UUID) -> Response:
    if request.form.get("drop"):
        drafting.drop_case(session(), current_person(), bulletin_id, case_id)
        flash(_("已不再列为典型案例"), "ok")
    else:
        drafting.edit_case(session(), current_person(), bulletin_id, case_id, request.form)
        flash(_("案例已保存"), "ok")
    return _to(bulletin_id, "cases")


def _to(bulletin_id: UUID, anchor: str = "") -> Response:
    return redirect(url_for("desk.bulletin_page", bulletin_id=bulletin_id, _anchor=anchor or None), 303)
