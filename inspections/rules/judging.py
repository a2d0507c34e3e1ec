"""Holding a rule against facts. Pure: what the calendars say of a day is among the facts (`calendar.day_facts`).

Facts and limits are in plain form (`facts`), in which Python's own comparisons order numbers, times and days.
"""

from collections.abc import Callable, Mapping
from operator import ge, le
from typing import Any, NamedTuple

from ..errors import Message, say
from ..vocabulary import Choice
from .facts import FactKind, fact_of
from .limits import Case, Limit, Op, Test, demand, must
from .subjects import Subject

GAPS = "_gaps"  # behind the name of a fact: what is not known of it, in words


class Outcome(Choice):
    BROKEN = "broken", say("违反")
    LACKING = "lacking", say("缺少事实")
    KEPT = "kept", say("未违反")
    NOT_APPLICABLE = "not_applicable", say("不适用")


class Verdict(NamedTuple):
    """Tests of the fitting case, `broken` or `held`; facts that are `lacking`, tests whose limit is `unset`."""

    outcome: Outcome
    broken: tuple[Test, ...] = ()
    held: tuple[Test, ...] = ()
    lacking: tuple[str, ...] = ()
    unset: tuple[Test, ...] = ()


NOT_APPLICABLE = Verdict(Outcome.NOT_APPLICABLE)


def judge(limit: Limit, facts: Mapping[str, Any]) -> Verdict:
    """The first case that fits judges. While a fact that chooses the case isn't known, it is asked for."""
    for case in limit.cases:
        unknown: list[str] = []
        for name, values in case.when.items():
            value = facts.get(name)
            if value is None:
                unknown.append(name)
            elif value not in values:
                break
        else:
            if unknown:
                return Verdict(Outcome.LACKING, lacking=tuple(unknown))
            return _in_case(case, facts)
    return NOT_APPLICABLE


def _in_case(case: Case, facts: Mapping[str, Any]) -> Verdict:
    broken: list[Test] = []
    held: list[Test] = []
    unset: list[Test] = []
    lacking: list[str] = []
    for test in case.tests:
        if test.value is None:
            unset.append(test)
            continue
        holds = _holds(test, facts)
        if holds is None:
            lacking += _missing(test, facts)
        else:
            (held if holds else broken).append(test)
    if lacking and case.any_of and any(name in facts for name in case.any_of):
        lacking = [name for name in lacking if name not in case.any_of]
    outcome = Outcome.BROKEN if broken else Outcome.LACKING if lacking or unset else Outcome.KEPT
    return Verdict(outcome, tuple(broken), tuple(held), tuple(dict.fromkeys(lacking)), tuple(unset))


def _holds(test: Test, facts: Mapping[str, Any]) -> bool | None:
    """Whether a test holds; None where that can't be known."""
    value = facts.get(test.fact)
    if value is None:
        return None
    if test.op is Op.NONE_OF:
        return _none_of(value, test, facts)
    limit = test.value
    if test.op is Op.AT_LEAST_FACT:
        limit = facts.get(limit)
        if limit is None:
            return None
    return COMPARES[test.op](value, limit)


def _none_of(value: Any, test: Test, facts: Mapping[str, Any]) -> bool | None:
    found = value if isinstance(value, list) else [value]
    if any(each in test.value for each in found):
        return False
    return None if facts.get(test.fact + GAPS) else True


COMPARES: dict[Op, Callable[[Any, Any], bool]] = {
    Op.AT_MOST: le,
    Op.AT_LEAST: ge,
    Op.NOT_AFTER: le,
    Op.NOT_BEFORE: ge,
    Op.AT_LEAST_FACT: ge,
    Op.IS: lambda value, limit: value is limit,
    Op.ONE_OF: lambda value, limit: value in limit,
    Op.INCLUDES: lambda value, limit: set(limit) <= set(value),
}


def _missing(test: Test, facts: Mapping[str, Any]) -> list[str]:
    names = [test.fact, test.value] if test.op is Op.AT_LEAST_FACT else [test.fact]
    return [name for name in names if facts.get(name) is None or facts.get(name + GAPS)]


def reasons(subject: Subject, verdict: Verdict, facts: Mapping[str, Any]) -> list[Message]:
    """Why the verdict is what it is, a line for each point."""
    tests = verdict.held if verdict.outcome is Outcome.KEPT else verdict.broken
    said = [_against(subject, test, facts) for test in tests]
    for name in verdict.lacking:
        gaps = facts.get(name + GAPS)
        said += [Message(*gap) for gap in gaps] if gaps else [_asked(subject, name)]
    return said + [
        say("本地的限值还没有填写：{fact}", fact=fact_of(subject, test.fact).label) for test in verdict.unset
    ]


def _asked(subject: Subject, name: str) -> Message:
    fact = fact_of(subject, name)
    if fact.kind is FactKind.YES_NO:
        return say("请补充：是否{fact}", fact=fact.label)
    return say("请补充：{fact}", fact=fact.label)


def _against(subject: Subject, test: Test, facts: Mapping[str, Any]) -> Message:
    """每天平均完成用时：75 分钟，规定不超过 60 分钟"""
    fact, value = fact_of(subject, test.fact), facts[test.fact]
    if test.op is Op.INCLUDES and (missing := [each for each in test.value if each not in value]):
        return say("{fact}：{value}，缺少：{missing}", fact=fact.label, value=fact.in_words(value),
                   missing=fact.in_words(missing))  # fmt: skip
    rule = demand(subject, test) if test.op is Op.IS else must(subject, test)
    return say("{fact}：{value}，规定{rule}", fact=fact.label, value=fact.in_words(value), rule=rule)
