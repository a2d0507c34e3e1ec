import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.shares import share


def board(columns, rows):
    """Middles and neighbours of a board of squares."""
    at = np.array([(100.0 * x, 100.0 * y) for y in range(rows) for x in range(columns)])
    pairs = [(i, i + 1) for i in range(columns * rows) if (i + 1) % columns]
    return at, pairs + [(i, i + columns) for i in range(columns * (rows - 1))]


def islands_in(part, pairs):
    same = [(i, j) for i, j in pairs if part[i] == part[j]]
    rows, columns = np.array(same, dtype=int).reshape(-1, 2).T
    graph = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(part), len(part)))
    return connected_components(graph, directed=False)[0]


@given(st.integers(2, 9), st.integers(2, 9), st.integers(1, 6), st.data())
@settings(max_examples=50)
def test_parts_are_apart_whole_contiguous_and_even_within_the_stated_bound(columns, rows, walkers, data):
    assume(walkers <= columns * rows)
    at, pairs = board(columns, rows)
    weights = data.draw(st.lists(st.floats(1, 100), min_size=len(at), max_size=len(at)))
    shares = share(weights, at, pairs, walkers)
    assert set(shares.part.tolist()) == set(range(walkers))
    assert islands_in(shares.part, pairs) == walkers
    assert shares.weights.sum() == pytest.approx(sum(weights), rel=1e-4)
    assert shares.is_even


@given(st.integers(2, 6), st.integers(1, 4), st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_the_same_ground_is_divided_the_same_way_in_whatever_order_borders_are_told(size, walkers, random):
    at, pairs = board(size, size)
    weights = [1.0 + (7 * i) % 5 for i in range(len(at))]
    shuffled = [(j, i) for i, j in pairs]
    random.shuffle(shuffled)
    first, second = (share(weights, at, each, walkers).part.tolist() for each in (pairs, shuffled))
    assert first == second


def test_a_place_that_can_only_be_cut_unevenly_says_so():
    at = np.array([(0, 0), *[(100 * np.cos(a), 100 * np.sin(a)) for a in range(6)]])
    shares = share([1.0, *[1.0] * 5, 30.0], at, [(0, i) for i in range(1, 7)], 3)
    assert shares.weights.max() >= 30
    star = share([1.0] * 7, at, [(0, i) for i in range(1, 7)], 3)
    assert not star.is_even


def test_islands_go_to_the_nearest_shore():
    at, pairs = board(4, 1)
    at = np.vstack([at, [[350.0, 90.0]]])
    shares = share([1.0] * 5, at, pairs, 2)
    assert shares.part[4] == shares.part[3]


def test_ground_that_weighs_nothing_is_walked_by_somebody():
    at, pairs = board(3, 3)
    shares = share([0.0] * 9, at, pairs, 3)
    assert sorted(np.bincount(shares.part).tolist()) == [3, 3, 3]


@pytest.mark.parametrize(
    ("weights", "said"), [([1.0], "divided"), ([1.0, float("nan")], "weight"), ([1.0, -1.0], "weight")]
)
def test_more_walkers_than_cells_and_weights_that_are_none_are_refused(weights, said):
    with pytest.raises(ValueError, match=said):
        share(weights, np.zeros((len(weights), 2)), [], 2)
