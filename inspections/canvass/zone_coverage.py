"""Responsibility zones: each school once a month, and which are due.

A month is one of the calendar. Nothing falls due in a month that is vacation from its first day to its last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from ..access import own_township, require
from ..days import day_of
from ..field.checks import CheckKind
from ..registry.people import Person
from ..rules.calendar import VACATIONS, Calendar, read_calendar
from .coverage import Level

# Checks that an officer made at the school: what it says of itself is none, nor a walk past
VISITS = tuple(kind.value for kind in CheckKind if kind not in (CheckKind.SELF, CheckKind.CANVASS))
TOLD = 6


@dataclass(frozen=True)
class SchoolVisit:
    id: UUID
    at: datetime
    kind: CheckKind
    who: str


@dataclass(frozen=True)
class ZoneSchool:
    """A school, its zone and inspector, and the latest visits to it, newest first."""

    id: UUID
    name: str
    zone: str
    inspector: str
    township: str
    lon: float
    lat: float
    visits: tuple[SchoolVisit, ...]
    level: Level


@dataclass(frozen=True)
class ZoneCoverage:
    schools: Sequence[ZoneSchool]
    outlines: Sequence[BaseGeometry]


def read_zones(session: Session, person: Person, now: datetime) -> ZoneCoverage:
    """The schools that a person sees: visited this month, due this month, overdue since one before, or never."""
    require(person, "coverage.see")
    values = {"county": person.county, "townships": own_township(person), "kinds": list(VISITS), "told": TOLD}
    visits: dict[UUID, list[SchoolVisit]] = {}
    for row in session.execute(SCHOOL_VISITS, values):
        kind = next(each for each in CheckKind if each == row.kind)
        visits.setdefault(row.site_id, []).append(SchoolVisit(row.id, row.at, kind, row.who or ""))
    since = _due_since(read_calendar(session, person), day_of(now))
    schools = [_school(row, visits.get(row.id, []), since) for row in session.execute(SCHOOLS, values)]
    outlines = [shapely.from_wkb(bytes(shape)) for shape in session.scalars(OUTLINES, values)]
    return ZoneCoverage(schools, outlines)


def _school(row: Any, visits: list[SchoolVisit], since: tuple[date, date]) -> ZoneSchool:
    return ZoneSchool(
        row.id, row.name, row.zone or "", row.inspector or "", row.township or "", row.lon, row.lat,
        tuple(visits), level_of(visits[0].at if visits else None, since),
    )  # fmt: skip


def level_of(last: datetime | None, since: tuple[date, date]) -> Level:
    """`since` are the first days of the present month of visits and of the one before."""
    if last is None:
        return Level.NEVER
    present, before = since
    day = day_of(last)
    return Level.WALKED if day >= present else Level.SOON if day >= before else Level.OVERDUE


def _due_since(calendar: Calendar, today: date) -> tuple[date, date]:
    """The latest two months with a day of term, the present one included."""
    months: list[date] = []
    first = today.replace(day=1)
    for _ in range(12):
        if not _is_vacation(calendar, first):
            months.append(first)
        if len(months) == 2:
            break
        first = (first - timedelta(days=1)).replace(day=1)
    return (months[0], months[1]) if len(months) == 2 else (first, first)


def _is_vacation(calendar: Calendar, first: date) -> bool:
    day = first
    while day.month == first.month:
        period = calendar.period_of(day)
        if period is None or period.kind not in VACATIONS:
            return False
        day += timedelta(days=1)
    return True


GROUND = """
    s.county = :county and s.kind = 'school' and s.location is not null
    and (cast(:townships as uuid[]) is null or s.township_id = any(cast(:townships as uuid[])))
"""
SCHOOLS = text(
    f"""
    select s.id, s.name, z.name as zone, p.name as inspector, a.name as township,
        st_x(s.location) as lon, st_y(s.location) as lat
    from sites s
    left join zones z on z.county = s.county and z.id = s.zone_id
    left join people p on p.county = z.county and p.id = z.inspector_id
    left join areas a on a.county = s.county and a.id = s.township_id
    where {GROUND} order by z.name, s.name, s.id
    """  # noqa: S608 - constants
)
SCHOOL_VISITS = text(
    f"""
    select s.id as site_id, v.id, v.at, v.kind, p.name as who
    from sites s
    cross join lateral (
        select id, device_finished_at as at, kind, person_id from checks
        where county = s.county and site_id = s.id and kind = any(:kinds)
        order by device_finished_at desc limit :told
    ) v
    left join people p on p.county = s.county and p.id = v.person_id
    where {GROUND} order by s.id, v.at desc
    """  # noqa: S608 - constants
)
OUTLINES = text(
    "select st_asbinary(boundary) from zones where county = :county and boundary is not null order by name"
)
