"""Solving: routes for the teams of a sweep through its stops, from the plan that stands, and what that changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.coordinates import LonLat

from ..access import require
from ..errors import Conflict, Invalid, say
from ..registry.people import Person
from ..registry.sites import Site
from .assembling import known_sweep, teams_of
from .availability import barred
from .differences import Difference, differences
from .mixes import mixes_of
from .plan import LeftOut, Plan, PlannedRoute, PlannedVisit
from .plans import read_plan, save_plan
from .sweeps import Sweep, SweepState
from .tasks import Given, sort_out, stops_of, teams_for
from .travel import travel

if TYPE_CHECKING:
    from geo.routes import Plan as Found
    from geo.routes import Reason, Task

EDITED = (SweepState.PLANNING, SweepState.SEALED)
SHORTEST_S, LONGEST_S = 0.2, 30.0


@dataclass(frozen=True)
class Solved:
    """The plan as it was kept, what it changes, and what it was found from."""

    plan: Plan
    differences: list[Difference]
    given: Given

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        return self.plan.left_out


def solve(
    session: Session,
    person: Person,
    keys: Sequence[bytes],
    sweep_id: UUID,
    based_on: int,
    now: datetime,
    seconds: float = 1.5,
    moved: Mapping[UUID, UUID | None] | None = None,
    travel_url: str = "",
) -> Solved:
    """Find routes for that many seconds and keep them as the next revision of the plan.

    `moved` puts stops with teams, or lets them go with None: a dispatcher's drag. Raises NotFound for who is not
    on the need-to-know list, Conflict once the sweep runs or where the plan is not the one it is `based_on` now.
    """
    require(person, "sweep.plan")
    sweep = known_sweep(session, person, sweep_id)
    if sweep.state not in EDITED:
        raise Conflict(say("行动已经启动，请在指挥屏上改派"))
    if sweep.plan_revision != based_on:
        raise Conflict(say("别人刚改过这份方案，请核对后重做这一步"))
    before = read_plan(session, person, keys, sweep)
    given = gather(session, sweep, _with_moves(session, sweep, before, moved or {}))
    after = routed(given, min(max(seconds, SHORTEST_S), LONGEST_S), now, travel_url)
    save_plan(session, person, keys, sweep, after, based_on, now)
    return Solved(after, differences(before, after), given)


def gather(session: Session, sweep: Sweep, plan: Plan) -> Given:
    """What the solver is told of a plan."""
    site_ids = {stop.site_id for stop in plan.stops}
    return Given(
        sweep, plan, teams_of(session, sweep), _places(session, sweep.county, site_ids),
        mixes_of(session, sweep.county), barred(session, sweep.county, site_ids),
    )  # fmt: skip


def routed(given: Given, seconds: float, now: datetime, travel_url: str = "") -> Plan:
    """The plan with the routes that were found in that many seconds, and why each stop without one has none."""
    # PyVRP and its matrix are of no use to any other page
    from geo.routes import Task, find_plan, why_left_out

    asked, hopeless = sort_out(given)
    if not asked:
        empty = tuple(PlannedRoute(team_id=view.team.id) for view in given.teams)
        return given.plan.model_copy(update={"routes": empty, "left_out": tuple(hopeless), "solved_at": now})
    places = [LonLat(view.lon, view.lat) for view in given.teams] + [given.places[stop.site_id] for stop in asked]
    ways = travel(places, travel_url, given.sweep.way_factor, given.sweep.speed_kmh)
    task = Task(stops_of(given, asked), teams_for(given, asked), ways.seconds)
    found = find_plan(task, seconds, before=_known(given, task, [stop.id for stop in asked]))
    left_out = [_left_out(asked[n].id, why_left_out(task, n)) for n in found.left_out]
    routes = _routes(given, found, [stop.id for stop in asked])
    return given.plan.model_copy(
        update={
            "routes": routes,
            "left_out": tuple(hopeless + left_out),
            "solved_at": now,
            "ways": ways.ways.value,
        }
    )


def _with_moves(session: Session, sweep: Sweep, plan: Plan, moved: Mapping[UUID, UUID | None]) -> Plan:
    if not moved:
        return plan
    teams = {view.team.id for view in teams_of(session, sweep)}
    if not (moved.keys() <= {stop.id for stop in plan.stops} and set(moved.values()) - {None} <= teams):
        raise Invalid({"team": say("这个点位或小组已经不在方案里，请刷新")})
    stops = tuple(
        stop.model_copy(update={"team_id": moved[stop.id]}) if stop.id in moved else stop for stop in plan.stops
    )
    return plan.model_copy(update={"stops": stops})


def _places(session: Session, county: str, site_ids: set[UUID]) -> dict[UUID, LonLat]:
    query = select(Site.id, func.ST_X(Site.location), func.ST_Y(Site.location)).where(
        Site.county == county, Site.id.in_(site_ids), Site.location.is_not(None)
    )
    return {site_id: LonLat(lon, lat) for site_id, lon, lat in session.execute(query)}


def _known(given: Given, task: "Task", ids: Sequence[UUID]) -> "Found | None":
    """The routes that stand, as the solver has them, without stops and teams that are gone."""
    from geo.routes import timed

    numbers = {stop_id: n for n, stop_id in enumerate(ids)}
    routes = {route.team_id: route.visits for route in given.plan.routes}
    order = [
        [numbers[visit.stop_id] for visit in routes.get(view.team.id, ()) if visit.stop_id in numbers]
        for view in given.teams
    ]
    return timed(task, order) if any(order) else None


def _routes(given: Given, found: "Found", ids: Sequence[UUID]) -> tuple[PlannedRoute, ...]:
    def at(seconds: int) -> datetime:
        return given.origin + timedelta(seconds=seconds)

    return tuple(
        PlannedRoute(
            team_id=view.team.id,
            visits=tuple(
                PlannedVisit(
                    stop_id=ids[visit.stop],
                    sets_out_at=at(visit.sets_out_s),
                    arrives_at=at(visit.arrives_s),
                    enters_at=at(visit.enters_s),
                    leaves_at=at(visit.leaves_s),
                )
                for visit in route
            ),
        )
        for view, route in zip(given.teams, found.routes, strict=True)
    )


def _left_out(stop_id: UUID, reason: "Reason") -> LeftOut:
    return LeftOut(stop_id=stop_id, bind=reason.bind.value, wanting_s=reason.wanting_s, wanting=reason.wanting)
