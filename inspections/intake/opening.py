"""Reading who complained: asked for with a reason, approved where a minor is meant, read once, listed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..errors import Conflict, Invalid, Message, say
from ..registry.people import Person
from .complainants import CONTROLS, Complainant, ComplainantOpening, Identity, read_identity
from .tips import Tip

SHORTEST_REASON, LONGEST_REASON = 5, 500
# As `open_complainant` has them
ASKED_FOR, APPROVED_FOR = timedelta(minutes=15), timedelta(hours=24)
OPEN = text("select open_complainant(:opening)")


def ask_to_open(
    session: Session, person: Person, complainant_id: UUID, reason: str, now: datetime
) -> ComplainantOpening:
    """Raises Invalid without a reason, Conflict for what was forgotten."""
    require(person, "complainant.open")
    complainant = get(session, person, Complainant, complainant_id)
    if complainant.forgotten_at:
        raise Conflict(say("这名举报人的身份信息已经删除"))
    tip = session.get_one(Tip, (person.county, complainant.tip_id))
    opening = ComplainantOpening(
        county=person.county,
        complainant_id=complainant.id,
        asked_by_id=person.id,
        asked_at=now,
        reason=checked_reason(
            reason, say("请写明查看的理由，{low} 至 {high} 字", low=SHORTEST_REASON, high=LONGEST_REASON)
        ),
        needs_approval=complainant.is_minor or tip.names_minor,
    )
    session.add(opening)
    session.flush()
    events.record(session, person, "ask_identity", complainant, opening=str(opening.id))
    return opening


def decide(
    session: Session, person: Person, opening_id: UUID, is_granted: bool, reason: str, now: datetime
) -> None:
    """Raises Conflict for what was decided, and for one's own request; Invalid for a refusal without a reason."""
    require(person, "complainant.approve")
    opening = get(session, person, ComplainantOpening, opening_id)
    if opening.asked_by_id == person.id:
        raise Conflict(say("自己的申请要由另一位领导审批"))
    if not is_granted or reason.strip():
        reason = checked_reason(
            reason, say("请写明理由，{low} 至 {high} 字", low=SHORTEST_REASON, high=LONGEST_REASON)
        )
    waiting = update(ComplainantOpening).where(
        ComplainantOpening.county == person.county,
        ComplainantOpening.id == opening.id,
        ComplainantOpening.needs_approval,
        ComplainantOpening.decided_at.is_(None),
    )
    decision = {"decided_by_id": person.id, "decided_at": now, "is_granted": is_granted, "decision_reason": reason}
    if not session.scalars(waiting.values(decision).returning(ComplainantOpening.id)).all():
        raise Conflict(say("这份申请不用审批，或已经审批过"))
    session.expire(opening)
    events.record(session, person, "decide_identity", opening, granted=is_granted)


def checked_reason(reason: str, missing: Message) -> str:
    reason = CONTROLS.sub("", reason).strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid({"reason": missing})
    return reason


def open_identity(session: Session, person: Person, keys: Sequence[bytes], opening_id: UUID) -> Identity | None:
    """Who complained, once; None where the database says no, which is written down too.

    The caller commits in both cases, before it shows anything.
    """
    require(person, "complainant.open")
    opening = get(session, person, ComplainantOpening, opening_id)
    sealed = session.scalar(OPEN, {"opening": opening.id})
    session.expire(opening)
    complainant = session.get_one(Complainant, (person.county, opening.complainant_id))
    if sealed is None:
        events.record(session, person, "refuse_identity", complainant, opening=str(opening.id))
        return None
    events.record(session, person, "read_identity", complainant, opening=str(opening.id))
    return read_identity(keys, complainant.county, complainant.id, sealed)


def note_refusal(session: Session, person: Person, complainant_id: UUID) -> None:
    """Somebody without the right asked to read an identity: the auditor is to see it."""
    complainant = get(session, person, Complainant, complainant_id)
    events.record(session, person, "refuse_identity", complainant, lacks="complainant.open")
