"""What the model looks at: numbers of each site as of a moment, each with the group it is explained under.

Nothing tells who visited, confirmed or reported. `visit_off_day` and `visit_evening` say how a visit was made, not
what the site is: they are learnt beside the rest so that its weights are not those of the hours in which somebody
went, and at scoring they stand at their mean.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from ...errors import Message, say
from ...registry.sites import LicenceState, Premises, SiteKind, SiteState
from ...rules.calendar import Calendar
from ...vocabulary import Choice
from ..when.day_types import TYPES, DayType, typed
from ..when.priors import CARE, NURSERY, group_of
from .facts import Facts
from .history import DAY_S, Floats

OWN_VISITS = 4.0  # visits that the rate of the township is worth to a site's own


class Group(Choice):
    """Under what a reason stands."""

    TIPS = "tips", say("本点位的线索")
    FEES = "fees", say("收费退费投诉")
    FINDINGS = "findings", say("本点位查过的问题")
    VISITS = "visits", say("多久没有检查")
    NEAR = "near", say("周边情况")
    TOWNSHIP = "township", say("镇街查实率")
    PAPERS = "papers", say("证照")
    STATE = "state", say("点位状态和名单")
    DISGUISE = "disguise", say("类型和场所")
    SEASON = "season", say("季节和假期")
    HOUR = "hour", say("检查的时间")


class Context(NamedTuple):
    """What belongs to the moment and not to a site."""

    month_sin: float
    month_cos: float
    vacation: float
    holiday: float


class Feature(NamedTuple):
    name: str
    group: Group
    words: Message
    read: Callable[[Facts, Context], Floats]


def _log(name: str) -> Callable[[Facts, Context], Floats]:
    return lambda facts, context: np.log1p(facts[name])


def _most(name: str, cap: float) -> Callable[[Facts, Context], Floats]:
    return lambda facts, context: np.minimum(facts[name], cap)


def _is(word: str, *values: str) -> Callable[[Facts, Context], Floats]:
    return lambda facts, context: np.isin(facts.words[word], values).astype(float)


def _of(name: str) -> Callable[[Facts, Context], Floats]:
    return lambda facts, context: np.full(len(facts.is_known), getattr(context, name))


def _gap(facts: Facts, context: Context) -> Floats:
    return np.asarray(
        np.log1p(np.minimum(facts["last_visit_days"], 365.0)) * np.isfinite(facts["last_visit_days"])
    )


def _never(facts: Facts, context: Context) -> Floats:
    return np.isinf(facts["last_visit_days"]).astype(float)


def _trade(group: str) -> Callable[[Facts, Context], Floats]:
    return lambda facts, context: np.array(
        [group_of(each) == group for each in facts.words["category"]], dtype=float
    )


def _township(facts: Facts, context: Context) -> Floats:
    return _logit(township_rates(facts))


def _own(facts: Facts, context: Context) -> Floats:
    """How much more often than in the township its visits found something, in log-odds, shrunk."""
    rate = township_rates(facts)
    own = (facts["hits"] + OWN_VISITS * rate) / (facts["visits"] + OWN_VISITS)
    return _logit(own) - _logit(rate)


def _zero(facts: Facts, context: Context) -> Floats:
    return np.zeros(len(facts.is_known))


def _state(*states: SiteState) -> Callable[[Facts, Context], Floats]:
    return _is("state", *(state.value for state in states))


def _premises(*premises: Premises) -> Callable[[Facts, Context], Floats]:
    return _is("premises", *(each.value for each in premises))


def _papers(state: LicenceState) -> Callable[[Facts, Context], Floats]:
    return _is("licence_state", state.value)


FEATURES: Sequence[Feature] = (
    Feature("tips", Group.TIPS, say("近期线索"), _log("tips")),
    Feature("tips_confirmed", Group.TIPS, say("查实的线索"), _log("tips_confirmed")),
    Feature("tips_refuted", Group.TIPS, say("不属实的线索"), _log("tips_refuted")),
    Feature("fee_tips", Group.FEES, say("收费退费线索"), _most("fee_tips", 3)),
    Feature("findings", Group.FINDINGS, say("确认过的问题"), _log("findings")),
    Feature("open", Group.FINDINGS, say("未销号的问题"), _most("open", 3)),
    Feature("overdue", Group.FINDINGS, say("逾期的问题"), _most("overdue", 3)),
    Feature("own_rate", Group.FINDINGS, say("检查查实率高于镇街"), _own),
    Feature("visit_gap", Group.VISITS, say("距上次检查的时间"), _gap),
    Feature("never_visited", Group.VISITS, say("从未检查"), _never),
    Feature("near_tips", Group.NEAR, say("300 米内外的线索"), _log("near_tips")),
    Feature("near_findings", Group.NEAR, say("300 米内外的问题"), _log("near_findings")),
    Feature("township_rate", Group.TOWNSHIP, say("镇街检查查实率"), _township),
    Feature("no_papers", Group.PAPERS, LicenceState.NONE.label, _papers(LicenceState.NONE)),
    Feature(
        "no_permit", Group.PAPERS, LicenceState.REGISTRATION_ONLY.label, _papers(LicenceState.REGISTRATION_ONLY)
    ),
    Feature("no_registration", Group.PAPERS, LicenceState.PERMIT_ONLY.label, _papers(LicenceState.PERMIT_ONLY)),
    Feature("black_list", Group.STATE, say("在黑名单上"), _most("black_list", 1)),
    Feature("white_list", Group.STATE, say("在白名单上"), _most("white_list", 1)),
    Feature("reported", Group.STATE, SiteState.REPORTED.label, _state(SiteState.REPORTED)),
    Feature("rectifying", Group.STATE, SiteState.RECTIFYING.label, _state(SiteState.RECTIFYING)),
    Feature("stopped", Group.STATE, say("停业或取缔"), _state(SiteState.SUSPENDED, SiteState.CLOSED)),
    Feature("moved", Group.STATE, say("由已查处点位搬迁而来"), _most("moved", 1)),
    Feature("suspected", Group.DISGUISE, SiteKind.SUSPECTED.label, _is("kind", SiteKind.SUSPECTED.value)),
    Feature("care", Group.DISGUISE, say("托管、小饭桌、自习室"), _trade(CARE)),
    Feature("nursery", Group.DISGUISE, say("看护、学前、托育"), _trade(NURSERY)),
    Feature("residential", Group.DISGUISE, Premises.RESIDENTIAL.label, _premises(Premises.RESIDENTIAL)),
    Feature("hidden", Group.DISGUISE, say("车库或地下室"), _premises(Premises.GARAGE, Premises.BASEMENT)),
    Feature("village", Group.DISGUISE, Premises.VILLAGE.label, _premises(Premises.VILLAGE)),
    Feature("month_sin", Group.SEASON, say("一年中的时间（春秋）"), _of("month_sin")),
    Feature("month_cos", Group.SEASON, say("一年中的时间（冬夏）"), _of("month_cos")),
    Feature("vacation", Group.SEASON, say("寒暑假"), _of("vacation")),
    Feature("holiday", Group.SEASON, say("法定节假日"), _of("holiday")),
    Feature("visit_off_day", Group.HOUR, say("休息日去检查"), _zero),
    Feature("visit_evening", Group.HOUR, say("晚间去检查"), _zero),
)
NAMES = tuple(feature.name for feature in FEATURES)
CONTROLS = ("visit_off_day", "visit_evening")
CONTROL_COLUMNS = tuple(NAMES.index(name) for name in CONTROLS)
OF_NAME = {feature.name: feature for feature in FEATURES}


def matrix(facts: Facts, context: Context) -> Floats:
    """Sites × `FEATURES`. The columns of how a visit was made are 0, for who reads visits to fill."""
    return np.column_stack([feature.read(facts, context) for feature in FEATURES])


def context_at(calendar: Calendar, at_s: float, horizon_days: int) -> Context:
    """Season of a moment, and how much of the days that follow is vacation or holiday."""
    first = date.fromordinal(date(1970, 1, 1).toordinal() + int((at_s + 8 * 3600) // DAY_S))
    angle = 2 * np.pi * first.timetuple().tm_yday / 365.25
    kinds = [TYPES[typed(calendar, date.fromordinal(first.toordinal() + n)).types[0]] for n in range(horizon_days)]
    vacation = sum(kind in (DayType.VACATION_DAY, DayType.VACATION_WEEKEND) for kind in kinds) / horizon_days
    return Context(
        float(np.sin(angle)), float(np.cos(angle)), vacation, kinds.count(DayType.HOLIDAY) / horizon_days
    )


def township_rates(facts: Facts) -> Floats:
    """Share of visits of the year that found something, of each site's township, shrunk to the county's (Marshall
    1991, Mapping disease and mortality rates using empirical Bayes estimators).
    """
    township = np.unique(facts.words["township"].astype(str), return_inverse=True)[1].reshape(-1)
    visits = np.bincount(township, facts["visits"], minlength=1)
    hits = np.bincount(township, facts["hits"], minlength=1)
    total = visits.sum()
    rate = (hits.sum() + 1) / (total + 4)
    seen = np.maximum(visits, 1e-9)
    usual = total / max(int((visits > 0).sum()), 1)
    between = (visits * (hits / seen - rate) ** 2).sum() / max(total, 1) - rate / max(usual, 1e-9)
    between = max(float(between), 0.0)
    weight = between / (between + rate / seen) if between else np.zeros_like(seen)
    return np.asarray((rate + weight * (hits / seen - rate))[township])


def _logit(rate: Floats) -> Floats:
    rate = np.clip(rate, 0.01, 0.99)
    return np.asarray(np.log(rate / (1 - rate)))
