"""Observations: facts about one thing that was looked at in a check. Facts are added, never changed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..vocabulary import choice
from .subjects import Subject


class Observation(CountyRow, Recorded, Model):
    """`day` is the day that the facts are of, `about` what tells it from others: 三年级二班, 周六上午数学课.

    What was recorded by mistake is withdrawn with a reason, and stays.
    """

    __tablename__ = "observations"
    __table_args__ = (
        in_county("check_id", "checks"),
        in_county("person_id", "people"),
        in_county("withdrawn_by_id", "people"),
        Index("ix_observations_county_check_id", "county", "check_id"),
    )

    check_id: Mapped[UUID]
    subject: Mapped[Subject] = mapped_column(choice(Subject, "subject"))
    day: Mapped[date]
    about: Mapped[str]
    facts: Mapped[dict[str, Any]]
    person_id: Mapped[UUID]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[UUID | None]
    withdrawn_reason: Mapped[str | None]
