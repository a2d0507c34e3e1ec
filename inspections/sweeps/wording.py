"""Why a stop is left out and what would bring it in, and what a new plan changes, in words to act on."""

from collections.abc import Iterator, Mapping
from math import ceil
from uuid import UUID

from ..errors import Message, say
from .assembling import TeamView
from .differences import Change, Difference
from .mixes import lacks, words_of_lack
from .plan import LeftOut, PlannedStop
from .tasks import LINKED, NO_HOURS, NO_PLACE, NO_TEAM, Given


def why(given: Given, left: LeftOut) -> Message:
    """What binds, and what would free it."""
    stop = given.plan.stop(left.stop_id)
    if left.bind == "nobody_able" and stop is not None:
        return _nobody_able(given, stop)
    return _words(left.bind, ceil(left.wanting_s / 60), left.wanting)


def _words(bind: str, minutes: int, wanting: int) -> Message:
    return {
        NO_TEAM: say("还没有小组：先到“小组”里组队"),
        NO_PLACE: say("点位没有坐标：先查明位置"),
        NO_HOURS: say("点位的时段在行动时间之外：改点位时段或行动时间"),
        LINKED: say("要同时进入的另一处去不了，为免走漏一并不去"),
        "nobody_in_time": say(
            "最近的小组也要晚到 {n} 分钟：推后最晚进入时间，或让小组早些、从近处出发", n=minutes
        ),
        "duty_too_short": say("小组在岗时间差 {n} 分钟：延长在岗时间，或缩短检查时间", n=minutes),
        "no_common_time": say("要同时进入的几处没有共同时段，差 {n} 分钟：放宽其中一处", n=minutes),
        "too_few_teams": say("同时进入还差 {n} 个合要求的小组", n=max(wanting, 1)),
        "crowded": say("小组时间已排满：再加一个小组、缩短检查时间或延长行动"),
    }.get(bind, say("没有可行的路线"))


def _nobody_able(given: Given, stop: PlannedStop) -> Message:
    mix = given.mix_of(stop)
    pinned = next((view for view in given.teams if view.team.id == stop.team_id), None)
    views = [pinned] if pinned else given.teams
    kept_out = [name for view in views if not lacks(mix, view.skills) for name in _kept_out(given, view, stop)]
    if kept_out:
        return say("合“{mix}”要求的小组里{names}须回避：换下即可", mix=mix.label, names=kept_out)
    nearest = min(views, key=lambda view: sum(count for _, count in lacks(mix, view.skills)), default=None)
    if nearest is None:
        return _words(NO_TEAM, 0, 0)
    lack = [words_of_lack(each) for each in lacks(mix, nearest.skills)]
    if pinned:
        return say("固定在{team}，该组缺{lack}：补人，或取消固定", team=nearest.team.name, lack=lack)
    return say("没有小组合“{mix}”要求：{team}再加{lack}即可", mix=mix.label, team=nearest.team.name, lack=lack)


def _kept_out(given: Given, view: TeamView, stop: PlannedStop) -> Iterator[str]:
    out = given.barred.get(stop.site_id, set())
    return (each.name for each in view.members if each.person_id in out)


def told(difference: Difference, stops: Mapping[UUID, str], teams: Mapping[UUID, str]) -> Message:
    """A difference between two plans, with the names of stops and teams."""
    stop = stops.get(difference.stop_id, "—") if difference.stop_id else ""
    came, goes = (teams.get(each, "—") if each else "" for each in (difference.from_team, difference.to_team))
    shift = _shift(difference.minutes)
    return {
        Change.MOVED: say("{stop}：{came} → {goes}，{shift}", stop=stop, came=came, goes=goes, shift=shift),
        Change.SHIFTED: say("{stop}：{shift}", stop=stop, shift=shift),
        Change.LEFT_OUT: say("{stop}：从{came}退出，没有排上", stop=stop, came=came),
        Change.TAKEN_IN: say("{stop}：排进{goes}", stop=stop, goes=goes),
        Change.END: say("{team}收队{shift}", team=goes, shift=shift),
        Change.TRAVEL: say("全部小组路上共{shift}", shift=_longer(difference.minutes)),
    }[difference.change]


def _shift(minutes: int) -> Message:
    if minutes == 0:
        return say("时间不变")
    return say("晚 {n} 分钟", n=minutes) if minutes > 0 else say("早 {n} 分钟", n=-minutes)


def _longer(minutes: int) -> Message:
    return say("多 {n} 分钟", n=minutes) if minutes > 0 else say("少 {n} 分钟", n=-minutes)
