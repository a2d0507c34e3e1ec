from datetime import date, timedelta

import pytest
from shapely.geometry import box

from inspections.canvass.campaigns import CampaignCell, CanvassCampaign
from inspections.canvass.own_cells import cells_for
from inspections.canvass.visits import VisitOutcome
from inspections.intake.tips import TipState
from inspections.registry.people import Role
from inspections.registry.sites import SiteState
from inspections.registry.time_bands import TimeBand
from tests.factories import NOW, PLACE, make_cell, make_person, make_site, make_tip, make_township, make_visit


@pytest.fixture
def township(session):
    return make_township(session)


@pytest.fixture
def worker(session, township):
    return make_person(session, Role.GRID_WORKER, township_id=township.id)


@pytest.fixture
def cell(session, township, worker):
    return make_cell(session, township, worker_id=worker.id)


def make_campaign(session, person, cells, assignee=None, **values):
    days = {"starts_on": date(2026, 11, 16), "ends_on": date(2026, 11, 30)}
    defaults = {"name": "秋季拉网排查", "bands": ["evening", "weekend"], "created_by_id": person.id} | days
    campaign = CanvassCampaign(county=person.county, **(defaults | values))
    session.add(campaign)
    session.flush()
    for each in cells:
        session.add(
            CampaignCell(
                county=person.county,
                campaign_id=campaign.id,
                cell_id=each.id,
                assignee_id=assignee.id if assignee else None,
            )
        )
    session.flush()
    return campaign


def test_a_worker_gets_the_own_cells_with_their_outline(session, worker, cell):
    make_cell(session, shape=box(117.1, 28.7, 117.11, 28.71))
    make_cell(session, worker_id=worker.id, retired_at=NOW)
    (found,) = cells_for(session, worker, NOW).cells
    assert (found.code, found.name, found.township, found.is_own) == (cell.code, cell.name, "陈营镇", True)
    assert found.boundary["type"] == "Polygon"


def test_who_has_no_cell_gets_nothing(session, cell):
    other = make_person(session, Role.GRID_WORKER)
    assert cells_for(session, other, NOW).cells == ()


def test_a_running_campaign_lends_its_cells_and_asks_for_its_bands(session, township, worker):
    lent = make_cell(session, township)
    campaign = make_campaign(session, worker, [lent], worker)
    ground = cells_for(session, worker, NOW)
    (found,) = ground.cells
    assert not found.is_own
    assert ground.campaigns[0].cell_ids == (lent.id,)
    asked = {each.band: each.campaigns for each in found.due}
    assert asked[TimeBand.EVENING] == (campaign.id,) == asked[TimeBand.WEEKEND]
    assert asked[TimeBand.WORKDAY] == ()


@pytest.mark.parametrize(
    "values",
    [
        {"closed_at": NOW},
        {"ends_on": date(2026, 11, 19)},
        {"starts_on": date(2026, 11, 21)},
    ],
)
def test_a_campaign_that_does_not_run_lends_nothing(session, township, worker, values):
    make_campaign(session, worker, [make_cell(session, township)], worker, **values)
    assert cells_for(session, worker, NOW).cells == ()


def test_a_band_that_was_walked_within_the_campaign_is_not_asked_for_again(session, worker, cell):
    campaign = make_campaign(session, worker, [cell], worker)
    make_visit(session, worker, cell, band=TimeBand.EVENING)
    make_visit(session, worker, cell, band=TimeBand.WEEKEND, outcome=VisitOutcome.NO_ACCESS)
    due = {each.band: each for each in cells_for(session, worker, NOW).cells[0].due}
    assert due[TimeBand.EVENING].campaigns == ()
    assert not due[TimeBand.EVENING].is_due
    assert due[TimeBand.WEEKEND].campaigns == (campaign.id,)
    assert due[TimeBand.WEEKEND].last_at is None


def test_a_band_is_overdue_after_the_countys_interval(session, worker, cell):
    make_visit(session, worker, cell, band=TimeBand.WEEKEND, device_finished_at=NOW - timedelta(days=31))
    make_visit(session, worker, cell, band=TimeBand.EVENING, device_finished_at=NOW - timedelta(days=29))
    make_visit(session, worker, cell, band=TimeBand.HOLIDAY, device_finished_at=NOW - timedelta(days=100))
    due = {each.band: each.is_overdue for each in cells_for(session, worker, NOW).cells[0].due}
    assert due == {
        TimeBand.WORKDAY: True, TimeBand.EVENING: False, TimeBand.WEEKEND: True, TimeBand.HOLIDAY: False
    }  # fmt: skip


def test_what_is_known_in_a_cell_is_suspected_sites_that_are_still_watched(session, worker, cell):
    known = make_site(session, building="3栋", location_accuracy_m=80.0)
    make_site(session, state=SiteState.DISMISSED)
    make_site(session, place=(117.2, 28.69))
    (found,) = cells_for(session, worker, NOW).cells[0].sites
    assert (found.id, found.building, found.uncertainty_m) == (known.id, "3栋", 80.0)


def test_of_a_tip_only_its_place_leaves_the_desk(session, worker, cell):
    tip = make_tip(session, PLACE, text="我是他邻居王某，电话13800001111", room="502", schedule="周六下午")
    tip.place = tip.compound = "翠湖花园"
    session.flush()
    make_tip(session, PLACE, state=TipState.UNFOUNDED)
    (found,) = cells_for(session, worker, NOW).cells[0].tips
    assert (found.id, found.place, found.room, found.schedule) == (tip.id, "翠湖花园", "502", "周六下午")
    assert "13800001111" not in repr(found)


def test_a_tip_that_names_a_minor_keeps_its_room(session, worker, cell):
    make_tip(session, PLACE, unit="2", room="502", names_minor=True)
    (found,) = cells_for(session, worker, NOW).cells[0].tips
    assert (found.unit, found.room) == (None, None)


def test_a_tip_beside_the_cell_counts_if_its_circle_reaches_in(session, worker, cell):
    make_tip(session, (117.0735, 28.69), uncertainty_m=200.0)
    make_tip(session, (117.0735, 28.69), uncertainty_m=20.0)
    assert len(cells_for(session, worker, NOW).cells[0].tips) == 1
