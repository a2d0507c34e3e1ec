"""What was recorded in a cell of a run in its period: tips, problems, checks and walks, as the reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ..access import require, visible
from ..canvass.visits import CanvassVisit
from ..casework.findings import Finding
from ..errors import NotFound
from ..field.checks import Check
from ..intake.tips import Tip
from ..registry.grid_cells import GridCell
from ..registry.people import Person
from ..registry.site_file import may_see_tips
from ..registry.sites import Site
from .hotspot_runs import HotspotCell, HotspotRun

SHOWN = 50


@dataclass(frozen=True)
class CellRecords:
    """The newest `SHOWN` of each kind; `tips` is None for a reader who may see none."""

    cell: HotspotCell
    tips: Sequence[Tip] | None
    findings: Sequence[tuple[Finding, str]]
    checks: Sequence[tuple[Check, str]]
    walks: Sequence[CanvassVisit]


def records_of(session: Session, person: Person, run: HotspotRun, position: int) -> CellRecords:
    """Raises NotFound for a cell that the run doesn't have."""
    require(person, "hotspot.see")
    cell = session.scalars(
        select(HotspotCell).where(
            HotspotCell.county == person.county, HotspotCell.run_id == run.id, HotspotCell.position == position
        )
    ).first()
    if cell is None:
        raise NotFound
    since, until = run.since, run.until or run.computed_at
    return CellRecords(
        cell,
        _tips(session, person, cell, since, until) if may_see_tips(person) else None,
        _of_sites(session, person, cell, Finding, Finding.found_at, since, until),
        _of_sites(session, person, cell, Check, Check.device_finished_at, since, until),
        _walks(session, person, cell, since, until),
    )


def _tips(
    session: Session, person: Person, cell: HotspotCell, since: datetime | None, until: datetime
) -> Sequence[Tip]:
    query = visible(person, Tip).outerjoin(Site, (Site.county == Tip.county) & (Site.id == Tip.site_id))
    place = func.coalesce(Tip.location, Site.location)
    return session.scalars(_within(query, cell, place, Tip.received_at, since, until)).all()


def _of_sites(
    session: Session,
    person: Person,
    cell: HotspotCell,
    model: Any,
    moment: Any,
    since: datetime | None,
    until: datetime,
) -> list[tuple[Any, str]]:
    """Rows about a site in the cell, each with the name of the site."""
    query = visible(person, model).join(Site, (Site.county == model.county) & (Site.id == model.site_id))
    query = query.add_columns(Site.name)
    found = session.execute(_within(query, cell, Site.location, moment, since, until)).all()
    return [(row[0], row[1]) for row in found]


def _walks(
    session: Session, person: Person, cell: HotspotCell, since: datetime | None, until: datetime
) -> Sequence[CanvassVisit]:
    moment = CanvassVisit.device_finished_at
    query = visible(person, CanvassVisit).outerjoin(
        GridCell, (GridCell.county == CanvassVisit.county) & (GridCell.id == CanvassVisit.cell_id)
    )
    place = func.coalesce(CanvassVisit.location, func.ST_PointOnSurface(GridCell.boundary))
    return session.scalars(_within(query, cell, place, moment, since, until)).all()


def _within(
    query: Select[Any], cell: HotspotCell, place: Any, moment: Any, since: datetime | None, until: datetime
) -> Select[Any]:
    inside = select(HotspotCell.boundary).where(
        HotspotCell.county == cell.county, HotspotCell.run_id == cell.run_id, HotspotCell.code == cell.code
    )
    query = query.where(func.ST_Intersects(place, inside.scalar_subquery()), moment < until)
    if since is not None:
        query = query.where(moment >= since)
    return query.order_by(moment.desc()).limit(SHOWN)
