import json

import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from geo.coordinates import LonLat
from geo.errors import GeoError, InvalidGeometry, OutOfRange
from geo.geojson import PROBLEMS, Problem, feature, feature_collection, read_geometry
from geo.measurement import area_m2

SQUARE = [[116, 31], [117, 31], [117, 32], [116, 32], [116, 31]]
BOW_TIE = [[116, 31], [117, 32], [117, 31], [116, 32], [116, 31]]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def multipolygon(*polygons):
    return {"type": "MultiPolygon", "coordinates": list(polygons)}


def refused(given, **options):
    with pytest.raises(GeoError) as refusal:
        read_geometry(given, **options)
    return refusal.value


@pytest.mark.parametrize("as_given", [json.dumps, lambda drawn: json.dumps(drawn).encode(), lambda drawn: drawn])
def test_a_polygon_is_read_from_text_bytes_and_mappings(as_given):
    reading = read_geometry(as_given(polygon(SQUARE)))
    assert reading.geometry.equals(shapely.box(116, 31, 117, 32))
    assert reading.mended == ()


def test_the_geometry_of_a_feature_is_read():
    assert read_geometry(feature(shapely.Point(116, 31), {})).geometry == shapely.Point(116, 31)


@pytest.mark.parametrize("ring", [SQUARE, SQUARE[::-1]])
def test_outlines_are_wound_counter_clockwise_and_holes_clockwise(ring):
    hole = [[116.2, 31.2], [116.4, 31.2], [116.4, 31.4], [116.2, 31.4], [116.2, 31.2]]
    for drawn in (polygon(ring, hole), polygon(ring, hole[::-1])):
        geometry = read_geometry(drawn).geometry
        assert geometry.exterior.is_ccw
        assert not geometry.interiors[0].is_ccw
        assert feature(geometry, {})["geometry"] == feature(geometry.reverse(), {})["geometry"]


def test_a_single_shape_becomes_a_multiple_one_when_asked():
    assert read_geometry(polygon(SQUARE), multi=True).geometry.geom_type == "MultiPolygon"
    assert read_geometry(multipolygon([SQUARE]), multi=True).geometry.geom_type == "MultiPolygon"
    assert (
        read_geometry({"type": "Point", "coordinates": [116, 31]}, multi=True).geometry.geom_type == "MultiPoint"
    )


def test_heights_are_left_out_and_said_to_be():
    tall = polygon([[lon, lat, 50.0] for lon, lat in SQUARE])
    reading = read_geometry(tall)
    assert not reading.geometry.has_z
    assert [problem.code for problem in reading.mended] == ["height_dropped"]


def test_a_ring_that_crosses_itself_is_refused_with_the_place():
    refusal = refused(polygon(BOW_TIE))
    assert refusal.code == "self_crossing"
    assert refusal.values == {"lon": 116.5, "lat": 31.5}


def test_a_ring_that_crosses_itself_is_mended_only_when_asked_and_said_so():
    reading = read_geometry(polygon(BOW_TIE), repair=True)
    assert reading.geometry.is_valid
    assert len(reading.geometry.geoms) == 2
    assert [str(problem) for problem in reading.mended] == ["an outline crosses itself at 116.500000, 31.500000"]


BROKEN = {
    "self_touching": polygon([[0, 0], [4, 0], [4, 4], [2, 2], [0, 4], [2, 2], [0, 0]]),
    "hole_outside": polygon(SQUARE, [[5, 5], [6, 5], [6, 6], [5, 5]]),
    "holes_nested": polygon(
        [[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]],
        [[1, 1], [8, 1], [8, 8], [1, 1]],
        [[3, 2], [4, 2], [4, 2.5], [3, 2]],
    ),
    "shells_nested": multipolygon([SQUARE], [[[116.2, 31.2], [116.4, 31.2], [116.4, 31.4], [116.2, 31.2]]]),
    "interior_cut": polygon([[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]], [[0, 1], [1, 0], [2, 1], [1, 2], [0, 1]]),
    "ring_not_closed": polygon(SQUARE[:-1]),
}


@pytest.mark.parametrize("code", BROKEN)
def test_each_fault_has_its_name_its_place_and_its_repair(code):
    refusal = refused(BROKEN[code])
    assert refusal.code == code
    assert set(refusal.values) == {"lon", "lat"}
    reading = read_geometry(BROKEN[code], repair=True)
    assert reading.geometry.is_valid
    assert area_m2(reading.geometry) > 0
    assert [problem.code for problem in reading.mended] == [code]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "not_json"),
        ("{", "not_json"),
        ('{"type": "Point", "coordinates": [NaN, 1]}', "not_json"),
        ("[" * 100_000, "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        ("[]", "not_geojson"),
        ("7", "not_geojson"),
        ({"type": "Feature", "geometry": 3}, "not_geojson"),
        ({"type": "Feature", "geometry": None}, "no_geometry"),
        ({}, "unsupported_type"),
        ({"type": "FeatureCollection", "features": []}, "unsupported_type"),
        ({"type": "GeometryCollection", "geometries": []}, "unsupported_type"),
        ({"type": ["Point"], "coordinates": [1, 2]}, "unsupported_type"),
        ({"type": "Point"}, "malformed"),
        ({"type": "Point", "coordinates": [1]}, "malformed"),
        ({"type": "Point", "coordinates": [1, "2"]}, "malformed"),
        ({"type": "Point", "coordinates": [True, 2]}, "malformed"),
        ({"type": "Point", "coordinates": []}, "no_geometry"),
        ({"type": "Polygon", "coordinates": []}, "no_geometry"),
        ({"type": "Polygon", "coordinates": [[]]}, "no_geometry"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "no_geometry"),
        (polygon([[]]), "malformed"),
        (polygon([116, 31]), "malformed"),
        (multipolygon(SQUARE), "malformed"),
        ({"type": "LineString", "coordinates": [[1, 2]]}, "too_few_points"),
        (polygon([[0, 0], [1, 0], [0, 0]]), "too_few_points"),
        (polygon([[0, 0], [1, 0], [0, 0], [0, 0]]), "too_few_points"),
        (polygon(SQUARE) | {"crs": {"type": "name", "properties": {"name": "EPSG:3857"}}}, "foreign_crs"),
        (polygon(SQUARE) | {"crs": "here"}, "foreign_crs"),
    ],
)
def test_what_is_no_geometry_is_refused_by_name_even_with_repair(given, code):
    for repair in (False, True):
        refusal = refused(given, repair=repair)
        assert isinstance(refusal, InvalidGeometry)
        assert refusal.code == code
        assert str(Problem(refusal.code, refusal.values))


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4490"])
def test_old_files_may_say_that_they_are_in_longitudes_and_latitudes(name):
    drawn = polygon(SQUARE) | {"crs": {"type": "name", "properties": {"name": name}}}
    assert read_geometry(drawn).geometry.area == 1


def test_swapped_coordinates_are_recognised():
    refusal = refused(polygon([[lat, lon] for lon, lat in SQUARE]))
    assert isinstance(refusal, OutOfRange)
    assert refusal.code == "looks_swapped"


@pytest.mark.parametrize("bad", [181, -1e9, 10**400, float("nan"), float("inf")])
def test_coordinates_that_are_no_place_are_refused(bad):
    assert isinstance(refused({"type": "Point", "coordinates": [bad, 31]}), OutOfRange)


def test_metres_taken_for_degrees_are_refused():
    assert refused({"type": "Point", "coordinates": [39_512_345.6, 3_512_345.6]}).code == "out_of_range"


def test_too_many_points_are_refused_before_anything_is_built():
    refusal = refused(polygon(SQUARE), max_vertices=4)
    assert (refusal.code, refusal.values) == ("too_large", {"limit": 4, "unit": "points"})


def test_too_much_text_is_refused_unread(monkeypatch):
    monkeypatch.setattr("geo.geojson.MAX_BYTES", 100)
    assert refused(" " * 101).values == {"limit": 100, "unit": "bytes"}


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=30,
)
kinds = st.sampled_from(
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "Feature"]
)


@given(st.fixed_dictionaries({"type": kinds, "coordinates": json_values}, optional={"geometry": json_values}))
def test_whatever_is_sent_ends_as_a_geometry_or_a_named_refusal(drawn):
    try:
        reading = read_geometry(drawn, repair=True)
    except InvalidGeometry as refusal:
        if refusal.code not in PROBLEMS:
            raise
    except OutOfRange:
        pass
    else:
        assert reading.geometry.is_valid


rings = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=9)


@given(st.lists(rings, min_size=1, max_size=3))
@example([[(5, 8), (4, 8), (7, 2), (4, 0)], [(8, 8), (0, 4), (1, 6), (0, 0)]])  # a union that leaves a line
def test_any_scribble_is_repaired_into_a_valid_polygon_or_refused(scribble):
    drawn = polygon(*[[*ring, ring[0]] for ring in scribble])
    try:
        reading = read_geometry(drawn, repair=True, multi=True)
    except InvalidGeometry as refusal:
        if refusal.code not in {"nothing_left", "too_few_points"}:
            raise
        return
    assert reading.geometry.is_valid
    assert reading.geometry.geom_type == "MultiPolygon"
    assert reading.geometry.area > 1e-14


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_a_point_survives_the_way_out_and_in_to_a_centimetre(lon, lat):
    text = json.dumps(feature(LonLat(lon, lat), {"name": "万年县"}, id="a"))
    point = read_geometry(text).geometry
    assert (point.x, point.y) == pytest.approx((lon, lat), abs=5.1e-8)


def test_a_feature_without_a_place_has_no_geometry():
    assert feature(None, {"name": "无位置"}) == {
        "type": "Feature",
        "geometry": None,
        "properties": {"name": "无位置"},
    }
    assert feature(shapely.Point(), {})["geometry"] is None


def test_a_collection_can_be_written_as_json():
    text = json.dumps(feature_collection([feature(shapely.box(116, 31, 117, 32), {}, id=1)]))
    (only,) = json.loads(text)["features"]
    assert only["id"] == 1
    assert read_geometry(only).geometry.equals(shapely.box(116, 31, 117, 32))


@pytest.mark.shared
def test_real_townships_are_read_and_add_up_to_their_county(shared_data):
    text = (shared_data / "admin/wannian_361129/townships_wgs84.geojson").read_text("utf-8")
    readings = [read_geometry(each, multi=True, repair=True) for each in json.loads(text)["features"]]
    assert len(readings) == 12
    # the county's area by its government is 1,140.8 km²
    assert sum(area_m2(reading.geometry) for reading in readings) / 1e6 == pytest.approx(1140.8, rel=0.02)
