"""A plan is rehearsed over many nights by who may know it; what is assumed is learned once there is enough."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.routes.relief import Change
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.events import Event
from inspections.registry.people import Role
from inspections.sweeps import paces, rehearsing
from inspections.sweeps.plan import Plan
from inspections.sweeps.plans import save_plan
from inspections.sweeps.solving import solve
from inspections.sweeps.stops import StopState, SweepStop
from inspections.sweeps.sweeps import SweepState
from tests.factories import COUNTY, NOW, make_person
from tests.sweeps import KEYS, planned_sweep, running_sweep


def values(session: Session, **changes: float) -> dict[str, float]:
    return paces.usual(session, COUNTY, NOW)[0] | changes


CERTAIN = {"service_cv": 0.0, "travel_cv": 0.0, "closed": 0.0}


def test_a_plan_that_keeps_its_hours_is_almost_certain_and_a_hurried_one_is_not(session: Session) -> None:
    night = planned_sweep(session)
    solve(session, night.planner, KEYS, night.sweep.id, night.sweep.plan_revision, NOW, 0.3)
    calm = rehearsing.rehearse(session, night.planner, KEYS, night.sweep.id, values(session), nights=400)
    slow = rehearsing.rehearse(
        session, night.planner, KEYS, night.sweep.id, values(session, service=400), nights=400
    )
    assert calm.chance.share > 0.95
    assert slow.chance.share < 0.5
    assert {each.relief.change for each in slow.helps} & {Change.QUICKER, Change.LONGER}
    assert slow.helps[0].gain > 0.1
    assert len(calm.stops) == len(night.plan.stops)
    assert [each.reached.share for each in slow.stops] == sorted(each.reached.share for each in slow.stops)


def test_with_nothing_left_to_chance_teams_are_through_when_the_plan_says(session: Session) -> None:
    night = planned_sweep(session)
    solved = solve(session, night.planner, KEYS, night.sweep.id, night.sweep.plan_revision, NOW, 0.3)
    found = rehearsing.rehearse(
        session, night.planner, KEYS, night.sweep.id, values(session, **CERTAIN), nights=50
    )
    ends = {route.team_id: route.visits[-1].leaves_at for route in solved.plan.routes if route.visits}
    for each in found.teams:
        assert abs(each.late - ends[each.view.team.id]) < timedelta(minutes=10)


def test_the_same_seed_gives_the_same_answer(session: Session) -> None:
    night = planned_sweep(session)
    one, again, other = (
        rehearsing.rehearse(
            session, night.planner, KEYS, night.sweep.id, values(session, seed=seed, service=300), 200
        )
        for seed in (5, 5, 6)
    )
    assert one.stops == again.stops
    assert one.stops != other.stops


def test_only_who_is_on_the_list_may_rehearse_and_it_is_logged_without_a_target(session: Session) -> None:
    night = planned_sweep(session)
    with pytest.raises(NotFound):
        rehearsing.rehearse(session, make_person(session, Role.DIRECTOR), KEYS, night.sweep.id, values(session))
    with pytest.raises(Forbidden):
        rehearsing.rehearse(session, night.officers[0][0], KEYS, night.sweep.id, values(session))
    rehearsing.rehearse(session, night.planner, KEYS, night.sweep.id, values(session), nights=20)
    logged = session.scalars(select(Event).where(Event.verb == "rehearse_plan")).one()
    assert logged.detail == {"revision": night.sweep.plan_revision}


def test_a_plan_without_routes_says_what_to_do(session: Session) -> None:
    night = planned_sweep(session)
    empty = Plan(stops=night.plan.stops)
    save_plan(session, night.planner, KEYS, night.sweep, empty, night.sweep.plan_revision, NOW)
    with pytest.raises(Conflict):
        rehearsing.rehearse(session, night.planner, KEYS, night.sweep.id, values(session))


def test_figures_out_of_bounds_are_refused_by_field(session: Session) -> None:
    with pytest.raises(Invalid) as refused:
        paces.asked({"service": "0", "closed": "abc", "travel": "120"}, values(session))
    assert set(refused.value.fields) == {"service", "closed"}
    assert paces.asked({"travel": "120"}, values(session))["travel"] == 120


def test_times_and_closed_doors_are_learned_from_finished_sweeps_once_there_are_enough(session: Session) -> None:
    night = running_sweep(session, teams=4, stops=6)
    stops = session.scalars(select(SweepStop).order_by(SweepStop.planned_enters_at)).all()
    for n, stop in enumerate(stops):
        stop.state = StopState.CLOSED if n < 4 else StopState.DONE
        stop.entered_at = None if n < 4 else stop.planned_enters_at
        planned = stop.planned_leaves_at - stop.planned_enters_at
        stop.settled_at = stop.planned_enters_at + (planned * 2 if n % 2 else planned)
    session.flush()
    assert paces.learn(session, COUNTY, NOW).values == {}
    night.sweep.state, night.sweep.ended_at = SweepState.FINISHED, night.sweep.ends_at
    session.flush()
    learned = paces.learn(session, COUNTY, night.sweep.ends_at)
    assert (learned.visits, learned.doors) == (20, 24)
    assert learned.values["service"] == 150
    assert learned.values["closed"] == 17
    assert 32 <= learned.values["service_cv"] <= 36
    assert paces.learn(session, COUNTY, night.sweep.ends_at + timedelta(days=400)).values == {}
