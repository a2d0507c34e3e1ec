"""Model cases 典型经验: what a school or institution does well, written down for others (S3, 附件5)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from ..db import CountyRow, Model, Recorded, in_county


class ModelCase(CountyRow, Recorded, Model):
    """One case with its text, the material 相关材料 that goes with the table. Taken back, it stays as a row."""

    __tablename__ = "model_cases"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("recorded_by_id", "people"),
        in_county("withdrawn_by_id", "people"),
        CheckConstraint("(withdrawn_at is null) = (withdrawn_by_id is null)", name="withdrawn"),
        Index("ix_model_cases_county_found_on", "county", "found_on"),
    )

    site_id: Mapped[UUID]
    title: Mapped[str]
    text: Mapped[str]
    found_on: Mapped[date]
    recorded_by_id: Mapped[UUID]
    recorded_at: Mapped[datetime]
    withdrawn_by_id: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]
