"""Judgements: one rule held against one observation, with the facts and the version it was judged by."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, ForeignKeyConstraint, Index, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, in_county
from ..vocabulary import choice
from .judging import Outcome

# A verdict that stands. One that lacks facts is judged again once there are more.
FINAL = (Outcome.BROKEN, Outcome.KEPT, Outcome.NOT_APPLICABLE)
USED = (Outcome.BROKEN, Outcome.KEPT)


class Judgement(CountyRow, Model):
    """`facts` are those that were judged, with what the calendars said of the `day` then."""

    __tablename__ = "judgements"
    __table_args__ = (
        in_county("check_id", "checks"),
        in_county("observation_id", "observations"),
        in_county("judged_by_id", "people"),
        in_county("finding_id", "findings"),
        ForeignKeyConstraint(
            ["rule_region", "rule_code", "rule_version"], ["rules.region", "rules.code", "rules.version"]
        ),
        Index("uq_judgements_observation_rule", "county", "observation_id", "rule_code", unique=True),
        Index("ix_judgements_county_check_id", "county", "check_id"),
        Index("ix_judgements_county_rule_code_day", "county", "rule_code", "day"),
    )

    check_id: Mapped[UUID]
    observation_id: Mapped[UUID]
    rule_region: Mapped[str] = mapped_column(CHAR(6))
    rule_code: Mapped[str]
    rule_version: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome, "outcome"))
    day: Mapped[date]
    facts: Mapped[dict[str, Any]]
    judged_at: Mapped[datetime]
    judged_by_id: Mapped[UUID]
    finding_id: Mapped[UUID | None]


def last_judged(session: Session, county: str, code: str, version: tuple[str, int] | None = None) -> date | None:
    """The last day of which facts were judged by a rule, or by one version of it: (region, version)."""
    query = select(func.max(Judgement.day)).where(
        Judgement.county == county, Judgement.rule_code == code, Judgement.outcome.in_(USED)
    )
    if version:
        region, number = version
        query = query.where(Judgement.rule_region == region, Judgement.rule_version == number)
    return session.scalar(query)
