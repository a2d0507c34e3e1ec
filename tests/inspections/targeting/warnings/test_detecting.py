"""Detectors find what is planted, stay quiet at the rate they state, and don't care for the order of records."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.change import cusum
from inspections.targeting.warnings.detecting import FINDERS, detect, try_out
from inspections.targeting.warnings.detectors import DEFINITIONS, Detector, InForce, usual
from inspections.targeting.warnings.fees import DAYS_A_MONTH, exceeding
from inspections.targeting.warnings.material import CHECK, CLUE, FINDING, TIP, Material
from inspections.targeting.warnings.signals import Names, episodes, folded
from inspections.targeting.warnings.streams import streams
from inspections.targeting.warnings.surges import (
    CUSUM_K,
    SURGES,
    WARM_UP,
    _of_quiet,
    _residuals,
    judged,
    quiet_counts,
    simulated_threshold,
)

UNTIL = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = date(2026, 11, 20)
NAMES = Names({"A": "陈营镇", "B": "石镇镇", "C": "湖云乡", "D": "汪家乡"}, {})
ALL = {each: InForce(each, usual(each), True, None) for each in Detector}
WEEK = (1.0,) * 7


def utc(*parts: int) -> datetime:
    """A moment in UTC as columns have it: without its zone."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[misc,arg-type]


def row(day: date, n: int = 0, **values: Any) -> tuple[Any, ...]:
    """A tip at noon in China, with a place of its own."""
    given = {
        "source": TIP,
        "id": f"{day}-{n}-{values.get('source', TIP)}-{values.get('site', '')}-{values.get('kind', '')}",
        "at": utc(day.year, day.month, day.day, 4),
        "site": "",
        "township": "A",
        "kind": "after_care",
        "lon": 117.0 + n * 0.01 + (day.toordinal() % 97) * 0.003,
        "lat": 28.7 + (day.toordinal() % 89) * 0.003,
        "is_fee": False,
        "is_repeat": False,
        "closed_on": None,
    } | values
    return tuple(given.values())


def quiet(rate: float, days: int = 300, seed: int = 1, **values: Any) -> list[tuple[Any, ...]]:
    chance = np.random.default_rng(seed)
    counts = chance.poisson(rate, days)
    return [
        row(TODAY - timedelta(days=days - 1 - at), n, **values)
        for at, count in enumerate(counts)
        for n in range(count)
    ]


def found(rows: list[Any], detector: Detector, **values: float) -> list[Any]:
    days = [TODAY - timedelta(days=back) for back in range(3)]
    material = Material.of(rows, UNTIL)
    return folded(FINDERS[detector](material, usual(detector) | values, days, NAMES))


@pytest.mark.parametrize("detector", SURGES)
def test_a_planted_surge_is_found_and_named_by_its_township(detector: Detector) -> None:
    rows = quiet(0.5) + quiet(0.5, seed=2, township="B")
    # A slow rise for the one that sums up, two days for those that compare with last week
    back = range(8) if detector is Detector.CUSUM else range(2)
    burst = [row(TODAY - timedelta(days=ago), 50 + n) for ago in back for n in range(4)]
    burst += [row(TODAY, 90 + n) for n in range(8)]
    signals = found(rows + burst, detector)
    assert {each.key for each in signals} >= {"surge:tip:A"}
    assert "surge:tip:B" not in {each.key for each in signals}
    first = next(each for each in signals if each.key == "surge:tip:A")
    assert first.about == "A"
    assert first.value > first.threshold
    assert first.series.counts[-1] == sum(each[2].date() == first.day and each[4] == "A" for each in rows + burst)
    assert len(first.series.counts) == len(first.series.upper) == len(first.series.expected) == 60


@pytest.mark.parametrize("detector", SURGES)
def test_quiet_series_are_over_the_threshold_on_the_stated_number_of_days(detector: Detector) -> None:
    rates = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0) * 5
    per_month = 3.0
    threshold = simulated_threshold(rates, WEEK, 1.3, detector, per_month)
    chance = np.random.default_rng(7)
    days = 3000
    counts = quiet_counts(chance, np.array(rates), np.array(WEEK), 1.3, days)
    alarms = sum(int(judged(each, detector, threshold).alarm[WARM_UP:].sum()) for each in counts)
    stated = per_month / DAYS_A_MONTH * (days - WARM_UP)
    # Counts are few and come in clumps: a third more or less than what was stated is chance, twice is a fault
    assert alarms <= 1.35 * stated
    assert alarms >= 0.6 * stated


def test_a_whole_quiet_county_is_not_drowned_in_warnings() -> None:
    chance = np.random.default_rng(3)
    rows = [
        row(TODAY - timedelta(days=back), n, township=town, source=source, id=f"{back}-{n}-{town}-{source}")
        for back in range(700)
        for town, rate in zip("ABCD", (0.1, 0.3, 0.6, 1.2), strict=True)
        for source in (TIP, FINDING)
        for n in range(chance.poisson(rate))
    ]
    material = Material.of(rows, UNTIL)
    by_chance = [each for each in Detector if DEFINITIONS[each].by_chance and each is not Detector.NEAR_REPEAT]
    warned = sum(try_out(material, each, usual(each), NAMES).warned for each in by_chance)
    stated = 12 * sum(usual(each)["per_month"] for each in by_chance)
    # Poisson: above its 99.9 % point chance would come once in a thousand counties
    assert warned <= stated + 3.1 * stated**0.5


def test_the_simulated_cusum_is_the_one_that_judges() -> None:
    counts = quiet_counts(np.random.default_rng(5), np.array([0.7]), np.ones(7), 1.0, 400)[0]
    residuals = _residuals(counts.astype(float))[1]
    by_loop = cusum(residuals, k=CUSUM_K, mean=0.0, sigma=1.0, h=5.0, reset=False).statistic
    total = (residuals - CUSUM_K).copy()
    total[:WARM_UP] = 0
    total = total.cumsum()
    at_once = total - np.minimum(np.minimum.accumulate(total), 0)
    # Before the warm-up ends residuals are 0, so the loop's sum is 0 too
    np.testing.assert_allclose(at_once[WARM_UP:], by_loop[WARM_UP:], atol=1e-9)
    assert _of_quiet(np.array([0.7]), np.ones(7), 1.0, 200, Detector.CUSUM).shape == (200 - WARM_UP,)


@settings(max_examples=15)
@given(st.randoms(use_true_random=False), st.integers(0, 3))
def test_the_order_of_records_changes_nothing(chance: random.Random, seed: int) -> None:
    rows = quiet(0.8, days=200, seed=seed) + [row(TODAY, 60 + n, site="s1", is_fee=True) for n in range(6)]
    rows += [row(TODAY - timedelta(days=n), 0, source=CLUE, kind="phone:x", site=f"s{n}") for n in range(5)]
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert detect(Material.of(rows, UNTIL), ALL, NAMES) == detect(Material.of(shuffled, UNTIL), ALL, NAMES)


def test_nothing_to_look_at_is_no_alarm_and_no_fault() -> None:
    assert detect(Material.of([], UNTIL), ALL, NAMES) == []
    for detector in Detector:
        assert try_out(Material.of([], UNTIL), detector, usual(detector), NAMES).first is None


@pytest.mark.parametrize("days", [1, 6, 8, WARM_UP, WARM_UP + 1])
def test_series_shorter_than_their_window_are_not_judged(days: int) -> None:
    rows = [row(TODAY - timedelta(days=back), n) for back in range(days) for n in range(2)]
    signals = detect(Material.of(rows, UNTIL), ALL, NAMES)
    assert [each for each in signals if each.detector in (*SURGES, Detector.SEASON, Detector.FEES)] == []


def test_one_township_is_enough_to_be_warned_of() -> None:
    signals = found(quiet(0.4) + [row(TODAY, 40 + n) for n in range(9)], Detector.EARS_C1)
    assert "surge:tip:A" in {each.key for each in signals}


def test_a_tip_before_midnight_in_china_counts_for_its_own_day() -> None:
    late = row(TODAY, at=utc(2026, 11, 19, 15, 59))  # 23:59 on the 19th
    early = row(TODAY, at=utc(2026, 11, 19, 16, 0))  # midnight: the 20th
    material = Material.of([late, early], UNTIL)
    assert [str(day) for day in material.days] == ["2026-11-19", "2026-11-20"]


def test_a_merged_report_is_no_second_event_but_a_second_complaint_about_fees() -> None:
    rows = quiet(0.3, site="s2")
    rows += [row(TODAY, 70 + n, site="s1", is_fee=True, is_repeat=n > 0) for n in range(6)]
    assert "surge:tip:A" not in {each.key for each in found(rows, Detector.EARS_C1)}
    assert [each.key for each in found(rows, Detector.FEES)] == ["fees:s1"]


def test_rising_fee_complaints_are_a_flight_risk_and_steady_ones_are_not() -> None:
    steady = [row(TODAY - timedelta(days=back), site="s1", is_fee=True) for back in range(0, 300, 6)]
    assert found(quiet(0.5) + steady, Detector.FEES) == []
    rising = [row(TODAY - timedelta(days=back), site="s2", is_fee=True) for back in range(6)]
    signals = found(quiet(0.5) + steady + rising, Detector.FEES)
    assert [(each.key, each.sites) for each in signals] == [("fees:s2", ("s2",))]


def test_the_chance_of_fee_complaints_falls_with_their_number_and_grows_with_the_past() -> None:
    p = exceeding(np.array([0, 1, 3, 6]), np.zeros(4), 10.0)
    assert p[0] == 1.0
    assert (np.diff(p) < 0).all()
    assert exceeding(np.array([6]), np.array([50]), 10.0) > exceeding(np.array([6]), np.array([5]), 10.0)


def test_one_telephone_at_three_sites_is_told_once_and_two_are_not_enough() -> None:
    clues = [row(TODAY - timedelta(days=n), source=CLUE, kind="phone:abc", site=f"s{n}") for n in range(2)]
    assert found(clues, Detector.SHARED) == []
    third = row(TODAY - timedelta(days=2), source=CLUE, kind="phone:abc", site="s9")
    signals = found([*clues, third], Detector.SHARED)
    assert [(each.key, each.sites, each.about) for each in signals] == [
        ("shared:phone:abc", ("s0", "s1", "s9"), "A")
    ]


def test_a_closed_site_that_is_heard_of_again_is_told_from_the_day_after() -> None:
    closed = TODAY - timedelta(days=10)
    before = row(closed, site="s1", closed_on=closed)
    assert found([before], Detector.REOPENED) == []
    after = row(closed + timedelta(days=1), site="s1", closed_on=closed)
    assert [each.key for each in found([before, after], Detector.REOPENED)] == ["reopened:s1"]


def test_a_kind_that_reaches_a_third_township_is_told_unless_it_was_that_wide_before() -> None:
    past = [row(TODAY - timedelta(days=back), kind="science", township="A") for back in range(40, 250, 10)]
    now = [row(TODAY - timedelta(days=3), n, kind="science", township=town) for n, town in enumerate("ABC")]
    signals = found(past + now, Detector.SPREAD)
    assert [each.key for each in signals] == ["spread:tip:science"]
    wide = [row(TODAY - timedelta(days=60), n, kind="science", township=town) for n, town in enumerate("ABC")]
    assert found(past + now + wide, Detector.SPREAD) == []


def test_without_a_past_nothing_is_new() -> None:
    now = [row(TODAY - timedelta(days=3), n, kind="science", township=town) for n, town in enumerate("ABC")]
    assert found(now, Detector.SPREAD) == []


def test_reports_close_in_space_and_time_are_one_cluster_and_a_busy_place_is_none() -> None:
    here = {"lon": 117.07, "lat": 28.69}
    cluster = [row(TODAY - timedelta(days=back), n, **here) for back in range(3) for n in range(2)]
    signals = found(quiet(0.8) + cluster, Detector.NEAR_REPEAT)
    assert len(signals) == 1
    assert {key for _, key in signals[0].records} >= {each[1] for each in cluster}
    busy = [row(TODAY - timedelta(days=back), 5, **here) for back in range(0, 290, 3)]
    assert found(quiet(0.8) + busy, Detector.NEAR_REPEAT) == []


def test_a_week_far_above_its_season_is_told_with_a_year_of_past_and_not_without() -> None:
    past = quiet(1.0, days=450)
    burst = [row(TODAY - timedelta(days=back), 80 + n) for back in range(7) for n in range(5)]
    assert "surge:tip:A" in {each.key for each in found(past + burst, Detector.SEASON)}
    assert found(quiet(1.0, days=300) + burst, Detector.SEASON) == []


def test_more_findings_are_told_with_the_number_of_checks_beside_them() -> None:
    rows = quiet(0.3, source=FINDING) + [row(TODAY, 60 + n, source=FINDING) for n in range(8)]
    rows += [row(TODAY, 100 + n, source=CHECK) for n in range(30)]
    signal = next(each for each in found(rows, Detector.EARS_C1) if each.key == "surge:finding:A")
    assert "同期检查 30 次" in str(signal.words[1])


def test_kinds_within_a_township_are_one_condition_with_it() -> None:
    rows = quiet(0.4, kind="science") + [row(TODAY, 60 + n, kind="science") for n in range(9)]
    signals = [each for each in found(rows, Detector.EARS_C1) if each.about == "A"]
    assert len(signals) == 1
    assert (
        len({each.key for each in streams(Material.of(rows, UNTIL))}) == 2
    )  # the township, and the county's kind


def test_signals_of_a_key_that_come_within_a_week_are_one_warning() -> None:
    rows = quiet(0.4) + [row(TODAY, 40 + n) for n in range(9)]
    signal = found(rows, Detector.EARS_C1)[0]
    days = [replace(signal, day=TODAY + timedelta(days=n)) for n in (0, 1, 8, 20)]
    assert episodes(days, timedelta(days=7)) == 2
