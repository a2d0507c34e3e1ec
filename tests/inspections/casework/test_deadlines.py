from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.casework.deadlines import MOST_DAYS, WORKED, fixed, working_days_after
from inspections.errors import Invalid
from inspections.rules.calendar import Calendar, Year
from inspections.rules.rule_data import read_years

CALENDAR = Calendar({row["year"]: Year(row["source"], row["off"], row["work"]) for row in read_years()})
LAST_YEAR = max(CALENDAR.years)


@pytest.mark.parametrize(
    ("served", "days", "due"),
    [
        ("2026-11-23", 1, "2026-11-24"),
        ("2026-11-20", 1, "2026-11-23"),  # over a weekend
        ("2025-09-26", 3, "2025-09-30"),  # the Sunday of the 28th is worked for National Day
        ("2025-09-30", 1, "2025-10-09"),  # the eight days off
        ("2025-09-30", 3, "2025-10-11"),  # the Saturday of the 11th is worked for it
        ("2026-11-23", 15, "2026-12-14"),
    ],
)
def test_working_days_are_those_of_the_statutory_calendar(served: str, days: int, due: str) -> None:
    found = working_days_after(CALENDAR, date.fromisoformat(served), days)
    assert (found.on.isoformat(), found.unpublished, found.warning) == (due, None, None)


@given(st.dates(date(2022, 1, 1), date(LAST_YEAR, 6, 1)), st.integers(1, 60))
def test_between_service_and_deadline_lie_exactly_so_many_days_worked(served: date, days: int) -> None:
    due = working_days_after(CALENDAR, served, days).on
    passed = [served + timedelta(days=n + 1) for n in range((due - served).days)]
    assert sum(CALENDAR.kind_of(day) in WORKED for day in passed) == days
    assert CALENDAR.kind_of(due) in WORKED


def test_a_deadline_in_a_year_without_a_published_calendar_says_so() -> None:
    found = working_days_after(CALENDAR, date(LAST_YEAR, 12, 31), 5)
    assert found.unpublished == LAST_YEAR + 1
    assert f"{LAST_YEAR + 1} 年的放假安排尚未公布或未录入" in str(found.warning)
    assert fixed(CALENDAR, date(LAST_YEAR + 1, 3, 3)).is_provisional


def test_a_chosen_day_on_which_nobody_works_is_refused_with_the_next_one() -> None:
    with pytest.raises(Invalid, match="2025-10-01 是法定节假日，请改为工作日，例如 2025-10-09"):
        fixed(CALENDAR, date(2025, 10, 1))
    with pytest.raises(Invalid, match="2026-11-21 是周末，请改为工作日，例如 2026-11-23"):
        fixed(CALENDAR, date(2026, 11, 21))
    assert fixed(CALENDAR, date(2025, 9, 28)).on == date(2025, 9, 28)


def test_the_longest_deadline_is_found_without_any_calendar() -> None:
    assert working_days_after(Calendar(), date(2026, 1, 1), MOST_DAYS).is_provisional
