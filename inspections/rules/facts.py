"""Facts: what was seen, typed, so that a rule can be held against it.

Kept in plain form: whole numbers and sums as numbers, a time of day as "20:30", a day as "2026-11-20", yes and no
as booleans, a word of a closed list as its value, several as a list. In that form `<` orders each kind rightly.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from ..errors import Invalid, Message, say
from ..vocabulary import Choice
from .subjects import Audience, ExamKind, Posted, Rest, Subject

NOTHING = "-"  # says of a list that it is known to be empty


class Bound(NamedTuple):
    """How facts bind each other. `after`: later than `others[0]`; `within`: no longer than the time between them;
    `at_most`: not more than it.
    """

    how: Literal["after", "within", "at_most"]
    fact: str
    others: tuple[str, ...]


class FactKind(StrEnum):
    NUMBER = "number"
    SUM = "sum"
    TIME = "time"
    DAY = "day"
    YES_NO = "yes_no"
    WORD = "word"
    WORDS = "words"


@dataclass(frozen=True)
class Fact:
    """One fact that can be known about a subject. `low` and `high` bound what is possible, not what is allowed."""

    name: str
    label: Message
    kind: FactKind
    unit: str = ""
    low: int = 0
    high: int = 0
    words: type[Choice] | None = None
    is_derived: bool = False

    def in_words(self, value: Any) -> Message:
        """A value in plain form, as it is read."""
        match self.kind:
            case FactKind.YES_NO:
                return say("是") if value else say("否")
            case FactKind.NUMBER | FactKind.SUM:
                return UNITS[self.unit](value)
            case FactKind.WORD | FactKind.WORDS:
                return self._named(value if isinstance(value, list) else [value])
            case _:
                return say("{value}", value=value)

    def _named(self, values: list[str]) -> Message:
        names: list[Message] = [word.label for word in self.words or () if word.value in values]
        return read_out(names) if names else say("没有")


def read_out(names: list[Message]) -> Message:
    """甲、乙、丙, each in the reader's language."""
    first, *rest = names
    for each in rest:
        first = say("{first}、{next}", first=first, next=each)
    return first


UNITS: dict[str, Callable[[Any], Message]] = {
    "": lambda n: say("{n}", n=n),
    "grade": lambda n: say("{n} 年级", n=n),
    "minutes": lambda n: say("{n} 分钟", n=n),
    "months": lambda n: say("{n} 个月", n=n),
    "hours": lambda n: say("{n} 课时", n=n),
    "yuan": lambda n: say("{n} 元", n=f"{n:,}"),
    "people": lambda n: say("{n} 人", n=n),
    "times": lambda n: say("{n} 次", n=n),
}


# What is written behind a number that a person enters
ENTERED_UNITS: dict[str, Message] = {
    "minutes": say("分钟"),
    "months": say("个月"),
    "hours": say("课时"),
    "yuan": say("元"),
    "people": say("人"),
}


def number(name: str, label: Message, unit: str, high: int, low: int = 0) -> Fact:
    return Fact(name, label, FactKind.NUMBER, unit, low, high)


def yuan(name: str, label: Message) -> Fact:
    return Fact(name, label, FactKind.SUM, "yuan", 0, 1_000_000_000)


def yes_no(name: str, label: Message) -> Fact:
    return Fact(name, label, FactKind.YES_NO)


def at(name: str, label: Message) -> Fact:
    return Fact(name, label, FactKind.TIME)


GRADE = number("grade", say("年级"), "grade", 9, 1)
AUDIENCE = Fact("audience", say("培训对象"), FactKind.WORD, words=Audience)
IS_SUBJECT = yes_no("is_subject", say("学科类培训"))
# What the calendars say of the day; nobody enters it
REST = Fact("rest", say("上课日"), FactKind.WORDS, words=Rest, is_derived=True)

FACTS: dict[Subject, tuple[Fact, ...]] = {
    Subject.HOMEWORK: (GRADE, number("minutes", say("每天平均完成用时"), "minutes", 1440)),
    Subject.EXAM: (
        GRADE,
        Fact("kind", say("考试种类"), FactKind.WORD, words=ExamKind),
        yes_no("is_paper", say("纸质考试")),
        number("times", say("本学期这种考试的次数"), "times", 100, 1),
        yes_no("is_joint", say("区域性或跨校考试")),
        yes_no("is_graded", say("实行等级评价")),
        yes_no("is_ranked", say("排名")),
        yes_no("is_published", say("公布结果")),
    ),
    Subject.AFTER_SCHOOL: (at("ends_at", say("结束时间")), yes_no("new_lessons", say("讲新课"))),
    Subject.LESSON: (
        AUDIENCE, IS_SUBJECT, yes_no("is_online", say("线上培训")), at("starts_at", say("开始时间")),
        at("ends_at", say("结束时间")), number("lesson_minutes", say("每课时时长"), "minutes", 1440),
        number("gap_minutes", say("课程间隔"), "minutes", 1440), REST,
    ),
    Subject.FEE: (
        number("months", say("时间跨度"), "months", 600), number("class_hours", say("课时数"), "hours", 100_000),
        yuan("paid_yuan", say("金额")), yes_no("by_loan", say("用培训贷支付")),
        yes_no("has_receipt", say("开具合法票据")),
    ),
    Subject.PREPAID: (
        yuan("collected_yuan", say("预收费总额")), yuan("supervised_yuan", say("监管账户内金额")),
        yes_no("on_platform", say("纳入全国监管平台")),
    ),
    Subject.TEACHERS: (
        number("teachers", say("教学人员总数"), "people", 100_000),
        number("uncertified", say("没有从业资格的人数"), "people", 100_000),
        yes_no("is_posted", say("资格信息在显著位置公布")),
        number("serving", say("在职中小学教师人数"), "people", 100_000),
        number("foreign_abroad", say("在境外的外籍人员人数"), "people", 100_000),
    ),
    Subject.CONTENT: (
        yes_no("is_ahead", say("超前超标超纲")), yes_no("is_foreign", say("提供境外教育课程")),
        yes_no("gives_homework", say("留作业")),
    ),
    Subject.CONTRACT: (yes_no("uses_model", say("使用示范文本")),),
    Subject.ADVERT: (
        yes_no("in_public", say("在社会面投放广告")), yes_no("in_school", say("在校园或学习用品上做广告")),
    ),
    Subject.APPROVAL: (AUDIENCE, IS_SUBJECT, Fact("approved_on", say("批准日期"), FactKind.DAY)),
    Subject.POSTING: (Fact("posted", say("已公示的内容"), FactKind.WORDS, words=Posted),),
}  # fmt: skip


BOUNDS: dict[Subject, tuple[Bound, ...]] = {
    Subject.LESSON: (
        Bound("after", "ends_at", ("starts_at",)),
        Bound("within", "lesson_minutes", ("starts_at", "ends_at")),
    ),
    Subject.TEACHERS: tuple(
        Bound("at_most", name, ("teachers",)) for name in ("uncertified", "serving", "foreign_abroad")
    ),
}


def fact_of(subject: Subject, name: str) -> Fact:
    """Raises KeyError for a fact that the subject doesn't have."""
    return {each.name: each for each in FACTS[subject]}[name]


def read_facts(subject: Subject, given: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that are known, in plain form. What is empty isn't known.

    Raises Invalid with a message for each fact that can't be, or that contradicts another.
    """
    known = {fact.name: value for fact in entered(subject) if (value := _given(fact, given)) is not None}
    try:
        facts = MODELS[subject].model_validate(known)
    except ValidationError as error:
        names = {str(each["loc"][0]) for each in error.errors(include_url=False, include_input=False)}
        raise Invalid({name: wrong(fact_of(subject, name)) for name in sorted(names)}) from None
    plain = {name: _plain(value) for name, value in facts if value is not None}
    if against := dict(_contradictions(subject, plain)):
        raise Invalid(against)
    return plain


def entered(subject: Subject) -> tuple[Fact, ...]:
    """The facts a person enters."""
    return tuple(fact for fact in FACTS[subject] if not fact.is_derived)


def wrong(fact: Fact) -> Message:
    """What to do about a value that a fact can't have."""
    match fact.kind:
        case FactKind.NUMBER:
            return say("请填 {low} 到 {high} 之间的整数", low=fact.low, high=f"{fact.high:,}")
        case FactKind.SUM:
            return say("请填不小于 0 的金额，单位元，最多两位小数")
        case FactKind.TIME:
            return say("没有这个时间，请按 24 小时制填写，例如 20:30")
        case FactKind.DAY:
            return say("请填写日期，例如 2026-03-09")
        case _:
            return say("不是可选的值，请重新选择")


def _given(fact: Fact, given: Mapping[str, Any]) -> Any:
    value = given.get(fact.name)
    if isinstance(value, str):
        # People type the wide digits and colons of their own keyboard
        value = unicodedata.normalize("NFKC", value).strip()
        if fact.kind is FactKind.WORDS:
            value = [value] if value else []
    if fact.kind is FactKind.WORDS and isinstance(value, list):
        if not value:
            return None
        return [each for each in value if each != NOTHING]
    return None if value == "" else value


def _contradictions(subject: Subject, facts: dict[str, Any]) -> Iterable[tuple[str, Message]]:
    for bound in BOUNDS.get(subject, ()):
        value, *others = (facts.get(name) for name in (bound.fact, *bound.others))
        if value is not None and None not in others and (against := _against(bound, value, others)):
            yield bound.fact, against


def _against(bound: Bound, value: Any, others: list[Any]) -> Message | None:
    match bound.how, others:
        case "after", [starts] if value <= starts:
            return say("结束时间不晚于开始时间（{starts}），请核对", starts=starts)
        case "within", [starts, ends] if 0 < _minutes(ends) - _minutes(starts) < value:
            return say("一课时比从 {starts} 到 {ends} 还长，请核对", starts=starts, ends=ends)
        case "at_most", [everyone] if value > everyone:
            return say("比教学人员总数（{n} 人）还多，请核对", n=everyone)
    return None


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _plain(value: Any) -> Any:
    match value:
        case bool() | int():
            return value
        case Decimal():
            return int(value) if value == int(value) else float(value)
        case time():
            return f"{value:%H:%M}"
        case date():
            return value.isoformat()
        case list():
            return sorted({each.value for each in value})
        case _:
            return value.value


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError
    return value


def _clock(value: Any) -> Any:
    """A time of day with a colon: pydantic would take 2030 for so many seconds."""
    if not isinstance(value, str) or ":" not in value:
        raise ValueError
    return value


def _written(value: Any) -> Any:
    """A day as it is written: pydantic would take a number for seconds since 1970."""
    if not isinstance(value, str) or not value.count("-") == 2:
        raise ValueError
    return value


def _type_of(fact: Fact) -> Any:
    match fact.kind:
        case FactKind.NUMBER:
            return Annotated[int, BeforeValidator(_no_bool), Field(ge=fact.low, le=fact.high)]
        case FactKind.SUM:
            return Annotated[Decimal, BeforeValidator(_no_bool), Field(ge=0, le=fact.high, decimal_places=2)]
        case FactKind.TIME:
            return Annotated[time, BeforeValidator(_clock)]
        case FactKind.DAY:
            return Annotated[date, BeforeValidator(_written)]
        case FactKind.YES_NO:
            return bool
        case FactKind.WORD:
            return fact.words
        case FactKind.WORDS:
            return Annotated[list[fact.words], Field(max_length=50)]  # type: ignore[name-defined]


def _model_of(subject: Subject) -> type[BaseModel]:
    fields: dict[str, Any] = {fact.name: (_type_of(fact) | None, None) for fact in entered(subject)}
    return create_model(f"{subject.value}_facts", __config__=ConfigDict(extra="forbid"), **fields)


MODELS = {subject: _model_of(subject) for subject in Subject}
