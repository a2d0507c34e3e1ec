"""Service: how and when an issued order reached its addressee. From then on its findings have their deadlines."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..errors import Conflict, Invalid, Message, say
from ..registry.people import Person
from ..rules.calendar import Calendar, read_calendar
from . import deadlines
from .approvals import granted_for
from .deadlines import Deadline
from .drafting import CONTROLS
from .findings import FindingState
from .issuing import STANDING
from .moving import replayed
from .orders import ItemRow, Order, OrderItem, OrderState, ServiceMethod, items_of
from .recusals import recused
from .services import Service

LONGEST = {"received_by": 50, "receipt_number": 60, "service_note": 500}
# What a way of service has to show besides its day
PROOF: dict[ServiceMethod, tuple[str, Message]] = {
    ServiceMethod.IN_PERSON: ("received_by", say("请填写签收人")),
    ServiceMethod.LEFT: ("service_note", say("请写明拒收的事由、见证人或拍照录像的情况")),
    ServiceMethod.POST: ("receipt_number", say("请填写邮件回执编号")),
    ServiceMethod.ELECTRONIC: ("service_note", say("请写明送达的号码或地址，以及对方同意电子送达")),
    ServiceMethod.PUBLIC: ("service_note", say("请写明公告的地方和起止日期")),
}


def list_servers(session: Session, person: Person) -> Sequence[Person]:
    """Active people of the county, by name."""
    query = select(Person).where(Person.county == person.county, Person.is_active, Person.site_id.is_(None))
    return session.scalars(query.order_by(Person.name, Person.id)).unique().all()


def serve(
    session: Session,
    person: Person,
    order_id: UUID,
    form: Mapping[str, Any],
    now: datetime,
    today: date,
    receipt: str | None = None,
) -> Order:
    """Record the service of an issued order; its findings are being mended from now on.

    `receipt` is the hash of a photo or scan of the receipt, which is in the store already. Raises Conflict for one
    that was served before, Invalid by field.
    """
    require(person, "order.serve")
    order = get(session, person, Order, order_id)
    session.refresh(order, with_for_update=True)
    _refuse_state(order)
    values = read_service(session, person, order, form, today)
    rows = items_of(session, order)
    calendar = read_calendar(session, person)
    refuse_late(rows, values["served_on"])
    for name, value in values.items():
        setattr(order, name, value)
    order.state, order.served_by_id, order.served_at = OrderState.SERVED, person.id, now
    key = {"county": order.county, "order_id": order.id, "recorded_by_id": person.id, "recorded_at": now}
    session.add(Service(**key, **values, receipt_sha256=receipt))
    for row in rows:
        _begin(session, person, order, row, deadline_of(calendar, row.item, values["served_on"]))
    session.flush()
    said = {"number": order.number_text, "method": values["method"].value, "on": values["served_on"].isoformat()}
    events.record(session, person, "serve", order, **said)
    return order


def refuse_late(rows: Sequence[ItemRow], served_on: date) -> None:
    late = [row.item.fixed_due_on for row in rows if row.item.fixed_due_on]
    if late and min(late) <= served_on:
        raise Invalid(
            {"served_on": say("有一项的期限 {day} 不晚于送达日，请撤回后重新开具", day=min(late).isoformat())}
        )


def deadline_of(calendar: Calendar, item: OrderItem, served_on: date) -> Deadline:
    """An item's deadline if the order is served on a day."""
    if item.working_days is not None:
        return deadlines.working_days_after(calendar, served_on, item.working_days)
    day = item.fixed_due_on
    assert day is not None
    return Deadline(day, None if day.year in calendar.years else day.year)


def recalculate(session: Session, person: Person, order_id: UUID) -> Order:
    """Count provisional deadlines again by the calendars published since. Raises Conflict where none was."""
    require(person, "order.serve")
    order = get(session, person, Order, order_id)
    session.refresh(order, with_for_update=True)
    calendar = read_calendar(session, person)
    provisional = [row for row in items_of(session, order) if row.item.is_provisional]
    if order.state is not OrderState.SERVED or not provisional or order.served_on is None:
        raise Conflict(say("没有待核的期限"))
    for item, finding in provisional:
        granted = granted_for(session, finding, order.id)
        was, found = item.due_on, replayed(calendar, deadline_of(calendar, item, order.served_on), granted)
        if found.unpublished is not None:
            raise Conflict(say("{year} 年的放假安排仍未公布或未录入，期限没有改动", year=found.unpublished))
        item.due_on, item.is_provisional = found.on, False
        session.refresh(finding, with_for_update=True)
        if finding.state is FindingState.RECTIFYING and finding.due_on == was:
            finding.due_on = found.on
        was_on = was.isoformat() if was else None
        events.record(
            session, person, "recalculate", finding, order=order.number_text, was=was_on, due_on=f"{found.on}"
        )
    return order


def _refuse_state(order: Order) -> None:
    if order.state is OrderState.SERVED:
        day = order.served_on.isoformat() if order.served_on else "—"
        raise Conflict(say("{number} 已于 {day} 送达，没有重复登记", number=order.number_text, day=day))
    if order.state is not OrderState.ISSUED:
        raise Conflict(say("这份文书是“{state}”，不能登记送达", state=order.state.label))


def _begin(session: Session, person: Person, order: Order, row: ItemRow, deadline: Deadline) -> None:
    item, finding = row
    session.refresh(finding, with_for_update=True)
    item.due_on, item.is_provisional, item.due_before = deadline.on, deadline.is_provisional, finding.due_on
    if finding.state not in STANDING:
        return  # struck off between issue and service: nothing is left to be mended
    finding.state, finding.due_on = FindingState.RECTIFYING, deadline.on
    events.record(session, person, "rectify", finding, order=order.number_text, due_on=deadline.on.isoformat())


def read_service(
    session: Session, person: Person, order: Order, form: Mapping[str, Any], today: date
) -> dict[str, Any]:
    """What a form says of a service. Raises Invalid by field, for a server who must stay out of the case too."""
    problems: dict[str, Message] = {}
    method = next((each for each in ServiceMethod if each == form.get("method")), None)
    if method is None:
        problems["method"] = say("请选择送达方式")
    texts = {name: CONTROLS.sub("", str(form.get(name, ""))).strip() for name in LONGEST}
    for name, longest in LONGEST.items():
        if len(texts[name]) > longest:
            problems[name] = say("最多 {n} 字，现在 {m} 字", n=longest, m=len(texts[name]))
    if method and not texts[PROOF[method][0]]:
        problems[PROOF[method][0]] = PROOF[method][1]
    on = _day(str(form.get("served_on", "")), order, today, problems)
    server = _server(session, person, str(form.get("server_id", "")))
    if server is None:
        problems["server_id"] = say("请选择送达人")
    elif server.id in recused(session, order.county, order.site_id, _findings_of(session, order)):
        problems["server_id"] = say("{name}应当回避，请换一名送达人", name=server.name)
    if problems or server is None:
        raise Invalid(problems)
    return {"method": method, "served_on": on, "server_id": server.id} | {
        name: text or None for name, text in texts.items()
    }


def _findings_of(session: Session, order: Order) -> list[UUID]:
    return [row.finding.id for row in items_of(session, order)]


def _day(text: str, order: Order, today: date, problems: dict[str, Message]) -> date | None:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        problems["served_on"] = say("请填写日期，例如 2026-03-09")
        return None
    issued = date.fromisoformat((order.content or {})["issued_on"])
    if not issued <= found <= today:
        problems["served_on"] = say("送达日在签发日 {day} 和今天之间", day=issued.isoformat())
    return found


def _server(session: Session, person: Person, text: str) -> Person | None:
    try:
        found = session.get(Person, (person.county, UUID(text)))
    except ValueError:
        return None
    return found if found and found.is_active else None
