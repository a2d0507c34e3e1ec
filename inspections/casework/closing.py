"""Striking off 销号: only a re-check with evidence closes a finding; and taking it up again if it returns."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..errors import Conflict, Invalid, say
from ..field.checks import Check
from ..registry.people import Person
from ..rules.calendar import read_calendar
from .closures import Closure, standing_closure
from .deadlines import working_days_after
from .drafting import read_days
from .findings import Finding, FindingState
from .orders import served_order_of
from .proof import last_recheck, read_evidence
from .rechecks import Recheck, RecheckOutcome
from .recusing import refuse_recused

LONGEST_REASON = 500
USUAL_DAYS = 5  # working days until what came back should be mended, when nobody says otherwise
STANDING = {FindingState.CONFIRMED, FindingState.RECTIFYING}


def close(session: Session, person: Person, finding_id: UUID, now: datetime, note: str = "") -> Closure:
    """Strike a finding off by its last re-check. Raises Conflict, naming every piece that is missing.

    The finding is locked first: a re-check that is arriving waits, and is seen if it came before.
    """
    require(person, "finding.close")
    finding = get(session, person, Finding, finding_id)
    session.refresh(finding, with_for_update=True)
    refuse_recused(session, person, [finding])
    refuse_not_open(finding)
    evidence = read_evidence(session, finding)
    if evidence.missing or evidence.recheck is None:
        raise Conflict(say("还不能销号：{missing}", missing=evidence.missing))
    closure = Closure(
        county=finding.county, finding_id=finding.id, recheck_id=evidence.recheck.id, closed_by_id=person.id,
        closed_at=now, note=_note(note),
    )  # fmt: skip
    session.add(closure)
    finding.state, finding.struck_off_at = FindingState.STRUCK_OFF, now
    session.flush()
    events.record(session, person, "strike_off", finding, recheck=str(evidence.recheck.id))
    return closure


def refuse_not_open(finding: Finding) -> None:
    if finding.state is FindingState.STRUCK_OFF:
        raise Conflict(say("这个问题已经销号，没有重复销号"))
    if finding.state not in STANDING:
        raise Conflict(say("这个问题现在是“{state}”，不能销号", state=finding.state.label))


def _note(text: str) -> str:
    note = text.strip()
    if len(note) > LONGEST_REASON:
        raise Invalid({"note": say("最多 {n} 字，现在 {m} 字", n=LONGEST_REASON, m=len(note))})
    return note


def returned(session: Session, finding: Finding) -> Recheck | None:
    """The last re-check of a closed finding, where it says that the trouble is back: a proposal to reopen it."""
    closure = standing_closure(session, finding)
    found = last_recheck(session, finding)
    if closure is None or found is None or found[0].id == closure.recheck_id:
        return None
    recheck, check = found
    closing = session.get_one(Check, (check.county, _check_of(session, closure)))
    is_back = recheck.outcome in {RecheckOutcome.NOT_FIXED, RecheckOutcome.PARTLY}
    return recheck if is_back and check.device_finished_at > closing.device_finished_at else None


def _check_of(session: Session, closure: Closure) -> UUID:
    return session.get_one(Recheck, (closure.county, closure.recheck_id)).check_id


def reopen(
    session: Session, person: Person, finding_id: UUID, reason: str, now: datetime, today: date, days: str = ""
) -> Closure:
    """Take a closed finding up again, to be mended within so many working days. The old closure stays.

    A re-check that found the trouble back is named with it. Raises Conflict for one that isn't closed, Invalid by
    field.
    """
    require(person, "finding.close")
    finding = get(session, person, Finding, finding_id)
    session.refresh(finding, with_for_update=True)
    closure = standing_closure(session, finding)
    if finding.state is not FindingState.STRUCK_OFF or closure is None:
        raise Conflict(say("这个问题现在是“{state}”，不用重新打开", state=finding.state.label))
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": say("请写明重新打开的原因，最多 {n} 字", n=LONGEST_REASON)})
    due = working_days_after(read_calendar(session, person), today, read_days(days or str(USUAL_DAYS)))
    again = returned(session, finding)
    closure.reopened_at = max(now, closure.closed_at + timedelta(microseconds=1))
    closure.reopened_by_id, closure.reopened_reason = person.id, reason
    closure.reopened_check_id = again.check_id if again else None
    is_ordered = served_order_of(session, finding) is not None
    finding.state = FindingState.RECTIFYING if is_ordered else FindingState.CONFIRMED
    finding.struck_off_at, finding.due_on = None, due.on
    session.flush()
    events.record(session, person, "reopen", finding, reason=reason, due_on=due.on.isoformat())
    return closure
