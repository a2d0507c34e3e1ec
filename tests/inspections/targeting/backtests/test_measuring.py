"""Figures of a back-test by hand, by chance and by no data; the order of rows changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspections.targeting.backtests.measuring import Columns, measure, measure_cells, measure_visits
from inspections.targeting.backtests.verdicts import FEW, of_cells, of_visits


def visits(risk: list[float], found: list[bool], day: list[float] | None = None) -> dict[str, np.ndarray]:
    n = len(risk)
    return {
        "site": np.array([f"s{at:03d}" for at in range(n)], dtype="U36"),
        "day": np.array(day if day is not None else range(n), dtype=float),
        "found": np.array(found, dtype=bool),
        "risk": np.array(risk, dtype=float),
        "recency": np.ones(n),
    }


def cells(hot: list[float], events: list[int]) -> dict[str, np.ndarray]:
    n = len(hot)
    return {
        "area_km2": np.full(n, 0.25),
        "hot": np.array(hot, dtype=float),
        "recency": np.zeros(n),
        "walked": np.array(events, dtype=float),
        "past": np.array(hot, dtype=float),
        "events": np.array(events, dtype=np.int64),
    }


def test_by_hand_all_problems_at_the_riskiest_sites_come_in_the_first_half() -> None:
    found = measure_visits(visits([1, 2, 3, 4], [False, False, True, True]), 1)
    assert found["orders"]["score"]["share"] == [1.0, 1.0, 1.0]
    # On days 2 and 3; by score they'd be visited on days 1 and 0
    assert found["orders"]["score"]["days_earlier"][0] == 2.0
    assert found["orders"]["done"]["share"][0] == 0.0
    assert found["orders"]["done"]["days_earlier"] == [0.0, 0.0, 0.0]
    assert found["against_done"] == [1.0, 1.0, 1.0]
    assert found["is_few"]


def test_equal_scores_are_exactly_the_random_order() -> None:
    found = measure_visits(visits([1.0] * 40, [at % 2 == 0 for at in range(40)]), 1)
    assert found["orders"]["score"]["share"][0] == 0.5 == found["random"]["share"][0]
    low, high = found["random"]["share"][1:]
    assert low < 0.5 < high
    assert np.isclose(found["orders"]["score"]["days_earlier"][0], found["random"]["days_earlier"][0])


def test_of_random_orders_nineteen_in_twenty_lie_in_the_interval_that_is_stated() -> None:
    chance = np.random.default_rng(4)
    truth = [bool(each) for each in chance.random(60) < 0.4]
    inside = 0
    for _ in range(400):
        found = measure_visits(visits(chance.random(60).tolist(), truth), 1)
        low, high = found["random"]["share"][1:]
        inside += low <= found["orders"]["score"]["share"][0] <= high
    assert inside >= 0.93 * 400  # counts are whole: the interval covers at least what it says


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 30)), min_size=1, max_size=40), st.data()
)
def test_the_order_of_visits_in_the_data_changes_nothing(rows: list, data: st.DataObject) -> None:
    risk, found, day = (list(each) for each in zip(*rows, strict=True))
    columns = visits(risk, found, day)
    order = np.array(data.draw(st.permutations(range(len(rows)))))
    assert measure_visits(columns, 3) == measure_visits({name: each[order] for name, each in columns.items()}, 3)


def test_a_good_and_a_useless_score_are_told_apart_in_words() -> None:
    chance = np.random.default_rng(2)
    truth = [at >= 60 for at in range(100)]
    good = _result(visits([float(at) for at in range(100)], truth, chance.permutation(100).tolist()))
    useless = _result(visits([1.0] * 100, truth, chance.permutation(100).tolist()))
    assert "明显好于随机。" in map(str, of_visits(good))
    assert "与随机没有明显差别。" in map(str, of_visits(useless))
    worse = _result(visits([-float(at) for at in range(100)], truth, chance.permutation(100).tolist()))
    assert "不如随机。" in map(str, of_visits(worse))


def test_too_few_are_called_too_few() -> None:
    told = of_visits(_result(visits([3.0, 2.0, 1.0], [True, False, True])))
    assert told[-1] == FEW
    assert of_cells(_result(visits([], []), cells([1, 2, 3], [1, 0, 2])))[-1] == FEW


@pytest.mark.parametrize(
    ("given", "said"),
    [(visits([], []), "没有可以比较的检查"), (visits([1.0, 2.0], [False, False]), "没有查出问题")],
)
def test_no_visits_and_no_problems_are_said_and_not_computed(given: Columns, said: str) -> None:
    told = of_visits(_result(given))
    assert said in str(told[0])
    assert len(told) == 1


def test_cells_that_were_hot_and_stayed_hot_beat_chance_and_an_even_score_is_chance() -> None:
    hot = [10.0] * 5 + [0.0] * 95
    events = [10] * 5 + [1] * 95
    found = measure_cells(cells(hot, events), 1)
    five = next(each for each in found["shares"] if each["share"] == 0.05)
    assert five["orders"]["hot"]["hit_rate"][0] == pytest.approx(50 / 145)
    assert five["orders"]["hot"]["pai"][0] == pytest.approx(50 / 145 / 0.05)
    assert five["orders"]["hot"]["pei"][0] == pytest.approx(1.0)
    assert five["orders"]["recency"]["hit_rate"][0] == pytest.approx(0.05)
    assert five["random"]["hit_rate"][0] == 0.05
    assert five["random"]["hit_rate"][1] <= 0.05 <= five["random"]["hit_rate"][2]
    assert "明显好于随机。" in map(str, of_cells(_result(visits([], []), cells(hot, events))))


def test_a_county_without_events_outline_or_past_is_told_of_plainly() -> None:
    none = visits([], [])
    assert "没有线索" in str(of_cells(_result(none, cells([1.0], [0])))[0])
    assert "边界" in str(of_cells(_result(none, cells([], [])))[0])
    assert "期初以前还没有数据" in str(of_cells(_result(none, cells([0.0] * 30, [1] * 30)))[0])


def _result(given: Columns, of_cells: Columns | None = None) -> dict:
    return measure(given, cells([], []) if of_cells is None else of_cells, 1) | {"left_out": {}}
