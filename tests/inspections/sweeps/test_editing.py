"""A sweep is made, its plan edited step by step, by two people at once, and called off."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.errors import Conflict, Invalid, NotFound
from inspections.registry.people import Person, Role
from inspections.sweeps import editing
from inspections.sweeps.plan import PlanSource
from inspections.sweeps.plans import read_plan
from inspections.sweeps.reading import list_sweeps
from inspections.sweeps.steps import (
    AddStops,
    DropStop,
    Restore,
    SetLink,
    SetOrder,
    SetWindow,
    read_step,
)
from inspections.sweeps.sweeps import Sweep, SweepMember, SweepState
from tests.factories import COUNTY, NOW, PLACE, make_person, make_site

KEYS = (b"k" * 32,)
EVENING: dict[str, Any] = {
    "name": "周五联合行动",
    "day": "2026-11-27",
    "starts": "18:30",
    "ends": "21:00",
    "meets": "18:00",
}


@pytest.fixture
def planner(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李强")


@pytest.fixture
def sweep(session: Session, planner: Person) -> Sweep:
    return editing.new_sweep(session, planner, EVENING, NOW)


def add_sites(session: Session, person: Person, sweep: Sweep, count: int = 3) -> list[Any]:
    sites = [make_site(session, (PLACE[0] + 0.01 * n, PLACE[1]), name=f"点位{n}") for n in range(count)]
    step = AddStops(site_ids=tuple(each.id for each in sites))
    return list(editing.change(session, person, KEYS, sweep.id, sweep.plan_revision, step, NOW).stops)


def test_who_makes_a_sweep_is_the_first_to_know_where_it_goes(
    session: Session, planner: Person, sweep: Sweep
) -> None:
    assert sweep.state is SweepState.PLANNING
    assert sweep.starts_at.isoformat() == "2026-11-27T10:30:00+00:00"
    assert sweep.ends_at - sweep.starts_at == timedelta(hours=2.5)
    assert [line.knows for line in list_sweeps(session, planner).lines] == [True]
    other = make_person(session, Role.DISPATCHER, name="王芳")
    assert [line.knows for line in list_sweeps(session, other).lines] == [False]
    with pytest.raises(NotFound):
        editing.change(session, other, KEYS, sweep.id, 0, AddStops(site_ids=(new_id(),)), NOW)


def test_a_sweep_that_ends_before_it_starts_goes_over_midnight(session: Session, planner: Person) -> None:
    sweep = editing.new_sweep(session, planner, {**EVENING, "starts": "22:00", "ends": "01:00", "meets": ""}, NOW)
    assert sweep.ends_at - sweep.starts_at == timedelta(hours=3)
    assert sweep.meets_at == sweep.starts_at


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", " "),
        ("day", "2026-02-30"),
        ("starts", "25:00"),
        ("ends", "soon"),
        ("meets", "19:30"),
        ("starts", "18:30+08:00"),
        ("service_minutes", "0"),
        ("way_factor", "nan"),
        ("campaign_id", "of nobody"),
    ],
)
def test_a_wrong_field_is_named(session: Session, planner: Person, field: str, given: str) -> None:
    with pytest.raises(Invalid) as refused:
        editing.new_sweep(session, planner, {**EVENING, field: given}, NOW)
    assert set(refused.value.fields) == {field}


def test_a_sweep_of_yesterday_can_not_be_planned(session: Session, planner: Person) -> None:
    with pytest.raises(Invalid) as refused:
        editing.new_sweep(session, planner, {**EVENING, "day": "2026-11-19"}, NOW)
    assert set(refused.value.fields) == {"starts"}


def test_each_step_is_a_revision_and_an_older_one_comes_back(
    session: Session, planner: Person, sweep: Sweep
) -> None:
    first, second, third = add_sites(session, planner, sweep)

    def do(step: Any) -> Any:
        return editing.change(session, planner, KEYS, sweep.id, sweep.plan_revision, step, NOW)

    do(DropStop(stop_id=first.id, reason="老板刚被约谈"))
    plan = do(SetOrder(stop_ids=(third.id, second.id)))
    assert [stop.id for stop in plan.stops] == [third.id, second.id]
    assert plan.dropped == {first.site_id: "老板刚被约谈"}
    assert sweep.plan_revision == 3
    plan = do(Restore(revision=1))
    assert sweep.plan_revision == 4
    assert plan == read_plan(session, planner, KEYS, sweep, 1)
    assert do(Restore(revision=0)).stops == ()


def test_a_dropped_site_that_is_added_again_is_dropped_no_more(
    session: Session, planner: Person, sweep: Sweep
) -> None:
    first, *_ = add_sites(session, planner, sweep)
    editing.change(session, planner, KEYS, sweep.id, 1, DropStop(stop_id=first.id, reason="先不去"), NOW)
    again = AddStops(site_ids=(first.site_id, first.site_id), source=PlanSource.AREA)
    plan = editing.change(session, planner, KEYS, sweep.id, 2, again, NOW)
    assert plan.dropped == {}
    assert [stop.site_id for stop in plan.stops].count(first.site_id) == 1


def test_the_second_of_two_dispatchers_is_told_and_loses_nothing(
    session: Session, planner: Person, sweep: Sweep
) -> None:
    other = make_person(session, Role.DISPATCHER, name="王芳")
    session.add(SweepMember(county=COUNTY, sweep_id=sweep.id, person_id=other.id, added_by_id=planner.id))
    first, second, _ = add_sites(session, planner, sweep)
    editing.change(session, planner, KEYS, sweep.id, 1, DropStop(stop_id=first.id, reason="先不去"), NOW)
    with pytest.raises(Conflict):
        editing.change(session, other, KEYS, sweep.id, 1, DropStop(stop_id=second.id, reason="停业"), NOW)
    plan = editing.change(session, other, KEYS, sweep.id, 2, DropStop(stop_id=second.id, reason="停业"), NOW)
    assert set(plan.dropped.values()) == {"先不去", "停业"}


def test_linked_stops_stay_linked_until_one_is_left(session: Session, planner: Person, sweep: Sweep) -> None:
    first, second, third = add_sites(session, planner, sweep)

    def do(step: Any) -> list[str | None]:
        plan = editing.change(session, planner, KEYS, sweep.id, sweep.plan_revision, step, NOW)
        return [stop.link for stop in plan.stops]

    assert do(SetLink(stop_ids=(first.id, second.id))) == ["L1", "L1", None]
    assert do(SetLink(stop_ids=(second.id, third.id))) == ["L1", "L1", "L1"]
    assert do(SetLink(stop_ids=(first.id,), linked=False)) == [None, "L1", "L1"]
    assert do(DropStop(stop_id=third.id, reason="关门")) == [None, None]
    with pytest.raises(Invalid):
        do(SetLink(stop_ids=(first.id,)))


def test_a_window_that_ends_before_it_begins_is_refused(session: Session, planner: Person, sweep: Sweep) -> None:
    first, *_ = add_sites(session, planner, sweep, 1)
    step = SetWindow(stop_id=first.id, earliest_at=NOW + timedelta(hours=1), latest_at=NOW)
    with pytest.raises(Invalid):
        editing.change(session, planner, KEYS, sweep.id, 1, step, NOW)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"kind": "explode"},
        {"kind": "drop", "stop_id": "not an id", "reason": "x"},
        {"kind": "add", "site_ids": []},
        {"kind": "window", "stop_id": str(new_id()), "earliest_at": "2026-11-27T10:00:00"},
        {"kind": "area", "ring": [[1, 2, 3]]},
        {"kind": "approach", "stop_id": str(new_id()), "approach": "长" * 2001},
    ],
)
def test_a_step_that_makes_no_sense_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        read_step(given)


def test_a_sweep_is_called_off_with_a_reason_and_then_left_alone(
    session: Session, planner: Person, sweep: Sweep
) -> None:
    with pytest.raises(Invalid):
        editing.cancel(session, planner, sweep.id, "  ", NOW)
    editing.cancel(session, planner, sweep.id, "大雨", NOW)
    assert (sweep.state, sweep.ended_reason) == (SweepState.CANCELLED, "大雨")
    with pytest.raises(Conflict):
        editing.cancel(session, planner, sweep.id, "再取消一次", NOW)
    with pytest.raises(Conflict):
        editing.change(session, planner, KEYS, sweep.id, 0, AddStops(site_ids=(new_id(),)), NOW)


def test_a_sweep_is_done_once_more_with_its_stops_but_without_its_windows(
    session: Session, planner: Person, sweep: Sweep
) -> None:
    first, *_ = add_sites(session, planner, sweep)
    step = SetWindow(stop_id=first.id, earliest_at=sweep.starts_at)
    editing.change(session, planner, KEYS, sweep.id, 1, step, NOW)
    form = {**EVENING, "day": "2026-12-04"}
    again = editing.duplicate(session, planner, KEYS, sweep.id, form, datetime.now(NOW.tzinfo))
    plan = read_plan(session, planner, KEYS, again)
    assert len(plan.stops) == 3
    assert all(stop.earliest_at is None for stop in plan.stops)
    assert not {stop.id for stop in plan.stops} & {first.id}
