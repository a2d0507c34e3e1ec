"""Requests about a deadline are asked for and decided; the deadline moves with the decision."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..days import day_of
from ..errors import Conflict, Forbidden, Invalid, Message, say
from ..events import Actor
from ..registry.people import Person
from ..rules.calendar import Calendar, working_calendar
from . import deadlines
from .approvals import Approval, ApprovalKind, ApprovalState, pending_of
from .deadlines import Deadline
from .drafting import CONTROLS, read_days
from .findings import Finding, FindingState
from .moving import moved
from .orders import served_item_of

LONGEST_REASON = 500
STANDING = {FindingState.CONFIRMED, FindingState.RECTIFYING}


def ask(
    session: Session,
    person: Person,
    finding_id: UUID,
    kind: ApprovalKind,
    form: Mapping[str, Any],
    now: datetime,
    today: date,
) -> Approval:
    """Ask for an extension (`days` or `due_on`), a suspension or a resumption, with a `reason`.

    Raises Conflict while another request waits or where the kind makes no sense, Invalid by field.
    """
    require(person, "approval.ask")
    finding = get(session, person, Finding, finding_id)
    return _ask(session, person, finding, kind, form, now, today, person.name)


def ask_for_respondent(
    session: Session,
    sender: Actor,
    finding: Finding,
    kind: ApprovalKind,
    form: Mapping[str, Any],
    now: datetime,
    today: date,
    *,
    name: str,
    form_id: UUID | None = None,
) -> Approval:
    """The same for the school or institution itself: `name` asks. The office alone asks for a resumption.

    The caller has made sure that the sender may speak for the finding's site.
    """
    if kind is ApprovalKind.RESUMPTION:
        raise Forbidden
    return _ask(session, sender, finding, kind, form, now, today, name.strip()[:50], form_id)


def _ask(
    session: Session,
    sender: Actor,
    finding: Finding,
    kind: ApprovalKind,
    form: Mapping[str, Any],
    now: datetime,
    today: date,
    name: str,
    form_id: UUID | None = None,
) -> Approval:
    session.refresh(finding, with_for_update=True)
    _refuse_state(session, finding, kind)
    values = _read(working_calendar(session, finding.county), finding, kind, form, today)
    item = served_item_of(session, finding)
    stood_from = day_of(finding.suspended_at) if finding.suspended_at else None
    approval = Approval(
        county=finding.county, finding_id=finding.id, order_id=item.order_id if item else None, kind=kind,
        state=ApprovalState.ASKED, asked_at=now, asked_by_id=sender.person_id, asked_by_name=name,
        stood_from=stood_from, form_id=form_id, **values,
    )  # fmt: skip
    session.add(approval)
    session.flush()
    events.record(session, sender, "ask", approval, kind=kind.value, reason=values["reason"])
    return approval


def _refuse_state(session: Session, finding: Finding, kind: ApprovalKind) -> None:
    if finding.state not in STANDING:
        raise Conflict(say("这个问题现在是“{state}”，不用{kind}", state=finding.state.label, kind=kind.label))
    if waiting := pending_of(session, finding):
        raise Conflict(say("已有一份{kind}申请在等审批，请先等结果或撤回", kind=waiting.kind.label))
    if kind is ApprovalKind.RESUMPTION and finding.suspended_at is None:
        raise Conflict(say("这个问题没有中止，不用恢复"))
    if kind is not ApprovalKind.RESUMPTION and finding.suspended_at is not None:
        raise Conflict(say("这个问题已经中止，请先恢复"))
    if kind is ApprovalKind.EXTENSION and finding.due_on is None:
        raise Conflict(say("这个问题还没有整改期限，不用延期"))


def _read(
    calendar: Calendar, finding: Finding, kind: ApprovalKind, form: Mapping[str, Any], today: date
) -> dict[str, Any]:
    problems: dict[str, Message] = {}
    values: dict[str, Any] = {"reason": read_reason(form, problems), "working_days": None, "until_on": None}
    if kind is ApprovalKind.EXTENSION:
        try:
            values |= _limit(calendar, finding, form, today)
        except Invalid as error:
            problems |= error.fields
    if problems:
        raise Invalid(problems)
    return values


def _limit(calendar: Calendar, finding: Finding, form: Mapping[str, Any], today: date) -> dict[str, Any]:
    """A number of working days more, or a day after the present deadline and after today."""
    text = str(form.get("due_on", "")).strip()
    if not text:
        return {"working_days": read_days(str(form.get("days", "")).strip())}
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid({"due_on": say("请填写日期，例如 2026-03-09")}) from None
    assert finding.due_on is not None
    if not max(finding.due_on, today) < day < date(2100, 1, 1):
        raise Invalid({"due_on": say("新的期限要晚于今天和现在的期限 {day}", day=finding.due_on.isoformat())})
    return {"until_on": deadlines.fixed(calendar, day).on}


def read_reason(form: Mapping[str, Any], problems: dict[str, Message]) -> str:
    reason = CONTROLS.sub("", str(form.get("reason", "")).replace("\r\n", "\n")).strip()
    if not reason or len(reason) > LONGEST_REASON:
        problems["reason"] = say("请写明理由，最多 {n} 字", n=LONGEST_REASON)
    return reason


def grant(session: Session, person: Person, approval_id: UUID, reason: str, now: datetime) -> Approval:
    """Agree: a deadline moves, the clock stops or goes on. Raises Conflict where it was decided before."""
    approval, finding = _locked(session, person, approval_id)
    _refuse_state_again(finding)
    approval.decision_reason = _decision(reason, is_needed=False)
    approval.due_before = finding.due_on
    match approval.kind:
        case ApprovalKind.SUSPENSION:
            finding.suspended_at = now
        case ApprovalKind.RESUMPTION:
            approval.stood_until, finding.suspended_at = day_of(now), None
    _move(session, finding, approval)
    _decide(approval, person, ApprovalState.GRANTED, now)
    session.flush()
    due_on = finding.due_on.isoformat() if finding.due_on else None
    was = approval.due_before.isoformat() if approval.due_before else None
    events.record(session, person, approval.kind.value, finding, was=was, due_on=due_on)
    return approval


def refuse(session: Session, person: Person, approval_id: UUID, reason: str, now: datetime) -> Approval:
    """Disagree, with a reason; everything stays as it was."""
    approval, finding = _locked(session, person, approval_id)
    approval.decision_reason = _decision(reason, is_needed=True)
    approval.due_before = approval.due_after = finding.due_on
    _decide(approval, person, ApprovalState.REFUSED, now)
    session.flush()
    events.record(session, person, "refuse", approval, kind=approval.kind.value, reason=approval.decision_reason)
    return approval


def take_back(session: Session, person: Person, approval_id: UUID, now: datetime) -> Approval:
    """Whoever asked, or the office for someone of the site, takes a waiting request back."""
    require(person, "approval.ask")
    approval = get(session, person, Approval, approval_id)
    session.refresh(approval, with_for_update=True)
    _refuse_decided(approval)
    _decide(approval, person, ApprovalState.TAKEN_BACK, now)
    session.flush()
    events.record(session, person, "take_back", approval, kind=approval.kind.value)
    return approval


def _locked(session: Session, person: Person, approval_id: UUID) -> tuple[Approval, Finding]:
    require(person, "approval.decide")
    approval = get(session, person, Approval, approval_id)
    finding = get(session, person, Finding, approval.finding_id)
    session.refresh(finding, with_for_update=True)
    session.refresh(approval, with_for_update=True)
    _refuse_decided(approval)
    if approval.asked_by_id == person.id:
        raise Conflict(say("申请人不能审批自己的申请，请由另一位领导审批"))
    return approval, finding


def _refuse_decided(approval: Approval) -> None:
    if approval.state is not ApprovalState.ASKED:
        raise Conflict(say("这份申请已经处理过了：{state}", state=approval.state.label))


def _refuse_state_again(finding: Finding) -> None:
    if finding.state not in STANDING:
        raise Conflict(say("这个问题现在是“{state}”，请退回申请", state=finding.state.label))


def _decision(reason: str, *, is_needed: bool) -> str:
    reason = CONTROLS.sub("", reason).strip()
    if (is_needed and not reason) or len(reason) > LONGEST_REASON:
        raise Invalid({"decision_reason": say("请写明理由，最多 {n} 字", n=LONGEST_REASON)})
    return reason


def _decide(approval: Approval, person: Person, state: ApprovalState, now: datetime) -> None:
    approval.state, approval.decided_by_id, approval.decided_at = state, person.id, now


def _move(session: Session, finding: Finding, approval: Approval) -> None:
    """The finding's deadline and that of the item which set it."""
    approval.due_after = finding.due_on
    if approval.due_before is None or approval.kind is ApprovalKind.SUSPENSION:
        return
    item = served_item_of(session, finding)
    found = moved(working_calendar(session, finding.county), Deadline(approval.due_before), approval)
    finding.due_on = approval.due_after = found.on
    if item is not None:
        item.due_on, item.is_provisional = found.on, found.is_provisional or item.is_provisional
