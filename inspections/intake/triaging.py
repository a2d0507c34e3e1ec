"""Triage 研判: who deals with a tip until when, or that nobody has to."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.times import china_day

from ..access import FIELD
from ..errors import Invalid, say
from ..field.checks import CheckKind
from ..field.tasks import Task, TaskState
from ..field.tasks import assign as assign_task
from ..registry.areas import Area, AreaLevel, township_at
from ..registry.departments import Department, DepartmentKind
from ..registry.people import Person, PersonRole, Role
from ..registry.site_file import place_of
from ..registry.sites import Site
from .deciding import OPEN, SETTLED, TRIAGE_DAYS, call_off_task, days_of, decide, due_after, held, words
from .merging import tell_merged
from .siting import site_for
from .tip_moves import TipMove, TipMoveKind
from .tips import Tip

WHY = {
    TipMoveKind.UNFOUNDED: say("请写明为什么不属实"),
    TipMoveKind.INVALID: say("请写明为什么无效"),
    TipMoveKind.TRANSFERRED: say("请写明转给哪个单位"),
}


class Destination(NamedTuple):
    """To whom a tip can go: a township, a department or a person who goes out."""

    kind: str
    id: UUID
    name: str
    more: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


def destinations(session: Session, county: str) -> dict[str, list[Destination]]:
    """Townships, departments and people of the county by kind, each in its usual order."""
    areas = select(Area.id, Area.name).where(Area.county == county, Area.level == AreaLevel.TOWNSHIP)
    offices = select(Department.id, Department.name).where(
        Department.county == county, Department.kind.not_in((DepartmentKind.TOWNSHIP, DepartmentKind.SCHOOL))
    )
    people = (
        select(Person.id, Person.name, Area.name, Department.name)
        .outerjoin(Area, (Area.county == Person.county) & (Area.id == Person.township_id))
        .outerjoin(Department, (Department.county == Person.county) & (Department.id == Person.department_id))
        .where(Person.county == county, Person.is_active, Person.id.in_(_with_roles(county, FIELD)))
        .order_by(Person.name, Person.id)
    )
    return {
        "township": [_to("township", row) for row in session.execute(areas.order_by(Area.code, Area.name))],
        "department": [_to("department", row) for row in session.execute(offices.order_by(Department.name))],
        "person": [_to("person", row) for row in session.execute(people)],
    }


def _to(kind: str, row: Any) -> Destination:
    key, name, *belongs = row
    return Destination(kind, key, name, next(filter(None, belongs), ""))


def assign(session: Session, person: Person, tip_id: UUID, form: Mapping[str, Any], now: datetime) -> TipMove:
    """Give a tip to a township, a department or a person, with a due time in working days.

    Whoever is sent to a site gets a task; for a person a suspected site is made from the tip if none is known.
    Raises Invalid, Conflict.
    """
    tip = held(session, person, tip_id, "tip.triage", *OPEN, seen=str(form.get("seen") or ""))
    to = _destination(session, tip.county, str(form.get("to") or ""))
    days, note = days_of(form), words(form, "note")
    call_off_task(session, person, tip)
    due_at = due_after(session, tip.county, now, days)
    if to.kind == "township":
        tip.township_id = to.id
    site = site_for(session, person, tip) if to.kind == "person" else _site_of(session, tip)
    bearer = _bearer(session, tip.county, to)
    task = _send(session, person, tip, site, bearer, due_at, now, note) if site and bearer else None
    tip.due_at = due_at
    return decide(
        session,
        tip,
        TipMoveKind.ASSIGNED,
        person,
        now,
        note=note,
        due_at=due_at,
        task_id=task and task.id,
        township_id=to.id if to.kind == "township" else None,
        department_id=to.id if to.kind == "department" else None,
        assignee_id=to.id if to.kind == "person" else None,
    )


def settle(
    session: Session, person: Person, tip_id: UUID, kind: TipMoveKind, form: Mapping[str, Any], now: datetime
) -> TipMove:
    """Decide at the desk that a tip is unfounded, that there is nothing in it, or that it is another body's."""
    tip = held(session, person, tip_id, "tip.triage", *OPEN, seen=str(form.get("seen") or ""))
    note, answer = words(form, "note", WHY[kind]), words(form, "answer")
    call_off_task(session, person, tip)
    made = decide(session, tip, kind, person, now, note=note, answer=answer)
    tell_merged(session, person, tip, answer, now)
    return made


def reopen(session: Session, person: Person, tip_id: UUID, form: Mapping[str, Any], now: datetime) -> TipMove:
    """What was settled is looked at anew; those joined into it are told."""
    tip = held(session, person, tip_id, "tip.triage", *SETTLED)
    note = words(form, "note", say("请写明为什么重新研判"))
    tip.triage_due_at = due_after(session, tip.county, now, TRIAGE_DAYS)
    made = decide(session, tip, TipMoveKind.REOPENED, person, now, note=note)
    tell_merged(session, person, tip, "", now, kind=TipMoveKind.REOPENED)
    return made


def remark(session: Session, person: Person, tip_id: UUID, form: Mapping[str, Any], now: datetime) -> TipMove:
    """A note for who works on it."""
    tip = held(session, person, tip_id, "tip.handle")
    return decide(session, tip, TipMoveKind.NOTE, person, now, note=words(form, "note", say("请写备注")))


def back_to_own_township(session: Session, tip: Tip) -> None:
    """The township in which it lies, after an assignment elsewhere was taken back."""
    place = place_of(session, tip)
    if place is not None:
        tip.township_id = township_at(session, tip.county, place)


def _destination(session: Session, county: str, text: str) -> Destination:
    kind, _, key = text.partition(":")
    for each in destinations(session, county).get(kind, []):
        if str(each.id) == key:
            return each
    raise Invalid({"to": say("请选择交给谁办")})


def _site_of(session: Session, tip: Tip) -> Site | None:
    return session.get(Site, (tip.county, tip.site_id)) if tip.site_id else None


def _bearer(session: Session, county: str, to: Destination) -> Person | None:
    """Who goes: the person named, else the head of the township or the department's with the fewest tasks."""
    if to.kind == "person":
        return session.get_one(Person, (county, to.id))
    role = Role.TOWNSHIP_ADMIN if to.kind == "township" else Role.ENFORCER
    place = Person.township_id if to.kind == "township" else Person.department_id
    busy = (
        select(func.count())
        .where(Task.county == county, Task.assignee_id == Person.id, Task.state == TaskState.OPEN)
        .scalar_subquery()
    )
    query = (
        select(Person)
        .where(Person.county == county, Person.is_active, place == to.id)
        .where(Person.id.in_(_with_roles(county, {role})))
        .order_by(busy, Person.name, Person.id)
        .limit(1)
    )
    return session.scalars(query).unique().one_or_none()


def _with_roles(county: str, roles: Any) -> Any:
    return select(PersonRole.person_id).where(PersonRole.county == county, PersonRole.role.in_(roles))


def _send(
    session: Session,
    person: Person,
    tip: Tip,
    site: Site,
    bearer: Person,
    due_at: datetime,
    now: datetime,
    note: str,
) -> Task:
    reason = str(say("核查线索 {code}", code=tip.code)) + (f"：{note}" if note else "")
    today: date = china_day(now)
    return assign_task(
        session, person, site, bearer, CheckKind.TIP, china_day(due_at), today=today, reason=reason[:500]
    )
