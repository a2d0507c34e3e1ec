import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.change import cusum, ears_c1, ears_c2, ears_c3, seasonal

COUNTS = st.lists(st.integers(0, 9), min_size=12, max_size=40)
# Montgomery, Introduction to Statistical Quality Control, table 9.1: target 10, sigma 1, k 0.5, h 5
MONTGOMERY = [
    *(9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08),
    *(9.37, 10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52),
]
UPPER = [
    *(0, 0, 0, 1.16, 2.82, 2.50, 0.04, 1.00, 0, 0, 0, 0.97, 0.98, 0, 0),
    *(0, 0.12, 0, 0, 0.34, 0.74, 0, 1.79, 2.79, 2.89, 3.47, 3.35, 4.47, 5.28, 5.30),
]


@given(COUNTS)
def test_c1_c2_and_c3_follow_their_definitions_step_by_step(counts):
    x = np.array(counts, dtype=float)
    c1, c2, c3 = (method(x, least_sigma=0.5) for method in (ears_c1, ears_c2, ears_c3))

    def index(t: int, lag: int) -> float:
        window = x[t - 7 - lag : t - lag]
        return float((x[t] - window.mean()) / max(window.std(ddof=1), 0.5))

    for t in range(len(x)):
        assert np.isnan(c1.statistic[t]) if t < 7 else c1.statistic[t] == pytest.approx(index(t, 0))
        assert np.isnan(c2.statistic[t]) if t < 9 else c2.statistic[t] == pytest.approx(index(t, 2))
        if t < 11:
            assert np.isnan(c3.statistic[t])
        else:
            total = sum(max(0.0, index(s, 2) - 1) for s in (t, t - 1, t - 2))
            assert c3.statistic[t] == pytest.approx(total)
    for found, limit in ((c1, 3), (c2, 3)):
        known = ~np.isnan(found.statistic) & (np.abs(found.statistic - limit) > 1e-9)
        assert (found.alarm == (found.statistic > limit))[known].all()
    assert not np.concatenate([c1.alarm[:7], c2.alarm[:9], c3.alarm[:11]]).any()


def test_c1_by_hand():
    # mean 4, deviation sqrt(28 / 6) = 2.1602; 11 lies 3.24 above
    found = ears_c1(np.array([1, 2, 3, 4, 5, 6, 7, 11]))
    assert found.expected[7] == 4
    assert found.statistic[7] == pytest.approx(7 / 2.160247, abs=1e-6)
    assert found.bound[7] == pytest.approx(4 + 3 * 2.160247, abs=1e-5)
    assert found.alarm.tolist() == [False] * 7 + [True]


def test_without_spread_one_more_is_an_alarm_unless_a_least_sigma_is_given():
    quiet = np.array([0] * 12 + [1])
    assert [m(quiet).alarm[-1] for m in (ears_c1, ears_c2, ears_c3)] == [True, True, True]
    assert [m(quiet, least_sigma=0.5).alarm[-1] for m in (ears_c1, ears_c2, ears_c3)] == [False, False, False]
    assert ears_c1(np.zeros(8)).statistic[-1] == 0
    assert not ears_c3(np.zeros(12)).alarm.any()


def test_a_slow_start_hides_from_c1_longer_than_from_c2_and_c3():
    slow = np.array([2, 3, 2, 1, 2, 3, 1, 2, 2, 2, 1, 4, 5, 5])
    assert not ears_c1(slow).alarm[-1]
    assert ears_c2(slow).alarm[-1]
    assert ears_c3(slow).alarm[-1]


def test_cusum_gives_the_sums_that_montgomery_prints():
    found = cusum(np.array(MONTGOMERY), k=0.5, h=5, mean=10, sigma=1, reset=False)
    assert found.statistic == pytest.approx(UPPER, abs=0.0051)
    assert np.flatnonzero(found.alarm).tolist() == [28, 29]


def test_cusum_begins_again_after_an_alarm():
    found = cusum(np.array(MONTGOMERY), mean=10, sigma=1)
    assert np.flatnonzero(found.alarm).tolist() == [28]
    assert found.statistic[29] == pytest.approx(0.02, abs=1e-9)


def test_cusum_takes_its_level_from_the_first_weeks_and_judges_what_follows():
    series = np.array([2, 1, 3, 2] * 7 + [2, 6, 6, 6, 6])
    found = cusum(series, baseline=28)
    assert np.isnan(found.statistic[:28]).all()
    assert found.expected[-1] == 2
    assert np.flatnonzero(found.alarm).size >= 1
    assert not cusum(np.array([2, 1, 3, 2] * 12)).alarm.any()


def test_a_season_is_held_against_its_own_and_not_against_the_quiet_rest():
    year = np.array([20 if week in (26, 27, 28, 29, 30) else 2 for week in range(52)])
    series = np.concatenate([year, year, year[:29]])
    busy = seasonal(series, half_window=1)
    assert not busy.alarm
    assert busy.expected == pytest.approx(20)
    assert seasonal(np.append(series[:-1], 45), half_window=1).alarm
    # the same 20 in a quiet week is an alarm
    assert seasonal(np.append(np.concatenate([year, year, year[:10]]), 20), half_window=1).alarm


def test_farringtons_bound_by_hand():
    # six references of mean 4, dispersion 1: 4 (1 + 2/3 · 2.326348 · sqrt(4 · 7/6) / 4)^1.5
    series = np.full(52 * 2 + 2, 4.0)
    found = seasonal(series, half_window=1, former=2, alpha=0.01)
    assert (len(found.reference), found.dispersion) == (6, 1)
    assert found.bound == pytest.approx(4 * (1 + 2 / 3 * 2.326348 * np.sqrt(4 * 7 / 6) / 4) ** 1.5, abs=1e-5)
    assert found.p == pytest.approx(0.5)


def test_p_is_alpha_at_the_bound():
    series = np.array([3.0, 5, 4, 2, 6, 4, 5, 3] * 20)
    bound = seasonal(series[:113], period=52, alpha=0.01).bound
    at = np.append(series[:112], bound)
    assert seasonal(at, alpha=0.01).p == pytest.approx(0.01, abs=1e-9)


def test_nothing_in_all_former_seasons_gives_an_exact_chance():
    # seven references: one event 1/8, two 1/64, three 1/512
    series = np.zeros(56)
    assert not seasonal(np.append(series, 2)).alarm
    found = seasonal(np.append(series, 3))
    assert found.alarm
    assert found.p == pytest.approx(1 / 512)
    assert (found.expected, found.bound) == (0, 2)


@pytest.mark.parametrize("method", [ears_c1, ears_c2, ears_c3, cusum, seasonal])
@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (np.ones(5), "too few"),
        (np.zeros(0), "too few"),
        (np.array([1.0] * 80 + [np.nan]), "finite"),
        (np.array([1.0] * 80 + [-1]), "0 or more"),
        (np.array(["2026-01-01"] * 80, dtype="datetime64[D]"), "numbers"),
        (np.ones((80, 2)), "one row"),
    ],
)
def test_a_series_that_cannot_be_judged_is_refused(method, counts, message):
    with pytest.raises(ValueError, match=message):
        method(counts)


def test_settings_that_mean_nothing_are_refused():
    with pytest.raises(ValueError, match="together"):
        cusum(np.ones(40), mean=1)
    with pytest.raises(ValueError, match="sigma"):
        cusum(np.ones(40), mean=1, sigma=0)
    with pytest.raises(ValueError, match="half window"):
        seasonal(np.ones(200), period=5, half_window=3)
