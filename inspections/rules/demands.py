"""What a rule of a county's own can be made of: a demand on one fact, and the facts that say where it applies."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import Invalid, Message, NotFound, say
from .facts import FACTS, Fact, FactKind, read_facts, wrong
from .limits import KINDS, Case, Limit, Op, Test, plain_value, read_limit
from .subjects import Subject

VALUE = "limit-0-0"  # as `limits.Limit.each_test` names the only test of such a rule
WHEN = "when-"
GRADES = "grade"


class Demand(NamedTuple):
    """What a rule can be about: a fact and how it is held against a value."""

    subject: Subject
    fact: Fact
    op: Op

    @property
    def name(self) -> str:
        return f"{self.fact.name}.{self.op.value}"

    @property
    def test(self) -> Test:
        return Test(fact=self.fact.name, op=self.op)


def demands(subject: Subject) -> list[Demand]:
    """All that a rule about a subject can demand."""
    return [Demand(subject, fact, op) for fact in FACTS[subject] for op in KINDS if _suits(subject, fact, op)]


def demand_of(subject: Subject, name: str) -> Demand:
    """Raises NotFound for a demand that nobody can make."""
    found = next((each for each in demands(subject) if each.name == name), None)
    if found is None:
        raise NotFound
    return found


def _suits(subject: Subject, fact: Fact, op: Op) -> bool:
    if fact.kind not in KINDS[op] or fact.unit == GRADES:
        return False
    if op is Op.AT_LEAST_FACT:
        return bool(compared_with(subject, fact))
    return not (fact.is_derived and op is Op.INCLUDES)


def compared_with(subject: Subject, fact: Fact) -> list[Fact]:
    """The facts that one can be held against: of its own kind and unit."""
    like = (each for each in FACTS[subject] if each.kind is fact.kind and each.unit == fact.unit)
    return [each for each in like if each.name != fact.name]


def conditions(demand: Demand) -> list[Fact]:
    """The facts that can say where a rule applies: those of a closed list."""
    closed = (FactKind.YES_NO, FactKind.WORD)
    return [
        fact
        for fact in FACTS[demand.subject]
        if fact.name != demand.fact.name and (fact.kind in closed or fact.unit == GRADES)
    ]


def read_demand(demand: Demand, form: Mapping[str, Any], problems: dict[str, Message]) -> Limit | None:
    """The limit as entered, under `VALUE` and `WHEN` with the name of a fact; None where there are problems."""
    found: dict[str, Message] = {}
    when: dict[str, list[Any]] = {}
    for fact in conditions(demand):
        try:
            if values := _values(demand.subject, fact, form):
                when[fact.name] = values
        except Invalid as error:
            found |= error.fields
    test = demand.test
    try:
        if form.get(VALUE) in (None, "", []):
            raise Invalid({VALUE: say("请填写限值")})
        value = plain_value(demand.subject, test, form[VALUE], VALUE)
        test = test.model_copy(update={"value": value})
    except Invalid as error:
        found |= error.fields
    problems |= found
    if found:
        return None
    limit = Limit(cases=(Case(when=when, tests=(test,)),))
    return read_limit(demand.subject, limit.model_dump())


def _values(subject: Subject, fact: Fact, form: Mapping[str, Any]) -> list[Any]:
    """The values of a fact for which the rule applies; none or all of them is no condition."""
    name = WHEN + fact.name
    given = form.get(name) or []
    found = []
    for each in given if isinstance(given, list) else [given]:
        try:
            found.append(read_facts(subject, {fact.name: each})[fact.name])
        except (Invalid, KeyError):
            raise Invalid({name: wrong(fact)}) from None
    values = sorted(set(found))
    return [] if len(values) == _choices(fact) else values


def _choices(fact: Fact) -> int:
    if fact.kind is FactKind.YES_NO:
        return 2
    return fact.high - fact.low + 1 if fact.words is None else len(list(fact.words))
