"""Routes of a sweep: what stops require and who must stay out is kept, and who may not know is told nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.columns import lonlat
from inspections.db import new_id
from inspections.errors import Conflict, Invalid, NotFound
from inspections.events import Event
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from inspections.sweeps.assembling import drop_out, teams_of
from inspections.sweeps.differences import Change
from inspections.sweeps.journal import Entry, SweepEntry
from inspections.sweeps.plan import Plan, PlannedStop
from inspections.sweeps.plans import read_plan, save_plan
from inspections.sweeps.solving import solve
from inspections.sweeps.sweeps import Sweep, SweepMember, SweepState
from inspections.sweeps.teams import Absence, SweepTeam, SweepTeamMember
from inspections.targeting.draws.conflicts import Ground, OfficerConflict
from tests.factories import COUNTY, NOW, PLACE, make_person, make_site

KEYS = (b"k" * 32,)
START = NOW.replace(hour=11, minute=0)  # 19:00 in China
SHORT = 0.3  # seconds of search: enough for a handful of stops


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李晓东")


@pytest.fixture
def sweep(session: Session, dispatcher: Person) -> Sweep:
    row = Sweep(
        county=COUNTY, id=new_id(), name="周五夜查", meets_at=START - timedelta(minutes=30), starts_at=START,
        ends_at=START + timedelta(hours=3), planned_by_id=dispatcher.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add(
        SweepMember(
            county=COUNTY, id=new_id(), sweep_id=row.id, person_id=dispatcher.id, added_by_id=dispatcher.id
        )
    )
    session.flush()
    session.refresh(row)
    return row


def officer(session: Session, kind: DepartmentKind, name: str) -> Person:
    department = session.scalars(select(Department).where(Department.kind == kind)).first()
    if department is None:
        department = Department(county=COUNTY, id=new_id(), name=str(kind.label), kind=kind)
        session.add(department)
        session.flush()
    return make_person(session, Role.ENFORCER, name=name, certificate=f"示{name}", department_id=department.id)


def team(session: Session, sweep: Sweep, number: int, *people: Person, **values: Any) -> SweepTeam:
    row = SweepTeam(
        county=COUNTY, id=new_id(), sweep_id=sweep.id, number=number, name=f"第{number}组",
        **({"start": lonlat(*PLACE), "from_at": sweep.starts_at, "until_at": sweep.ends_at} | values),
    )  # fmt: skip
    session.add(row)
    session.flush()
    for n, each in enumerate(people):
        session.add(
            SweepTeamMember(county=COUNTY, id=new_id(), team_id=row.id, person_id=each.id, is_leader=n == 0)
        )
    session.flush()
    session.refresh(row)
    return row


def stops(session: Session, count: int, **values: Any) -> list[PlannedStop]:
    sites = [make_site(session, (PLACE[0] + 0.01 * n, PLACE[1]), name=f"托管班{n}") for n in range(count)]
    return [PlannedStop(id=new_id(), site_id=site.id, **values) for site in sites]


def plan(session: Session, person: Person, sweep: Sweep, *planned: PlannedStop) -> None:
    save_plan(session, person, KEYS, sweep, Plan(stops=tuple(planned)), sweep.plan_revision, NOW)


def routes(found: Plan) -> dict[Any, list[Any]]:
    return {route.team_id: [visit.stop_id for visit in route.visits] for route in found.routes}


def two_teams(session: Session, sweep: Sweep) -> tuple[SweepTeam, SweepTeam]:
    education = [officer(session, DepartmentKind.EDUCATION, name) for name in ("甲", "乙")]
    police = [officer(session, DepartmentKind.EDUCATION, "丙"), officer(session, DepartmentKind.POLICE, "丁")]
    return team(session, sweep, 1, *education), team(session, sweep, 2, *police)


def test_stops_go_to_teams_that_meet_what_they_require(session: Session, sweep: Sweep, dispatcher: Person) -> None:
    first, second = two_teams(session, sweep)
    planned = stops(session, 2) + stops(session, 2, mix="closure")
    plan(session, dispatcher, sweep, *planned)
    solved = solve(session, dispatcher, KEYS, sweep.id, 1, NOW, SHORT)
    assert not solved.left_out
    assert {each.id for each in planned[2:]} <= set(routes(solved.plan)[second.id])
    assert len(routes(solved.plan)[first.id]) + len(routes(solved.plan)[second.id]) == 4
    assert {each.change for each in solved.differences} >= {Change.TAKEN_IN}
    assert read_plan(session, dispatcher, KEYS, sweep) == solved.plan


def test_a_team_with_somebody_who_must_stay_out_does_not_go_there(
    session: Session, sweep: Sweep, dispatcher: Person
) -> None:
    first, second = two_teams(session, sweep)
    planned = stops(session, 1)
    member = teams_of(session, sweep)[1].members[0]
    session.add(
        OfficerConflict(
            county=COUNTY, id=new_id(), person_id=member.person_id, site_id=planned[0].site_id,
            ground=Ground.RELATIVE, declared_at=NOW, declared_by_id=dispatcher.id,
        )
    )  # fmt: skip
    plan(session, dispatcher, sweep, *planned)
    solved = solve(session, dispatcher, KEYS, sweep.id, 1, NOW, SHORT)
    assert routes(solved.plan)[first.id] == [planned[0].id]
    dragged = solve(session, dispatcher, KEYS, sweep.id, 2, NOW, SHORT, moved={planned[0].id: second.id})
    assert [(each.stop_id, each.bind) for each in dragged.left_out] == [(planned[0].id, "nobody_able")]


def test_a_drag_moves_the_stop_and_is_kept_when_all_is_solved_again(
    session: Session, sweep: Sweep, dispatcher: Person
) -> None:
    two_teams(session, sweep)
    planned = stops(session, 4)
    plan(session, dispatcher, sweep, *planned)
    before = solve(session, dispatcher, KEYS, sweep.id, 1, NOW, SHORT).plan
    stop_id, came = next((visits[0], team_id) for team_id, visits in routes(before).items() if visits)
    goes = next(team_id for team_id in routes(before) if team_id != came)
    dragged = solve(session, dispatcher, KEYS, sweep.id, 2, NOW, SHORT, moved={stop_id: goes})
    assert stop_id in routes(dragged.plan)[goes]
    moved = next(each for each in dragged.differences if each.stop_id == stop_id)
    assert (moved.change, moved.from_team, moved.to_team) == (Change.MOVED, came, goes)
    again = solve(session, dispatcher, KEYS, sweep.id, 3, NOW, SHORT)
    assert stop_id in routes(again.plan)[goes]


def test_a_stop_that_no_hour_or_place_allows_is_left_out_with_those_linked_to_it(
    session: Session, sweep: Sweep, dispatcher: Person
) -> None:
    two_teams(session, sweep)
    nowhere = PlannedStop(id=new_id(), site_id=make_site(session, None).id, link="one operator")
    linked, too_late, fine = stops(session, 3)
    linked = linked.model_copy(update={"link": "one operator"})
    too_late = too_late.model_copy(update={"earliest_at": sweep.ends_at + timedelta(minutes=1)})
    plan(session, dispatcher, sweep, nowhere, linked, too_late, fine)
    solved = solve(session, dispatcher, KEYS, sweep.id, 1, NOW, SHORT)
    assert {each.stop_id: each.bind for each in solved.left_out} == {
        nowhere.id: "no_place", linked.id: "linked", too_late.id: "no_hours",
    }  # fmt: skip
    assert [each for visits in routes(solved.plan).values() for each in visits] == [fine.id]


def test_without_a_team_each_stop_says_so(session: Session, sweep: Sweep, dispatcher: Person) -> None:
    plan(session, dispatcher, sweep, *stops(session, 2))
    solved = solve(session, dispatcher, KEYS, sweep.id, 1, NOW, SHORT)
    assert {each.bind for each in solved.left_out} == {"no_team"}


def test_an_older_plan_a_running_sweep_and_a_stranger_are_refused(
    session: Session, sweep: Sweep, dispatcher: Person
) -> None:
    one = two_teams(session, sweep)[0]
    planned = stops(session, 1)
    plan(session, dispatcher, sweep, *planned)
    with pytest.raises(Conflict):
        solve(session, dispatcher, KEYS, sweep.id, 0, NOW, SHORT)
    with pytest.raises(NotFound):
        solve(session, make_person(session, Role.DIRECTOR), KEYS, sweep.id, 1, NOW, SHORT)
    with pytest.raises(Invalid):
        solve(session, dispatcher, KEYS, sweep.id, 1, NOW, SHORT, moved={new_id(): one.id})
    sweep.state, sweep.released_at = SweepState.RUNNING, NOW
    with pytest.raises(Conflict):
        solve(session, dispatcher, KEYS, sweep.id, 1, NOW, SHORT)


def test_history_of_a_plan_names_no_site(session: Session, sweep: Sweep, dispatcher: Person) -> None:
    two_teams(session, sweep)
    planned = stops(session, 1)
    plan(session, dispatcher, sweep, *planned)
    solve(session, dispatcher, KEYS, sweep.id, 1, NOW, SHORT)
    told = " ".join(str(each.detail) + str(each.subject_id) for each in session.scalars(select(Event)))
    site = session.get_one(Site, (COUNTY, planned[0].site_id))
    assert str(site.id) not in told
    assert site.name not in told


def test_who_drops_out_hands_on_the_lead_and_the_journal_of_a_running_sweep_says_so(
    session: Session, sweep: Sweep, dispatcher: Person
) -> None:
    two_teams(session, sweep)
    sweep.state, sweep.released_at = SweepState.RUNNING, NOW
    leader = teams_of(session, sweep)[1].members[0]
    drop_out(session, dispatcher, leader.member_id, Absence.ILL, "发烧", NOW)
    view = teams_of(session, sweep)[1]
    assert [each.person_id for each in view.gone] == [leader.person_id]
    assert [each.is_leader for each in view.members] == [True]
    entry = session.scalars(select(SweepEntry)).one()
    assert (entry.kind, entry.team_id) == (Entry.LEFT_TEAM, view.team.id)
    assert "发烧" not in str(entry.detail) + entry.words
    with pytest.raises(Conflict):
        drop_out(session, dispatcher, leader.member_id, Absence.ILL, "", NOW)
    with pytest.raises(NotFound):
        drop_out(session, make_person(session, Role.DIRECTOR), view.members[0].member_id, Absence.ILL, "", NOW)
