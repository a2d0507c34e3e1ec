"""The schedule of the year's supervision 督导时间安排 (S3, 附件2): what is done, when and by whom."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county


class ScheduleItem(CountyRow, Recorded, Model):
    """One line of the schedule of the school year that begins in September of `year`.

    `kinds` are the kinds of check that carry it out; without any, nobody's checks show how far it is.
    `first_day` and `last_day` are the days that its time is counted over, both included.
    """

    __tablename__ = "schedule_items"
    __table_args__ = (
        in_county("edited_by_id", "people"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("year between 2000 and 2100", name="year"),
        Index("ix_schedule_items_county_year_position", "county", "year", "position"),
    )

    year: Mapped[int]
    position: Mapped[int]
    item: Mapped[str]
    time: Mapped[str]
    responsible: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    first_day: Mapped[date]
    last_day: Mapped[date]
    edited_by_id: Mapped[UUID | None]
    edited_at: Mapped[datetime | None]
