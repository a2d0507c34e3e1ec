"""The office writes down when somebody is away, and takes it back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..days import CHINA
from ..db import new_id
from ..errors import Invalid, Message, say
from ..registry.people import Person
from ..registry.site_facts import plain_text
from .away import AwayTime

LONGEST_REASON = 60
LONGEST = timedelta(days=400)


def add_away(session: Session, person: Person, form: Mapping[str, Any]) -> AwayTime:
    """Keep somebody (`person_id`) away between two moments of China's clock (`from_at`, `until_at`, as
    `datetime-local` inputs send them). Raises Invalid by field.
    """
    require(person, "sweep.plan")
    wrong: dict[str, Message] = {}
    try:
        whose = get(session, person, Person, UUID(str(form.get("person_id"))))
    except ValueError:
        raise Invalid({"person_id": say("请选择人员")}) from None
    from_at, until_at = (moment_of(form, name, wrong) for name in ("from_at", "until_at"))
    try:
        reason = plain_text(str(form.get("reason", "")), LONGEST_REASON)
    except Invalid as error:
        wrong["reason"] = error.message
    if from_at and until_at and not from_at < until_at <= from_at + LONGEST:
        wrong["until_at"] = say("结束要晚于开始，最长 400 天")
    if wrong or from_at is None or until_at is None:
        raise Invalid(wrong)
    row = AwayTime(
        county=person.county, id=new_id(), person_id=whose.id, from_at=from_at, until_at=until_at, reason=reason,
        entered_by_id=person.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    events.record(session, person, "add", row, person_id=str(whose.id))
    return row


def remove_away(session: Session, person: Person, away_id: UUID) -> None:
    require(person, "sweep.plan")
    row = get(session, person, AwayTime, away_id)
    events.record(session, person, "remove", row, person_id=str(row.person_id))
    session.delete(row)
    session.flush()


def moment_of(form: Mapping[str, Any], name: str, wrong: dict[str, Message]) -> datetime | None:
    """A moment of China's clock, from a `datetime-local` input."""
    try:
        return datetime.fromisoformat(str(form.get(name, ""))).replace(tzinfo=CHINA)
    except ValueError:
        wrong[name] = say("请填写日期和时间")
        return None
