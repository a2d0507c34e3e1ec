"""A county adds a rule of its own: one demand, where it applies, by a document, once it was tried out."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from .. import events
from ..access import require
from ..db import new_id
from ..errors import Invalid, Message, say
from ..registry.people import Person
from .amending import judged_until, read_day, read_days, read_texts
from .demands import Demand, read_demand
from .judgements import last_judged
from .limits import Case, Limit
from .rules import Rule, RuleBook, read_book
from .trying import Trial, try_limit

LONGEST = {"title": 60, "document": 150, "number": 80, "clause": 200, "quote": 2_000, "item_code": 40}
MISSING = {
    "title": say("请给规则起个名称"),
    "document": say("请写明依据的文件名称"),
    "number": say("请填写文号，例如 万教体〔2026〕9号"),
    "clause": say("请写明条款，例如 第三条第（二）项"),
}
SOURCE = "{document}（{number}，{day.year}年{day.month}月{day.day}日）"
HOLD = text("select pg_advisory_xact_lock(hashtextextended('own rules ' || :county, 0))")


def try_new(session: Session, person: Person, demand: Demand, form: Mapping[str, Any], today: date) -> Trial:
    """What the rule would have found in the facts of the past year. Raises Invalid by field. Writes nothing."""
    require(person, "rule.edit")
    problems: dict[str, Message] = {}
    limit = read_demand(demand, form, problems)
    if limit is None:
        raise Invalid(problems)
    return try_limit(session, person, demand.subject, limit, today)


def add(session: Session, person: Person, demand: Demand, form: Mapping[str, Any]) -> Rule:
    """The rule in its first version, in use from its first day. Raises Invalid by field.

    Refused are a limit that wasn't tried out as it stands, days of which facts of that subject were judged
    already, and a demand that another rule makes on the same days.
    """
    require(person, "rule.edit")
    session.execute(HOLD, {"county": person.county})
    book = read_book(session, person.county)
    problems: dict[str, Message] = {}
    limit = read_demand(demand, form, problems)
    days = read_days(form, problems)
    words = _words(form, book, problems)
    if limit is not None and form.get("tried") != fingerprint(limit):
        problems["tried"] = say("请先试算，看过结果再启用；改过限值或条件的，要重新试算")
    if days and limit is not None:
        _refuse_days(session, person, book, demand, limit, days, problems)
    if problems or days is None or limit is None:
        raise Invalid(problems)
    rule = Rule(
        region=person.county, code=_code(session, person), version=1, id=new_id(), subject=demand.subject,
        limits=limit.model_dump(mode="json", exclude_defaults=True), valid_from=days[0], valid_to=days[1],
        author_id=person.id, title_en="", **words,
    )  # fmt: skip
    session.add(rule)
    session.flush()
    events.record(session, person, "add", rule, code=rule.code, title=rule.title, valid_from=f"{days[0]}")
    return rule


def fingerprint(limit: Limit) -> str:
    """Tells whether a limit is still the one that was tried out."""
    canonical = json.dumps(limit.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def tried(demand: Demand, form: Mapping[str, Any]) -> str:
    """The fingerprint of the limit as it was entered; "" while it is none."""
    limit = read_demand(demand, form, {})
    return fingerprint(limit) if limit is not None else ""


def _words(form: Mapping[str, Any], book: RuleBook, problems: dict[str, Message]) -> dict[str, Any]:
    """Title, seriousness and source; `source` is document, number and date in one, as with the nation's rules."""
    typed = read_texts(form, LONGEST, problems)
    for name, message in MISSING.items():
        if not typed[name]:
            problems[name] = message
    titles = {rule.title for versions in book.versions.values() for rule in versions}
    if typed["title"] in titles:
        problems["title"] = say("已有同名的规则，请换个名称，或者改那一条的本县版本")
    severity = str(form.get("severity") or "")
    if severity not in ("1", "2", "3"):
        problems["severity"] = say("请选择严重程度")
    if typed["item_code"] and typed["item_code"] not in item_codes(book):
        problems["item_code"] = say("不是可选的值，请重新选择")
    issued = _issued(form, problems)
    if problems or issued is None:
        return {}
    kept = {name: typed[name] for name in ("title", "clause", "quote")}
    source = SOURCE.format(**typed, day=issued)
    return kept | {"source": source, "severity": int(severity), "item_code": typed["item_code"] or None}


def item_codes(book: RuleBook) -> dict[str, Rule]:
    """The items of lists that rules count as, each with such a rule."""
    rules = (rule for versions in book.versions.values() for rule in versions)
    return {rule.item_code: rule for rule in rules if rule.item_code}


def _issued(form: Mapping[str, Any], problems: dict[str, Message]) -> date | None:
    issued, first = read_day(form.get("issued_on")), read_day(form.get("valid_from"))
    if issued is None:
        problems["issued_on"] = say("请填写文件的日期，例如 2026-03-09")
    elif first and first < issued:
        problems.setdefault("valid_from", say("施行日期早于文件日期（{day}），请核对", day=issued.isoformat()))
    return issued


def _refuse_days(
    session: Session,
    person: Person,
    book: RuleBook,
    demand: Demand,
    limit: Limit,
    days: tuple[date, date | None],
    problems: dict[str, Message],
) -> None:
    """Facts that were judged are judged; and of two rules that demand the same, nobody would know which holds."""
    codes = [code for code, versions in book.versions.items() if versions[0].subject is demand.subject]
    judged = [day for code in codes if (day := last_judged(session, person.county, code))]
    if judged and max(judged) >= days[0]:
        problems.setdefault("valid_from", judged_until(max(judged)))
    if same := _the_same(book, demand, limit.cases[0], days):
        problems.setdefault(
            "valid_from", say("“{title}”在这些日子已经规定了同一件事，请改那一条的本县版本", title=same.title)
        )


def _the_same(book: RuleBook, demand: Demand, case: Case, days: tuple[date, date | None]) -> Rule | None:
    first, last = days
    for rule in (rule for versions in book.versions.values() for rule in versions):
        overlaps = (last is None or rule.valid_from <= last) and (rule.valid_to is None or rule.valid_to >= first)
        if rule.subject is not demand.subject or not overlaps:
            continue
        for other in rule.limit.cases:
            if other.when == case.when and any(
                (t.fact, t.op) == (demand.fact.name, demand.op) for t in other.tests
            ):
                return rule
    return None


def _code(session: Session, person: Person) -> str:
    """The county stands in it, so that no wider region's rule ever has the same."""
    own = f"own-{person.county}-"
    query = select(func.count(func.distinct(Rule.code))).where(
        Rule.region == person.county, Rule.code.startswith(own)
    )
    return f"{own}{(session.scalar(query) or 0) + 1}"
