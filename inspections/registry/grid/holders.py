"""Who walks a grid cell, and who did before."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, and_, select, text
from sqlalchemy.orm import Mapped, Session

from ...db import CountyRow, Model, Recorded, in_county
from ..grid_cells import GridCell
from ..people import Person


class CellHolder(CountyRow, Recorded, Model):
    """A person had a cell from `since` on, until `until`; the one who has it now has no end."""

    __tablename__ = "cell_holders"
    __table_args__ = (
        in_county("cell_id", "grid_cells"),
        in_county("person_id", "people"),
        in_county("given_by_id", "people"),
        CheckConstraint("until >= since", name="order"),
        Index(
            "uq_cell_holders_county_cell_id",
            "county",
            "cell_id",
            unique=True,
            postgresql_where=text("until is null"),
        ),
    )

    cell_id: Mapped[UUID]
    person_id: Mapped[UUID]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    given_by_id: Mapped[UUID | None]


class Held(NamedTuple):
    name: str
    since: datetime
    until: datetime | None


def holders_of(session: Session, cell: GridCell) -> Sequence[Held]:
    """Who has had a cell, the latest first."""
    rows = session.execute(
        select(Person.name, CellHolder.since, CellHolder.until)
        .join(CellHolder, and_(CellHolder.county == Person.county, CellHolder.person_id == Person.id))
        .where(CellHolder.county == cell.county, CellHolder.cell_id == cell.id)
        .order_by(CellHolder.since.desc(), CellHolder.id.desc())
    )
    return [Held(*row) for row in rows]
