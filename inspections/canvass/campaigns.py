"""Canvass campaigns 排查行动: cells that are to be walked between two days, in the time bands asked for."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CHAR, CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county


class CanvassCampaign(CountyRow, Recorded, Model):
    """Both days are included. `bands` are words of `TimeBand`; each cell is to be walked once in each of them.

    `township_id` is whose campaign it is, None for one of the county.
    """

    __tablename__ = "canvass_campaigns"
    __table_args__ = (
        in_county("township_id", "areas"),
        in_county("created_by_id", "people"),
        CheckConstraint("btrim(name) <> ''", name="name"),
        CheckConstraint("starts_on <= ends_on", name="days"),
        CheckConstraint(
            "cardinality(bands) > 0 and bands <@ array['workday', 'evening', 'weekend', 'holiday']", name="bands"
        ),
        Index("ix_canvass_campaigns_county_ends_on", "county", "ends_on"),
    )

    name: Mapped[str]
    township_id: Mapped[UUID | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    bands: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_by_id: Mapped[UUID]
    closed_at: Mapped[datetime | None]


class CampaignCell(Model):
    """One cell of a campaign, and who walks it."""

    __tablename__ = "campaign_cells"
    __table_args__ = (
        in_county("campaign_id", "canvass_campaigns", ondelete="CASCADE"),
        in_county("cell_id", "grid_cells"),
        in_county("assignee_id", "people"),
        Index("ix_campaign_cells_county_assignee_id", "county", "assignee_id"),
    )

    county: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(primary_key=True)
    cell_id: Mapped[UUID] = mapped_column(primary_key=True)
    assignee_id: Mapped[UUID | None]
