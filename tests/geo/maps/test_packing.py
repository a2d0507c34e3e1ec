import base64

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, box

from geo.maps.packing import UNIT, pack, pack_points, pack_shapes, pack_steps, walk

INTEGERS = st.integers(-(2**30) + 1, 2**30 - 1)


def unpack(text: str) -> list[int]:
    numbers, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append((value >> 1) ^ -(value & 1))
            value = shift = 0
    return numbers


@given(st.lists(INTEGERS, max_size=50))
def test_packed_numbers_come_back(numbers):
    assert unpack(pack(numbers)) == numbers


@given(st.lists(st.integers(-(2**28), 2**28), max_size=50))
def test_packed_steps_add_up_to_the_numbers(numbers):
    assert np.cumsum(unpack(pack_steps(numbers))).tolist() == numbers


def test_a_number_too_large_for_the_page_is_refused():
    with pytest.raises(ValueError, match="within"):
        pack([2**30])


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=30))
def test_a_point_comes_back_within_half_a_unit(points):
    lon, lat = np.array(points, dtype=float).reshape(-1, 2).T
    back = np.cumsum(np.array(unpack(pack_points(lon, lat))).reshape(-1, 2), axis=0) * UNIT
    assert np.abs(back - np.column_stack([lon, lat])).max(initial=0) <= 0.51 * UNIT


def test_shapes_keep_their_parts_and_holes_in_order():
    ring = box(117, 28, 117.2, 28.2) - box(117.1, 28.1, 117.15, 28.15)
    packed = pack_shapes([ring, MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3)]), box(5, 5, 6, 6)])
    assert unpack(packed["parts"]) == [2, 2, 1]
    assert unpack(packed["sizes"]) == [4, 4, 4, 4, 4]
    assert len(unpack(packed["at"])) == 2 * 20


def test_lines_keep_all_their_points_and_nothing_packs_to_nothing():
    packed = pack_shapes([LineString([(0, 0), (1, 1), (2, 0)]), LineString([(5, 5), (6, 6)])])
    assert unpack(packed["sizes"]) == [3, 2]
    assert pack_shapes([]) == {"parts": "", "sizes": "", "at": ""}


def test_a_walk_visits_every_point_once_and_steps_less_than_chance():
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(0, 1, (2, 2000))
    order = walk(lon, lat)
    assert sorted(order.tolist()) == list(range(2000))
    at = np.column_stack([lon, lat])
    assert np.abs(np.diff(at[order], axis=0)).mean() < 0.1 * np.abs(np.diff(at, axis=0)).mean()
    assert walk(np.array([]), np.array([])).tolist() == []
    assert shapely.equals(Point(walk(np.array([3.0]), np.array([4.0]))[0], 0), Point(0, 0))
