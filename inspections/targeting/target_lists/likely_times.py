"""The likeliest times of sites in a list's days, with their strip of hours."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ...rules.calendar import DayKind, working_calendar
from .placing import Likely

HOURS = 24
LONG = 3  # hours of a window
LEAST_SEEN = 10  # problems, from which their hours say something
USUAL_START = {True: 18, False: 14}  # workdays and other days, while nothing is known


class Time(NamedTuple):
    """A window, and how likely each hour of its day is, as shares that sum to 1."""

    likely: Likely
    strip: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.likely.day.isoformat(),
            "start": self.likely.start_hour,
            "end": self.likely.end_hour,
            "share": round(self.likely.share, 4),
            "strip": [round(each, 4) for each in self.strip],
        }


def likely_times(
    session: Session, county: str, site_ids: Sequence[UUID], days: Sequence[date]
) -> dict[UUID, list[Time]]:
    """For each site one window a day, by the hours at which problems were found in the county."""
    calendar = working_calendar(session, county)
    counts = {True: [0.0] * HOURS, False: [0.0] * HOURS}
    for day, hour, n in session.execute(FOUND, {"county": county}):
        counts[_is_workday(calendar.kind_of(day), day)][int(hour)] += n
    found = [_time(counts, day, _is_workday(calendar.kind_of(day), day)) for day in days]
    return dict.fromkeys(site_ids, found)


def _time(counts: dict[bool, list[float]], day: date, is_workday: bool) -> Time:
    hours = counts[is_workday]
    if sum(hours) < LEAST_SEEN:
        start = USUAL_START[is_workday]
        hours = [float(start <= hour < start + LONG) for hour in range(HOURS)]
    else:
        start = max(range(HOURS - LONG + 1), key=lambda hour: (sum(hours[hour : hour + LONG]), -hour))
    share = sum(hours[start : start + LONG]) / sum(hours)
    total = sum(hours)
    return Time(Likely(day, start, start + LONG, share), tuple(each / total for each in hours))


def _is_workday(kind: DayKind, day: date) -> bool:
    return kind in (DayKind.WORKDAY, DayKind.MAKE_UP) or (kind is DayKind.UNKNOWN and day.weekday() < 5)


FOUND = text(
    """
    select (c.device_started_at at time zone 'Asia/Shanghai')::date as day,
        extract(hour from c.device_started_at at time zone 'Asia/Shanghai') as hour, count(*)
    from findings f join checks c on c.county = f.county and c.id = f.check_id
    where f.county = :county and f.state <> 'rejected' group by 1, 2
    """
)
