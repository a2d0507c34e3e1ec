"""Penalties and hand-overs of a site: noted on forms, followed by further versions."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.casework import handing_over, penalising
from inspections.casework.handovers import Handover, HandoverState
from inspections.casework.measure_file import measure_sheet
from inspections.casework.penalties import PenaltyKind, PenaltyState
from inspections.casework.step_papers import step_lines
from inspections.registry.sites import Site
from inspections.reporting.documents.making import word_file

from ..auth import current_person, now
from ..db import session
from ..downloads import as_download
from . import bp
from .panels import in_panel
from .sites import again_when_invalid
from .words import option, today


def _new_penalty(site_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    require(current_person(), "penalty.record")
    return _form(
        "desk/penalty_form.html",
        site_id,
        given or {"decided_on": today().isoformat(), "finding_id": request.args.get("finding", "")},
        wrong,
        said,
        kinds=[option(each) for each in PenaltyKind],
    )


def _form(template: str, site_id: UUID, given: Any, wrong: Any, said: str, **more: Any) -> str:
    person = current_person()
    site = get(session(), person, Site, site_id)
    sheet = measure_sheet(session(), person, site)
    findings = [(str(each.id), each.text[:80]) for each in sheet.findings]
    return render_template(
        template, site=site, sheet=sheet, findings=findings, given=given, wrong=wrong or {}, said=said,
        in_panel=in_panel(), **more,
    )  # fmt: skip


@bp.get("/sites/<uuid:site_id>/penalty")
def new_penalty_page(site_id: UUID) -> str:
    return _new_penalty(site_id)


@bp.post("/sites/<uuid:site_id>/penalty")
@again_when_invalid(_new_penalty)
def note_penalty(site_id: UUID) -> Response:
    found = penalising.note_penalty(session(), current_person(), site_id, request.form, now(), today())
    flash(_("已登记"), "ok")
    return redirect(url_for("desk.penalty_page", penalty_id=found.root_id), 303)


def _penalty_page(penalty_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    versions = penalising.versions_of_penalty(session(), person, penalty_id)
    latest = versions[0].penalty
    return render_template(
        "desk/penalty.html",
        versions=versions,
        penalty=latest,
        site=get(session(), person, Site, latest.site_id),
        given=given or _given(latest) | {"reason": ""},
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
        kinds=[option(each) for each in PenaltyKind],
        states=[option(each) for each in PenaltyState],
        may_change=can(person, "penalty.record"),
    )


def _given(row: Any) -> dict[str, Any]:
    """A version as the form has it."""
    values = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    return {name: "" if value is None else value for name, value in values.items()}


@bp.get("/penalties/<uuid:penalty_id>")
def penalty_page(penalty_id: UUID) -> str:
    return _penalty_page(penalty_id)


@bp.post("/penalties/<uuid:penalty_id>")
@again_when_invalid(_penalty_page)
def change_penalty(penalty_id: UUID) -> Response:
    found = penalising.change_penalty(session(), current_person(), penalty_id, request.form, now(), today())
    flash(_("已记为第 %(n)s 版，以前的都保留着", n=found.version), "ok")
    return redirect(url_for("desk.penalty_page", penalty_id=found.root_id), 303)


def _new_handover(site_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    require(current_person(), "handover.record")
    begun = {"handed_on": today().isoformat(), "finding_id": request.args.get("finding", "")}
    return _form("desk/handover_form.html", site_id, given or begun, wrong, said)


@bp.get("/sites/<uuid:site_id>/handover")
def new_handover_page(site_id: UUID) -> str:
    return _new_handover(site_id)


@bp.post("/sites/<uuid:site_id>/handover")
@again_when_invalid(_new_handover)
def hand_over(site_id: UUID) -> Response:
    found = handing_over.hand_over(session(), current_person(), site_id, request.form, now(), today())
    flash(_("已移送，文号 %(number)s", number=found.number_text), "ok")
    return redirect(url_for("desk.handover_page", handover_id=found.root_id), 303)


def _handover_page(handover_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    versions = handing_over.versions_of_handover(session(), person, handover_id)
    latest = versions[0].handover
    return render_template(
        "desk/handover.html",
        versions=versions,
        handover=latest,
        site=get(session(), person, Site, latest.site_id),
        lines=step_lines(latest.content),
        given=given or _given(latest) | {"reason": ""},
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
        states=[option(each) for each in HandoverState],
        may_change=can(person, "handover.record"),
    )


@bp.get("/handovers/<uuid:handover_id>")
def handover_page(handover_id: UUID) -> str:
    return _handover_page(handover_id)


@bp.post("/handovers/<uuid:handover_id>")
@again_when_invalid(_handover_page)
def note_answer(handover_id: UUID) -> Response:
    found = handing_over.note_answer(session(), current_person(), handover_id, request.form, now(), today())
    flash(_("已记为第 %(n)s 版，以前的都保留着", n=found.version), "ok")
    return redirect(url_for("desk.handover_page", handover_id=found.root_id), 303)


@bp.get("/handovers/<uuid:handover_id>/paper")
def handover_paper(handover_id: UUID) -> Response:
    row = get(session(), current_person(), Handover, handover_id)
    body = word_file(session(), row.county, "handover", row.content, row.root_id)
    return as_download(body, row.number_text, "docx")
