import itertools
import os
import subprocess
import sys
import warnings
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from geo import threads, warming
from geo.autocorrelation import moran
from geo.permutation import gi_star_permuted, local_moran_permuted, moran_permuted
from geo.weights import with_self
from tests.geo.lattices import lattice, peers_weights, reordered, with_islands

MANY = 9999
ROOT = Path(__file__).parents[2]


def unevenly(w: sparse.csr_array, seed: int = 5) -> sparse.csr_array:
    weights = w.copy()
    weights.data = np.random.default_rng(seed).uniform(0.2, 3.0, len(w.data))
    return weights


def far(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """How many standard errors two Monte-Carlo shares of MANY draws lie apart."""
    middle = (ours + theirs) / 2
    return np.abs(ours - theirs) / np.sqrt(np.maximum(2 * middle * (1 - middle), 1 / MANY) / MANY)


@pytest.mark.parametrize("weigh", [lattice, lambda *size: unevenly(lattice(*size))])
def test_p_is_the_share_of_all_possible_draws(weigh):
    w = weigh(2, 4)
    x = np.array([3.0, 0.0, 5.0, 1.0, 1.0, 8.0, 0.0, 0.0])
    found = gi_star_permuted(x, w, MANY, seed=3)
    for cell in range(8):
        others = np.delete(x, cell)
        weights = w.data[w.indptr[cell] : w.indptr[cell + 1]]
        observed = weights @ x[w.indices[w.indptr[cell] : w.indptr[cell + 1]]]
        sums = np.array([weights @ draw for draw in itertools.permutations(others, len(weights))])
        for ours, exact in (
            (found.larger[cell], (sums >= observed - 1e-9).mean()),
            (found.smaller[cell], (sums <= observed + 1e-9).mean()),
        ):
            assert abs(ours / MANY - exact) <= 5 * sqrt(exact * (1 - exact) / MANY)


PEER = """
import sys, warnings
import numpy as np
warnings.simplefilter("ignore")
import esda.crand
from esda.getisord import _g_local_star_crand
from scipy import sparse
from tests.geo.lattices import peers_weights
given = np.load(sys.argv[1])
x, w = given["x"], sparse.csr_array((given["data"], given["indices"], given["indptr"]))
many = int(given["many"])
esda.crand.boolean = bool  # numba's own word for it means nothing without numba
p, _ = esda.crand.crand(
    x, peers_weights(w), (w @ x) / x.sum(), many, False, 1, _g_local_star_crand, x.sum(), seed=4
)
np.save(sys.argv[2], p)
"""


def test_p_agrees_with_esda_within_its_error(tmp_path):
    w = unevenly(with_islands(lattice(12, 14), np.random.default_rng(8), 0.1))
    x = np.random.default_rng(9).gamma(2.0, 1.0, 168)
    x[40:44] += 6
    ours = gi_star_permuted(x, w, MANY, seed=1)
    given, found = tmp_path / "given.npz", tmp_path / "found.npy"
    np.savez(given, x=x, data=w.data, indices=w.indices, indptr=w.indptr, many=MANY)
    # esda's loops are compiled anew by each process, for half a minute: as plain Python they take two seconds
    plain = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", PEER, given, found], env=plain, check=True)
    theirs = np.load(found)
    met = np.diff(w.indptr) > 0
    assert far(ours.folded[met], theirs[met]).max() < 5
    assert np.isnan(ours.p[~met]).all()
    # without ties the two-sided p is twice the folded one
    assert np.abs(ours.p - 2 * ours.folded)[met].max() <= 2.001 / (MANY + 1)


def test_local_moran_has_gis_p_on_the_side_of_the_cell():
    x = np.random.default_rng(8).gamma(2.0, 1.0, 168)
    w = lattice(12, 14)
    gi, moran = gi_star_permuted(x, w, 999, seed=1), local_moran_permuted(x, w, 999, seed=1)
    high = x > x.mean()
    assert (moran.greater == np.where(high, gi.greater, gi.less)).all()
    assert (moran.p == gi.p).all()


def test_global_moran_agrees_with_esda_within_its_error():
    x = np.random.default_rng(3).normal(size=100)
    x[:12] += 0.6
    ours = moran_permuted(x, lattice(10, 10), MANY, seed=6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from esda.moran import Moran

        np.random.seed(1)
        theirs = Moran(x, peers_weights(lattice(10, 10)), transformation="b", permutations=MANY)
    assert ours.statistic == pytest.approx(theirs.I, abs=1e-9)
    assert far(np.array([min(ours.greater, ours.less)]), np.array([theirs.p_sim]))[0] < 5
    assert ours.mean == pytest.approx(moran(x, lattice(10, 10)).expected, abs=5 * ours.deviation / sqrt(MANY))
    assert ours.deviation == pytest.approx(theirs.seI_sim, rel=0.05)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), islands=st.floats(0, 0.5), even=st.booleans())
def test_p_follows_its_cell_exactly_and_knows_no_unit_of_weights(seed, islands, even):
    rng = np.random.default_rng(seed)
    w = with_islands(lattice(6, 6), rng, islands)
    w = w if even else unevenly(w, seed)
    x = rng.poisson(0.7, 36).astype(float)
    order = rng.permutation(36)
    for permuted in (gi_star_permuted, local_moran_permuted):
        found = permuted(x, w, 99, seed)
        shuffled = permuted(x[order], reordered(w, order), 99, seed)
        assert (shuffled.larger == found.larger[order]).all()
        assert (shuffled.smaller == found.smaller[order]).all()
        scaled = permuted(x, w * 0.125, 99, seed)
        assert np.array_equal(scaled.p, found.p, equal_nan=True)


@pytest.mark.parametrize("parts", [1, 3, 7])
def test_the_answer_depends_on_the_seed_and_not_on_the_threads(parts, monkeypatch):
    x = np.random.default_rng(1).poisson(1.5, 60).astype(float)
    w = unevenly(lattice(6, 10))
    before = gi_star_permuted(x, w, 199, seed=9), moran_permuted(x, w, 199, seed=9)
    monkeypatch.setattr(threads, "THREADS", parts)
    after = gi_star_permuted(x, w, 199, seed=9), moran_permuted(x, w, 199, seed=9)
    assert np.array_equal(before[0].larger, after[0].larger)
    assert before[1] == after[1]
    assert not np.array_equal(before[0].larger, gi_star_permuted(x, w, 199, seed=10).larger)


def test_a_cell_is_no_colder_than_the_draws_that_tie_with_it():
    x = np.zeros(400)
    x[[17, 203, 311]] = 1.0
    found = gi_star_permuted(x, lattice(20, 20), 999, seed=2)
    quiet = (with_self(lattice(20, 20)) @ x) == 0
    assert (found.p[quiet] == 1.0).all()
    # what counting ties on the upper side alone would say of three hundred cells with nothing in or around them
    assert (found.folded[quiet] == 0.001).all()


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9])
def test_where_all_cells_are_equal_p_is_one(value):
    for permuted in (gi_star_permuted, local_moran_permuted):
        assert set(permuted(np.full(25, value), lattice(5, 5)).p) == {1.0}
        assert set(permuted(np.full(25, value), unevenly(lattice(5, 5))).p) == {1.0}
    assert np.isnan(moran_permuted(np.full(25, value), lattice(5, 5)).p)


def test_a_cell_without_neighbours_has_no_p_and_one_that_neighbours_all_has_one():
    assert np.isnan(gi_star_permuted(np.arange(5.0), sparse.csr_array((5, 5))).p).all()
    assert gi_star_permuted(np.array([1.0, 5.0, 2.0]), lattice(1, 3)).p[1] == 1.0


def test_a_cluster_is_found_and_under_chance_p_is_evenly_spread():
    rng = np.random.default_rng(4)
    x = rng.poisson(1.0, (30, 30)).astype(float)
    x[10:13, 20:23] += 12
    found = gi_star_permuted(x.ravel(), lattice(30, 30), 9999, seed=1)
    assert found.greater.reshape(30, 30)[11, 21] == 1 / 10_000
    calm = gi_star_permuted(rng.normal(size=10_000), lattice(100, 100), 999, seed=1)
    assert np.mean(calm.p <= 0.05) == pytest.approx(0.05, abs=0.02)


def test_what_gives_no_answer_is_refused():
    w = lattice(3, 3)
    with pytest.raises(ValueError, match="0 permutations"):
        gi_star_permuted(np.arange(9.0), w, 0)
    with pytest.raises(ValueError, match="0 permutations"):
        moran_permuted(np.arange(9.0), w, 0)
    w.data[0] = np.nan
    with pytest.raises(ValueError, match="weights must be finite"):
        local_moran_permuted(np.arange(9.0), w)


def test_warming_leaves_nothing_to_compile():
    from geo import permutation

    warming.warm()
    loops = [permutation._draw, permutation._rank_uneven, permutation._shuffled]
    before = [len(loop.signatures) for loop in loops]
    x = np.random.default_rng(0).poisson(1.0, 36)
    for w in (lattice(6, 6), unevenly(lattice(6, 6))):
        gi_star_permuted(x, w, 9, seed=2**40)
        local_moran_permuted(x, w, 9)
        moran_permuted(x, w, 9)
    assert [len(loop.signatures) for loop in loops] == before
    assert before == [1, 1, 1]
