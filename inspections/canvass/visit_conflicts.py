"""Another record that came under the id of a walk that is here. Both are kept; neither is ever removed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CHAR, LargeBinary, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, in_county
from .visits import CanvassVisit


class VisitConflict(CountyRow, Model):
    """`record` is the exact bytes of the second one."""

    __tablename__ = "canvass_visit_conflicts"
    __table_args__ = (
        in_county("visit_id", "canvass_visits"),
        in_county("person_id", "people"),
        UniqueConstraint("county", "visit_id", "record_sha256"),
    )

    visit_id: Mapped[UUID]
    person_id: Mapped[UUID]
    record: Mapped[bytes] = mapped_column(LargeBinary)
    record_sha256: Mapped[str] = mapped_column(CHAR(64))
    received_at: Mapped[datetime]


def conflicts_of(session: Session, visit: CanvassVisit) -> Sequence[VisitConflict]:
    """The other records of a walk, in the order in which they came."""
    of_visit = (VisitConflict.county == visit.county, VisitConflict.visit_id == visit.id)
    query = select(VisitConflict).where(*of_visit).order_by(VisitConflict.received_at, VisitConflict.id)
    return session.scalars(query).all()
