"""One deed to many problems: chosen on the ledger, looked at, confirmed, done, undone. At `/ledger/runs`."""

from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from flask import Response, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from geo.times import local
from inspections.access import can
from inspections.errors import Invalid, NotFound
from inspections.field.assigning import list_assignees
from inspections.ledger import doing, exporting
from inspections.ledger.deeds import DEEDS
from inspections.ledger.runs import DeedKind, LedgerRun, Result, RunState

from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from . import bp
from .sites import again_when_invalid

PAGE = 100
STATES = {RunState.DONE: "ok", RunState.FAILED: "problem", RunState.UNDONE: "unknown"}
RESULTS = {Result.PLANNED: "due", Result.REFUSED: "problem", Result.DONE: "ok", Result.UNDONE: "unknown",
           Result.KEPT: "due"}  # fmt: skip


def deeds_of(person: Any) -> list[DeedKind]:
    """What the person may do to many problems at once."""
    return [kind for kind, deed in DEEDS.items() if can(person, deed.verb)]


@bp.get("/ledger/runs")
def ledger_runs() -> str:
    runs = doing.list_runs(session(), current_person())
    return render_template("desk/ledger_runs.html", runs=runs, states=STATES)


@bp.post("/ledger/runs")
def plan_ledger_run() -> BaseResponse:
    """From the list: what was ticked, or all that the list's question finds."""
    asked = {key.removeprefix("ask-"): request.form.getlist(key) for key in request.form if key.startswith("ask-")}
    kind = next((each for each in DEEDS if each == request.form.get("deed")), DeedKind.RECHECK)
    chosen = None if request.form.get("every") else _ids(request.form.getlist("id"))
    try:
        run = doing.plan(session(), current_person(), kind, asked, chosen, now())
    except Invalid as error:
        flash(translated(error.message), "problem")
        return redirect(f"{url_for('desk.ledger')}?{urlencode(asked, doseq=True)}", 303)
    return redirect(url_for("desk.ledger_run", run_id=run.id), 303)


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _run_page(run_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    run = doing.get_run(session(), person, run_id)
    page = max(request.args.get("page", 1, type=int), 1)
    counted = doing.counts(session(), run)
    return render_template(
        "desk/ledger_run.html",
        run=run,
        page=page,
        size=PAGE,
        rows=doing.results(session(), run, page, PAGE),
        counted=counted,
        total=sum(counted.values()),
        given=given or {},
        wrong=wrong or {},
        said=said,
        assignees=_assignees(run),
        states=STATES,
        results=RESULTS,
        may_undo=run.state is RunState.DONE and run.deed in DEEDS and DEEDS[run.deed].undo is not None,
        back=f"{url_for('desk.ledger')}?{urlencode(run.question, doseq=True)}",
    )


def _assignees(run: LedgerRun) -> list[tuple[str, str]]:
    if run.deed is not DeedKind.RECHECK or run.state is not RunState.PLANNED:
        return []
    return [("", "—"), *((str(each.id), each.name) for each in list_assignees(session(), current_person()))]


@bp.get("/ledger/runs/<uuid:run_id>")
def ledger_run(run_id: UUID) -> str:
    return _run_page(run_id)


@bp.get("/ledger/runs/<uuid:run_id>/progress")
def ledger_run_progress(run_id: UUID) -> Response:
    """What the page asks for while a job works."""
    run = doing.get_run(session(), current_person(), run_id)
    return jsonify(busy=run.is_busy, state=translated(run.state.label), done=run.rows_done, total=run.rows_total)


@bp.post("/ledger/runs/<uuid:run_id>/confirm")
@again_when_invalid(_run_page)
def confirm_ledger_run(run_id: UUID) -> BaseResponse:
    doing.confirm(session(), current_person(), run_id, request.form, now())
    return redirect(url_for("desk.ledger_run", run_id=run_id), 303)


@bp.post("/ledger/runs/<uuid:run_id>/undo")
def undo_ledger_run(run_id: UUID) -> BaseResponse:
    doing.undo(session(), current_person(), run_id, now())
    flash(_("已撤销；没能撤销的列在前面，写明原因"), "ok")
    return redirect(url_for("desk.ledger_run", run_id=run_id), 303)


@bp.get("/ledger/runs/<uuid:run_id>/file")
def ledger_run_file(run_id: UUID) -> Response:
    """The workbook that a run has made."""
    run = doing.get_run(session(), current_person(), run_id)
    if run.sha256 is None:
        raise NotFound
    with current_app.extensions["store"].open(run.sha256) as file:
        body = file.read()
    return workbook_answer(body, run.finished_at or now())


def workbook_answer(body: bytes, at: Any) -> Response:
    response = Response(body, mimetype=exporting.XLSX)
    name = f"{exporting.title_of(session(), current_person())}-{local(at):%Y%m%d-%H%M}.xlsx"
    # A header is ASCII: a server refuses any other (RFC 6266 names the file twice)
    response.headers["Content-Disposition"] = f"attachment; filename=ledger.xlsx; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "no-store"
    return response
