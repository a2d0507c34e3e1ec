"""An order as its addressee reads and answers it. Everything works without a script."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from flask import make_response, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from inspections.casework.attaching import EXTENSION
from inspections.casework.deadlines import MOST_DAYS
from inspections.casework.extending import ask_for_more_time, read_extensions
from inspections.casework.invitations import SUPERVISED_WORDS
from inspections.casework.papers import lines_of
from inspections.casework.responding import read_letter, submit
from inspections.casework.responses import Claim
from inspections.errors import Conflict, Invalid
from inspections.selfcheck.campaigns import SelfCheck

from ..auth import now
from ..db import session
from ..desk.words import option, today
from ..errors import status_of
from ..i18n import translated
from . import bp
from .doors import Door, allowance, through_campaign, through_link, through_sign_in
from .keeping import drop_files, keep_files
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
    problems = keep_files(door, form_id)
    drop_files(door, form_id, form.getlist("drop"))
    if problems or "keep" in form:
        if isinstance(door.subject, SelfCheck):
            keep_draft(door, form)
        said = "" if problems else _("已存好，还没有提交。")
        page = page_of(door, given=form, files=problems, kept=said)
        return make_response(page, 422 if problems else 200)
    try:
        with session().begin_nested():
            _send(door, form)
    except Invalid as error:
        wrong = {name: translated(message) for name, message in error.fields.items()}
        said = wrong.pop("items", "") or ("" if wrong else translated(error.message))
        return make_response(page_of(door, given=form, wrong=wrong, said=said), status_of(error))
    except Conflict as error:
        return make_response(page_of(door, given=form, said=translated(error.message)), status_of(error))
    return redirect(door.to("letter", **{"asked" if EXTENSION in form else "sent": 1}), 303)


def _send(door: Door, form: Any) -> None:
    if isinstance(door.subject, SelfCheck):
        send_sheet(door, form)
    elif EXTENSION in form:
        letter = read_letter(session(), door.order, now())
        ask_for_more_time(session(), door.sender, letter, form, now(), today())
    else:
        submit(session(), door.sender, door.order, form, now())


class Typed(NamedTuple):
    """What came back with one of the page's forms: the words, and what is wrong with them and with the files."""

    given: Mapping[str, Any] = {}
    wrong: Mapping[str, str] = {}
    files: Mapping[str, list[str]] = {}


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
    extension = read_extensions(session(), letter, now())
    typed = Typed(given or {}, wrong or {}, files or {})
    report, request_ = (Typed(), typed) if EXTENSION in typed.given else (typed, Typed())
    return render_template(
        "portal/letter.html",
        door=door,
        letter=letter,
        order=letter.order,
        lines=lines_of(dict(letter.content)),
        supervised_words=SUPERVISED_WORDS,
        form_id=report.given.get("form_id") or letter.form_id,
        given=report.given,
        wrong=report.wrong,
        files=report.files,
        extension=extension,
        typed=request_,
        most_days=MOST_DAYS,
        said=said,
        kept=kept,
        is_sent="sent" in request.args,
        is_asked="asked" in request.args,
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
