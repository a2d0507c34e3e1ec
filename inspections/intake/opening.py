"""Reading who complained: asked for with a reason, approved where a minor is meant, read once, listed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, case, func, text, type_coerce, update
from sqlalchemy.orm import Session

from .. import events
from ..access import can, get, require, visible
from ..errors import Conflict, Invalid, Message, say
from ..registry.people import Person
from ..vocabulary import Choice, choice
from .complainants import CONTROLS, Complainant, ComplainantOpening, Identity, read_identity
from .tips import Tip

SHORTEST_REASON, LONGEST_REASON = 5, 500
# As `open_complainant` has them
ASKED_FOR, APPROVED_FOR = timedelta(minutes=15), timedelta(hours=24)
NO_REASON = "—"
WAITS = and_(
    ComplainantOpening.needs_approval,
    ComplainantOpening.decided_at.is_(None),
    ComplainantOpening.is_barred.is_(False),
)
OPEN = text("select open_complainant(:opening)")


class OpeningState(Choice):
    WAITING = "waiting", say("等待批准")
    READY = "ready", say("可以查看")
    OPENED = "opened", say("已查看")
    DENIED = "denied", say("不同意")
    LAPSED = "lapsed", say("过期未看")
    BARRED = "barred", say("系统拒绝")


STATE = type_coerce(
    case(
        (ComplainantOpening.is_barred, OpeningState.BARRED.value),
        (ComplainantOpening.opened_at.is_not(None), OpeningState.OPENED.value),
        (ComplainantOpening.is_granted.is_(False), OpeningState.DENIED.value),
        (WAITS, OpeningState.WAITING.value),
        (
            func.coalesce(ComplainantOpening.decided_at + APPROVED_FOR, ComplainantOpening.asked_at + ASKED_FOR)
            < func.now(),
            OpeningState.LAPSED.value,
        ),
        else_=OpeningState.READY.value,
    ),
    choice(OpeningState, "opening_state"),
)


def state_of(opening: ComplainantOpening, now: datetime) -> OpeningState:
    """As `STATE` says it in a query."""
    if opening.is_barred:
        return OpeningState.BARRED
    if opening.opened_at:
        return OpeningState.OPENED
    if opening.is_granted is False:
        return OpeningState.DENIED
    if opening.needs_approval and not opening.decided_at:
        return OpeningState.WAITING
    until = opening.decided_at + APPROVED_FOR if opening.decided_at else opening.asked_at + ASKED_FOR
    return OpeningState.LAPSED if until < now else OpeningState.READY


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


def checked_reason(reason: str, missing: Message, field: str = "reason") -> str:
    reason = CONTROLS.sub("", reason).strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid({field: missing})
    return reason


def open_identity(session: Session, person: Person, keys: Sequence[bytes], opening_id: UUID) -> Identity | None:
    """Who complained, once; None where the database says no, which is written down too.

    The caller commits in both cases, before it shows anything.
    """
    require(person, "complainant.open")
    opening = get(session, person, ComplainantOpening, opening_id)
    sealed = session.scalar(OPEN, {"opening": opening.id})
    complainant = session.get_one(Complainant, (person.county, opening.complainant_id))
    if sealed is None:
        bar(session, person, complainant.id, opening.reason)
        return None
    session.expire(opening)
    events.record(session, person, "read_identity", complainant, opening=str(opening.id))
    return read_identity(keys, complainant.county, complainant.id, sealed)


def bar(session: Session, person: Person, complainant_id: UUID, reason: str) -> None:
    """Write down that somebody wanted to read an identity who may not, or not now: the auditor is to see it."""
    complainant = session.get(Complainant, (person.county, complainant_id))
    if complainant is None:
        return
    opening = ComplainantOpening(
        county=person.county,
        complainant_id=complainant.id,
        asked_by_id=person.id,
        asked_at=datetime.now(UTC),
        reason=CONTROLS.sub("", reason).strip()[:LONGEST_REASON] or NO_REASON,
        needs_approval=False,
        is_barred=True,
    )
    session.add(opening)
    session.flush()
    events.record(session, person, "refuse_identity", complainant, opening=str(opening.id))


def openings_of(
    session: Session, person: Person, complainant: Complainant
) -> list[tuple[ComplainantOpening, str]]:
    """Each request to read who this is, with who asked: (opening, name), the newest first."""
    query = (
        visible(person, ComplainantOpening)
        .where(ComplainantOpening.complainant_id == complainant.id)
        .join(
            Person,
            (Person.county == ComplainantOpening.county) & (Person.id == ComplainantOpening.asked_by_id),
        )
        .add_columns(Person.name)
        .order_by(ComplainantOpening.asked_at.desc())
    )
    return [(opening, name) for opening, name in session.execute(query)]


def waiting_openings(session: Session, person: Person) -> int:
    """How many requests wait for an approval, for who may give it; else none."""
    if not can(person, "complainant.approve"):
        return 0
    query = visible(person, ComplainantOpening).where(WAITS).with_only_columns(func.count())
    return session.scalar(query) or 0
