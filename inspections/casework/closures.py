"""Closures 销号: a finding struck off the ledger by a re-check, and taken up again if the trouble returns."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, Recorded, in_county

if TYPE_CHECKING:
    from .findings import Finding


class Closure(CountyRow, Recorded, Model):
    """One time that a finding was struck off, by a re-check of that finding and never without one.

    A finding is struck off while it has a closure that wasn't reopened. The old one stays when it is: it says that
    the problem was mended then and came back.
    """

    __tablename__ = "closures"
    __table_args__ = (
        in_county("finding_id", "findings"),
        ForeignKeyConstraint(
            ["county", "recheck_id", "finding_id"], ["rechecks.county", "rechecks.id", "rechecks.finding_id"]
        ),
        in_county("closed_by_id", "people"),
        in_county("reopened_by_id", "people"),
        in_county("reopened_check_id", "checks"),
        CheckConstraint(
            "num_nulls(reopened_at, reopened_by_id, reopened_reason) in (0, 3)", name="reopening_whole"
        ),
        CheckConstraint("reopened_at > closed_at", name="reopened_later"),
        Index(
            "uq_closures_standing",
            "county",
            "finding_id",
            unique=True,
            postgresql_where=text("reopened_at is null"),
        ),
        Index("ix_closures_county_closed_at", "county", "closed_at"),
    )

    finding_id: Mapped[UUID]
    recheck_id: Mapped[UUID]
    closed_by_id: Mapped[UUID]
    closed_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(server_default="")
    reopened_at: Mapped[datetime | None]
    reopened_by_id: Mapped[UUID | None]
    reopened_reason: Mapped[str | None]
    reopened_check_id: Mapped[UUID | None]


def standing_closure(session: Session, finding: "Finding") -> Closure | None:
    """The closure by which a finding is struck off now."""
    query = select(Closure).where(
        Closure.county == finding.county, Closure.finding_id == finding.id, Closure.reopened_at.is_(None)
    )
    return session.scalars(query).one_or_none()
