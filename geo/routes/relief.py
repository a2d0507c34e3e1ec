"""What would make it likelier that a plan is through in time: changes tried over the same nights."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from .plan import Plan, timed
from .simulation import Assumptions, Chance, Nights, simulate
from .task import Task

MOVED, FEWER = 3, 4  # how many stops are tried with another team, and how many are tried left out
EARLIER_S = LONGER_S = 1800
QUICKER = 0.8


class Change(StrEnum):
    """EARLIER: all teams on duty half an hour sooner. LONGER: windows and duty end half an hour later. QUICKER: a
    fifth less time on the spot. HANDED: a stop goes to another team. WITHOUT: a stop is left for another night.
    """

    EARLIER = "earlier"
    LONGER = "longer"
    QUICKER = "quicker"
    HANDED = "handed"
    WITHOUT = "without"


@dataclass(frozen=True)
class Relief:
    """A change, the chance that all is in time with it, and how many stops are then missed a night on average."""

    change: Change
    chance: Chance
    missed: float
    stop: int | None = None
    team: int | None = None


def reliefs(task: Task, plan: Plan, assumed: Assumptions, nights: int, seed: int, before: Nights) -> list[Relief]:
    """Each change by itself, compared over the nights that gave `before`; those that help nothing are left out."""
    tried = []
    was = float(np.mean(before.all_in_time())), -missed(before, plan)
    for change, stop, team, changed, order, assuming in _changes(task, plan, assumed, before):
        then = simulate(changed, order, assuming, nights, seed)
        tried.append(Relief(change, Chance.of(then.all_in_time()), missed(then, order), stop, team))
    better = [each for each in tried if (each.chance.share, -each.missed) > was]
    return sorted(better, key=lambda each: (-each.chance.share, each.missed))


def missed(nights: Nights, plan: Plan) -> float:
    """How many stops of the plan are reached too late, on the average of nights."""
    gone = [visit.stop for route in plan.routes for visit in route]
    return float(np.sum(~nights.reached[gone], axis=0).mean()) if gone else 0.0


Tried = tuple[Change, int | None, int | None, Task, Plan, Assumptions]


def _changes(task: Task, plan: Plan, assumed: Assumptions, before: Nights) -> Iterator[Tried]:
    yield Change.EARLIER, None, None, _earlier(task), plan, assumed
    yield Change.LONGER, None, None, _longer(task), plan, assumed
    yield Change.QUICKER, None, None, task, plan, replace(assumed, service=assumed.service * QUICKER)
    order = plan.order()
    late = np.argsort(before.in_time.mean(axis=1), kind="stable")
    worst = [n for team in late for n in reversed(order[team]) if task.stops[n].link is None]
    moments = {v.stop: v.enters_s for route in plan.routes for v in route if task.stops[v.stop].link is not None}
    for stop in worst[:FEWER]:
        yield Change.WITHOUT, stop, None, task, timed(task, _taken_out(order, stop), moments), assumed
    free = [n for n in worst if task.stops[n].team is None]
    for stop in free[:MOVED]:
        team = _slackest(task, order, stop, before)
        if team is not None:
            handed = _put_in(task, _taken_out(order, stop), stop, team)
            yield Change.HANDED, stop, team, task, timed(task, handed, moments), assumed


def _earlier(task: Task) -> Task:
    return replace(task, teams=[replace(team, from_s=team.from_s - EARLIER_S) for team in task.teams])


def _longer(task: Task) -> Task:
    return replace(
        task,
        teams=[replace(team, until_s=team.until_s + LONGER_S) for team in task.teams],
        stops=[replace(stop, latest_s=stop.latest_s + LONGER_S) for stop in task.stops],
    )


def _taken_out(order: list[list[int]], stop: int) -> list[list[int]]:
    return [[n for n in route if n != stop] for route in order]


def _slackest(task: Task, order: list[list[int]], stop: int, before: Nights) -> int | None:
    """The able team other than its own that is through earliest against its end of duty."""
    able = [n for n, team in enumerate(task.teams) if stop not in order[n] and team.may_serve(task.stops[stop], n)]
    slack_s = [task.teams[n].until_s - float(np.median(before.ends_s[n])) for n in able]
    return able[int(np.argmax(slack_s))] if able else None


def _put_in(task: Task, order: list[list[int]], stop: int, team: int) -> list[list[int]]:
    """The stop where it lengthens the team's way least."""
    teams, route = len(task.teams), order[team]
    places = [team, *(teams + n for n in route)]

    def detour_s(at: int) -> int:
        there = teams + stop
        on = places[at + 1] if at + 1 < len(places) else None
        way = int(task.travel_s[places[at], there])
        return way if on is None else way + int(task.travel_s[there, on] - task.travel_s[places[at], on])

    at = min(range(len(places)), key=detour_s)
    return [[*route[:at], stop, *route[at:]] if n == team else each for n, each in enumerate(order)]
