import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from geo.autocorrelation import Quadrant, local_moran, moran
from geo.hotspots import gi
from geo.weights import row_standardised
from tests.geo.lattices import (
    columbus_neighbours,
    column,
    lattice,
    peers_weights,
    reference,
    reordered,
    sids_neighbours,
    with_islands,
)

SHARE = st.floats(0, 0.4)


@pytest.mark.shared
def test_columbus_crime_agrees_with_spdep(shared_data: Path):
    stats = shared_data / "stats"
    rows = reference(stats / "columbus_spdep_reference.csv")
    crime, w = column(rows, "CRIME"), row_standardised(columbus_neighbours(stats))
    whole, local = moran(crime, w), local_moran(crime, w)
    assert whole.statistic == pytest.approx(0.485770914, abs=1e-9)
    assert whole.z_randomisation == pytest.approx(5.3427, abs=5e-5)
    assert whole.z_normality == pytest.approx(5.3818, abs=5e-5)
    assert local.statistic == pytest.approx(column(rows, "localI"), abs=1e-6)
    assert local.z == pytest.approx(column(rows, "localI_z"), abs=1e-6)


@pytest.mark.shared
def test_north_carolina_sids_agrees_with_spdep(shared_data: Path):
    stats = shared_data / "stats"
    rows = reference(stats / "nc_sids_spdep_reference.csv")
    w = row_standardised(sids_neighbours(stats, rows))
    assert moran(column(rows, "rate"), w).statistic == pytest.approx(0.230910, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(rows=st.integers(2, 8), columns=st.integers(2, 8), seed=st.integers(0, 2**32 - 1))
def test_moran_agrees_with_esda_on_random_grids(rows, columns, seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from esda.moran import Moran
        from libpysal.weights import lat2W
    x = np.random.default_rng(seed).normal(size=rows * columns)
    theirs = Moran(x, lat2W(rows, columns, rook=False), transformation="r", permutations=0)
    ours = moran(x, row_standardised(lattice(rows, columns)))
    assert ours.statistic == pytest.approx(theirs.I, abs=1e-9)
    assert ours.expected == pytest.approx(theirs.EI)
    # on a 2 × 2 lattice everyone is everyone's neighbour and I has no variance: z is rounding over rounding
    if rows * columns > 4:
        assert ours.z_normality == pytest.approx(theirs.z_norm, abs=1e-6)
        assert ours.z_randomisation == pytest.approx(theirs.z_rand, abs=1e-6)


def test_moran_of_equal_values_or_no_neighbours_is_not_a_number():
    assert np.isnan(moran(np.ones(9), lattice(3, 3)).statistic)
    assert np.isnan(moran(np.arange(9.0), sparse.csr_array((9, 9))).z_normality)
    with pytest.raises(ValueError, match="at least 4"):
        moran(np.array([1.0, 2.0, 4.0]), lattice(1, 3))


@settings(max_examples=40)
@given(
    rows=st.integers(2, 8), columns=st.integers(2, 8), seed=st.integers(0, 2**32 - 1), islands=st.floats(0, 0.4)
)
def test_local_moran_agrees_with_esda_on_random_grids(rows, columns, seed, islands):
    rng = np.random.default_rng(seed)
    w = with_islands(lattice(rows, columns), rng, islands)
    x = rng.normal(size=rows * columns)
    n = len(x)
    ours = local_moran(x, row_standardised(w))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from esda.moran import Moran_Local

        theirs = Moran_Local(x, peers_weights(w), transformation="r", permutations=0)
    assert ours.statistic * (n - 1) / n == pytest.approx(theirs.Is, abs=1e-9)
    assert ours.expected == pytest.approx(theirs.EIc, abs=1e-9)
    known = np.isfinite(ours.z)
    apart = ours.statistic - theirs.EIc
    assert (ours.z * np.sqrt(theirs.VIc))[known] == pytest.approx(apart[known], abs=1e-6)
    met = ours.quadrant != Quadrant.NONE
    assert (ours.quadrant[met] == theirs.q[met]).all()
    assert (~met == (np.diff(w.indptr) == 0)).all()


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1e-9, 0.25, 1e12]))
def test_local_z_is_gis_turned_by_the_side_of_the_cell(seed, scale):
    rng = np.random.default_rng(seed)
    w = with_islands(lattice(6, 7), rng, 0.2)
    w.data = rng.uniform(0.1, 2.0, len(w.data))
    x = rng.poisson(1.0, 42) + 0.01 * rng.random(42)
    order = rng.permutation(42)
    found = local_moran(x, w)
    assert found.z == pytest.approx(gi(x, w) * np.sign(x - x.mean()), abs=1e-6, nan_ok=True)
    assert local_moran(x, w * scale).z == pytest.approx(found.z, abs=1e-9, nan_ok=True)
    shuffled = local_moran(x[order], reordered(w, order))
    assert shuffled.z == pytest.approx(found.z[order], abs=1e-9, nan_ok=True)
    assert (shuffled.quadrant == found.quadrant[order]).all()


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9])
def test_where_all_cells_are_equal_none_stands_out(value):
    found = local_moran(np.full(25, value), lattice(5, 5))
    assert found.z.tolist() == [0.0] * 25
    assert found.p.tolist() == [1.0] * 25
    assert set(found.quadrant) == {Quadrant.NONE}


def test_local_moran_refuses_what_gives_no_answer():
    with pytest.raises(ValueError, match="diagonal"):
        local_moran(np.arange(9.0), sparse.csr_array(lattice(3, 3) + sparse.eye_array(9)))
    with pytest.raises(ValueError, match="finite"):
        local_moran(np.array([1.0, np.inf, 2.0]), lattice(1, 3))
