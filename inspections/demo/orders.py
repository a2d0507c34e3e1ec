"""Notices and supervision orders of the last weeks, made by the desk's own commands on the days of the story.

Some wait for a signature or for service, most were served and one was taken back. Supervision orders follow from
the ladder (`escalation`).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..casework.drafting import draft
from ..casework.findings import Finding, FindingState
from ..casework.issuing import issue, withdraw
from ..casework.order_file import new_sheet
from ..casework.orders import Order, OrderKind
from ..casework.serving import serve
from ..casework.signing import FIELDS
from ..days import day_of
from ..events import Event
from ..field.checks import Check, Standing
from ..registry.departments import Department, DepartmentKind
from ..registry.people import Person, PersonRole, Role
from . import names, rhythm
from .book import moment
from .chance import Chance

# What becomes of an order, the latest check first
ENDS = ("draft", "issued", "draft", "issued", "withdrawn", *["served"] * 8)
MEASURES = (
    "立即停止违规行为，向全体学生家长说明情况，整改情况书面报送我局。",
    "立即停止学科类培训，清退已收费用并保留退费凭证。",
    "在门口醒目处公示证照、教师、收费、培训内容和安全信息。",
    "组织教职工学习有关规定，建立每日自查记录，由负责人签字。",
)
DAYS = (5, 10, 15, 30)


def write_orders(session: Session, today: date, seed: str) -> None:
    """As the owner of the database, in the county's scope. Events get the time of their deed in the story."""
    chance = Chance(seed, "orders")
    dispatcher, director = (find_first(session, role) for role in (Role.DISPATCHER, Role.DIRECTOR))
    if dispatcher is None or director is None:
        return
    checks = [(_day_of(session, check), check) for check in _checks(session, today)]
    ready = sorted(((day, check) for day, check in checks if day < today), key=lambda each: each[0], reverse=True)
    for end, (day, check) in reversed(list(zip(ENDS, ready, strict=False))):
        _make(session, (dispatcher, director), check, end, day, chance)
    session.flush()
    date_events(session)


def find_first(session: Session, role: Role) -> Person | None:
    having = select(PersonRole.person_id).where(PersonRole.county == names.COUNTY_CODE, PersonRole.role == role)
    query = select(Person).where(Person.county == names.COUNTY_CODE, Person.is_active, Person.id.in_(having))
    return session.scalars(query.order_by(Person.id)).unique().first()


def _checks(session: Session, today: date) -> Sequence[Check]:
    """Inspections by two officers with problems that stand since some days, the newest first."""
    standing = select(Finding.check_id).where(
        Finding.county == names.COUNTY_CODE,
        Finding.state.in_([FindingState.CONFIRMED, FindingState.RECTIFYING]),
        Finding.confirmed_at < moment(today - timedelta(days=4), 0),
    )
    query = select(Check).where(
        Check.county == names.COUNTY_CODE,
        Check.id.in_(standing),
        Check.standing == Standing.INSPECTION,
        Check.second_person_id.is_not(None),
    )
    found = session.scalars(query.order_by(Check.device_finished_at.desc(), Check.id)).all()
    newest: dict[UUID, Check] = {}
    for check in found:
        newest.setdefault(check.site_id, check)
    return list(newest.values())[: 2 * len(ENDS)]


def _day_of(session: Session, check: Check) -> date:
    """The first day worked after the last of a check's problems was confirmed."""
    confirmed = session.scalars(
        select(Finding.confirmed_at).where(Finding.county == check.county, Finding.check_id == check.id)
    )
    since = max((each for each in confirmed if each), default=check.device_finished_at)
    return rhythm.next_workday(day_of(since) + timedelta(days=1))


def _make(
    session: Session, people: tuple[Person, Person], check: Check, end: str, day: date, chance: Chance
) -> Order:
    form = _form(session, people[0], check, OrderKind.RECTIFICATION, day, chance)
    order = draft(session, people[0], check.site_id, OrderKind.RECTIFICATION, form, day)
    order.created_at = moment(day, 9.7)
    if end != "draft":
        issue(session, people[1], order.id, moment(day, 10.5), day)
    if end == "served":
        serve_on(session, people[0], order, day, chance)
    if end == "withdrawn":
        withdraw(session, people[1], order.id, "单位名称与营业执照不一致，核对后重新开具", moment(day, 16.2))
    return order


def _form(
    session: Session,
    dispatcher: Person,
    check: Check,
    kind: OrderKind,
    day: date,
    chance: Chance,
    *,
    of_check: bool = True,
) -> dict[str, Any]:
    """The desk's own form, filled in."""
    sheet = new_sheet(session, dispatcher, check.site_id, kind, check.id if of_check else None, day)
    education = select(Department.name).where(
        Department.county == names.COUNTY_CODE, Department.kind == DepartmentKind.EDUCATION
    )
    department = session.scalars(education.limit(1)).one()
    form = {name: str(value or "") for name, value in sheet.given.items()}
    form["telephone"] = form["telephone"] or "000-0000000"
    free = (str(each.id) for each in sheet.officers if str(each.id) not in form.values())
    for name in FIELDS:
        form[name] = form[name] or next(free)
    for finding in sheet.findings:
        form |= {
            f"measures-{finding.id}": chance.choice(MEASURES),
            f"lead-{finding.id}": "分管副局长",
            f"department-{finding.id}": department,
            f"days-{finding.id}": str(chance.choice(DAYS)),
        }
    return form


def serve_on(session: Session, dispatcher: Person, order: Order, day: date, chance: Chance) -> None:
    ways = (
        {"method": "in_person", "received_by": "负责人"},
        {"method": "post", "receipt_number": f"EMS{chance.randint(10**8, 10**9 - 1)}"},
        {"method": "left", "service_note": "负责人拒绝签收，社区工作人员到场见证，已拍照"},
    )
    form = {"served_on": day.isoformat(), "server_id": str(order.officer_id)} | chance.choice(ways)
    serve(session, dispatcher, order.id, form, moment(day, 15.0), day)


def date_events(session: Session) -> None:
    """The commands write their events now; the story has them on the days of the deeds."""
    for order in session.scalars(select(Order).where(Order.county == names.COUNTY_CODE)):
        begun: datetime = order.issued_at or order.created_at
        order.created_at = begun - timedelta(minutes=50) if order.issued_at else begun
        times = {
            "draft": order.created_at,
            "issue": order.issued_at,
            "serve": order.served_at,
            "withdraw": order.withdrawn_at,
        }
        for verb, at in times.items():
            if at:
                session.execute(
                    update(Event)
                    .where(Event.county == order.county, Event.subject_id == order.id, Event.verb == verb)
                    .values(at=at)
                )
        if order.served_at:
            session.execute(
                update(Event)
                .where(
                    Event.county == order.county,
                    Event.verb == "rectify",
                    Event.detail["order"].astext == order.number_text,
                )
                .values(at=order.served_at)
            )
