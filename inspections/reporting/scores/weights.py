"""Weights of the score, as dated data of the county. A change is a new version; the old ones stay."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session

from ... import events
from ...access import require
from ...db import CountyRow, Model, in_county
from ...errors import Invalid, Message, say
from ...registry.people import Person
from ...vocabulary import Choice

WHOLE = 100
HOLD = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
LONGEST_BASIS = 300
MOST_LEAST = 1000


class Component(Choice):
    SERVICE = "service", say("课后服务")
    TRAINING = "training", say("校外培训治理")
    COMPLAINTS = "complaints", say("举报办理")
    RECTIFICATION = "rectification", say("问题整改")


class ScoreWeights(CountyRow, Model):
    """One version: what each component counts, in per cent, for periods that end on `valid_from` or later.

    `least` is how many sites of a kind must have been looked at before a township's component means anything.
    """

    __tablename__ = "score_weights"
    __table_args__ = (
        in_county("author_id", "people"),
        UniqueConstraint("county", "version"),
        CheckConstraint("service + training + complaints + rectification = 100", name="whole"),
        CheckConstraint(
            "service >= 0 and training >= 0 and complaints >= 0 and rectification >= 0", name="not_negative"
        ),
        CheckConstraint("least between 1 and 1000", name="least"),
        CheckConstraint("btrim(basis) <> ''", name="basis"),
    )

    version: Mapped[int]
    valid_from: Mapped[date]
    service: Mapped[int]
    training: Mapped[int]
    complaints: Mapped[int]
    rectification: Mapped[int]
    least: Mapped[int]
    basis: Mapped[str]
    author_id: Mapped[UUID]
    at: Mapped[datetime]


class Weights(NamedTuple):
    """What a score was counted with. Version 0 is the product's own, until a county sets its own."""

    version: int
    shares: dict[str, int]
    least: int
    basis: str
    valid_from: date | None = None


USUAL = Weights(
    0,
    {Component.SERVICE: 30, Component.TRAINING: 30, Component.COMPLAINTS: 15, Component.RECTIFICATION: 25},
    2,
    "系统自带：课后服务水平和校外培训整治成效是评价镇街“双减”工作的重要内容，各占三成",
)


def weights_on(session: Session, county: str, day: date) -> Weights:
    """Those in force for a period that ends on a day: the newest version that was valid by then."""
    query = select(ScoreWeights).where(ScoreWeights.county == county, ScoreWeights.valid_from <= day)
    row = session.scalars(query.order_by(ScoreWeights.version.desc()).limit(1)).first()
    if row is None:
        return USUAL
    shares = {each.value: getattr(row, each.value) for each in Component}
    return Weights(row.version, shares, row.least, row.basis, row.valid_from)


def list_weights(session: Session, person: Person) -> list[ScoreWeights]:
    """The newest first."""
    query = select(ScoreWeights).where(ScoreWeights.county == person.county)
    return list(session.scalars(query.order_by(ScoreWeights.version.desc())))


def set_weights(session: Session, person: Person, form: Mapping[str, Any], now: datetime) -> ScoreWeights:
    """Add a version. Raises Invalid, by field, also where the sum isn't 100."""
    require(person, "score.edit")
    wrong: dict[str, Message] = {}
    shares = {each.value: _whole(form, each.value, 0, WHOLE, wrong) for each in Component}
    least = _whole(form, "least", 1, MOST_LEAST, wrong)
    basis = str(form.get("basis", "")).strip()
    if not basis or len(basis) > LONGEST_BASIS:
        wrong["basis"] = say("请写明依据的文件或会议，最多 {n} 字", n=LONGEST_BASIS)
    try:
        valid_from = date.fromisoformat(str(form.get("valid_from", "")).strip())
    except ValueError:
        wrong["valid_from"] = say("请填写日期，例如 2026-03-09")
        valid_from = date.min
    if not wrong and sum(shares.values()) != WHOLE:
        wrong["service"] = say("四项权重之和应为 100，现在是 {n}", n=sum(shares.values()))
    if wrong:
        raise Invalid(wrong)
    session.execute(HOLD, {"name": f"score weights {person.county}"})
    newest = max((each.version for each in list_weights(session, person)), default=0)
    row = ScoreWeights(
        county=person.county,
        version=newest + 1,
        valid_from=valid_from,
        **shares,
        least=least,
        basis=basis,
        author_id=person.id,
        at=now,
    )
    session.add(row)
    session.flush()
    events.record(session, person, "edit", row, version=row.version, **shares, least=least)
    return row


def _whole(form: Mapping[str, Any], name: str, least: int, most: int, wrong: dict[str, Message]) -> int:
    given = str(form.get(name, "")).strip()
    if not (given.isascii() and given.isdigit()) or not least <= int(given[:9]) <= most:
        wrong[name] = say("请填写 {least} 到 {most} 的整数", least=least, most=most)
        return least
    return int(given)
