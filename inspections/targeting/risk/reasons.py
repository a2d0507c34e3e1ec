"""Why a site has its probability: what each group of features adds to the log-odds, in words of recorded facts.

The weights of a site's reasons, with the county's starting point as the last, add up to its log-odds exactly.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from ...errors import Message, say
from ...registry.sites import LicenceState, Premises, SiteCategory, SiteState
from ...vocabulary import Choice
from .facts import Facts
from .features import FEATURES, Group
from .fitting import Model
from .history import Floats
from .rules import Reason

SLIGHT = 0.005  # log-odds below which a group is not worth a line; it is told with the starting point
GROUPS = tuple(Group)


def group_sums(parts: Floats) -> Floats:
    """Rows × groups, of rows × features."""
    groups = np.array([GROUPS.index(feature.group) for feature in FEATURES])
    return np.column_stack([parts[:, groups == number].sum(axis=1) for number in range(len(GROUPS))])


def reasons_by_model(model: Model, sums: Floats, facts: Facts, row: int, rates: Floats) -> tuple[Reason, ...]:
    """`sums`: what each group adds for this site. What speaks for a visit comes first."""
    told, rest = [], model.intercept
    for group, weight in zip(GROUPS, sums.tolist(), strict=True):
        if abs(weight) < SLIGHT:
            rest += weight
        else:
            told.append(Reason(weight, WORDS[group](facts, row, weight, float(rates[row]))))
    told.sort(key=lambda reason: -reason.weight)
    return (*told, Reason(rest, say("全县点位的共同起点")))


def _tips(facts: Facts, row: int, weight: float, rate: float) -> Message:
    n = int(facts["tips_recent"][row])
    if n:
        return say("近 90 天有 {n} 条线索", n=n)
    return say("线索早已过去或不属实") if facts["tips_refuted"][row] + facts["tips"][row] > 0 else say("没有线索")


def _fees(facts: Facts, row: int, weight: float, rate: float) -> Message:
    n = int(facts["fee_tips"][row])
    return say("近半年有 {n} 条收费、退费线索", n=n) if n else say("近半年没有收费、退费线索")


def _findings(facts: Facts, row: int, weight: float, rate: float) -> Message:
    visits, hits = int(facts["visits"][row]), int(facts["hits"][row])
    if n := int(facts["overdue"][row]):
        return say("{n} 个问题逾期未整改", n=n)
    if n := int(facts["open"][row]):
        return say("{n} 个问题未销号", n=n)
    if visits:
        return say("近一年查过 {visits} 次，{hits} 次查出问题", visits=visits, hits=hits)
    return say("近一年没有查出过问题")


def _visits(facts: Facts, row: int, weight: float, rate: float) -> Message:
    days = facts["last_visit_days"][row]
    return say("从未检查过") if np.isinf(days) else say("{days} 天前检查过", days=int(days))


def _near(facts: Facts, row: int, weight: float, rate: float) -> Message:
    return say("周边的线索和问题比别处多") if weight > 0 else say("周边的线索和问题比别处少")


def _township(facts: Facts, row: int, weight: float, rate: float) -> Message:
    return say("所在镇街检查查实率约 {percent}%", percent=round(100 * rate))


def _papers(facts: Facts, row: int, weight: float, rate: float) -> Message:
    return _label(LicenceState, facts.words["licence_state"][row]) or say("证照情况没有记录")


def _state(facts: Facts, row: int, weight: float, rate: float) -> Message:
    if facts["black_list"][row]:
        return say("在黑名单上")
    if facts["white_list"][row]:
        return say("在白名单上")
    if facts["moved"][row]:
        return say("由已查处点位搬迁而来")
    return say("状态：{state}", state=_label(SiteState, facts.words["state"][row]) or say("不明"))


def _disguise(facts: Facts, row: int, weight: float, rate: float) -> Message:
    category = _label(SiteCategory, facts.words["category"][row]) or say("其他")
    premises = _label(Premises, facts.words["premises"][row])
    if premises is None:
        return say("类型：{category}", category=category)
    return say("类型：{category}，开在{premises}", category=category, premises=premises)


def _season(facts: Facts, row: int, weight: float, rate: float) -> Message:
    return say("这个季节查出问题的多") if weight > 0 else say("这个季节查出问题的少")


def _hour(facts: Facts, row: int, weight: float, rate: float) -> Message:
    return say("检查的时间")


Words = Callable[[Facts, int, float, float], Message]
WORDS: Mapping[Group, Words] = {
    Group.TIPS: _tips,
    Group.FEES: _fees,
    Group.FINDINGS: _findings,
    Group.VISITS: _visits,
    Group.NEAR: _near,
    Group.TOWNSHIP: _township,
    Group.PAPERS: _papers,
    Group.STATE: _state,
    Group.DISGUISE: _disguise,
    Group.SEASON: _season,
    Group.HOUR: _hour,
}


def _label(words: type[Choice], value: Any) -> Message | None:
    return _labels(words).get(value)


@cache
def _labels(words: type[Choice]) -> dict[str, Message]:
    return {each.value: each.label for each in words}
