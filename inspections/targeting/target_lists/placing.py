"""Days, teams and the order of stops: each visit near its likeliest time, the stops of a day near each other.

A visit takes the slot that gives it the most of its likely time, less a little for each minute of way. What has
few good slots chooses first; nothing depends on the order in which visits are given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

import numpy as np

from .choosing import metres
from .plan import Plan

SHARE_OF_A_MINUTE = 0.004  # of likely time that a minute of way is worth: half an hour for an eighth
SHARE_OF_A_TRIP = 0.15  # a team that goes out for one visit is worth less than one that makes a round
TOWN_BONUS = 0.05  # stops of one township are one trip


class Likely(NamedTuple):
    """A time of a day, in whole hours, that holds `share` of what is likely at a site in that week."""

    day: date
    start_hour: int
    end_hour: int
    share: float


class Stop(NamedTuple):
    key: UUID
    lon: float
    lat: float
    town: int
    minutes: int
    is_firm: bool
    likely: Sequence[Likely]


class Placed(NamedTuple):
    day: date
    team: int
    stop: int
    travel_minutes: float
    likely: Likely


@dataclass
class _Day:
    """One team's day: from the first visit's hour on it has `minutes_per_day`."""

    day: date
    team: int
    stops: list[tuple[Stop, Likely]] = field(default_factory=list)


class _Ways:
    """Minutes on the way between any two stops."""

    def __init__(self, stops: Sequence[Stop], plan: Plan) -> None:
        x, y = metres(np.array([each.lon for each in stops]), np.array([each.lat for each in stops]))
        away = np.hypot(x[:, None] - x, y[:, None] - y) if len(stops) else np.zeros((0, 0))
        self._minutes = plan.travel_minutes(1.0) * away
        self._row = {each.key: row for row, each in enumerate(stops)}

    def between(self, one: Stop, other: Stop) -> float:
        return float(self._minutes[self._row[one.key], self._row[other.key]])

    def route(self, stops: Sequence[tuple[Stop, Likely]]) -> list[tuple[Stop, Likely, float]]:
        """By the hour of their windows, then always to the nearest; with the minutes on the way to each."""
        left = sorted(stops, key=lambda each: (each[1].start_hour, each[0].key))
        found: list[tuple[Stop, Likely, float]] = []
        while left:
            hour = left[0][1].start_hour
            same = [each for each in left if each[1].start_hour == hour]
            here = found[-1][0] if found else None
            chosen = min(same, key=lambda each: (self.between(here, each[0]) if here else 0.0, each[0].key))
            found.append((*chosen, self.between(here, chosen[0]) if here else 0.0))
            left.remove(chosen)
        return found


def place(
    stops: Iterable[Stop], plan: Plan, days: Sequence[date], taken: Sequence[tuple[Stop, Placed]] = ()
) -> dict[UUID, Placed]:
    """A slot for each stop that one is found for. Firm stops, which must be visited, choose before the others.

    What is `taken` stays where it is and comes back with its place in the order of stops.
    """
    given = sorted(stops, key=lambda each: (not each.is_firm, _choice_of_days(each), each.key))
    ways = _Ways([*given, *(stop for stop, _ in taken)], plan)
    slots = [_Day(day, team) for day in days for team in range(1, plan.teams + 1)]
    for slot in slots:
        slot.stops += [(stop, at.likely) for stop, at in taken if (at.day, at.team) == (slot.day, slot.team)]
    for stop in given:
        ranked = [
            (-_worth(slot, stop, likely, plan, ways), slot.day, slot.team, likely.start_hour, slot, likely)
            for slot in slots
            for likely in stop.likely
            if likely.day == slot.day and _fits(slot, stop, likely, plan, ways)
        ]
        if ranked:
            *_, slot, likely = min(ranked, key=lambda each: each[:4])
            slot.stops.append((stop, likely))
    return _written(slots, ways)


def _choice_of_days(stop: Stop) -> float:
    """How much is lost if the best slot is gone: those with the most to lose are negative and large."""
    shares = sorted((each.share for each in stop.likely), reverse=True)
    return round((shares[1] if len(shares) > 1 else 0.0) - shares[0], 9) if shares else 0.0


def _worth(slot: _Day, stop: Stop, likely: Likely, plan: Plan, ways: _Ways) -> float:
    if not slot.stops:
        return round(likely.share - SHARE_OF_A_TRIP, 9)
    way = min(ways.between(stop, other) for other, _ in slot.stops)
    same_town = any(other.town == stop.town for other, _ in slot.stops)
    return round(likely.share - SHARE_OF_A_MINUTE * way + TOWN_BONUS * same_town, 9)


def _fits(slot: _Day, stop: Stop, likely: Likely, plan: Plan, ways: _Ways) -> bool:
    if len(slot.stops) >= plan.visits_per_day:
        return False
    with_it = [*slot.stops, (stop, likely)]
    start = min(each.start_hour for _, each in with_it)
    end = start + plan.minutes_per_day / 60
    if any(each.start_hour >= end for _, each in with_it):  # its likely time begins after the shift has ended
        return False
    needed = sum(each.minutes for each, _ in with_it) + sum(way for *_, way in ways.route(with_it))
    return needed <= plan.minutes_per_day


def _written(slots: Sequence[_Day], ways: _Ways) -> dict[UUID, Placed]:
    placed: dict[UUID, Placed] = {}
    for slot in slots:
        for n, (stop, likely, way) in enumerate(ways.route(slot.stops), start=1):
            placed[stop.key] = Placed(slot.day, slot.team, n, round(way, 1), likely)
    return placed


def used_minutes(placed: Mapping[UUID, Placed], minutes: Mapping[UUID, int]) -> dict[tuple[date, int], float]:
    """Minutes of each team's day, ways included."""
    used: dict[tuple[date, int], float] = {}
    for key, each in placed.items():
        used[each.day, each.team] = used.get((each.day, each.team), 0.0) + minutes[key] + each.travel_minutes
    return used
