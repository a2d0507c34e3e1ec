"""Periods that a county knows: those with a name, and the terms and vacations of its own calendar.

The key of a term or vacation is its first day: `T2026-09-01`.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import say
from ...rules.school_year import SchoolPeriod
from .periods import Named, month, period_of, quarter, school_year, whole_year

MOST_TERMS = 12


def find_period(session: Session, county: str, key: str) -> Named | None:
    """The period of a key; None if there is none such."""
    if key.startswith("T"):
        return next((each for each in terms(session, county) if each.key == key), None)
    return period_of(key)


def terms(session: Session, county: str) -> list[Named]:
    """Terms and vacations of the county's own calendar, the newest first."""
    query = (
        select(SchoolPeriod)
        .where(SchoolPeriod.county == county)
        .order_by(SchoolPeriod.first_day.desc())
        .limit(MOST_TERMS)
    )
    return [
        Named(
            f"T{each.first_day}",
            say("{kind}（{first} 起）", kind=each.kind.label, first=each.first_day.isoformat()),
            each.first_day,
            each.last_day,
        )
        for each in session.scalars(query)
    ]


def list_periods(session: Session, county: str, today: date) -> list[Named]:
    """Those that have begun and are asked for often, the longest first."""
    began = today.year if today.month >= 9 else today.year - 1
    this_quarter = (today.month - 1) // 3
    quarters = [divmod(today.year * 4 + this_quarter - back, 4) for back in range(6)]
    months = [divmod(today.year * 12 + today.month - 1 - back, 12) for back in range(12)]
    return [
        *(whole_year(today.year - back) for back in range(3)),
        *(school_year(began - back) for back in range(2)),
        *(each for each in terms(session, county) if each.first <= today),
        *(quarter(year, number + 1) for year, number in quarters),
        *(month(year, number + 1) for year, number in months),
    ]
