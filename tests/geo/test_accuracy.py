import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.accuracy import accuracy, first_half

CELLS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([0.25, 0.5, 1.0]), st.integers(0, 5)), min_size=1, max_size=30
)
SHARES = st.sampled_from([0.02, 0.1, 0.3, 0.5, 1.0])


def columns(cells: list[tuple[float, ...]]) -> list[np.ndarray]:
    return [np.array(column) for column in zip(*cells, strict=True)]


def figures(found) -> list[float]:
    return [v for e in (found.hit_rate, found.pai, found.pei) for v in (e.value, e.low, e.high)]


def test_a_fifth_of_the_events_on_a_twenty_fifth_of_the_area_is_a_pai_of_five():
    scores, area = np.array([2.0, 1.0]), np.array([50.0, 50.0])
    assert accuracy(scores, area, np.array([25, 75]), 0.5).pai.value == pytest.approx(0.5)
    assert accuracy(scores, np.array([4.0, 96.0]), np.array([20, 80]), 0.04).pai.value == pytest.approx(5)


def test_pei_is_what_was_caught_of_the_most_that_the_same_area_could_catch():
    scores, events = np.array([9.0, 8.0, 1.0, 0.0]), np.array([3, 0, 6, 1])
    found = accuracy(scores, np.ones(4), events, 0.5)
    assert found.hit_rate.value == pytest.approx(0.3)
    assert found.pai.value == pytest.approx(0.6)
    assert found.pei.value == pytest.approx(3 / 9)
    assert accuracy(events.astype(float), np.ones(4), events, 0.5).pei.value == 1


def test_the_last_cell_counts_in_part():
    found = accuracy(np.array([2.0, 1.0, 0.0]), np.ones(3), np.array([1, 4, 5]), 0.5)
    assert found.hit_rate.value == pytest.approx((1 + 4 / 2) / 10)


@settings(deadline=None)
@given(cells=CELLS, share=SHARES)
def test_equal_scores_are_exactly_the_random_baseline(cells, share):
    _, area, events = columns(cells)
    found = accuracy(np.full(len(area), 7.0), area, events, share)
    if events.sum():
        assert found.hit_rate.value == pytest.approx(share)
        assert (found.pai.low, found.pai.high) == pytest.approx((1, 1))
    else:
        assert np.isnan(found.hit_rate.value)


@settings(deadline=None)
@given(cells=CELLS, share=SHARES, seed=st.integers(0, 99))
def test_the_order_of_cells_changes_nothing(cells, share, seed):
    score, area, events = columns(cells)
    mixed = np.random.default_rng(seed).permutation(len(score))
    one = accuracy(score, area, events, share, seed=3)
    other = accuracy(score[mixed], area[mixed], events[mixed], share, seed=3)
    assert figures(one) == pytest.approx(figures(other), nan_ok=True)


@settings(deadline=None, max_examples=20)
@given(cells=CELLS, share=SHARES)
def test_ties_give_the_mean_over_random_orders(cells, share):
    """Equal cells: with whole cells taken, the figure is the mean of what random orders of ties catch."""
    score, _, events = columns(cells)
    take = max(round(share * len(score)), 1)
    found = accuracy(score, np.ones(len(score)), events, take / len(score))
    if not events.sum():
        return
    rng = np.random.default_rng(1)
    orders = [np.lexsort((rng.random(len(score)), -score))[:take] for _ in range(2000)]
    mean = np.mean([events[chosen].sum() for chosen in orders]) / events.sum()
    assert found.hit_rate.value == pytest.approx(mean, abs=0.06)


def test_intervals_are_those_of_resampled_events():
    scores, events = np.arange(10.0), np.array([10] * 9 + [110])
    found = accuracy(scores, np.ones(10), events, 0.1, replicas=9_999)
    # a binomial of 200 with 0.55: deviation 0.0352
    assert found.hit_rate.value == 0.55
    assert (found.hit_rate.low, found.hit_rate.high) == pytest.approx((0.481, 0.619), abs=0.01)
    assert accuracy(scores, np.ones(10), events, 0.1, seed=5) == accuracy(scores, np.ones(10), events, 0.1, seed=5)


def test_a_million_events_are_judged_like_ten():
    scores, area = np.array([3.0, 2.0, 1.0]), np.ones(3)
    found = accuracy(scores, area, np.array([700_000, 200_000, 100_000]), 1 / 3)
    assert found.hit_rate.value == pytest.approx(0.7)
    assert found.hit_rate.high - found.hit_rate.low < 0.003


@pytest.mark.parametrize(
    ("scores", "area", "events", "share", "message"),
    [
        ([np.nan], [1.0], [1], 0.5, "finite"),
        ([1.0], [0.0], [1], 0.5, "above 0"),
        ([1.0], [1.0], [-1], 0.5, "whole"),
        ([1.0], [1.0], [0.5], 0.5, "whole"),
        ([1.0], [1.0], [np.nan], 0.5, "whole"),
        ([1.0], [1.0], [1], 0.0, "share"),
        ([1.0], [1.0], [1], 1.5, "share"),
        ([1.0, 2.0], [1.0], [1], 0.5, "scores"),
    ],
)
def test_what_makes_no_figure_is_refused(scores, area, events, share, message):
    with pytest.raises(ValueError, match=message):
        accuracy(np.array(scores), np.array(area), np.array(events), share)


def test_the_first_half_of_the_visits_and_the_days_gained():
    # four visits on days 0..3, findings on days 2 and 3; the scores would have put both first
    found = first_half(np.array([1.0, 2.0, 9.0, 8.0]), np.arange(4.0), np.array([False, False, True, True]))
    assert (found.visits, found.findings) == (4, 2)
    assert found.found.value == 1
    assert found.days_earlier.value == pytest.approx(((2 - 0) + (3 - 1)) / 2)


def test_visits_of_one_score_find_half_in_the_first_half_and_gain_nothing_on_the_mean_day():
    found = first_half(np.zeros(5), np.arange(5.0), np.array([True, False, False, False, True]))
    assert found.found.value == 0.5
    assert found.days_earlier.value == 0
    none = first_half(np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool))
    assert none.findings == 0
    assert np.isnan(none.found.value)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.booleans()), max_size=20), st.integers(0, 99))
def test_the_order_of_visits_changes_nothing(visits, seed):
    score, day, hit = (np.array(c) for c in zip(*visits, strict=True)) if visits else (np.zeros(0),) * 3
    mixed = np.random.default_rng(seed).permutation(len(score))
    one, other = first_half(score, day, hit), first_half(score[mixed], day[mixed], hit[mixed])
    for a, b in ((one.found, other.found), (one.days_earlier, other.days_earlier)):
        assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high), nan_ok=True)
