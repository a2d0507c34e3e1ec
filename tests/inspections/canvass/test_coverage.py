from datetime import date, timedelta

import pytest

from inspections.canvass.coverage import Level, read_coverage
from inspections.canvass.intervals import Intervals, set_intervals
from inspections.canvass.township_desk import read_township, usual_of
from inspections.canvass.visits import VisitOutcome
from inspections.canvass.zone_coverage import level_of, read_zones
from inspections.errors import Forbidden, Invalid
from inspections.field.checks import CheckKind
from inspections.registry.people import Role
from inspections.registry.sites import SiteCategory, SiteKind, SiteState
from inspections.registry.time_bands import TimeBand
from inspections.registry.zones import Zone
from tests.factories import (
    COUNTY,
    NOW,
    make_cell,
    make_check,
    make_person,
    make_site,
    make_tip,
    make_township,
    make_visit,
)


@pytest.fixture
def township(session):
    return make_township(session)


@pytest.fixture
def dispatcher(session):
    return make_person(session, Role.DISPATCHER)


@pytest.fixture
def worker(session, township):
    return make_person(session, Role.GRID_WORKER, township_id=township.id, name="王桂英")


def walked(session, township, worker, *days, **values):
    cell = make_cell(session, township, worker_id=worker.id)
    for day in days:
        make_visit(session, worker, cell, device_finished_at=NOW - timedelta(days=day), **values)
    return cell


@pytest.mark.parametrize(
    ("days", "level"),
    [
        ([], Level.NEVER),
        ([31], Level.OVERDUE),
        ([25], Level.SOON),
        ([3], Level.WALKED),
        ([90, 2, 40], Level.WALKED),
    ],
)
def test_a_cell_stands_by_its_latest_walk(session, dispatcher, township, worker, days, level):
    walked(session, township, worker, *days)
    assert read_coverage(session, dispatcher, NOW).levels() == [level]


def test_a_shut_door_is_told_and_is_no_walk(session, dispatcher, township, worker):
    walked(session, township, worker, 1, 2, 3, 4, outcome=VisitOutcome.NO_ACCESS)
    cell = walked(session, township, worker, 40)
    for day in (1, 2, 3):
        make_visit(
            session, worker, cell, outcome=VisitOutcome.NO_ACCESS, device_finished_at=NOW - timedelta(days=day)
        )
    coverage = read_coverage(session, dispatcher, NOW)
    assert sorted(level.value for level in coverage.levels()) == ["never", "overdue"]
    assert all(cell.visits for cell in coverage.cells)


def test_each_band_stands_by_itself(session, dispatcher, township, worker):
    walked(session, township, worker, 100, band=TimeBand.HOLIDAY)
    coverage = read_coverage(session, dispatcher, NOW)
    assert coverage.levels(TimeBand.HOLIDAY) == [Level.WALKED]
    assert coverage.levels(TimeBand.WEEKEND) == [Level.NEVER]
    assert coverage.levels() == [Level.OVERDUE]


def test_who_has_most_to_do_stands_first(session, dispatcher, township, worker):
    walked(session, township, worker, 2)
    walked(session, township, worker)
    other = make_person(session, Role.GRID_WORKER, name="周静")
    walked(session, township, other)
    standings = read_coverage(session, dispatcher, NOW).standings("worker")
    assert [(each.name, each.cells, each.percent) for each in standings] == [("周静", 1, 0), ("王桂英", 2, 50)]


def test_a_head_sees_the_own_township_and_nobody_else_may_look(session, township, worker):
    walked(session, township, worker, 2)
    other = make_township(session, name="石镇镇")
    make_cell(session, other)
    head = make_person(session, Role.TOWNSHIP_ADMIN, township_id=township.id)
    assert len(read_coverage(session, head, NOW).cells) == 1
    assert read_coverage(session, head, NOW, other.id).cells == []
    with pytest.raises(Forbidden):
        read_coverage(session, worker, NOW)


def test_a_county_sets_its_own_interval(session, dispatcher, township, worker):
    walked(session, township, worker, 20)
    set_intervals(session, dispatcher, {"days": "14", "holiday_days": "90"})
    assert read_coverage(session, dispatcher, NOW).levels() == [Level.OVERDUE]
    set_intervals(session, dispatcher, {"days": "28", "holiday_days": "90"})
    assert read_coverage(session, dispatcher, NOW).levels() == [Level.WALKED]
    with pytest.raises(Invalid) as refused:
        set_intervals(session, dispatcher, {"days": "0", "holiday_days": "一"})
    assert set(refused.value.fields) == {"days", "holiday_days"}
    with pytest.raises(Forbidden):
        set_intervals(session, worker, {"days": "1", "holiday_days": "1"})


def test_days_of_grace_before_a_cell_is_overdue():
    rule = Intervals()
    assert not rule.is_due_soon(None, NOW - timedelta(days=22), NOW)
    assert rule.is_due_soon(None, NOW - timedelta(days=24), NOW)
    assert rule.is_overdue(None, NOW - timedelta(days=30, minutes=1), NOW)


@pytest.fixture
def school(session, township):
    inspector = make_person(session, Role.INSPECTOR, name="张敏")
    zone = Zone(county=COUNTY, name="第一责任区", inspector_id=inspector.id)
    session.add(zone)
    session.flush()
    return make_site(
        session, name="实验小学", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY, state=SiteState.LICENSED,
        zone_id=zone.id, township_id=township.id,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "level"), [([], Level.NEVER), ([3], Level.WALKED), ([25], Level.SOON), ([60], Level.OVERDUE)]
)
def test_a_school_is_due_once_a_month(session, dispatcher, worker, school, days, level):
    for day in days:
        make_check(session, worker, school, device_finished_at=NOW - timedelta(days=day))
    (found,) = read_zones(session, dispatcher, NOW).schools
    assert (found.level, found.zone, found.inspector) == (level, "第一责任区", "张敏")


def test_what_a_school_says_of_itself_is_no_visit(session, dispatcher, worker, school):
    make_check(session, worker, school, kind=CheckKind.SELF)
    make_check(session, worker, school, kind=CheckKind.CANVASS)
    assert read_zones(session, dispatcher, NOW).schools[0].level is Level.NEVER


def test_the_months_of_a_school_begin_on_their_first_day_in_china():
    since = (date(2026, 11, 1), date(2026, 10, 1))
    assert level_of(NOW.replace(month=10, day=31, hour=16), since) is Level.WALKED
    assert level_of(NOW.replace(month=10, day=31, hour=15), since) is Level.SOON


def test_a_township_is_held_against_its_own_past(session, dispatcher, township, worker):
    cell = make_cell(session, township, worker_id=worker.id)
    for month in range(1, 7):
        for visit in range(4):
            make_visit(session, worker, cell, device_finished_at=NOW - timedelta(days=30 * month + visit))
    for _ in range(20):
        make_visit(session, worker, cell, device_finished_at=NOW - timedelta(hours=1))
    make_tip(session, township_id=township.id)
    desk = read_township(session, dispatcher, township, NOW)
    walks = desk.trends[0]
    assert (walks.now, walks.reading) == (20, "better")
    assert desk.tip_count == 1
    assert desk.count(Level.WALKED) == 1


def test_the_usual_range_is_never_narrower_than_chance():
    low, high = usual_of([4, 4, 4, 4])
    assert low == 0
    assert high == 8
    assert usual_of([]) == (0.0, 2.0)
