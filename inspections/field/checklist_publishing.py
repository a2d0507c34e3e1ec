"""From a draft to the list that new checks use, and back out of use. What was answered stays as it is."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import require
from ..errors import Forbidden, Invalid, NotFound, say
from ..events import Event, record
from ..registry.people import Person
from .checklist_content import Content
from .checklist_drafts import draft_of, mark_of, versions_of
from .checklists import Checklist, ListState, county_of

LONGEST_WAIT = timedelta(days=366)


def publish(
    session: Session, person: Person, code: str, valid_from: date | None, *, seen: str, today: date, now: datetime
) -> Checklist:
    """The draft becomes what new checks use from a day on; the version before it ends there.

    `seen` is the mark of the draft that the person read. Checks and drafts on phones keep their version.
    """
    require(person, "checklist.publish")
    draft = draft_of(session, person, code, lock=True)
    if seen != mark_of(draft):
        raise Invalid(message=say("您打开后，别人改过这份草稿；没有发布，请看过现在的内容再发布"))
    first_day = valid_from or today
    _refuse_day(first_day, today)
    if before := _open_ended(versions_of(session, person, code)):
        _refuse_same_or_waiting(before, draft, today)
        before.valid_to = first_day
        session.flush()  # only one version of a list may be without an end
    draft.state, draft.valid_from, draft.edited_at = ListState.PUBLISHED, first_day, now
    session.flush()
    record(session, person, "publish", draft, code=code, version=draft.version, valid_from=first_day.isoformat())
    return draft


def withdraw(session: Session, person: Person, code: str, version: int, *, today: date) -> Checklist:
    """New checks no longer use it. Of a version that is not in force yet, the one before it goes on."""
    require(person, "checklist.publish")
    if county_of(code) is None:
        raise Forbidden(say("全国通用的清单不能停用"))
    versions = versions_of(session, person, code, lock=True)
    found = next((each for each in versions if each.version == version), None)
    if found is None:
        raise NotFound
    if found is not _open_ended(versions) or found.valid_from is None:
        raise Invalid(message=say("只有最后发布、还在使用的版本才能停用"))
    is_waiting = found.valid_from > today
    found.state, found.valid_to = ListState.WITHDRAWN, max(today, found.valid_from)
    session.flush()
    for each in versions:
        if is_waiting and each.state is ListState.PUBLISHED and each.valid_to == found.valid_from:
            each.valid_to = None
    session.flush()
    record(session, person, "withdraw", found, code=code, version=version)
    return found


def history_of(session: Session, person: Person, checklist: Checklist) -> Sequence[tuple[Event, str | None]]:
    """What people of the county did to a list, the latest first, with their names."""
    query = (
        select(Event, Person.name)
        .outerjoin(Person, (Person.county == Event.county) & (Person.id == Event.person_id))
        .where(Event.county == person.county, Event.subject_id == checklist.id)
        .order_by(Event.at.desc())
        .limit(50)
    )
    return [(event, name) for event, name in session.execute(query)]


def _open_ended(versions: Sequence[Checklist]) -> Checklist | None:
    published = (each for each in versions if each.state is ListState.PUBLISHED and each.valid_to is None)
    return next(published, None)


def _refuse_day(first_day: date, today: date) -> None:
    if first_day < today:
        raise Invalid({"valid_from": say("生效日期不能早于今天（{today}）", today=today.isoformat())})
    if first_day > today + LONGEST_WAIT:
        raise Invalid({"valid_from": say("生效日期最远在一年以内")})


def _refuse_same_or_waiting(before: Checklist, draft: Checklist, today: date) -> None:
    if before.valid_from is not None and before.valid_from > today:
        raise Invalid(
            message=say(
                "第 {n} 版要到 {day} 才生效；请先停用它，再发布这一版",
                n=before.version,
                day=before.valid_from.isoformat(),
            )
        )
    if Content.of(before) == Content.of(draft):
        raise Invalid(message=say("和第 {n} 版没有差别，不用发布；不改的话请放弃草稿", n=before.version))
