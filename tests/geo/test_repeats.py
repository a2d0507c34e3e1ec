import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import threads
from geo.repeats import knox, near_repeats

# a coarse lattice gives pairs right at the bounds, and at one place
EVENTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 20)), max_size=30)
QUICK = settings(deadline=None, max_examples=60)


def columns(events) -> list[np.ndarray]:
    return [np.array(v, dtype=float) for v in zip(*events, strict=True)] if events else [np.zeros(0)] * 3


def by_hand(x, y, day, lower_m, upper_m, lower_days, upper_days) -> int:
    return sum(
        lower_m < np.hypot(x[i] - x[j], y[i] - y[j]) <= upper_m and lower_days < abs(day[i] - day[j]) <= upper_days
        for i in range(len(x))
        for j in range(i)
    )


@QUICK
@given(events=EVENTS, radius=st.sampled_from([0, 1, 2, 5]), days=st.sampled_from([0, 1, 3]))
def test_knox_counts_pairs_close_in_space_and_time(events, radius, days):
    x, y, day = columns(events)
    found = knox(x, y, day, radius, days, permutations=19)
    assert found.pairs == by_hand(x, y, day, -1, radius, -1, days)
    assert found.near_space == by_hand(x, y, day, -1, radius, -1, 99)
    assert found.near_time == by_hand(x, y, day, -1, 99, -1, days)
    assert 1 / 20 <= found.p <= 1


@QUICK
@given(events=EVENTS)
def test_the_table_counts_every_pair_in_its_bands(events):
    x, y, day = columns(events)
    found = near_repeats(x, y, day, (0, 1, 3), (2, 7), permutations=3)
    for i, metres in enumerate([(-1, 0), (0, 1), (1, 3)]):
        for j, days in enumerate([(-1, 2), (2, 7)]):
            assert found.observed[i, j] == by_hand(x, y, day, *metres, *days)


@QUICK
@given(events=EVENTS, seed=st.integers(0, 99))
def test_the_order_of_events_changes_nothing(events, seed):
    x, y, day = columns(events)
    mixed = np.random.default_rng(seed).permutation(len(x))
    one, other = (
        near_repeats(*v, (0, 2), (3, 9), permutations=29) for v in ((x, y, day), (x[mixed], y[mixed], day[mixed]))
    )
    assert one.observed.tolist() == other.observed.tolist()
    assert one.p.tolist() == other.p.tolist()
    assert one.expected.tolist() == other.expected.tolist()


def test_the_shuffles_have_the_mean_that_knox_expects():
    rng = np.random.default_rng(5)
    x, y, day = rng.uniform(0, 1000, 150), rng.uniform(0, 1000, 150), rng.uniform(0, 100, 150)
    found = knox(x, y, day, 120, 9)
    table = near_repeats(x, y, day, (120,), (9,), permutations=4000)
    assert table.expected[0, 0] == pytest.approx(found.expected, rel=0.01)
    assert found.expected == pytest.approx(found.near_space * found.near_time / (150 * 149 / 2))


def test_p_agrees_with_shuffles_made_by_numpy():
    rng = np.random.default_rng(7)
    x, y, day = (np.floor(rng.uniform(0, top, 60)) for top in (8, 8, 30))
    near = np.hypot(x[:, None] - x, y[:, None] - y) <= 1
    upper = np.triu(np.ones((60, 60), dtype=bool), 1)

    def pairs(t: np.ndarray) -> int:
        return int((near & upper & (np.abs(t[:, None] - t) <= 2)).sum())

    shuffles = np.array([pairs(rng.permutation(day)) for _ in range(4000)])
    plain = (1 + (shuffles >= pairs(day)).sum()) / 4001
    assert knox(x, y, day, 1, 2, permutations=4000).p == pytest.approx(plain, abs=0.03)


def test_what_is_repeated_next_door_within_a_week_stands_out():
    rng = np.random.default_rng(1)
    x, y, day = rng.uniform(0, 5000, 300), rng.uniform(0, 5000, 300), rng.uniform(0, 365, 300)
    x, y, day = (np.append(v, v[:40] + rng.uniform(0, by, 40)) for v, by in ((x, 60), (y, 60), (day, 6)))
    found = near_repeats(x, y, day, (100, 400), (7, 28))
    assert found.ratio[0, 0] > 5
    assert found.p[0, 0] == 0.001
    assert found.ratio[1, 1] == pytest.approx(1, abs=0.4)
    assert knox(x, y, day, 100, 7).p == 0.001


def test_chance_is_found_as_often_as_p_says():
    rng = np.random.default_rng(2)
    p = []
    for i in range(200):
        x, y, day = rng.uniform(0, 1, (3, 60))
        p.append(knox(x, y, day, 0.2, 0.2, permutations=99, seed=i).p)
    assert np.mean(np.array(p) <= 0.2) == pytest.approx(0.2, abs=0.09)


def test_the_number_of_threads_changes_nothing(monkeypatch):
    rng = np.random.default_rng(2)
    x, y, day = rng.uniform(0, 1, (3, 80))
    two = near_repeats(x, y, day, (0.1, 0.2), (0.1, 0.2), seed=4)
    monkeypatch.setattr(threads, "THREADS", 1)
    one = near_repeats(x, y, day, (0.1, 0.2), (0.1, 0.2), seed=4)
    assert one.p.tolist() == two.p.tolist()


def test_no_event_one_event_and_all_at_one_place_and_time():
    for n in (0, 1):
        found = knox(np.zeros(n), np.zeros(n), np.zeros(n), 10, 10)
        assert (found.pairs, found.expected, found.p) == (0, 0, 1)
    same = knox(np.zeros(20), np.zeros(20), np.zeros(20), 0, 0)
    assert (same.pairs, same.expected, same.p) == (190, 190, 1)
    table = near_repeats(np.zeros(20), np.zeros(20), np.arange(20.0) * 100)
    assert table.observed.sum() == 0
    assert np.isnan(table.ratio).all()


def test_a_million_events_are_refused_where_their_pairs_are_too_many_and_counted_where_not():
    rng = np.random.default_rng(0)
    x, y, day = rng.uniform(0, 1e6, 1_000_000), rng.uniform(0, 1e6, 1_000_000), rng.uniform(0, 365, 1_000_000)
    with pytest.raises(ValueError, match="too many"):
        knox(np.zeros(1_000_000), np.zeros(1_000_000), day, 100, 7)
    found = knox(x, y, day, 200, 7, permutations=1)
    assert found.pairs == pytest.approx(found.expected, rel=0.1)


@pytest.mark.parametrize(
    ("day", "within_m", "within_days", "message"),
    [
        ([0.0, np.nan], (1,), (1,), "finite"),
        ([0.0], (1,), (1,), "days"),
        (np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]"), (1,), (1,), "numbers"),
        ([0.0, 1.0], (2, 1), (1,), "rise"),
        ([0.0, 1.0], (1,), (-1,), "0 or more"),
        ([0.0, 1.0], (), (1,), "bands"),
        ([0.0, 1.0], (np.nan,), (1,), "finite"),
    ],
)
def test_what_makes_no_table_is_refused(day, within_m, within_days, message):
    with pytest.raises(ValueError, match=message):
        near_repeats(np.zeros(2), np.zeros(2), np.asarray(day), within_m, within_days)
