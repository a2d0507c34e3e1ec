"""Finding a plan: PyVRP's iterated local search, and moments at which linked stops are entered."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

import numpy as np
from pyvrp import Client, Depot, Location, ProblemData, Route, Solution, VehicleType, solve
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.stop import MaxRuntime

from .plan import Plan, broken_links, route_of, timed
from .task import NO_ROAD_S, TOGETHER_S, Seconds, Stop, Task

LEFT_OUT_S = 1_000_000
FIRST_PART = 0.35  # of the time: the plan before linked stops are given their moments
MOMENTS_S = (-1800, -900, 900, 1800)


def find_plan(task: Task, seconds: float, seed: int = 0, before: Plan | None = None) -> Plan:
    """The best plan found in that many seconds, beginning with the one `before`.

    Linked stops that can't all be entered together are all left out: entering one warns the others.
    """
    end = monotonic() + seconds
    links = task.links()
    order = _search(task, {}, FIRST_PART * seconds, seed, before.order() if before else None)
    task = _evened(task, _kept(task, order, {}, links))
    moments = _first_moments(task, timed(task, order), links)
    order = _search(task, moments, (0.6 if links else 1.0) * (end - monotonic()), seed, order)
    if links:
        order, moments = _better_moments(task, order, moments, links, end, seed)
    return _kept(task, order, moments, links)


def _evened(task: Task, found: Plan) -> Task:
    """Duty beyond a tenth over the mean weighs as much as travel, so that ends are even."""
    if task.even_s is not None:
        return task
    worked = [
        route[-1].leaves_s - team.from_s for team, route in zip(task.teams, found.routes, strict=True) if route
    ]
    return replace(task, even_s=int(1.1 * sum(worked) / len(task.teams))) if worked else task


def _search(
    task: Task, moments: Mapping[int, int], seconds: float, seed: int, order: Sequence[Sequence[int]] | None
) -> list[list[int]]:
    """Who visits what in which order, linked stops entered at their `moments`."""
    data = _problem(task, moments)
    first = _known(data, task, order) if order else None
    until = MaxRuntime(max(seconds, 0.05))
    with warnings.catch_warnings():
        # It warns that it struggles where a stop can't be served: we leave such a stop out, and say why elsewhere
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        best = solve(data, until, seed=seed, collect_stats=False, initial_solution=first).best
    found: list[list[int]] = [[] for _ in task.teams]
    for route in best.routes():
        found[route.vehicle_type()] = [each.idx for each in route.schedule() if each.is_client()]
    return found


def _known(data: ProblemData, task: Task, order: Sequence[Sequence[int]]) -> Solution:
    routes = _with_drags(task, order)
    return Solution(data, [Route(data, visits, number) for number, visits in enumerate(routes) if visits])


def _with_drags(task: Task, order: Sequence[Sequence[int]]) -> list[list[int]]:
    """An earlier order with each stop that was dragged in its new team's route, where it lengthens it least."""
    count = len(task.stops)
    routes = [
        [n for n in route if n < count and task.stops[n].team in (None, number)]
        for number, route in enumerate(order[: len(task.teams)])
    ]
    routes += [[] for _ in range(len(task.teams) - len(routes))]
    known = {n for route in routes for n in route}
    for n, stop in enumerate(task.stops):
        if stop.team is not None and n not in known:
            route = routes[stop.team]
            route.insert(min(range(len(route) + 1), key=lambda at: _detour_s(task, stop.team, route, n, at)), n)
    return routes


def _detour_s(task: Task, team: int | None, route: Sequence[int], stop: int, at: int) -> int:
    teams = len(task.teams)
    came = teams + route[at - 1] if at else (team or 0)
    there, goes = teams + stop, teams + route[at] if at < len(route) else None
    on = task.travel_s[there, goes] - task.travel_s[came, goes] if goes is not None else 0
    return int(task.travel_s[came, there] + on)


def _problem(task: Task, moments: Mapping[int, int]) -> ProblemData:
    teams, stops = len(task.teams), len(task.stops)
    end = teams + stops  # a place that is reached from everywhere in no time: routes stay open
    locations = [Location(0, 0) for _ in range(end + 1)]
    depots = [Depot(location=number) for number in range(teams)] + [Depot(location=end)]
    clients = [_client(stop, teams + n, moments.get(n)) for n, stop in enumerate(task.stops)]
    types = [
        VehicleType(
            1,
            start_depot=number,
            end_depot=teams,
            tw_early=team.from_s,
            tw_late=team.until_s,
            profile=number,
            shift_duration=min(task.even_s or NO_ROAD_S, team.until_s - team.from_s),
            max_overtime=team.until_s - team.from_s if task.even_s else 0,
            unit_overtime_cost=1 if task.even_s else 0,
        )
        for number, team in enumerate(task.teams)
    ]
    roads: list[Any] = [_roads(task, number) for number in range(teams)]
    return ProblemData(locations, clients, depots, types, roads, roads)


def _client(stop: Stop, place: int, moment: int | None) -> Client:
    earliest, latest = (stop.earliest_s, stop.latest_s) if moment is None else (moment, moment + TOGETHER_S)
    return Client(
        location=place,
        service_duration=stop.service_s,
        tw_early=max(earliest, stop.earliest_s),
        tw_late=max(min(latest, stop.latest_s), earliest),
        prize=LEFT_OUT_S,
        required=False,
    )


def _roads(task: Task, team: int) -> Seconds:
    teams, places = len(task.teams), len(task.travel_s)
    roads = np.zeros((places + 1, places + 1), dtype=np.int64)
    roads[:places, :places] = task.travel_s
    barred = [teams + n for n, stop in enumerate(task.stops) if not task.teams[team].may_serve(stop, team)]
    roads[:, barred] = NO_ROAD_S
    np.fill_diagonal(roads, 0)
    return roads


def _window(task: Task, members: Sequence[int]) -> tuple[int, int]:
    return (
        max(task.stops[n].earliest_s for n in members),
        min(task.stops[n].latest_s for n in members),
    )


def _first_moments(task: Task, found: Plan, links: Mapping[str, Sequence[int]]) -> dict[int, int]:
    """For each link the median moment at which its stops would be entered, within the time they share."""
    enters = {visit.stop: visit.enters_s for route in found.routes for visit in route}
    moments: dict[int, int] = {}
    for members in links.values():
        earliest, latest = _window(task, members)
        reached = [enters[n] for n in members if n in enters] or [(earliest + latest) // 2]
        moment = int(np.clip(np.median(reached), earliest, max(earliest, latest)))
        moments |= dict.fromkeys(members, moment)
    return moments


def _better_moments(
    task: Task,
    order: list[list[int]],
    moments: dict[int, int],
    links: Mapping[str, Sequence[int]],
    end: float,
    seed: int,
) -> tuple[list[list[int]], dict[int, int]]:
    """Try other moments for one link after the other, for as long as there is time, and keep what is cheaper."""
    rng = np.random.default_rng(seed)
    share = max(0.1, (end - monotonic()) / max(4, 2 * len(links)))
    cost = _cost(task, order, moments, links)
    while end - monotonic() > share / 2:
        tried = moments | _another_moment(task, _kept(task, order, moments, links), moments, links, rng)
        other = _search(task, tried, min(share, end - monotonic()), int(rng.integers(2**31)), order)
        other_cost = _cost(task, other, tried, links)
        if other_cost < cost:
            order, moments, cost = other, tried, other_cost
    return order, moments


def _another_moment(
    task: Task,
    found: Plan,
    moments: Mapping[int, int],
    links: Mapping[str, Sequence[int]],
    rng: np.random.Generator,
) -> dict[int, int]:
    """Any moment for a link that is left out, if one is; else one a little earlier or later than now."""
    out = sorted({task.stops[n].link or "" for n in found.left_out} & links.keys())
    members = links[str(rng.choice(out or sorted(links)))]
    earliest, latest = _window(task, members)
    latest = max(earliest, latest)
    moved = rng.integers(earliest, latest + 1) if out else moments[members[0]] + rng.choice(MOMENTS_S)
    return dict.fromkeys(members, int(np.clip(moved, earliest, latest)))


def _cost(
    task: Task, order: Sequence[Sequence[int]], moments: Mapping[int, int], links: Mapping[str, Sequence[int]]
) -> int:
    found = _kept(task, order, moments, links)
    over = [
        max(0, route[-1].leaves_s - team.from_s - task.even_s)
        for team, route in zip(task.teams, found.routes, strict=True)
        if route and task.even_s is not None
    ]
    return found.travel_s + sum(over) + LEFT_OUT_S * len(found.left_out)


def _kept(
    task: Task, order: Sequence[Sequence[int]], moments: Mapping[int, int], links: Mapping[str, Sequence[int]]
) -> Plan:
    """The plan of an order without what can't be kept: the solver may be stopped before it has mended it all.

    Leaving a stop out makes those behind it no later, but may leave a link alone that was whole: so again.
    """
    order = [_in_time(task, number, route, moments) for number, route in enumerate(order)]
    found = timed(task, order, moments)
    while broken := broken_links(found, links):
        order = [[n for n in route if n not in broken] for route in order]
        found = timed(task, order, moments)
    return found


def _in_time(task: Task, team: int, route: Sequence[int], moments: Mapping[int, int]) -> list[int]:
    kept: list[int] = []
    for stop in route:
        visit = route_of(task, team, [*kept, stop], moments)[-1]
        is_able = task.teams[team].may_serve(task.stops[stop], team)
        if is_able and visit.enters_s <= task.stops[stop].latest_s and visit.leaves_s <= task.teams[team].until_s:
            kept.append(stop)
    return kept
