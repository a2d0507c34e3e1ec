"""What a day is, by the State Council's calendar and the county's."""

from datetime import date
from typing import Any

from inspections.rules.calendar import Calendar, DayKind, Period, Year, day_facts
from inspections.rules.rule_data import read_years
from inspections.rules.school_year import PeriodKind

YEARS: dict[int, Any] = {row["year"]: Year(row["source"], row["off"], row["work"]) for row in read_years()}
AUTUMN = Period(PeriodKind.AUTUMN_TERM, date(2026, 9, 1), date(2027, 1, 22))
SUMMER = Period(PeriodKind.SUMMER, date(2026, 7, 4), date(2026, 8, 31))
CALENDAR = Calendar(YEARS, (AUTUMN, SUMMER))


def gaps(day: date, calendar: Calendar = CALENDAR) -> list[str]:
    return [template.format(**values) for template, values in day_facts(calendar, day)["rest_gaps"]]


def test_a_holiday_in_the_week_is_off_and_a_make_up_saturday_is_worked() -> None:
    assert CALENDAR.kind_of(date(2026, 10, 1)) is DayKind.HOLIDAY
    assert CALENDAR.holiday_on(date(2026, 10, 1)) == "国庆节"
    assert CALENDAR.kind_of(date(2026, 10, 10)) is DayKind.MAKE_UP
    assert CALENDAR.kind_of(date(2026, 11, 21)) is DayKind.WEEKEND
    assert CALENDAR.kind_of(date(2026, 11, 20)) is DayKind.WORKDAY


def test_a_notice_reaches_into_the_december_before_its_year() -> None:
    assert CALENDAR.kind_of(date(2022, 12, 31)) is DayKind.HOLIDAY
    assert CALENDAR.kind_of(date(2023, 1, 2)) is DayKind.HOLIDAY


def test_a_worked_saturday_is_no_rest_day() -> None:
    assert day_facts(CALENDAR, date(2026, 10, 10)) == {"rest": [], "rest_gaps": []}


def test_a_weekend_in_the_summer_is_both() -> None:
    assert day_facts(CALENDAR, date(2026, 8, 1)) == {"rest": ["weekend", "summer"], "rest_gaps": []}


def test_a_year_that_is_not_published_is_an_answer_and_no_guess() -> None:
    assert CALENDAR.kind_of(date(2027, 1, 9)) is DayKind.UNKNOWN
    assert day_facts(CALENDAR, date(2027, 1, 9))["rest"] == []
    assert gaps(date(2027, 1, 9)) == ["2027 年的放假安排尚未公布或未录入，无法判断 2027-01-09 是否放假"]


def test_a_vacation_is_known_though_the_year_is_not_published() -> None:
    winter = Period(PeriodKind.WINTER, date(2027, 1, 23), date(2027, 2, 20))
    facts = day_facts(Calendar(YEARS, (winter,)), date(2027, 2, 1))
    assert facts["rest"] == ["winter"]
    assert facts["rest_gaps"]


def test_a_day_in_no_term_and_no_vacation_is_asked_for() -> None:
    assert gaps(date(2025, 3, 5)) == ["本县校历没有 2025-03-05 所在的学期或假期，请先在校历中登记"]


def test_every_day_worked_in_a_published_year_is_a_weekend_day_and_none_is_off_as_well() -> None:
    for year in YEARS.values():
        assert not year.off.keys() & year.work.keys()
        assert all(date.fromisoformat(day).weekday() > 4 for day in year.work)
        assert {"元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"} == set(year.off.values())
