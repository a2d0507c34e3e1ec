import io
import json
import zipfile
from datetime import timedelta

import numpy as np
import pyogrio.raw
import pytest
import shapely
from geoalchemy2.shape import to_shape
from shapely.geometry import Polygon, box, mapping
from sqlalchemy import func, select

from geo.coordinates import Datum
from geo.datums import from_wgs84
from inspections.db import scope
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.registry.areas import AreaLevel
from inspections.registry.grid import drafting, saving
from inspections.registry.grid.bringing import bring
from inspections.registry.grid.drafts import CellDraft, notes_of, pieces_of
from inspections.registry.grid.generating import Extent, Recipe, generate
from inspections.registry.grid.giving import give_cells
from inspections.registry.grid.holders import holders_of
from inspections.registry.grid.land import land_of
from inspections.registry.grid_cells import CellOrigin, GridCell
from inspections.registry.map_features import FeatureKind, MapFeature
from inspections.registry.people import Role
from tests.factories import COUNTY, NOW, make_cell, make_person, make_township, make_visit

WEST, SOUTH, EAST, NORTH = 117.06, 28.68, 117.08, 28.70
MIDDLE = 117.07


@pytest.fixture
def township(session):
    return make_township(session)


@pytest.fixture
def head(session, township):
    return make_person(session, Role.TOWNSHIP_ADMIN, township_id=township.id)


@pytest.fixture
def draft(session, head, township):
    return drafting.begin(session, head, township.id)


def drawn(shape) -> str:
    return json.dumps(mapping(shape))


def halves(session, head, draft):
    """Two cells that are the township, but for what a test does to them."""
    drafting.draw(session, head, draft.id, draft.revision, drawn(half("west")), "西片")
    drafting.draw(session, head, draft.id, draft.revision, drawn(half("east")), "东片")
    return [each.key for each in pieces_of(draft)]


def half(side, more=0.0):
    edges = (WEST, MIDDLE + more) if side == "west" else (MIDDLE - more, EAST)
    return shapely.segmentize(box(edges[0], SOUTH, edges[1], NORTH), 0.002)


def found_in(session, draft, township):
    return drafting.findings_of(land_of(session, township), pieces_of(draft))


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(CellOrigin.SQUARES, size_m=500),
        Recipe(CellOrigin.HEXAGONS, resolution=9),
        Recipe(CellOrigin.COMPOUNDS, by_roads=False),
    ],
)
def test_each_recipe_covers_the_township(session, head, township, draft, recipe):
    for number, x in enumerate((117.063, 117.068, 117.074)):
        compound = box(x, 28.685, x + 0.002, 28.69)
        session.add(
            MapFeature(
                county=COUNTY, kind=FeatureKind.COMPOUND, name=f"翠湖花园{number}", rank=4,
                geometry=f"SRID=4326;{compound.wkt}",
            )
        )  # fmt: skip
    session.flush()
    generate(session, head, draft, draft.revision, recipe)
    assert found_in(session, draft, township).is_clean
    assert len(draft.cells) >= 3


def test_a_township_without_compounds_is_told_so(session, head, draft):
    with pytest.raises(Invalid, match="没有小区"):
        generate(session, head, draft, draft.revision, Recipe(CellOrigin.COMPOUNDS))


@pytest.mark.parametrize("size_m", [0, 99, -5, 5001])
def test_a_side_that_is_none_is_refused(session, head, draft, size_m):
    with pytest.raises(Invalid, match="边长"):
        generate(session, head, draft, draft.revision, Recipe(CellOrigin.SQUARES, size_m=size_m))


def test_only_the_gaps_are_divided_where_cells_are_to_stay(session, head, township, draft):
    drafting.draw(session, head, draft.id, draft.revision, drawn(half("west")), "西片")
    generate(session, head, draft, draft.revision, Recipe(CellOrigin.SQUARES, Extent.GAPS, size_m=500))
    assert found_in(session, draft, township).is_clean
    assert draft.cells[0]["name"] == "西片"
    with pytest.raises(Invalid, match="没有空白"):
        generate(session, head, draft, draft.revision, Recipe(CellOrigin.SQUARES, Extent.GAPS, size_m=500))


def test_saved_cells_have_codes_of_fifteen_digits_counted_in_their_village(session, head, township, draft):
    village = make_township(
        session, half("west"), level=AreaLevel.VILLAGE, name="桃李社区", code=f"{COUNTY}100201",
        parent_id=township.id,
    )  # fmt: skip
    halves(session, head, draft)
    saving.save(session, head, draft.id, draft.revision, NOW)
    cells = {cell.name: cell for cell in session.scalars(select(GridCell))}
    assert cells["西片"].code == f"{COUNTY}100201001"
    assert cells["西片"].village_id == village.id
    assert cells["东片"].code == f"{COUNTY}100000001"
    assert session.scalar(select(func.count()).select_from(CellDraft)) == 0


def test_codes_go_on_and_are_never_given_twice(session, head, township, draft):
    make_cell(session, township, code=f"{COUNTY}100000007", retired_at=NOW)
    halves(session, head, draft)
    saving.save(session, head, draft.id, draft.revision, NOW)
    again = drafting.begin(session, head, township.id)
    west, east = (each.key for each in pieces_of(again))
    before = {cell.name: cell.code for cell in session.scalars(select(GridCell)) if not cell.retired_at}
    assert sorted(before.values()) == [f"{COUNTY}100000008", f"{COUNTY}100000009"]
    drafting.remove(session, head, again.id, again.revision, [west])
    drafting.draw(session, head, again.id, again.revision, drawn(half("west")), "新西片")
    outcome = saving.save(session, head, again.id, again.revision, NOW)
    assert outcome[1:] == (1, 0, 1)
    after = {cell.name: cell.code for cell in session.scalars(select(GridCell)) if not cell.retired_at}
    assert after == {"东片": before["东片"], "新西片": f"{COUNTY}100000010"}
    assert east


def test_a_township_without_a_code_is_asked_for_it(session, head, township, draft):
    township.code = None
    halves(session, head, draft)
    with pytest.raises(Invalid, match="9 位"):
        saving.save(session, head, draft.id, draft.revision, NOW)
    with pytest.raises(Invalid, match="9 位"):
        saving.save(session, head, draft.id, draft.revision, NOW, town_code="421303001")
    saving.save(session, head, draft.id, draft.revision, NOW, town_code=f"{COUNTY}101")
    assert {cell.code[:12] for cell in session.scalars(select(GridCell))} == {f"{COUNTY}101000"}


def test_overlaps_keep_a_draft_from_being_saved_until_somebody_decides(session, head, township, draft):
    drafting.draw(session, head, draft.id, draft.revision, drawn(half("west", 0.002)), "西片")
    drafting.draw(session, head, draft.id, draft.revision, drawn(half("east")), "东片")
    with pytest.raises(Invalid, match="1 处重叠"):
        saving.save(session, head, draft.id, draft.revision, NOW)
    west, east = (each.key for each in pieces_of(draft))
    drafting.settle(session, head, draft.id, draft.revision, east, west)
    assert found_in(session, draft, township).is_clean
    saving.save(session, head, draft.id, draft.revision, NOW)
    kept = session.scalars(select(GridCell).where(GridCell.name == "东片")).one()
    assert to_shape(kept.boundary).equals_exact(half("east"), 1e-6)


def test_a_gap_is_shown_with_its_neighbours_and_filled_to_the_one_chosen(session, head, township, draft):
    drafting.draw(session, head, draft.id, draft.revision, drawn(half("west", -0.002)), "西片")
    drafting.draw(session, head, draft.id, draft.revision, drawn(half("east")), "东片")
    (gap,) = found_in(session, draft, township).gaps
    assert set(gap.beside) == {0, 1}
    key = pieces_of(draft)[1].key
    with pytest.raises(Conflict):
        drafting.fill_gap(session, head, draft.id, draft.revision, 0, key, gap.area_m2 + 50)
    drafting.fill_gap(session, head, draft.id, draft.revision, 0, key, gap.area_m2)
    assert found_in(session, draft, township).is_clean


def test_a_gap_may_become_a_cell_of_its_own(session, head, township, draft):
    drafting.draw(session, head, draft.id, draft.revision, drawn(half("west")), "西片")
    (gap,) = found_in(session, draft, township).gaps
    drafting.fill_gap(session, head, draft.id, draft.revision, 0, "", gap.area_m2)
    assert found_in(session, draft, township).is_clean
    assert len(draft.cells) == 2


def test_tidying_up_cuts_at_the_border_and_leaves_wide_gaps_to_people(session, head, township, draft):
    drafting.draw(session, head, draft.id, draft.revision, drawn(box(117.05, 28.67, 117.0701, 28.71)), "西片")
    drafting.draw(session, head, draft.id, draft.revision, drawn(box(117.07, 28.67, 117.078, 28.71)), "东片")
    drafting.tidy_up(session, head, draft.id, draft.revision)
    found = found_in(session, draft, township)
    assert (found.overlaps, found.strays) == ((), ())
    assert len(found.gaps) == 1


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ({"type": "Polygon", "coordinates": [[[117.06, 28.68], [117.08, 28.7], [117.08, 28.68], [117.06, 28.7],
          [117.06, 28.68]]]}, "自己相交"),
        (mapping(box(118.5, 28.68, 118.6, 28.7)), "不在陈营镇"),
        (mapping(box(28.68, 117.0, 28.7, 117.1)), "写反"),
        ({"type": "Polygon", "coordinates": [[[117.06, 28.68], [117.07, 28.69], [117.06, 28.68]]]}, "三个点"),
        ({"type": "Point", "coordinates": [117.07, 28.69]}, "多边形"),
        ({"type": "Polygon", "coordinates": []}, "还没有画|读不出"),
        ("<script>", "读不出"),
    ],
)  # fmt: skip
def test_an_outline_that_can_not_be_is_refused_by_name(session, head, draft, shape, said):
    with pytest.raises(Invalid, match=said):
        drafting.draw(session, head, draft.id, draft.revision, json.dumps(shape))


def test_a_million_vertices_are_refused_before_they_are_drawn(session, head, draft):
    ring = [[117.07 + i * 1e-9, 28.69] for i in range(200_001)]
    with pytest.raises(Invalid, match="200,000"):
        drafting.draw(
            session, head, draft.id, draft.revision, json.dumps({"type": "Polygon", "coordinates": [ring]})
        )


def test_who_changes_another_draft_than_they_saw_is_told_so(session, head, draft):
    halves(session, head, draft)
    with pytest.raises(Conflict):
        drafting.remove(session, head, draft.id, 1, [])
    with pytest.raises(Conflict):
        saving.save(session, head, draft.id, 1, NOW)


def test_a_retired_cell_keeps_its_visits_and_who_had_it(session, head, township, draft):
    worker = make_person(session, Role.GRID_WORKER, township_id=township.id)
    cell = make_cell(session, township)
    give_cells(session, head, [cell.id], worker.id, NOW)
    visit = make_visit(session, worker, cell)
    saving.retire(session, head, cell, NOW + timedelta(hours=1))
    assert (cell.worker_id, cell.retired_at) == (None, NOW + timedelta(hours=1))
    assert [each.until for each in holders_of(session, cell)] == [NOW + timedelta(hours=1)]
    assert visit.cell_id == cell.id
    with pytest.raises(Conflict):
        saving.retire(session, head, cell, NOW)


def test_another_townships_head_finds_no_draft_and_makes_none(session, township, draft):
    other = make_person(session, Role.TOWNSHIP_ADMIN, township_id=make_township(session, name="石镇镇").id)
    with pytest.raises(NotFound):
        drafting.begin(session, other, township.id)
    with pytest.raises(NotFound):
        drafting.remove(session, other, draft.id, draft.revision, [])
    inspector = make_person(session, Role.INSPECTOR)
    with pytest.raises((Forbidden, NotFound)):
        drafting.begin(session, inspector, township.id)


def test_another_countys_dispatcher_finds_nothing_by_its_ids(session, township, draft):
    scope(session, "421303")
    other = make_person(session, Role.DISPATCHER, county="421303")
    with pytest.raises(NotFound):
        drafting.begin(session, other, township.id)
    with pytest.raises(NotFound):
        drafting.discard(session, other, draft.id)


def geojson(*features) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def feature(shape, **properties):
    return {"type": "Feature", "properties": properties, "geometry": mapping(shape)}


def test_a_geojson_file_brings_names_and_an_offices_own_codes(session, head, township, draft):
    data = geojson(feature(half("west"), 名称="西片", 编码="QLXP-01"), feature(half("east"), 名称="东片"))
    bring(session, head, draft, draft.revision, ("网格.geojson", data), Datum.WGS84, replace=True)
    saving.save(session, head, draft.id, draft.revision, NOW)
    codes = {cell.name: cell.code for cell in session.scalars(select(GridCell))}
    assert codes["西片"] == "QLXP-01"
    assert codes["东片"].startswith(f"{COUNTY}100000")


def test_a_shapefile_in_gcj02_lands_where_it_was_drawn(session, head, township, draft, tmp_path):
    shifted = shapely.transform(half("west"), lambda xy: shapely.get_coordinates(
        shapely.points(*from_wgs84(xy[:, 0], xy[:, 1], Datum.GCJ02))))  # fmt: skip
    data = shapefile(tmp_path, "西片", shifted)
    bring(session, head, draft, draft.revision, ("网格.zip", data), Datum.GCJ02, replace=True)
    (piece,) = pieces_of(draft)
    assert piece.name == "西片"
    assert piece.shape.equals_exact(half("west"), 1e-6)


def shapefile(folder, name, shape) -> bytes:
    pyogrio.raw.write(
        folder / "cells.shp", shapely.to_wkb([shape]), [np.array([name], dtype=object)], ["name"],
        geometry_type="Polygon", driver="ESRI Shapefile", encoding="UTF-8", crs="EPSG:4326",
    )  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in sorted(folder.glob("cells.*")):
            archive.writestr(part.name, part.read_bytes())
    return out.getvalue()


def test_what_is_wrong_in_a_file_is_named_feature_by_feature(session, head, township, draft):
    bow_tie = Polygon([(117.06, 28.68), (117.07, 28.69), (117.07, 28.68), (117.06, 28.69)])
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [117.07, 28.69]}}
    data = geojson(feature(bow_tie), feature(box(118, 28, 118.1, 28.1)), point, feature(half("east")))
    bring(session, head, draft, draft.revision, ("a.geojson", data), Datum.WGS84, replace=True)
    said = [str(note) for note in notes_of(draft)]
    assert "第 1 个" in said[0]
    assert "自己相交" in said[0]
    assert "第 2 个：不在陈营镇" in said[1]
    assert "第 3 个：不是多边形" in said[2]
    assert len(draft.cells) == 3


def test_a_file_of_a_million_vertices_is_refused(session, head, draft):
    ring = [[117.06 + (i % 1000) * 1e-6, 28.68 + i * 1e-8] for i in range(210_000)]
    huge = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
    with pytest.raises(Invalid, match="最多 200000 个"):
        bring(session, head, draft, draft.revision, ("a.geojson", geojson(huge)), Datum.WGS84, replace=True)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", "名称,编码\n西片,1\n".encode(), "没有图形"),
        ("a.geojson", b"{", "JSON"),
        ("a.zip", b"PK\x05\x06" + bytes(18), "shp"),
        ("a.geojson", geojson(feature(box(118, 28, 118.1, 28.1))), "不在陈营镇"),
        ("a.geojson", b"", "空的"),
    ],
)
def test_a_file_of_which_nothing_can_be_taken_is_refused(session, head, draft, name, data, said):
    with pytest.raises(Invalid, match=said):
        bring(session, head, draft, draft.revision, (name, data), Datum.WGS84, replace=True)
    assert draft.cells == []


def test_discarding_leaves_the_grid_as_it_was(session, head, township):
    cell = make_cell(session, township)
    draft = drafting.begin(session, head, township.id)
    drafting.remove(session, head, draft.id, draft.revision, [str(cell.id)])
    drafting.discard(session, head, draft.id)
    assert cell.retired_at is None
    assert [each.cell_id for each in pieces_of(drafting.begin(session, head, township.id))] == [cell.id]
