"""Exposure: how much was looked where and in which time band, and how often it found something.

A visit is a check at its site, or a walk through a cell of the walkers' grid. A walk is spread over the analysis
cells by how the walked cell lies over them, so that all visits together stay as many as were made. What a walk
noticed is written down as checks of its own; those are no further visits, or whoever finds more would seem to
have looked more often. A visit found something if a finding of it was confirmed: a hit, however many there are.

have looked more often. A visit of which a finding was confirmed is one hit, however many were.
nobody got in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.cells import Grid
from geo.overlaps import overlap_shares

from ..binary_columns import EPOCH, read_columns
from ..canvass.visits import CanvassVisit, VisitOutcome
from ..days import CHINA, day_of
from ..field.checks import CheckKind, Fence
from ..registry.grid_cells import GridCell
from ..registry.time_bands import EVENING_FROM, TimeBand, band_at
from ..rules.calendar import Calendar, calendar_of
from ..rules.school_year import SchoolPeriod
from ..rules.statutory import list_years
from .occurrences import CHINA_OFFSET, COUNTED_FINDINGS

BANDS: Sequence[TimeBand] = tuple(TimeBand)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Exposure:
    """`visits` and `hits` are cells × `BANDS`. Parts of a walk are parts of a visit, so these are no integers."""

    visits: Floats
    hits: Floats

    @property
    def total(self) -> Floats:
        """Visits of each cell in all bands."""
        return np.asarray(self.visits.sum(axis=1))

    @property
    def found(self) -> Floats:
        """Of these, how many found something."""
        return np.asarray(self.hits.sum(axis=1))

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Cells in which anybody was: only there does silence mean something."""
        return self.total > 0


def read_exposure(
    session: Session, county: str, grid: Grid, since: datetime, until: datetime, known_at: datetime | None = None
) -> Exposure:
    """Visits that ended from `since` until before `until`. As of `known_at`: those that had arrived by then, and
    findings that had been confirmed.
    """
    calendar = calendar_of(list_years(session, county), _periods(session, county))
    visits, hits = np.zeros((len(grid), len(BANDS))), np.zeros((len(grid), len(BANDS)))
    values = {
        "county": county,
        "since": since,
        "until": until,
        "known_at": known_at,
        "standing": [state.value for state in COUNTED_FINDINGS],
        "own": CheckKind.SELF.value,
        "outside": Fence.OUTSIDE.value,
    }
    checks = read_columns(session, CHECKS_THEN if known_at else CHECKS_NOW, COLUMNS, values)
    cell = grid.assign(checks["lon"], checks["lat"])
    band = bands_of(calendar, EPOCH + checks["at"].astype("timedelta64[us]"), since, until)
    here = cell >= 0
    for table, field in ((visits, "visit"), (hits, "hit")):
        np.add.at(table, (cell[here], band[here]), checks[field][here].astype(float))
    _add_walks(session, county, grid, since, until, known_at, visits)
    return Exposure(visits, hits)


def bands_of(
    calendar: Calendar, at: NDArray[np.datetime64], since: datetime, until: datetime
) -> NDArray[np.int64]:
    """The index in `BANDS` of each moment (UTC) of a period. A day has at most two: before 18:00, and after."""
    first = day_of(since)
    days = (day_of(until) - first).days + 1
    by_day = np.array([_bands_of_day(calendar, first + timedelta(days=n)) for n in range(days)], dtype=np.int64)
    local = at + np.timedelta64(CHINA_OFFSET)
    day = local.astype("datetime64[D]")
    hour = (local - day).astype("timedelta64[h]").astype(np.int64)
    number = (day - np.datetime64(first)).astype(np.int64)
    return np.asarray(by_day[number, (hour >= EVENING_FROM).astype(np.int64)])


def _bands_of_day(calendar: Calendar, day: date) -> tuple[int, int]:
    noon, night = (datetime(day.year, day.month, day.day, hour, tzinfo=CHINA) for hour in (12, EVENING_FROM))
    return BANDS.index(band_at(calendar, noon)), BANDS.index(band_at(calendar, night))


def _add_walks(
    session: Session,
    county: str,
    grid: Grid,
    since: datetime,
    until: datetime,
    known_at: datetime | None,
    visits: Floats,
) -> None:
    walks = _walks(session, county, since, until, known_at)
    if not walks:
        return
    shapes = shapely.from_wkb([bytes(boundary) for boundary, *_ in walks])
    count = np.zeros((len(walks), len(BANDS)))
    for row, (_, *by_band) in enumerate(walks):
        count[row] = by_band
    visits += overlap_shares(shapes, grid.polygons).T @ count


def _walks(
    session: Session, county: str, since: datetime, until: datetime, known_at: datetime | None
) -> Sequence[Any]:
    """The shape of each walked cell, and how often it was walked in each band."""
    walked = select(
        CanvassVisit.cell_id,
        *(func.count().filter(CanvassVisit.band == band).label(band.value) for band in BANDS),
    ).where(
        CanvassVisit.county == county,
        CanvassVisit.cell_id.is_not(None),
        CanvassVisit.device_finished_at >= since,
        CanvassVisit.device_finished_at < until,
        CanvassVisit.outcome != VisitOutcome.NO_ACCESS,
        CanvassVisit.fence != Fence.OUTSIDE,
    )
    if known_at:
        walked = walked.where(CanvassVisit.received_at <= known_at)
    counted = walked.group_by(CanvassVisit.cell_id).subquery()
    numbers = [counted.c[band.value] for band in BANDS]
    return session.execute(
        select(func.ST_AsBinary(GridCell.boundary), *numbers)
        .join(counted, counted.c.cell_id == GridCell.id)
        .where(GridCell.county == county)
        .order_by(GridCell.id)
    ).all()


def _periods(session: Session, county: str) -> Sequence[SchoolPeriod]:
    return session.scalars(select(SchoolPeriod).where(SchoolPeriod.county == county)).all()


COLUMNS = {"lon": ">f8", "lat": ">f8", "at": ">i8", "visit": ">i2", "hit": ">i2"}
_CHECKS = """
    select ST_X(s.location), ST_Y(s.location), c.device_finished_at,
        (noticed.id is null)::int::int2, (found.check_id is not null)::int::int2
    from checks c join sites s on s.county = c.county and s.id = c.site_id
    left join (
        select distinct unnest(lead_ids) as id from canvass_visits where county = %(county)s
    ) as noticed on noticed.id = c.id
    left join (
        select distinct check_id from findings
        where county = %(county)s and state = any(%(standing)s) and check_id is not null {confirmed}
    ) as found on found.check_id = c.id
    where c.county = %(county)s and c.device_finished_at >= %(since)s and c.device_finished_at < %(until)s
        and c.kind <> %(own)s and c.fence <> %(outside)s and s.location is not null {arrived}
"""
CHECKS_NOW = _CHECKS.format(confirmed="", arrived="")
CHECKS_THEN = _CHECKS.format(
    confirmed="and confirmed_at <= %(known_at)s", arrived="and c.received_at <= %(known_at)s"
)
