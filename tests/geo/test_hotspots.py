import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import false_discovery_control

from geo.hotspots import Level, fdr, find_hotspots, gi, gi_star, levels, p_values, row_standardised, with_self
from tests.geo.lattices import (
    columbus_neighbours,
    column,
    lattice,
    peers_weights,
    reference,
    reordered,
    sids_neighbours,
    with_islands,
    within,
)


@pytest.fixture
def stats(shared_data: Path) -> Path:
    return shared_data / "stats"


@pytest.mark.shared
def test_columbus_crime_agrees_with_spdep(stats: Path):
    rows = reference(stats / "columbus_spdep_reference.csv")
    crime, w = column(rows, "CRIME"), columbus_neighbours(stats)
    # spdep computed these with row-standardised weights
    assert gi(crime, row_standardised(w)) == pytest.approx(column(rows, "Gi"), abs=1e-6)
    assert gi_star(crime, row_standardised(with_self(w))) == pytest.approx(column(rows, "GiStar"), abs=1e-6)


@pytest.mark.shared
def test_getis_and_ord_1996_agrees_at_every_point_and_distance(stats: Path):
    rows = reference(stats / "getisord_1996_reference.csv")
    x, y, values = (column(rows, name) for name in ("x", "y", "val"))
    for distance in (30, 60, 90, 120, 150):
        assert gi(values, within(x, y, distance)) == pytest.approx(column(rows, f"G{distance}"), abs=1e-6)
    star = gi_star(values, with_self(within(x, y, 30)))
    assert star == pytest.approx(column(rows, "Gstar30"), abs=1e-6)


@pytest.mark.shared
def test_getis_and_ord_1996_prints_these_figures(stats: Path):
    rows = reference(stats / "getisord_1996_reference.csv")
    x, y, values = (column(rows, name) for name in ("x", "y", "val"))
    found = [gi(values, within(x, y, d))[119] for d in (30, 60, 90, 120, 150)]
    assert found == pytest.approx([1.221979, 1.748098, 1.986135, 1.893374, 1.237454], abs=1e-6)
    near = with_self(within(x, y, 30))
    assert gi_star(values, near)[119] == pytest.approx(1.45078, abs=1e-5)
    assert gi_star(values, near, ddof=1)[119] == pytest.approx(1.447943, abs=1e-6)


@pytest.mark.shared
def test_north_carolina_sids_agrees_with_spdep(stats: Path):
    rows = reference(stats / "nc_sids_spdep_reference.csv")
    w = sids_neighbours(stats, rows)
    rate = column(rows, "rate")
    star = gi_star(rate, with_self(w))
    assert star == pytest.approx(column(rows, "GiStar_B"), abs=1e-6)
    top = int(np.argmax(star))
    assert (rows[top]["NAME"], round(float(star[top]), 4)) == ("Northampton", 4.2518)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(2, 9),
    columns=st.integers(2, 9),
    seed=st.integers(0, 2**32 - 1),
    islands=st.floats(0, 0.6),
    scale=st.sampled_from([0.3, 3.0, 1e6]),
)
def test_gi_and_gi_star_agree_with_esda_on_random_grids(rows, columns, seed, islands, scale):
    rng = np.random.default_rng(seed)
    w = with_islands(lattice(rows, columns), rng, islands)
    x = np.floor(rng.gamma(0.7, scale, rows * columns) * 2) / 2
    if len(x) < 3 or np.ptp(x) == 0 or np.count_nonzero(x) < 2:
        return
    for star, ours in ((True, gi_star(x, with_self(w))), (False, gi(x, w))):
        theirs = esda_z(x, w, star)
        both = np.isfinite(ours) & np.isfinite(theirs)
        assert ours[both] == pytest.approx(theirs[both], abs=1e-6, rel=1e-6)
        assert (np.isnan(ours) | (ours == 0))[~np.isfinite(theirs)].all()


def esda_z(x: np.ndarray, w: sparse.csr_array, star: bool) -> np.ndarray:
    with warnings.catch_warnings():
        # esda warns of islands and divides zero by zero for cells without contrast
        warnings.simplefilter("ignore")
        from esda.getisord import G_Local

        return np.asarray(G_Local(x, peers_weights(w), transform="B", star=star, permutations=0).Zs)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(2, 8), scale=st.sampled_from([1e-9, 0.25, 3.0, 1e12]))
def test_z_follows_its_cell_and_knows_no_unit_of_weights_or_values(seed, rows, scale):
    rng = np.random.default_rng(seed)
    w = with_islands(lattice(rows, 5), rng, 0.2)
    w.data = rng.uniform(0.1, 2.0, len(w.data))
    x = rng.poisson(0.8, rows * 5).astype(float)
    order = rng.permutation(len(x))
    own = sparse.csr_array(w + sparse.eye_array(len(x)))
    for z, weights in ((gi, w), (gi_star, own)):
        found = z(x, weights)
        assert z(x[order], reordered(weights, order)) == pytest.approx(found[order], abs=1e-9, nan_ok=True)
        assert z(x, weights * scale) == pytest.approx(found, abs=1e-9, nan_ok=True)
        assert z(x * scale, weights) == pytest.approx(found, abs=1e-9, nan_ok=True)


def test_a_weight_given_in_two_parts_is_their_sum():
    w = lattice(4, 4)
    halves = sparse.csr_array((np.repeat(w.data / 2, 2), np.repeat(w.indices, 2), w.indptr * 2), shape=w.shape)
    x = np.random.default_rng(2).poisson(2.0, 16).astype(float)
    assert gi(x, halves) == pytest.approx(gi(x, w))


def test_one_event_heats_its_surroundings_and_all_events_in_one_cell_the_same():
    x = np.zeros(100)
    x[44] = 1.0
    one, many = (find_hotspots(x * events, lattice(10, 10)) for events in (1, 1000))
    assert one.z == pytest.approx(many.z)
    assert set(np.flatnonzero(one.level > 0)) == {33, 34, 35, 43, 44, 45, 53, 54, 55}


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, 1e9])
def test_a_county_where_all_cells_are_equal_has_no_hotspot(value):
    result = find_hotspots(np.full(25, value), lattice(5, 5))
    assert result.z.tolist() == [0.0] * 25
    assert result.p.tolist() == [1.0] * 25
    assert set(result.level) == {Level.NONE}
    assert gi(np.full(25, value), lattice(5, 5)).tolist() == [0.0] * 25


def test_a_cell_that_neighbours_every_other_has_no_z():
    result = find_hotspots(np.array([1.0, 5.0, 2.0]), lattice(1, 3))
    assert np.isnan(result.z).tolist() == [False, True, False]
    assert np.isnan(result.q).tolist() == [False, True, False]
    assert result.level[1] == Level.NONE


def test_an_island_is_judged_by_its_own_value():
    x = np.zeros(30)
    x[7] = 40.0
    empty = sparse.csr_array((30, 30))
    assert np.isnan(gi(x, empty)).all()
    assert find_hotspots(x, empty).level[7] == Level.HOT_99


@pytest.mark.parametrize(
    ("values", "n", "message"),
    [
        ([1.0, 2.0], 2, "at least 3"),
        ([], 0, "at least 3"),
        ([1.0, np.nan, 2.0], 3, "finite"),
        ([1.0, 2.0, 3.0], 4, "weights of"),
    ],
)
def test_values_that_make_no_statistic_are_refused(values, n, message):
    with pytest.raises(ValueError, match=message):
        gi_star(np.array(values), sparse.csr_array((n, n)))


def test_weights_that_are_no_numbers_are_refused():
    w = lattice(3, 3)
    w.data[4] = np.nan
    with pytest.raises(ValueError, match="weights must be finite"):
        gi_star(np.arange(9.0), w)


def test_gi_refuses_weights_that_hold_the_cell_itself():
    with pytest.raises(ValueError, match="diagonal"):
        gi(np.arange(9.0), with_self(lattice(3, 3)))


def test_a_cluster_is_hot_and_everywhere_else_is_not():
    rng = np.random.default_rng(11)
    x = rng.poisson(1.0, (30, 30)).astype(float)
    x[10:13, 20:23] += 12
    level = find_hotspots(x.ravel(), lattice(30, 30)).level.reshape(30, 30)
    assert (level[10:13, 20:23] == Level.HOT_99).all()
    far = level.copy()
    far[8:15, 18:25] = 0
    assert np.count_nonzero(far) <= 9


def test_a_cell_nobody_walked_is_unseen_and_never_cold():
    x = np.full((20, 20), 5.0)
    x[2:8, 2:8] = 0
    seen = np.ones((20, 20), dtype=bool)
    seen[2:8, 2:8] = False
    every = find_hotspots(x.ravel(), lattice(20, 20))
    walked = find_hotspots(x.ravel(), lattice(20, 20), seen.ravel())
    assert (every.level.reshape(20, 20)[3:7, 3:7] == Level.COLD_99).all()
    assert (walked.level.reshape(20, 20)[2:8, 2:8] == Level.UNSEEN).all()
    assert (walked.level[seen.ravel()] == every.level[seen.ravel()]).all()
    assert (walked.z == every.z).all()


def test_a_single_report_in_a_quiet_week_makes_no_hotspot_when_a_least_total_is_asked_for():
    x = np.zeros((40, 40))
    x[5, 5] = 2
    x[30:32, 30:32] = 2
    every = find_hotspots(x.ravel(), lattice(40, 40)).level.reshape(40, 40)
    guarded = find_hotspots(x.ravel(), lattice(40, 40), least=3).level.reshape(40, 40)
    assert (every[4:7, 4:7] > 0).all()
    assert (guarded[4:7, 4:7] == Level.NONE).all()
    assert (guarded[30:32, 30:32] == Level.HOT_99).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_fdr_agrees_with_scipy(p):
    assert fdr(np.array(p)) == pytest.approx(false_discovery_control(p, method="bh"))


def test_fdr_leaves_cells_without_p_out_of_the_count():
    q = fdr(np.array([0.01, np.nan, 0.04]))
    assert q[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(q[1])
    assert np.isnan(fdr(np.array([np.nan]))).all()


def test_p_is_two_sided_or_one_sided():
    z = np.array([0.0, 1.959964, -1.959964, np.nan])
    assert p_values(z) == pytest.approx([1.0, 0.05, 0.05, np.nan], abs=1e-6, nan_ok=True)
    assert p_values(z, "greater") == pytest.approx([0.5, 0.025, 0.975, np.nan], abs=1e-6, nan_ok=True)
    assert p_values(z, "less") == pytest.approx([0.5, 0.975, 0.025, np.nan], abs=1e-6, nan_ok=True)
    with pytest.raises(ValueError, match="sideways"):
        p_values(z, "sideways")


def test_levels_step_at_the_three_usual_bounds():
    q = np.array([0.01, 0.0100001, 0.05, 0.1, 0.100001, 0.01, 0.06, np.nan])
    z = np.array([3, 3, 3, 3, 3, -3, -3, np.nan])
    assert levels(z, q).tolist() == [3, 2, 2, 1, 0, -3, -1, 0]
