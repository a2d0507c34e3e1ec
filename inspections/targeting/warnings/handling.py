"""What people do with a warning: acknowledge it, take it up, pass it on, and say what came of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ... import events
from ...access import can, require, visible
from ...errors import Conflict, Invalid, NotFound, say
from ...registry.areas import Area, AreaLevel
from ...registry.departments import Department
from ...registry.people import Person
from .warnings import OPEN, EarlyWarning, WarningState

LONGEST = 500
OUTCOMES = (WarningState.CONFIRMED, WarningState.FALSE_ALARM)


def waiting_warnings(session: Session, person: Person) -> int:
    """How many are new and not over, for the badge of those who may act on them."""
    if not can(person, "warning.handle"):
        return 0
    new = visible(person, EarlyWarning).where(EarlyWarning.state == WarningState.NEW)
    rows = new.where(EarlyWarning.ended_at.is_(None)).with_only_columns(func.count())
    return session.scalar(rows) or 0


def held(session: Session, person: Person, warning_id: UUID) -> EarlyWarning:
    """The warning, locked until the transaction ends. Raises Forbidden, NotFound."""
    require(person, "warning.handle")
    query = visible(person, EarlyWarning).where(EarlyWarning.id == warning_id).with_for_update()
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def acknowledge(session: Session, person: Person, warning_id: UUID) -> EarlyWarning:
    """签收. Doing it twice is as good as once."""
    row = held(session, person, warning_id)
    if row.state is WarningState.NEW:
        row.state = WarningState.ACKNOWLEDGED
        events.record(session, person, "acknowledge", row)
    elif not row.is_open:
        raise Conflict(say("这条预警已经办结，不用再签收"))
    return row


def take_up(session: Session, person: Person, warning_id: UUID, form: Mapping[str, str]) -> EarlyWarning:
    """处置中, with what is going to be done."""
    row = _open(session, person, warning_id)
    note = _note(form, "note", say("请写明准备怎么处置"))
    row.state = WarningState.HANDLING
    events.record(session, person, "take_up", row, reason=note)
    return row


def pass_on(session: Session, person: Person, warning_id: UUID, form: Mapping[str, str]) -> EarlyWarning:
    """转交 to a township, a department or a person: one of them, with a reason."""
    row = _open(session, person, warning_id)
    reason = _note(form, "reason", say("请写明转交的原因"))
    to = form.get("to", "")
    kind, _, key = to.partition(":")
    target = _target(session, person, kind, key)
    row.township_id = target.id if kind == "township" else None
    row.department_id = target.id if kind == "department" else None
    row.person_id = target.id if kind == "person" else None
    if kind == "department":
        row.township_id = target.township_id  # the office of a township acts for it
    row.state = WarningState.NEW  # who it goes to has not seen it yet
    events.record(session, person, "pass_on", row, reason=reason, to=target.name)
    session.flush()
    return row


def close(
    session: Session, person: Person, warning_id: UUID, form: Mapping[str, str], now: datetime
) -> EarlyWarning:
    """属实 or 误报, with what was found. The condition may last; it then raises no second warning."""
    row = _open(session, person, warning_id)
    outcome = next((each for each in OUTCOMES if each == form.get("outcome")), None)
    note = form.get("note", "").strip()[:LONGEST]
    wrong = {}
    if outcome is None:
        wrong["outcome"] = say("请选择属实还是误报")
    if not note:
        wrong["note"] = say("请写明核查的情况")
    if outcome is None or wrong:
        raise Invalid(wrong)
    _end(session, person, row, outcome, note, now)
    return row


def merge(
    session: Session, person: Person, warning_id: UUID, form: Mapping[str, str], now: datetime
) -> EarlyWarning:
    """Into another that is still open, so that nothing can be merged in a circle."""
    row = _open(session, person, warning_id)
    note = _note(form, "note", say("请写明为什么合并"))
    into = _other(session, person, row, form.get("into", ""))
    row.merged_into_id = into.id
    _end(session, person, row, WarningState.MERGED, note, now)
    return row


def mergeable(session: Session, person: Person, row: EarlyWarning) -> list[EarlyWarning]:
    """The open warnings that this one can go into."""
    query = visible(person, EarlyWarning).where(EarlyWarning.state.in_(OPEN), EarlyWarning.id != row.id)
    return list(session.scalars(query.order_by(EarlyWarning.raised_at.desc(), EarlyWarning.id)))


def addressees(session: Session, person: Person) -> list[tuple[str, str]]:
    """Whom a warning may be passed on to, as the value and the words of a choice."""
    county = person.county
    areas = select(Area.id, Area.name).where(Area.county == county, Area.level == AreaLevel.TOWNSHIP)
    departments = select(Department.id, Department.name).where(
        Department.county == county, Department.township_id.is_(None)
    )
    found = [(f"township:{key}", name) for key, name in session.execute(areas.order_by(Area.code, Area.name))]
    found += [(f"department:{key}", name) for key, name in session.execute(departments.order_by(Department.name))]
    people = session.scalars(
        select(Person).where(Person.county == county, Person.is_active, Person.account_id.is_not(None))
    )
    able = sorted((each for each in people if can(each, "warning.handle")), key=lambda each: (each.name, each.id))
    return found + [(f"person:{each.id}", each.name) for each in able]


def _open(session: Session, person: Person, warning_id: UUID) -> EarlyWarning:
    row = held(session, person, warning_id)
    if not row.is_open:
        raise Conflict(say("这条预警已经办结，请刷新后核对"))
    return row


def _end(
    session: Session, person: Person, row: EarlyWarning, state: WarningState, note: str, now: datetime
) -> None:
    row.state, row.outcome_note, row.closed_at, row.closed_by_id = state, note, now, person.id
    session.flush()
    events.record(session, person, "close", row, outcome=state.value, reason=note)


def _other(session: Session, person: Person, row: EarlyWarning, given: str) -> EarlyWarning:
    """The one to merge into. Both rows are locked in the order of their ids by the checks that come before."""
    try:
        key = UUID(given)
    except ValueError as error:
        raise Invalid({"into": say("请选择要并入的预警")}) from error
    if key == row.id:
        raise Invalid({"into": say("不能并入它自己")})
    into = held(session, person, key)
    if not into.is_open:
        raise Invalid({"into": say("那条预警已经办结或已并入别的预警，请另选")})
    return into


def _target(session: Session, person: Person, kind: str, key: str) -> Any:
    tables: dict[str, Any] = {"township": Area, "department": Department, "person": Person}
    wrong = Invalid({"to": say("请选择转给谁")})
    if kind not in tables:
        raise wrong
    try:
        found = session.get(tables[kind], (person.county, UUID(key)))
    except ValueError as error:
        raise wrong from error
    if found is None or (kind == "township" and found.level is not AreaLevel.TOWNSHIP):
        raise wrong
    if kind == "person" and not (found.is_active and can(found, "warning.handle")):
        raise Invalid({"to": say("这个人不能处置预警，请另选")})
    return found


def _note(form: Mapping[str, str], name: str, missing: Any) -> str:
    text = form.get(name, "").strip()[:LONGEST]
    if not text:
        raise Invalid({name: missing})
    return text
