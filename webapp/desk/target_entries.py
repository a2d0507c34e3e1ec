"""One entry of a target list: why it is there, and what is decided about it."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.errors import Conflict, NotFound
from inspections.field.assigning import list_assignees
from inspections.registry.people import Person
from inspections.targeting.target_lists import deciding, reading, sending
from inspections.targeting.target_lists.lists import Refusal, TargetEntry

from ..auth import current_person, now
from ..db import session
from . import bp
from .sites import again_when_invalid
from .targets import told, weekdays
from .words import option, today, word


def _entry_page(entry_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "target.see")
    entry = get(session(), person, TargetEntry, entry_id)
    file = reading.read_list(session(), person, entry.list_id, today())
    row = next((each for each in [*file.rows, *file.refused] if each.entry.id == entry_id), None)
    if row is None:  # it was taken off by a later computation
        raise NotFound
    return render_template(
        "desk/targets/entry.html",
        file=file,
        row=row,
        entry=entry,
        total=sum(weight for weight, _words in row.reasons),
        may_plan=can(person, "target.plan") and file.found.last_day >= today(),
        assignees=[(str(each.id), _who(each)) for each in list_assignees(session(), person)]
        if can(person, "task.assign")
        else [],
        refusals=[option(each) for each in Refusal],
        weekdays=weekdays(),
        given=given or {},
        wrong=wrong or {},
        said=said,
    )


def _who(person: Person) -> str:
    return _(
        "%(name)s（%(more)s）", name=person.name, more=_("、").join(word(each.role) for each in person.grants)
    )


@bp.get("/targets/entries/<uuid:entry_id>")
def target_page(entry_id: UUID) -> str:
    return _entry_page(entry_id)


@bp.post("/targets/entries/<uuid:entry_id>/pin")
def pin_target(entry_id: UUID) -> Response:
    is_pinned = request.form.get("pinned") == "1"
    try:
        entry = deciding.pin(session(), current_person(), entry_id, is_pinned, now())
    except Conflict as error:
        return _told(error, entry_id)
    flash(_("已固定，重新计算时保留") if is_pinned else _("已取消固定"), "ok")
    return _back(entry)


@bp.post("/targets/entries/<uuid:entry_id>/refuse")
@again_when_invalid(_entry_page)
def refuse_target(entry_id: UUID) -> Response:
    form = request.form
    require(current_person(), "target.plan")
    try:
        made = deciding.refuse(
            session(), current_person(), entry_id, form.get("reason", ""), form.get("words", ""), now()
        )
    except Conflict as error:
        return _told(error, entry_id)
    flash(_("已否决，由下一处顶替") if made else _("已否决，没有合适的点位顶替"), "ok")
    return _back(made or get(session(), current_person(), TargetEntry, entry_id))


@bp.post("/targets/entries/<uuid:entry_id>/undo")
def undo_target(entry_id: UUID) -> Response:
    try:
        entry = deciding.undo(session(), current_person(), entry_id, now())
    except Conflict as error:
        return _told(error, entry_id)
    flash(_("已撤销，这一处回到待派"), "ok")
    return _back(entry)


@bp.post("/targets/entries/<uuid:entry_id>/send")
@again_when_invalid(_entry_page)
def send_target(entry_id: UUID) -> Response:
    require(current_person(), "target.plan")
    try:
        task = sending.send(session(), current_person(), entry_id, request.form.get("assignee_id", ""), now())
    except Conflict as error:
        return _told(error, entry_id)
    assignee = get(session(), current_person(), Person, task.assignee_id)
    flash(_("已派给%(name)s", name=assignee.name), "ok")
    return _back(get(session(), current_person(), TargetEntry, entry_id))


def _told(error: Conflict, entry_id: UUID) -> Response:
    session().rollback()
    return told(error, get(session(), current_person(), TargetEntry, entry_id).list_id, entry_id)


def _back(entry: TargetEntry) -> Response:
    return redirect(url_for("desk.target_list", list_id=entry.list_id, _anchor=f"e-{entry.id}"), 303)
