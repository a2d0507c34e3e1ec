"""A county sets its own version of a rule: other limits, from a day on, by a document of its own."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import events
from ..access import require
from ..db import new_id
from ..errors import Conflict, Invalid, Message, say
from ..registry.people import Person
from .judgements import last_judged
from .limits import changed
from .rules import Rule, history

LONGEST = {"source": 300, "clause": 200, "quote": 2_000}
SHORTEST_SOURCE = 4


def amend(session: Session, person: Person, code: str, form: Mapping[str, Any]) -> Rule:
    """A new version for the county; the county's version that ran on until then ends the day before.

    Raises Invalid by field: for days that another version holds, or on which checks were judged already.
    """
    require(person, "rule.edit")
    base = pattern(session, person, code)
    problems: dict[str, Message] = {}
    days = read_days(form, problems)
    words = _words(form, problems)
    try:
        limit = changed(base.subject, base.limit, form)
    except Invalid as error:
        problems |= error.fields
    if problems or days is None:
        raise Invalid(problems)
    _refuse_judged_days(session, person, code, days[0])
    _make_room(session, person, code, *days)
    rule = Rule(
        region=person.county, code=code, version=_next_version(session, person, code), id=new_id(),
        subject=base.subject, title=base.title, title_en=base.title_en, severity=base.severity,
        item_code=base.item_code, limits=limit.model_dump(mode="json", exclude_defaults=True),
        valid_from=days[0], valid_to=days[1], author_id=person.id, **words,
    )  # fmt: skip
    session.add(rule)
    session.flush()
    events.record(session, person, "amend", rule, code=code, version=rule.version, valid_from=f"{days[0]}")
    return rule


def pattern(session: Session, person: Person, code: str) -> Rule:
    """The version whose cases a new one has: the nearest and newest. Raises Conflict where there is none."""
    found = next((rule for rule in history(session, person.county, code) if rule.is_in_force), None)
    if found is None:
        raise Conflict(say("这条规则已经撤回，没有可以改的版本；需要时请新增一条"))
    return found


def end(session: Session, person: Person, code: str, version: int, last_day: str) -> Rule:
    """The county's version ends, and what the wider region demands holds again. Raises Invalid."""
    require(person, "rule.edit")
    rule = own_version(session, person, code, version)
    day = read_day(last_day)
    if day is None or day < rule.valid_from or (rule.valid_to is not None and day > rule.valid_to):
        raise Invalid({"last_day": say("请填写这一版有效期内的日期")})
    judged = last_judged(session, person.county, code, (rule.region, rule.version))
    if judged is not None and judged > day:
        raise Invalid({"last_day": judged_until(judged)})
    rule.valid_to = day
    events.record(session, person, "end", rule, code=code, version=version, valid_to=f"{day}")
    return rule


def withdraw(session: Session, person: Person, code: str, version: int, now: datetime) -> Rule:
    """Take back a version that was entered by mistake. Its days go back to the version before it.

    Raises Conflict once a check was judged by it.
    """
    require(person, "rule.edit")
    rule = own_version(session, person, code, version)
    if last_judged(session, person.county, code, (rule.region, rule.version)) is not None:
        raise Conflict(say("已有检查按这一版判定过，不能撤回；可以另立新版"))
    rule.withdrawn_at = now
    session.flush()  # its days are free only now
    before = session.scalars(
        _own(person, code).where(Rule.valid_to == rule.valid_from - timedelta(days=1), Rule.withdrawn_at.is_(None))
    ).one_or_none()
    if before is not None:
        before.valid_to = rule.valid_to
    events.record(session, person, "withdraw", rule, code=code, version=version)
    return rule


def own_version(session: Session, person: Person, code: str, version: int) -> Rule:
    """The county's own version. Raises NotFound without such a rule, Conflict for a wider region's."""
    history(session, person.county, code)
    found = session.scalars(_own(person, code).where(Rule.version == version).with_for_update()).one_or_none()
    if found is None or not found.is_in_force:
        raise Conflict(say("只能改本县自己的版本"))
    return found


def _own(person: Person, code: str) -> Any:
    return select(Rule).where(Rule.region == person.county, Rule.code == code)


def _next_version(session: Session, person: Person, code: str) -> int:
    newest = select(func.max(Rule.version)).where(Rule.region == person.county, Rule.code == code)
    return (session.scalar(newest) or 0) + 1


def _refuse_judged_days(session: Session, person: Person, code: str, first: date) -> None:
    judged = last_judged(session, person.county, code)
    if judged is not None and judged >= first:
        raise Invalid({"valid_from": judged_until(judged)})


def judged_until(day: date) -> Message:
    return say("{day} 及以前的事实已有检查判定过，判定不会改变；请选那以后的日期", day=day.isoformat())


def _make_room(session: Session, person: Person, code: str, first: date, last: date | None) -> None:
    """End the version that runs on; whatever else holds one of the days is in the way."""
    others = session.scalars(_own(person, code).where(Rule.withdrawn_at.is_(None)).with_for_update()).all()
    for other in others:
        if other.valid_to is None and other.valid_from < first and last is None:
            other.valid_to = first - timedelta(days=1)
        elif (last is None or other.valid_from <= last) and (other.valid_to is None or other.valid_to >= first):
            until = other.valid_to.isoformat() if other.valid_to else say("今后")
            raise Invalid(
                {
                    "valid_from": say(
                        "与本县第 {version} 版（{first} 至 {last}）时间重叠，请改日期，或先结束那一版",
                        version=other.version,
                        first=other.valid_from.isoformat(),
                        last=until,
                    )
                }
            )
    session.flush()  # the end of the one before the beginning of the next


def read_days(form: Mapping[str, Any], problems: dict[str, Message]) -> tuple[date, date | None] | None:
    first, until = read_day(form.get("valid_from")), str(form.get("valid_to") or "").strip()
    last = read_day(until) if until else None
    if first is None:
        problems["valid_from"] = say("请填写从哪一天起执行，例如 2026-03-09")
    if until and last is None:
        problems["valid_to"] = say("请填写日期，例如 2026-03-09")
    elif first and last and last < first:
        problems["valid_to"] = say("结束日期早于开始日期，请核对")
    return (first, last) if first else None


def read_day(given: Any) -> date | None:
    try:
        found = date.fromisoformat(str(given or "").strip())
    except ValueError:
        return None
    return found if 2000 <= found.year < 2100 else None


def _words(form: Mapping[str, Any], problems: dict[str, Message]) -> dict[str, str]:
    words = read_texts(form, LONGEST, problems)
    if len(words["source"]) < SHORTEST_SOURCE:
        problems["source"] = say("请写明依据的文件名称和文号")
    return words


def read_texts(
    form: Mapping[str, Any], longest: Mapping[str, int], problems: dict[str, Message]
) -> dict[str, str]:
    """What was typed under the names of `longest`, which says how many characters each may have."""
    texts = {name: str(form.get(name) or "").replace("\x00", "").strip() for name in longest}
    for name, limit in longest.items():
        if len(texts[name]) > limit:
            problems[name] = say("太长了，请缩短到 {limit} 个字以内", limit=limit)
    return texts
