"""Periods with a name: years, school years, terms, quarters and months.

A key names one in an address: `2026`, `2026-Q3`, `2026-09`, and `S2026`, the school year that begins in September
of 2026.
"""

import calendar
import re
from datetime import date, timedelta
from typing import NamedTuple

from ...errors import Message, say

KEY = re.compile(r"(?P<school>S?)(?P<year>20\d\d)(?:-(?:Q(?P<quarter>[1-4])|(?P<month>\d\d)))?")
QUARTERS = (say("第一季度"), say("第二季度"), say("第三季度"), say("第四季度"))


class Named(NamedTuple):
    """A period, both ends included."""

    key: str
    label: Message
    first: date
    last: date


def period_of(key: str) -> Named | None:
    """The period of a key; None if there is none such."""
    found = KEY.fullmatch(key)
    if not found or (found["school"] and (found["quarter"] or found["month"])):
        return None
    year = int(found["year"])
    if found["school"]:
        return school_year(year)
    if found["quarter"]:
        return quarter(year, int(found["quarter"]))
    if found["month"]:
        return month(year, int(found["month"])) if 1 <= int(found["month"]) <= 12 else None
    return whole_year(year)


def whole_year(year: int) -> Named:
    return Named(f"{year}", say("{year} 年", year=year), date(year, 1, 1), date(year, 12, 31))


def school_year(year: int) -> Named:
    label = say("{year}—{next} 学年", year=year, next=year + 1)
    return Named(f"S{year}", label, date(year, 9, 1), date(year + 1, 8, 31))


def quarter(year: int, number: int) -> Named:
    first = date(year, 3 * number - 2, 1)
    label = say("{year} 年{quarter}", year=year, quarter=QUARTERS[number - 1])
    return Named(f"{year}-Q{number}", label, first, month_end(year, 3 * number))


def month(year: int, number: int) -> Named:
    label = say("{year} 年 {month} 月", year=year, month=number)
    return Named(f"{year}-{number:02}", label, date(year, number, 1), month_end(year, number))


def month_end(year: int, number: int) -> date:
    return date(year, number, calendar.monthrange(year, number)[1])


def named(first: date, last: date) -> Message:
    """A period in words: by its name where it is a whole year, school year, quarter or month."""
    whole = [whole_year(first.year), school_year(first.year), month(first.year, first.month)]
    whole += [quarter(first.year, (first.month + 2) // 3)]
    for each in whole:
        if (each.first, each.last) == (first, last):
            return each.label
    return say("{first} 至 {last}", first=first.isoformat(), last=last.isoformat())


def before(first: date, last: date) -> tuple[date, date]:
    """The period of the same kind before it: the month before a month, the same number of days before others."""
    if first.day == 1 and last == month_end(last.year, last.month):
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        year, number = divmod(first.year * 12 + first.month - 1 - months, 12)
        return date(year, number + 1, 1), first - timedelta(days=1)
    return first - (last - first) - timedelta(days=1), first - timedelta(days=1)


def year_before(first: date, last: date) -> tuple[date, date]:
    """The same days a year earlier."""
    return _a_year_earlier(first), _a_year_earlier(last)


def _a_year_earlier(day: date) -> date:
    if day == month_end(day.year, day.month):
        return month_end(day.year - 1, day.month)
    return day.replace(year=day.year - 1)
