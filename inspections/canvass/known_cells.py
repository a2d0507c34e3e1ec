"""A person's cells: what each campaign still asks of them, and when somebody was there last."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from ..registry.grid_cells import GridCell
from ..registry.people import Person
from ..registry.time_bands import TimeBand
from .campaigns import CampaignCell, CanvassCampaign
from .visits import CanvassVisit, VisitOutcome


class Due(NamedTuple):
    """What an open campaign lacks in a cell: the bands asked for in which nobody has walked it since it began."""

    campaign_id: UUID
    name: str
    ends_on: date
    bands: tuple[TimeBand, ...]


class KnownCell(NamedTuple):
    """`visits` is the last walk by band, whoever made it; `last_at` and `last_outcome` are of the last of all."""

    cell: GridCell
    visits: dict[TimeBand, datetime]
    last_at: datetime | None
    last_outcome: VisitOutcome | None
    dues: tuple[Due, ...]


def cells_for(session: Session, person: Person, today: date) -> list[KnownCell]:
    """The live cells that are the person's own, or given to them by an open campaign, by their codes."""
    given = exists().where(
        CampaignCell.county == GridCell.county,
        CampaignCell.cell_id == GridCell.id,
        CampaignCell.assignee_id == person.id,
        *_is_open(today),
    )
    query = select(GridCell).where(GridCell.county == person.county, GridCell.retired_at.is_(None))
    cells = session.scalars(query.where(or_(GridCell.worker_id == person.id, given)).order_by(GridCell.code)).all()
    ids = [cell.id for cell in cells]
    visits, dues = _visits(session, person.county, ids), _dues(session, person, ids, today)
    return [_known(cell, visits[cell.id], tuple(dues[cell.id])) for cell in cells]


def _is_open(today: date) -> tuple[Any, ...]:
    """Begun and not closed: one that has ended and lacks something is overdue."""
    return (
        CanvassCampaign.county == CampaignCell.county,
        CanvassCampaign.id == CampaignCell.campaign_id,
        CanvassCampaign.closed_at.is_(None),
        CanvassCampaign.starts_on <= today,
    )


def _known(cell: GridCell, visits: dict[TimeBand, Any], dues: tuple[Due, ...]) -> KnownCell:
    at, outcome = max(visits.values(), key=lambda visit: visit[0], default=(None, None))
    walked = {band: moment for band, (moment, _) in visits.items()}
    return KnownCell(cell, walked, at, outcome, dues)


def _visits(session: Session, county: str, ids: list[UUID]) -> dict[UUID, dict[TimeBand, Any]]:
    """The last walk of each cell in each band, from one index."""
    found: dict[UUID, dict[TimeBand, Any]] = defaultdict(dict)
    if not ids:
        return found
    of_cells = (CanvassVisit.county == county, CanvassVisit.cell_id.in_(ids))
    key = (CanvassVisit.cell_id, CanvassVisit.band)
    query: Any = (
        select(*key, CanvassVisit.device_finished_at, CanvassVisit.outcome)
        .where(*of_cells)
        .ext(distinct_on(*key))
        .order_by(*key, CanvassVisit.device_finished_at.desc())
    )
    for cell_id, band, at, outcome in session.execute(query):
        found[cell_id][band] = (at, outcome)
    return found


def _dues(session: Session, person: Person, ids: list[UUID], today: date) -> dict[UUID, list[Due]]:
    """Those of the person: the campaign gives the cell to them, or to nobody else."""
    found: dict[UUID, list[Due]] = defaultdict(list)
    if not ids:
        return found
    mine = or_(CampaignCell.assignee_id == person.id, CampaignCell.assignee_id.is_(None))
    query = (
        select(CampaignCell.cell_id, CanvassCampaign)
        .join(CanvassCampaign, and_(*_is_open(today)))
        .where(CampaignCell.county == person.county, CampaignCell.cell_id.in_(ids), mine)
        .order_by(CanvassCampaign.ends_on, CanvassCampaign.id)
    )
    asked = session.execute(query).all()
    walked = _walked(session, person.county, asked)
    for cell_id, campaign in asked:
        bands = tuple(
            band for band in TimeBand if band in campaign.bands and (cell_id, campaign.id, band) not in walked
        )
        if bands:
            found[cell_id].append(Due(campaign.id, campaign.name, campaign.ends_on, bands))
    return found


def _walked(session: Session, county: str, asked: Any) -> set[tuple[UUID, UUID, TimeBand]]:
    """(cell, campaign, band) in which somebody got in since the campaign began, by the day it was in China."""
    campaigns = {campaign.id for _, campaign in asked}
    if not campaigns:
        return set()
    day = func.date(func.timezone("Asia/Shanghai", CanvassVisit.device_finished_at))
    query: Any = (
        select(CanvassVisit.cell_id, CanvassCampaign.id, CanvassVisit.band)
        .join(CanvassCampaign, CanvassCampaign.county == CanvassVisit.county)
        .where(
            CanvassVisit.county == county,
            CanvassVisit.cell_id.in_({cell_id for cell_id, _ in asked}),
            CanvassCampaign.id.in_(campaigns),
            CanvassVisit.outcome != VisitOutcome.NO_ACCESS,
            day >= CanvassCampaign.starts_on,
        )
        .distinct()
    )
    return {(cell_id, campaign_id, band) for cell_id, campaign_id, band in session.execute(query)}
