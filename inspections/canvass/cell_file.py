"""One cell's file: its visits, what is known in it, who had it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from geoalchemy2.shape import to_shape
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from geo.geojson import feature
from geo.measurement import area_m2

from ..field.checks import Check, Fence
from ..registry.areas import Area
from ..registry.grid.board import box_of
from ..registry.grid.holders import Held, holders_of
from ..registry.grid_cells import GridCell
from ..registry.people import Person
from ..registry.sites import Site, SiteKind, SiteState
from ..registry.time_bands import TimeBand
from .coverage import Level
from .intervals import intervals_of
from .visits import CanvassVisit, VisitOutcome

MOST_VISITS = 200


class VisitLine(NamedTuple):
    """A visit as its cell's page lists it; `leads` are the checks that came of it and have arrived."""

    id: UUID
    at: datetime
    band: TimeBand
    outcome: VisitOutcome
    who: str
    note: str
    fence: Fence
    minutes: int
    leads: Sequence[UUID]


class BandLine(NamedTuple):
    band: TimeBand
    last: VisitLine | None
    level: Level


@dataclass(frozen=True)
class CellFile:
    township: str
    village: str
    worker: str
    hectares: float
    box: Sequence[float]
    shape: dict[str, Any]
    bands: Sequence[BandLine]
    visits: Sequence[VisitLine]
    total: int
    sites: Sequence[Any]
    holders: Sequence[Held]


def read_cell_file(session: Session, person: Person, cell: GridCell, now: datetime) -> CellFile:
    """The caller has found the cell for the person."""
    outline = to_shape(cell.boundary)
    visits = _visits(session, cell)
    areas = select(Area.id, Area.name).where(
        Area.county == cell.county, Area.id.in_([cell.township_id, cell.village_id])
    )
    names = {row.id: row.name for row in session.execute(areas)}
    worker = session.get(Person, (cell.county, cell.worker_id)) if cell.worker_id else None
    return CellFile(
        township=names.get(cell.township_id, "") if cell.township_id else "",
        village=names.get(cell.village_id, "") if cell.village_id else "",
        worker=worker.name if worker else "",
        hectares=area_m2(outline) / 10_000,
        box=box_of(outline),
        shape=feature(outline, {"id": str(cell.id), "name": cell.name or cell.code}),
        bands=_bands(session, cell, visits, now),
        visits=visits,
        total=session.scalar(_of(cell, select(func.count()))) or 0,
        sites=_sites(session, cell),
        holders=holders_of(session, cell),
    )


def _of(cell: GridCell, query: Any) -> Any:
    return query.where(CanvassVisit.county == cell.county, CanvassVisit.cell_id == cell.id)


def _visits(session: Session, cell: GridCell) -> list[VisitLine]:
    query = _of(
        cell,
        select(CanvassVisit, Person.name).join(
            Person, and_(Person.county == CanvassVisit.county, Person.id == CanvassVisit.person_id)
        ),
    ).order_by(CanvassVisit.device_finished_at.desc())
    rows = session.execute(query.limit(MOST_VISITS)).all()
    wanted = [lead for visit, _ in rows for lead in visit.lead_ids]
    known = set(
        session.scalars(select(Check.id).where(Check.county == cell.county, Check.id.in_(wanted)))
        if wanted
        else ()
    )
    return [
        VisitLine(
            visit.id, visit.device_finished_at, visit.band, visit.outcome, name, visit.note, visit.fence,
            round((visit.device_finished_at - visit.device_started_at).total_seconds() / 60),
            [lead for lead in visit.lead_ids if lead in known],
        )
        for visit, name in rows
    ]  # fmt: skip


def _bands(session: Session, cell: GridCell, visits: Sequence[VisitLine], now: datetime) -> list[BandLine]:
    intervals = intervals_of(session, cell.county)
    lines = []
    for band in TimeBand:
        walks = (each for each in visits if each.band is band and each.outcome is not VisitOutcome.NO_ACCESS)
        last = next(walks, None)
        if last is None:
            level = Level.NEVER
        elif intervals.is_overdue(band, last.at, now):
            level = Level.OVERDUE
        else:
            level = Level.SOON if intervals.is_due_soon(band, last.at, now) else Level.WALKED
        lines.append(BandLine(band, last, level))
    return lines


def _sites(session: Session, cell: GridCell) -> Sequence[Any]:
    inside = func.ST_Covers(
        select(GridCell.boundary).where(GridCell.county == cell.county, GridCell.id == cell.id).scalar_subquery(),
        Site.location,
    )
    query = select(Site.id, Site.name, Site.state, Site.address).where(
        Site.county == cell.county, Site.kind == SiteKind.SUSPECTED, inside,
        Site.state.not_in([SiteState.DISMISSED]),
    )  # fmt: skip
    return session.execute(query.order_by(Site.name).limit(100)).all()
