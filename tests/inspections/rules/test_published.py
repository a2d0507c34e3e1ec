"""The public library's reading of the State Council's notices, held against our own table of the same years."""

from datetime import date, timedelta

import pytest

from inspections.rules.calendar import Calendar, DayKind, calendar_of
from inspections.rules.published import published_years
from inspections.rules.statutory import StatutoryYear, list_years
from tests.factories import COUNTY


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range(366) if (first + timedelta(days=n)).year == year]


def test_our_table_and_the_library_say_the_same_of_each_day(session) -> None:
    ours = Calendar(calendar_of(list_years(session, COUNTY), ()).years)
    own = {row.year for row in list_years(session, COUNTY)}
    library = Calendar(published_years())
    assert own >= {2021, 2022, 2023, 2024, 2025, 2026}
    differing = [day for year in sorted(own) for day in days_of(year) if ours.kind_of(day) != library.kind_of(day)]
    assert differing == []


def test_a_year_that_only_the_library_knows_is_known() -> None:
    calendar = calendar_of([], [])
    assert calendar.kind_of(date(2018, 10, 1)) is DayKind.HOLIDAY
    assert calendar.kind_of(date(2018, 9, 29)) is DayKind.MAKE_UP
    assert calendar.holiday_on(date(2018, 9, 24)) == "中秋节"


def test_a_year_that_nobody_published_stays_unknown() -> None:
    year = max(published_years()) + 1
    assert calendar_of([], []).kind_of(date(year, 10, 1)) is DayKind.UNKNOWN


@pytest.mark.parametrize("year", [2018, 2099])
def test_what_was_entered_from_the_notice_stands_before_the_library(year: int) -> None:
    off = {f"{year}-06-06": "端午节"}
    entered = StatutoryYear(region=COUNTY, year=year, source="国办发明电", off=off, work={})
    calendar = calendar_of([entered], [])
    assert calendar.years[year].source == "国办发明电"
    assert calendar.kind_of(date(year, 6, 6)) is DayKind.HOLIDAY
    assert calendar.kind_of(date(year, 10, 1)) is not DayKind.HOLIDAY
