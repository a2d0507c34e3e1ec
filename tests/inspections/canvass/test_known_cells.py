from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from inspections.canvass.bundle_cells import cell_parts
from inspections.canvass.known_cells import cells_for
from inspections.canvass.receiving import receive_visit
from inspections.intake.tips import TipState
from inspections.registry.people import Person, Role
from inspections.registry.time_bands import TimeBand
from tests.factories import NOW, PLACE, as_sent, make_person, make_tip
from tests.walks import make_square, start_campaign, visit_record

TODAY = date(2026, 11, 20)
FAR = (117.2, 28.9)


@pytest.fixture
def worker(session: Session) -> Person:
    return make_person(session, Role.GRID_WORKER)


def walk(session: Session, person: Person, cell, **values) -> None:
    receive_visit(session, person, *as_sent(visit_record(cell.id, **values)), NOW + timedelta(hours=1))


def test_ones_cells_are_the_own_and_those_given_by_an_open_campaign(session, worker) -> None:
    other = make_person(session, Role.GRID_WORKER)
    own = make_square(session, code="1", worker_id=worker.id)
    given = make_square(session, code="2", worker_id=other.id)
    make_square(session, code="3", worker_id=worker.id, retired_at=NOW)
    foreign = make_square(session, code="4", worker_id=other.id)
    start_campaign(session, other, given, assignee=worker)
    start_campaign(session, other, foreign, assignee=worker, closed_at=NOW)
    assert [each.cell.id for each in cells_for(session, worker, TODAY)] == [own.id, given.id]


def test_a_campaign_asks_for_the_bands_that_nobody_has_walked_since_it_began(session, worker) -> None:
    other = make_person(session, Role.GRID_WORKER)
    cell = make_square(session, worker_id=worker.id)
    campaign = start_campaign(session, worker, cell)
    [known] = cells_for(session, worker, TODAY)
    [due] = known.dues
    assert (due.campaign_id, due.bands, known.last_at) == (campaign.id, (TimeBand.EVENING, TimeBand.WEEKEND), None)
    walk(session, other, cell)
    [known] = cells_for(session, worker, TODAY)
    assert (known.dues[0].bands, known.last_at, known.last_outcome) == ((TimeBand.WEEKEND,), NOW, "clean")


def test_who_could_not_get_in_has_not_walked_it(session, worker) -> None:
    cell = make_square(session, worker_id=worker.id)
    start_campaign(session, worker, cell, bands=["evening"])
    walk(session, worker, cell, outcome="no_access")
    [known] = cells_for(session, worker, TODAY)
    assert (known.dues[0].bands, known.last_outcome) == ((TimeBand.EVENING,), "no_access")


def test_a_walk_of_before_the_campaign_does_not_count_for_it(session, worker) -> None:
    cell = make_square(session, worker_id=worker.id)
    walk(session, worker, cell)
    start_campaign(session, worker, cell, bands=["evening"], starts_on=TODAY + timedelta(days=1))
    assert cells_for(session, worker, TODAY)[0].dues == ()
    [known] = cells_for(session, worker, TODAY + timedelta(days=1))
    assert known.dues[0].bands == (TimeBand.EVENING,)


def test_what_a_campaign_gave_to_another_is_not_mine_to_walk(session, worker) -> None:
    other = make_person(session, Role.GRID_WORKER)
    cell = make_square(session, worker_id=worker.id)
    start_campaign(session, worker, cell, assignee=other)
    assert cells_for(session, worker, TODAY)[0].dues == ()


def test_the_bundle_has_cells_their_ground_and_the_places_of_given_out_tips_only(session, worker) -> None:
    cell = make_square(session, worker_id=worker.id, name="阳光小区一期")
    start_campaign(session, worker, cell)
    make_tip(session, PLACE, state=TipState.ASSIGNED, uncertainty_m=200, text="秘密的话")
    make_tip(session, PLACE, state=TipState.NEW)
    make_tip(session, FAR, state=TipState.ASSIGNED)
    parts = cell_parts(session, worker, TODAY)
    canvass, ground = parts["canvass"], parts["ground"]
    [row] = [dict(zip(canvass["columns"], row, strict=True)) for row in canvass["rows"]]
    assert (row["id"], row["name"], row["dues"][0][1]) == (cell.id, "阳光小区一期", ("evening", "weekend"))
    assert canvass["campaigns"][0]["name"] == "秋季拉网排查"
    assert (canvass["days"]["from"], canvass["days"]["kinds"][:3]) == (TODAY, "wee")
    assert ground["tips"] == [[117.07, 28.69, 200, None, date(2026, 11, 19)]]
    assert ground["shapes"][str(cell.id)]["type"] == "Polygon"
    assert "秘密" not in repr(parts)


def test_who_walks_no_cells_carries_no_ground(session) -> None:
    make_tip(session, PLACE, state=TipState.ASSIGNED)
    volunteer = make_person(session, Role.VOLUNTEER)
    parts = cell_parts(session, volunteer, TODAY)
    assert (parts["canvass"]["rows"], parts["ground"]) == ([], {"shapes": {}, "tips": []})
