import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from shapely.geometry import MultiPolygon, Point, Polygon, box
from sklearn.neighbors import KernelDensity

from geo.density import WIDEST, Density, adaptive, kernel, space_time, usual_bandwidth_m
from geo.pixels import inside

STAR = Polygon(
    [(5000 + r * np.cos(a), 4000 + r * np.sin(a)) for a, r in
     zip(np.linspace(0, 2 * np.pi, 24, endpoint=False), [3900, 2100] * 12, strict=True)]
)  # fmt: skip


def middles(found):
    rows, columns = found.per_km2.shape[-2:]
    east = found.west_m + (np.arange(columns) + 0.5) * found.pixel_m
    north = found.south_m + (np.arange(rows) + 0.5) * found.pixel_m
    return np.meshgrid(east, north)


def summed(found, x, y, weights, bandwidth_m):
    """The same by its definition: one Gaussian for each event, on each pixel's middle. Per square metre."""
    east, north = middles(found)
    squared = (east[..., None] - x) ** 2 + (north[..., None] - y) ** 2
    return (weights * np.exp(-squared / (2 * bandwidth_m**2)) / (2 * np.pi * bandwidth_m**2)).sum(axis=-1)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 20))
def test_density_is_the_sum_of_gaussians_and_loses_no_event(seed, n):
    rng = np.random.default_rng(seed)
    # points on pixel centres, so that binning moves nothing
    x, y = rng.integers(-20, 20, (2, n)) * 50.0 + 25.0
    weights = rng.uniform(0.1, 3.0, n)
    found = kernel(x, y, 200.0, 50.0, weights)
    exact = summed(found, x, y, weights, 200.0) * 1e6
    assert found.per_km2 == pytest.approx(exact, abs=1e-5 * exact.max())
    assert found.per_km2.sum() * 0.05**2 == pytest.approx(weights.sum(), rel=1e-6)
    order = rng.permutation(n)
    again = kernel(x[order], y[order], 200.0, 50.0, weights[order])
    assert again.per_km2 == pytest.approx(found.per_km2, abs=1e-12 * exact.max())


def test_density_agrees_with_scikit_learn_anywhere():
    rng = np.random.default_rng(7)
    x, y = rng.normal([[3000], [-2000]], [[900], [1500]], (2, 400))
    found = kernel(x, y, 500.0)
    tree = KernelDensity(bandwidth=500.0, rtol=0).fit(np.column_stack([x, y]))
    east, north = middles(found)
    theirs = np.exp(tree.score_samples(np.column_stack([east.ravel(), north.ravel()]))) * 400 * 1e6
    assert found.pixel_m == 125.0
    assert found.per_km2.ravel() == pytest.approx(theirs, abs=0.01 * theirs.max())


def test_inside_a_border_no_event_is_lost_and_each_kernel_is_divided_by_its_part_inside():
    rng = np.random.default_rng(5)
    x, y = rng.integers(10, 190, (2, 300)) * 50.0 + 25.0
    within = inside(STAR, x, y)
    found = kernel(x, y, 400.0, 50.0, outline=STAR)
    east, north = middles(found)
    land = inside(STAR, east.ravel(), north.ravel()).reshape(east.shape)
    assert found.left_out == np.count_nonzero(~within)
    assert found.per_km2.sum() * 0.05**2 == pytest.approx(np.count_nonzero(within), rel=1e-9)
    assert (found.per_km2[~land] == 0).all()
    parts = np.array([
        summed(found, np.array([a]), np.array([b]), 1.0, 400.0)[land].sum() * 50**2
        for a, b in zip(x[within], y[within], strict=True)
    ])  # fmt: skip
    exact = summed(found, x[within], y[within], 1 / parts, 400.0) * 1e6 * land
    assert found.per_km2 == pytest.approx(exact, abs=1e-5 * exact.max())


def test_a_border_far_away_changes_nothing():
    x, y = np.random.default_rng(6).normal(0, 300, (2, 50))
    bare = kernel(x, y, 200.0, 50.0)
    framed = kernel(x, y, 200.0, 50.0, outline=box(-5000, -5000, 5000, 5000))
    east, north = middles(bare)
    assert framed.at(east.ravel(), north.ravel()) == pytest.approx(bare.per_km2.ravel(), abs=1e-3)
    assert framed.at(np.array([9e9, -1e5]), np.array([0.0, 0.0])).tolist() == [0.0, 0.0]


def test_a_place_at_the_border_is_told_though_the_middle_of_its_pixel_lies_outside():
    rng = np.random.default_rng(4)
    x, y = rng.uniform(0, 2010, (2, 400))
    found = kernel(x, y, 400.0, 100.0, outline=box(0, 0, 2010, 2010))
    beside, edge = found.at(np.array([1990.0, 2005.0]), np.array([1000.0, 1000.0]))
    assert edge == pytest.approx(beside, rel=0.2)
    assert found.per_km2[:, -2].max() == 0


@pytest.mark.parametrize("outline", [None, STAR])
def test_adaptive_density_agrees_with_its_definition(outline):
    rng = np.random.default_rng(9)
    heap = rng.normal(0, 4, (2, 250)).round() * 50 + np.array([[5025], [4025]])
    spread = rng.integers(30, 130, (2, 60)) * 50.0 + 25.0
    x, y = np.hstack([heap, spread])
    found = adaptive(x, y, 400.0, 50.0, outline=outline)
    pilot = kernel(x, y, 400.0, 50.0, outline=outline)
    kept = np.ones(310, dtype=bool) if outline is None else inside(outline, x, y)
    thick = pilot.at(x[kept], y[kept])
    own = np.clip(400 * np.sqrt(stats.gmean(thick) / thick), 50, WIDEST * 400)
    assert own.min() < 300
    assert own.max() > 700
    east, north = middles(found)
    land = (
        np.ones(east.shape) if outline is None else inside(STAR, east.ravel(), north.ravel()).reshape(east.shape)
    )
    exact = np.zeros(east.shape)
    for a, b, h in zip(x[kept], y[kept], own, strict=True):
        single = summed(found, np.array([a]), np.array([b]), 1.0, h) * land
        exact += single / (1.0 if outline is None else single.sum() * 50**2)
    assert found.per_km2 == pytest.approx(exact * 1e6, abs=0.005 * exact.max() * 1e6)
    assert found.per_km2.max() > pilot.per_km2.max()


def test_space_and_time_agree_with_the_sum_of_kernels():
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 60, (2, 80)) * 100.0 + 50.0
    day, weights = rng.uniform(0, 100, 80), rng.uniform(0.5, 2, 80)
    moments = np.array([0.0, 40.0, 97.0])
    both = space_time(x, y, day, moments, 500.0, 7.0, 100.0, weights, observed=(0, 100))
    back = space_time(x, y, day, moments, 500.0, 7.0, 100.0, weights, observed=(0, 100), looking_back=True)
    for i, moment in enumerate(moments):
        share = weights * stats.norm.pdf(day, moment, 7.0)
        seen = np.diff(stats.norm.cdf([0, 100], moment, 7.0))[0]
        exact = summed(as_density(both), x, y, share / seen, 500.0) * 1e6
        assert both.per_km2_day[i] == pytest.approx(exact, abs=1e-4 * exact.max())
        if moment:
            past = np.where(day <= moment, share, 0.0) / (0.5 - stats.norm.cdf(0, moment, 7.0))
            exact = summed(as_density(both), x, y, past, 500.0) * 1e6
            assert back.per_km2_day[i] == pytest.approx(exact, abs=1e-4 * exact.max())
    assert (back.per_km2_day[0] == 0).all()


def as_density(found):
    return Density(found.per_km2_day[0], found.west_m, found.south_m, found.pixel_m)


def test_what_happens_later_changes_nothing_for_who_looks_back():
    rng = np.random.default_rng(3)
    x, y, day = rng.uniform(0, 3000, 60), rng.uniform(0, 3000, 60), rng.uniform(0, 50, 60)
    county, known = box(0, 0, 3000, 3000), day <= 30
    at = np.array([30.0])
    seen = space_time(x, y, day, at, 400, 5, outline=county, observed=(0, 50), looking_back=True)
    then = space_time(
        x[known], y[known], day[known], at, 400, 5, outline=county, observed=(0, 30), looking_back=True
    )
    assert seen.per_km2_day == pytest.approx(then.per_km2_day)


def test_many_points_are_put_inside_as_each_would_be():
    rng = np.random.default_rng(1)
    outline = MultiPolygon([STAR, Point(9500, 500).buffer(300), Polygon(box(0, 7000, 900, 7900).exterior.coords)])
    outline = outline.difference(Point(5000, 4000).buffer(700))
    x, y = rng.uniform(-500, 10_500, (2, 20_000))
    whole = inside(outline, x, y)
    few = np.concatenate([inside(outline, x[k : k + 500], y[k : k + 500]) for k in range(0, 20_000, 500)])
    assert (whole == few).all()
    assert 0.1 < whole.mean() < 0.6


def test_the_usual_bandwidth_is_scotts():
    x, y = np.random.default_rng(0).normal(0, [[1000.0], [2000.0]], (2, 4096))
    assert usual_bandwidth_m(x, y) == pytest.approx(np.sqrt((1000**2 + 2000**2) / 2) / 4, rel=0.05)
    assert usual_bandwidth_m(np.append(x, 1e9), np.append(y, 0.0)) == pytest.approx(
        usual_bandwidth_m(x, y), rel=0.01
    )
    assert usual_bandwidth_m(np.arange(9.0), np.zeros(9)) > 0
    for places in (np.array([]), np.zeros(1), np.zeros(5)):
        with pytest.raises(ValueError, match="no usual bandwidth"):
            usual_bandwidth_m(places, places)


@pytest.mark.parametrize("estimate", [kernel, adaptive])
def test_one_event_and_many_at_one_place_are_one_heap(estimate):
    one = estimate(np.array([100.0]), np.array([200.0]), 400.0, 50.0)
    many = estimate(np.full(1000, 100.0), np.full(1000, 200.0), 400.0, 50.0)
    assert many.per_km2 == pytest.approx(1000 * one.per_km2, rel=1e-6, abs=1e-6)
    assert one.per_km2.sum() * 0.05**2 == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize("estimate", [kernel, adaptive])
def test_nothing_is_empty_and_events_outside_are_counted_as_left_out(estimate):
    nothing = np.array([])
    assert estimate(nothing, nothing, 400, 100).per_km2.size == 0
    outside = estimate(np.array([50_000.0]), np.array([0.0]), 400, 100, np.array([2.5]), STAR)
    assert outside.left_out == 2.5
    assert outside.per_km2.size
    assert not outside.per_km2.any()


@pytest.mark.parametrize(
    ("x", "weights", "arguments", "message"),
    [
        ([0.0, np.nan], None, {}, "positions must be finite"),
        ([0.0, 1.0], [1.0, np.nan], {}, "weights must be finite"),
        ([0.0, 1.0], [1.0, -1.0], {}, "none below zero"),
        ([0.0, 1.0], [1.0], {}, "weights"),
        ([0.0, 1.0], None, {"pixel_m": 500}, "pixel of 500"),
        ([0.0, 1.0], None, {"bandwidth_m": 0}, "pixel of"),
        ([0.0, 1e7], None, {"pixel_m": 100}, "pixels of"),
    ],
)
def test_what_gives_no_density_is_refused(x, weights, arguments, message):
    given = {"bandwidth_m": 400, **arguments}
    weigh = None if weights is None else np.array(weights)
    for estimate in (kernel, adaptive):
        with pytest.raises(ValueError, match=message):
            estimate(np.array(x), np.array(x), weights=weigh, **given)


def test_days_that_are_no_numbers_or_were_not_observed_are_refused():
    x = np.zeros(2)
    with pytest.raises(ValueError, match="days"):
        space_time(x, x, np.array([0.0, np.nan]), np.array([0.0]), 400, 7)
    with pytest.raises(ValueError, match="outside of the observed days"):
        space_time(x, x, np.array([0.0, 9.0]), np.array([10.0]), 400, 7)
