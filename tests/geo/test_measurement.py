import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.coordinates import LonLat
from geo.measurement import ELLIPSOID, area_m2, bearing_deg, compass_word, distance_m, distances_m, nearest

HERE = LonLat(115.35, 31.71)
places = st.builds(LonLat, st.floats(73, 135), st.floats(18, 54))


def test_distance_agrees_with_a_published_geodesic():
    # Flinders Peak to Buninyong, the test line of Geoscience Australia (GRS80): 54 972.271 m
    peak = LonLat(144 + 25 / 60 + 29.52440 / 3600, -(37 + 57 / 60 + 3.72030 / 3600))
    buninyong = LonLat(143 + 55 / 60 + 35.38390 / 3600, -(37 + 39 / 60 + 10.15610 / 3600))
    assert distance_m(peak, buninyong) == pytest.approx(54_972.271, abs=0.001)
    assert bearing_deg(peak, buninyong) == pytest.approx(306 + 52 / 60 + 5.37 / 3600, abs=1e-5)


@given(places, places)
def test_the_way_back_is_as_long(start, end):
    assert distance_m(start, end) == pytest.approx(distance_m(end, start), abs=1e-6)


@pytest.mark.parametrize(
    ("towards", "word"),
    [
        (LonLat(115.35, 31.8), "北"),
        (LonLat(115.45, 31.80), "东北"),
        (LonLat(115.45, 31.71), "东"),
        (LonLat(115.45, 31.62), "东南"),
        (LonLat(115.35, 31.6), "南"),
        (LonLat(115.25, 31.62), "西南"),
        (LonLat(115.25, 31.71), "西"),
        (LonLat(115.25, 31.80), "西北"),
    ],
)
def test_a_direction_is_told_by_its_wind(towards, word):
    assert compass_word(bearing_deg(HERE, towards)) == word


@given(st.floats(-1e6, 1e6))
def test_every_direction_has_a_wind(bearing):
    assert compass_word(bearing)


@given(places, places)
def test_a_bearing_is_at_least_0_and_below_360(start, end):
    assert 0 <= bearing_deg(start, end) < 360


def test_distances_to_many_are_the_distances_to_each():
    lons, lats = [115.36, 115.5, math.nan], [31.71, 31.5, 31.0]
    found = distances_m(HERE, lons, lats)
    assert found[0] == distance_m(HERE, LonLat(115.36, 31.71))
    assert found[1] == distance_m(HERE, LonLat(115.5, 31.5))
    assert np.isnan(found[2])


@given(st.lists(st.tuples(st.floats(115, 116), st.floats(31, 32)), max_size=30), st.integers(1, 8))
def test_the_nearest_are_those_no_other_is_nearer_than(pairs, limit):
    lons, lats = [lon for lon, _ in pairs], [lat for _, lat in pairs]
    found = nearest(HERE, lons, lats, limit=limit)
    by_hand = sorted(distance_m(HERE, LonLat(*pair)) for pair in pairs)[:limit]
    assert [near.distance_m for near in found] == by_hand


def test_the_nearest_can_be_limited_to_a_distance():
    found = nearest(HERE, [115.351, 115.36, 115.9], [31.71] * 3, within_m=1000)
    assert [near.index for near in found] == [0, 1]
    assert compass_word(found[0].bearing_deg) == "东"
    assert nearest(HERE, [], []) == []


def test_a_hole_is_not_counted_whichever_way_it_is_drawn():
    shell = [(115, 31), (116, 31), (116, 32), (115, 32)]
    hole = [(115.2, 31.2), (115.4, 31.2), (115.4, 31.4), (115.2, 31.4)]
    whole, gap = area_m2(shapely.Polygon(shell)), area_m2(shapely.Polygon(hole))
    for ring in (hole, hole[::-1]):
        assert area_m2(shapely.Polygon(shell, [ring])) == pytest.approx(whole - gap, rel=1e-12)


def test_the_area_of_several_is_the_sum():
    first, second = shapely.box(115, 31, 115.1, 31.1), shapely.box(116, 31, 116.1, 31.1)
    both = shapely.MultiPolygon([first, second])
    assert area_m2(both) == pytest.approx(area_m2(first) + area_m2(second))
    assert area_m2(shapely.GeometryCollection([both, shapely.Point(0, 0)])) == area_m2(both)


def test_a_square_of_a_kilometre_has_a_square_kilometre():
    east = ELLIPSOID.fwd(115.35, 31.71, 90, 1000)
    north = ELLIPSOID.fwd(115.35, 31.71, 0, 1000)
    assert area_m2(shapely.box(115.35, 31.71, east[0], north[1])) == pytest.approx(1e6, rel=1e-3)
