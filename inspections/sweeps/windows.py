"""The hours of a sweep against the hours in which something goes on at its sites, day by day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..days import CHINA
from ..errors import Message, say
from ..rules.calendar import DayKind
from ..targeting.risk.history import read_history
from ..targeting.risk.models import RiskScoring, SiteRiskRow
from ..targeting.risk.rescoring import rates_of
from ..targeting.when.day_types import TypedDay, typed
from ..targeting.when.evidence import SPAN_DAYS
from ..targeting.when.profiles import county_calendar, profiles_at
from ..targeting.when.shares import HOURS, Floats
from ..targeting.when.windows import POSSIBLE_HOURS, hours_of, window_of

Profiles = Mapping[UUID, Floats]


@dataclass(frozen=True)
class Hours:
    """When a sweep is on: moments, and for each of its days which part of each hour (24 numbers from 0 to 1)."""

    starts_at: datetime
    ends_at: datetime

    @property
    def parts(self) -> list[tuple[date, Floats]]:
        first, last = (moment.astimezone(CHINA) for moment in (self.starts_at, self.ends_at))
        found, day = [], first.date()
        while day <= last.date():
            found.append((day, self._of(day)))
            day += timedelta(days=1)
        return [(each, parts) for each, parts in found if parts.any()]

    def _of(self, day: date) -> Floats:
        midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA)
        edges = [midnight + timedelta(hours=hour) for hour in range(HOURS + 1)]
        seconds = [
            max(0.0, (min(b, self.ends_at) - max(a, self.starts_at)).total_seconds()) for a, b in pairwise(edges)
        ]
        return np.array(seconds) / 3600


@dataclass(frozen=True)
class Likely:
    """A site's hours on the day of a sweep. `share` is the part of the day's activity from `start` to `end`, the
    likeliest two hours; `inside` the part within the sweep's hours; `rate` compares the sweep's hours with the
    mean hour of the year (1: as likely as ever). `strip` sums to 1.
    """

    day: date
    start: int
    end: int
    share: float
    inside: float
    rate: float
    strip: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "start": self.start,
            "end": self.end,
            "share": round(self.share, 4),
            "inside": round(self.inside, 4),
            "rate": round(self.rate, 3),
            "strip": [round(each, 4) for each in self.strip],
        }


def profiles_of(session: Session, county: str, site_ids: Iterable[UUID], now: datetime) -> Profiles:
    """The kept profiles of hours; computed where none were ever kept. Sites without any are left out."""
    wanted = set(site_ids)
    if session.get(RiskScoring, county) is None:
        return _computed(session, county, wanted, now)
    query = select(SiteRiskRow).where(SiteRiskRow.county == county, SiteRiskRow.site_id.in_(wanted))
    return {row.site_id: rates_of(row) for row in session.scalars(query)}


def _computed(session: Session, county: str, wanted: set[UUID], now: datetime) -> Profiles:
    history = read_history(session, county, now)
    profiles = profiles_at(session, county, history)
    return {each: profiles.rates[row] for row, each in enumerate(history.sites.ids) if each in wanted}


def likely_of(session: Session, county: str, profiles: Profiles, hours: Hours) -> dict[UUID, Likely]:
    """How likely each site is at work on the first day of a sweep, and within its hours."""
    calendar = county_calendar(session, county)
    days = [(typed(calendar, day), parts) for day, parts in hours.parts]
    return {site_id: _likely(rates, days) for site_id, rates in profiles.items()}


def _likely(rates: Floats, days: Sequence[tuple[TypedDay, Floats]]) -> Likely:
    first = days[0][0]
    strip, best = hours_of(rates, first), window_of(rates, first)
    total = float(strip.sum())
    inside = float((strip * days[0][1]).sum()) / total if total else 0.0
    return Likely(
        first.day,
        best.start_hour,
        best.end_hour,
        best.share,
        inside,
        rate_in(rates, days),
        tuple((strip / total).tolist()) if total else (),
    )


def rate_in(rates: Floats, days: Sequence[tuple[TypedDay, Floats]]) -> float:
    """How likely an hour of a sweep is against the mean hour of the year."""
    hours = sum(float(parts.sum()) for _, parts in days)
    inside = sum(float((hours_of(rates, day) * parts).sum()) for day, parts in days)
    return inside * SPAN_DAYS * HOURS / hours if hours else 0.0


def is_late(hours: Hours) -> bool:
    """Does a sweep reach into hours in which nobody enters a home?"""
    first, last = POSSIBLE_HOURS.start, POSSIBLE_HOURS.stop
    return any(parts[:first].any() or parts[last:].any() for _, parts in hours.parts)


AHEAD_DAYS = 14
MOST_BETTER = 3
WORTH_A_MOVE = 1.15  # a gain that is smaller than the doubt about it is none


@dataclass(frozen=True)
class Better:
    """Other hours of the same length in which more of the sites are likely at work."""

    day: date
    start_hour: int
    end_hour: int
    rate: float
    label: Message
    holiday: str


@dataclass(frozen=True)
class Fit:
    """How the hours of a sweep fit its sites. `rate` is the mean over `known` sites with hours of their own."""

    label: Message
    holiday: str
    doubts: tuple[Message, ...]
    is_late: bool
    rate: float | None
    known: int
    better: tuple[Better, ...]


def fit_of(session: Session, county: str, profiles: Profiles, hours: Hours, now: datetime) -> Fit:
    """The hours of a sweep against its sites, with up to three days of two weeks that would fit better."""
    calendar = county_calendar(session, county)
    days = [(typed(calendar, day), parts) for day, parts in hours.parts]
    first = days[0][0]
    rates = [rate_in(each, days) for each in profiles.values()]
    mean = float(np.mean(rates)) if rates else None
    better = _better(calendar, profiles, hours, mean, now) if mean is not None else ()
    return Fit(first.label, calendar.holiday_on(first.day), first.doubts, is_late(hours), mean, len(rates), better)


def _better(calendar: Any, profiles: Profiles, hours: Hours, mean: float, now: datetime) -> tuple[Better, ...]:
    """Of each coming day the best hours; the best days of these, in the order of time."""
    length = max(1, round((hours.ends_at - hours.starts_at).total_seconds() / 3600))
    if length > len(POSSIBLE_HOURS):
        return ()
    tomorrow = now.astimezone(CHINA).date() + timedelta(days=1)
    total = np.mean(list(profiles.values()), axis=0)
    found = []
    for n in range(AHEAD_DAYS):
        day = typed(calendar, tomorrow + timedelta(days=n))
        strip = hours_of(total, day)
        starts = range(POSSIBLE_HOURS.start, POSSIBLE_HOURS.stop - length + 1)
        start = max(starts, key=lambda hour: float(strip[hour : hour + length].sum()))
        rate = float(strip[start : start + length].sum()) * SPAN_DAYS * HOURS / length
        found.append(Better(day.day, start, start + length, rate, day.label, calendar.holiday_on(day.day)))
    worth = [each for each in found if each.rate > mean * WORTH_A_MOVE]
    best = sorted(worth, key=lambda each: (-each.rate, each.day))[:MOST_BETTER]
    return tuple(sorted(best, key=lambda each: each.day))


class Preset(NamedTuple):
    """Hours that one press fills in. Times are HH:MM."""

    words: Message
    day: date
    meets: str
    starts: str
    ends: str


HOLIDAYS_AHEAD = 60  # days
SATURDAY = 5
EVENING, MORNING = ("18:00", "18:30", "21:00"), ("08:30", "09:00", "11:30")


def presets_of(session: Session, county: str, now: datetime) -> list[Preset]:
    """The next evening of a school day, the next weekend days, and the first day off of the coming two months."""
    calendar = county_calendar(session, county)
    found: dict[str, Preset] = {}
    today = now.astimezone(CHINA).date()
    for ahead in range(1, HOLIDAYS_AHEAD):
        day = today + timedelta(days=ahead)
        kind = calendar.kind_of(day)
        if kind is DayKind.HOLIDAY:
            found.setdefault(
                "holiday", Preset(say("{name}假期上午", name=calendar.holiday_on(day)), day, *MORNING)
            )
        elif kind in (DayKind.WORKDAY, DayKind.MAKE_UP) or day.weekday() < SATURDAY:
            found.setdefault("evening", Preset(say("放学后"), day, *EVENING))
        else:
            weekend = say("周六上午") if day.weekday() == SATURDAY else say("周日上午")
            found.setdefault(f"day {day.weekday()}", Preset(weekend, day, *MORNING))
    return sorted(found.values(), key=lambda preset: preset.day)
