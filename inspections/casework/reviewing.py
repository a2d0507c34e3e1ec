"""The desk reads a response: it is returned with a reason, or accepted, which sends someone to look."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..errors import Conflict, Invalid, say
from ..field.assigning import find_assignee
from ..field.checks import CheckKind
from ..field.tasks import assign
from ..registry.people import Person
from ..registry.sites import Site
from .orders import Order, OrderState
from .responses import Response, ResponseState

LONGEST_REASON = 500


def accept(
    session: Session, person: Person, response_id: UUID, form: Mapping[str, Any], now: datetime, today: date
) -> Response:
    """Take a report as complete, and send the person named by `assignee_id` to re-check the site by `due_on`.

    Nothing is closed by it. Raises Conflict where it was decided before, Invalid by field.
    """
    order, response = _waiting(session, person, response_id)
    site = session.get_one(Site, (order.county, order.site_id))
    assignee = find_assignee(session, person, str(form.get("assignee_id", "")))
    note = str(form.get("note", "")).strip()[:LONGEST_REASON]
    why = f"复查：{order.number_text}" + (f"。{note}" if note else "")
    task = assign(session, person, site, assignee, CheckKind.RECHECK, _day(form), today=today, reason=why)
    response.state, response.task_id = ResponseState.ACCEPTED, task.id
    _decide(response, person, now, note)
    session.flush()
    events.record(session, person, "accept_answer", order, response=str(response.id), task=str(task.id))
    return response


def send_back(session: Session, person: Person, response_id: UUID, reason: str, now: datetime) -> Response:
    """Return a report with a reason that the site reads; it stays, and another is waited for."""
    order, response = _waiting(session, person, response_id)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"return_reason": say("请写明退回的原因和要补充什么，最多 {n} 字", n=LONGEST_REASON)})
    response.state = ResponseState.RETURNED
    _decide(response, person, now, reason)
    session.flush()
    events.record(session, person, "return_answer", order, response=str(response.id), reason=reason)
    return response


def _waiting(session: Session, person: Person, response_id: UUID) -> tuple[Order, Response]:
    require(person, "response.decide")
    response = get(session, person, Response, response_id)
    session.refresh(response, with_for_update=True)
    if response.state is not ResponseState.SUBMITTED:
        raise Conflict(say("这份报告已经有人审核过了：{state}", state=response.state.label))
    order = session.get_one(Order, (response.county, response.order_id))
    if order.state is OrderState.WITHDRAWN:
        raise Conflict(say("这份文书已撤回，报告不用再审核"))
    return order, response


def _decide(response: Response, person: Person, now: datetime, reason: str) -> None:
    response.decided_by_id, response.decided_at, response.decision_reason = person.id, now, reason


def _day(form: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(str(form.get("due_on", "")).strip())
    except ValueError:
        raise Invalid({"due_on": say("请填写日期，例如 2026-03-09")}) from None
