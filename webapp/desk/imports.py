"""Bringing lists in: choose a file, look at what it would do, go, take back. At `/imports`."""

from itertools import islice
from typing import Any
from uuid import UUID

from flask import abort, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from geo.coordinates import Datum
from inspections.access import require
from inspections.errors import Invalid, TooLarge, say
from inspections.registry.areas import AreaLevel
from inspections.registry.imports import runs
from inspections.registry.imports.columns import IMPORTED, Subject
from inspections.registry.imports.previews import message_from_json
from inspections.registry.imports.problems import Problem, Severity, as_csv, as_xlsx
from inspections.registry.imports.runs import ImportRun, RunState
from inspections.registry.imports.tables import MAX_FILE_BYTES, FileKind
from inspections.registry.sites import SiteCategory

from ..auth import current_person
from ..db import session
from ..i18n import translated
from . import bp

PAGE = 50
FORMS = {"xlsx": as_xlsx, "csv": as_csv}
MEDIA_TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
STATES = {RunState.DONE: "ok", RunState.FAILED: "problem", RunState.UNDONE: "unknown"}


@bp.get("/imports")
def list_imports() -> str:
    return render_template(
        "desk/imports/list.html",
        runs=runs.list_runs(session(), current_person()),
        subjects=_subjects(),
        state_of=_state_of,
        most_mb=_most_bytes() // 2**20,
    )


@bp.post("/imports")
def start_import() -> Response:
    require(current_person(), "list.import")  # before a long body is read
    request.max_content_length = _most_bytes() + 2**20
    if (request.content_length or 0) > request.max_content_length:
        raise TooLarge(say("文件超过 {n} MB；请分成几个文件", n=_most_bytes() // 2**20))
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid({"file": say("请先选择文件")})
    subject = _subject(request.form.get("subject", ""))
    with file.stream as stream:
        data = stream.read()
    store = current_app.extensions["store"]
    run = runs.start(session(), current_person(), store, subject, file.filename, data)
    return redirect(url_for("desk.show_import", run_id=run.id))


@bp.get("/imports/<uuid:run_id>")
def show_import(run_id: UUID) -> str:
    run = runs.get_run(session(), current_person(), run_id)
    found = [p for p in _problems(run) if _wanted(p)]
    page = max(request.args.get("page", 1, type=int), 1)
    return render_template(
        "desk/imports/run.html",
        run=run,
        refusals=[translated(message) for message in run.refusals],
        notes=[_message(note) for note in run.preview.get("notes", [])],
        reason=_reason(run),
        datum_label=Datum(run.options["datum"]).label if run.options.get("datum") else "",
        problems=list(islice(found, (page - 1) * PAGE, page * PAGE)),
        problem_count=len(found),
        page=page,
        page_size=PAGE,
        severity=request.args.get("severity", ""),
        query=request.args.get("q", ""),
        fields=[(name, translated(say(label))) for name, label, _required in run.preview.get("fields", [])],
        datum_names={d.value: translated(say(d.label)) for d in Datum},
        datums=[("", _("由数据推断"))] + [(d.value, translated(say(d.label))) for d in Datum],
        categories=[("", _("由类别列或名称判断"))] + [(c.value, translated(c.label)) for c in SiteCategory],
        levels=[("", _("由名称和代码判断"))] + [(a.value, translated(a.label)) for a in list(AreaLevel)[2:]],
        state_of=_state_of,
        kinds=_kinds(),
        layers=[(name, name) for name in run.preview.get("layers", [])],
        is_sites=run.subject == Subject.SITES,
    )


@bp.get("/imports/<uuid:run_id>/progress")
def import_progress(run_id: UUID) -> Response:
    """What the page asks for while a job works."""
    run = runs.get_run(session(), current_person(), run_id)
    return jsonify(busy=run.is_busy, state=translated(run.state.label), done=run.rows_done, total=run.rows_total)


@bp.post("/imports/<uuid:run_id>/options")
def change_import(run_id: UUID) -> Response:
    run = runs.get_run(session(), current_person(), run_id)
    names = [column["name"] for column in run.preview.get("columns", [])]
    columns = {name: request.form.get(f"column-{i}", "") for i, name in enumerate(names)}
    words = {
        name: request.form.get(name, "") for name in ("datum", "layer", "category", "level", "swapped", "repair")
    }
    if words["layer"] != run.preview.get("layer", ""):
        columns = {}  # another sheet has other columns
    runs.change_options(session(), current_person(), run_id, words | {"columns": columns})
    return redirect(url_for("desk.show_import", run_id=run_id))


@bp.post("/imports/<uuid:run_id>/confirm")
def confirm_import(run_id: UUID) -> Response:
    runs.confirm(session(), current_person(), run_id, skip_refused=bool(request.form.get("skip_refused")))
    return redirect(url_for("desk.show_import", run_id=run_id))


@bp.post("/imports/<uuid:run_id>/undo")
def undo_import(run_id: UUID) -> Response:
    runs.take_back(session(), current_person(), run_id)
    return redirect(url_for("desk.show_import", run_id=run_id))


@bp.get("/imports/<uuid:run_id>/problems.<form>")
def download_problems(run_id: UUID, form: str) -> Response:
    """The whole list of problems as a file; nothing in it is a formula."""
    if form not in FORMS:
        abort(404)
    run = runs.get_run(session(), current_person(), run_id)
    response = make_response(FORMS[form](_problems(run), translated))
    response.headers["Content-Type"] = MEDIA_TYPES[form]
    response.headers["Content-Disposition"] = f'attachment; filename="mingcha-problems-{run.id}.{form}"'
    return response


def _problems(run: ImportRun) -> list[Problem]:
    return runs.problems_of(current_app.extensions["store"], run)


def _wanted(problem: Problem) -> bool:
    severity, query = request.args.get("severity", ""), request.args.get("q", "").strip()
    if severity in list(Severity) and problem.severity != severity:
        return False
    return not query or query in f"{problem.row} {problem.column} {problem.value} {translated(problem.message)}"


def _message(written: Any) -> str:
    return translated(message_from_json(written))


def _reason(run: ImportRun) -> str:
    verdict = run.preview.get("verdict")
    return _message(verdict["reason"]) if verdict else ""


def _state_of(run: ImportRun) -> str:
    return STATES.get(run.state, "due")


def _subjects() -> list[tuple[str, str]]:
    return [
        (Subject.SITES.value, _("点位：学校、机构、疑似办学点")),
        (Subject.AREAS.value, _("区划：县界、镇街、村社区")),
    ]


def _kinds() -> dict[str, str]:
    kinds: dict[str, str] = {
        FileKind.WORKBOOK: _("Excel 工作簿"),
        FileKind.CSV: "CSV",
        FileKind.GEOJSON: "GeoJSON",
    }
    return kinds | {FileKind.SHAPEFILE: "Shapefile", FileKind.GEOPACKAGE: "GeoPackage", FileKind.KML: "KML"}


def _subject(text: str) -> Subject:
    if text not in IMPORTED:
        raise Invalid({"subject": say("请选择要导入的是点位还是区划")})
    return Subject(text)


def _most_bytes() -> int:
    return min(int(current_app.config["MAX_IMPORT_BYTES"]), MAX_FILE_BYTES)
