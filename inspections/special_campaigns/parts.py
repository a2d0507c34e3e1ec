"""The canvasses that belong to a campaign. A sweep names its campaign itself."""

from uuid import UUID

from sqlalchemy import CHAR, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Model, in_county


class CampaignCanvass(Model):
    """A canvass belongs to one campaign at most."""

    __tablename__ = "special_campaign_canvasses"
    __table_args__ = (
        in_county("campaign_id", "special_campaigns", ondelete="CASCADE"),
        in_county("canvass_id", "canvass_campaigns", ondelete="CASCADE"),
        Index("ix_special_campaign_canvasses_county_campaign_id", "county", "campaign_id"),
    )

    county: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    canvass_id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
