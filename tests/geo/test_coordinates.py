import json
import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.coordinates import Datum, LonLat, from_wgs84, geometry_to_wgs84, is_shifted, looks_swapped, to_wgs84
from geo.errors import InvalidDatum, InvalidPosition, OutOfRange
from geo.measurement import ELLIPSOID

CHINA = {"lon": st.floats(73.2, 135.5), "lat": st.floats(3.5, 54)}

# (lon, lat) in WGS-84 and GCJ-02: the test values of googollee/eviltransform and wandergis/coordtransform
PUBLISHED_GCJ02 = [
    (121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),  # Shanghai
    (113.912316, 22.543847, 113.9171764808363, 22.540796131694766),  # Shenzhen
    (116.377817, 39.911954, 116.38404722455657, 39.91334545536069),  # Beijing
    (116.404, 39.915, 116.41024449916938, 39.91640428150164),
]

READABLE = [
    "115.35, 31.71",
    "115.35,31.71",
    " 115.35，31.71 ",
    "115.35、31.71",
    "115.35 31.71",
    "115.35　31.71",
    "（115.35；31.71）",
    "１１５.３５,３１.７１",
    "31°42'36\"N 115°21'0\"E",
    "31°42′36″N, 115°21′E",
    "N31°42.6' E115°21.0'",
    "东经115°21′，北纬31°42′36″",
    "东经115.35北纬31.71",
    "115度21分0秒E 31度42分36秒N",
    "纬度：31.71 经度：115.35",
    "lat=31.71, lng=115.35",
    "31.71N 115.35E",
]


@pytest.mark.parametrize("text", READABLE)
def test_a_position_is_read_however_people_write_it(text):
    lon, lat = LonLat.parse(text)
    assert (lon, lat) == pytest.approx((115.35, 31.71), abs=1e-12)


def test_southern_and_western_positions_are_negative():
    assert LonLat.parse("33°27'S 70°40'W") == LonLat(-(70 + 40 / 60), -33.45)
    assert LonLat.parse("-70.5, -33.45") == LonLat(-70.5, -33.45)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "unreadable"),
        ("115.35", "unreadable"),
        ("115.35,31.71,9", "unreadable"),
        ("在学校后面", "unreadable"),
        ("nan, nan", "unreadable"),
        ("115.3531.71", "unreadable"),
        ("31°60'00\"N 115°21'0\"E", "minutes_or_seconds"),
        ("31°10'60\"N 115°21'0\"E", "minutes_or_seconds"),
        ("31.71N 32.00N", "same_axis_twice"),
        ("1" * 201, "too_long"),
    ],
)
def test_text_that_is_no_position_is_refused_with_the_reason(text, code):
    with pytest.raises(InvalidPosition) as refusal:
        LonLat.parse(text)
    assert refusal.value.code == code


@given(st.text(max_size=250))
def test_any_text_is_either_a_position_or_a_named_refusal(text):
    try:
        point = LonLat.parse(text)
    except (InvalidPosition, OutOfRange):
        return
    assert -180 <= point.lon <= 180
    assert -90 <= point.lat <= 90


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_a_printed_position_is_read_back(lon, lat):
    point = LonLat.parse(str(LonLat(lon, lat)))
    assert point.lon == pytest.approx(lon, abs=5.1e-7)
    assert point.lat == pytest.approx(lat, abs=5.1e-7)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_coordinate_that_is_not_finite_is_refused(bad):
    with pytest.raises(OutOfRange) as refusal:
        LonLat(bad, 31.71)
    assert refusal.value.code == "not_finite"
    assert refusal.value.values["axis"] == "lon"
    with pytest.raises(OutOfRange):
        LonLat(115.35, bad)


@pytest.mark.parametrize(
    ("lon", "lat", "axis"), [(180.1, 0, "lon"), (-181, 0, "lon"), (0, 90.1, "lat"), (0, -91, "lat")]
)
def test_a_coordinate_beyond_the_earth_is_refused(lon, lat, axis):
    with pytest.raises(OutOfRange) as refusal:
        LonLat(lon, lat)
    assert (refusal.value.code, refusal.value.values["axis"]) == ("out_of_range", axis)


def test_latitude_before_longitude_is_recognised():
    with pytest.raises(OutOfRange) as refusal:
        LonLat.parse("31.71, 115.35")
    assert refusal.value.code == "looks_swapped"
    assert LonLat(39.5, 75.9).looks_swapped, "Kashgar, exchanged, is a valid place in the Arctic Ocean"
    assert not LonLat(115.35, 31.71).looks_swapped


def test_swapped_pairs_are_found_in_whole_columns():
    assert looks_swapped([31.71, 115.35, math.nan], [115.35, 31.71, 31.0]).tolist() == [True, False, False]


def test_zero_zero_is_a_valid_place_that_says_it_is_null():
    assert LonLat(0, -0.0).is_null
    assert str(LonLat(0, -0.0)) == "0.000000, 0.000000"


@pytest.mark.parametrize(("lon", "lat", "gcj_lon", "gcj_lat"), PUBLISHED_GCJ02)
def test_gcj02_agrees_with_published_values_to_the_last_digit(lon, lat, gcj_lon, gcj_lat):
    assert from_wgs84(lon, lat, Datum.GCJ02) == pytest.approx((gcj_lon, gcj_lat), abs=1e-13)
    assert to_wgs84(gcj_lon, gcj_lat, Datum.GCJ02) == pytest.approx((lon, lat), abs=1e-12)


def test_bd09_agrees_with_published_values():
    # wandergis/coordtransform: GCJ-02 116.404, 39.915 is BD-09 116.41036949371029, 39.92133699351021
    lon, lat = to_wgs84(116.404, 39.915, Datum.GCJ02)
    assert from_wgs84(lon, lat, Datum.BD09) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-12)


@pytest.mark.parametrize(
    ("lon", "lat", "offset_m"),
    [
        (116.3975, 39.9087, 555),  # Beijing
        (104.0657, 30.6595, 360),  # Chengdu
        (120.1551, 30.2741, 521),  # Hangzhou
        (113.6254, 34.7466, 568),  # Zhengzhou
        (113.2644, 23.1291, 621),  # Guangzhou
    ],
)
def test_the_offset_of_gcj02_is_what_is_known_of_each_city(lon, lat, offset_m):
    gcj = from_wgs84(lon, lat, Datum.GCJ02)
    # the offset varies by several metres from one quarter of a city to the next
    assert ELLIPSOID.inv(lon, lat, *gcj)[2] == pytest.approx(offset_m, abs=25)


@given(**CHINA, datum=st.sampled_from(Datum))
def test_a_position_goes_to_any_datum_and_back_within_a_micrometre(lon, lat, datum):
    there = from_wgs84(lon, lat, datum)
    assert to_wgs84(*there, datum) == pytest.approx((lon, lat), abs=1e-11)


@given(**CHINA)
def test_gcj02_moves_nothing_by_more_than_it_can(lon, lat):
    there = from_wgs84(lon, lat, Datum.GCJ02)
    assert ELLIPSOID.inv(lon, lat, *there)[2] < 1000


def test_the_wiggle_at_105_east_35_north_does_not_stop_the_inverse():
    lons = 105 + np.array([-1e-3, -1e-9, -1e-14, 0, 1e-14, 1e-9, 1e-3])
    back = to_wgs84(*from_wgs84(lons, 35.0, Datum.BD09), Datum.BD09)
    assert np.abs(back[0] - lons).max() < 1e-11


@pytest.mark.parametrize(
    ("lon", "lat"), [(13.4, 52.5), (72.0, 39.0), (137.84, 40), (100, 0.8), (0, 90), (-180, -90)]
)
def test_positions_outside_the_rectangle_are_untouched(lon, lat):
    assert not is_shifted(lon, lat)
    for datum in Datum:
        assert from_wgs84(lon, lat, datum) == (lon, lat)
        assert to_wgs84(lon, lat, datum) == (lon, lat)


def test_nan_and_infinity_pass_through_columns_without_warning():
    lons, lats = to_wgs84([math.nan, math.inf, 115.35], [31.0, 31.0, 31.71], Datum.BD09)
    assert np.isnan(lons[0])
    assert np.isinf(lons[1])
    assert abs(lons[2] - 115.35) > 0.005
    assert lats[0] == 31.0


def test_no_positions_at_all_are_moved_to_none():
    assert [column.size for column in to_wgs84([], [], Datum.BD09)] == [0, 0]


def test_cgcs2000_is_wgs84():
    assert to_wgs84(115.35, 31.71, Datum.CGCS2000) == (115.35, 31.71)


def test_a_position_given_in_another_datum_becomes_wgs84():
    assert LonLat.of(116.41024449916938, 39.91640428150164, Datum.GCJ02).lon == pytest.approx(116.404, abs=1e-12)
    with pytest.raises(OutOfRange):
        LonLat.of(31.71, 115.35, Datum.GCJ02)


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("WGS-84", Datum.WGS84),
        ("EPSG:4326", Datum.WGS84),
        ("国家2000坐标系", Datum.CGCS2000),
        ("gcj02", Datum.GCJ02),
        ("火星坐标", Datum.GCJ02),
        ("BD-09", Datum.BD09),
    ],
)
def test_a_datum_is_read_by_its_names(text, datum):
    assert Datum.parse(text) is datum
    assert datum.label


def test_an_unknown_datum_is_refused():
    with pytest.raises(InvalidDatum) as refusal:
        Datum.parse("西安80")
    assert refusal.value.values == {"text": "西安80"}


def test_a_polygon_is_moved_vertex_by_vertex_and_keeps_its_height():
    flat = geometry_to_wgs84(shapely.Point(116.41024449916938, 39.91640428150164), Datum.GCJ02)
    tall = geometry_to_wgs84(shapely.Point(116.41024449916938, 39.91640428150164, 50), Datum.GCJ02)
    assert (flat.x, flat.y) == pytest.approx((116.404, 39.915), abs=1e-12)
    assert (tall.x, tall.y, tall.z) == (flat.x, flat.y, 50)


@pytest.mark.shared
def test_real_townships_in_gcj02_land_on_the_same_townships_in_wgs84(shared_data):
    folder = shared_data / "admin" / "wannian_361129"
    gcj, wgs = _vertices(folder / "townships_gcj02.geojson"), _vertices(folder / "townships_wgs84.geojson")
    assert len(gcj) == 17415
    apart = ELLIPSOID.inv(*gcj.T, *wgs.T)[2]
    assert 580 < apart.min() < apart.max() < 630, "as published the two files differ by the whole offset"
    moved = to_wgs84(*gcj.T, Datum.GCJ02)
    assert ELLIPSOID.inv(*moved, *wgs.T)[2].max() < 1e-6


def _vertices(path):
    features = json.loads(path.read_text("utf-8"))["features"]
    return np.array([vertex for feature in features for vertex in feature["geometry"]["coordinates"][0]])
