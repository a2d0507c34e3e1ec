"""After a sweep: the joint report with its map, and the night played again. At `/report` and `/replay`."""

from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can
from inspections.errors import NotFound
from inspections.reporting.sweep_report.composing import SWEEP_REPORT
from inspections.sweeps.report import Report, report_of
from inspections.sweeps.sweeps import SweepState

from ..answers import no_store
from ..auth import current_person
from ..db import session
from ..i18n import translated
from . import bp
from .sweep_papers import as_page, hours, map_words, vendor


@bp.get("/sweeps/<uuid:sweep_id>/report")
def sweep_report(sweep_id: UUID) -> Response:
    report = report_of(session(), current_person(), sweep_id)
    is_over = report.sweep.state is SweepState.FINISHED
    return no_store(
        render_template(
            "desk/sweeps/report.html",
            sweep=report.sweep,
            report=report,
            is_over=is_over,
            papers=url_for("desk.documents_page", kind=SWEEP_REPORT.code, subject_id=sweep_id) if is_over else "",
            may_see_sites=can(current_person(), "desk.open"),
        )
    )


@bp.get("/sweeps/<uuid:sweep_id>/replay")
def sweep_replay(sweep_id: UUID) -> Response:
    report = _finished(sweep_id)
    return no_store(render_template("desk/sweeps/replay.html", sweep=report.sweep))


@bp.get("/sweeps/<uuid:sweep_id>/report/map.html")
def sweep_report_map(sweep_id: UUID) -> Response:
    """The map of the report, one file that needs no network; `?download=1` to save it."""
    from inspections.sweeps.night_maps import report_map

    report = report_of(session(), current_person(), sweep_id)
    words = map_words() | {"title": report.sweep.name, "subtitle": _("总结报告") + " · " + hours(report.sweep)}
    page = report_map(session(), report, words, translated, vendor(), _sites())
    return as_page(page, report.sweep, name="report", keep="download" in request.args)


@bp.get("/sweeps/<uuid:sweep_id>/replay/map.html")
def sweep_replay_map(sweep_id: UUID) -> Response:
    from inspections.sweeps.night_maps import replay_map

    report = _finished(sweep_id)
    words = map_words() | {"title": report.sweep.name, "subtitle": _("回放") + " · " + hours(report.sweep)}
    page = replay_map(session(), report, words, translated, vendor(), _sites())
    return as_page(page, report.sweep, name="replay", keep="download" in request.args)


def _finished(sweep_id: UUID) -> Report:
    report = report_of(session(), current_person(), sweep_id)
    if report.sweep.state is not SweepState.FINISHED:
        raise NotFound
    return report


def _sites() -> str:
    return url_for("desk.sites", _external=True) + "/"
