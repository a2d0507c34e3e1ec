from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.scan import scan_space_time
from geo.scan.cylinder_loops import best_cylinders, maxima
from geo.scan.loops import BLOCK
from geo.scan.windows import circles
from geo.times import days_since

EVENTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 7)), max_size=40)
QUICK = settings(deadline=None, max_examples=40)


def columns(events: list[tuple[int, int, int]]) -> list[np.ndarray]:
    return [np.array(v, dtype=float) for v in zip(*events, strict=True)] if events else [np.zeros(0)] * 3


def every_cylinder(x, y, day, alive):
    """Ratio of every cylinder, straight from the definition: half of the events, half of the days."""
    n, steps = len(x), int(day.max() - day.min()) + 1
    day = day - day.min()
    for i in range(n):
        away = np.round(np.hypot(x - x[i], y - y[i]), 3)
        for radius in np.unique(away):
            near = away <= radius
            if near.sum() > n / 2:
                continue
            for first in range(steps):
                for last in range(first, min(first + max(1, steps // 2), steps)):
                    if alive and last != steps - 1:
                        continue
                    then = (day >= first) & (day <= last)
                    c, e = (near & then).sum(), near.sum() * then.sum() / n
                    if c >= 2 and c > e:
                        rest = (n - c) * np.log((n - c) / (n - e)) if n > c else 0.0
                        yield c * np.log(c / e) + rest


@QUICK
@given(events=EVENTS, alive=st.booleans())
def test_the_best_cylinder_is_that_of_a_plain_search(events, alive):
    x, y, day = columns(events)
    found = scan_space_time(x, y, day, alive=alive, permutations=9)
    if len(set(zip(x, y, strict=True))) < 2 or np.ptp(day) == 0:
        assert found == []
        return
    plain = max(every_cylinder(x, y, day, alive), default=0.0)
    assert [c.llr for c in found][:1] == pytest.approx([plain] if plain > 1e-12 else [], abs=1e-9)
    places = [(x[i], y[i]) for cluster in found for i in cluster.events]
    groups = [{(x[i], y[i]) for i in cluster.events} for cluster in found]
    assert len(set(places)) == sum(len(group) for group in groups)
    for cluster in found:
        assert cluster.cases == len(cluster.events)
        assert (day[cluster.events] >= cluster.since_day).all()
        assert (day[cluster.events] < cluster.until_day).all()


@QUICK
@given(events=EVENTS, seed=st.integers(0, 99))
def test_the_order_of_events_changes_nothing(events, seed):
    x, y, day = columns(events)
    mixed = np.random.default_rng(seed).permutation(len(x))
    one = scan_space_time(x, y, day, permutations=19)
    other = scan_space_time(x[mixed], y[mixed], day[mixed], permutations=19)
    assert [(c.llr, c.p, c.cases) for c in one] == [(c.llr, c.p, c.cases) for c in other]


@QUICK
@given(seed=st.integers(0, 999), places=st.integers(2, 12), steps=st.integers(2, 7), least=st.integers(1, 3))
def test_pruned_replicas_have_the_maxima_of_an_unpruned_search(seed, places, steps, least):
    rng = np.random.default_rng(seed)
    x, y = np.floor(rng.uniform(0, 4, (2, places))) + np.arange(places) / 8
    counts = rng.poisson(0.7, (places, steps, BLOCK))
    counts[:, 0] += 1
    # the same events at each place and in each step of every replica, as shuffled days have them
    step = np.repeat(np.tile(np.arange(steps), places), counts[:, :, 0].ravel())
    place = np.repeat(np.arange(places), counts[:, :, 0].sum(axis=1))
    events, total = np.bincount(place, minlength=places), len(step)
    summed = np.zeros((places, steps + 1, BLOCK), dtype=np.int32)
    for b in range(BLOCK):
        np.add.at(summed[:, 1:, b], (place, rng.permutation(step)), 1)
    summed = np.cumsum(summed, axis=1, dtype=np.int32)
    since, until = (
        np.array(v) for v in zip(*[(i, j) for j in range(1, steps + 1) for i in range(j)], strict=True)
    )
    before = np.concatenate([[0], np.cumsum(np.bincount(step, minlength=steps))])
    in_time = (before[until] - before[since]).astype(float)
    since, until, in_time = (v[in_time > 0].copy() for v in (since, until, in_time))
    around = circles(x, y, events.astype(float), total / 2)
    quick = maxima(around.start, around.member, events, summed.ravel(), since, until, in_time, total / 2, least)
    for b in range(BLOCK):
        ratios, found = np.zeros(places), np.zeros((places, 2), dtype=np.int64)
        one = summed[:, :, b].astype(np.int64)
        cylinders = (around.start, around.member, events, one, np.zeros(places, dtype=bool), since, until, in_time)
        best_cylinders(0, places, *cylinders, least, ratios, found)
        assert quick[b] == ratios.max()


def test_a_burst_at_one_place_is_found_with_its_days():
    rng = np.random.default_rng(3)
    x, y = np.floor(rng.uniform(0, 10, (2, 600))) * 1000
    day = rng.uniform(0, 120, 600)
    burst = np.full(14, 3000.0)
    x, y, day = np.append(x, burst), np.append(y, burst + 4000), np.append(day, rng.uniform(70, 77, 14))
    first = scan_space_time(x, y, day, step_days=7, gumbel=True)[0]
    assert first.p == 0.001
    assert first.p_gumbel is not None
    assert first.p_gumbel < 0.001
    assert set(range(600, 614)) <= set(first.events.tolist())
    assert (first.since_day, first.until_day) == (pytest.approx(70, abs=7), pytest.approx(77, abs=7))
    assert scan_space_time(x, y, day, step_days=7, alive=True)[0].p > 0.05


def test_chance_makes_a_cylinder_as_seldom_as_p_says():
    rng = np.random.default_rng(8)
    p = []
    for i in range(150):
        x, y = np.floor(rng.uniform(0, 5, (2, 80)))
        p.append(scan_space_time(x, y, rng.uniform(0, 20, 80), permutations=99, seed=i)[0].p)
    assert np.mean(np.array(p) <= 0.2) == pytest.approx(0.2, abs=0.1)


def test_a_circle_holds_no_more_places_than_asked():
    x = np.array([0.0] * 4 + [1000.0] * 4 + [9000.0] * 8)
    day = np.array([5.0, 5, 6, 6, 5, 5, 6, 6, 0, 1, 2, 3, 8, 9, 10, 11])
    both, one = (scan_space_time(x, x * 0, day, most_places=n, permutations=9)[0] for n in (2, 1))
    assert (both.radius_m, both.cases) == (1000, 8)
    assert (one.radius_m, one.cases) == (0, 4)


def test_moments_of_any_zone_become_the_same_days_and_one_without_a_zone_is_refused():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    beijing = timezone(timedelta(hours=8))
    moments = [datetime(2026, 1, 2, 12, tzinfo=UTC), datetime(2026, 1, 2, 20, tzinfo=beijing)]
    assert days_since(start, moments).tolist() == [1.5, 1.5]
    with pytest.raises(ValueError, match="time zone"):
        days_since(start, [datetime(2026, 1, 2)])  # noqa: DTZ001


@pytest.mark.parametrize(
    ("x", "day", "options", "message"),
    [
        ([0.0, np.nan], [0.0, 1.0], {}, "finite"),
        ([0.0, 1.0], [0.0, np.inf], {}, "finite"),
        ([0.0, 1.0], np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]"), {}, "numbers"),
        ([0.0, 1.0], [0.0], {}, "days"),
        ([0.0, 1.0], [0.0, 1.0], {"step_days": 0}, "steps"),
        ([0.0, 1.0], [0.0, 1.0], {"most_period": 2}, "shares"),
    ],
)
def test_what_cannot_be_scanned_is_refused(x, day, options, message):
    with pytest.raises(ValueError, match=message):
        scan_space_time(np.array(x), np.zeros(2), np.asarray(day), **options)


def test_a_million_events_at_places_of_their_own_are_refused_before_they_cost_anything():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 1e5, (2, 1_000_000))
    with pytest.raises(ValueError, match="too many"):
        scan_space_time(x, y, rng.uniform(0, 365, 1_000_000))


def test_a_million_events_on_a_few_cells_are_scanned():
    rng = np.random.default_rng(0)
    x, y = np.floor(rng.uniform(0, 4, (2, 1_000_000))) * 1000
    day = rng.uniform(0, 50, 1_000_000)
    day[(x == 0) & (y == 0) & (day < 10)] = 49.5
    first = scan_space_time(x, y, day, step_days=5, permutations=19)[0]
    assert (first.radius_m, first.until_day, first.p) == (0, pytest.approx(50, abs=0.01), 0.05)
