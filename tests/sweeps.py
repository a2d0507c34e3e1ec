"""A joint sweep of three departments: planned, sealed and running by the commands that the county uses."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from geo.columns import lonlat
from inspections.db import new_id
from inspections.evidence.keys import KeyRing
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from inspections.sweeps import codes, releasing
from inspections.sweeps.plan import Plan, PlannedRoute, PlannedStop, PlannedVisit
from inspections.sweeps.plans import save_plan
from inspections.sweeps.sweeps import Sweep, SweepMember
from inspections.sweeps.teams import SweepTeam, SweepTeamMember
from tests.factories import NOW, PLACE, make_person, make_site

# Those of an installation whose secret is "test", as the tests' app has it
KEYS = KeyRing.of(["test"]).sweep
T0 = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # eight in the evening in China
KINDS = (DepartmentKind.EDUCATION, DepartmentKind.MARKET, DepartmentKind.POLICE)

# A code is made costly for who guesses, and each test has some. The real cost: test_codes.py
codes.ITERATIONS = 1_000


@dataclass
class Night:
    """`officers` are by team, the leader first; `sites` by team in the order of its route."""

    sweep: Sweep
    planner: Person
    plan: Plan
    departments: list[Department]
    teams: list[SweepTeam]
    officers: list[list[Person]]
    sites: list[list[Site]]

    @property
    def people(self) -> list[Person]:
        return [person for team in self.officers for person in team]


def planned_sweep(
    session: Session,
    planner: Person | None = None,
    *,
    teams: int = 3,
    stops: int = 2,
    starts_at: datetime = T0,
    login: str = "",
    now: datetime = NOW,
) -> Night:
    """A sweep from `starts_at` for three hours, with two certified officers of different departments on each team.

    With a `login` the officers can sign in as `<login>1`, `<login>2`, …
    """
    planner = planner or make_person(session, Role.DISPATCHER, name="李晓东", phone="0793-3880001")
    county = planner.county
    departments = [_department(session, county, kind) for kind in KINDS]
    sweep = Sweep(
        county=county, id=new_id(), name="周六晚联合行动", meeting_point="县政府南门", planned_by_id=planner.id,
        meets_at=starts_at - timedelta(minutes=30), starts_at=starts_at, ends_at=starts_at + timedelta(hours=3),
    )  # fmt: skip
    session.add(sweep)
    session.flush()
    session.add(
        SweepMember(county=county, id=new_id(), sweep_id=sweep.id, person_id=planner.id, added_by_id=planner.id)
    )
    made = [_team(session, sweep, number, departments, login) for number in range(1, teams + 1)]
    sites = [[_site(session, county, team * stops + number) for number in range(stops)] for team in range(teams)]
    plan = _plan(sweep, [team for team, _ in made], sites)
    session.flush()
    save_plan(session, planner, KEYS, sweep, plan, sweep.plan_revision, now)
    return Night(
        sweep, planner, plan, departments, [team for team, _ in made], [people for _, people in made], sites
    )


def sealed_sweep(session: Session, planner: Person | None = None, now: datetime = NOW, **values: object) -> Night:
    """The same with a packet for each team."""
    night = planned_sweep(session, planner, now=now, **values)  # type: ignore[arg-type]
    releasing.seal(session, night.planner, KEYS, night.sweep.id, now)
    return night


def running_sweep(session: Session, planner: Person | None = None, now: datetime = NOW, **values: object) -> Night:
    """The same after the clock has released it at its T-0."""
    night = sealed_sweep(session, planner, now, **values)
    assert releasing.release(session, KEYS, night.sweep.id, night.sweep.starts_at)
    return night


def _department(session: Session, county: str, kind: DepartmentKind) -> Department:
    department = Department(county=county, id=new_id(), name=f"{kind.label}局{new_id().hex[-6:]}", kind=kind)
    session.add(department)
    session.flush()
    return department


def _team(
    session: Session, sweep: Sweep, number: int, departments: list[Department], login: str
) -> tuple[SweepTeam, list[Person]]:
    team = SweepTeam(
        county=sweep.county, id=new_id(), sweep_id=sweep.id, number=number, name=f"第{number}组",
        vehicle=f"赣E·0{number}执法", start_name="县政府", start=lonlat(*PLACE), from_at=sweep.starts_at,
        until_at=sweep.ends_at,
    )  # fmt: skip
    session.add(team)
    session.flush()
    people = []
    for place in range(2):
        count = 2 * number - 1 + place
        people.append(
            make_person(
                session,
                Role.ENFORCER,
                name=f"队员{count}",
                phone=f"1390000{count:04}",
                login=f"{login}{count}" if login else None,
                certificate=f"E-{new_id().hex[-8:]}",
                county=sweep.county,
                department_id=departments[count % len(departments)].id,
            )
        )
        session.add(
            SweepTeamMember(
                county=sweep.county, id=new_id(), team_id=team.id, person_id=people[-1].id, is_leader=not place
            )
        )
    session.flush()
    return team, people


def _site(session: Session, county: str, number: int) -> Site:
    place = (PLACE[0] + 0.002 * number, PLACE[1] + 0.001 * number)
    return make_site(session, place, county, name=f"星光托管{number}号点", address=f"建德大街{100 + number}号")


def _plan(sweep: Sweep, teams: list[SweepTeam], sites: list[list[Site]]) -> Plan:
    routes, stops = [], []
    for team, own in zip(teams, sites, strict=True):
        visits, at = [], sweep.starts_at
        for site in own:
            stop = PlannedStop(id=new_id(), site_id=site.id, approach="从后巷进，先看二楼灯光")
            stops.append(stop)
            arrives = at + timedelta(minutes=15)
            leaves = arrives + timedelta(minutes=sweep.service_minutes or 30)
            visits.append(
                PlannedVisit(
                    stop_id=stop.id, sets_out_at=at, arrives_at=arrives, enters_at=arrives, leaves_at=leaves
                )
            )
            at = leaves
        routes.append(PlannedRoute(team_id=team.id, visits=tuple(visits)))
    return Plan(stops=tuple(stops), routes=tuple(routes), solved_at=NOW)
