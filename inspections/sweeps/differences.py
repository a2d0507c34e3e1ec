"""What a new plan changes: which stops moved, which come sooner or later, which teams end at another time."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from .plan import Plan, PlannedVisit

SMALL_S = 300  # a stop that is entered five minutes sooner is where it was


class Change(StrEnum):
    """MOVED to another team; SHIFTED in time with the same one; LEFT_OUT, TAKEN_IN; a team's END; all TRAVEL."""

    MOVED = "moved"
    SHIFTED = "shifted"
    LEFT_OUT = "left_out"
    TAKEN_IN = "taken_in"
    END = "end"
    TRAVEL = "travel"


@dataclass(frozen=True)
class Difference:
    """`minutes`: how much later the stop is entered or the team ends (negative: sooner); for TRAVEL, how much
    longer all teams are on the road. Teams are `from_team` before and `to_team` now.
    """

    change: Change
    stop_id: UUID | None = None
    from_team: UUID | None = None
    to_team: UUID | None = None
    minutes: int = 0


def differences(before: Plan, after: Plan) -> list[Difference]:
    """Stops first, in the order of the plan, then teams, then travel; empty where nothing of note changed."""
    was, now = _entries(before), _entries(after)
    ids = list(dict.fromkeys([*(s.id for s in after.stops), *(s.id for s in before.stops)]))
    found = [each for stop_id in ids if (each := _of_stop(stop_id, was.get(stop_id), now.get(stop_id)))]
    travel = _minutes(travel_s(after) - travel_s(before))
    return [*found, *_ends(before, after), *([Difference(Change.TRAVEL, minutes=travel)] if travel else [])]


def travel_s(plan: Plan) -> int:
    """All teams' time on the road, seconds."""
    return sum(
        int((visit.arrives_at - visit.sets_out_at).total_seconds())
        for route in plan.routes
        for visit in route.visits
    )


Entry = tuple[UUID, PlannedVisit]


def _entries(plan: Plan) -> dict[UUID, Entry]:
    return {visit.stop_id: (route.team_id, visit) for route in plan.routes for visit in route.visits}


def _of_stop(stop_id: UUID, was: Entry | None, now: Entry | None) -> Difference | None:
    if was is None or now is None:
        if was is now:
            return None
        change = Change.TAKEN_IN if was is None else Change.LEFT_OUT
        return Difference(change, stop_id, was[0] if was else None, now[0] if now else None)
    later_s = int((now[1].enters_at - was[1].enters_at).total_seconds())
    if was[0] != now[0]:
        return Difference(Change.MOVED, stop_id, was[0], now[0], _minutes(later_s))
    if abs(later_s) >= SMALL_S:
        return Difference(Change.SHIFTED, stop_id, was[0], now[0], _minutes(later_s))
    return None


def _ends(before: Plan, after: Plan) -> Iterator[Difference]:
    was = {route.team_id: route.visits[-1].leaves_at for route in before.routes if route.visits}
    for route in after.routes:
        if route.visits and route.team_id in was:
            later_s = int((route.visits[-1].leaves_at - was[route.team_id]).total_seconds())
            if abs(later_s) >= SMALL_S:
                yield Difference(Change.END, None, route.team_id, route.team_id, _minutes(later_s))


def _minutes(seconds: int) -> int:
    return round(seconds / 60)
