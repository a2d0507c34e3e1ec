"""What routes are wanted for: stops with windows and needs, teams on duty, and the seconds between places."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.int64]

# More than any way or night: what costs so much is not done. PyVRP adds such sums up, within 2^44.
NO_ROAD_S = 10_000_000
TOGETHER_S = 300  # linked stops are entered within five minutes of each other


@dataclass(frozen=True)
class Stop:
    """A place to enter between `earliest_s` and `latest_s`, for `service_s`, by a team with the skills it `needs`.

    Stops of one `link` are entered at once, each by a team of its own. `team` keeps a stop with that team.
    """

    service_s: int
    earliest_s: int
    latest_s: int
    needs: frozenset[str] = frozenset()
    link: str | None = None
    team: int | None = None


@dataclass(frozen=True)
class Team:
    """On duty from `from_s` to `until_s`; it ends where its last stop is."""

    from_s: int
    until_s: int
    skills: frozenset[str] = frozenset()

    def may_serve(self, stop: Stop, number: int) -> bool:
        return stop.needs <= self.skills and stop.team in (None, number)


@dataclass(frozen=True)
class Task:
    """`travel_s[a, b]`: seconds from place a to place b, teams' starts first, then stops."""

    stops: Sequence[Stop]
    teams: Sequence[Team]
    travel_s: Seconds
    even_s: int | None = field(default=None)

    def __post_init__(self) -> None:
        places = len(self.teams) + len(self.stops)
        if self.travel_s.shape != (places, places):
            raise ValueError(f"travel times of {self.travel_s.shape} for {places} places")
        if not self.teams:
            raise ValueError("no team")
        if (self.travel_s < 0).any() or (self.travel_s >= NO_ROAD_S).any():
            raise ValueError(f"travel times lie between 0 and {NO_ROAD_S} s")
        for number, stop in enumerate(self.stops):
            if stop.service_s < 0 or stop.latest_s < stop.earliest_s:
                raise ValueError(f"stop {number} has no time to be entered")

    def links(self) -> dict[str, list[int]]:
        """The stops of each link, those that stand alone left out."""
        found: dict[str, list[int]] = {}
        for number, stop in enumerate(self.stops):
            if stop.link is not None:
                found.setdefault(stop.link, []).append(number)
        return {link: members for link, members in found.items() if len(members) > 1}


def with_team(task: Task, stop: int, team: int | None) -> Task:
    """The task with one stop kept with a team: what a dispatcher's drag says."""
    stops = list(task.stops)
    stops[stop] = replace(stops[stop], team=team)
    return replace(task, stops=stops)


def straight_line(x_m: NDArray[np.float64], y_m: NDArray[np.float64], factor: float, speed_kmh: float) -> Seconds:
    """Travel times between places by their straight distance times a `factor` for the bends of roads."""
    if not (factor >= 1 and speed_kmh > 0):
        raise ValueError(f"a factor of {factor} and {speed_kmh} km/h")
    away_m = np.hypot(np.subtract.outer(x_m, x_m), np.subtract.outer(y_m, y_m))
    return np.ceil(away_m * factor / (speed_kmh / 3.6)).astype(np.int64)
