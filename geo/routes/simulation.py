"""What may become of a plan: many nights with longer and shorter visits, slow roads and closed doors.

Monte-Carlo over the routes as planned. Times on the spot and on the road are log-normal with the mean and the
coefficient of variation that are given (Law 2015, ch. 6, on task times: above nought and skewed to the right). One
more factor is shared by all roads of a night: rain makes everybody late together. A team goes on as soon as it is
ready and enters no stop before its hour. Teams of linked stops enter at their planned moment, or wait for each
other until the last one that all of them share; whoever comes later finds a warned site. What is reached after its
latest moment is missed: the way there is lost, the time on the spot is not spent.

Noise belongs to a stop and not to its place on a route (Philox, keyed by seed, stop and purpose): the same seed
gives the same nights, and two plans that differ in one stop are compared over nights that are alike in all else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .plan import Plan
from .task import Task

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SERVICE, TRAVEL, CLOSED, NIGHT = range(4)
Z_95 = 1.959964


@dataclass(frozen=True)
class Assumptions:
    """How nights differ from the plan.

    `service` and `travel` are means as multiples of what was planned, `service_cv` and `travel_cv` their
    coefficients of variation, `night_cv` that of the factor which all roads of a night share. A door is `closed`
    with that probability; then `closed_s` are spent before it.
    """

    service: float = 1.0
    service_cv: float = 0.5
    travel: float = 1.0
    travel_cv: float = 0.25
    night_cv: float = 0.1
    closed: float = 0.15
    closed_s: float = 300.0

    def __post_init__(self) -> None:
        if min(self.service, self.travel) <= 0 or min(self.service_cv, self.travel_cv, self.night_cv) < 0:
            raise ValueError("means are above nought, and spreads not below it")
        if not 0 <= self.closed <= 1 or self.closed_s < 0:
            raise ValueError("a probability lies between 0 and 1")


@dataclass(frozen=True)
class Chance:
    """A share of nights with its 95 % interval (Wilson 1927)."""

    share: float
    low: float
    high: float

    @classmethod
    def of(cls, nights: Flags) -> "Chance":
        n, share = len(nights), float(np.mean(nights))
        middle = (share + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
        half = Z_95 * np.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2)) / (1 + Z_95**2 / n)
        return cls(share, max(0.0, float(middle - half)), min(1.0, float(middle + half)))


@dataclass(frozen=True)
class Nights:
    """Every night of every stop and team, a row a stop (NaN where no team goes there) and a row a team.

    `enters_s` is when the stop is entered, or its closed door found; `waits_s` how long a team stood before it for
    its hour or for others. `ends_s` is when a team is through; `in_time` whether it reached all its stops in time
    and was through while on duty.
    """

    enters_s: Floats
    waits_s: Floats
    reached: Flags
    together: Mapping[str, Flags]
    ends_s: Floats
    in_time: Flags

    def all_in_time(self) -> Flags:
        """Nights on which every team kept its hours and every link was entered at once."""
        return np.asarray(np.vstack([self.in_time, *self.together.values()]).all(axis=0))


def simulate(task: Task, plan: Plan, assumed: Assumptions, nights: int = 2000, seed: int = 0) -> Nights:
    """So many nights of the plan. Stops that are left out of it are left out here."""
    if nights < 1:
        raise ValueError("no night")
    return _Run(task, plan, assumed, nights, seed).through()


class _Run:
    def __init__(self, task: Task, plan: Plan, assumed: Assumptions, nights: int, seed: int) -> None:
        self.task, self.assumed, self.nights, self.seed = task, assumed, nights, seed
        self.routes = plan.order()
        self.planned_s = {visit.stop: visit.enters_s for route in plan.routes for visit in route}
        stops, teams = len(task.stops), len(task.teams)
        self.enters_s = np.full((stops, nights), np.nan)
        self.waits_s = np.full((stops, nights), np.nan)
        self.reached = np.zeros((stops, nights), dtype=bool)
        self.now_s = np.array([[float(team.from_s)] for team in task.teams]) * np.ones((1, nights))
        self.place = list(range(teams))
        self.done = [0] * teams
        self.links = {link: [n for n in members if n in self.planned_s] for link, members in task.links().items()}
        self.together: dict[str, Flags] = {}
        self.night = _factors(self._noise(NIGHT, 0), assumed.night_cv)

    def through(self) -> Nights:
        while heads := self._heads():
            members = self._ready(heads)
            self._enter(members, heads)
        in_time = np.ones((len(self.routes), self.nights), dtype=bool)
        for team, route in enumerate(self.routes):
            in_time[team] = self.now_s[team] <= self.task.teams[team].until_s
            for stop in route:
                in_time[team] &= self.reached[stop]
        return Nights(self.enters_s, self.waits_s, self.reached, self.together, self.now_s, in_time)

    def _heads(self) -> dict[int, int]:
        """The next stop of each team that has one, with its team."""
        return {
            route[self.done[team]]: team for team, route in enumerate(self.routes) if self.done[team] < len(route)
        }

    def _ready(self, heads: Mapping[int, int]) -> list[int]:
        """The earliest stop that nothing holds back, with its link; where links wait in a ring, a stop alone."""
        for stop in sorted(heads, key=lambda each: self.planned_s[each]):
            members = self.links.get(self.task.stops[stop].link or "") or [stop]
            if all(each in heads for each in members):
                return members
        return [min(heads, key=lambda each: self.planned_s[each])]

    def _enter(self, members: Sequence[int], heads: Mapping[int, int]) -> None:
        arrives = {stop: self._arrives(stop, heads[stop]) for stop in members}
        latest = float(min(self.task.stops[stop].latest_s for stop in members))
        floors = {stop: self.task.stops[stop].earliest_s for stop in members}
        if len(members) > 1:
            floors = {stop: max(floors[stop], self.planned_s[stop]) for stop in members}
        ready = [np.minimum(np.maximum(arrives[stop], floors[stop]), latest) for stop in members]
        gathered = np.max(ready, axis=0)
        for stop in members:
            self._stay(stop, heads[stop], arrives[stop], gathered, latest)
        if len(members) > 1:
            self.together[self.task.stops[members[0]].link or ""] = np.asarray(
                self.reached[list(members)].all(axis=0)
            )

    def _arrives(self, stop: int, team: int) -> Floats:
        there = len(self.task.teams) + stop
        planned_s = float(self.task.travel_s[self.place[team], there]) * self.assumed.travel
        self.place[team] = there
        road = _factors(self._noise(TRAVEL, stop), self.assumed.travel_cv)
        return np.asarray(self.now_s[team] + planned_s * road * self.night)

    def _stay(self, stop: int, team: int, arrives: Floats, gathered: Floats, latest: float) -> None:
        reached = arrives <= latest
        enters = np.where(reached, np.maximum(arrives, gathered), arrives)
        planned_s = self.task.stops[stop].service_s * self.assumed.service
        service_s = planned_s * _factors(self._noise(SERVICE, stop), self.assumed.service_cv)
        shut = self._uniform(CLOSED, stop) < self.assumed.closed
        spent_s = np.where(reached, np.where(shut, self.assumed.closed_s, service_s), 0.0)
        self.enters_s[stop], self.waits_s[stop], self.reached[stop] = enters, enters - arrives, reached
        self.now_s[team] = enters + spent_s
        self.done[team] += 1

    def _stream(self, purpose: int, item: int) -> np.random.Generator:
        key = np.array([self.seed & (2**64 - 1), purpose << 32 | item], dtype=np.uint64)
        return np.random.Generator(np.random.Philox(key=key))

    def _noise(self, purpose: int, item: int) -> Floats:
        return self._stream(purpose, item).standard_normal(self.nights)

    def _uniform(self, purpose: int, item: int) -> Floats:
        return self._stream(purpose, item).random(self.nights)


def _factors(noise: Floats, cv: float) -> Floats:
    """Log-normal factors of mean 1 and that coefficient of variation."""
    variance = np.log1p(cv**2)
    return np.asarray(np.exp(np.sqrt(variance) * noise - variance / 2))
