"""Plans hold whatever was asked of them, and say of each stop that is left out what keeps it out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.routes import Plan, Stop, Task, Team, faults, find_plan, straight_line, timed, why_left_out, with_team
from geo.routes.task import TOGETHER_S
from geo.routes.why import Bind

POLICE = frozenset({"police"})
QUICK = 0.15  # seconds of search: enough for a handful of stops


def task(stops: list[Stop], teams: list[Team], places: np.ndarray | None = None) -> Task:
    """Places on a line, a kilometre apart, at 36 km/h: a hundred seconds from one to the next."""
    x = np.arange(len(stops) + len(teams), dtype=float) * 1000 if places is None else places
    return Task(stops, teams, straight_line(x, np.zeros(len(x)), 1.0, 36))


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    skills = st.sampled_from([POLICE, frozenset()])
    team = st.builds(Team, st.just(0), st.integers(0, 9000), skills)
    teams = draw(st.lists(team, min_size=1, max_size=4))
    window = st.tuples(st.integers(0, 8000), st.integers(0, 4000))
    stops = [
        Stop(draw(st.integers(0, 1200)), first, first + length, draw(st.sampled_from([POLICE, frozenset()])),
             draw(st.sampled_from([None, None, "a", "b"])), draw(st.sampled_from([None, None, None, 0])))
        for first, length in draw(st.lists(window, max_size=9))
    ]  # fmt: skip
    return task(stops, teams)


@settings(max_examples=40)
@given(tasks())
def test_no_plan_breaks_what_was_asked_and_each_stop_is_served_or_left_out(wanted: Task) -> None:
    found = find_plan(wanted, QUICK)
    assert faults(wanted, found) == []
    for stop in found.left_out:
        reason = why_left_out(wanted, stop)
        assert reason.bind in Bind
        assert reason.wanting_s > 0 or reason.wanting > 0


def test_each_stop_is_entered_within_its_window_though_the_team_is_there_earlier() -> None:
    found = find_plan(task([Stop(600, 3000, 4000), Stop(600, 0, 900)], [Team(0, 9000)]), QUICK)
    assert found.order() == [[1, 0]]
    assert [visit.enters_s for visit in found.routes[0]] == [200, 3000]


def test_linked_stops_are_entered_at_once_by_different_teams_or_not_at_all() -> None:
    linked = [Stop(600, 0, 9000, link="one operator"), Stop(600, 0, 9000, link="one operator")]
    wanted = task([*linked, Stop(600, 0, 9000)], [Team(0, 9000), Team(0, 9000)])
    found = find_plan(wanted, 0.5)
    enters = {visit.stop: (visit.enters_s, team) for team, route in enumerate(found.routes) for visit in route}
    assert set(enters) == {0, 1, 2}
    assert abs(enters[0][0] - enters[1][0]) <= TOGETHER_S
    assert enters[0][1] != enters[1][1]
    alone = replace(wanted, teams=[Team(0, 9000)], travel_s=wanted.travel_s[1:, 1:])
    assert set(find_plan(alone, QUICK).left_out) == {0, 1}
    assert why_left_out(alone, 0).bind is Bind.TOO_FEW_TEAMS


def test_a_stop_that_needs_police_is_served_by_a_team_that_has_some() -> None:
    found = find_plan(task([Stop(60, 0, 9000, POLICE)], [Team(0, 9000), Team(0, 9000, POLICE)]), QUICK)
    assert found.order() == [[], [0]]


def test_a_stop_that_a_dispatcher_dragged_stays_with_that_team_when_the_rest_is_planned_again() -> None:
    wanted = task([Stop(60, 0, 9000) for _ in range(6)], [Team(0, 9000), Team(0, 9000)])
    before = find_plan(wanted, QUICK)
    team = next(team for team, route in enumerate(before.order()) if 3 not in route)
    moved = with_team(wanted, 3, team)
    after = find_plan(moved, QUICK, before=before)
    assert 3 in after.order()[team]
    assert faults(moved, after) == []
    assert not after.left_out


def test_work_is_shared_so_that_teams_end_at_much_the_same_time() -> None:
    wanted = task([Stop(1800, 0, 40000) for _ in range(8)], [Team(0, 40000), Team(0, 40000)], np.zeros(10))
    ends = [route[-1].leaves_s if route else 0 for route in find_plan(wanted, 0.4).routes]
    assert max(ends) - min(ends) <= 1800


@pytest.mark.parametrize(
    ("stop", "team", "bind", "wanting_s"),
    [
        (Stop(60, 0, 9000, POLICE), Team(0, 9000), Bind.NOBODY_ABLE, 0),
        (Stop(60, 0, 50), Team(0, 9000), Bind.NOBODY_IN_TIME, 50),
        (Stop(600, 0, 9000), Team(0, 500), Bind.DUTY_TOO_SHORT, 200),
    ],
)
def test_the_constraint_that_binds_is_named_with_what_would_free_it(stop, team, bind, wanting_s) -> None:
    wanted = task([stop], [team])
    found = find_plan(wanted, QUICK)
    assert found.left_out == (0,)
    assert (why_left_out(wanted, 0).bind, why_left_out(wanted, 0).wanting_s) == (bind, wanting_s)


def test_linked_stops_without_a_common_hour_are_named() -> None:
    wanted = task([Stop(60, 0, 100, link="x"), Stop(60, 400, 900, link="x")], [Team(0, 9000), Team(0, 9000)])
    assert why_left_out(wanted, 0).bind is Bind.NO_COMMON_TIME
    assert why_left_out(wanted, 0).wanting_s == 300


def test_a_stop_for_which_the_time_is_used_up_is_crowded_out() -> None:
    wanted = task([Stop(3000, 0, 9000), Stop(3000, 0, 9000)], [Team(0, 4000)])
    found = find_plan(wanted, QUICK)
    assert len(found.left_out) == 1
    assert why_left_out(wanted, found.left_out[0]).bind is Bind.CROWDED


def test_a_forged_plan_is_seen_through() -> None:
    wanted = task([Stop(600, 0, 300, POLICE), Stop(600, 0, 9000)], [Team(0, 900), Team(0, 9000)])
    assert {name for name, _ in faults(wanted, timed(wanted, [[1, 0], []]))} == {"late", "skills", "window"}
    right = timed(wanted, [[], [1]])
    forged = Plan(((), (replace(right.routes[1][0], enters_s=0),)), right.left_out)
    assert ("clock", 1) in faults(wanted, forged)
    assert ("twice", 1) in faults(wanted, timed(wanted, [[1], [1]]))


def test_no_stops_make_an_empty_plan() -> None:
    assert find_plan(task([], [Team(0, 9000)]), QUICK) == Plan(((),), ())


@pytest.mark.parametrize(
    "make",
    [
        lambda: Task([Stop(60, 0, 1)], [], np.zeros((1, 1), dtype=np.int64)),
        lambda: Task([Stop(60, 0, 1)], [Team(0, 1)], np.zeros((1, 1), dtype=np.int64)),
        lambda: Task([Stop(60, 0, 1)], [Team(0, 1)], np.full((2, 2), -1)),
        lambda: task([Stop(60, 100, 99)], [Team(0, 1)]),
        lambda: straight_line(np.zeros(2), np.zeros(2), 0.5, 30),
        lambda: straight_line(np.zeros(2), np.zeros(2), 1.3, 0),
    ],
)
def test_what_makes_no_sense_is_refused(make) -> None:
    with pytest.raises(ValueError):
        make()
