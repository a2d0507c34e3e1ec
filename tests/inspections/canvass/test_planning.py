from datetime import date, timedelta

import pytest
from sqlalchemy import select

from inspections.canvass import planning
from inspections.canvass.campaign_sheet import campaign_workbook
from inspections.canvass.campaigns import CampaignCell
from inspections.canvass.progress import count_done, read_progress
from inspections.canvass.visits import VisitOutcome
from inspections.db import scope
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.registry.people import Role
from inspections.registry.time_bands import TimeBand
from tests.factories import NOW, make_cell, make_person, make_township, make_visit

FORM = {"name": "寒假前排查", "starts_on": "2026-11-10", "ends_on": "2026-11-30"}
BANDS = ["evening", "weekend"]


@pytest.fixture
def township(session):
    return make_township(session)


@pytest.fixture
def dispatcher(session):
    return make_person(session, Role.DISPATCHER)


@pytest.fixture
def worker(session, township):
    return make_person(session, Role.GRID_WORKER, township_id=township.id, name="王桂英")


@pytest.fixture
def cells(session, township, worker):
    return [make_cell(session, township, worker_id=worker.id, name=f"第{n}格") for n in range(3)]


def begun(session, person, township, **form):
    return planning.begin(session, person, FORM | form, BANDS, [str(township.id)])


def test_a_campaign_takes_the_cells_of_a_township_with_whoever_walks_them(
    session, dispatcher, township, worker, cells
):
    make_cell(session, township, retired_at=NOW)
    campaign = begun(session, dispatcher, township)
    rows = session.scalars(select(CampaignCell)).all()
    assert {row.cell_id for row in rows} == {cell.id for cell in cells}
    assert {row.assignee_id for row in rows} == {worker.id}
    assert campaign.township_id == township.id


@pytest.mark.parametrize(
    ("form", "bands", "field"),
    [
        ({"name": " "}, BANDS, "name"),
        ({"name": "长" * 41}, BANDS, "name"),
        ({"starts_on": "明天"}, BANDS, "starts_on"),
        ({"ends_on": "2026-11-09"}, BANDS, "ends_on"),
        ({"ends_on": "2028-11-30"}, BANDS, "ends_on"),
        ({}, [], "bands"),
        ({}, ["evening", "midnight"], "bands"),
    ],
)
def test_what_can_not_be_is_said_field_by_field(session, dispatcher, township, cells, form, bands, field):
    with pytest.raises(Invalid) as refused:
        planning.begin(session, dispatcher, FORM | form, bands, [str(township.id)])
    assert field in refused.value.fields


@pytest.mark.parametrize("given", [[], ["no id"], ["01890a5d-ac96-774b-bcce-b302099a8057"]])
def test_without_cells_there_is_no_campaign(session, dispatcher, cells, given):
    with pytest.raises(Invalid):
        planning.begin(session, dispatcher, FORM, BANDS, given)


def test_progress_counts_walks_within_the_days_and_no_shut_door(session, dispatcher, township, worker, cells):
    campaign = begun(session, dispatcher, township)
    make_visit(session, worker, cells[0], band=TimeBand.EVENING)
    make_visit(session, worker, cells[0], band=TimeBand.WEEKEND, outcome=VisitOutcome.LEADS)
    make_visit(session, worker, cells[1], band=TimeBand.EVENING, outcome=VisitOutcome.NO_ACCESS)
    make_visit(session, worker, cells[2], band=TimeBand.EVENING, device_finished_at=NOW - timedelta(days=12))
    make_visit(session, worker, cells[2], band=TimeBand.WORKDAY)
    progress = read_progress(session, dispatcher, campaign)
    total = progress.total
    assert (total.asked, total.done, total.cells_done, total.leads, total.shut) == (6, 2, 1, 1, 1)
    assert progress.bands == (TimeBand.EVENING, TimeBand.WEEKEND)
    assert [(each.name, each.percent) for each in progress.workers] == [("王桂英", 33)]
    assert count_done(session, dispatcher.county, [campaign.id]) == {campaign.id: (2, 6)}


def test_the_workbook_has_three_sheets_and_no_formula(session, dispatcher, township, worker, cells):
    cells[0].name = "=1+1"
    campaign = begun(session, dispatcher, township)
    book = campaign_workbook(campaign, read_progress(session, dispatcher, campaign), str)
    assert book.startswith(b"PK")


def test_cells_are_given_to_another_for_this_campaign_only(session, dispatcher, township, worker, cells):
    campaign = begun(session, dispatcher, township)
    other = make_person(session, Role.GRID_WORKER, township_id=township.id)
    assert planning.assign(session, dispatcher, campaign.id, [cells[0].id], other.id) == 1
    assert cells[0].worker_id == worker.id
    inspector = make_person(session, Role.INSPECTOR)
    with pytest.raises(Invalid):
        planning.assign(session, dispatcher, campaign.id, [cells[0].id], inspector.id)
    with pytest.raises(Invalid):
        planning.assign(session, dispatcher, campaign.id, [], other.id)


def test_a_closed_campaign_is_copied_and_not_changed(session, dispatcher, township, cells):
    campaign = begun(session, dispatcher, township)
    planning.close(session, dispatcher, campaign.id, NOW)
    with pytest.raises(Conflict):
        planning.change(session, dispatcher, campaign.id, FORM, BANDS, [str(township.id)])
    cells[2].retired_at = NOW
    session.flush()
    copy = planning.copy(session, dispatcher, campaign.id, date(2026, 12, 1))
    assert (copy.starts_on, copy.ends_on) == (date(2026, 12, 2), date(2026, 12, 22))
    copied = session.scalars(select(CampaignCell.cell_id).where(CampaignCell.campaign_id == copy.id)).all()
    assert set(copied) == {cells[0].id, cells[1].id}


def test_changing_keeps_the_walkers_of_cells_that_stay(session, dispatcher, township, worker, cells):
    campaign = begun(session, dispatcher, township)
    other = make_person(session, Role.GRID_WORKER, township_id=township.id)
    planning.assign(session, dispatcher, campaign.id, [cells[0].id], other.id)
    planning.change(session, dispatcher, campaign.id, FORM, ["weekend"], [str(cells[0].id)])
    (row,) = session.scalars(select(CampaignCell)).all()
    assert (row.cell_id, row.assignee_id) == (cells[0].id, other.id)
    assert campaign.bands == ["weekend"]


def test_a_head_plans_for_the_own_township_alone(session, dispatcher, township, cells):
    head = make_person(session, Role.TOWNSHIP_ADMIN, township_id=township.id)
    far = make_township(session, name="石镇镇", code="361129101")
    make_cell(session, far)
    with pytest.raises(Invalid):
        begun(session, head, far)
    county = planning.begin(session, dispatcher, FORM, BANDS, [str(township.id), str(far.id)])
    assert county.township_id is None
    assert len(read_progress(session, head, county).cells) == 3
    with pytest.raises(Forbidden):
        planning.close(session, head, county.id, NOW)
    theirs = begun(session, dispatcher, far)
    with pytest.raises(NotFound):
        planning.close(session, head, theirs.id, NOW)


def test_another_countys_ids_are_not_found(session, dispatcher, township, cells):
    campaign = begun(session, dispatcher, township)
    scope(session, "421303")
    other = make_person(session, Role.DISPATCHER, county="421303")
    with pytest.raises(NotFound):
        planning.close(session, other, campaign.id, NOW)
    with pytest.raises(Invalid):
        planning.begin(session, other, FORM, BANDS, [str(cells[0].id)])
