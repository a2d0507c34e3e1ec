"""Calls 报表任务: an office asks its counties for the figures of a period until a day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from ...db import CountyRow, Model, in_county


class FigureCall(CountyRow, Model):
    """`county` is the code of the office that asks. Those below see it."""

    __tablename__ = "figure_calls"
    __table_args__ = (
        in_county("called_by_id", "people"),
        UniqueConstraint("county", "first_day", "last_day"),
        CheckConstraint("first_day <= last_day", name="days"),
    )

    first_day: Mapped[date]
    last_day: Mapped[date]
    due_on: Mapped[date]
    called_by_id: Mapped[UUID]
    called_at: Mapped[datetime]
