"""The routes of a plan as a dispatcher reads them: each team's stops with their moments, what is left out and why,
and what changed since an earlier revision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.coordinates import LonLat

from .. import events
from ..access import require
from ..errors import Message, NotFound
from ..registry.people import Person
from ..registry.sites import Site
from .assembling import TeamView, known_sweep
from .differences import differences, travel_s
from .mixes import Mix
from .plan import Plan, PlannedStop, PlannedVisit
from .plans import read_plan
from .solving import gather
from .sweeps import Sweep
from .tasks import Given
from .wording import told, why


@dataclass(frozen=True)
class Row:
    """A stop on a team's route, or one left out: then without a visit, and `why` says what would free it."""

    stop: PlannedStop
    name: str
    address: str
    place: LonLat | None
    mix: Mix
    number: int = 0
    visit: PlannedVisit | None = None
    why: Message | None = None

    @property
    def waits(self) -> timedelta:
        """How long the team stands before the door until it may enter."""
        return self.visit.enters_at - self.visit.arrives_at if self.visit else timedelta()


@dataclass(frozen=True)
class TeamRoute:
    view: TeamView
    rows: tuple[Row, ...]

    @property
    def ends_at(self) -> datetime | None:
        return self.rows[-1].visit.leaves_at if self.rows and self.rows[-1].visit else None


@dataclass(frozen=True)
class RouteSheet:
    """`unrouted` are stops that were added since the plan was solved; `changes` compare with `since`."""

    sweep: Sweep
    plan: Plan
    teams: tuple[TeamRoute, ...]
    left_out: tuple[Row, ...]
    unrouted: tuple[Row, ...]
    since: int
    changes: tuple[Message, ...]

    @property
    def travel_minutes(self) -> int:
        return round(travel_s(self.plan) / 60)


def route_sheet(
    session: Session, person: Person, keys: Sequence[bytes], sweep_id: UUID, since: int | None = None
) -> RouteSheet:
    """The newest plan's routes. NotFound for who is not on the need-to-know list; the reading is written down."""
    require(person, "sweep.plan")
    sweep = known_sweep(session, person, sweep_id)
    plan = read_plan(session, person, keys, sweep)
    given = gather(session, sweep, plan)
    sites = _sites(session, sweep.county, {stop.site_id for stop in plan.stops})
    rows = {stop.id: _row(given, stop, sites.get(stop.site_id)) for stop in plan.stops}
    events.record(session, person, "read_routes", sweep, revision=sweep.plan_revision)
    routed = {visit.stop_id for route in plan.routes for visit in route.visits}
    out = {each.stop_id: each for each in plan.left_out}
    return RouteSheet(
        sweep,
        plan,
        tuple(_team_route(plan, view, rows) for view in given.teams),
        tuple(_with(rows[stop_id], why=why(given, left)) for stop_id, left in out.items() if stop_id in rows),
        tuple(row for stop_id, row in rows.items() if stop_id not in routed and stop_id not in out),
        since or 0,
        tuple(_changes(session, person, keys, given, since, rows)),
    )


def _row(given: Given, stop: PlannedStop, site: Site | None) -> Row:
    mix = given.mix_of(stop)
    if site is None:
        return Row(stop, "", "", None, mix)
    return Row(stop, site.name, site.address or "", site.place, mix)


def _with(row: Row, number: int = 0, visit: PlannedVisit | None = None, why: Message | None = None) -> Row:
    return Row(row.stop, row.name, row.address, row.place, row.mix, number, visit, why)


def _team_route(plan: Plan, view: TeamView, rows: Mapping[UUID, Row]) -> TeamRoute:
    route = next((each for each in plan.routes if each.team_id == view.team.id), None)
    visits = [visit for visit in (route.visits if route else ()) if visit.stop_id in rows]
    return TeamRoute(view, tuple(_with(rows[visit.stop_id], n, visit) for n, visit in enumerate(visits, 1)))


def _changes(
    session: Session,
    person: Person,
    keys: Sequence[bytes],
    given: Given,
    since: int | None,
    rows: Mapping[UUID, Row],
) -> list[Message]:
    if not since or since >= given.sweep.plan_revision:
        return []
    try:
        before = read_plan(session, person, keys, given.sweep, since)
    except NotFound:
        return []
    names = {stop_id: row.name for stop_id, row in rows.items()}
    teams = {view.team.id: view.team.name for view in given.teams}
    return [told(each, names, teams) for each in differences(before, given.plan)]


def _sites(session: Session, county: str, site_ids: set[UUID]) -> dict[UUID, Site]:
    query = select(Site).where(Site.county == county, Site.id.in_(site_ids))
    return {site.id: site for site in session.scalars(query)}
