"""Steps of escalation: one with what can be done with it, what the clock did on each day, and the ladder."""

from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, get
from inspections.casework import correcting_records, ladders, supervising, taking
from inspections.casework.clock_days import list_clock_days
from inspections.casework.findings import Finding
from inspections.casework.interview_corrections import newest_correction
from inspections.casework.orders import OrderKind
from inspections.casework.step_file import StepFile, StepRow, read_step_file
from inspections.casework.step_notices import clock_counts
from inspections.casework.step_papers import record_of_interview, step_lines
from inspections.casework.steps import Step, StepKind, StepState
from inspections.errors import Conflict, Invalid, NotFound, say
from inspections.reporting.documents.making import word_file

from ..auth import current_person, now
from ..db import session
from ..downloads import as_download
from ..i18n import translated
from . import bp
from .orders import order_lacking
from .panels import in_panel
from .sites import again_when_invalid
from .words import option, today

SHOWN_DAYS = 14


def _step_page(step_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    file = read_step_file(session(), person, step_id, now())
    step = file.step
    waits = step.state is StepState.PROPOSED and file.finding.suspended_at is None
    by_paper = waits and step.kind is not StepKind.SUPERVISION
    is_signed = step.signed_at is not None
    return render_template(
        "desk/step.html",
        file=file,
        step=step,
        in_panel=in_panel(),
        lines=step_lines(file.content) if file.content else [],
        record_lines=step_lines(record_of_interview(step, newest_correction(session(), step)))
        if step.record
        else [],
        corrected=_of_correction(file, given),
        may_correct=step.record is not None and can(person, "step.record"),
        given=given if given is not None and "reason" not in given else file.offered,
        typed=given or {},
        wrong=wrong or {},
        said=said,
        may_prepare=by_paper and not is_signed and can(person, "step.prepare"),
        may_sign=by_paper and not is_signed and step.draft is not None and can(person, "step.decide"),
        may_record=waits and is_signed and can(person, "step.record"),
        may_skip=step.state is StepState.PROPOSED and can(person, "step.decide"),
        by_hand=begun_by_hand(file.finding, file.others) if can(person, "step.prepare") else [],
        may_order=waits and not by_paper and file.order is None and can(person, "order.draft"),
    )


def _of_correction(file: StepFile, given: Any) -> dict[str, Any]:
    """What the form of a correction begins with: what was typed, else the newest version."""
    if given is not None and "why" in given:
        return dict(given)
    return file.records[0].content | {"version": file.records[0].version} if file.records else {}


def begun_by_hand(finding: Finding, rows: list[StepRow]) -> list[tuple[str, str]]:
    """What a person can put forward for the problem, as buttons."""
    return [option(kind) for kind in taking.to_begin(finding, (row.step for row in rows))]


@bp.get("/steps/<uuid:step_id>")
def step_page(step_id: UUID) -> str:
    return _step_page(step_id)


@bp.post("/steps/<uuid:step_id>/prepare")
@again_when_invalid(_step_page)
def prepare_step(step_id: UUID) -> Response:
    taking.prepare(session(), current_person(), step_id, request.form, now())
    flash(_("已保存，请核对后交领导签发"), "ok")
    return _to(step_id)


@bp.post("/steps/<uuid:step_id>/sign")
@again_when_invalid(_step_page)
def sign_step(step_id: UUID) -> Response:
    step = taking.sign(session(), current_person(), step_id, now(), today())
    flash(_("已签发，文号 %(number)s", number=step.number_text), "ok")
    return _to(step_id)


@bp.post("/steps/<uuid:step_id>/record")
@again_when_invalid(_step_page)
def record_interview(step_id: UUID) -> Response:
    taking.record(session(), current_person(), step_id, request.form, now())
    flash(_("约谈记录已登记"), "ok")
    return _to(step_id)


@bp.post("/steps/<uuid:step_id>/correct")
@again_when_invalid(_step_page)
def correct_interview_record(step_id: UUID) -> Response:
    made = correcting_records.correct_record(session(), current_person(), step_id, request.form, now())
    flash(_("约谈记录已更正为第 %(n)s 版，原记录保留", n=made.version), "ok")
    return _to(step_id)


@bp.post("/steps/<uuid:step_id>/skip")
@again_when_invalid(_step_page)
def skip_step(step_id: UUID) -> Response:
    taking.skip(session(), current_person(), step_id, request.form.get("reason", ""), now())
    flash(_("已记为不办，原因留存"), "ok")
    return _to(step_id)


@bp.post("/steps/<uuid:step_id>/order")
def draft_order_of_step(step_id: UUID) -> Response:
    """One click: the supervision order is drafted from what the notice before it said."""
    person = current_person()
    try:
        order = supervising.draft_supervision(session(), person, step_id, today())
    except Invalid as error:
        session().rollback()
        given = supervising.supervision_form(session(), person, step_id, today())
        step = get(session(), person, Step, step_id)
        site_id = get(session(), person, Finding, step.finding_id).site_id
        return order_lacking(site_id, OrderKind.SUPERVISION, given, error)
    flash(_("督办单已起草，请核对后交领导签发"), "ok")
    return redirect(url_for("desk.order_page", order_id=order.id), 303)


@bp.post("/findings/<uuid:finding_id>/steps")
def begin_step(finding_id: UUID) -> Response:
    """A step by hand, without waiting for the clock."""
    kind = next((each for each in StepKind if each == request.form.get("kind")), StepKind.DUE_SOON)
    step = taking.begin(session(), current_person(), finding_id, kind, now(), today())
    return _to(step.id)


@bp.get("/steps/<uuid:step_id>/<any(paper, record):which>.docx")
def step_paper(step_id: UUID, which: str) -> Response:
    """The paper of a step, or the record of its interview, in the words that were frozen."""
    step = get(session(), current_person(), Step, step_id)
    if which == "record":
        if step.record is None:
            raise NotFound
        newest = newest_correction(session(), step)
        content, kind = record_of_interview(step, newest), "interview_record"
    elif step.content is None:
        raise Conflict(say("签发编号以后才有正式文书，草稿请看预览"))
    else:
        content, kind = step.content, step.kind.value
    body = word_file(session(), step.county, kind, content, step.id)
    name = f"{translated(step.kind.label)}-{step.number_text or step.due_on.isoformat()}"
    return as_download(body, name, "docx")


@bp.get("/steps/clock")
def clock_page() -> str:
    """What the clock did of late, day by day; and whether it runs."""
    person = current_person()
    since = today() - timedelta(days=SHOWN_DAYS - 1)
    counts = clock_counts(session(), person, since)
    runs = list_clock_days(session(), person.county, SHOWN_DAYS)
    by_day = {day: list(rows) for day, rows in groupby(counts, lambda row: row.day)}
    days = sorted({*by_day, *(run.day for run in runs if run.day >= since)}, reverse=True)
    return render_template(
        "desk/clock.html",
        days=[(day, by_day.get(day, []), next((run for run in runs if run.day == day), None)) for day in days],
        last=runs[0] if runs else None,
        ladder=ladders.ladder_on(session(), person.county, today()),
    )


def _ladder_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    holding = ladders.ladder_on(session(), person.county, today())
    offered = {name: getattr(holding, name) for name in ladders.FIELDS}
    return render_template(
        "desk/ladder.html",
        holding=holding,
        versions=ladders.list_ladders(session(), person.county),
        own=person.county,
        fields=[(name, translated(label)) for name, label in ladders.FIELDS.items()],
        given=given or offered | {"valid_from": (today() + timedelta(days=1)).isoformat()},
        wrong=wrong or {},
        said=said,
        may_edit=can(person, "ladder.edit"),
    )


@bp.get("/steps/ladder")
def ladder_page() -> str:
    return _ladder_page()


@bp.post("/steps/ladder")
@again_when_invalid(_ladder_page)
def set_ladder() -> Response:
    ladder = ladders.set_ladder(session(), current_person(), request.form, today())
    flash(_("已立本县第 %(n)s 版，自 %(day)s 起施行", n=ladder.version, day=ladder.valid_from.isoformat()), "ok")
    return redirect(url_for("desk.ladder_page"), 303)


def _to(step_id: UUID) -> Response:
    return redirect(url_for("desk.step_page", step_id=step_id), 303)
