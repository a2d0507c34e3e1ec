"""All the problems that one hand-over is about: a department is written to once for what a joint check found."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session

from ..db import CountyRow, Model, in_county
from .handovers import Handover


class HandoverFinding(CountyRow, Model):
    """A problem of a hand-over, by the id of its first version. `Handover.finding_id` is the first of them."""

    __tablename__ = "handover_findings"
    __table_args__ = (
        in_county("handover_id", "handovers"),
        in_county("finding_id", "findings"),
        UniqueConstraint("county", "handover_id", "finding_id"),
        Index("ix_handover_findings_county_finding_id", "county", "finding_id"),
    )

    handover_id: Mapped[UUID]
    finding_id: Mapped[UUID]


def is_about(finding_id: Any) -> Any:
    """A condition on hand-overs: the problem is one of theirs. `finding_id` may be a column."""
    further = select(HandoverFinding.handover_id).where(
        HandoverFinding.county == Handover.county, HandoverFinding.finding_id == finding_id
    )
    return or_(Handover.finding_id == finding_id, Handover.root_id.in_(further))


def add_findings(session: Session, handover: Handover, finding_ids: Sequence[UUID]) -> None:
    """Of the same site: the caller has read them through what the person may see."""
    session.add_all(
        HandoverFinding(county=handover.county, handover_id=handover.root_id, finding_id=each)
        for each in finding_ids
    )
    session.flush()
