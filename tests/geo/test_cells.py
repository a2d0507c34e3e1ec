import json
from pathlib import Path

import h3
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box, shape

from geo.cells import InvalidGrid, hexagons, outline_km2, plane, squares, unit_grid_codes


def county() -> Polygon:
    """A made-up county of about 25 × 20 km with a bay, a hole and an island."""
    land = box(117.0, 28.6, 117.25, 28.8) - Polygon([(117.1, 28.6), (117.14, 28.7), (117.15, 28.6)])
    land = land - box(117.18, 28.7, 117.2, 28.72) | Polygon([(117.27, 28.65), (117.28, 28.65), (117.275, 28.66)])
    # short edges, so that a line straight in one plane is straight enough in another
    return shapely.segmentize(land, 0.002)


@pytest.mark.parametrize("size_m", [5000, 1000, 333.3])
def test_squares_cover_the_county_exactly_once(size_m):
    grid = squares(county(), size_m)
    assert sum(outline_km2(p) for p in grid.polygons) == pytest.approx(outline_km2(county()), rel=1e-6)
    assert shapely.is_valid(grid.polygons).all()
    assert len(set(grid.codes)) == len(grid)
    # straight lines in the plane are slightly curved on the map: allow a metre
    assert shapely.covers(county().buffer(1e-5), grid.polygons).all()


def test_hexagons_cover_the_county_exactly_once():
    grid = hexagons(county(), 8)
    assert sum(outline_km2(p) for p in grid.polygons) == pytest.approx(outline_km2(county()), rel=1e-6)
    assert ((grid.share > 0) & (grid.share <= 1)).all()


def test_a_whole_square_has_its_nominal_area():
    grid = squares(county(), 1000)
    whole = np.flatnonzero(grid.share == 1)
    areas = np.array([outline_km2(p) for p in grid.polygons[whole]])
    assert areas == pytest.approx(np.ones(len(whole)), rel=1e-3)


def test_codes_stay_when_the_outline_changes():
    before = squares(county(), 500)
    after = squares(county() - box(117.0, 28.6, 117.05, 28.7), 500, meridian=before.meridian)
    shared = set(before.codes) & set(after.codes)
    assert set(after.codes) <= set(before.codes)
    where = dict(zip(before.codes, before.polygons, strict=True))
    same = [
        p.equals(where[c])
        for c, p, share in zip(after.codes, after.polygons, after.share, strict=True)
        if share == 1
    ]
    assert len(shared) == len(after)
    assert all(same)


def test_a_code_is_read_off_the_map():
    grid = squares(county(), 1000)
    cell = grid.assign(np.array([117.07]), np.array([28.75]))[0]
    easting, northing = plane(117)(117.07, 28.75)
    assert grid.codes[cell] == f"G117-1000-{int(northing // 1000)}-{int(easting // 1000)}"


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), size_m=st.sampled_from([400, 900, 2500]))
def test_a_point_of_the_county_lies_in_the_square_it_is_given(seed, size_m):
    rng = np.random.default_rng(seed)
    grid = squares(county(), size_m)
    lon, lat = rng.uniform(116.9, 117.4, 300), rng.uniform(28.5, 28.9, 300)
    cell = grid.assign(lon, lat)
    points = shapely.points(lon, lat)
    inside = shapely.contains(county(), points)
    assert (cell[inside] >= 0).all()
    assert shapely.dwithin(grid.polygons[cell[inside]], points[inside], 1e-5).all()


def test_a_point_of_the_county_lies_in_the_hexagon_it_is_given():
    rng = np.random.default_rng(4)
    grid = hexagons(county(), 8)
    points = shapely.points(rng.uniform(117.0, 117.25, 500), rng.uniform(28.6, 28.8, 500))
    points = points[shapely.contains(county(), points)]
    cell = grid.assign(shapely.get_x(points), shapely.get_y(points))
    assert (cell >= 0).all()
    assert shapely.dwithin(grid.polygons[cell], points, 1e-5).all()


@pytest.mark.parametrize("build", [lambda: squares(county(), 1000), lambda: hexagons(county(), 8)])
def test_points_that_are_nowhere_belong_to_no_cell(build):
    lon = np.array([np.nan, np.inf, 0.0, 117.1, 500.0, 117.05])
    lat = np.array([28.7, 28.7, 0.0, -28.7, 28.7, 28.75])
    assert (build().assign(lon, lat) >= 0).tolist() == [False, False, False, False, False, True]


def test_totals_count_points_or_add_up_weights():
    grid = squares(county(), 1000)
    lon, lat = np.array([117.05, 117.05, 90.0]), np.array([28.75, 28.75, 28.75])
    assert grid.totals(lon, lat).sum() == 2
    assert grid.totals(lon, lat, np.array([0.5, 2.0, 9.0])).max() == 2.5
    assert grid.totals(np.array([]), np.array([])).tolist() == [0.0] * len(grid)


def test_squares_are_neighbours_when_their_whole_squares_touch():
    grid = squares(county(), 1500)
    rows = np.array([[int(part) for part in code.split("-")[2:]] for code in grid.codes])
    steps = np.abs(rows[:, None, :] - rows[None, :, :]).max(axis=2)
    assert (grid.neighbours.toarray() == (steps == 1)).all()


def test_hexagons_are_neighbours_when_h3_says_so():
    grid = hexagons(county(), 7)
    expected = [[a != b and h3.are_neighbor_cells(a, b) for b in grid.codes] for a in grid.codes.tolist()]
    assert (grid.neighbours.toarray() == np.array(expected)).all()


def test_a_county_of_several_parts_gets_cells_on_each():
    parts = MultiPolygon([box(117.0, 28.6, 117.02, 28.62), box(117.2, 28.6, 117.22, 28.62)])
    for grid in (squares(parts, 500), hexagons(parts, 9)):
        assert (grid.assign(np.array([117.01, 117.21]), np.array([28.61, 28.61])) >= 0).all()
        assert grid.assign(np.array([117.1]), np.array([28.61]))[0] == -1


@pytest.mark.parametrize(
    ("outline", "size_m", "message"),
    [
        (Polygon(), 500, "no_area"),
        (shapely.Point(117, 28), 500, "no_area"),
        (Polygon([(0, 0), (2, 2), (2, 0), (0, 3)]), 500, "Self-intersection"),
        (box(117, 28, 118, 29), 0, r"size_m.: 0"),
        (box(117, 28, 118, 29), float("nan"), r"size_m.: nan"),
        (box(117, 28, 118, 29), 10, r"most.: 250000"),
    ],
)
def test_an_outline_or_size_that_makes_no_grid_is_refused(outline, size_m, message):
    with pytest.raises(InvalidGrid, match=message):
        squares(outline, size_m)


def test_hexagons_too_fine_for_the_county_are_refused():
    with pytest.raises(ValueError, match="too_fine"):
        hexagons(box(117, 28, 118, 29), 11)
    with pytest.raises(ValueError, match=r"resolution.: 13"):
        hexagons(county(), 13)


def test_unit_grid_codes_run_from_north_west_to_south_east_inside_a_community():
    communities = ["361129100001"] * 3 + ["361129100002"]
    lon, lat = np.array([117.02, 117.01, 117.01, 117.5]), np.array([28.70, 28.70, 28.72, 28.5])
    codes = unit_grid_codes(communities, lon, lat)
    assert codes == ["361129100001003", "361129100001002", "361129100001001", "361129100002001"]


def test_unit_grid_codes_need_a_full_community_code_and_fewer_than_a_thousand_cells():
    with pytest.raises(ValueError, match="12-digit"):
        unit_grid_codes(["361129"], np.array([117.0]), np.array([28.0]))
    with pytest.raises(ValueError, match="room for 999"):
        unit_grid_codes(["361129100001"] * 1000, np.zeros(1000), np.zeros(1000))


@pytest.mark.shared
def test_a_real_county_is_covered_by_ten_thousand_cells(shared_data: Path):
    path = shared_data / "admin" / "wannian_361129" / "townships_wgs84.geojson"
    townships = [shape(f["geometry"]) for f in json.loads(path.read_text("utf-8"))["features"]]
    outline = shapely.union_all(townships)
    grid = squares(outline, 345)
    assert len(grid) > 10_000
    assert sum(outline_km2(p) for p in grid.polygons) == pytest.approx(outline_km2(outline), rel=1e-6)
    centres = shapely.point_on_surface(np.array(townships))
    assert (grid.assign(shapely.get_x(centres), shapely.get_y(centres)) >= 0).all()
