import json

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Polygon, box, shape

from geo.cells import InvalidGrid
from geo.dividing import around, in_hexagons, in_squares
from geo.patchwork import examine
from geo.planes import Plane

TOWNSHIP = shapely.segmentize(
    Polygon([(117.0, 28.6), (117.08, 28.59), (117.1, 28.65), (117.05, 28.69), (117.06, 28.66), (116.99, 28.67)]),
    0.002,
)


def apart_and_whole(outline, pieces):
    plane = Plane.around(outline)
    found = examine(plane.flat(outline), [plane.flat(each) for each in pieces])
    assert found.is_clean, found
    assert all(isinstance(each, Polygon) and each.is_valid for each in pieces)
    total = sum(plane.flat(each).area for each in pieces)
    assert total == pytest.approx(plane.flat(outline).area, rel=1e-5)


@given(st.integers(300, 3000))
@settings(max_examples=8)
def test_squares_of_any_size_cover_a_township_without_overlap(size_m):
    apart_and_whole(TOWNSHIP, in_squares(TOWNSHIP, size_m))


@pytest.mark.parametrize("resolution", [7, 8, 9])
def test_hexagons_cover_a_township_without_overlap(resolution):
    apart_and_whole(TOWNSHIP, in_hexagons(TOWNSHIP, resolution))


def test_what_the_edge_cuts_off_joins_a_neighbour():
    plane = Plane.around(TOWNSHIP)
    areas = [plane.flat(each).area for each in in_squares(TOWNSHIP, 500)]
    assert min(areas) > 0.3 * 500 * 500


def test_cells_come_from_north_to_south_and_from_west_to_east():
    outline = shapely.segmentize(box(117.0, 28.6, 117.05, 28.63), 0.001)
    middles = [each.centroid for each in in_squares(outline, 1000)]
    rows = [[p.x for p in middles if abs(p.y - y) < 0.003] for y in sorted({round(p.y, 2) for p in middles})]
    assert middles[0].y > middles[-1].y
    assert all(row == sorted(row) for row in rows)


@st.composite
def compounds(draw):
    made = []
    for _ in range(draw(st.integers(1, 10))):
        x, y = draw(st.floats(116.98, 117.1)), draw(st.floats(28.59, 28.69))
        made.append(box(x, y, x + draw(st.floats(0.0005, 0.004)), y + draw(st.floats(0.0005, 0.004))))
    return [each for each in made if each.intersects(TOWNSHIP)]


@given(compounds(), st.booleans())
@settings(max_examples=25)
def test_ground_around_compounds_is_the_township_and_each_piece_has_its_own(seeds, by_roads):
    roads = [LineString([(116.9, 28.64), (117.2, 28.63)]), LineString([(117.04, 28.5), (117.03, 28.8)])]
    if not seeds:
        with pytest.raises(InvalidGrid, match="no_seeds"):
            around(TOWNSHIP, seeds)
        return
    pieces, owner = around(TOWNSHIP, seeds, roads if by_roads else ())
    apart_and_whole(TOWNSHIP, pieces)
    assert len(pieces) == len(owner) <= len(seeds)
    assert len(set(owner)) == len(owner)
    assert min(owner) >= 0


def test_the_border_between_two_compounds_runs_in_the_middle():
    outline = shapely.segmentize(box(117.0, 28.6, 117.02, 28.61), 0.001)
    west, east = box(117.002, 28.602, 117.004, 28.608), box(117.012, 28.602, 117.014, 28.608)
    pieces, owner = around(outline, [east, west])
    assert owner == [1, 0]
    assert pieces[0].bounds[2] == pytest.approx(117.008, abs=2e-4)


def test_a_road_stays_a_border_between_two_compounds():
    outline = shapely.segmentize(box(117.0, 28.6, 117.02, 28.61), 0.001)
    west, east = box(117.002, 28.602, 117.004, 28.608), box(117.012, 28.602, 117.014, 28.608)
    pieces, _ = around(outline, [west, east], [LineString([(117.005, 28.5), (117.005, 28.7)])])
    assert pieces[0].bounds[2] == pytest.approx(117.005, abs=1e-5)


def test_islands_are_divided_too():
    islands = MultiPolygon([box(117.0, 28.6, 117.01, 28.61), box(117.02, 28.6, 117.03, 28.61)])
    pieces = in_squares(islands, 500)
    apart_and_whole(islands, pieces)


@pytest.mark.shared
def test_every_township_of_a_real_county_is_covered(shared_data):
    townships = json.loads((shared_data / "admin/wannian_361129/townships_wgs84.geojson").read_bytes())["features"]
    for each in townships[:4]:
        outline = shape(each["geometry"])
        apart_and_whole(outline, in_squares(outline, 1000))
