from datetime import timedelta

import pytest
from shapely.geometry import box

from inspections.db import scope
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.registry.grid.giving import give_cells, workers_for
from inspections.registry.grid.holders import holders_of
from inspections.registry.grid.sharing import Measure, accept, divide
from inspections.registry.map_features import FeatureKind, MapFeature
from inspections.registry.people import Role
from tests.factories import COUNTY, NOW, make_cell, make_person, make_township


@pytest.fixture
def township(session):
    return make_township(session)


@pytest.fixture
def head(session, township):
    return make_person(session, Role.TOWNSHIP_ADMIN, township_id=township.id)


@pytest.fixture
def workers(session, township):
    return [
        make_person(session, Role.GRID_WORKER, township_id=township.id, name=name) for name in ("甲", "乙", "丙")
    ]


@pytest.fixture
def cells(session, township):
    """Twelve cells in three rows."""
    return [
        make_cell(
            session, township, box(117.06 + x * 0.005, 28.68 + y * 0.005, 117.065 + x * 0.005, 28.685 + y * 0.005),
            code=f"{COUNTY}1000000{y}{x}",
        )
        for y in range(3) for x in range(4)
    ]  # fmt: skip


def test_many_cells_are_given_at_once_and_who_had_them_is_kept(session, head, workers, cells):
    ids = [cell.id for cell in cells]
    assert give_cells(session, head, ids, workers[0].id, NOW) == 12
    assert give_cells(session, head, ids[:2], workers[1].id, NOW + timedelta(days=3)) == 2
    assert give_cells(session, head, ids[:2], workers[1].id, NOW + timedelta(days=4)) == 0
    assert [(each.name, each.until) for each in holders_of(session, cells[0])] == [
        ("乙", None), ("甲", NOW + timedelta(days=3))
    ]  # fmt: skip
    assert give_cells(session, head, ids[:1], None, NOW + timedelta(days=5)) == 1
    assert cells[0].worker_id is None


def test_only_grid_workers_of_the_township_get_its_cells(session, head, township, workers, cells):
    far = make_person(session, Role.GRID_WORKER, township_id=make_township(session, name="石镇镇").id)
    anywhere = make_person(session, Role.GRID_WORKER)
    inspector = make_person(session, Role.INSPECTOR, township_id=township.id)
    assert {each.id for each in workers_for(session, head, township.id)} == {
        *(each.id for each in workers), anywhere.id
    }  # fmt: skip
    for other in (far, inspector):
        with pytest.raises(Invalid):
            give_cells(session, head, [cells[0].id], other.id, NOW)


def test_nobody_gives_away_cells_that_are_not_theirs_to_give(session, head, workers, cells):
    elsewhere = make_cell(session, make_township(session, name="石镇镇"))
    with pytest.raises(NotFound):
        give_cells(session, head, [cells[0].id, elsewhere.id], workers[0].id, NOW)
    with pytest.raises(Forbidden):
        give_cells(session, workers[0], [cells[0].id], workers[0].id, NOW)
    with pytest.raises(Invalid):
        give_cells(session, head, [], workers[0].id, NOW)
    cells[0].retired_at = NOW
    with pytest.raises(Invalid):
        give_cells(session, head, [cells[0].id], workers[0].id, NOW)
    scope(session, "421303")
    stranger = make_person(session, Role.DISPATCHER, county="421303")
    with pytest.raises(NotFound):
        give_cells(session, stranger, [cells[1].id], None, NOW)


def test_a_township_is_shared_out_evenly_whole_and_the_same_each_time(session, head, township, workers, cells):
    ids = [each.id for each in workers]
    division = divide(session, head, township.id, Measure.AREA, ids)
    assert sorted(cell for part in division.parts for cell in part.cells) == sorted(cell.id for cell in cells)
    assert [len(part.cells) for part in division.parts] == [4, 4, 4]
    assert division.even
    assert division == divide(session, head, township.id, Measure.AREA, ids)


def test_homes_weigh_where_homes_are_counted(session, head, township, workers, cells):
    for n in range(40):
        home = box(117.0602 + n * 1e-5, 28.6802, 117.0602 + n * 1e-5 + 5e-6, 28.6803)
        session.add(MapFeature(county=COUNTY, kind=FeatureKind.BUILDING, rank=5, geometry=f"SRID=4326;{home.wkt}"))
    session.flush()
    by_homes = divide(session, head, township.id, Measure.HOMES, [each.id for each in workers[:2]])
    assert sorted(part.amount for part in by_homes.parts) == [0, 40]
    assert min(len(part.cells) for part in by_homes.parts) == 1
    walk = divide(session, head, township.id, Measure.WALK, [workers[0].id])
    assert walk.parts[0].amount == pytest.approx(12 * 5 + 40 * 2)


def test_what_was_looked_at_is_what_is_given(session, head, township, workers, cells):
    ids = [each.id for each in workers]
    division = divide(session, head, township.id, Measure.AREA, ids)
    cells[0].retired_at = NOW
    session.flush()
    with pytest.raises(Conflict):
        accept(session, head, township.id, Measure.AREA, ids, division.seal, NOW)
    fresh = divide(session, head, township.id, Measure.AREA, ids)
    accept(session, head, township.id, Measure.AREA, ids, fresh.seal, NOW)
    assert {cell.worker_id for cell in cells[1:]} == set(ids)
    again = divide(session, head, township.id, Measure.AREA, ids)
    kept = {cell: part.worker.id for part in again.parts for cell in part.cells}
    assert all(kept[cell.id] == cell.worker_id for cell in cells[1:])


def test_more_walkers_than_cells_or_none_are_refused(session, head, township, workers, cells):
    with pytest.raises(Invalid):
        divide(session, head, township.id, Measure.AREA, [])
    for cell in cells[2:]:
        cell.retired_at = NOW
    session.flush()
    with pytest.raises(Invalid, match="只有 2 个网格"):
        divide(session, head, township.id, Measure.AREA, [each.id for each in workers])
