"""Deadlines in working days, by the statutory calendar with its make-up days.

The day of service isn't counted (民法典 art. 201; 行政处罚法 art. 85: working days only). In a year whose calendar
isn't published the days are counted from Monday to Friday, and the deadline says that it is provisional.
"""

from datetime import date, timedelta
from typing import NamedTuple

from ..errors import Invalid, Message, say
from ..rules.calendar import Calendar, DayKind

MOST_DAYS = 120
WORKED = {DayKind.WORKDAY, DayKind.MAKE_UP}


class Deadline(NamedTuple):
    """A day, and the first year that had to be guessed on the way to it, if any."""

    on: date
    unpublished: int | None = None

    @property
    def is_provisional(self) -> bool:
        return self.unpublished is not None

    @property
    def warning(self) -> Message | None:
        if self.unpublished is None:
            return None
        return say(
            "{year} 年的放假安排尚未公布或未录入，{day} 是按周一至周五推算的，公布后请重新计算",
            year=self.unpublished,
            day=self.on.isoformat(),
        )


def working_days_after(calendar: Calendar, day: date, n: int) -> Deadline:
    """The n-th working day after a day, which isn't counted itself."""
    unpublished = None
    while n:
        day += timedelta(days=1)
        kind = calendar.kind_of(day)
        if kind is DayKind.UNKNOWN:
            unpublished = unpublished or day.year
        n -= is_worked(kind, day)
    return Deadline(day, unpublished)


class Stretch(NamedTuple):
    """Working days in a row of days, and the first year that had to be guessed, if any."""

    days: int
    unpublished: int | None = None


def working_days_in(calendar: Calendar, after: date, until: date) -> Stretch:
    """How many working days lie after a day and up to another, which is counted."""
    count, unpublished = 0, None
    while after < until:
        after += timedelta(days=1)
        kind = calendar.kind_of(after)
        if kind is DayKind.UNKNOWN:
            unpublished = unpublished or after.year
        count += is_worked(kind, after)
    return Stretch(count, unpublished)


def is_worked(kind: DayKind, day: date) -> bool:
    return kind in WORKED or (kind is DayKind.UNKNOWN and day.weekday() < 5)


def working_days_before(calendar: Calendar, day: date, n: int) -> Deadline:
    """The n-th working day before a day, which isn't counted itself."""
    unpublished = None
    while n:
        day -= timedelta(days=1)
        kind = calendar.kind_of(day)
        if kind is DayKind.UNKNOWN:
            unpublished = unpublished or day.year
        n -= is_worked(kind, day)
    return Deadline(day, unpublished)


def fixed(calendar: Calendar, day: date) -> Deadline:
    """A day that somebody chose. Raises Invalid, naming the next working day, for one on which nobody works."""
    kind = calendar.kind_of(day)
    if kind is DayKind.UNKNOWN:
        return Deadline(day, day.year)
    if kind not in WORKED:
        raise Invalid(
            {
                "due_on": say(
                    "{day} 是{kind}，请改为工作日，例如 {next}",
                    day=day.isoformat(),
                    kind=kind.label,
                    next=working_days_after(calendar, day, 1).on.isoformat(),
                )
            }
        )
    return Deadline(day)
