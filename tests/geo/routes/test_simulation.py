"""Nights of a plan against what is known of them: the plan itself, closed forms, and what can't get worse."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import lognorm

from geo.routes import Stop, Task, Team, find_plan, straight_line, timed
from geo.routes.relief import Change, missed, reliefs
from geo.routes.simulation import Assumptions, Chance, simulate

CERTAIN = Assumptions(service_cv=0, travel_cv=0, night_cv=0, closed=0)
HOUR_S = 3600


def line(stops: list[Stop], teams: list[Team], apart_s: int = 600) -> Task:
    """All starts and stops along a road, each so many seconds from the next."""
    at = np.arange(len(teams) + len(stops)) * apart_s
    return Task(stops, teams, np.abs(np.subtract.outer(at, at)))


def test_without_any_chance_each_night_is_the_plan():
    rng = np.random.default_rng(5)
    places = rng.uniform(0, 20_000, (2, 25))
    stops = [Stop(900, 0, 3 * HOUR_S, link="owner" if n in (3, 9) else None) for n in range(22)]
    task = Task(stops, [Team(0, 5 * HOUR_S)] * 3, straight_line(*places, 1.3, 40))
    plan = find_plan(task, 0.5)
    assert not plan.left_out
    nights = simulate(task, plan, CERTAIN, nights=3)
    for route in plan.routes:
        for visit in route:
            assert nights.enters_s[visit.stop] == pytest.approx(np.full(3, visit.enters_s), abs=300)
            assert visit.stop in (3, 9) or nights.reached[visit.stop].all()
    assert nights.all_in_time().all()


def test_the_chance_of_one_visit_is_that_of_its_log_normal_time():
    task = line([Stop(1800, 0, HOUR_S)], [Team(0, 600 + 2400)])
    assumed = replace(CERTAIN, service_cv=0.6)
    nights = simulate(task, timed(task, [[0]]), assumed, nights=40_000, seed=3)
    sigma = np.sqrt(np.log1p(0.36))
    expected = lognorm(s=sigma, scale=1800 * np.exp(-(sigma**2) / 2)).cdf(2400)
    assert nights.in_time[0].mean() == pytest.approx(expected, abs=0.01)
    assert (nights.ends_s[0] - 600).mean() == pytest.approx(1800, rel=0.01)
    assert (nights.ends_s[0] - 600).std() == pytest.approx(1080, rel=0.03)


def test_a_closed_door_costs_its_minutes_and_no_visit():
    task = line([Stop(1800, 0, HOUR_S)], [Team(0, 4 * HOUR_S)])
    nights = simulate(task, timed(task, [[0]]), replace(CERTAIN, closed=0.3, closed_s=240), nights=20_000)
    ends = np.unique(nights.ends_s[0])
    assert list(ends) == [840, 2400]
    assert (nights.ends_s[0] == 840).mean() == pytest.approx(0.3, abs=0.01)


def test_what_is_reached_too_late_is_missed_and_costs_the_way_alone():
    task = line([Stop(1800, 0, 500), Stop(600, 0, HOUR_S)], [Team(0, 2 * HOUR_S)])
    nights = simulate(task, timed(task, [[0, 1]]), CERTAIN, nights=2)
    assert not nights.reached[0].any()
    assert nights.reached[1].all()
    assert nights.enters_s[1][0] == 1200
    assert not nights.in_time.any()


def test_teams_of_a_link_wait_for_the_last_of_them():
    task = line([Stop(600, 0, 2 * HOUR_S, link="a"), Stop(600, 0, 2 * HOUR_S, link="a")], [Team(0, 9000)] * 2)
    plan = timed(task, [[0], [1]])
    assert {visit.enters_s for route in plan.routes for visit in route} == {1200}
    nights = simulate(task, plan, replace(CERTAIN, travel_cv=0.5), nights=500)
    assert (nights.enters_s[0] == nights.enters_s[1]).all()
    assert (
        nights.waits_s.min(axis=0) <= np.maximum(0, 1200 - (nights.enters_s - nights.waits_s).max(axis=0))
    ).all()
    assert nights.together["a"].all()


def test_a_link_is_broken_where_one_team_comes_after_its_last_moment():
    task = line([Stop(600, 0, 1300, link="a"), Stop(600, 0, 1300, link="a")], [Team(0, 9000)] * 2)
    nights = simulate(task, timed(task, [[0], [1]]), replace(CERTAIN, travel_cv=0.3), nights=2000)
    broken = ~nights.together["a"]
    assert 0.1 < broken.mean() < 0.9
    one_came = broken & nights.reached.any(axis=0)
    assert np.nanmax(nights.enters_s[:, one_came].min(axis=0)) <= 1300
    assert not nights.all_in_time()[broken].any()


def test_links_that_wait_in_a_ring_end_and_enter_alone():
    stops = [
        Stop(0, 0, 9000, link="a"),
        Stop(0, 0, 9000, link="b"),
        Stop(0, 0, 9000, link="b"),
        Stop(0, 0, 9000, link="a"),
    ]
    task = line(stops, [Team(0, 9000)] * 2)
    nights = simulate(task, timed(task, [[0, 1], [2, 3]]), CERTAIN, nights=4)
    assert np.isfinite(nights.enters_s).all()


def test_a_stop_without_a_team_has_no_night():
    task = line([Stop(600, 0, 9000), Stop(600, 0, 9000)], [Team(0, 9000)])
    nights = simulate(task, timed(task, [[0]]), Assumptions(), nights=10)
    assert np.isnan(nights.enters_s[1]).all()
    assert missed(nights, timed(task, [[0]])) == 0


def test_the_same_seed_gives_the_same_nights_and_another_gives_others():
    task = line([Stop(600, 0, 9000)] * 4, [Team(0, 9000)] * 2)
    plan = timed(task, [[0, 1], [2, 3]])
    one, again, other = (simulate(task, plan, Assumptions(), 200, seed) for seed in (1, 1, 2))
    assert (one.ends_s == again.ends_s).all()
    assert not (one.ends_s == other.ends_s).any()


def test_the_noise_of_a_stop_is_its_own_whatever_the_route():
    task = line([Stop(600, 0, 90_000)] * 3, [Team(0, 90_000)])
    whole = simulate(task, timed(task, [[0, 1, 2]]), replace(Assumptions(), closed=0), 50)
    without = simulate(task, timed(task, [[0, 1]]), replace(Assumptions(), closed=0), 50)
    assert (whole.enters_s[:2] == without.enters_s[:2]).all()


@given(
    minutes=st.lists(st.integers(5, 90), min_size=1, max_size=6),
    latest_min=st.integers(30, 300),
    later_min=st.integers(0, 120),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=60, deadline=None)
def test_a_later_end_of_windows_and_duty_never_lowers_the_chance_of_a_team_of_its_own(
    minutes, latest_min, later_min, seed
):
    def chance(until_min: int) -> float:
        task = line([Stop(60 * each, 0, 60 * until_min) for each in minutes], [Team(0, 60 * until_min)])
        return float(
            simulate(task, timed(task, [list(range(len(minutes)))]), Assumptions(), 80, seed).in_time.mean()
        )

    assert chance(latest_min) <= chance(latest_min + later_min)


def test_the_interval_of_a_chance_holds_the_share_it_was_drawn_with():
    """Over many draws the 95 % interval covers the truth in about 95 of 100."""
    rng = np.random.default_rng(1)
    found = [Chance.of(rng.random(200) < 0.9) for _ in range(600)]
    assert 0.92 <= np.mean([each.low <= 0.9 <= each.high for each in found]) <= 0.98
    assert Chance.of(np.ones(50, dtype=bool)).high == pytest.approx(1)


def test_what_helps_is_tried_over_the_same_nights_and_told_best_first():
    busy = [Stop(3000, 0, 10_800) for _ in range(4)]
    task = line([*busy, Stop(600, 0, 10_800)], [Team(0, 12_000), Team(0, 12_000)], apart_s=120)
    plan = timed(task, [[0, 1, 2, 3], [4]])
    nights = simulate(task, plan, Assumptions(), 600, seed=4)
    found = reliefs(task, plan, Assumptions(), 600, 4, nights)
    shares = [each.chance.share for each in found]
    assert shares == sorted(shares, reverse=True)
    handed = [each for each in found if each.change is Change.HANDED]
    assert handed
    assert {each.team for each in handed} == {1}
    assert handed[0].chance.share > nights.all_in_time().mean() + 0.2
    assert {Change.QUICKER, Change.LONGER, Change.EARLIER, Change.WITHOUT} <= {each.change for each in found}


def test_a_stop_that_a_dispatcher_put_with_a_team_is_not_handed_on():
    task = line([Stop(3000, 0, 9000, team=0)] * 3, [Team(0, 9600), Team(0, 9600)], apart_s=60)
    plan = timed(task, [[0, 1, 2], []])
    found = reliefs(task, plan, Assumptions(), 200, 0, simulate(task, plan, Assumptions(), 200))
    assert Change.HANDED not in {each.change for each in found}


@pytest.mark.parametrize("wrong", [{"service": 0}, {"service_cv": -1}, {"closed": 1.2}, {"closed_s": -1}])
def test_assumptions_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError):
        Assumptions(**wrong)
