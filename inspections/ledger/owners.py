"""Owners 责任: who answers for a problem, where that was settled apart from an order's words."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from ..db import CountyRow, Model, Recorded, in_county


class Owner(CountyRow, Recorded, Model):
    """From `set_at` on these answer for a finding, until an order is issued or another owner is set later.

    What an issued order says is never changed by it: the order stays as it was signed, and this stands beside it.
    """

    __tablename__ = "owners"
    __table_args__ = (
        in_county("finding_id", "findings"),
        in_county("set_by_id", "people"),
        in_county("withdrawn_by_id", "people"),
        CheckConstraint("(withdrawn_at is null) = (withdrawn_by_id is null)", name="withdrawal_whole"),
        Index("ix_owners_county_finding_id", "county", "finding_id"),
    )

    finding_id: Mapped[UUID]
    lead: Mapped[str]
    department: Mapped[str]
    reason: Mapped[str]
    set_at: Mapped[datetime]
    set_by_id: Mapped[UUID]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[UUID | None]
