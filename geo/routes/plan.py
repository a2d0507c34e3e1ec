"""A plan: when each team sets out, arrives, enters and leaves, and what is wrong with it, if anything."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .task import TOGETHER_S, Stop, Task, Team


@dataclass(frozen=True)
class Visit:
    """A stop on a route: when the team sets out for it, arrives, enters and leaves."""

    stop: int
    sets_out_s: int
    arrives_s: int
    enters_s: int
    leaves_s: int


@dataclass(frozen=True)
class Plan:
    """A route for each team, in the order of teams; `left_out` are the stops that none reaches in time."""

    routes: tuple[tuple[Visit, ...], ...]
    left_out: tuple[int, ...]

    @property
    def travel_s(self) -> int:
        return sum(visit.arrives_s - visit.sets_out_s for route in self.routes for visit in route)

    def order(self) -> list[list[int]]:
        return [[visit.stop for visit in route] for route in self.routes]


def timed(task: Task, order: Sequence[Sequence[int]], moments: Mapping[int, int] | None = None) -> Plan:
    """The clock of each route: every team enters as early as it may. Whether it is in time, `faults` says."""
    routes = tuple(route_of(task, number, route, moments or {}) for number, route in enumerate(order))
    served = {visit.stop for route in routes for visit in route}
    return Plan(routes, tuple(n for n in range(len(task.stops)) if n not in served))


def route_of(task: Task, team: int, route: Sequence[int], moments: Mapping[int, int]) -> tuple[Visit, ...]:
    """The visits of a team's route, linked stops not before their `moments`."""
    return tuple(_visits(task, team, route, moments))


def _visits(task: Task, team: int, route: Sequence[int], moments: Mapping[int, int]) -> Iterator[Visit]:
    place, now = team, task.teams[team].from_s
    for number in route:
        stop = task.stops[number]
        there = len(task.teams) + number
        arrives = now + int(task.travel_s[place, there])
        enters = max(arrives, stop.earliest_s, moments.get(number, arrives))
        yield Visit(number, now, arrives, enters, enters + stop.service_s)
        place, now = there, enters + stop.service_s


def broken_links(found: Plan, links: Mapping[str, Sequence[int]]) -> set[int]:
    """The stops on routes whose link is not entered whole and at once."""
    enters = {visit.stop: visit.enters_s for route in found.routes for visit in route}
    broken: set[int] = set()
    for members in links.values():
        moments = [enters[n] for n in members if n in enters]
        if moments and (len(moments) < len(members) or max(moments) - min(moments) > TOGETHER_S):
            broken.update(members)
    return broken & enters.keys()


Fault = tuple[str, int]


def faults(task: Task, found: Plan) -> list[Fault]:
    """What is wrong with a plan, each as (what, stop or team): nothing is believed that the solver said."""
    wrong: list[Fault] = []
    seen: set[int] = set()
    for number, route in enumerate(found.routes):
        wrong += _faults_of_route(task, number, route)
        wrong += [("twice", visit.stop) for visit in route if visit.stop in seen]
        seen.update(visit.stop for visit in route)
    if seen & set(found.left_out) or seen | set(found.left_out) != set(range(len(task.stops))):
        wrong.append(("count", len(seen)))
    return wrong + [("link", n) for n in sorted(broken_links(found, task.links()))]


def _faults_of_route(task: Task, number: int, route: Sequence[Visit]) -> Iterator[Fault]:
    team = task.teams[number]
    again = route_of(task, number, [v.stop for v in route], {v.stop: v.enters_s for v in route})
    if again != tuple(route):
        yield "clock", number
    if route and route[-1].leaves_s > team.until_s:
        yield "late", number
    if any(a.leaves_s > b.sets_out_s for a, b in pairwise(route)):
        yield "overlap", number
    for visit in route:
        yield from _faults_of_visit(task.stops[visit.stop], team, number, visit)


def _faults_of_visit(stop: Stop, team: Team, number: int, visit: Visit) -> Iterator[Fault]:
    if not team.may_serve(stop, number):
        yield "skills", visit.stop
    if not stop.earliest_s <= visit.enters_s <= stop.latest_s:
        yield "window", visit.stop
