"""Times at which somebody can't be sent: leave, duty elsewhere."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county


class AwayTime(CountyRow, Recorded, Model):
    """Somebody is away from `from_at` until `until_at`; the office wrote it down."""

    __tablename__ = "away_times"
    __table_args__ = (
        in_county("person_id", "people"),
        in_county("entered_by_id", "people"),
        CheckConstraint("until_at > from_at", name="hours"),
        Index("ix_away_times_county_person_id", "county", "person_id"),
    )

    person_id: Mapped[UUID]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(server_default="")
    entered_by_id: Mapped[UUID]
