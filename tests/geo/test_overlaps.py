import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from geo.overlaps import overlap_shares

GRID = np.array([box(x, y, x + 1, y + 1) for y in range(4) for x in range(4)], dtype=object)


def test_a_shape_over_two_cells_is_divided_by_area() -> None:
    shares = overlap_shares(np.array([box(0.5, 0, 1.25, 1)], dtype=object), GRID).toarray()
    assert np.allclose(shares[0, :2], [2 / 3, 1 / 3])
    assert np.allclose(shares.sum(), 1)


def test_what_touches_a_cell_only_at_its_edge_is_not_in_it() -> None:
    assert overlap_shares(np.array([box(1, 1, 2, 2)], dtype=object), GRID).nnz == 1


def test_a_shape_outside_or_without_an_area_is_in_no_cell() -> None:
    shapes = np.array([box(8, 8, 9, 9), Polygon()], dtype=object)
    assert overlap_shares(shapes, GRID).nnz == 0


corner = st.floats(0, 3.9)


@given(st.lists(st.tuples(corner, corner, st.floats(0.01, 3)), min_size=1, max_size=8))
def test_nothing_is_counted_twice_or_lost_inside_the_grid(given: list[tuple[float, float, float]]) -> None:
    shapes = np.array([box(x, y, min(x + size, 4), min(y + size, 4)) for x, y, size in given], dtype=object)
    assert np.allclose(overlap_shares(shapes, GRID).sum(axis=1), 1)
