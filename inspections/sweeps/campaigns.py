"""A campaign 专项行动 (百日攻坚): sweeps and canvasses of a period under one name, with goals."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county


class SpecialCampaign(CountyRow, Recorded, Model):
    """From `first_day` to `last_day` (days in China). `goals` is what it wants to reach, by figure."""

    __tablename__ = "special_campaigns"
    __table_args__ = (
        in_county("made_by_id", "people"),
        CheckConstraint("last_day >= first_day", name="days"),
    )

    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="")
    first_day: Mapped[date]
    last_day: Mapped[date]
    goals: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    made_by_id: Mapped[UUID]
    ended_at: Mapped[datetime | None]
