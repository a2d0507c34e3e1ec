"""A problem's page: where it stands, the one action that comes next, and what can be done in place."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, get
from inspections.casework import approving, closing, handing_on, recusing
from inspections.casework.approvals import Approval, ApprovalKind
from inspections.casework.finding_file import FindingFile, officers_for, read_finding_file
from inspections.casework.recusals import RecusalOrigin
from inspections.casework.serving import list_servers
from inspections.casework.steps import StepState
from inspections.reporting.casefile.composing import CASE_FILE

from .. import tile_sources
from ..auth import current_person, now
from ..db import session
from . import bp
from .panels import in_panel
from .sites import again_when_invalid
from .steps import begun_by_hand
from .words import option, today


def _page(finding_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    file = read_finding_file(session(), person, finding_id, today())
    return render_template(
        "desk/finding.html",
        file=file,
        finding=file.finding,
        in_panel=in_panel(),
        given=given or {},
        wrong=wrong or {},
        said=said,
        may=_may(file),
        officers=[("", _("请选择")), *((str(each.id), each.name) for each in _officers(file))],
        people=[("", _("请选择")), *((str(each.id), each.name) for each in list_servers(session(), person))],
        origins=[option(each) for each in RecusalOrigin],
        map_settings=_map_settings(file),
        waiting=[row for row in file.steps if row.step.state is StepState.PROPOSED],
        to_begin=begun_by_hand(file.finding, file.steps) if can(person, "step.prepare") else [],
        may_penalise=can(person, "penalty.record"),
        may_transfer=can(person, "handover.record"),
        case_file=_case_file(file),
    )


def _case_file(file: FindingFile) -> str:
    """Where the papers of the whole case are made; there is none before the problem is confirmed."""
    if file.finding.confirmed_at is None:
        return ""
    return url_for("desk.documents_page", kind=CASE_FILE.code, subject_id=file.finding.id)


def _officers(file: FindingFile) -> Any:
    may = file.is_standing and can(current_person(), "finding.hand_over")
    return officers_for(session(), current_person(), today()) if may else []


def _may(file: FindingFile) -> dict[str, bool]:
    """What the reader may do now: the role allows it, and it makes sense for the finding."""
    person, finding = current_person(), file.finding
    asks = file.is_standing and can(person, "approval.ask") and file.pending is None
    decides = file.pending is not None and can(person, "approval.decide")
    return {
        "confirm": finding.state.value == "proposed" and can(person, "finding.confirm"),
        "close": file.is_standing and not file.evidence.missing and can(person, "finding.close"),
        "reopen": finding.state.value == "struck_off" and can(person, "finding.close"),
        "extend": asks and finding.suspended_at is None and finding.due_on is not None,
        "suspend": asks and finding.suspended_at is None,
        "resume": asks and finding.suspended_at is not None,
        "decide": decides and bool(file.pending and file.pending.asked_by_id != person.id),
        "take_back": file.pending is not None and can(person, "approval.ask"),
        "recuse": file.is_standing and can(person, "recusal.ask"),
        "decide_recusal": can(person, "recusal.decide"),
        "hand_over": file.is_standing and can(person, "finding.hand_over"),
        "assign": can(person, "task.assign"),
        "draft": can(person, "order.draft"),
    }


def _map_settings(file: FindingFile) -> dict[str, Any] | None:
    if file.place is None:
        return None
    return {
        "lon": file.place.lon,
        "lat": file.place.lat,
        "label": file.site.name,
        "sources": tile_sources.offer(),
        "urls": {
            "land": "/api/v1/tiles/land/{z}/{x}/{y}.mvt",
            "areas": "/api/v1/areas/",
            "grid": "/api/v1/grid-cells.geojson",
        },
    }


@bp.get("/findings/<uuid:finding_id>")
def finding_page(finding_id: UUID) -> str:
    return _page(finding_id)


@bp.post("/findings/<uuid:finding_id>/close")
@again_when_invalid(_page)
def close_finding(finding_id: UUID) -> Response:
    closing.close(session(), current_person(), finding_id, now(), request.form.get("note", ""))
    flash(_("已销号"), "ok")
    return _to(finding_id)


@bp.post("/findings/<uuid:finding_id>/reopen")
@again_when_invalid(_page)
def reopen_finding(finding_id: UUID) -> Response:
    form = request.form
    closing.reopen(
        session(), current_person(), finding_id, form.get("reason", ""), now(), today(), form.get("days", "")
    )
    flash(_("已重新打开，原销号记录保留"), "ok")
    return _to(finding_id)


@bp.post("/findings/<uuid:finding_id>/<any(extension, suspension, resumption):asked>")
@again_when_invalid(lambda finding_id, asked, **shown: _page(finding_id, **shown))
def ask_approval(finding_id: UUID, asked: str) -> Response:
    kind = ApprovalKind(asked)  # type: ignore[call-arg]
    approving.ask(session(), current_person(), finding_id, kind, request.form, now(), today())
    flash(_("申请已提交，等领导审批"), "ok")
    return _to(finding_id)


def _of_approval(approval_id: UUID, **shown: Any) -> str:
    return _page(get(session(), current_person(), Approval, approval_id).finding_id, **shown)


@bp.post("/approvals/<uuid:approval_id>/<any(grant, refuse):answer>")
@again_when_invalid(lambda approval_id, answer, **shown: _of_approval(approval_id, **shown))
def decide_approval(approval_id: UUID, answer: str) -> Response:
    decide = approving.grant if answer == "grant" else approving.refuse
    reason = request.form.get("decision_reason", "")
    approval = decide(session(), current_person(), approval_id, reason, now())
    flash(_("已同意") if answer == "grant" else _("已退回，一切照旧"), "ok")
    return _to(approval.finding_id)


@bp.post("/approvals/<uuid:approval_id>/take-back")
def take_approval_back(approval_id: UUID) -> Response:
    approval = approving.take_back(session(), current_person(), approval_id, now())
    flash(_("申请已撤回"), "ok")
    return _to(approval.finding_id)


@bp.post("/findings/<uuid:finding_id>/recusals")
@again_when_invalid(_page)
def ask_recusal(finding_id: UUID) -> Response:
    recusing.ask_recusal(session(), current_person(), finding_id, request.form, now())
    flash(_("回避申请已登记，等领导决定"), "ok")
    return _to(finding_id)


@bp.post("/findings/<uuid:finding_id>/recusals/<uuid:recusal_id>")
@again_when_invalid(lambda finding_id, recusal_id, **shown: _page(finding_id, **shown))
def decide_recusal(finding_id: UUID, recusal_id: UUID) -> Response:
    granted, reason = request.form.get("answer") == "grant", request.form.get("decision_reason", "")
    recusing.decide_recusal(session(), current_person(), recusal_id, granted, reason, now())
    flash(_("回避已决定"), "ok")
    return _to(finding_id)


@bp.post("/findings/<uuid:finding_id>/officers")
@again_when_invalid(_page)
def hand_finding_over(finding_id: UUID) -> Response:
    handing_on.hand_over(session(), current_person(), finding_id, request.form, now(), today())
    flash(_("已改派"), "ok")
    return _to(finding_id)


def _to(finding_id: UUID) -> Response:
    return redirect(url_for("desk.finding_page", finding_id=finding_id), 303)
