"""The hours to go: for each site and day the two in which something most likely goes on and a visit can be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from ...days import CHINA
from ...errors import Message, say
from ..risk.history import read_history
from .day_types import TYPES, TypedDay, typed
from .evidence import SPAN_DAYS
from .profiles import Profiles, county_calendar, profiles_at
from .shares import HOURS, Floats, best_window

LENGTH_HOURS = 2
# Nobody is visited before 08:00 or after 21:00: officers enter no home at night (行政检查 in daily hours)
POSSIBLE_HOURS = range(8, 21)


@dataclass(frozen=True)
class Window:
    """From `start_hour` until before `end_hour` of a day in China. `share` is the part of the day's 24 hours;
    `rate` compares days: how likely the window is against the same length at any time of the year.
    """

    day: date
    start_hour: int
    end_hour: int
    share: float
    rate: float
    words: Message
    doubts: tuple[Message, ...]
    label: Message


def site_windows(
    session: Session,
    county: str,
    site_ids: Iterable[UUID],
    days: Sequence[date],
    as_of: datetime | None = None,
) -> dict[UUID, list[Window]]:
    """For each site that has a place and is no school, a window for each day. `as_of`: what was known then, by
    default the beginning of the first day.
    """
    wanted = set(site_ids)
    if not days or not wanted:
        return {}
    history = read_history(session, county, as_of or datetime.combine(min(days), time(), CHINA))
    profiles = profiles_at(session, county, history)
    calendar = county_calendar(session, county)
    coming = [typed(calendar, day) for day in days]
    return {
        site_id: [window_of(profiles.rates[row], day) for day in coming]
        for row, site_id in enumerate(history.sites.ids)
        if site_id in wanted
    }


def window(profiles: Profiles, row: int, day: TypedDay) -> Window:
    return window_of(profiles.rates[row], day)


def window_of(rates: Floats, day: TypedDay) -> Window:
    """The window of a day by a profile of SLOTS."""
    hours = hours_of(rates, day)
    start, share = best_window(hours, LENGTH_HOURS, POSSIBLE_HOURS)
    end = start + LENGTH_HOURS
    rate = float(hours[start:end].sum()) * SPAN_DAYS * HOURS / LENGTH_HOURS
    words = say(
        "{day} {kind} {start}:00–{end}:00 最可能，约占当天的 {percent}%",
        day=f"{day.day:%m-%d}",
        kind=day.label,
        start=start,
        end=end,
        percent=round(100 * share),
    )
    return Window(day.day, start, end, share, rate, words, day.doubts, day.label)


def hours_of(rates: Floats, day: TypedDay) -> Floats:
    """The 24 hours of a day by a profile of SLOTS."""
    return np.asarray(rates.reshape(len(TYPES), HOURS)[list(day.types)].mean(axis=0))


def basis_words(own: float, near: float, county: float, untimed: int) -> Message:
    """What a profile rests on, in words."""
    return say(
        "依据：本点位 {own} 次、所在一平方公里 {near} 次、全县 {county} 次有时间的线索和查实检查；"
        "没有写明发生时间的 {untimed} 条线索不计入",
        own=round(own),
        near=round(near),
        county=round(county),
        untimed=untimed,
    )
