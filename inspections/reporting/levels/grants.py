"""Grants 查阅授权: a county lets an office above open records behind the figures it delivered, for a while."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CHAR, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ...db import CountyRow, Model, in_county
from ...errors import say
from ...vocabulary import Choice


class RecordKind(Choice):
    """What may be opened; the values are the names of the lists that figures count."""

    SITES = "sites", say("点位")
    INSPECTORS = "inspectors", say("责任督学")
    ORDERS = "orders", say("整改文书")
    FINDINGS = "findings", say("问题")
    STEPS = "steps", say("督办步骤")
    CASES = "cases", say("典型经验")


class RecordGrant(CountyRow, Model):
    """The scope: kinds of records, behind tables whose period lies between two days. It ends by itself."""

    __tablename__ = "record_grants"
    __table_args__ = (
        in_county("granted_by_id", "people"),
        in_county("revoked_by_id", "people"),
        CheckConstraint("btrim(reason) <> ''", name="reason"),
        CheckConstraint("expires_at > granted_at", name="expiry"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("(revoked_at is null) = (revoked_by_id is null)", name="revoked"),
        Index("ix_record_grants_to_code", "to_code"),
    )

    to_code: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"))
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str]
    granted_by_id: Mapped[UUID]
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_by_id: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at
