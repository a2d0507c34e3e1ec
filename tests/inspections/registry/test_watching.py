"""Closed sites come up for a look by themselves."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.days import day_of
from inspections.db import new_id
from inspections.field.checks import CheckKind
from inspections.field.tasks import Task, TaskState
from inspections.registry.grid_cells import GridCell
from inspections.registry.people import Role
from inspections.registry.site_changes import change_state, undo_state
from inspections.registry.sites import Site, SiteState
from inspections.registry.watching import EARLY_DAYS, LOOKS, NEXT_LOOK, call_up, next_look_of, watch
from inspections.registry.zones import Zone
from tests.factories import COUNTY, NOW, make_check, make_person, make_site

TODAY = day_of(NOW)
SQUARE = "SRID=4326;POLYGON((117 28,117.1 28,117.1 28.1,117 28.1,117 28))"


def next_look(closed_on: date, last_visit: date | None) -> date | None:
    """The rule said a second time, day by day, to hold the query against."""
    days = [closed_on + timedelta(days=n) for n in LOOKS]
    return next((day for day in days if not last_visit or last_visit < day - timedelta(days=EARLY_DAYS)), None)


def closed(session: Session, days_ago: int, **values) -> Site:
    site = make_site(session, state=SiteState.CLOSED, **values)
    watch(site, TODAY - timedelta(days=days_ago))
    session.flush()
    return site


def walked_by(session: Session, person) -> GridCell:
    cell = GridCell(county=COUNTY, id=new_id(), code=new_id().hex, boundary=SQUARE, worker_id=person.id)
    session.add(cell)
    session.flush()
    return cell


def test_closing_a_site_begins_its_watch_and_taking_it_back_ends_it(session: Session) -> None:
    dispatcher = make_person(session, Role.DISPATCHER)
    site = make_site(session, state=SiteState.VERIFIED)
    change_state(session, dispatcher, site.id, "closed", "联合执法当场取缔")
    assert (site.watched_until - site.closed_on).days == LOOKS[-1]
    session.flush()
    undo_state(session, dispatcher, site.id, NOW + timedelta(days=0))
    assert (site.closed_on, site.watched_until) == (None, None)


def test_a_site_that_opens_again_is_watched_no_longer(session: Session) -> None:
    site = closed(session, 10)
    change_state(session, make_person(session, Role.DISPATCHER), site.id, "reported", "又开了")
    assert (site.closed_on, site.watched_until) == (None, None)


def test_the_walker_of_the_cell_gets_a_task_when_the_look_falls_due(session: Session) -> None:
    worker = make_person(session, Role.GRID_WORKER)
    site = closed(session, 6, grid_cell_id=walked_by(session, worker).id)
    (task,) = call_up(session, COUNTY, NOW)
    assert (task.site_id, task.assignee_id, task.kind) == (site.id, worker.id, CheckKind.RECHECK)
    assert task.reason == "取缔后第 7 天回访，看是否死灰复燃"
    assert task.due_on == TODAY + timedelta(days=2)


def test_called_up_again_it_gets_no_second_task(session: Session) -> None:
    closed(session, 40, grid_cell_id=walked_by(session, make_person(session, Role.GRID_WORKER)).id)
    assert len(call_up(session, COUNTY, NOW)) == 1
    assert call_up(session, COUNTY, NOW) == []


def test_without_a_walker_the_zones_inspector_goes_and_without_either_nobody(session: Session) -> None:
    inspector = make_person(session, Role.INSPECTOR)
    zone = Zone(county=COUNTY, id=new_id(), name="一区", inspector_id=inspector.id)
    session.add(zone)
    session.flush()
    closed(session, 30, zone_id=zone.id)
    closed(session, 30, name="没有人管的地方")
    assert [task.assignee_id for task in call_up(session, COUNTY, NOW)] == [inspector.id]


def test_one_who_left_is_sent_nowhere(session: Session) -> None:
    gone = make_person(session, Role.GRID_WORKER, is_active=False)
    closed(session, 30, grid_cell_id=walked_by(session, gone).id)
    assert call_up(session, COUNTY, NOW) == []


def test_a_visit_after_the_closing_stands_for_the_looks_before_it(session: Session) -> None:
    worker = make_person(session, Role.GRID_WORKER)
    site = closed(session, 33, grid_cell_id=walked_by(session, worker).id)
    make_check(session, worker, site, device_finished_at=NOW - timedelta(days=1))
    assert call_up(session, COUNTY, NOW) == []
    assert next_look_of(session, site) == site.closed_on + timedelta(days=90)


def test_the_visit_of_the_closing_itself_is_no_look(session: Session) -> None:
    worker = make_person(session, Role.ENFORCER)
    site = closed(session, 8)
    make_check(session, worker, site, device_finished_at=NOW - timedelta(days=8))
    assert next_look_of(session, site) == site.closed_on + timedelta(days=7)


def test_after_the_watch_nothing_falls_due(session: Session) -> None:
    closed(session, 200, grid_cell_id=walked_by(session, make_person(session, Role.GRID_WORKER)).id)
    assert call_up(session, COUNTY, NOW) == []
    assert session.scalars(select(Task).where(Task.state == TaskState.OPEN)).all() == []


@pytest.mark.parametrize("days", [None, 1, 4, 5, 26, 27, 28, 86, 87, 100, 176, 177, 190])
def test_the_list_and_the_function_say_the_same_day(session: Session, days: int | None) -> None:
    site = closed(session, 200)
    last = days and site.closed_on + timedelta(days=days)
    if days:
        at = NOW - timedelta(days=200 - days)
        make_check(session, make_person(session, Role.INSPECTOR), site, device_finished_at=at)
    assert session.scalar(select(NEXT_LOOK).where(Site.id == site.id)) == next_look(site.closed_on, last)
