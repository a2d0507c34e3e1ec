"""What of the ground was seen when: each cell's latest walks by time band, and what is overdue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from ..access import own_township, require
from ..errors import say
from ..registry.people import Person
from ..registry.time_bands import TimeBand
from ..vocabulary import Choice
from .intervals import Intervals, intervals_of
from .visits import VisitOutcome

# Walks of a cell in a band that the map tells of; its page has all
TOLD = 2


class Level(Choice):
    """How it stands with a cell, the worst first. That nobody went is another thing than that nothing was
    seen.
    """

    NEVER = "never", say("从未走访")
    OVERDUE = "overdue", say("超期")
    SOON = "soon", say("快到期")
    WALKED = "walked", say("按期走访")


class Visit(NamedTuple):
    id: UUID
    band: TimeBand
    at: datetime
    outcome: VisitOutcome
    who: str


@dataclass(frozen=True)
class CoveredCell:
    """A cell and its latest walks, newest first. One at which nobody got in is told but is no walk."""

    id: UUID
    code: str
    name: str
    township: str
    worker: str
    visits: tuple[Visit, ...]

    def last(self, band: TimeBand | None = None) -> Visit | None:
        walks = (each for each in self.visits if each.outcome is not VisitOutcome.NO_ACCESS)
        return next((each for each in walks if band in (None, each.band)), None)

    def level(self, intervals: Intervals, now: datetime, band: TimeBand | None = None) -> Level:
        visit = self.last(band)
        if visit is None:
            return Level.NEVER
        if intervals.is_overdue(band, visit.at, now):
            return Level.OVERDUE
        return Level.SOON if intervals.is_due_soon(band, visit.at, now) else Level.WALKED


@dataclass
class Standing:
    """How many cells of a township or of a worker stand at each level."""

    name: str
    cells: int = 0
    levels: dict[Level, int] = field(default_factory=lambda: dict.fromkeys(Level, 0))

    @property
    def percent(self) -> int:
        """Of the cells, how many were walked within the interval."""
        kept = self.levels[Level.WALKED] + self.levels[Level.SOON]
        return 100 * kept // self.cells if self.cells else 0


@dataclass(frozen=True)
class Coverage:
    """`polygons` are those of the cells, in their order, in WGS-84."""

    cells: Sequence[CoveredCell]
    polygons: NDArray[np.object_]
    intervals: Intervals
    at: datetime

    def levels(self, band: TimeBand | None = None) -> list[Level]:
        return [cell.level(self.intervals, self.at, band) for cell in self.cells]

    def standings(self, of: str, band: TimeBand | None = None) -> list[Standing]:
        """By `township` or `worker`, those with the most to do first."""
        found: dict[str, Standing] = {}
        for cell, level in zip(self.cells, self.levels(band), strict=True):
            name = getattr(cell, of)
            standing = found.setdefault(name, Standing(name))
            standing.cells += 1
            standing.levels[level] += 1
        return sorted(found.values(), key=lambda each: (each.percent, -each.cells, each.name))


def read_coverage(session: Session, person: Person, now: datetime, township_id: UUID | None = None) -> Coverage:
    """The cells that a person may see, or those of one township, with their latest walks.

    Two walks a band are found through an index for each cell, however many there have been.
    """
    require(person, "coverage.see")
    own = own_township(person)
    townships = [str(township_id)] if township_id and (own is None or str(township_id) in own) else own
    if township_id and own is not None and str(township_id) not in own:
        townships = []
    values = {"county": person.county, "townships": townships}
    cells = session.execute(CELLS, values).all()
    visits: dict[UUID, list[Visit]] = {}
    for cell_id, visit in _visits(session.execute(VISITS, {**values, "told": TOLD})):
        visits.setdefault(cell_id, []).append(visit)
    covered = [
        CoveredCell(row.id, row.code, row.name or "", row.township or "", row.worker or "",
                    tuple(sorted(visits.get(row.id, ()), key=_when, reverse=True)))
        for row in cells
    ]  # fmt: skip
    polygons = np.asarray(shapely.from_wkb([bytes(row.shape) for row in cells]), dtype=object)
    return Coverage(covered, polygons, intervals_of(session, person.county), now)


def _when(visit: Visit) -> datetime:
    return visit.at


BANDS = {band.value: band for band in TimeBand}
OUTCOMES = {outcome.value: outcome for outcome in VisitOutcome}


def _visits(rows: Iterable[Any]) -> Iterable[tuple[UUID, Visit]]:
    for cell_id, visit_id, band, at, outcome, who in rows:
        yield cell_id, Visit(visit_id, BANDS[band], at, OUTCOMES[outcome], who or "")


GROUND = """
    c.county = :county and c.retired_at is null
    and (cast(:townships as uuid[]) is null or c.township_id = any(cast(:townships as uuid[])))
"""
CELLS = text(
    f"""
    select c.id, c.code, c.name, a.name as township, p.name as worker, st_asbinary(c.boundary) as shape
    from grid_cells c
    left join areas a on a.county = c.county and a.id = c.township_id
    left join people p on p.county = c.county and p.id = c.worker_id
    where {GROUND}
    order by c.code
    """  # noqa: S608 - constants
)
# The latest visits of a band; should all of them have found a shut door, the latest walk as well
VISITS = text(
    f"""
    select c.id, v.id, v.band, v.at, v.outcome, p.name as who
    from grid_cells c
    cross join unnest(array['workday', 'evening', 'weekend', 'holiday']) b(band)
    cross join lateral (
        (select id, band, device_finished_at as at, outcome, person_id from canvass_visits
        where county = c.county and cell_id = c.id and band = b.band
        order by device_finished_at desc limit :told)
        union
        (select id, band, device_finished_at as at, outcome, person_id from canvass_visits
        where county = c.county and cell_id = c.id and band = b.band and outcome <> 'no_access'
        order by device_finished_at desc limit 1)
    ) v
    left join people p on p.county = c.county and p.id = v.person_id
    where {GROUND}
    """  # noqa: S608 - constants
)
