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
    known = facts.get
    for case in limit.cases:
        unknown: list[str] = []
        for name, values in case.when.items():
            value = known(name)
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
    answers = [(test, HOLDS[test.op](facts.get(test.fact), test, facts)) for test in case.tests]
    broken = tuple([test for test, holds in answers if holds is False])
    held = tuple([test for test, holds in answers if holds])
    if len(broken) + len(held) == len(answers):  # nothing is missing
        return Verdict(Outcome.BROKEN if broken else Outcome.KEPT, broken, held)
    open_tests = [test for test, holds in answers if holds is None]
    unset = tuple(test for test in open_tests if test.value is None)
    lacking = [name for test in open_tests if test.value is not None for name in _missing(test, facts)]
    if any(name in facts for name in case.any_of):
        lacking = [name for name in lacking if name not in case.any_of]
    outcome = Outcome.BROKEN if broken else Outcome.LACKING if lacking or unset else Outcome.KEPT
    return Verdict(outcome, broken, held, tuple(dict.fromkeys(lacking)), unset)


# Whether a test holds; None where that can't be known
Holds = Callable[[Any, Test, Mapping[str, Any]], bool | None]


def _compared(holds: Callable[[Any, Any], bool]) -> Holds:
    def compared(value: Any, test: Test, facts: Mapping[str, Any]) -> bool | None:
        limit = test.value
        return None if value is None or limit is None else holds(value, limit)

    return compared


def _with_fact(value: Any, test: Test, facts: Mapping[str, Any]) -> bool | None:
    other = facts.get(test.value)
    return None if value is None or other is None else value >= other


def _none_of(value: Any, test: Test, facts: Mapping[str, Any]) -> bool | None:
    if value is None or test.value is None:
        return None
    found = value if isinstance(value, list) else [value]
    if any(each in test.value for each in found):
        return False
    return None if facts.get(test.fact + GAPS) else True


HOLDS: dict[Op, Holds] = {
    Op.AT_MOST: _compared(le),
    Op.AT_LEAST: _compared(ge),
    Op.NOT_AFTER: _compared(le),
    Op.NOT_BEFORE: _compared(ge),
    Op.IS: _compared(lambda value, limit: value is limit),
    Op.ONE_OF: _compared(lambda value, limit: value in limit),
    Op.INCLUDES: _compared(lambda value, limit: set(limit) <= set(value)),
    Op.NONE_OF: _none_of,
    Op.AT_LEAST_FACT: _with_fact,
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
