"""Cells are given to grid workers, one or many at once; who had them before is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import events
from ...access import own_township, require, visible
from ...errors import Invalid, NotFound, say
from ..grid_cells import GridCell
from ..people import Person, PersonRole, Role
from .holders import CellHolder

MOST_AT_ONCE = 2_000


def workers_for(session: Session, person: Person, township_id: UUID | None) -> Sequence[Person]:
    """Who may be given cells of a township: its grid workers, and those of no township; by name."""
    grants = select(PersonRole.person_id).where(
        PersonRole.county == person.county, PersonRole.role == Role.GRID_WORKER
    )
    query = select(Person).where(Person.county == person.county, Person.is_active, Person.id.in_(grants))
    if township_id is not None:
        query = query.where((Person.township_id == township_id) | Person.township_id.is_(None))
    return session.scalars(query.order_by(Person.name, Person.id)).all()


def give_cells(
    session: Session, person: Person, cell_ids: Sequence[UUID], worker_id: UUID | None, now: datetime
) -> int:
    """Give cells to a worker, or take them from whoever has them (None). Gives how many changed hands.

    Raises Forbidden, NotFound for a cell the person can't see, Invalid for one that is retired or another
    township's worker.
    """
    return give_each(session, person, dict.fromkeys(cell_ids, worker_id), now)


def give_each(session: Session, person: Person, whose: Mapping[UUID, UUID | None], now: datetime) -> int:
    """The same for cells that go to several workers at once."""
    require(person, "cell.edit")
    if not whose or len(whose) > MOST_AT_ONCE:
        raise Invalid({"cells": say("请先选网格，一次最多 {n} 个", n=MOST_AT_ONCE)})
    query = visible(person, GridCell).where(GridCell.id.in_(list(whose))).with_for_update()
    cells = {cell.id: cell for cell in session.scalars(query)}
    own = own_township(person)
    if len(cells) < len(whose) or any(
        own is not None and str(each.township_id) not in own for each in cells.values()
    ):
        raise NotFound
    if any(cell.retired_at for cell in cells.values()):
        raise Invalid({"cells": say("选中的网格里有已经停用的，请刷新后再选")})
    _check_workers(session, person, cells, whose)
    moved = {cell_id: to for cell_id, to in whose.items() if cells[cell_id].worker_id != to}
    _end(session, person.county, list(moved), now)
    for cell_id, worker_id in moved.items():
        cells[cell_id].worker_id = worker_id
        if worker_id is not None:
            session.add(
                CellHolder(
                    county=person.county, cell_id=cell_id, person_id=worker_id, since=now, given_by_id=person.id
                )
            )
    if moved:
        session.flush()
        _record(session, person, cells, moved)
    return len(moved)


def _check_workers(
    session: Session, person: Person, cells: Mapping[UUID, GridCell], whose: Mapping[UUID, UUID | None]
) -> None:
    allowed: dict[UUID | None, set[UUID]] = {}
    for cell_id, worker_id in whose.items():
        township_id = cells[cell_id].township_id
        if township_id not in allowed:
            allowed[township_id] = {each.id for each in workers_for(session, person, township_id)}
        if worker_id is not None and worker_id not in allowed[township_id]:
            raise Invalid({"worker": say("请选择本镇街的网格员")})


def _end(session: Session, county: str, cell_ids: list[UUID], now: datetime) -> None:
    query = select(CellHolder).where(
        CellHolder.county == county, CellHolder.cell_id.in_(cell_ids), CellHolder.until.is_(None)
    )
    for holder in session.scalars(query):
        holder.until = max(now, holder.since)
    session.flush()


def _record(
    session: Session, person: Person, cells: Mapping[UUID, GridCell], moved: Mapping[UUID, UUID | None]
) -> None:
    for worker_id in dict.fromkeys(moved.values()):
        mine = [cell_id for cell_id, to in moved.items() if to == worker_id]
        events.record(
            session, person, "give", cells[mine[0]],
            worker_id=str(worker_id) if worker_id else None, codes=[cells[each].code for each in mine][:200],
        )  # fmt: skip
