"""The rehearsal of a plan: the chance that it is through in its hours, stop by stop, and what would help.

Nothing of it is kept: a rehearsal names targets, and the same seed gives it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.coordinates import LonLat

from .. import events
from ..access import require
from ..errors import Conflict, say
from ..registry.people import Person
from ..registry.sites import Site
from .assembling import TeamView, known_sweep
from .paces import assumptions
from .plan import Plan, PlannedStop
from .plans import read_plan
from .solving import gather
from .sweeps import Sweep
from .tasks import Given, stops_of, teams_for

if TYPE_CHECKING:
    from geo.routes import Plan as Found
    from geo.routes import Task
    from geo.routes.relief import Relief
    from geo.routes.simulation import Chance, Nights

NIGHTS = 2000


class StopChance(NamedTuple):
    """`early`, `usual`, `late`: when it is reached on the 10th, 50th and 90th of 100 nights. `waits_s` is how long
    the team stands before it on an average night.
    """

    stop: PlannedStop
    name: str
    team: int
    position: int
    planned: datetime
    latest: datetime
    early: datetime
    usual: datetime
    late: datetime
    reached: "Chance"
    waits_s: float


class TeamChance(NamedTuple):
    view: TeamView
    stops: int
    planned: datetime
    usual: datetime
    late: datetime
    in_time: "Chance"


class LinkChance(NamedTuple):
    names: tuple[str, ...]
    together: "Chance"


class Help(NamedTuple):
    """A change and what it would bring; `stop` and `team` name what it is about, where it is about one."""

    relief: "Relief"
    stop: str
    team: int | None
    gain: float


@dataclass(frozen=True)
class Rehearsal:
    """`missed`: stops that are reached too late, on an average night. `without_team`: stops no team goes to."""

    revision: int
    nights: int
    seed: int
    chance: "Chance"
    missed: float
    stops: tuple[StopChance, ...]
    teams: tuple[TeamChance, ...]
    links: tuple[LinkChance, ...]
    helps: tuple[Help, ...]
    without_team: int


def rehearse(
    session: Session,
    person: Person,
    keys: Sequence[bytes],
    sweep_id: UUID,
    values: Mapping[str, float],
    nights: int = NIGHTS,
) -> Rehearsal:
    """Simulate the newest plan. Raises NotFound for who is not on the need-to-know list, Conflict where it
    has no routes.
    """
    from geo.routes.relief import missed, reliefs
    from geo.routes.simulation import Chance, simulate

    require(person, "sweep.plan")
    sweep = known_sweep(session, person, sweep_id)
    plan = read_plan(session, person, keys, sweep)
    given = gather(session, sweep, plan)
    task, found, stops = as_task(given)
    assumed, seed = assumptions(values), int(values["seed"])
    ran = simulate(task, found, assumed, nights, seed)
    names = _names(session, sweep.county, plan)
    events.record(session, person, "rehearse_plan", sweep, revision=sweep.plan_revision)
    base = Chance.of(ran.all_in_time())
    return Rehearsal(
        revision=sweep.plan_revision, nights=nights, seed=seed, chance=base, missed=missed(ran, found),
        stops=_stops(given, task, found, stops, ran, names), teams=_teams(given, found, ran),
        links=_links(task, stops, ran, names),
        helps=_helps(reliefs(task, found, assumed, nights, seed, ran), base, stops, names, given),
        without_team=len(plan.stops) - len(stops),
    )  # fmt: skip


def as_task(given: Given) -> tuple["Task", "Found", list[PlannedStop]]:
    """The stops that have a team, as a task, and the plan's own routes through them. Raises Conflict for none."""
    from geo.routes import Plan as Routes
    from geo.routes import Task, Visit

    plan = given.plan
    visits = {view.team.id: () for view in given.teams} | {
        route.team_id: route.visits
        for route in plan.routes
        if any(v.team.id == route.team_id for v in given.teams)
    }
    there = {visit.stop_id for route in visits.values() for visit in route}
    stops = [stop for stop in plan.stops if stop.id in there and stop.site_id in given.places]
    if not stops:
        raise Conflict(say("方案里还没有路线，请先排好小组和路线再推演"))
    numbers = {stop.id: n for n, stop in enumerate(stops)}

    def at(moment: datetime) -> int:
        return int((moment - given.origin).total_seconds())

    routes = tuple(
        tuple(
            Visit(numbers[v.stop_id], at(v.sets_out_at), at(v.arrives_at), at(v.enters_at), at(v.leaves_at))
            for v in visits[view.team.id]
            if v.stop_id in numbers
        )
        for view in given.teams
    )
    places = [LonLat(view.lon, view.lat) for view in given.teams] + [given.places[stop.site_id] for stop in stops]
    task = Task(stops_of(given, stops), teams_for(given, stops), ways(given.sweep, places))
    return task, Routes(routes, ()), stops


def ways(sweep: Sweep, places: Sequence[LonLat]) -> Any:
    """Seconds between places by their straight distance, as the sweep's own factor and speed have it."""
    from geo.routes import straight_line

    lon, lat = (np.array(each) for each in zip(*places, strict=True))
    metres = 111_195.0  # of a degree on the mean sphere
    east = lon * metres * np.cos(np.radians(lat.mean()))
    return straight_line(east, lat * metres, sweep.way_factor, sweep.speed_kmh)


def _names(session: Session, county: str, plan: Plan) -> dict[UUID, str]:
    """The names of sites by the ids of their stops."""
    by_site = {stop.site_id: stop.id for stop in plan.stops}
    query = select(Site.id, Site.name).where(Site.county == county, Site.id.in_(by_site))
    return {by_site[row[0]]: row[1] for row in session.execute(query)}


def _stops(
    given: Given, task: "Task", found: "Found", stops: Sequence[PlannedStop], ran: "Nights", names: dict[UUID, str]
) -> tuple[StopChance, ...]:
    """The most doubtful first."""
    from geo.routes.simulation import Chance

    made = []
    for team, route in enumerate(found.routes):
        number = given.teams[team].team.number
        for position, visit in enumerate(route, 1):
            stop, n = stops[visit.stop], visit.stop
            early, usual, late = (_at(given, s) for s in np.quantile(ran.enters_s[n], [0.1, 0.5, 0.9]))
            planned, latest = _at(given, visit.enters_s), _at(given, task.stops[n].latest_s)
            reached, waits_s = Chance.of(ran.reached[n]), float(ran.waits_s[n].mean())
            name = names.get(stop.id, "")
            made.append(
                StopChance(stop, name, number, position, planned, latest, early, usual, late, reached, waits_s)
            )
    return tuple(sorted(made, key=lambda each: (each.reached.share, each.team, each.position)))


def _teams(given: Given, found: "Found", ran: "Nights") -> tuple[TeamChance, ...]:
    from geo.routes.simulation import Chance

    made = []
    for n, (view, route) in enumerate(zip(given.teams, found.routes, strict=True)):
        if route:
            usual, late = (_at(given, s) for s in np.quantile(ran.ends_s[n], [0.5, 0.9]))
            planned = _at(given, route[-1].leaves_s)
            made.append(TeamChance(view, len(route), planned, usual, late, Chance.of(ran.in_time[n])))
    return tuple(made)


def _links(
    task: "Task", stops: Sequence[PlannedStop], ran: "Nights", names: dict[UUID, str]
) -> tuple[LinkChance, ...]:
    from geo.routes.simulation import Chance

    members = task.links()
    return tuple(
        LinkChance(tuple(names.get(stops[n].id, "") for n in members[link]), Chance.of(nights))
        for link, nights in ran.together.items()
    )


def _helps(
    found: Sequence["Relief"], base: "Chance", stops: Sequence[PlannedStop], names: dict[UUID, str], given: Given
) -> tuple[Help, ...]:
    return tuple(
        Help(
            each, names.get(stops[each.stop].id, "") if each.stop is not None else "",
            given.teams[each.team].team.number if each.team is not None else None, each.chance.share - base.share,
        )
        for each in found
    )  # fmt: skip


def _at(given: Given, seconds: float) -> datetime:
    return given.origin + timedelta(seconds=round(float(seconds)))
