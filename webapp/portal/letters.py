"""An order as its addressee reads and answers it. Everything works without a script."""

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from inspections.casework.attaching import attach, drop
from inspections.casework.invitations import SUPERVISED_WORDS
from inspections.casework.papers import lines_of
from inspections.casework.responding import read_letter, submit
from inspections.casework.responses import Claim
from inspections.errors import Conflict, Invalid, NotFound
from inspections.selfcheck.campaigns import SelfCheck

from ..api.files import store
from ..auth import now
from ..db import session
from ..desk.words import option
from ..errors import status_of
from ..i18n import translated
from . import bp
from .doors import Door, allowance, through_campaign, through_link, through_sign_in
from .sheets import ACCEPT, MB, keep_draft, limits_in_words, send_sheet, sheet_page

FORM_BYTES = 2 * MB  # of a form's words, beside its files


def show(door: Door) -> str:
    return page_of(door)


def take(door: Door) -> Response:
    """What was sent: files are kept one by one, then the words. What can't be taken is said; the rest is kept."""
    most = allowance().total_bytes
    request.max_content_length = 2 * most + FORM_BYTES  # so that each file is named that is too much
    request.max_form_memory_size = FORM_BYTES
    try:
        form = request.form
    except RequestEntityTooLarge:
        said = _("这一次的内容超过 %(n)s MB，没有收下；以前传好的文件都还在。请分几次传。", n=2 * most // MB)
        return make_response(page_of(door, said=said), 413)
    try:
        form_id = UUID(form.get("form_id", ""))
    except ValueError:
        return make_response(page_of(door, said=_("表单的编号不对，请刷新页面后重新填写")), 422)
    problems = _keep_files(door, form_id)
    _drop_files(door, form_id, form.getlist("drop"))
    if problems or "keep" in form:
        if isinstance(door.subject, SelfCheck):
            keep_draft(door, form)
        said = "" if problems else _("已存好，还没有提交。")
        page = page_of(door, given=form, files=problems, kept=said)
        return make_response(page, 422 if problems else 200)
    try:
        with session().begin_nested():
            if isinstance(door.subject, SelfCheck):
                send_sheet(door, form)
            else:
                submit(session(), door.sender, door.order, form, now())
    except Invalid as error:
        wrong = {name: translated(message) for name, message in error.fields.items()}
        said = wrong.pop("items", "") or ("" if wrong else translated(error.message))
        return make_response(page_of(door, given=form, wrong=wrong, said=said), status_of(error))
    except Conflict as error:
        return make_response(page_of(door, given=form, said=translated(error.message)), status_of(error))
    return redirect(door.to("letter", sent=1), 303)


def _keep_files(door: Door, form_id: UUID) -> dict[str, list[str]]:
    """Keep what came; by item, what is wrong with those that could not be."""
    problems: dict[str, list[str]] = {}
    for name in request.files:
        if not name.startswith("files-"):
            continue
        item = name.removeprefix("files-")
        for file in request.files.getlist(name):
            try:
                _keep(door, form_id, item, file)
            except Invalid as error:
                problems.setdefault(item, []).append(translated(error.message))
            except Conflict as error:
                problems.setdefault("", []).append(translated(error.message))
    return problems


def _keep(door: Door, form_id: UUID, item: str, file: FileStorage) -> None:
    if not file.filename:
        return  # nothing was chosen
    with session().begin_nested():
        place = door.place(form_id, item)
        attach(session(), store(), door.sender, place, file.filename, file.stream, now(), allowance())  # type: ignore[arg-type]


def _drop_files(door: Door, form_id: UUID, ids: list[str]) -> None:
    for each in ids:
        try:
            drop(session(), door.subject, form_id, UUID(each))
        except (ValueError, NotFound, Conflict):
            continue  # it is gone already, or was sent


def page_of(door: Door, **what: Any) -> str:
    """The page of whatever the door leads to."""
    return sheet_page(door, **what) if isinstance(door.subject, SelfCheck) else _letter(door, **what)


def _letter(
    door: Door,
    given: Any = None,
    wrong: Any = None,
    files: Any = None,
    said: str = "",
    kept: str = "",
) -> str:
    letter = read_letter(session(), door.order, now())
    return render_template(
        "portal/letter.html",
        door=door,
        letter=letter,
        order=letter.order,
        lines=lines_of(dict(letter.content)),
        supervised_words=SUPERVISED_WORDS,
        form_id=(given or {}).get("form_id") or letter.form_id,
        given=given or {},
        wrong=wrong or {},
        files=files or {},
        said=said,
        kept=kept,
        is_sent="sent" in request.args,
        claims=[option(each) for each in Claim],
        accept=ACCEPT,
        limits=limits_in_words(),
    )


bp.get("/<string(length=32):token>", endpoint="link_letter")(through_link(show))
bp.post("/<string(length=32):token>", endpoint="link_send")(through_link(take))
bp.get("/orders/<uuid:order_id>", endpoint="own_letter")(through_sign_in(show))
bp.post("/orders/<uuid:order_id>", endpoint="own_send")(through_sign_in(take))
bp.get("/self-checks/<uuid:self_check_id>", endpoint="sheet_letter")(through_campaign(show))
bp.post("/self-checks/<uuid:self_check_id>", endpoint="sheet_send")(through_campaign(take))
