"""Daily reports 日报告 of a campaign: one a day, kept; what is counted anew later is a further version."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, in_county

KIND = "campaign_day"  # of its Word document


class DailyReport(CountyRow, Model):
    """`content` is what the paper says (`composing`), figures and words; it never changes.

    `made_by_id` is empty for what the clock made at the end of the day. `reason` says why a later version was.
    """

    __tablename__ = "special_campaign_reports"
    __table_args__ = (
        in_county("campaign_id", "special_campaigns", ondelete="CASCADE"),
        in_county("made_by_id", "people"),
        UniqueConstraint("county", "campaign_id", "day", "version"),
        CheckConstraint("version >= 1 and (version > 1 or reason = '')", name="version"),
    )

    campaign_id: Mapped[UUID]
    day: Mapped[date]
    version: Mapped[int] = mapped_column(SmallInteger)
    content: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[UUID | None]
