"""Writing a model case down, and taking one back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require, visible
from ..days import day_of
from ..errors import Conflict, Invalid, Message, say
from ..registry.people import Person
from ..registry.sites import Site
from .model_cases import ModelCase

LONGEST_TITLE, LONGEST_TEXT, LONGEST_REASON = 100, 20_000, 500


def record(session: Session, person: Person, form: Mapping[str, Any], now: datetime) -> ModelCase:
    """Write down a case. Raises Invalid, by field."""
    require(person, "case.record")
    problems: dict[str, Message] = {}
    title, words = (str(form.get(name, "")).strip() for name in ("title", "text"))
    if not title or len(title) > LONGEST_TITLE:
        problems["title"] = say("请写标题，最多 {n} 字", n=LONGEST_TITLE)
    if not words or len(words) > LONGEST_TEXT:
        problems["text"] = say("请写明做法和成效，最多 {n} 字", n=LONGEST_TEXT)
    found_on = _day(form, day_of(now), problems)
    site = _site(session, person, form, problems)
    if problems or site is None or found_on is None:
        raise Invalid(problems)
    case = ModelCase(
        county=person.county,
        site_id=site.id,
        title=title,
        text=words,
        found_on=found_on,
        recorded_by_id=person.id,
        recorded_at=now,
    )
    session.add(case)
    session.flush()
    events.record(session, person, "add", case, title=title)
    return case


def _day(form: Mapping[str, Any], today: date, problems: dict[str, Message]) -> date | None:
    try:
        day = date.fromisoformat(str(form.get("found_on", "")).strip())
    except ValueError:
        problems["found_on"] = say("请填写日期，例如 2026-03-09")
        return None
    if not date(2000, 1, 1) <= day <= today:
        problems["found_on"] = say("发现日期不能晚于今天")
    return day


def _site(session: Session, person: Person, form: Mapping[str, Any], problems: dict[str, Message]) -> Site | None:
    name = str(form.get("site", "")).strip()
    found = session.scalars(visible(person, Site).where(Site.name == name).limit(2)).all() if name else []
    if len(found) == 1:
        return found[0]
    problems["site"] = (
        say("有几个点位都叫这个名字，请先在点位里改名区分") if found else say("没有这个学校或机构，请写登记的全名")
    )
    return None


def withdraw(session: Session, person: Person, case_id: UUID, reason: str, now: datetime) -> ModelCase:
    """Take a case back; the row and the reason stay. Raises Conflict if it was taken back before."""
    require(person, "case.record")
    case = get(session, person, ModelCase, case_id)
    session.refresh(case, with_for_update=True)
    if case.withdrawn_at:
        raise Conflict(say("这个典型经验已经撤回"))
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": say("请写明撤回的原因，最多 {n} 字", n=LONGEST_REASON)})
    case.withdrawn_by_id, case.withdrawn_at, case.withdrawn_reason = person.id, now, reason
    events.record(session, person, "withdraw", case, reason=reason)
    return case
