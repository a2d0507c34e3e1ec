"""Routes of a sweep: how soon a plan is there, how far from the best known it is, and how soon after a drag."""

import numpy as np

from geo.routes import Plan, Stop, Task, Team, faults, find_plan, straight_line, with_team

from .result import Result, once

NAME = "routes"
STOPS, TEAMS, LINKED = 200, 20, 20
LONG_S, USUAL_S, FIRST_S, DRAG_S = 60.0, 10.0, 1.8, 1.5
HOUR_S = 3600


def run(full: bool) -> list[Result]:
    task = evening()
    usual = find_plan(task, USUAL_S)
    plans = {"first": (first := timed_plan(task, FIRST_S))[0], "usual": usual}
    stop, team = a_drag(task, usual)
    moved = with_team(task, stop, team)
    dragged, drag_ms = timed_plan(moved, DRAG_S, usual)
    assert stop in dragged.order()[team]
    for asked, found in ((task, plans["first"]), (task, usual), (moved, dragged)):
        assert faults(asked, found) == []
        assert not found.left_out
    size = f"{STOPS} stops, {TEAMS} teams, windows, {LINKED} stops entered two at once"
    results = [
        Result(f"{size}: a feasible plan", first[1], 2000, "≤ 1 ×", peer_name="limit"),
        Result(f"{size}: again after one drag", drag_ms, 2000, "≤ 1 ×", peer_name="limit"),
    ]
    if full:
        best = find_plan(task, LONG_S)
        hours = usual.travel_s / HOUR_S, best.travel_s / HOUR_S
        note = "travel; overtime not counted"
        results.append(
            Result(
                "10 s of search against 60 s",
                *hours,
                "≤ 1.03 ×",
                note=note,
                unit="h",
                peer_name="60 s of the same",
            )
        )
    return results


def timed_plan(task: Task, seconds: float, before: Plan | None = None) -> tuple[Plan, float]:
    found: list[Plan] = []
    took_ms = once(lambda: found.append(find_plan(task, seconds, before=before)))
    return found[0], took_ms


def a_drag(task: Task, found: Plan) -> tuple[int, int]:
    """A stop, and a team able to serve it that does not."""
    number = next(n for n, stop in enumerate(task.stops) if stop.link is None and n not in found.left_out)
    team = next(
        k for k, each in enumerate(task.teams)
        if each.may_serve(task.stops[number], k) and number not in found.order()[k]
    )  # fmt: skip
    return number, team


def evening(seed: int = 1) -> Task:
    """A county of 30 by 30 km from 18:00 to 23:00: a third of stops within two hours, a fifth with police."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 30_000, (TEAMS + STOPS, 2))
    places[:TEAMS] = 15_000
    police = frozenset({"police"})
    stops = []
    for number in range(STOPS):
        link = f"operator {number // 2}" if number < LINKED else None
        first = int(rng.integers(3)) * HOUR_S if link is None and rng.random() < 0.3 else None
        earliest, latest = (0, 4 * HOUR_S) if first is None else (first, first + 2 * HOUR_S)
        needs = police if rng.random() < 0.2 else frozenset()
        stops.append(Stop(int(rng.integers(1, 4)) * 300, earliest, latest, needs, link))
    teams = [Team(0, 5 * HOUR_S, police if number % 3 == 0 else frozenset()) for number in range(TEAMS)]
    return Task(stops, teams, straight_line(places[:, 0], places[:, 1], 1.3, 40))
