"""The records behind a number of a campaign, by names that a person can follow."""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, null
from sqlalchemy.orm import Session

from ..access import own_township, require, visible
from ..canvass.visits import CanvassVisit
from ..errors import NotFound
from ..registry.grid_cells import GridCell
from ..registry.people import Person
from ..registry.sites import Site
from ..reporting.figures import Selection
from ..reporting.scores.records import MOST_SHOWN, Named, Records, named_of
from ..sweeps.campaigns import SpecialCampaign
from ..sweeps.stops import SweepStop
from ..sweeps.sweeps import Sweep
from .figures import cells_of


def read_records(session: Session, person: Person, campaign: SpecialCampaign, text: str, key: str) -> Records:
    """What is behind a cell of a selection as an address has it: its days are the campaign's or some of them.

    The head of a township is shown the records of the own one, and told the number of all. Raises NotFound for a
    question that no page asks.
    """
    require(person, "campaign.see")
    try:
        selection = Selection.parse(text)
    except ValueError:
        raise NotFound from None
    cell = cells_of(campaign.id).get(key)
    if cell is None or selection.county != person.county or selection.first < campaign.first_day:
        raise NotFound
    behind = {row.id: row.n for row in session.execute(cell.found(selection))}
    shown = _shown(session, person, cell.figure.listed, sorted(behind))
    first = [each._replace(n=behind[each.id]) for each in shown[:MOST_SHOWN]]
    return Records(cell, selection, sum(behind.values()), first, len(behind) - len(first))


def _shown(session: Session, person: Person, listed: str, ids: list[UUID]) -> list[Named]:
    own = _OWN.get(listed)
    if own is None:
        return named_of(session, person.county, listed, ids, townships=own_township(person))
    rows: Any = session.execute(own(person, ids))
    return [Named(number, str(words or "—"), place, site_id, 1) for number, words, place, site_id in rows]


def _sweeps(person: Person, ids: list[UUID]) -> Any:
    at = func.to_char(func.timezone("Asia/Shanghai", Sweep.starts_at), "YYYY-MM-DD HH24:MI")
    query = visible(person, Sweep).where(Sweep.id.in_(ids)).order_by(Sweep.starts_at)
    return query.with_only_columns(Sweep.id, Sweep.name, at, null())


def _stops(person: Person, ids: list[UUID]) -> Any:
    return (
        visible(person, Site)
        .join(SweepStop, and_(SweepStop.county == Site.county, SweepStop.site_id == Site.id))
        .join(Sweep, and_(Sweep.county == SweepStop.county, Sweep.id == SweepStop.sweep_id))
        .where(SweepStop.id.in_(ids))
        .order_by(SweepStop.settled_at, SweepStop.id)
        .with_only_columns(SweepStop.id, Site.name, Sweep.name, Site.id.label("site_id"))
    )


def _walks(person: Person, ids: list[UUID]) -> Any:
    at = func.to_char(func.timezone("Asia/Shanghai", CanvassVisit.device_finished_at), "YYYY-MM-DD HH24:MI")
    return (
        visible(person, CanvassVisit)
        .join(GridCell, and_(GridCell.county == CanvassVisit.county, GridCell.id == CanvassVisit.cell_id))
        .where(CanvassVisit.id.in_(ids))
        .order_by(CanvassVisit.device_finished_at, CanvassVisit.id)
        .with_only_columns(CanvassVisit.id, func.coalesce(GridCell.name, GridCell.code), at, null())
    )


_OWN: dict[str, Any] = {"sweeps": _sweeps, "stops": _stops, "walks": _walks}
