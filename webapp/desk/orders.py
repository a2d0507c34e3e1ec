"""Rectification notices and supervision orders: form, preview, issue, service, withdrawal; and their numbers."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.casework import drafting, inviting, issuing, numbering, order_file, serving
from inspections.casework.numbering import PaperKind
from inspections.casework.order_file import Sheet, read_order_file
from inspections.casework.orders import Order, OrderKind, OrderState, ServiceMethod
from inspections.casework.papers import lines_of
from inspections.casework.receipt_files import keep_receipt
from inspections.casework.review_grounds import law
from inspections.errors import Invalid
from inspections.reporting.documents.files import frozen
from inspections.reporting.documents.kinds_orders import answer_box
from inspections.reporting.documents.making import word_file

from ..auth import current_person, now
from ..db import session
from ..downloads import as_download
from ..i18n import translated
from ..keys import key_ring
from . import bp
from .joint_sheets import department_order
from .order_answers import answers_of, drawing_of, link_of
from .panels import in_panel
from .sites import again_when_invalid
from .words import option, today


def _kind() -> OrderKind:
    asked = request.values.get("kind", "")
    return next((each for each in OrderKind if each == asked), OrderKind.RECTIFICATION)


def _form_page(sheet: Sheet, action: str, back: str, given: Any, wrong: Any, said: str) -> str:
    officers = [("", _("不署名")), *((str(each.id), _officer(each)) for each in sheet.officers)]
    return render_template(
        "desk/order_form.html",
        sheet=sheet,
        action=action,
        back=back,
        given=given or sheet.given,
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
        officers=officers,
        due_of=lambda finding: _due_in_words((given or sheet.given).get(f"days-{finding.id}", "")),
    )


def _officer(officer: Any) -> str:
    certificate = officer.certificate_on(today())
    return _("%(name)s（%(more)s）", name=officer.name, more=certificate.number if certificate else "—")


def _new_page(
    site_id: UUID, given: Any = None, wrong: Any = None, said: str = "", kind: OrderKind | None = None
) -> str:
    sheet = department_order(_check())
    if sheet is None or sheet.site.id != site_id:
        sheet = order_file.new_sheet(session(), current_person(), site_id, kind or _kind(), _check(), today())
    action = url_for(
        "desk.draft_order",
        site_id=site_id,
        kind=sheet.kind.value,
        check=_check(),
        department=request.args.get("department"),
    )
    return _form_page(sheet, action, url_for("desk.site_page", site_id=site_id), given, wrong, said)


def _check() -> UUID | None:
    try:
        return UUID(request.args.get("check", ""))
    except ValueError:
        return None


def order_lacking(site_id: UUID, kind: OrderKind, given: Any, error: Invalid) -> Response:
    """The form of an order that could not be drafted by itself, with what it lacks."""
    wrong = {name: translated(message) for name, message in error.fields.items()}
    return make_response(_new_page(site_id, given, wrong, kind=kind), 422)


@bp.get("/sites/<uuid:site_id>/order")
def new_order_page(site_id: UUID) -> str:
    return _new_page(site_id)


@bp.post("/sites/<uuid:site_id>/order")
@again_when_invalid(_new_page)
def draft_order(site_id: UUID) -> Response:
    order = drafting.draft(session(), current_person(), site_id, _kind(), request.form, today())
    flash(_("草稿已保存，请核对后交领导签发"), "ok")
    return redirect(url_for("desk.order_page", order_id=order.id), 303)


def _edit_page(order_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    sheet = order_file.edit_sheet(session(), current_person(), order_id, today())
    action, back = (url_for(f"desk.{name}", order_id=order_id) for name in ("edit_order", "order_page"))
    return _form_page(sheet, action, back, given, wrong, said)


@bp.get("/orders/<uuid:order_id>/edit")
def edit_order_page(order_id: UUID) -> str:
    return _edit_page(order_id)


@bp.post("/orders/<uuid:order_id>/edit")
@again_when_invalid(_edit_page)
def edit_order(order_id: UUID) -> Response:
    drafting.edit(session(), current_person(), order_id, request.form, today())
    flash(_("草稿已保存，请核对后交领导签发"), "ok")
    return _to(order_id)


def order_page_again(order_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    file = read_order_file(session(), person, order_id, today())
    state = file.order.state
    may_serve = can(person, "order.serve")
    address = link_of(file.order)
    return render_template(
        "desk/order.html",
        file=file,
        order=file.order,
        lines=lines_of(file.content),
        answers=answers_of(file.order) | {"address": address},
        qr=drawing_of(address) if address else "",
        in_panel=in_panel(),
        given=given or _usual_service(file.order),
        wrong=wrong or {},
        said=said or _elsewhere(wrong),
        may_edit=state is OrderState.DRAFT and can(person, "order.draft"),
        may_issue=state is OrderState.DRAFT and can(person, "order.issue"),
        may_serve=state is OrderState.ISSUED and may_serve,
        may_withdraw=state in {OrderState.ISSUED, OrderState.SERVED} and can(person, "order.issue"),
        may_recalculate=state is OrderState.SERVED and may_serve and file.has_provisional,
        methods=[option(each) for each in ServiceMethod],
        servers=_servers() if may_serve else [],
        may_correct=state is OrderState.SERVED and may_serve,
        may_ask_review=state is OrderState.DRAFT and can(person, "order.draft") and file.may_be_sent_to_review,
        may_review=can(person, "order.review") and bool(file.reviews and file.reviews[0].state.value == "asked"),
        law=law(),
    )


def _usual_service(order: Order) -> dict[str, Any]:
    """What the form of a service begins with: today by the first officer, else what is to be corrected."""
    if order.served_on is None:
        return {"served_on": today().isoformat(), "method": "in_person", "server_id": order.officer_id}
    names = ("method", "served_on", "server_id", "received_by", "receipt_number", "service_note")
    return {name: getattr(order, name) or "" for name in names}


def again_with_order(model: Any, name: str) -> Any:
    """`again_when_invalid` with the page of the order that a row belongs to."""

    def page(given: Any, wrong: Any, said: str, **names: Any) -> str:
        row = get(session(), current_person(), model, names[name])
        return order_page_again(row.order_id, given, wrong, said)

    return again_when_invalid(page)


def _servers() -> list[tuple[str, str]]:
    return [(str(each.id), each.name) for each in serving.list_servers(session(), current_person())]


def _elsewhere(wrong: Any) -> str:
    """What is wrong with fields that this page doesn't show, such as the officers of a draft."""
    shown = {"method", "served_on", "server_id", "received_by", "receipt_number", "service_note", "reason"}
    shown |= {"assignee_id", "due_on", "return_reason", "link_reason"}
    shown |= {"receipt", "correction", "opinion"}
    return _("；").join(text for name, text in (wrong or {}).items() if name not in shown)


@bp.get("/orders/<uuid:order_id>")
def order_page(order_id: UUID) -> str:
    return order_page_again(order_id)


@bp.get("/orders/<uuid:order_id>/paper")
def order_paper(order_id: UUID) -> Response:
    """The paper as a Word file, as often as it is asked for, in the words it was issued with."""
    order = get(session(), current_person(), Order, order_id)
    kind = order.kind.value
    words = frozen(session(), current_person(), kind, order_id)
    tail = answer_box(address) if (address := link_of(order)) else ()
    body = word_file(session(), order.county, kind, words.content, order_id, mark=words.mark, tail=tail)
    return as_download(body, words.name, "docx")


@bp.post("/orders/<uuid:order_id>/issue")
@again_when_invalid(order_page_again)
def issue_order(order_id: UUID) -> Response:
    order = issuing.issue(session(), current_person(), order_id, now(), today())
    if key_ring().link:
        inviting.invite(session(), current_person(), order_id, key_ring().link, now())
    flash(_("已签发，文号 %(number)s", number=order.number_text), "ok")
    return _to(order_id)


@bp.post("/orders/<uuid:order_id>/discard")
def discard_order(order_id: UUID) -> Response:
    site_id = drafting.discard(session(), current_person(), order_id)
    flash(_("草稿已删除，问题可以重新开具"), "ok")
    return redirect(url_for("desk.site_page", site_id=site_id, _anchor="findings"), 303)


@bp.post("/orders/<uuid:order_id>/withdraw")
@again_when_invalid(order_page_again)
def withdraw_order(order_id: UUID) -> Response:
    order = issuing.withdraw(session(), current_person(), order_id, request.form.get("reason", ""), now())
    flash(_("%(number)s 已撤回，文号不再使用", number=order.number_text), "ok")
    return _to(order_id)


def receipt() -> str | None:
    """The hash of the photo or PDF that came with the form, kept in the store; None where none came."""
    file = request.files.get("receipt")
    if file is None or not file.filename:
        return None
    config, store = current_app.config, current_app.extensions["store"]
    limits = {"max_bytes": config["MAX_PHOTO_BYTES"], "max_pixels": config["MAX_PIXELS"]}
    return keep_receipt(session(), store, current_person(), file.stream, name=file.filename, **limits)


@bp.post("/orders/<uuid:order_id>/serve")
@again_when_invalid(order_page_again)
def serve_order(order_id: UUID) -> Response:
    serving.serve(session(), current_person(), order_id, request.form, now(), today(), receipt())
    flash(_("送达已登记，问题转入整改中"), "ok")
    return _to(order_id)


@bp.post("/orders/<uuid:order_id>/recalculate")
def recalculate_order(order_id: UUID) -> Response:
    serving.recalculate(session(), current_person(), order_id)
    flash(_("期限已按公布的放假安排重新计算"), "ok")
    return _to(order_id)


@bp.get("/orders/deadline")
def order_deadline() -> str:
    """The deadline of the working days just typed, as the line under the field."""
    days = next((text for name, text in request.args.items() if name.startswith("days-")), "")
    return render_template("desk/order_deadline.html", due=_due_in_words(days))


def _due_in_words(days: str) -> dict[str, str]:
    if not days:
        return {}
    try:
        n = drafting.read_days(str(days).strip())
        found = order_file.due_if_served(session(), current_person(), today(), n)
    except Invalid as error:
        return {"wrong": translated(error.message)}
    warning = translated(found.warning) if found.warning else ""
    return {"on": found.on.isoformat(), "warning": warning}


def _numbers_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "order.number")
    prefixes = {each: numbering.prefix_of(session(), person.county, each) for each in PaperKind}
    return render_template(
        "desk/order_numbers.html",
        prefixes=prefixes,
        examples={each: numbering.as_text(prefix, today().year, 1) for each, prefix in prefixes.items()},
        given=given or {},
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
    )


@bp.get("/orders/numbers")
def order_numbers() -> str:
    return _numbers_page()


@bp.post("/orders/numbers")
@again_when_invalid(_numbers_page)
def set_order_prefix() -> Response:
    require(current_person(), "order.number")
    kind = next((each for each in PaperKind if each == request.values.get("kind")), PaperKind.RECTIFICATION)
    numbering.set_prefix(session(), current_person(), kind, request.form.get(kind.value, ""))
    flash(_("文号的字头已改，以后签发的文书用它"), "ok")
    return redirect(url_for("desk.order_numbers"), 303)


def _to(order_id: UUID) -> Response:
    return redirect(url_for("desk.order_page", order_id=order_id), 303)
