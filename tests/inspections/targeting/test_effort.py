"""Hot, cold, or not enough looked at."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from inspections.targeting.effort import MARGIN, Heat, correction, is_cold, is_hot, judge, prior_of, with_reports


def test_ten_times_the_visits_at_the_same_rate_are_not_hot() -> None:
    visits = np.array([8.0] * 50 + [80.0])
    view = judge(visits, visits * 0.25)
    assert Heat.HOT not in view.heat
    assert np.allclose(view.rate, 0.25)
    assert view.heat[-1] == Heat.COLD
    assert correction(visits)[-1] == pytest.approx(visits.mean() / 80)


def test_a_cell_that_finds_far_more_often_is_hot_and_a_clean_one_cold() -> None:
    visits = np.array([6.0] * 40 + [30.0, 30.0])
    hits = np.array([1.0, 2.0] * 20 + [24.0, 0.0])
    view = judge(visits, hits)
    assert view.heat[-2] == Heat.HOT
    assert view.heat[-1] == Heat.COLD
    assert view.low[-2] > view.high[-1]


def test_where_nobody_looked_is_undecided_and_the_visits_needed_are_said() -> None:
    view = judge(np.array([10.0] * 30 + [0.0]), np.array([3.0] * 30 + [0.0]))
    assert view.heat[-1] == Heat.UNDECIDED
    assert 5 < view.visits_to_settle[-1] < 60


def test_a_county_without_visits_or_without_finds_is_undecided_throughout() -> None:
    assert set(judge(np.zeros(4), np.zeros(4)).heat) == {Heat.UNDECIDED}
    clean = judge(np.full(4, 100.0), np.zeros(4))
    assert set(clean.heat) == {Heat.UNDECIDED}
    assert clean.rate.tolist() == [0, 0, 0, 0]
    assert np.isnan(clean.visits_to_settle).all()
    assert len(judge(np.zeros(0), np.zeros(0)).heat) == 0


def test_one_hit_in_a_sliver_of_a_walk_decides_nothing() -> None:
    view = judge(np.array([10.0] * 30 + [0.02]), np.array([2.0] * 30 + [1.0]))
    assert view.heat[-1] == Heat.UNDECIDED


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_numbers_that_no_visit_has_are_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="zero"):
        judge(np.array([1.0, wrong]), np.array([1.0, 1.0]))


def test_what_the_public_reports_is_hot_however_often_we_looked() -> None:
    view = judge(np.array([10.0] * 4), np.array([2.0, 2.0, 2.0, 0.0]))
    assert with_reports(view, np.array([3, 2, 1, 9], dtype=np.int8)).tolist()[:2] == [Heat.HOT, Heat.HOT]
    assert with_reports(view, np.array([3, 2, 1, 9], dtype=np.int8)).tolist()[2:] == view.heat.tolist()[2:]


cells = st.lists(st.tuples(st.floats(0, 80), st.integers(0, 30)), min_size=2, max_size=30)


@given(cells)
def test_the_visits_said_settle_it_and_one_fewer_does_not(given: list[tuple[float, int]]) -> None:
    visits = np.array([n for n, _ in given])
    hits = np.array([min(found, n) for n, found in given], dtype=float)
    prior = prior_of(visits, hits)
    if prior is None:
        return
    view = judge(visits, hits)
    asked = ~np.isnan(view.visits_to_settle)
    assert (view.heat[asked] == Heat.UNDECIDED).all()
    for fewer, settled in ((0, True), (1, False)):
        more = view.visits_to_settle[asked] - fewer
        n, found = visits[asked] + more, hits[asked] + view.rate[asked] * more
        assert ((is_hot(prior, n, found) | is_cold(prior, n, found)) == settled).all()


@given(cells)
def test_the_states_are_those_of_the_gamma_distribution(given: list[tuple[float, int]]) -> None:
    visits = np.array([n for n, _ in given])
    hits = np.array([min(found, n) for n, found in given], dtype=float)
    prior = prior_of(visits, hits)
    view = judge(visits, hits)
    if prior is None:
        return
    assert prior.shape <= 2
    rates = stats.gamma(prior.shape + hits, scale=1 / (prior.visits + visits))
    hot = (rates.sf(prior.rate) >= 0.95) & (visits >= 1)
    cold = (rates.cdf(MARGIN * prior.rate) >= 0.95) & (visits >= 1) & ~hot
    assert np.array_equal(view.heat == Heat.HOT, hot)
    assert np.array_equal(view.heat == Heat.COLD, cold)
    assert np.allclose(view.low, rates.ppf(0.025))
    assert np.allclose(view.high, rates.ppf(0.975))


@given(cells)
def test_findings_are_never_weighed_up(given: list[tuple[float, int]]) -> None:
    visits = np.array([n for n, _ in given])
    factor = correction(visits)
    assert ((factor > 0) & (factor <= 1)).all()
    seen = visits[visits > 0]
    if len(seen):
        assert np.allclose((factor * visits)[visits > 0], np.minimum(seen, seen.mean()))
