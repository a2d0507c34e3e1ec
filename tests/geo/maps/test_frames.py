from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from geo.cells import squares
from geo.maps.frames import chinese_label, frames, months, weeks

PERIODS = st.tuples(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 500))


@given(period=PERIODS)
@pytest.mark.parametrize("steps", [weeks, months])
def test_steps_cover_every_day_of_the_period_once(steps, period):
    first, last = period[0], period[0] + timedelta(period[1])
    days = [start + timedelta(i) for start, end in steps(first, last) for i in range((end - start).days + 1)]
    assert days == [first + timedelta(i) for i in range(period[1] + 1)]


def test_months_are_those_of_the_calendar():
    assert months(date(2027, 12, 15), date(2028, 2, 29)) == [
        (date(2027, 12, 15), date(2027, 12, 31)),
        (date(2028, 1, 1), date(2028, 1, 31)),
        (date(2028, 2, 1), date(2028, 2, 29)),
    ]


def test_labels_say_no_more_than_is_needed():
    assert chinese_label(date(2026, 5, 1), date(2026, 5, 31)) == "2026年5月"
    assert chinese_label(date(2026, 5, 1), date(2026, 5, 7)) == "5月1日至7日"
    assert chinese_label(date(2026, 5, 29), date(2026, 6, 4)) == "5月29日至6月4日"


def test_a_hotspot_shows_in_its_own_week_alone_and_days_at_the_edges_count():
    grid = squares(box(117.0, 28.6, 117.2, 28.8), 1000)
    rng = np.random.default_rng(3)
    lon = np.concatenate([rng.uniform(117.0, 117.2, 60), np.full(8, 117.105), [90.0]])
    lat = np.concatenate([rng.uniform(28.6, 28.8, 60), np.full(8, 28.705), [28.7]])
    day = np.array([f"2026-05-{1 + i % 14:02}" for i in range(60)] + ["2026-05-07"] * 8 + ["2026-05-07"])
    steps = weeks(date(2026, 5, 1), date(2026, 5, 14))
    first, second = frames(grid, lon, lat, day.astype("datetime64[D]"), steps)
    at = grid.assign(np.array([117.105]), np.array([28.705]))[0]
    assert (first.code[at], second.code[at]) == (3, 0)
    assert (first.first, first.last) == (date(2026, 5, 1), date(2026, 5, 7))


def test_weights_count_instead_of_events_and_a_single_report_is_no_hotspot():
    grid = squares(box(117.0, 28.6, 117.2, 28.8), 1000)
    lon, lat = np.array([117.105, 117.05]), np.array([28.705, 28.65])
    day = np.array(["2026-05-01", "2026-05-02"], dtype="datetime64[D]")
    steps = [(date(2026, 5, 1), date(2026, 5, 31))]
    (plain,) = frames(grid, lon, lat, day, steps)
    (weighted,) = frames(grid, lon, lat, day, steps, weights=np.array([5.0, 1.0]))
    assert not plain.code.any()
    hot = np.flatnonzero(weighted.code > 0)
    assert grid.assign(lon[:1], lat[:1])[0] in hot
    assert grid.assign(lon[1:], lat[1:])[0] not in hot
