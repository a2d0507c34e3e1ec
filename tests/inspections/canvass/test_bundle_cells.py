from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from inspections.canvass.bundle_cells import cell_parts
from inspections.canvass.receiving import receive_visit
from inspections.intake.tips import TipState
from inspections.registry.people import Person, Role
from tests.factories import NOW, PLACE, as_sent, make_person, make_tip
from tests.walks import make_square, start_campaign, visit_record

TODAY = date(2026, 11, 20)
FAR = (117.2, 28.9)


@pytest.fixture
def worker(session: Session) -> Person:
    return make_person(session, Role.GRID_WORKER)


def walk(session: Session, person: Person, cell, **values) -> None:
    receive_visit(session, person, *as_sent(visit_record(cell.id, **values)), NOW + timedelta(hours=1))


def the_row(session: Session, person: Person) -> dict[str, Any]:
    canvass = cell_parts(session, person, TODAY)["canvass"]
    [row] = canvass["rows"]
    return dict(zip(canvass["columns"], row, strict=True))


def test_what_was_walked_is_told_by_part_of_the_week(session, worker) -> None:
    cell = make_square(session, worker_id=worker.id)
    start_campaign(session, worker, cell, assignee=worker)
    assert the_row(session, worker)["is_overdue"] is True
    walk(session, worker, cell)
    row = the_row(session, worker)
    assert (row["visits"], row["last_at"], row["last_outcome"]) == ({"evening": NOW}, NOW, "clean")
    assert [bands for _, bands in row["dues"]] == [["weekend"]]
    assert row["is_overdue"] is False


def test_the_bundle_has_cells_their_ground_and_the_places_of_given_out_tips_only(session, worker) -> None:
    cell = make_square(session, worker_id=worker.id, name="阳光小区一期")
    start_campaign(session, worker, cell, assignee=worker)
    make_tip(session, PLACE, state=TipState.ASSIGNED, uncertainty_m=200, text="秘密的话")
    make_tip(session, PLACE, state=TipState.NEW)
    make_tip(session, FAR, state=TipState.ASSIGNED)
    parts = cell_parts(session, worker, TODAY)
    canvass, ground = parts["canvass"], parts["ground"]
    [row] = [dict(zip(canvass["columns"], row, strict=True)) for row in canvass["rows"]]
    assert (row["id"], row["name"], row["dues"][0][1]) == (cell.id, "阳光小区一期", ["evening", "weekend"])
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
