import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.scan import replicas, scan_bernoulli, scan_poisson
from geo.scan.loops import BERNOULLI, BLOCK, POISSON, best_windows, llr, maxima
from geo.scan.windows import circles

# cells on a coarse lattice share distances, and places
CELLS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 6), st.integers(1, 9)), min_size=2, max_size=24
)
QUICK = settings(deadline=None, max_examples=40)


def columns(cells: list[tuple[int, ...]]) -> list[np.ndarray]:
    return [np.array(column, dtype=float) for column in zip(*cells, strict=True)]


def poisson_ratio(c: float, e: float, total: float) -> float:
    if c <= e:
        return 0.0
    return c * np.log(c / e) + ((total - c) * np.log((total - c) / (total - e)) if total > c else 0.0)


def bernoulli_ratio(c: float, n: float, cases: float, people: float) -> float:
    def likelihood(hits: float, all_: float) -> float:
        return sum(k * np.log(k / all_) for k in (hits, all_ - hits) if k > 0)

    if n == people or c / n <= (cases - c) / (people - n):
        return 0.0
    return likelihood(c, n) + likelihood(cases - c, people - n) - likelihood(cases, people)


def every_circle(x, y, measure, most):
    for i in range(len(x)):
        away = np.round(np.hypot(x - x[i], y - y[i]), 3)
        for radius in np.unique(away):
            inside = np.flatnonzero(away <= radius)
            if measure[inside].sum() <= most * (1 + 1e-12):
                yield inside


def by_hand(x, y, cases, measure, ratio, most_share=0.5, least=2):
    """Most likely cluster and those that share no cell with it, straight from the definition."""
    found = [
        (ratio(cases[inside].sum(), measure[inside].sum()), inside)
        for inside in every_circle(x, y, measure, most_share * measure.sum())
        if cases[inside].sum() >= least
    ]
    ratios, taken = [], set()
    for value, inside in sorted(found, key=lambda pair: -pair[0]):
        if value > 1e-12 and not taken & set(inside.tolist()):
            ratios.append(value)
            taken |= set(inside.tolist())
    return ratios


@QUICK
@given(cells=CELLS)
def test_poisson_clusters_are_those_of_a_plain_search(cells):
    x, y, cases, population = columns(cells)
    total = cases.sum()
    found = scan_poisson(x, y, cases, population, permutations=9, most_clusters=99)
    expected = population * total / population.sum()
    plain = by_hand(x, y, cases, expected, lambda c, e: poisson_ratio(c, e, total)) if total else []
    assert [c.llr for c in found][:1] == pytest.approx(plain[:1], abs=1e-9)
    for cluster in found:
        inside = cluster.cells
        assert cluster.cases == cases[inside].sum()
        assert cluster.expected == pytest.approx(expected[inside].sum())
        assert cluster.llr == pytest.approx(poisson_ratio(cluster.cases, cluster.expected, total))
        assert cluster.centre in inside
    everyone = [i for cluster in found for i in cluster.cells.tolist()]
    assert len(everyone) == len(set(everyone))


@QUICK
@given(cells=CELLS)
def test_bernoulli_clusters_are_those_of_a_plain_search(cells):
    x, y, cases, controls = columns(cells)
    people = cases + controls
    found = scan_bernoulli(x, y, cases, controls, permutations=9)
    all_cases, everyone = cases.sum(), people.sum()
    plain = by_hand(x, y, cases, people, lambda c, n: bernoulli_ratio(c, n, all_cases, everyone))
    assert [c.llr for c in found][:1] == pytest.approx(plain[:1], abs=1e-9)


@QUICK
@given(cells=CELLS, seed=st.integers(0, 99), model=st.sampled_from([POISSON, BERNOULLI]), least=st.integers(1, 3))
def test_pruned_replicas_have_the_maxima_of_an_unpruned_search(cells, seed, model, least):
    x, y, cases, population = columns(cells)
    total = int(cases.sum()) + 3
    people = population + total
    measure = people if model == BERNOULLI else people * (total / people.sum())
    around = circles(x, y, measure, measure.sum() / 2)
    drawn = np.random.default_rng(seed).multinomial(total, np.full(len(x), 1 / len(x)), BLOCK).T.astype(np.int32)
    size = (float(total), float(measure.sum()))
    quick = maxima(
        around.start, around.member, measure, drawn.ravel().copy(), model, *size, measure.sum() / 2, least
    )
    nothing = np.zeros(len(x), dtype=bool)
    for b in range(BLOCK):
        one = drawn[:, b].astype(np.int64)
        ratios, found = np.zeros(len(x)), np.zeros((len(x), 2), dtype=np.int64)
        windows = (around.start, around.member, measure, one, nothing)
        best_windows(0, len(x), *windows, model, *size, least, ratios, found)
        assert quick[b] == ratios.max()


def test_the_ratio_is_the_one_satscan_prints_for_the_new_york_leukaemia():
    # 106 cases where 62.13 were expected, of 552: SaTScan's LLR is 14.780276 (quoted by the tests of R's smerc);
    # the expectation is known to two decimals
    assert llr(POISSON, 106, 62.13, 552, 552) == pytest.approx(14.780276, abs=0.005)


@pytest.mark.shared
def test_north_carolina_sids_1979_gathers_in_five_southern_counties(shared_data: Path):
    features = json.loads((shared_data / "stats" / "nc_sids.geojson").read_text("utf-8"))["features"]
    rows = [feature["properties"] for feature in features]
    x, y, deaths, births = (np.array([row[k] for row in rows]) for k in ("east", "north", "SID79", "BIR79"))
    mile = 1609.344
    first, second = scan_poisson(x * mile, y * mile, deaths, births, gumbel=True)[:2]
    names = {rows[i]["NAME"] for i in first.cells}
    assert names == {"Bladen", "Columbus", "Hoke", "Robeson", "Scotland"}
    assert (first.cases, round(first.expected, 3), round(first.llr, 4)) == (70, 38.804, 10.7203)
    assert first.p == 0.001
    assert first.p_gumbel == pytest.approx(0.0011, abs=0.0008)
    assert (second.cases, second.p > 0.05) == (98, True)
    bernoulli = scan_bernoulli(x * mile, y * mile, deaths, births - deaths)[0]
    assert {rows[i]["NAME"] for i in bernoulli.cells} == names


def test_a_planted_cluster_is_found_whole_and_the_second_apart_from_it():
    gx, gy = (v.ravel() for v in np.meshgrid(np.arange(20) * 1000.0, np.arange(20) * 1000.0))
    cases = np.random.default_rng(4).poisson(2, 400)
    cases[np.hypot(gx - 4000, gy - 4000) <= 2000] += 6
    cases[np.hypot(gx - 15000, gy - 14000) <= 1000] += 6
    one, two, *rest = scan_poisson(gx, gy, cases, np.ones(400))
    assert (one.radius_m, (gx[one.centre], gy[one.centre])) == (2000, (4000, 4000))
    assert (two.radius_m, (gx[two.centre], gy[two.centre])) == (1000, (15000, 14000))
    assert (one.p, two.p) == (0.001, 0.001)
    assert all(cluster.p > 0.05 for cluster in rest)


def test_chance_makes_a_cluster_as_seldom_as_p_says():
    rng = np.random.default_rng(8)
    x, y = rng.uniform(0, 1, (2, 30)) * 1000
    # uneven expectations: with even ones many replicas tie, and p is too large
    odds = rng.dirichlet(np.full(30, 2.0))
    p = [scan_poisson(x, y, rng.multinomial(60, odds), odds, permutations=99, seed=i)[0].p for i in range(300)]
    # 300 draws of 0.2: deviation 0.023; of 0.5: 0.029
    assert np.mean(np.array(p) <= 0.2) == pytest.approx(0.2, abs=0.07)
    assert np.mean(np.array(p) <= 0.5) == pytest.approx(0.5, abs=0.09)


@QUICK
@given(cells=CELLS, seed=st.integers(0, 99))
def test_the_order_of_cells_and_the_unit_of_expectations_change_nothing(cells, seed):
    x, y, cases, population = columns(cells)
    mixed = np.random.default_rng(seed).permutation(len(x))
    one = scan_poisson(x, y, cases, population, permutations=19)
    other = scan_poisson(x[mixed], y[mixed], cases[mixed], population[mixed], permutations=19)
    scaled = scan_poisson(x, y, cases, population * 8, permutations=19)
    assert [(c.llr, c.p, c.cases) for c in one] == [(c.llr, c.p, c.cases) for c in other]
    assert [(c.llr, c.p) for c in one] == [(c.llr, c.p) for c in scaled]


def test_the_number_of_threads_changes_nothing(monkeypatch):
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 1000, (2, 40))
    cases = rng.poisson(3, 40)
    two = scan_poisson(x, y, cases, np.ones(40), permutations=199, seed=11)
    monkeypatch.setattr(replicas, "THREADS", 1)
    assert [c.p for c in scan_poisson(x, y, cases, np.ones(40), permutations=199, seed=11)] == [c.p for c in two]


def test_no_case_one_case_and_all_cases_at_one_place():
    x, y = np.arange(5.0), np.zeros(5)
    assert scan_poisson(x, y, np.zeros(5), np.ones(5)) == []
    assert scan_poisson(x, y, np.eye(5)[0], np.ones(5)) == []
    (only,) = scan_poisson(x, y, np.eye(5)[2] * 50, np.ones(5))
    assert (only.cells.tolist(), only.relative_risk, only.p) == ([2], np.inf, 0.001)
    assert scan_poisson(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0)) == []
    assert scan_bernoulli(x, y, np.ones(5), np.zeros(5)) == []


def test_cells_at_one_place_enter_together():
    x = np.array([0.0, 0.0, 0.0, 5000, 9000, 12000])
    (first, *_) = scan_poisson(x, np.zeros(6), np.array([9, 0, 0, 1, 1, 1]), np.ones(6))
    assert first.cells.tolist() == [0, 1, 2]


def test_a_million_cases_on_cells_are_scanned():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 1e4, (2, 100))
    odds = np.full(100, 0.01)
    odds[7] *= 1.2
    first = scan_poisson(x, y, rng.multinomial(1_000_000, odds / odds.sum()), np.ones(100), permutations=99)[0]
    assert (first.cells.tolist(), first.p) == ([7], 0.01)


def test_more_circles_than_can_be_held_are_refused():
    x = np.arange(12_000.0)
    with pytest.raises(ValueError, match="too many circles"):
        scan_poisson(x, x, np.ones(12_000), np.ones(12_000), permutations=1)


@pytest.mark.parametrize(
    ("x", "cases", "expected", "options", "message"),
    [
        ([0, np.nan], [1, 1], [1, 1], {}, "finite"),
        ([0, 1], [1, np.nan], [1, 1], {}, "whole"),
        ([0, 1], [1, 0.5], [1, 1], {}, "whole"),
        ([0, 1], [1, -1], [1, 1], {}, "whole"),
        ([0, 1], [1, 1], [1, np.nan], {}, "finite"),
        ([0, 1], [1, 1], [1, -1], {}, "0 or more"),
        ([0, 1], [1, 1], [1, 0], {}, "none are expected"),
        ([0, 1], [1], [1, 1], {}, "positions"),
        ([0, 1], [1, 1], [1, 1], {"most_share": 0}, "share"),
        ([0, 1], [1, 1], [1, 1], {"permutations": 0}, "replicas"),
        ([0, 1], [1, 1], [1, 1], {"least": 0}, "at least"),
    ],
)
def test_what_cannot_be_scanned_is_refused(x, cases, expected, options, message):
    with pytest.raises(ValueError, match=message):
        scan_poisson(np.array(x, dtype=float), np.zeros(2), np.array(cases), np.array(expected), **options)


def test_warming_leaves_nothing_to_compile():
    from geo import warming
    from geo.scan import cylinder_loops, loops, scan_space_time

    warming.warm()
    compiled = [loops.maxima, loops.best_windows, cylinder_loops.maxima, cylinder_loops.best_cylinders]
    x = np.arange(6.0)
    scan_poisson(x, x, np.array([4, 1, 0, 0, 2, 1]), np.ones(6, dtype=int), permutations=3)
    scan_bernoulli(x, x, np.array([4, 1, 0, 0, 2, 1]), np.ones(6, dtype=int), permutations=3)
    scan_space_time(x, x, x, permutations=3)
    assert [len(loop.signatures) for loop in compiled] == [1, 1, 1, 1]
