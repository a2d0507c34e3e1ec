"""What a walker's phone needs of its cells: where they are, what is known in them, and what is due there
when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ..days import day_of
from ..intake.tips import TipState
from ..registry.people import Person
from ..registry.sites import SiteState
from ..registry.time_bands import TimeBand
from .intervals import Intervals, intervals_of

# Sites that are still to be looked at from outside
WATCHED = tuple(state.value for state in SiteState if state not in (SiteState.DISMISSED, SiteState.LICENSED))
OPEN_TIPS = (TipState.NEW.value, TipState.ASSIGNED.value, TipState.CONFIRMED.value)
# A tip's place may lie beside the cell by so much and still be meant
MOST_OFF_M = 300.0
MOST_KNOWN = 500


@dataclass(frozen=True)
class KnownSite:
    """A suspected site in a cell. `uncertainty_m` is the circle of a rumour."""

    id: UUID
    name: str
    category: str
    state: str
    address: str | None
    compound: str | None
    building: str | None
    unit: str | None
    room: str | None
    lon: float
    lat: float
    uncertainty_m: float | None


@dataclass(frozen=True)
class KnownTip:
    """The place of an open tip, and when it usually runs: nothing of who reported it, and none of their
    words.
    """

    id: UUID
    code: str
    category: str | None
    place: str | None
    near: str | None
    compound: str | None
    building: str | None
    unit: str | None
    room: str | None
    schedule: str | None
    lon: float
    lat: float
    uncertainty_m: float | None
    received_on: date


@dataclass(frozen=True)
class DueBand:
    """A band of a cell: who was there last, and whether a walk is due. `campaigns` ask for this band and have
    none yet.
    """

    band: TimeBand
    last_at: datetime | None
    last_outcome: str | None
    is_overdue: bool
    campaigns: tuple[UUID, ...]

    @property
    def is_due(self) -> bool:
        return self.is_overdue or bool(self.campaigns)


@dataclass(frozen=True)
class OwnCampaign:
    id: UUID
    name: str
    starts_on: date
    ends_on: date
    bands: tuple[TimeBand, ...]
    cell_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class OwnCell:
    """A cell that a person walks, for good or in a campaign. `boundary` is a GeoJSON polygon in WGS-84."""

    id: UUID
    code: str
    name: str
    township_id: UUID | None
    township: str
    is_own: bool
    boundary: Mapping[str, Any]
    sites: tuple[KnownSite, ...]
    tips: tuple[KnownTip, ...]
    due: tuple[DueBand, ...]


@dataclass(frozen=True)
class OwnGround:
    cells: tuple[OwnCell, ...]
    campaigns: tuple[OwnCampaign, ...]


def cells_for(session: Session, person: Person, now: datetime, *, with_known: bool = True) -> OwnGround:
    """The cells that a person walks now, by code: their own, and those of running campaigns that are theirs.

    Known things are bounded: the 500 nearest their cell's middle of each sort. Of tips only the place leaves
    the desk; if one names a minor, not even the room. `with_known` leaves them out: a phone has the sites already.
    """
    values = {"county": person.county, "person": person.id, "today": day_of(now)}
    cells = session.execute(CELLS, values).all()
    if not cells:
        return OwnGround((), ())
    ids = [str(cell.id) for cell in cells]
    campaigns = [_campaign(row) for row in session.execute(CAMPAIGNS, values)]
    last = {(row.cell_id, row.band): row for row in session.execute(LAST, {**values, "cells": ids})}
    asked = _asked(session, person.county, campaigns)
    sites: dict[UUID, list[Any]] = {}
    tips: dict[UUID, list[Any]] = {}
    if with_known:
        sites = _by_cell(session.execute(SITES, {**values, "cells": ids, "states": list(WATCHED)}), _site)
        tips = _by_cell(session.execute(TIPS, {**values, "cells": ids, "states": list(OPEN_TIPS)}), _tip)
    intervals = intervals_of(session, person.county)
    made = [
        OwnCell(
            cell.id, cell.code, cell.name or "", cell.township_id, cell.township or "", cell.is_own, cell.boundary,
            tuple(sites.get(cell.id, ())), tuple(tips.get(cell.id, ())),
            tuple(_due(cell.id, band, last, asked, intervals, now) for band in TimeBand),
        )
        for cell in cells
    ]  # fmt: skip
    return OwnGround(tuple(made), tuple(campaigns))


def _due(
    cell_id: UUID,
    band: TimeBand,
    last: Mapping[tuple[UUID, str], Any],
    asked: Mapping[tuple[UUID, str], list[UUID]],
    intervals: Intervals,
    now: datetime,
) -> DueBand:
    visit = last.get((cell_id, band.value))
    last_at = visit.at if visit else None
    return DueBand(
        band,
        last_at,
        visit.outcome if visit else None,
        intervals.is_overdue(band, last_at, now),
        tuple(asked.get((cell_id, band.value), ())),
    )


def _asked(session: Session, county: str, campaigns: Sequence[OwnCampaign]) -> dict[tuple[UUID, str], list[UUID]]:
    """Which campaigns still ask for a walk of a cell in a band."""
    if not campaigns:
        return {}
    done = {
        (row.campaign_id, row.cell_id, row.band)
        for row in session.execute(DONE, {"county": county, "campaigns": [str(each.id) for each in campaigns]})
    }
    asked: dict[tuple[UUID, str], list[UUID]] = {}
    for campaign in campaigns:
        for cell_id in campaign.cell_ids:
            for band in campaign.bands:
                if (campaign.id, cell_id, band.value) not in done:
                    asked.setdefault((cell_id, band.value), []).append(campaign.id)
    return asked


def _campaign(row: Any) -> OwnCampaign:
    bands = tuple(band for band in TimeBand if band.value in row.bands)
    return OwnCampaign(row.id, row.name, row.starts_on, row.ends_on, bands, tuple(row.cell_ids))


def _by_cell(rows: Any, make: Any) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.cell_id, []).append(make(row))
    return found


def _site(row: Any) -> KnownSite:
    return KnownSite(
        row.id, row.name, row.category, row.state, row.address, row.compound, row.building, row.unit, row.room,
        row.lon, row.lat, row.uncertainty_m,
    )  # fmt: skip


def _tip(row: Any) -> KnownTip:
    return KnownTip(
        row.id, row.code, row.category, row.place, row.near, row.compound, row.building, row.unit, row.room,
        row.schedule, row.lon, row.lat, row.uncertainty_m, day_of(row.received_at),
    )  # fmt: skip


MINE = """
    select cc.cell_id, cc.campaign_id from campaign_cells cc
    join canvass_campaigns k on k.county = cc.county and k.id = cc.campaign_id
    where cc.county = :county and cc.assignee_id = :person and k.closed_at is null
        and :today between k.starts_on and k.ends_on
"""
CELLS = text(
    f"""
    select c.id, c.code, c.name, c.township_id, a.name as township,
        coalesce(c.worker_id = :person, false) as is_own,
        st_asgeojson(c.boundary, 6)::jsonb as boundary
    from grid_cells c left join areas a on a.county = c.county and a.id = c.township_id
    where c.county = :county and c.retired_at is null
        and (c.worker_id = :person or c.id in (select cell_id from ({MINE}) mine))
    order by c.code
    """  # noqa: S608 - constants
)
CAMPAIGNS = text(
    f"""
    select k.id, k.name, k.starts_on, k.ends_on, k.bands,
        array_agg(mine.cell_id order by mine.cell_id) as cell_ids
    from ({MINE}) mine join canvass_campaigns k on k.county = :county and k.id = mine.campaign_id
    group by k.id, k.name, k.starts_on, k.ends_on, k.bands order by k.ends_on, k.id
    """  # noqa: S608 - constants
)
# A door that stayed shut is no walk
LAST = text(
    """
    select c.id as cell_id, b.band, v.at, v.outcome
    from unnest(cast(:cells as uuid[])) c(id)
    cross join unnest(array['workday', 'evening', 'weekend', 'holiday']) b(band)
    cross join lateral (
        select device_finished_at as at, outcome from canvass_visits
        where county = :county and cell_id = c.id and band = b.band and outcome <> 'no_access'
        order by device_finished_at desc limit 1
    ) v
    """
)
DONE = text(
    """
    select distinct k.id as campaign_id, cc.cell_id, v.band
    from canvass_campaigns k
    join campaign_cells cc on cc.county = k.county and cc.campaign_id = k.id
    join canvass_visits v on v.county = k.county and v.cell_id = cc.cell_id and v.outcome <> 'no_access'
        and v.band = any(k.bands)
        and v.device_finished_at >= k.starts_on::timestamp at time zone 'Asia/Shanghai'
        and v.device_finished_at < (k.ends_on + 1)::timestamp at time zone 'Asia/Shanghai'
    where k.county = :county and k.id = any(cast(:campaigns as uuid[]))
    """
)
KNOWN = """
    from grid_cells c join lateral (
        select t.*, row_number() over (order by t.location <-> st_centroid(c.boundary), t.id) as nearness
        from {table} t where t.county = c.county and t.state = any(:states) and {where}
    ) known on known.nearness <= {most}
    where c.county = :county and c.id = any(cast(:cells as uuid[]))
    order by c.id, known.nearness
"""
SITES = text(
    """
    select c.id as cell_id, known.id, known.name, known.category, known.state, known.address, known.compound,
        known.building, known.unit, known.room, st_x(known.location) as lon, st_y(known.location) as lat,
        known.location_accuracy_m as uncertainty_m
    """
    + KNOWN.format(
        table="sites",
        where="t.kind = 'suspected' and t.location && c.boundary and st_covers(c.boundary, t.location)",
        most=MOST_KNOWN,
    )
)
TIPS = text(
    """
    select c.id as cell_id, known.id, known.code, known.category, known.place, known.near, known.compound,
        known.building, case when known.names_minor then null else known.unit end as unit,
        case when known.names_minor then null else known.room end as room, known.schedule,
        st_x(known.location) as lon, st_y(known.location) as lat, known.uncertainty_m, known.received_at
    """
    + KNOWN.format(
        table="tips",
        where=f"t.location && st_expand(c.boundary, {MOST_OFF_M / 80_000:.6f}) "
        f"and st_dwithin(c.boundary::geography, t.location::geography, "
        f"least(coalesce(t.uncertainty_m, 0), {MOST_OFF_M}))",
        most=MOST_KNOWN,
    )
)
