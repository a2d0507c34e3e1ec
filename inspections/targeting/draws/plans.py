"""The plan of a draw, as a form has it: who can be drawn, which share of whom, and by what rules."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from ...errors import Invalid, Message, say
from ...registry.site_facts import plain_text
from ...registry.sites import SiteKind

KINDS = (SiteKind.INSTITUTION, SiteKind.SCHOOL)  # what has no licence is no object of a random check
GRADES = ("A", "B", "C", "D")
USUAL_PERCENT = {"A": 5, "B": 10, "C": 25, "D": 50}
LEAST_SHARE = 5  # percent of all that can be drawn, by the rule of the region whose rule is published
LEAST_A_YEAR = 2
LEAST_TEAM, MOST_TEAM = 2, 4
LONGEST_WINDOW = timedelta(days=92)
LONGEST_TITLE, LONGEST_SOURCE = 80, 100


class Plan(NamedTuple):
    """`percent` by grade. `public_number` says which number will be read out at the draw, or nothing."""

    title: str
    first_day: date
    last_day: date
    kinds: tuple[SiteKind, ...]
    by_township: bool
    percent: Mapping[str, int]
    least: int
    officers: int
    departments_differ: bool
    public_number: str

    def as_json(self) -> dict[str, Any]:
        return self._asdict() | {
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "kinds": [each.value for each in self.kinds],
            "percent": dict(self.percent),
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Plan":
        days = {name: date.fromisoformat(kept[name]) for name in ("first_day", "last_day")}
        return cls(**{**kept, **days, "kinds": tuple(each for each in KINDS if each.value in kept["kinds"])})


def read_plan(form: Mapping[str, Any], kinds: list[str], today: date) -> Plan:
    """Raises Invalid with every field that is wrong."""
    problems: dict[str, Message] = {}
    title = _line(form, "title", LONGEST_TITLE, problems)
    if not title:
        problems["title"] = say("请写明这次抽查的名称")
    first, last = _day(form, "first_day", problems), _day(form, "last_day", problems)
    if first and first < today:
        problems["first_day"] = say("不能早于今天")
    if first and last and not first <= last <= first + LONGEST_WINDOW:
        problems["last_day"] = say("不能早于第一天，也不能超过 92 天")
    chosen = tuple(each for each in KINDS if each.value in kinds)
    if not chosen:
        problems["kinds"] = say("请至少选一类")
    percent = {each: _whole(form, f"percent_{each}", 0, 100, problems) for each in GRADES}
    least = _whole(form, "least", 0, 1000, problems)
    officers = _whole(form, "officers", LEAST_TEAM, MOST_TEAM, problems)
    source = _line(form, "public_number", LONGEST_SOURCE, problems)
    if problems or first is None or last is None:
        raise Invalid(problems)
    is_mixed, by_township = bool(form.get("departments_differ")), bool(form.get("by_township"))
    return Plan(title, first, last, chosen, by_township, percent, least, officers, is_mixed, source)


def _line(form: Mapping[str, Any], name: str, longest: int, problems: dict[str, Message]) -> str:
    try:
        return " ".join(plain_text(str(form.get(name, "")), longest).split())
    except Invalid as error:
        problems[name] = error.message
        return ""


def _day(form: Mapping[str, Any], name: str, problems: dict[str, Message]) -> date | None:
    try:
        return date.fromisoformat(str(form.get(name, "")))
    except ValueError:
        problems[name] = say("请填写日期")
        return None


def _whole(form: Mapping[str, Any], name: str, low: int, high: int, problems: dict[str, Message]) -> int:
    text = str(form.get(name, "")).strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1
    if not low <= number <= high:
        problems[name] = say("请填 {low} 到 {high} 的整数", low=low, high=high)
    return number
