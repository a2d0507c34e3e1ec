"""How far a campaign is: cells × time bands, by worker and by township; on the screen and as a workbook."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ..access import own_township, require
from ..registry.people import Person
from ..registry.time_bands import TimeBand
from .campaigns import CanvassCampaign
from .visits import VisitOutcome


class Walked(NamedTuple):
    """The latest walk of a cell in a band within the campaign; `tries` are those that didn't get in."""

    at: datetime | None
    outcome: VisitOutcome | None
    who: str
    tries: int

    @property
    def is_done(self) -> bool:
        return self.at is not None


@dataclass(frozen=True)
class CellProgress:
    id: UUID
    code: str
    name: str
    township_id: UUID | None
    township: str
    worker_id: UUID | None
    worker: str
    bands: dict[TimeBand, Walked]

    @property
    def done(self) -> int:
        return sum(each.is_done for each in self.bands.values())

    @property
    def is_done(self) -> bool:
        return self.done == len(self.bands)


@dataclass
class Tally:
    """Sums of some cells: walks asked for and done, cells done, and walks that found something."""

    key: UUID | None
    name: str
    cells: int = 0
    cells_done: int = 0
    asked: int = 0
    done: int = 0
    leads: int = 0
    shut: int = 0
    bands: dict[TimeBand, int] = field(default_factory=dict)

    @property
    def percent(self) -> int:
        return 100 * self.done // self.asked if self.asked else 0

    def add(self, cell: CellProgress) -> None:
        self.cells += 1
        self.cells_done += cell.is_done
        self.asked += len(cell.bands)
        self.done += cell.done
        for band, walked in cell.bands.items():
            self.bands[band] = self.bands.get(band, 0) + walked.is_done
            self.leads += walked.outcome is VisitOutcome.LEADS
            self.shut += bool(walked.tries) and not walked.is_done


@dataclass(frozen=True)
class Progress:
    bands: tuple[TimeBand, ...]
    cells: Sequence[CellProgress]
    total: Tally
    townships: Sequence[Tally]
    workers: Sequence[Tally]


def read_progress(session: Session, person: Person, campaign: CanvassCampaign) -> Progress:
    """The caller has found the campaign for the person; of the county's the head of a township sees the own
    part.
    """
    require(person, "desk.open")
    bands = tuple(band for band in TimeBand if band.value in campaign.bands)
    own = own_township(person)
    rows = session.execute(
        CELLS,
        {"county": campaign.county, "campaign": campaign.id, "starts_on": campaign.starts_on,
         "ends_on": campaign.ends_on, "bands": [band.value for band in bands]},
    )  # fmt: skip
    cells: dict[UUID, CellProgress] = {}
    for row in rows:
        if own is not None and str(row.township_id) not in own:
            continue
        cell = cells.get(row.id)
        if cell is None:
            cell = cells[row.id] = CellProgress(
                row.id, row.code, row.name or "", row.township_id, row.township or "", row.worker_id,
                row.worker or "", {},
            )  # fmt: skip
        outcome = next((each for each in VisitOutcome if each == row.outcome), None)
        cell.bands[next(b for b in bands if b == row.band)] = Walked(row.at, outcome, row.who or "", row.tries)
    return _summed(bands, list(cells.values()))


def _summed(bands: tuple[TimeBand, ...], cells: list[CellProgress]) -> Progress:
    total = Tally(None, "")
    townships: dict[UUID | None, Tally] = {}
    workers: dict[UUID | None, Tally] = {}
    for cell in cells:
        total.add(cell)
        townships.setdefault(cell.township_id, Tally(cell.township_id, cell.township)).add(cell)
        workers.setdefault(cell.worker_id, Tally(cell.worker_id, cell.worker)).add(cell)

    def slowest(tallies: dict[UUID | None, Tally]) -> list[Tally]:
        return sorted(tallies.values(), key=lambda each: (each.percent, each.name))

    return Progress(bands, cells, total, slowest(townships), slowest(workers))


def count_done(session: Session, county: str, campaign_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """Walks done and asked for in each of some campaigns."""
    rows: Any = session.execute(COUNTS, {"county": county, "ids": [str(each) for each in campaign_ids]})
    return {row.id: (row.done, row.asked) for row in rows}


WITHIN = """
    v.device_finished_at >= cast({first} as date)::timestamp at time zone 'Asia/Shanghai'
    and v.device_finished_at < (cast({last} as date) + 1)::timestamp at time zone 'Asia/Shanghai'
"""
CELLS = text(
    f"""
    select c.id, c.code, c.name, c.township_id, a.name as township, cc.assignee_id as worker_id, p.name as worker,
        b.band, last.at, last.outcome, w.name as who, shut.tries
    from campaign_cells cc
    join grid_cells c on c.county = cc.county and c.id = cc.cell_id
    left join areas a on a.county = c.county and a.id = c.township_id
    left join people p on p.county = cc.county and p.id = cc.assignee_id
    cross join unnest(cast(:bands as text[])) with ordinality b(band, place)
    left join lateral (
        select v.device_finished_at as at, v.outcome, v.person_id from canvass_visits v
        where v.county = cc.county and v.cell_id = cc.cell_id and v.band = b.band and v.outcome <> 'no_access'
            and {WITHIN.format(first=":starts_on", last=":ends_on")}
        order by v.device_finished_at desc limit 1
    ) last on true
    left join people w on w.county = cc.county and w.id = last.person_id
    cross join lateral (
        select count(*) as tries from canvass_visits v
        where v.county = cc.county and v.cell_id = cc.cell_id and v.band = b.band and v.outcome = 'no_access'
            and {WITHIN.format(first=":starts_on", last=":ends_on")}
    ) shut
    where cc.county = :county and cc.campaign_id = :campaign
    order by a.code, a.name, c.code, b.place
    """  # noqa: S608 - constants
)
COUNTS = text(
    f"""
    select k.id, count(*) as asked, count(*) filter (where exists (
        select from canvass_visits v where v.county = k.county and v.cell_id = cc.cell_id and v.band = b.band
            and v.outcome <> 'no_access' and {WITHIN.format(first="k.starts_on", last="k.ends_on")}
    )) as done
    from canvass_campaigns k
    join campaign_cells cc on cc.county = k.county and cc.campaign_id = k.id
    cross join unnest(k.bands) b(band)
    where k.county = :county and k.id = any(cast(:ids as uuid[]))
    group by k.id
    """  # noqa: S608 - constants
)
