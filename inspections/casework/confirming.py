"""An officer decides whether a proposed finding stands."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..errors import Conflict, Invalid, say
from ..events import Event
from ..registry.people import Person
from .findings import Finding, FindingState

DEFAULT_DAYS = 15  # until what was confirmed should be mended, when nobody says otherwise


def confirm(
    session: Session,
    person: Person,
    finding_id: UUID,
    now: datetime,
    *,
    today: date,
    due_on: date | None = None,
    reason: str = "",
) -> Finding:
    """The finding stands and has to be mended by `due_on`. Raises Conflict when it was decided before."""
    finding = _proposed(session, person, finding_id)
    due_on = due_on or today + timedelta(days=DEFAULT_DAYS)
    if due_on < today:
        raise Invalid({"due_on": say("整改期限不能早于今天")})
    finding.state, finding.due_on = FindingState.CONFIRMED, due_on
    finding.confirmed_by_id, finding.confirmed_at = person.id, now
    because = {"reason": reason.strip()[:500]} if reason.strip() else {}
    events.record(session, person, "confirm", finding, due_on=due_on.isoformat(), **because)
    return finding


def reject(session: Session, person: Person, finding_id: UUID, reason: str) -> Finding:
    """The finding does not stand; the reason is kept."""
    finding = _proposed(session, person, finding_id)
    if not reason.strip():
        raise Invalid({"reason": say("请写明不成立的原因")})
    finding.state = FindingState.REJECTED
    events.record(session, person, "reject", finding, reason=reason.strip()[:500])
    return finding


def reasons_given(session: Session, person: Person, findings: Sequence[Finding]) -> dict[UUID, str]:
    """Why findings were confirmed or rejected, by their ids, where the officer said so."""
    decided = select(Event.subject_id, Event.detail["reason"].astext).where(
        Event.county == person.county,
        Event.subject == Finding.__tablename__,
        Event.subject_id.in_([finding.id for finding in findings]),
        Event.verb.in_(["confirm", "reject"]),
    )
    return {finding_id: reason for finding_id, reason in session.execute(decided) if finding_id and reason}


def _proposed(session: Session, person: Person, finding_id: UUID) -> Finding:
    require(person, "finding.confirm")
    finding = get(session, person, Finding, finding_id)
    session.refresh(finding, with_for_update=True)
    if finding.state is not FindingState.PROPOSED:
        raise Conflict(say("这个问题已经有人处理过了：{state}", state=finding.state.label))
    return finding
