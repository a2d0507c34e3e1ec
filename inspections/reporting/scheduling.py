"""Keeping the schedule of a school year: begun from the district's document, edited, and followed by checks."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import events, listing
from ..access import get, require, visible
from ..errors import Conflict, Invalid, Message, say
from ..field.checks import CheckKind
from ..listing import Question
from ..listing.checks import CHECKS
from ..registry.counties import find_county
from ..registry.people import Person
from .figures.form import district
from .figures.periods import school_year
from .form_days import read_day
from .schedules import ScheduleItem

LONGEST = {"item": 200, "time": 500, "responsible": 300}
MOST_ITEMS = 60
OPENING = (CheckKind.TERM_OPENING,)
TERM = (CheckKind.ROUTINE, CheckKind.SPECIAL, CheckKind.UNANNOUNCED, CheckKind.RANDOM)


class Given(NamedTuple):
    """A line as S3, 附件2 has it; `{district}` is 区, 县 or 市 and `{year}` the year of the document."""

    item: str
    time: str
    responsible: str
    kinds: tuple[CheckKind, ...] = ()


DOCUMENT = (
    Given(
        "全{district}开学重点督查与学期常态督查",
        "1．开学重点督查在春、秋季开学前后1个月内；2．学期常态督查在春、秋季学期期间",
        "{district}教育行政部门、政府教育督导部门",
        (*OPENING, *TERM),
    ),
    Given("{district}政府履行教育职责评价", "{year}年度", "{district}政府教育督导委员会成员单位参与"),
    Given(
        "责任督学常态化督导",
        "春、秋季学期，寒暑假",
        "{district}政府教育督导部门组织，责任督学参加",
        (CheckKind.ROUTINE,),
    ),
    Given(
        "各级督学实地督导",
        "春、秋季学期，寒暑假",
        "{district}政府教育督导部门组织，各级督学参加",
        (CheckKind.SPECIAL, CheckKind.UNANNOUNCED, CheckKind.RANDOM, CheckKind.TIP, CheckKind.RECHECK),
    ),
)


class Progress(NamedTuple):
    """A line and the checks that carried it out so far; `asked` is the question to the list of checks."""

    item: ScheduleItem
    checks: int | None
    asked: dict[str, list[str]]


def list_items(session: Session, person: Person, year: int) -> list[ScheduleItem]:
    query = visible(person, ScheduleItem).where(ScheduleItem.year == year)
    return list(session.scalars(query.order_by(ScheduleItem.position, ScheduleItem.id)))


def progress(session: Session, person: Person, year: int) -> list[Progress]:
    """Each line with its checks: the number is that of the list which its link opens."""
    return [_progress(session, person, item) for item in list_items(session, person, year)]


def _progress(session: Session, person: Person, item: ScheduleItem) -> Progress:
    if not item.kinds:
        return Progress(item, None, {})
    asked = {"kind": list(item.kinds), "days": [f"{item.first_day}~{item.last_day}"]}
    question = Question.of(CHECKS, {**asked, "size": ["1"]})
    return Progress(item, listing.read(session, person, CHECKS, question, with_facets=False).total, asked)


def begin(session: Session, person: Person, year: int) -> list[ScheduleItem]:
    """The lines of the document for a school year that has none. Raises Conflict if it has."""
    require(person, "schedule.edit")
    _lock(session, person.county)
    if list_items(session, person, year):
        raise Conflict(say("这一学年已经有时间安排，请直接修改"))
    county = find_county(session, person.county)
    gaps = {"district": district(county.name if county else ""), "year": year + 1}
    whole = school_year(year)
    made = [
        ScheduleItem(
            county=person.county,
            year=year,
            position=position,
            item=line.item.format(**gaps),
            time=line.time.format(**gaps),
            responsible=line.responsible.format(**gaps),
            kinds=[each.value for each in line.kinds],
            first_day=whole.first,
            last_day=whole.last,
        )
        for position, line in enumerate(DOCUMENT, start=1)
    ]
    session.add_all(made)
    session.flush()
    for each in made:
        events.record(session, person, "add", each, item=each.item)
    return made


def save(
    session: Session,
    person: Person,
    year: int,
    form: Mapping[str, Any],
    now: datetime,
    item_id: UUID | None = None,
) -> ScheduleItem:
    """Add a line to a school year, or correct the one of that id. Raises Invalid, by field."""
    require(person, "schedule.edit")
    item = get(session, person, ScheduleItem, item_id) if item_id else None
    given, kinds, first, last = _read(form)
    if item is None:
        if not 2000 <= year < 2100:
            raise Invalid(message=say("没有这个学年"))
        _lock(session, person.county)
        before = list_items(session, person, year)
        if len(before) >= MOST_ITEMS:
            raise Invalid(message=say("一个学年最多 {n} 项", n=MOST_ITEMS))
        position = before[-1].position + 1 if before else 1
        item = ScheduleItem(county=person.county, year=year, position=position)
        session.add(item)
    item.item, item.time, item.responsible = given["item"], given["time"], given["responsible"]
    item.kinds, item.first_day, item.last_day = kinds, first, last
    item.edited_by_id, item.edited_at = person.id, now
    session.flush()
    events.record(session, person, "edit" if item_id else "add", item, **given, kinds=kinds)
    return item


def remove(session: Session, person: Person, item_id: UUID) -> int:
    """Take a line out; the event keeps what it said. Gives its school year."""
    require(person, "schedule.edit")
    item = get(session, person, ScheduleItem, item_id)
    events.record(session, person, "remove", item, item=item.item, time=item.time, responsible=item.responsible)
    session.delete(item)
    return item.year


def _read(form: Mapping[str, Any]) -> tuple[dict[str, str], list[str], date, date]:
    wrong: dict[str, Message] = {}
    given = {name: str(form.get(name, "")).strip() for name in LONGEST}
    for name, most in LONGEST.items():
        if not given[name] or len(given[name]) > most:
            wrong[name] = say("必填，最多 {n} 字", n=most)
    asked = form.getlist("kinds") if hasattr(form, "getlist") else form.get("kinds", [])
    kinds = [each.value for each in CheckKind if each.value in asked]
    first, last = (read_day(form, name, wrong) for name in ("first_day", "last_day"))
    if first and last and last < first:
        wrong["last_day"] = say("最后一天早于第一天，请核对")
    if wrong or first is None or last is None:
        raise Invalid(wrong)
    return given, kinds, first, last


def _lock(session: Session, county: str) -> None:
    """Two who begin at once would both find nothing."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("schedule " + county, 0))))
