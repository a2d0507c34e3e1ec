import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.backtest import (
    Cells,
    Events,
    Past,
    against,
    backtest,
    fading,
    kernel,
    long_memory,
    near_repeats,
    periods,
    random,
    recency,
    weighted,
)
from geo.cells import plane, squares
from geo.hotspots import gi_star, with_self

FOUR = Cells(np.array([0.0, 100, 200, 300]), np.zeros(4), np.ones(4))


def test_periods_lie_end_to_end_inside_the_data():
    assert periods(0, 100, 30, 20) == [30, 50, 70]
    with pytest.raises(ValueError, match="too few"):
        periods(0, 49, 30, 20)
    with pytest.raises(ValueError, match="days to predict"):
        periods(0, 49, 30, 0)


def test_a_predictor_sees_nothing_of_what_it_predicts():
    seen: list[Past] = []

    def watch(past: Past) -> np.ndarray:
        seen.append(past)
        return past.counts()

    day = np.arange(40.0)
    backtest(
        Events(np.arange(40) % 4, day), FOUR, {"watch": watch}, periods(0, 40, 20, 10), train_days=20, test_days=10
    )
    assert [past.until for past in seen] == [20, 30]
    for past in seen:
        assert past.day.min() >= past.since
        assert past.day.max() < past.until


def test_hits_are_pooled_over_periods():
    # cell 0 leads each past; then 3 of 4 and 1 of 2 events fall into it
    day = np.array([0, 1, 2, 10, 11, 12, 13, 20, 21, 22.5])
    cell = np.array([0, 0, 1, 0, 0, 0, 3, 0, 2, -1])
    (found,) = backtest(
        Events(cell, day), FOUR, {"r": recency(10)}, [10.0, 20.0], train_days=10, test_days=10, shares=(0.25,)
    )
    assert found.hits.tolist() == [3, 1]
    assert found.events.tolist() == [4, 2]
    assert found.best.tolist() == [3, 1]
    assert found.accuracy.hit_rate.value == pytest.approx(4 / 6)
    assert found.accuracy.pai.value == pytest.approx(4 / 6 / 0.25)
    assert found.accuracy.pei.value == 1


def test_near_repeats_fade_with_cells_away_and_weeks_ago():
    past = Past(FOUR, np.array([0]), np.array([90.0]), 0.0, 100.0)
    # ten days ago is one week: half; a cell away is half again, two a third; 300 m lie beyond reach
    found = near_repeats(FOUR, 200.0, 60.0, 100.0)(past)
    assert found == pytest.approx([1 / 2, 1 / 4, 1 / 6, 0])
    old = Past(FOUR, np.array([0]), np.array([30.0]), 0.0, 100.0)
    assert near_repeats(FOUR, 200.0, 60.0, 100.0)(old).tolist() == [0, 0, 0, 0]


def test_a_kernel_is_the_sum_of_gaussians():
    past = Past(FOUR, np.array([0, 0, 2]), np.zeros(3), 0.0, 1.0)
    away = np.abs(FOUR.x_m[:, None] - FOUR.x_m[[0, 0, 2]])
    assert kernel(FOUR, 80.0)(past) == pytest.approx(np.exp(-((away / 80) ** 2) / 2).sum(axis=1))


def test_a_fading_kernel_halves_with_each_half_life():
    now = Past(FOUR, np.array([1]), np.array([100.0]), 0.0, 100.0)
    before = Past(FOUR, np.array([1]), np.array([40.0]), 0.0, 100.0)
    assert fading(FOUR, 80.0, 30.0)(now) == pytest.approx(kernel(FOUR, 80.0)(now))
    assert fading(FOUR, 80.0, 30.0)(before) == pytest.approx(kernel(FOUR, 80.0)(before) / 4)


def test_a_million_events_roll_through():
    rng = np.random.default_rng(0)
    cell = np.where(rng.random(1_000_000) < 0.4, 2, rng.integers(0, 4, 1_000_000))
    day = rng.uniform(0, 100, 1_000_000)
    moments = periods(0, 100, 50, 10)
    (found,) = backtest(
        Events(cell, day), FOUR, {"long": long_memory}, moments, train_days=50, test_days=10, shares=(0.25,)
    )
    assert found.accuracy.hit_rate.value == pytest.approx(0.55, abs=0.005)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 9999))
def test_the_order_of_events_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    cell, day = rng.integers(-1, 4, 60), rng.integers(0, 40, 60).astype(float)
    mixed = rng.permutation(60)
    predictors = {"long": long_memory, "kernel": kernel(FOUR, 90.0)}
    moments = periods(0, 40, 20, 5)

    def run(order: np.ndarray) -> list[tuple[list[float], float]]:
        found = backtest(
            Events(cell[order], day[order]), FOUR, predictors, moments, train_days=20, test_days=5, shares=(0.3,)
        )
        return [(f.hits.tolist(), f.accuracy.pei.low) for f in found]

    assert str(run(np.arange(60))) == str(run(mixed))


def test_one_predictor_is_held_against_another_over_the_same_periods():
    day = np.arange(100.0)
    cell = np.zeros(100, dtype=int)
    long, none = backtest(
        Events(cell, day),
        FOUR,
        {"long": long_memory, "random": random},
        periods(0, 100, 50, 10),
        train_days=50,
        test_days=10,
        shares=(0.25,),
    )
    gain = against(long, none)
    assert (gain.value, gain.low, gain.high) == (0.75, 0.75, 0.75)


@pytest.mark.parametrize(("cell", "day"), [([4], [1.0]), ([0], [np.nan]), ([0, 1], [1.0]), ([-2], [1.0])])
def test_events_without_a_cell_or_a_day_are_refused(cell, day):
    with pytest.raises(ValueError):
        backtest(Events(np.array(cell), np.array(day)), FOUR, {"r": random}, [1.0], train_days=1, test_days=1)


@pytest.mark.shared
def test_memphis_robberies_are_foreseen_better_by_where_they_were_than_by_chance(shared_data: Path):
    features = json.loads((shared_data / "stats" / "memphis_robberies_2019.geojson").read_text("utf-8"))[
        "features"
    ]
    lonlat = np.array([f["geometry"]["coordinates"] for f in features])
    start = datetime(2019, 1, 1, tzinfo=UTC)
    dates = [datetime.fromisoformat(f["properties"]["date"]) for f in features]
    day = np.array([(moment - start).total_seconds() / 86_400 for moment in dates])
    grid = squares(shapely.MultiPoint(lonlat).convex_hull, 500)
    centres = np.array([shape.centroid.coords[0] for shape in grid.polygons])
    cells = Cells(*map(np.asarray, plane(grid.meridian)(*centres.T)), grid.share * 0.25)
    found = backtest(
        Events(grid.assign(*lonlat.T), day),
        cells,
        {
            "random": random,
            "recency": recency(28),
            "long": long_memory,
            "kernel": kernel(cells, 600),
            "near": near_repeats(cells, 1200, 60, 500),
            "fading": fading(cells, 400, 90),
            "gi": weighted(with_self(grid.neighbours), gi_star),
        },
        periods(0, 365, 120, 7),
        train_days=120,
        test_days=7,
    )
    at = {(f.predictor, f.share): f for f in found}
    assert {f.accuracy.events for f in found} == {1596}
    assert at["random", 0.05].accuracy.hit_rate.value == pytest.approx(0.05)
    for name in ("recency", "long", "kernel", "near", "fading", "gi"):
        for share in (0.02, 0.05):
            assert at[name, share].accuracy.pai.low > 2
            assert against(at[name, share], at["random", share]).low > 0
    # what was measured on 2,245 robberies: a long memory leads at 2 % of the area
    assert at["long", 0.02].accuracy.hit_rate.value == pytest.approx(0.155, abs=0.001)
    assert at["long", 0.02].accuracy.pai.value == pytest.approx(7.76, abs=0.01)
    assert against(at["long", 0.02], at["recency", 0.02]).low > 0
