"""Case officers 承办人: who follows a finding, and to whom it was handed when one left or must stay out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, select
from sqlalchemy.orm import Mapped, Session

from ..db import CountyRow, Model, Recorded, in_county
from ..field.checks import Check
from ..registry.people import Person
from .findings import Finding
from .orders import served_order_of


class CaseOfficers(CountyRow, Recorded, Model):
    """Two officers, or one, who follow a finding from a moment on. The newest row counts; none is ever changed."""

    __tablename__ = "case_officers"
    __table_args__ = (
        in_county("finding_id", "findings"),
        in_county("officer_id", "people"),
        in_county("second_officer_id", "people"),
        in_county("assigned_by_id", "people"),
        CheckConstraint("second_officer_id <> officer_id", name="two_officers"),
        Index("ix_case_officers_county_finding_id", "county", "finding_id"),
    )

    finding_id: Mapped[UUID]
    officer_id: Mapped[UUID]
    second_officer_id: Mapped[UUID | None]
    assigned_at: Mapped[datetime]
    assigned_by_id: Mapped[UUID]
    reason: Mapped[str]


def hand_overs_of(session: Session, finding: Finding) -> Sequence[CaseOfficers]:
    """The newest first."""
    query = select(CaseOfficers).where(
        CaseOfficers.county == finding.county, CaseOfficers.finding_id == finding.id
    )
    return session.scalars(query.order_by(CaseOfficers.assigned_at.desc(), CaseOfficers.id.desc())).all()


def in_charge(session: Session, finding: Finding) -> list[Person]:
    """Who follows a finding now: as it was handed over last, else who signed its order, else who found it."""
    ids: list[UUID | None] = []
    if given := hand_overs_of(session, finding):
        ids = [given[0].officer_id, given[0].second_officer_id]
    elif order := served_order_of(session, finding):
        ids = [order.officer_id, order.second_officer_id]
    if not any(ids) and finding.check_id:
        check = session.get_one(Check, (finding.county, finding.check_id))
        ids = [check.person_id, check.second_person_id]
    return [session.get_one(Person, (finding.county, each)) for each in ids if each]
