"""What joint checks found, department by department: whose matter it is, and the order or letter that follows."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.casework.order_file import Sheet
from inspections.errors import Invalid, say
from inspections.registry.departments import DepartmentKind
from inspections.sweeps import counts, routing
from inspections.sweeps.joint import ORDER
from inspections.sweeps.joint_results import JointResult, joint_result, sweep_results
from inspections.sweeps.sweeps import Sweep, SweepState

from ..auth import current_person, now
from ..db import session
from . import bp
from .sites import again_when_invalid
from .words import option, today

BEGUN = (SweepState.RUNNING, SweepState.FINISHED)
USUAL_DAYS = 15


@bp.get("/sweeps/<uuid:sweep_id>/findings")
def sweep_findings(sweep_id: UUID) -> str:
    """Where a sweep goes is not said before its release: until then there is nothing here."""
    person = current_person()
    require(person, "sweep.see")
    sweep = get(session(), person, Sweep, sweep_id)
    has_begun = sweep.state in BEGUN
    results = sweep_results(session(), person, sweep) if has_begun else []
    chosen = _kind(request.args.get("department", ""))
    words = request.args.get("q", "").replace("\x00", "").strip()[:100]
    return render_template(
        "desk/joint/sweep.html",
        sweep=sweep,
        has_begun=has_begun,
        total=len(results),
        results=[each for each in results if _is_wanted(each, chosen, words)],
        counts=counts.counts(session(), person.county, [sweep.id]) if has_begun else None,
        chosen=chosen,
        words=words,
    )


def _is_wanted(result: Any, chosen: DepartmentKind | None, words: str) -> bool:
    has_it = chosen is None or any(part.department is chosen for part in result.parts)
    return has_it and words.lower() in result.site.name.lower()


def _joint_page(check_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    result = joint_result(session(), person, check_id, today())
    return render_template(
        "desk/joint/check.html",
        result=result,
        check=result.check,
        letters=_letters(result, given or {}),
        drafting=_drafting(result, given or {}),
        wrong=wrong or {},
        wrong_in=(given or {}).get("department", ""),
        said=said,
        departments=[option(kind) for kind in ORDER],
        may_confirm=can(person, "finding.confirm"),
        may_draft=can(person, "order.draft"),
        may_hand_over=can(person, "handover.record"),
    )


@bp.get("/joint-sheets/<uuid:check_id>")
def joint_sheet(check_id: UUID) -> str:
    return _joint_page(check_id)


@bp.post("/joint-sheets/<uuid:check_id>/orders")
@again_when_invalid(_joint_page)
def draft_joint_orders(check_id: UUID) -> Response:
    orders = routing.draft_orders(session(), current_person(), check_id, request.form, today())
    flash(_("已按部门起草 %(n)s 份整改通知书，请逐份核对后交领导签发", n=len(orders)), "ok")
    return _to(check_id)


@bp.post("/joint-sheets/<uuid:check_id>/handover")
@again_when_invalid(_joint_page)
def hand_over_joint(check_id: UUID) -> Response:
    require(current_person(), "handover.record")
    kind = _kind(request.form.get("department", ""))
    if kind is None:
        raise Invalid({"department": say("请选择要移送的部门")})
    letter = routing.hand_over_part(session(), current_person(), check_id, kind, request.form, now(), today())
    flash(_("已移送，文号 %(number)s", number=letter.number_text), "ok")
    return _to(check_id)


@bp.post("/findings/<uuid:finding_id>/department")
def reroute_finding(finding_id: UUID) -> Response:
    form = request.form
    kind = _kind(form.get("to", ""))
    if kind is None and form.get("to"):
        raise Invalid({"to": say("不是可选的值，请重新选择")})
    finding = routing.reroute(session(), current_person(), finding_id, kind, form.get("reason", ""))
    flash(_("已改归另一个部门"), "ok")
    return (
        _to(finding.check_id)
        if finding.check_id
        else redirect(url_for("desk.finding_page", finding_id=finding_id))
    )


def department_order(check_id: UUID | None) -> Sheet | None:
    """The form of a department's own order, where the address names a joint check and a department."""
    kind = _kind(request.args.get("department", ""))
    if kind is None or check_id is None:
        return None
    return routing.department_sheet(session(), current_person(), check_id, kind, today())


def _letters(result: JointResult, given: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """What the letter to each department says: as it was typed, else as it begins."""
    found: dict[str, Mapping[str, str]] = {}
    for part in result.parts:
        if part.department and part.waiting:
            is_typed = given.get("department") == part.department.value
            found[part.department.value] = given if is_typed else routing.handover_form(result, part, today())
    return found


def _drafting(result: JointResult, given: Mapping[str, str]) -> Mapping[str, str]:
    """What orders drafted together have in common; departments with officers of their own are taken."""
    if "days" in given:
        return given
    taken = {
        f"take-{part.department}": "1"
        for part in result.parts
        if part.department and part.waiting and part.route == "order"
    }
    return taken | {"lead": "", "days": str(USUAL_DAYS), "telephone": current_person().phone or ""}


def _kind(text: str) -> DepartmentKind | None:
    return next((kind for kind in DepartmentKind if kind.value == text), None)


def _to(check_id: UUID) -> Response:
    return redirect(url_for("desk.joint_sheet", check_id=check_id), 303)
