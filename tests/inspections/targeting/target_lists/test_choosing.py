"""The choice: its limits always hold, and the order of rows plays no part."""

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from inspections.errors import Invalid
from inspections.targeting.target_lists.choosing import PARTS, Choice, choose
from inspections.targeting.target_lists.exploring import draw, exploration_size, number_of
from inspections.targeting.target_lists.lists import Part
from inspections.targeting.target_lists.plan import Plan
from inspections.targeting.target_lists.pool import LeftOut, Pool

MONDAY = date(2026, 11, 23)
PLAN = Plan(MONDAY, date(2026, 11, 29), wanted=10, teams=2, visits_per_day=4, minutes_per_day=180)
RISK, EXPLORATION, RECHECK = PARTS.index(Part.RISK), PARTS.index(Part.EXPLORATION), PARTS.index(Part.RECHECK)


def make_pool(n: int, towns: int = 3, seed: int = 0, order: Any = None, **columns: Any) -> Pool:
    """`n` sites with ids 1…n in a county of some kilometres; `order` is that in which the rows are given."""
    rng = np.random.default_rng(seed)
    made = {
        "lon": 117.0 + rng.random(n) * 0.1,
        "lat": 28.6 + rng.random(n) * 0.1,
        "probability": np.round(rng.random(n), 3),
        "severity": np.round(1 + 2 * rng.random(n), 1),
        "minutes": rng.choice([30, 45], n),
        "left_out": np.zeros(n, dtype=int),
        "exempt": np.zeros(n, dtype=int),
        "is_due": np.zeros(n, dtype=bool),
        "held_part": np.full(n, -1),
    } | {name: np.array(column) for name, column in columns.items()}
    order = np.arange(n) if order is None else np.asarray(order)
    ids = [UUID(int=1 + int(row)) for row in order]
    townships = [UUID(int=1000 + int(row) % towns) if towns else None for row in order]
    return Pool.of(ids, townships, **{name: column[order] for name, column in made.items()})


def on_it(pool: Pool, choice: Choice) -> dict[UUID, int]:
    return {each: part for each, part in zip(pool.ids, choice.part.tolist(), strict=True) if part >= 0}


def chosen_or_refused(pool: Pool, plan: Plan, seed: int, days: int) -> Choice | Invalid:
    try:
        return choose(pool, plan, seed, days)
    except Invalid as error:
        return error


pools = st.builds(
    lambda n, towns, seed, share_out, share_due: make_pool(
        n,
        towns,
        seed,
        left_out=np.where(np.random.default_rng(seed + 1).random(n) < share_out, int(LeftOut.CAP), 0),
        is_due=np.random.default_rng(seed + 2).random(n) < share_due,
    ),
    st.integers(0, 60),
    st.integers(0, 6),
    st.integers(0, 10_000),
    st.sampled_from([0.0, 0.2, 0.9]),
    st.sampled_from([0.0, 0.05, 0.2]),
)
plans = st.builds(
    lambda wanted, teams, visits, minutes, percent: replace(
        PLAN,
        wanted=wanted,
        teams=teams,
        visits_per_day=visits,
        minutes_per_day=minutes,
        exploration_percent=percent,
    ),
    st.integers(1, 40),
    st.integers(0, 3),
    st.integers(1, 6),
    st.integers(30, 300),
    st.integers(5, 50),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(pools, plans, st.integers(0, 2**53), st.integers(0, 7))
def test_the_limits_always_hold(pool: Pool, plan: Plan, seed: int, days: int) -> None:
    choice = chosen_or_refused(pool, plan, seed, days)
    if isinstance(choice, Invalid):
        assert set(choice.fields) <= {"wanted", "teams", "minutes_per_day"}
        return
    chosen = choice.chosen
    assert chosen.sum() <= min(plan.wanted, plan.teams * days * plan.visits_per_day)
    assert (pool.minutes + choice.hop_minutes)[chosen].sum() <= plan.teams * days * plan.minutes_per_day + 1e-6
    assert not (chosen & ~pool.eligible).any()
    assert (chosen | ~(pool.eligible & pool.is_due)).all(), "what is due is on it"
    assert (choice.part == EXPLORATION).sum() == choice.explored
    assert choice.explored == exploration_size(plan.wanted, plan.exploration_percent, int(pool.eligible.sum()))
    towns = pool.towns[1]
    for town, upper in enumerate(choice.bounds.upper):
        inside = towns == town
        by_risk = int((choice.part[inside] == RISK).sum())
        fixed = int((choice.part[inside] >= 0).sum()) - by_risk
        assert by_risk <= max(upper - fixed, 0)
    if not choice.notes:
        assert chosen.sum() == plan.wanted
        assert (choice.bounds.got >= choice.bounds.lower).all()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 40), st.integers(0, 1000), st.data())
def test_the_order_of_rows_changes_nothing(n: int, seed: int, data: st.DataObject) -> None:
    ties = np.round(np.random.default_rng(seed).choice([0.2, 0.5, 0.8], n), 1)
    same = {"probability": ties, "severity": np.full(n, 2.0), "lon": np.full(n, 117.0), "lat": np.full(n, 28.6)}
    order = data.draw(st.permutations(range(n)))
    straight, mixed = make_pool(n, 2, seed, **same), make_pool(n, 2, seed, order, **same)
    assert on_it(straight, choose(straight, PLAN, 7, 7)) == on_it(mixed, choose(mixed, PLAN, 7, 7))


def test_of_equal_sites_the_lowest_ids_are_taken() -> None:
    n = 30
    pool = make_pool(n, 1, probability=np.full(n, 0.5), severity=np.full(n, 2.0), minutes=np.full(n, 30))
    choice = choose(pool, PLAN, 1, 7)
    by_risk = [each.int for each, part in on_it(pool, choice).items() if part == RISK]
    drawn = {each.int for each, part in on_it(pool, choice).items() if part == EXPLORATION}
    assert by_risk == [each for each in range(1, n + 1) if each not in drawn][: len(by_risk)]


def test_the_riskiest_are_chosen_where_nothing_else_binds() -> None:
    pool = make_pool(40, 1, probability=np.linspace(0.01, 0.4, 40), severity=np.full(40, 2.0))
    choice = choose(pool, PLAN, 3, 7)
    by_risk = np.flatnonzero(choice.part == RISK)
    rest = np.flatnonzero(choice.part < 0)
    assert pool.value[by_risk].min() > pool.value[rest].max()
    assert choice.lowest == pool.value[by_risk].min()


def test_one_hot_township_does_not_take_the_whole_list() -> None:
    n = 60
    towns = np.arange(n) % 3
    pool = make_pool(n, 3, probability=np.where(towns == 0, 0.9, 0.3), severity=np.full(n, 2.0))
    choice = choose(pool, replace(PLAN, wanted=15), 3, 7)
    assert choice.bounds.got.sum() == 15
    assert (choice.bounds.got >= choice.bounds.lower).all()
    assert (choice.bounds.lower > 0).all()


@pytest.mark.parametrize(
    ("plan", "days", "field"),
    [
        (replace(PLAN, wanted=4), 7, "wanted"),
        (replace(PLAN, teams=1, visits_per_day=1), 2, "teams"),
        (replace(PLAN, teams=0), 7, "teams"),
        (replace(PLAN, teams=1, visits_per_day=20, minutes_per_day=60), 1, "minutes_per_day"),
    ],
)
def test_what_must_be_visited_and_does_not_fit_is_said_with_what_would_free_it(
    plan: Plan, days: int, field: str
) -> None:
    pool = make_pool(12, is_due=np.arange(12) < 6)
    with pytest.raises(Invalid) as raised:
        choose(pool, plan, 1, days)
    assert list(raised.value.fields) == [field]


def test_more_than_there_is_takes_all_there_is() -> None:
    pool = make_pool(5, 1)
    choice = choose(pool, replace(PLAN, wanted=100, teams=9), 1, 7)
    assert choice.chosen.all()
    assert [str(note) for note in choice.notes] == ["可以去的点位只有 5 处，全部列入"]


def test_no_site_gives_an_empty_choice() -> None:
    choice = choose(make_pool(0), PLAN, 1, 7)
    assert len(choice.part) == choice.eligible == 0
    assert choose(make_pool(3, left_out=[1, 2, 7]), PLAN, 1, 7).chosen.sum() == 0


def test_lower_bounds_are_lifted_openly_where_there_is_no_room() -> None:
    pool = make_pool(40, 4, is_due=np.arange(40) % 4 == 0)
    choice = choose(pool, replace(PLAN, wanted=12, exploration_percent=5), 1, 7)
    assert "放宽" in str(choice.notes[0])


def test_what_is_held_stays_and_counts() -> None:
    held = np.full(20, -1)
    held[[3, 4]], held[5] = RISK, EXPLORATION
    pool = make_pool(20, 1, held_part=held, probability=np.zeros(20))
    choice = choose(pool, PLAN, 1, 7)
    assert choice.part[[3, 4, 5]].tolist() == [RISK, RISK, EXPLORATION]
    assert choice.chosen.sum() == PLAN.wanted
    assert (choice.part == EXPLORATION).sum() == choice.explored


def test_each_eligible_site_is_drawn_as_often_as_its_chance_says() -> None:
    ids = [UUID(int=n) for n in range(1, 21)]
    frame = np.arange(20) % 2 == 0
    drawn = np.zeros(20)
    for seed in range(3000):
        drawn[draw(ids, frame, 3, seed).rows] += 1
    assert draw(ids, frame, 3, 0).chance == 0.3
    assert (drawn[~frame] == 0).all()
    assert np.abs(drawn[frame] / 3000 - 0.3).max() < 4.5 * np.sqrt(0.3 * 0.7 / 3000)  # ten sites, 4.5 sigma


@given(st.integers(0, 2**53), st.integers(1, 30), st.integers(0, 30))
def test_a_site_more_or_less_changes_no_others_number(seed: int, n: int, size: int) -> None:
    assume(size < n)
    ids = [UUID(int=each) for each in range(1, n + 1)]
    first = draw(ids, np.ones(n, dtype=bool), size, seed)
    gone = first.rows[0] if size else 0
    without = draw(ids, np.arange(n) != gone, size, seed)
    if size:
        assert first.rows[1:].tolist() == without.rows[: size - 1].tolist()


def test_the_numbers_of_the_draw_never_change() -> None:
    """Lists that were made can be drawn again by any later version."""
    assert number_of(42, UUID(int=1)) == int.from_bytes(
        hashlib.sha256(b"42\n00000000-0000-0000-0000-000000000001").digest()[:8], "big"
    )
    assert exploration_size(20, 15, 300) == 3
    assert exploration_size(3, 5, 300) == 1
    assert exploration_size(3, 5, 0) == 0
