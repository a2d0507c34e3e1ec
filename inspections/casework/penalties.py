"""Penalties 处罚 and other measures against a site, noted as some body decided them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class PenaltyKind(Choice):
    """What domain §4 names; 没收 and 罚款 are sums, and a 退费 too."""

    SUSPENSION = "suspension", say("责令停业")
    REMOVAL = "removal", say("拆除牌匾、广告")
    REFUND = "refund", say("责令退费")
    CONFISCATION = "confiscation", say("没收违法所得")
    FINE = "fine", say("罚款")
    BLACK_LIST = "black_list", say("列入黑名单")


class PenaltyState(Choice):
    DECIDED = "decided", say("已决定待执行")
    CARRIED_OUT = "carried_out", say("已执行")
    CANCELLED = "cancelled", say("已撤销")


SUMS = (PenaltyKind.REFUND, PenaltyKind.CONFISCATION, PenaltyKind.FINE)


class Penalty(CountyRow, Model):
    """What was known of one penalty at a moment. A change is a further version under the same `root_id`."""

    __tablename__ = "penalties"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("finding_id", "findings"),
        in_county("author_id", "people"),
        UniqueConstraint("county", "root_id", "version"),
        CheckConstraint("version >= 1 and (version > 1 or root_id = id)", name="version"),
        CheckConstraint("version = 1 or reason <> ''", name="why_changed"),
        CheckConstraint("amount_yuan > 0", name="amount"),
        CheckConstraint("(amount_yuan is not null) = (kind in ('refund', 'confiscation', 'fine'))", name="sum"),
        CheckConstraint("(state = 'carried_out') = (carried_out_on is not null)", name="carried_out"),
        CheckConstraint("carried_out_on >= decided_on", name="carried_out_later"),
        Index("ix_penalties_county_site_id", "county", "site_id"),
        Index("ix_penalties_county_finding_id", "county", "finding_id"),
    )

    root_id: Mapped[UUID]
    version: Mapped[int]
    site_id: Mapped[UUID]
    finding_id: Mapped[UUID | None]
    kind: Mapped[PenaltyKind] = mapped_column(choice(PenaltyKind, "kind"))
    state: Mapped[PenaltyState] = mapped_column(choice(PenaltyState, "state"))
    body: Mapped[str]
    decided_on: Mapped[date]
    reference: Mapped[str]
    basis: Mapped[str]
    amount_yuan: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    detail: Mapped[str] = mapped_column(server_default="")
    due_on: Mapped[date | None]
    carried_out_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(server_default="")
    author_id: Mapped[UUID]
    at: Mapped[datetime]
