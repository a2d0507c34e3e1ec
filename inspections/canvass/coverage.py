"""What of the ground was seen when: each cell's latest walks by time band, and what is overdue."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
from .intervals import SOON_DAYS, Intervals, intervals_of
from .visits import VisitOutcome

# Visits of a cell in a band that the map tells of; its page has all
TOLD = 1


class Level(Choice):
    """How it stands with a cell, the worst first. That nobody went is another thing than that nothing was
    seen.
    """

    NEVER = "never", say("从未走访")
    OVERDUE = "overdue", say("超期")
    SOON = "soon", say("快到期")
    WALKED = "walked", say("按期走访")


class Visit(NamedTuple):
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

    def level(self, overdue_before: datetime, soon_before: datetime, band: TimeBand | None = None) -> Level:
        visit = self.last(band)
        if visit is None:
            return Level.NEVER
        if visit.at < overdue_before:
            return Level.OVERDUE
        return Level.SOON if visit.at < soon_before else Level.WALKED


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
        overdue_before = self.at - self.intervals.of(band)
        soon_before = overdue_before + timedelta(days=SOON_DAYS)
        return [cell.level(overdue_before, soon_before, band) for cell in self.cells]

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

    The latest of each band is found through an index for each cell, however many there have been.
    """
    require(person, "coverage.see")
    own = own_township(person)
    townships = [str(township_id)] if township_id and (own is None or str(township_id) in own) else own
    if township_id and own is not None and str(township_id) not in own:
        townships = []
    values = {"county": person.county, "townships": townships}
    cells = session.execute(CELLS, values).all()
    visits = _visits(session, values, cells)
    covered = [
        CoveredCell(row.id, row.code, row.name or "", row.township or "", row.worker or "",
                    tuple(sorted(own_visits, key=_when, reverse=True)))
        for row, own_visits in zip(cells, visits, strict=True)
    ]  # fmt: skip
    polygons = np.asarray(shapely.from_wkb([bytes(row.shape) for row in cells]), dtype=object)
    return Coverage(covered, polygons, intervals_of(session, person.county), now)


def _visits(session: Session, values: dict[str, Any], cells: Sequence[Any]) -> list[list[Visit]]:
    """The latest visits of each cell. Where all of them found a shut door, the latest walk as well."""
    names: dict[str, str] = {row.key: row.name for row in session.execute(PEOPLE, values)}
    found: list[list[Visit]] = [[] for _ in cells]
    walked: dict[tuple[int, str], bool] = {}
    for n, band, at, outcome, who in session.execute(VISITS, {**values, "told": TOLD}):
        found[n].append(Visit(BANDS[band], at, OUTCOMES[outcome], names.get(who, "")))
        walked[n, band] = walked.get((n, band), False) or outcome != SHUT
    missing = [key for key, is_walked in walked.items() if not is_walked]
    if missing:
        asked = {"numbers": [n for n, _ in missing], "cells": [str(cells[n].id) for n, _ in missing],
                 "bands": [band for _, band in missing]}  # fmt: skip
        for n, band, at, outcome, who in session.execute(EARLIER, {**values, **asked}):
            found[n].append(Visit(BANDS[band], at, OUTCOMES[outcome], names.get(who, "")))
    return found


def _when(visit: Visit) -> datetime:
    return visit.at


BANDS = {band.value: band for band in TimeBand}
OUTCOMES = {outcome.value: outcome for outcome in VisitOutcome}
SHUT = VisitOutcome.NO_ACCESS.value


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
PEOPLE = text("select cast(id as text) as key, name from people where county = :county")
# Numbered as CELLS has them; all that is read stands in the index
VISITS = text(
    f"""
    select c.n, b.band, v.at, v.outcome, cast(v.person_id as text)
    from (
        select c.county, c.id, (row_number() over (order by c.code) - 1)::int as n from grid_cells c where {GROUND}
    ) c
    cross join unnest(array['workday', 'evening', 'weekend', 'holiday']) b(band)
    cross join lateral (
        select device_finished_at as at, outcome, person_id from canvass_visits
        where county = c.county and cell_id = c.id and band = b.band
        order by device_finished_at desc limit :told
    ) v
    """  # noqa: S608 - constants
)
EARLIER = text(
    """
    select asked.n, asked.band, v.at, v.outcome, cast(v.person_id as text)
    from unnest(cast(:numbers as int[]), cast(:cells as uuid[]), cast(:bands as text[])) asked(n, id, band)
    cross join lateral (
        select device_finished_at as at, outcome, person_id from canvass_visits
        where county = :county and cell_id = asked.id and band = asked.band and outcome <> 'no_access'
        order by device_finished_at desc limit 1
    ) v
    """
)
