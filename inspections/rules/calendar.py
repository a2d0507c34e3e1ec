"""What a day is: worked or off by the State Council's calendar, in term or vacation by the county's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from ..errors import Message, say
from ..registry.people import Person
from ..vocabulary import Choice
from .judging import GAPS
from .published import Year, published_years
from .school_year import PeriodKind, SchoolPeriod, list_periods
from .statutory import StatutoryYear, list_years
from .subjects import Rest


class DayKind(Choice):
    WORKDAY = "workday", say("工作日")
    MAKE_UP = "make_up", say("调休上班")
    WEEKEND = "weekend", say("周末")
    HOLIDAY = "holiday", say("法定节假日")
    UNKNOWN = "unknown", say("放假安排未公布")


class Period(NamedTuple):
    kind: PeriodKind
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Calendar:
    """Both calendars of a county, read once and then asked for any number of days."""

    years: Mapping[int, Year] = field(default_factory=dict)
    periods: tuple[Period, ...] = ()
    _facts: dict[date, dict[str, Any]] = field(default_factory=dict, compare=False, repr=False)

    def kind_of(self, day: date) -> DayKind:
        """What the statutory calendar says of a day; unknown in a year whose calendar isn't published."""
        # A notice may reach into the December before its year
        editions = [year for year in (self.years.get(day.year), self.years.get(day.year + 1)) if year]
        text = day.isoformat()
        if any(text in year.off for year in editions):
            return DayKind.HOLIDAY
        if any(text in year.work for year in editions):
            return DayKind.MAKE_UP
        if day.year not in self.years:
            return DayKind.UNKNOWN
        return DayKind.WEEKEND if day.weekday() > 4 else DayKind.WORKDAY

    def holiday_on(self, day: date) -> str:
        """The name of the holiday that a day off, or a day worked for it, belongs to."""
        text = day.isoformat()
        for year in (self.years.get(day.year), self.years.get(day.year + 1)):
            if year and (name := year.off.get(text) or year.work.get(text)):
                return name
        return ""

    def period_of(self, day: date) -> Period | None:
        return next((each for each in self.periods if each.first_day <= day <= each.last_day), None)


RESTS = {DayKind.HOLIDAY: Rest.HOLIDAY, DayKind.WEEKEND: Rest.WEEKEND}
VACATIONS = {PeriodKind.WINTER: Rest.WINTER, PeriodKind.SUMMER: Rest.SUMMER}


def day_facts(calendar: Calendar, day: date) -> dict[str, Any]:
    """The fact `rest`: why the day is none of teaching; under `rest_gaps` what is not known of it, in words."""
    known = calendar._facts
    if day not in known:
        known[day] = _day_facts(calendar, day)
    return known[day]


def _day_facts(calendar: Calendar, day: date) -> dict[str, Any]:
    kind, period = calendar.kind_of(day), calendar.period_of(day)
    rests: list[str] = []
    gaps: list[Message] = []
    if kind is DayKind.UNKNOWN:
        gaps.append(
            say("{year} 年的放假安排尚未公布或未录入，无法判断 {day} 是否放假", year=day.year, day=day.isoformat())
        )
    elif rest := RESTS.get(kind):
        rests.append(rest.value)
    if period is None:
        gaps.append(say("本县校历没有 {day} 所在的学期或假期，请先在校历中登记", day=day.isoformat()))
    elif vacation := VACATIONS.get(period.kind):
        rests.append(vacation.value)
    return {"rest": rests, "rest" + GAPS: [[gap.template, gap.values] for gap in gaps]}


def read_calendar(session: Session, person: Person) -> Calendar:
    return calendar_of(list_years(session, person.county), list_periods(session, person))


def working_calendar(session: Session, county: str) -> Calendar:
    """Days worked and days off, without the terms of the county: enough to count deadlines, whoever asks."""
    return calendar_of(list_years(session, county), ())


def calendar_of(years: Iterable[StatutoryYear], periods: Iterable[SchoolPeriod]) -> Calendar:
    """Our own years, and what was entered, stand before those of the public library."""
    return Calendar(
        {**published_years(), **{row.year: Year(row.source, row.off, row.work) for row in years}},
        tuple(Period(row.kind, row.first_day, row.last_day) for row in periods),
    )
