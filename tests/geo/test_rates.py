import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from geo.rates import empirical_bayes, local_empirical_bayes
from tests.geo.lattices import column, lattice, peers_weights, reference, reordered, sids_neighbours


def theirs(counts, exposure, w=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from esda.smoothing import Empirical_Bayes, Spatial_Empirical_Bayes

        if w is None:
            return Empirical_Bayes(counts, exposure).r.ravel()
        weights = peers_weights(w)
        weights.id_order = list(range(len(counts)))
        return Spatial_Empirical_Bayes(counts, exposure, weights).r.ravel()


@pytest.mark.shared
def test_north_carolina_sids_agrees_with_esda(shared_data: Path):
    rows = reference(shared_data / "stats" / "nc_sids_spdep_reference.csv")
    deaths, births = column(rows, "SID74"), column(rows, "BIR74")
    found = empirical_bayes(deaths, births)
    assert found.rate * 1000 == pytest.approx(column(rows, "rate"), abs=1e-9)
    assert found.shrunk == pytest.approx(theirs(deaths, births), abs=1e-12)
    w = sids_neighbours(shared_data / "stats", rows)
    assert local_empirical_bayes(deaths, births, w).shrunk == pytest.approx(theirs(deaths, births, w), abs=1e-12)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(2, 7), spread=st.floats(0.05, 2))
def test_rates_agree_with_esda_wherever_cells_differ_more_than_by_chance(seed, rows, spread):
    rng = np.random.default_rng(seed)
    exposure = rng.integers(20, 4000, rows * 6).astype(float)
    counts = rng.poisson(exposure * rng.gamma(1 / spread, spread * 0.01, rows * 6)).astype(float)
    w = lattice(rows, 6)
    local, ours, peer = local_empirical_bayes(counts, exposure, w), empirical_bayes(counts, exposure), None
    if counts.sum():
        peer = theirs(counts, exposure)
        # where the variance comes out negative esda carries on with it; Marshall takes it as none
        if not np.allclose(ours.shrunk, counts.sum() / exposure.sum(), rtol=1e-12):
            assert ours.shrunk == pytest.approx(peer, rel=1e-9)
        with np.errstate(all="ignore"):
            near = theirs(counts, exposure, w)
        assert local.shrunk == pytest.approx(np.where(np.isnan(near), 0.0, near), rel=1e-9, abs=1e-15)
    for found in (ours, local):
        assert (found.low <= found.shrunk + 1e-12).all()
        assert (found.shrunk <= found.high).all()


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1))
def test_rates_follow_their_cells_and_their_unit(seed):
    rng = np.random.default_rng(seed)
    exposure = rng.integers(0, 300, 30).astype(float)
    counts = np.where(exposure > 0, rng.poisson(exposure * 0.02), 0).astype(float)
    order, w = rng.permutation(30), lattice(5, 6)
    for found, shuffled, in_thousands in (
        (
            empirical_bayes(counts, exposure),
            empirical_bayes(counts[order], exposure[order]),
            empirical_bayes(counts, exposure / 1000),
        ),
        (
            local_empirical_bayes(counts, exposure, w),
            local_empirical_bayes(counts[order], exposure[order], reordered(w, order)),
            local_empirical_bayes(counts, exposure / 1000, w),
        ),
    ):
        for part in ("rate", "shrunk", "low", "high"):
            expected = getattr(found, part)
            assert getattr(shuffled, part) == pytest.approx(expected[order], rel=1e-6, abs=1e-12, nan_ok=True)
            assert getattr(in_thousands, part) == pytest.approx(1000 * expected, rel=1e-6, abs=1e-9, nan_ok=True)


def test_the_interval_is_that_of_the_posterior_and_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(3)
    exposure = rng.integers(50, 2000, 4000).astype(float)
    truth = rng.gamma(4.0, 0.005, 4000)
    counts = rng.poisson(truth * exposure).astype(float)
    found = empirical_bayes(counts, exposure, share=0.9)
    held = np.mean((found.low <= truth) & (truth <= found.high))
    assert held == pytest.approx(0.9, abs=0.02)
    # by the textbook: prior gamma(4, rate 200), fitted here
    exact = stats.gamma.ppf(0.05, 4 + counts, scale=1 / (200 + exposure))
    assert found.low == pytest.approx(exact, rel=0.1)


def test_two_tips_at_a_small_school_weigh_less_than_two_hundred_at_a_large_one():
    exposure = np.array([40.0, 4000.0, 1000.0, 1000.0, 1000.0, 1000.0])
    found = empirical_bayes(np.array([2.0, 200.0, 4.0, 5.0, 3.0, 6.0]), exposure)
    assert found.rate[0] == found.rate[1] == 0.05
    assert found.shrunk[0] < found.shrunk[1]
    assert found.high[0] - found.low[0] > found.high[1] - found.low[1]


def test_who_is_not_exposed_has_the_usual_rate_and_no_rate_where_events_contradict_it():
    counts, exposure = np.array([3.0, 0.0, 9.0, 1.0, 2.0]), np.array([100.0, 0.0, 100.0, 100.0, 0.0])
    w = sparse.csr_array((5, 5))
    for found in (empirical_bayes(counts, exposure), local_empirical_bayes(counts, exposure, w)):
        assert np.isnan(found.rate).tolist() == [False, True, False, False, True]
        assert np.isnan([found.shrunk[4], found.low[4], found.high[4]]).all()
    assert empirical_bayes(counts, exposure).shrunk[1] == pytest.approx(13 / 300)
    assert np.isnan(local_empirical_bayes(counts, exposure, w).shrunk[1])
    nobody = empirical_bayes(np.zeros(3), np.zeros(3))
    assert np.isnan(nobody.shrunk).all()
    assert np.isnan(nobody.high).all()


def test_no_event_at_all_is_a_rate_of_zero_with_an_upper_bound():
    found = empirical_bayes(np.zeros(4), np.array([10.0, 20.0, 30.0, 40.0]))
    assert found.shrunk.tolist() == found.low.tolist() == [0.0] * 4
    assert found.high == pytest.approx([stats.gamma.ppf(0.975, 0.5) / 100] * 4)


@pytest.mark.parametrize(
    ("counts", "exposure", "message"),
    [
        ([1.0], [1.0, 2.0], "counts with exposure"),
        ([1.0, np.nan], [1.0, 2.0], "counts must be finite"),
        ([1.0, 1.0], [1.0, -2.0], "exposure must be finite"),
    ],
)
def test_counts_and_exposure_that_make_no_rate_are_refused(counts, exposure, message):
    with pytest.raises(ValueError, match=message):
        empirical_bayes(np.array(counts), np.array(exposure))
    with pytest.raises(ValueError, match="interval of 95"):
        empirical_bayes(np.ones(2), np.ones(2), share=95)
