"""How long an identity is kept, and what makes an end of it before or after that.

No law that we know names a number of days for tips. PIPL art. 19 asks for 实现处理目的所必要的最短时间, art. 47
for deletion when the purpose is reached or the period is over. `DAYS` is ours; a county sets its own.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, Session

from .. import events
from ..access import get, require
from ..casework.handovers import Handover, HandoverState
from ..casework.penalties import Penalty, PenaltyState
from ..days import day_of
from ..db import CountyRow, Model, in_county
from ..errors import Conflict, Invalid, Message, say
from ..jobs import Work, job
from ..registry.people import Person
from .complainants import Complainant
from .opening import LONGEST_REASON, SHORTEST_REASON, checked_reason
from .tips import Tip, TipState

DAYS = 180
SHORTEST, LONGEST = 30, 1095
OPEN = (TipState.NEW, TipState.ASSIGNED)
FORGET = text("select forget_complainant(:complainant, :why)")


class ComplainantTerm(CountyRow, Model):
    """How many days a county keeps identities from `at` on, for tips that come in then."""

    __tablename__ = "complainant_terms"
    __table_args__ = (
        in_county("set_by_id", "people"),
        CheckConstraint(f"days between {SHORTEST} and {LONGEST}", name="days"),
        CheckConstraint("btrim(reason) <> ''", name="reason"),
        Index("ix_complainant_terms_county_at", "county", "at"),
    )

    days: Mapped[int]
    reason: Mapped[str]
    set_by_id: Mapped[UUID]
    at: Mapped[datetime]


def current_term(session: Session, county: str) -> ComplainantTerm | None:
    query = select(ComplainantTerm).where(ComplainantTerm.county == county).order_by(ComplainantTerm.at.desc())
    return session.scalars(query.limit(1)).one_or_none()


def days_kept(session: Session, county: str) -> int:
    term = current_term(session, county)
    return term.days if term else DAYS


def forget_day(session: Session, county: str, received_at: datetime) -> date:
    """The day from which the identity of who sent a tip is due to be forgotten."""
    return day_of(received_at) + timedelta(days=days_kept(session, county))


def needed_for(session: Session, complainant: Complainant) -> list[Message]:
    """Why an identity can't be forgotten yet; empty if nothing needs it."""
    tip = session.get_one(Tip, (complainant.county, complainant.tip_id))
    why = [say("线索 {code} 还没有办结", code=tip.code)] if tip.state in OPEN else []
    if tip.site_id is None:
        return why
    if _newest_in(session, tip, Penalty, (PenaltyState.DECIDED,)):
        why.append(say("线索所指点位的处罚还没有执行完"))
    if _newest_in(session, tip, Handover, (HandoverState.SENT, HandoverState.ACCEPTED)):
        why.append(say("线索所指点位的案件已移送，还没有办结"))
    return why


def _newest_in(
    session: Session,
    tip: Tip,
    model: type[Penalty] | type[Handover],
    states: Sequence[PenaltyState | HandoverState],
) -> bool:
    """Whether a penalty or hand-over of the tip's site is in one of the states as it is known now."""
    newest = (
        select(model.state)
        .where(model.county == tip.county, model.site_id == tip.site_id)
        .ext(distinct_on(model.root_id))
        .order_by(model.root_id, model.version.desc())
        .subquery()
    )
    return session.scalar(select(newest.c.state).where(newest.c.state.in_(states)).limit(1)) is not None


def set_term(session: Session, person: Person, days: str, reason: str, now: datetime) -> ComplainantTerm:
    """Raises Invalid by field. Identities that are kept already keep their day."""
    require(person, "complainant.approve")
    number = int(days) if days.strip().isdecimal() and len(days.strip()) <= 5 else 0
    if not SHORTEST <= number <= LONGEST:
        raise Invalid({"days": say("请填 {low} 至 {high} 天", low=SHORTEST, high=LONGEST)})
    said = say("请写明依据，{low} 至 {high} 字", low=SHORTEST_REASON, high=LONGEST_REASON)
    term = ComplainantTerm(
        county=person.county, days=number, reason=checked_reason(reason, said), set_by_id=person.id, at=now
    )
    session.add(term)
    session.flush()
    events.record(session, person, "set_term", term, days=number)
    return term


def forget_on_request(session: Session, person: Person, complainant_id: UUID, reason: str) -> None:
    """Empty an identity because its owner asks for it. Raises Invalid without a reason, Conflict while needed."""
    require(person, "complainant.open")
    complainant = get(session, person, Complainant, complainant_id)
    if complainant.forgotten_at:
        raise Conflict(say("这名举报人的身份信息已经删除"))
    if why := needed_for(session, complainant):
        raise Conflict(say("还不能删除：{why}。办结后可以删除", why=why))
    said = say("请写明谁在什么时候要求删除，{low} 至 {high} 字", low=SHORTEST_REASON, high=LONGEST_REASON)
    session.execute(FORGET, {"complainant": complainant.id, "why": checked_reason(reason, said, "why")})
    session.expire(complainant)
    events.record(session, person, "forget_identity", complainant)


@job("forget identities", every="17 19 * * *")
def forget_due_now(work: Work) -> None:
    forget_due(work.session, work.county, datetime.now(UTC))


def forget_due(session: Session, county: str, now: datetime) -> int:
    """Empty what fell due and nothing needs; how many those were. What is needed is asked about again next day."""
    due = select(Complainant).where(
        Complainant.county == county, Complainant.forgotten_at.is_(None), Complainant.forget_on <= day_of(now)
    )
    forgotten = dict[UUID, dict[str, str]]()
    for complainant in session.scalars(due.order_by(Complainant.id)):
        if not needed_for(session, complainant):
            session.execute(FORGET, {"complainant": complainant.id, "why": ""})
            forgotten[complainant.id] = {}
    if forgotten:
        rows = events.rows_of("forget_identity", Complainant.__tablename__, forgotten)
        session.execute(text(events.INSERT), {"county": county, "person_id": None, **rows})
    session.expire_all()
    return len(forgotten)
