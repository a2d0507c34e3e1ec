"""Models of risk, who put which in force when, and the newest scores of a county.

A model is numbers in JSON, the snapshot of rows it learnt from, its seed and the version of the method: enough to
learn it again, bit for bit. None comes into force by itself: the director says so, with a reason, and can go back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ... import events
from ...access import get, require
from ...db import CountyRow, Model, in_county, new_id
from ...errors import Conflict, Invalid, Message, say
from ...jobs import enqueue
from ...registry.people import Person
from ...vocabulary import Choice, choice

SHORTEST_REASON, LONGEST_REASON = 4, 500


class RiskModelState(Choice):
    WAITING = "waiting", say("训练中")
    READY = "ready", say("已训练")
    REFUSED = "refused", say("数据不足，未训练")


class RiskModel(CountyRow, Model):
    """`until` is the moment up to which facts were known to it. `content` is the model itself with the tenths that
    drift is measured from, `quality` how good it was on days it had not learnt from.
    """

    __tablename__ = "risk_models"
    __table_args__ = (
        in_county("person_id", "people"),
        in_county("snapshot_id", "analysis_snapshots"),
        CheckConstraint("(state = 'ready') = (snapshot_id is not null)", name="kept"),
        Index("uq_risk_models_county_number", "county", "number", unique=True),
    )

    number: Mapped[int]
    state: Mapped[RiskModelState] = mapped_column(choice(RiskModelState, "state"))
    ordered_at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    until: Mapped[datetime]
    trained_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(SmallInteger)
    seed: Mapped[int] = mapped_column(BigInteger)
    snapshot_id: Mapped[UUID | None]
    rows: Mapped[int] = mapped_column(server_default="0")
    hits: Mapped[int] = mapped_column(server_default="0")
    content: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    quality: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class RiskTerm(CountyRow, Model):
    """From `since` on this model is in force, or the rules where `model_id` is None. The last line stands."""

    __tablename__ = "risk_terms"
    __table_args__ = (
        in_county("model_id", "risk_models"),
        in_county("person_id", "people"),
        CheckConstraint("btrim(reason) <> ''", name="reason"),
        Index("ix_risk_terms_county_since", "county", "since"),
    )

    model_id: Mapped[UUID | None]
    since: Mapped[datetime]
    person_id: Mapped[UUID | None]
    reason: Mapped[str]


class RiskScoring(Model):
    """When a county's sites were last scored, by what, and how far they drifted from what the model learnt."""

    __tablename__ = "risk_scorings"

    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"), primary_key=True)
    as_of: Mapped[datetime]
    model_id: Mapped[UUID | None]
    sites: Mapped[int]
    drift: Mapped[dict[str, Any]]
    profiles: Mapped[dict[str, Any]]


class SiteRiskRow(Model):
    """The newest score of a site. `reasons` are [weight, message]; `rates` its profile of hours as float32."""

    __tablename__ = "site_risks"
    __table_args__ = (
        in_county("site_id", "sites", ondelete="CASCADE"),
        Index("ix_site_risks_county_position", "county", "position"),
    )

    county: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]
    probability: Mapped[float]
    reasons: Mapped[list[Any]]
    rates: Mapped[bytes] = mapped_column(LargeBinary)
    own: Mapped[float]
    near: Mapped[float]


def in_force(session: Session, county: str, at: datetime) -> RiskTerm | None:
    """The line that stood at a moment; None where there never was one: the rules."""
    return session.scalars(
        select(RiskTerm)
        .where(RiskTerm.county == county, RiskTerm.since <= at)
        .order_by(RiskTerm.since.desc(), RiskTerm.id.desc())
        .limit(1)
    ).first()


def model_at(session: Session, county: str, at: datetime) -> RiskModel | None:
    """The model in force at a moment, if it is ready; None where rules stand."""
    term = in_force(session, county, at)
    model = session.get(RiskModel, (county, term.model_id)) if term and term.model_id else None
    return model if model is not None and model.state is RiskModelState.READY else None


def list_models(session: Session, person: Person, limit: int = 50) -> Sequence[RiskModel]:
    require(person, "hotspot.see")
    return session.scalars(
        select(RiskModel).where(RiskModel.county == person.county).order_by(RiskModel.number.desc()).limit(limit)
    ).all()


def list_terms(session: Session, person: Person, limit: int = 50) -> Sequence[RiskTerm]:
    """Who put what in force, the newest first."""
    require(person, "hotspot.see")
    return session.scalars(
        select(RiskTerm)
        .where(RiskTerm.county == person.county)
        .order_by(RiskTerm.since.desc(), RiskTerm.id.desc())
        .limit(limit)
    ).all()


def order_training(session: Session, person: Person, now: datetime) -> RiskModel:
    """Ask for a new model; a job learns it. While one waits, that one is given."""
    require(person, "risk.train")
    waiting = session.scalars(
        select(RiskModel).where(RiskModel.county == person.county, RiskModel.state == RiskModelState.WAITING)
    ).first()
    if waiting:
        return waiting
    model = new_model(session, person.county, now, now, person.id)
    events.record(session, person, "train", model, number=model.number)
    enqueue(session, "risk.train", person.county, model_id=model.id)
    return model


def new_model(
    session: Session, county: str, until: datetime, now: datetime, person_id: UUID | None = None
) -> RiskModel:
    """A waiting model, numbered after the last."""
    last = session.scalar(
        select(RiskModel.number).where(RiskModel.county == county).order_by(RiskModel.number.desc()).limit(1)
    )
    model = RiskModel(
        county=county,
        id=new_id(),
        number=(last or 0) + 1,
        state=RiskModelState.WAITING,
        ordered_at=now,
        person_id=person_id,
        until=until,
        version=0,
        seed=20_000 + (last or 0) + 1,
    )
    session.add(model)
    session.flush()
    return model


def put_in_force(session: Session, person: Person, model_id: UUID | None, reason: str, now: datetime) -> RiskTerm:
    """Let a model, or with None the rules, decide from now on. Raises Forbidden, NotFound, Invalid, Conflict."""
    require(person, "risk.activate")
    reason = " ".join(reason.split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid({"reason": say("请写明理由，至少 {n} 个字", n=SHORTEST_REASON)})
    model = get(session, person, RiskModel, model_id) if model_id else None
    if model is not None and model.state is not RiskModelState.READY:
        raise Conflict(say("这个模型还没有训练好，不能启用"))
    now_in_force = in_force(session, person.county, now)
    if (now_in_force.model_id if now_in_force else None) == model_id:
        raise Conflict(say("现在就是按它打分的，没有变化"))
    term = RiskTerm(
        county=person.county, id=new_id(), model_id=model_id, since=now, person_id=person.id, reason=reason
    )
    session.add(term)
    session.flush()
    number = model.number if model else None
    events.record(session, person, "put_in_force", term, model=number, reason=reason)
    enqueue(session, "risk.rescore", person.county, once=f"risk.rescore {person.county}")
    return term


def previous_model(session: Session, county: str, at: datetime) -> tuple[UUID | None, bool]:
    """What was in force before the present, and whether there was anything before."""
    lines = session.scalars(
        select(RiskTerm)
        .where(RiskTerm.county == county, RiskTerm.since <= at)
        .order_by(RiskTerm.since.desc(), RiskTerm.id.desc())
        .limit(2)
    ).all()
    if not lines:
        return None, False
    return (lines[1].model_id, True) if len(lines) > 1 else (None, True)


def packed(message: Message) -> list[Any]:
    """Words as JSON, to be said in the reader's language when they are read."""
    return [message.template, {name: _packed(value) for name, value in message.values.items()}]


def _packed(value: Any) -> Any:
    return {"said": packed(value)} if isinstance(value, Message) else value


def unpacked(kept: Sequence[Any]) -> Message:
    return Message(
        kept[0],
        {
            name: unpacked(value["said"]) if isinstance(value, dict) and "said" in value else value
            for name, value in kept[1].items()
        },
    )
