from datetime import timedelta

import pytest
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, box
from sqlalchemy.orm import Session

from geo.hotspots import Level
from inspections.errors import Forbidden, Invalid
from inspections.intake.tips import TipState
from inspections.jobs import Work
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.people import Person, Role
from inspections.registry.sites import LicenceState, SiteKind, SiteState
from inspections.targeting import hotspots, ranking
from inspections.targeting.hotspot_runs import HotspotRun, RunState
from inspections.targeting.hotspots import Settings
from inspections.targeting.methods import METHODS, Given, Outcome
from inspections.targeting.settings import Method
from tests.factories import COUNTY, NOW, make_check, make_finding, make_person, make_site, make_tip

WEST, SOUTH, EAST, NORTH = 117.0, 28.6, 117.2, 28.8
HOT = (117.05, 28.65)


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER)


@pytest.fixture
def county(session: Session) -> Area:
    shape = MultiPolygon([box(WEST, SOUTH, EAST, NORTH)])
    area = Area(county=COUNTY, level=AreaLevel.COUNTY, name="万年县", boundary=from_shape(shape, srid=4326))
    session.add(area)
    session.flush()
    return area


@pytest.fixture
def trouble(session: Session, county: Area) -> None:
    """Thirty tips around one corner, and a few scattered over the county."""
    for i in range(30):
        make_tip(session, place=(HOT[0] + i % 6 * 0.001, HOT[1] + i % 5 * 0.001))
    for i in range(8):
        make_tip(session, place=(WEST + 0.02 * i + 0.01, NORTH - 0.01 * i - 0.01))


def finished(session: Session, person: Person, **settings: int) -> HotspotRun:
    run = hotspots.order_run(session, person, Settings(**settings), NOW)
    hotspots.fill(session, run, NOW)
    return run


def test_a_planted_cluster_is_hot_and_the_rest_is_not(session: Session, dispatcher: Person, trouble: None) -> None:
    run = finished(session, dispatcher, days=90, size_m=1000)
    cells = hotspots.cells_of(session, dispatcher, run)
    hot = [cell for cell in cells if Level.NONE < cell.level <= Level.HOT_99]
    assert run.state is RunState.DONE
    assert run.summary["events"] == 38
    assert 0 < len(hot) < 0.1 * len(cells)
    assert max(cells, key=lambda cell: cell.weight).level == Level.HOT_99


def test_refuted_and_repeated_tips_weigh_nothing_and_confirmed_ones_double(session: Session, county: Area) -> None:
    for state in TipState:
        make_tip(session, place=HOT, state=state)
    found = hotspots.occurrences(session, COUNTY, NOW - timedelta(days=30), NOW + timedelta(days=1))
    assert sorted(found.weight) == [1, 1, 2]


def test_a_cell_nobody_walked_is_unseen_not_cold(session: Session, dispatcher: Person, trouble: None) -> None:
    run = finished(session, dispatcher, days=90, size_m=2000)
    levels = {cell.level for cell in hotspots.cells_of(session, dispatcher, run)}
    assert Level.UNSEEN in levels
    assert not levels & {Level.COLD_90, Level.COLD_95, Level.COLD_99}


def test_a_county_without_events_gives_a_run_without_hotspots(
    session: Session, dispatcher: Person, county: Area
) -> None:
    assert finished(session, dispatcher).summary["hot"] == 0


def test_without_a_boundary_the_office_is_told_to_import_one(session: Session, dispatcher: Person) -> None:
    with pytest.raises(Invalid, match="导入"):
        hotspots.order_run(session, dispatcher, Settings(), NOW)


@pytest.mark.parametrize(("days", "size_m"), [(7, 500), (90, 100), (-1, 500)])
def test_settings_that_are_not_offered_are_refused_by_name(days: int, size_m: int) -> None:
    with pytest.raises(Invalid) as refused:
        Settings(days=days, size_m=size_m)
    assert refused.value.fields


def test_asking_twice_while_one_waits_gives_the_same_run(
    session: Session, dispatcher: Person, county: Area
) -> None:
    first = hotspots.order_run(session, dispatcher, Settings(), NOW)
    assert hotspots.order_run(session, dispatcher, Settings(), NOW) is first


def test_a_field_worker_may_not_see_where_the_office_looks_next(session: Session) -> None:
    with pytest.raises(Forbidden):
        ranking.rank(session, make_person(session, Role.GRID_WORKER), None, NOW)


def test_the_score_is_the_sum_of_the_reasons_and_orders_the_list(
    session: Session, dispatcher: Person, trouble: None
) -> None:
    run = finished(session, dispatcher, days=90, size_m=1000)
    loud = make_site(session, HOT, name="甲托管班", licence_state=LicenceState.NONE, state=SiteState.VERIFIED)
    quiet = make_site(session, (EAST - 0.01, NORTH - 0.01), name="乙托管班", state=SiteState.VERIFIED)
    for _ in range(3):
        make_tip(session, site_id=loud.id)
    make_finding(session, loud, due_on=NOW.date() - timedelta(days=1))
    targets = ranking.rank(session, dispatcher, run, NOW)
    assert [target.site_id for target in targets] == [loud.id, quiet.id]
    words = [str(reason.words) for reason in targets[0].reasons]
    assert words[0] == "近 90 天有 3 条线索"
    assert {"1 个问题逾期未整改", "位于热点网格（99% 可信）", "无证无照", "从未检查过"} <= set(words)
    assert targets[0].score == sum(reason.points for reason in targets[0].reasons)


def test_a_site_visited_lately_is_left_alone_unless_a_tip_came_since(session: Session, dispatcher: Person) -> None:
    site = make_site(session, HOT, state=SiteState.VERIFIED)
    make_check(session, dispatcher, site, device_finished_at=NOW - timedelta(days=3))
    assert ranking.rank(session, dispatcher, None, NOW) == []
    make_tip(session, site_id=site.id, received_at=NOW - timedelta(days=1))
    assert [target.site_id for target in ranking.rank(session, dispatcher, None, NOW)] == [site.id]


def test_schools_and_dismissed_sites_are_not_raided(session: Session, dispatcher: Person) -> None:
    make_site(session, HOT, kind=SiteKind.SCHOOL, category="primary", state=SiteState.LICENSED)
    make_site(session, HOT, state=SiteState.DISMISSED)
    assert ranking.rank(session, dispatcher, None, NOW) == []


def test_another_countys_tips_are_not_counted(session: Session, county: Area, trouble: None) -> None:
    from inspections.db import scope

    scope(session, "421303")
    assert len(hotspots.occurrences(session, "421303", NOW - timedelta(days=90), NOW)) == 0


def test_a_run_is_computed_again_from_what_was_kept_bit_for_bit(
    session: Session, dispatcher: Person, trouble: None
) -> None:
    site = make_site(session, HOT)
    check = make_check(session, dispatcher, site, device_finished_at=NOW - timedelta(days=2))
    make_finding(session, site, check_id=check.id)
    run = hotspots.order_run(session, dispatcher, Settings(), NOW)
    first = hotspots.fill(session, run, NOW)
    make_tip(session, place=HOT)  # what comes later changes nothing
    session.expire_all()
    again, sha256 = hotspots.recompute(session, run)
    assert again.content == first.content
    assert sha256 == run.sha256
    assert run.citation["sha256"] == sha256


def test_what_the_run_was_told_apart_by_is_kept_cell_by_cell(
    session: Session, dispatcher: Person, trouble: None
) -> None:
    site = make_site(session, HOT)
    for days in range(1, 9):
        make_check(session, dispatcher, site, device_finished_at=NOW - timedelta(days=days))
    run = finished(session, dispatcher, days=90, size_m=1000)
    cells = hotspots.cells_of(session, dispatcher, run)
    assert [cell.position for cell in cells] == list(range(run.summary["cells"]))
    assert sum(cell.visits or 0 for cell in cells) == 8
    hottest = max(cells, key=lambda cell: cell.weight)
    assert hottest.heat == "hot"
    assert hottest.q is not None
    assert hottest.q >= (hottest.p or 0)


def test_a_run_that_the_method_refuses_says_so_and_is_not_tried_for_ever(
    session: Session, dispatcher: Person, trouble: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(given: Given) -> Outcome:
        raise ValueError("too many circles")

    monkeypatch.setitem(METHODS, Method.SCAN, refuse)
    run = hotspots.order_run(session, dispatcher, Settings(method=Method.SCAN), NOW)
    hotspots.compute(Work(session, COUNTY, store=None), str(run.id))  # type: ignore[arg-type]
    assert run.state is RunState.FAILED
    assert "换方法" in str(run.refusal)
    assert hotspots.cells_of(session, dispatcher, run) == []
    again = hotspots.order_run(session, dispatcher, Settings(method=Method.SCAN), NOW)
    assert again is not run


def test_too_many_cells_for_a_scan_are_refused_when_it_is_ordered(
    session: Session, dispatcher: Person, county: Area, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hotspots, "MOST_SCANNED", 100)
    with pytest.raises(Invalid) as refused:
        hotspots.order_run(session, dispatcher, Settings(method=Method.SCAN), NOW)
    assert set(refused.value.fields) == {"size_m"}


def test_two_periods_stand_side_by_side(session: Session, dispatcher: Person, trouble: None) -> None:
    yesterday = {"last_day": NOW.date(), "first_day": NOW.date() - timedelta(days=6), "size_m": 1000}
    before = {"last_day": NOW.date() - timedelta(days=7), "first_day": NOW.date() - timedelta(days=13)}
    runs = [
        hotspots.order_run(session, dispatcher, Settings(**each), NOW) for each in (yesterday, yesterday | before)
    ]
    for run in runs:
        hotspots.fill(session, run, NOW)
    assert [run.summary["events"] for run in runs] == [38, 0]
    assert runs[0].until is not None
    assert runs[0].until <= NOW
    assert hotspots.latest_run(session, dispatcher) is None  # the newest that reaches today, of no chosen dates
