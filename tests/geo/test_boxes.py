import math

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.boxes import BoundingBox
from geo.coordinates import LonLat
from geo.errors import InvalidBox
from geo.measurement import ELLIPSOID, area_m2, distance_m

COUNTY = BoundingBox(116.76, 28.50, 117.24, 28.99)


@st.composite
def boxes(draw, south=-85.0, north=85.0):
    west, east = sorted(draw(st.tuples(st.floats(-179, 179), st.floats(-179, 179))))
    low, high = sorted(draw(st.tuples(st.floats(south, north), st.floats(south, north))))
    return BoundingBox(west, low, east, high)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "unreadable"),
        ("115,31,116", "unreadable"),
        ("115,31,116,32,33", "unreadable"),
        ("115,31,116,north", "unreadable"),
        ("115 31 116 32", "unreadable"),
        ("nan,31,116,32", "not_finite"),
        ("115,31,inf,32", "not_finite"),
        ("1e999,31,116,32", "not_finite"),
        ("-181,31,116,32", "out_of_range"),
        ("115,31,116,91", "out_of_range"),
        ("116,31,115,32", "order"),
        ("115,32,116,31", "order"),
        ("-180,-90,180,90", "too_large"),
        ("1," * 5000, "unreadable"),
    ],
)
def test_text_that_is_no_box_is_refused_with_the_reason(text, code):
    with pytest.raises(InvalidBox) as refusal:
        BoundingBox.parse(text)
    assert refusal.value.code == code


def test_a_county_is_within_the_limit_and_the_limit_can_be_lowered():
    assert BoundingBox.parse(str(COUNTY)) == COUNTY
    with pytest.raises(InvalidBox) as refusal:
        BoundingBox.parse(str(COUNTY), max_area_km2=1000)
    assert refusal.value.values["area_km2"] == pytest.approx(COUNTY.width_m * COUNTY.height_m / 1e6, abs=1)
    assert refusal.value.values["limit_km2"] == 1000


@given(st.text(alphabet="0123456789.,-+eE naif", max_size=60))
def test_any_text_is_either_a_box_or_a_named_refusal(text):
    try:
        box = BoundingBox.parse(text)
    except InvalidBox:
        return
    assert box.west <= box.east
    assert box.south <= box.north


def test_width_and_height_are_metres():
    assert COUNTY.width_m == pytest.approx(distance_m(LonLat(116.76, 28.745), LonLat(117.24, 28.745)), abs=0.5)
    assert COUNTY.height_m == pytest.approx(distance_m(LonLat(117, 28.50), LonLat(117, 28.99)), abs=1e-6)


def test_the_widest_box_goes_all_the_way_round():
    assert BoundingBox(-180, -1, 180, 1).width_m == pytest.approx(2 * math.pi * 6378137)


def test_the_area_is_that_of_the_ellipsoid():
    earth = BoundingBox(-180, -90, 180, 90)
    assert earth.area_m2 == pytest.approx(510_065_621_724_088, rel=1e-9)  # PROJ: the area of the WGS-84 ellipsoid
    # a box cut into thin slices, so that geodesics follow its parallels
    slices = shapely.segmentize(shapely.box(*COUNTY.as_tuple()), 0.001)
    assert COUNTY.area_m2 == pytest.approx(area_m2(slices), rel=1e-7)


def test_a_box_of_no_size_is_a_place():
    here = BoundingBox(117, 28.7, 117, 28.7)
    assert (here.width_m, here.height_m, here.area_m2) == (0, 0, 0)
    assert here.contains(here.centre)


@given(boxes())
def test_a_box_contains_its_centre_and_its_corners(box):
    assert box.contains(box.centre)
    assert all(box.contains(LonLat(*corner)) for corner in box.ring())


def test_what_is_beside_the_box_is_not_in_it():
    assert not COUNTY.contains(LonLat(116.75, 28.7))
    assert not COUNTY.contains(LonLat(117, 29))


@given(boxes(), st.floats(1, 500_000), st.floats(0, 360), st.integers(0, 3))
def test_no_place_within_the_margin_is_left_out(box, metres, bearing, corner):
    lon, lat, _ = ELLIPSOID.fwd(*box.ring()[corner], bearing, metres * 0.999)
    if abs(lon - box.ring()[corner][0]) < 180:  # a box never crosses 180°
        assert box.expanded(metres).contains(LonLat(lon, lat))


def test_a_margin_is_not_much_wider_than_asked():
    wider = COUNTY.expanded(1000)
    assert 2000 < wider.height_m - COUNTY.height_m < 2030
    assert 2000 < wider.width_m - COUNTY.width_m < 2060


def test_a_margin_is_cut_off_at_the_pole():
    assert BoundingBox(100, 88, 101, 89).expanded(500_000).as_tuple() == pytest.approx(
        (-180, 83.478, 180, 90), abs=0.001
    )


def test_a_negative_margin_is_refused():
    with pytest.raises(ValueError, match="-1"):
        COUNTY.expanded(-1)


def test_the_ring_is_closed_and_counter_clockwise():
    ring = shapely.Polygon(COUNTY.ring()).exterior
    assert ring.is_ccw
    assert COUNTY.ring()[0] == COUNTY.ring()[-1]
