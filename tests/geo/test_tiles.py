import itertools

from hypothesis import given
from hypothesis import strategies as st

from geo.tiles import KEY_ZOOM, Tile, interleave, key_of, key_ranges

lons = st.floats(-180, 179.999999)
lats = st.floats(-85, 85)
zooms = st.integers(0, KEY_ZOOM)


@given(zooms, lons, lats)
def test_a_tile_holds_the_key_of_each_of_its_points(z: int, lon: float, lat: float) -> None:
    first, last = Tile.at(z, lon, lat).keys
    assert first <= key_of(lon, lat) <= last


@given(st.integers(0, 2**26 - 1), st.integers(0, 2**26 - 1))
def test_interleaving_puts_columns_at_even_bits_and_rows_at_odd_ones(x: int, y: int) -> None:
    key = interleave(x, y)
    assert int(bin(key)[2:].zfill(52)[1::2], 2) == x
    assert int(bin(key)[2:].zfill(52)[0::2], 2) == y


@given(st.floats(73, 134), st.floats(18, 53), st.floats(0.00001, 0.5), st.floats(0, 1), st.floats(0, 1))
def test_the_ranges_of_a_box_hold_every_point_in_it(
    west: float, south: float, side: float, right: float, up: float
) -> None:
    ranges = key_ranges(west, south, west + side, south + side)
    key = key_of(west + side * right, south + side * up)
    assert any(first <= key <= last for first, last in ranges)


@given(st.integers(3, 18), st.floats(73, 134), st.floats(18, 53))
def test_the_ranges_around_a_tile_do_not_touch_and_hold_the_tile(z: int, lon: float, lat: float) -> None:
    tile = Tile.at(z, lon, lat)
    ranges = tile.key_ranges(margin=1)
    assert any(first <= tile.keys[0] and tile.keys[1] <= last for first, last in ranges)
    assert all(before[1] + 1 < after[0] for before, after in itertools.pairwise(ranges))
