"""The schedule of a campaign, in the columns of S3, 附件2: what is done, when and by whom; and when it was."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county


class CampaignItem(CountyRow, Recorded, Model):
    """One line, from `first_day` to `last_day` (days in China). `responsible` is in words, as the paper has it.

    `done_on` is the day it was done, `outcome` what came of it.
    """

    __tablename__ = "special_campaign_items"
    __table_args__ = (
        in_county("campaign_id", "special_campaigns", ondelete="CASCADE"),
        in_county("edited_by_id", "people"),
        in_county("done_by_id", "people"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("(done_on is null) = (done_by_id is null)", name="done"),
        Index("ix_special_campaign_items_county_campaign_id", "county", "campaign_id", "position"),
    )

    campaign_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    item: Mapped[str]
    responsible: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    edited_by_id: Mapped[UUID]
    edited_at: Mapped[datetime]
    done_on: Mapped[date | None]
    done_by_id: Mapped[UUID | None]
    outcome: Mapped[str] = mapped_column(server_default="")

    def is_late(self, today: date) -> bool:
        return self.done_on is None and self.last_day < today
