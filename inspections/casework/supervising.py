"""The supervision order that a step asks for, drafted from the step with what the notice before it said."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import get, require
from ..errors import Conflict, say
from ..registry.people import Person
from .drafting import draft
from .findings import Finding
from .order_file import new_sheet
from .orders import Order, OrderItem, OrderKind
from .steps import Step, StepKind, StepState
from .taking import locked, not_suspended

USUAL_MEASURES = "限期完成整改，书面说明逾期的原因和责任，整改情况附佐证材料一并报送。"


def supervision_form(session: Session, person: Person, step_id: UUID, today: date) -> dict[str, Any]:
    """The form of the supervision order that a step asks for, filled in from the notice before it.

    It names every problem of the site that a supervision order is proposed for. Raises Conflict where one presses
    for the step's problem already.
    """
    require(person, "order.draft")
    step = locked(session, person, step_id)
    finding = not_suspended(session, step)
    sheet = new_sheet(session, person, finding.site_id, OrderKind.SUPERVISION, None, today)
    wanted = select(Step.finding_id).where(
        Step.county == step.county, Step.kind == StepKind.SUPERVISION, Step.state == StepState.PROPOSED
    )
    named = set(session.scalars(wanted.where(Step.finding_id.in_([each.id for each in sheet.findings]))))
    if step.kind is not StepKind.SUPERVISION or finding.id not in named:
        raise Conflict(say("这个问题已经写进一份督办单，请在整改文书里办理"))
    given = dict(sheet.given)
    for each in sheet.findings:
        if each.id not in named:
            given.pop(f"take-{each.id}", None)
        given[f"measures-{each.id}"] = USUAL_MEASURES
        if (before := _named_before(session, each)) is not None:
            given[f"measures-{each.id}"] = before.measures
            given |= {f"lead-{each.id}": before.lead, f"department-{each.id}": before.department}
            notice = session.get_one(Order, (before.county, before.order_id))
            given["telephone"] = given["telephone"] or notice.telephone
    return given


def draft_supervision(session: Session, person: Person, step_id: UUID, today: date) -> Order:
    """Draft the order as the form has it. Raises Invalid by the form's fields where something is lacking."""
    given = supervision_form(session, person, step_id, today)
    step = get(session, person, Step, step_id)
    finding = session.get_one(Finding, (step.county, step.finding_id))
    return draft(session, person, finding.site_id, OrderKind.SUPERVISION, given, today)


def _named_before(session: Session, finding: Finding) -> OrderItem | None:
    query = select(OrderItem).where(
        OrderItem.county == finding.county, OrderItem.finding_id == finding.id, OrderItem.is_live
    )
    return session.scalars(query.order_by(OrderItem.id.desc()).limit(1)).first()
