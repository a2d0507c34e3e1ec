"""An officer records facts on a check, adds what was missing, or withdraws what was recorded by mistake."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.times import china_day

from .. import events
from ..access import get, require
from ..casework.findings import Finding, FindingState
from ..errors import Conflict, Invalid, say
from ..field.checks import Check
from ..registry.people import Person
from ..registry.sites import Site, SiteKind
from .facts import entered, read_facts
from .judgements import Judgement
from .observations import Observation
from .subjects import Subject, subjects_at

LONGEST_ABOUT = 200
LONGEST_REASON = 500
MOST_OF_A_CHECK = 200
EARLIEST = date(2015, 1, 1)


class Group(NamedTuple):
    """The facts of one thing, as an observation has them."""

    subject: Subject
    day: date
    about: str
    facts: dict[str, Any]


def observe(
    session: Session, person: Person, check_id: UUID, subject: Subject, form: Mapping[str, Any]
) -> Observation:
    """Record facts about one thing. Raises Invalid by field, also for facts that contradict each other."""
    require(person, "fact.record")
    check = get(session, person, Check, check_id)
    count = session.scalar(
        select(func.count()).where(Observation.county == check.county, Observation.check_id == check.id)
    )
    if (count or 0) >= MOST_OF_A_CHECK:
        raise Conflict(say("一次检查最多登记 {n} 组事实", n=MOST_OF_A_CHECK))
    kind = session.get_one(Site, (check.county, check.site_id)).kind
    given = read_group(kind, china_day(check.device_finished_at), subject, form)
    row = Observation(county=check.county, check_id=check.id, person_id=person.id, **given._asdict())
    session.add(row)
    session.flush()
    events.record(session, person, "record", row, check_id=str(check.id), day=f"{row.day}", facts=row.facts)
    return row


def read_group(kind: SiteKind, visited: date, subject: Subject, form: Mapping[str, Any]) -> Group:
    """What was entered of one thing at a site of that kind, on a visit of that day. Raises Invalid by field."""
    if subject not in subjects_at(kind):
        raise Invalid({"subject": say("{kind}没有“{subject}”可查", kind=kind.label, subject=subject.label)})
    day, about = _day(visited, form), _about(form)
    facts = _facts(subject, form, day)
    if not facts:
        raise Invalid(message=say("请至少填写一项事实"))
    return Group(subject, day, about, facts)


def complete(session: Session, person: Person, observation_id: UUID, form: Mapping[str, Any]) -> Observation:
    """Add the facts that were missing. What is recorded stays as it is: it may have been judged."""
    require(person, "fact.record")
    row = _standing(session, person, observation_id)
    missing = [fact.name for fact in entered(row.subject) if fact.name not in row.facts]
    given = {name: form[name] for name in missing if name in form}
    facts = _facts(row.subject, row.facts | given, row.day)
    added = {name: value for name, value in facts.items() if name in missing}
    if not added:
        raise Invalid(message=say("没有新增的事实"))
    row.facts = row.facts | added
    events.record(session, person, "complete", row, check_id=str(row.check_id), facts=added)
    return row


def withdraw(session: Session, person: Person, observation_id: UUID, reason: str, now: datetime) -> Observation:
    """Facts recorded by mistake count no more. Raises Conflict while a finding from them stands."""
    require(person, "fact.record")
    row = _standing(session, person, observation_id)
    reason = reason.strip()
    if not 2 <= len(reason) <= LONGEST_REASON:
        raise Invalid({"reason": say("请写明作废的原因，不超过 {n} 字", n=LONGEST_REASON)})
    standing = (
        select(func.count())
        .select_from(Judgement)
        .join(Finding, (Finding.county == Judgement.county) & (Finding.id == Judgement.finding_id))
        .where(
            Judgement.county == row.county,
            Judgement.observation_id == row.id,
            Finding.state != FindingState.REJECTED,
        )
    )
    if session.scalar(standing):
        raise Conflict(say("由这组事实提出的问题还在，请先把问题记为不成立"))
    row.withdrawn_at, row.withdrawn_by_id, row.withdrawn_reason = now, person.id, reason
    events.record(session, person, "withdraw", row, check_id=str(row.check_id), reason=reason)
    return row


def _standing(session: Session, person: Person, observation_id: UUID) -> Observation:
    row = get(session, person, Observation, observation_id)
    session.refresh(row, with_for_update=True)
    if row.withdrawn_at is not None:
        raise Conflict(say("这组事实已经作废"))
    return row


def _day(visited: date, form: Mapping[str, Any]) -> date:
    given = str(form.get("day") or "").strip()
    if not given:
        return visited
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise Invalid({"day": say("请填写日期，例如 2026-03-09")}) from None
    if day > visited:
        raise Invalid({"day": say("事实的日期不能晚于检查当天（{day}）", day=visited.isoformat())})
    if day < EARLIEST:
        raise Invalid({"day": say("日期太早，请核对")})
    return day


def _about(form: Mapping[str, Any]) -> str:
    about = str(form.get("about") or "").replace("\x00", "").strip()
    if len(about) > LONGEST_ABOUT:
        raise Invalid({"about": say("太长了，请缩短到 {limit} 个字以内", limit=LONGEST_ABOUT)})
    return about


def _facts(subject: Subject, form: Mapping[str, Any], day: date) -> dict[str, Any]:
    facts = read_facts(subject, form)
    approved = facts.get("approved_on")
    if approved is not None and approved > day.isoformat():
        raise Invalid({"approved_on": say("批准日期晚于事实的日期（{day}），请核对", day=day.isoformat())})
    return facts
