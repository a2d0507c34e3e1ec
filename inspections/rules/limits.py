"""What a rule allows, as data: cases, each with the tests that its facts have to pass."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import Invalid, Message, say
from ..vocabulary import Choice
from .facts import Fact, FactKind, fact_of, read_facts, read_out, wrong
from .subjects import Subject


class Op(Choice):
    """How a fact is held against a value. The label has the value put behind it."""

    AT_MOST = "at_most", say("不超过 {limit}")
    AT_LEAST = "at_least", say("不少于 {limit}")
    NOT_AFTER = "not_after", say("不晚于 {limit}")
    NOT_BEFORE = "not_before", say("不早于 {limit}")
    IS = "is", say("须为“{limit}”")
    ONE_OF = "one_of", say("只能是：{limit}")
    NONE_OF = "none_of", say("不得是：{limit}")
    INCLUDES = "includes", say("必须包括：{limit}")
    AT_LEAST_FACT = "at_least_fact", say("不少于 {limit}")


KINDS: dict[Op, set[FactKind]] = {
    Op.AT_MOST: {FactKind.NUMBER, FactKind.SUM},
    Op.AT_LEAST: {FactKind.NUMBER, FactKind.SUM},
    Op.NOT_AFTER: {FactKind.TIME, FactKind.DAY},
    Op.NOT_BEFORE: {FactKind.TIME, FactKind.DAY},
    Op.IS: {FactKind.YES_NO},
    Op.ONE_OF: {FactKind.WORD},
    Op.NONE_OF: {FactKind.WORD, FactKind.WORDS},
    Op.INCLUDES: {FactKind.WORDS},
    Op.AT_LEAST_FACT: {FactKind.NUMBER, FactKind.SUM},
}
MANY = {Op.ONE_OF, Op.NONE_OF, Op.INCLUDES}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Test(_Part):
    """`value` None: the document leaves the limit to the place, which hasn't set it."""

    __test__ = False  # pytest would take it for one of its own

    fact: str
    op: Op
    value: Any = None


class Case(_Part):
    """For the facts named in `when`, with one of the values there. Of `any_of`, one known fact is enough."""

    when: dict[str, list[Any]] = {}
    tests: tuple[Test, ...]
    any_of: tuple[str, ...] = ()


class Limit(_Part):
    """The first case that fits is the one that judges; where none fits the rule doesn't apply."""

    cases: tuple[Case, ...]

    def each_test(self) -> Iterator[tuple[str, Case, Test]]:
        """Every test under the name that a form gives to its value."""
        for number, case in enumerate(self.cases):
            for place, test in enumerate(case.tests):
                yield f"limit-{number}-{place}", case, test


def read_limit(subject: Subject, tree: Any) -> Limit:
    """A limit as data. Raises Invalid where it names facts that the subject hasn't, or a value of another kind."""
    try:
        limit = Limit.model_validate(tree)
    except ValidationError as error:
        raise Invalid({"limit": say("规则的限值写法不对：{where}", where=str(error.errors()[0]["loc"]))}) from None
    for name, case, test in limit.each_test():
        _check_names(subject, case, test)
        if test.value is not None:
            plain_value(subject, test, test.value, name)
    return limit


def changed(subject: Subject, limit: Limit, values: Mapping[str, Any]) -> Limit:
    """The same cases and tests with other values, by the names of `each_test`. Raises Invalid, named by them."""
    found: dict[str, Any] = {}
    problems: dict[str, Message] = {}
    for name, _case, test in limit.each_test():
        given = values.get(name)
        try:
            if given in (None, "", []):
                raise Invalid({name: say("请填写限值")})
            found[name] = plain_value(subject, test, given, name)
        except Invalid as error:
            problems |= error.fields
    if problems:
        raise Invalid(problems)
    tree = limit.model_dump()
    for number, case in enumerate(tree["cases"]):
        for place, test in enumerate(case["tests"]):
            test["value"] = found[f"limit-{number}-{place}"]
    return Limit.model_validate(tree)


def plain_value(subject: Subject, test: Test, given: Any, name: str) -> Any:
    """The value of a test in the plain form of its fact. Raises Invalid under `name`."""
    fact = fact_of(subject, test.fact)
    if test.op is Op.AT_LEAST_FACT:
        other = _fact(subject, str(given), name)
        if other.kind is not fact.kind:
            raise Invalid({name: wrong(fact)})
        return other.name
    if test.op in MANY:
        values = given if isinstance(given, list) else [given]
        if fact.words is None or not values or not {str(each) for each in values} <= set(fact.words):
            raise Invalid({name: wrong(fact)})
        return sorted({str(each) for each in values})
    try:
        found = read_facts(subject, {fact.name: given})
    except Invalid:
        raise Invalid({name: wrong(fact)}) from None
    if fact.name not in found:
        raise Invalid({name: wrong(fact)})
    return found[fact.name]


def _check_names(subject: Subject, case: Case, test: Test) -> None:
    for name in (*case.when, *case.any_of, test.fact):
        _fact(subject, name, "limit")
    if fact_of(subject, test.fact).kind not in KINDS[test.op]:
        raise Invalid({"limit": say("规则的限值写法不对：{where}", where=f"{test.fact} {test.op.value}")})


def _fact(subject: Subject, name: str, where: str) -> Fact:
    try:
        return fact_of(subject, name)
    except KeyError:
        raise Invalid({where: say("没有这个事实：{name}", name=name)}) from None


def describe(subject: Subject, case: Case) -> list[Message]:
    """A case in words, a line for each of its tests."""
    return [_under(subject, case, demand(subject, test)) for test in case.tests]


def question(subject: Subject, case: Case, test: Test) -> Message:
    """A test without its value, as the label of the field that asks for it: 3、4 年级：每天平均完成用时不超过"""
    fact = fact_of(subject, test.fact)
    asked = fact.label if test.op is Op.IS else say("{fact}{must}", fact=fact.label, must=ASKED[test.op])
    return _under(subject, case, asked)


ASKED = {
    Op.AT_MOST: say("不超过"),
    Op.AT_LEAST: say("不少于"),
    Op.NOT_AFTER: say("不晚于"),
    Op.NOT_BEFORE: say("不早于"),
    Op.ONE_OF: say("只能是"),
    Op.NONE_OF: say("不得是"),
    Op.INCLUDES: say("必须包括"),
    Op.AT_LEAST_FACT: say("不少于另一项："),
}


def _under(subject: Subject, case: Case, line: Message) -> Message:
    when = [_condition(fact_of(subject, name), values) for name, values in case.when.items()]
    return say("{when}：{demand}", when=read_out(when), demand=line) if when else line


def demand(subject: Subject, test: Test) -> Message:
    """每天平均完成用时不超过 60 分钟"""
    fact = fact_of(subject, test.fact)
    if test.op is Op.IS and test.value is not None:
        return say("须{what}", what=fact.label) if test.value else say("不得{what}", what=fact.label)
    return say("{fact}{must}", fact=fact.label, must=must(subject, test))


def must(subject: Subject, test: Test) -> Message:
    """不超过 60 分钟"""
    if test.value is None:
        return say("由本地规定，尚未填写")
    return Message(test.op.label.template, {"limit": _value(subject, test)})


def _value(subject: Subject, test: Test) -> Message:
    if test.op is Op.AT_LEAST_FACT:
        return fact_of(subject, test.value).label
    return fact_of(subject, test.fact).in_words(test.value)


def _condition(fact: Fact, values: list[Any]) -> Message:
    if fact.kind is FactKind.YES_NO:
        return fact.label if values == [True] else say("非{what}", what=fact.label)
    if fact.name == "grade":
        first, last = min(values), max(values)
        if last - first == len(values) - 1 > 1:
            return say("{first} 至 {last} 年级", first=first, last=last)
        return say("{grades} 年级", grades=read_out([say("{n}", n=each) for each in values]))
    return fact.in_words(values)
