"""Re-checks 复查: what a later visit to the site says of a problem that was known before it."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class RecheckOutcome(Choice):
    FIXED = "fixed", say("已整改到位")
    PARTLY = "partly", say("部分整改")
    NOT_FIXED = "not_fixed", say("未整改")
    UNSEEN = "unseen", say("未能核实")


class Recheck(CountyRow, Recorded, Model):
    """One known finding as one check saw it. Its photos are those of the check that name the finding."""

    __tablename__ = "rechecks"
    __table_args__ = (
        in_county("check_id", "checks"),
        in_county("finding_id", "findings"),
        UniqueConstraint("county", "check_id", "finding_id"),
        UniqueConstraint("county", "id", "finding_id"),  # what a closure points at
        Index("ix_rechecks_county_finding_id", "county", "finding_id"),
    )

    check_id: Mapped[UUID]
    finding_id: Mapped[UUID]
    outcome: Mapped[RecheckOutcome] = mapped_column(choice(RecheckOutcome, "outcome"))
    note: Mapped[str] = mapped_column(server_default="")
