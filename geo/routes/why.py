"""Why a stop is left out of a plan, and what would bring it in: the first constraint that binds by itself."""

from dataclasses import dataclass
from enum import StrEnum

from .task import Task


class Bind(StrEnum):
    """The constraints, the hardest first. CROWDED: each alone can be kept, but the teams' time is used up."""

    NOBODY_ABLE = "nobody_able"
    NOBODY_IN_TIME = "nobody_in_time"
    DUTY_TOO_SHORT = "duty_too_short"
    NO_COMMON_TIME = "no_common_time"
    TOO_FEW_TEAMS = "too_few_teams"
    CROWDED = "crowded"


@dataclass(frozen=True)
class Reason:
    """`wanting_s`: the seconds of later window (NOBODY_IN_TIME, NO_COMMON_TIME) or of longer duty (DUTY_TOO_SHORT)
    that would free it; `wanting`: how many more teams of the stop's skills (NOBODY_ABLE, TOO_FEW_TEAMS).
    """

    bind: Bind
    wanting_s: int = 0
    wanting: int = 0


def why_left_out(task: Task, stop: int) -> Reason:
    """What keeps a stop out even of a plan that begins with it; else that the time is used up."""
    return _alone(task, stop) or _linked(task, stop) or Reason(Bind.CROWDED, wanting=1)


def _alone(task: Task, number: int) -> Reason | None:
    stop = task.stops[number]
    able = [n for n, team in enumerate(task.teams) if team.may_serve(stop, n)]
    if not able:
        return Reason(Bind.NOBODY_ABLE, wanting=1)
    place = len(task.teams) + number
    arrives = {n: task.teams[n].from_s + int(task.travel_s[n, place]) for n in able}
    if min(arrives.values()) > stop.latest_s:
        return Reason(Bind.NOBODY_IN_TIME, wanting_s=min(arrives.values()) - stop.latest_s)
    short = [
        max(arrives[n], stop.earliest_s) + stop.service_s - task.teams[n].until_s
        for n in able
        if arrives[n] <= stop.latest_s
    ]
    return Reason(Bind.DUTY_TOO_SHORT, wanting_s=min(short)) if min(short) > 0 else None


def _linked(task: Task, number: int) -> Reason | None:
    members = task.links().get(task.stops[number].link or "", [])
    if not members:
        return None
    apart = max(task.stops[n].earliest_s for n in members) - min(task.stops[n].latest_s for n in members)
    if apart > 0:
        return Reason(Bind.NO_COMMON_TIME, wanting_s=apart)
    missing = len(members) - _able_at_once(task, members)
    if missing > 0:
        return Reason(Bind.TOO_FEW_TEAMS, wanting=missing)
    return next((reason for n in members if (reason := _alone(task, n))), None)


def _able_at_once(task: Task, members: list[int]) -> int:
    """The most of the members that can each have a team of their own (a matching)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    able = [[team.may_serve(task.stops[n], k) for k, team in enumerate(task.teams)] for n in members]
    return int((maximum_bipartite_matching(csr_array(able), perm_type="column") >= 0).sum())
