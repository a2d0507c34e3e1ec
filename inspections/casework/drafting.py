"""An order is drafted from confirmed findings of one site, changed and thrown away, before anybody signs it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require, visible
from ..errors import Conflict, Invalid, Message, say
from ..registry.people import Person
from ..registry.sites import Site
from ..rules.calendar import Calendar, read_calendar
from . import deadlines
from .findings import Finding, FindingState
from .orders import Order, OrderItem, OrderKind, OrderState, items_of
from .signing import FIELDS, comes_from_inspection, officers_of, refuse_signers

MOST_ITEMS = 50
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
# Fields of the head and of an item: the longest text, and what to say when it is missing
HEAD: dict[str, tuple[int, Message]] = {
    "addressee": (100, say("请填写文书发给谁")),
    "organisation": (100, say("请填写学校（单位）")),
    "contact": (50, say("请填写联系人")),
    "telephone": (40, say("请填写联系电话")),
}
ITEM: dict[str, tuple[int, Message]] = {
    "measures": (1_000, say("请写明整改要求和工作举措")),
    "lead": (50, say("请填写牵头领导")),
    "department": (100, say("请填写责任部门")),
}


@dataclass(frozen=True)
class Drafted:
    """What a form says, read and found right."""

    head: dict[str, Any]
    items: list[dict[str, Any]]


def candidates(session: Session, person: Person, site: Site, kind: OrderKind) -> Sequence[Finding]:
    """Findings of a site that an order of the kind can name: they stand, and none of its kind names them yet.

    What a supervision order presses for isn't asked for again by a notice; the other way round is usual.
    """
    barred = [OrderItem.county == Finding.county, OrderItem.finding_id == Finding.id, OrderItem.is_live]
    if kind is OrderKind.SUPERVISION:
        barred.append(OrderItem.kind == kind)
    query = visible(person, Finding).where(
        Finding.site_id == site.id,
        Finding.state.in_([FindingState.CONFIRMED, FindingState.RECTIFYING]),
        ~exists().where(*barred),
    )
    return session.scalars(query.order_by(Finding.found_at, Finding.item_code, Finding.id)).all()


def draft(
    session: Session, person: Person, site_id: UUID, kind: OrderKind, form: Mapping[str, Any], today: date
) -> Order:
    """A new draft from a form. Raises Invalid by the form's fields, those of an item with the finding's id."""
    require(person, "order.draft")
    site = get(session, person, Site, site_id)
    possible = {each.id: each for each in candidates(session, person, site, kind)}
    drafted = _read(session, person, possible, form, today)
    order = Order(county=person.county, site_id=site.id, kind=kind, state=OrderState.DRAFT,
                  drafted_by_id=person.id, **drafted.head)  # fmt: skip
    session.add(order)
    session.flush()
    _put_items(session, order, drafted)
    events.record(session, person, "draft", order, kind=kind.value, findings=_ids(drafted))
    return order


def edit(session: Session, person: Person, order_id: UUID, form: Mapping[str, Any], today: date) -> Order:
    """Change a draft. Raises Conflict once it is issued: then it is withdrawn and made anew."""
    order = _locked_draft(session, person, order_id)
    site = session.get_one(Site, (order.county, order.site_id))
    own = [row.finding for row in items_of(session, order)]
    possible = {each.id: each for each in [*own, *candidates(session, person, site, order.kind)]}
    drafted = _read(session, person, possible, form, today)
    for name, value in drafted.head.items():
        setattr(order, name, value)
    session.execute(
        delete(OrderItem).where(OrderItem.county == order.county, OrderItem.order_id == order.id),
        execution_options={"synchronize_session": "fetch"},
    )
    _put_items(session, order, drafted)
    events.record(session, person, "edit", order, findings=_ids(drafted))
    return order


def discard(session: Session, person: Person, order_id: UUID) -> UUID:
    """Throw a draft away, so that its findings are free again; the event stays. Returns the id of its site."""
    order = _locked_draft(session, person, order_id)
    findings = [str(row.finding.id) for row in items_of(session, order)]
    events.record(session, person, "discard", order, kind=order.kind.value, findings=findings)
    session.execute(delete(OrderItem).where(OrderItem.county == order.county, OrderItem.order_id == order.id))
    session.delete(order)
    session.flush()
    return order.site_id


def _locked_draft(session: Session, person: Person, order_id: UUID) -> Order:
    require(person, "order.draft")
    order = get(session, person, Order, order_id)
    session.refresh(order, with_for_update=True)
    refuse_issued(order)
    return order


def refuse_issued(order: Order) -> None:
    if order.state is not OrderState.DRAFT:
        raise Conflict(
            say("文书{state}，内容已经固定；要改请由领导撤回并写明原因，再重新开具", state=order.state.label)
        )


def _put_items(session: Session, order: Order, drafted: Drafted) -> None:
    session.add_all(
        OrderItem(county=order.county, order_id=order.id, kind=order.kind, position=position, **values)
        for position, values in enumerate(drafted.items)
    )
    session.flush()


def _ids(drafted: Drafted) -> list[str]:
    return [str(values["finding_id"]) for values in drafted.items]


def _read(
    session: Session, person: Person, possible: Mapping[UUID, Finding], form: Mapping[str, Any], today: date
) -> Drafted:
    problems: dict[str, Message] = {}
    head = {name: _words(form, name, *HEAD[name], problems) for name in HEAD}
    on = _day(form, "supervised_on", problems)
    if on and on > today:
        problems["supervised_on"] = say("不能晚于今天")
    chosen = [finding for finding in possible.values() if form.get(f"take-{finding.id}")]
    taken = {key.removeprefix("take-") for key in form if key.startswith("take-") and form[key]}
    if taken - {str(finding.id) for finding in chosen}:
        problems["items"] = say("有的问题已销号、不成立或已在另一份文书里，请刷新后核对")
    elif not 1 <= len(chosen) <= MOST_ITEMS:
        problems["items"] = say("请至少选一个问题，最多 {n} 个", n=MOST_ITEMS)
    elif len({finding.department for finding in chosen if finding.department}) > 1:
        problems["items"] = say("一份文书只写一个部门的问题，请按部门分开")
    calendar = read_calendar(session, person)
    items = [_item(form, finding, calendar, today, problems) for finding in chosen]
    officers = officers_of(session, person.county, [_id(form, name, problems) for name in FIELDS])
    try:
        refuse_signers(session, officers, two=comes_from_inspection(session, chosen), today=today, findings=chosen)
    except Invalid as error:
        problems = {**error.fields, **problems}
    if problems:
        raise Invalid(problems)
    signers = {name: officer.id if officer else None for name, officer in zip(FIELDS, officers, strict=True)}
    return Drafted(head | signers | {"supervised_on": on}, items)


def _item(
    form: Mapping[str, Any], finding: Finding, calendar: Calendar, today: date, problems: dict[str, Message]
) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: _words(form, f"{name}-{finding.id}", *ITEM[name], problems) for name in ITEM
    } | {"finding_id": finding.id, "working_days": None, "fixed_due_on": None}
    days, due = (str(form.get(f"{name}-{finding.id}", "")).strip() for name in ("days", "due_on"))
    try:
        if due:
            values["fixed_due_on"] = read_due(calendar, due, today)
        else:
            values["working_days"] = read_days(days)
    except Invalid as error:
        problems |= {f"{name}-{finding.id}": message for name, message in error.fields.items()}
    return values


def read_days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= deadlines.MOST_DAYS:
        raise Invalid({"days": say("请填写 1 至 {n} 个工作日，或另选一个日期", n=deadlines.MOST_DAYS)})
    return int(text)


def read_due(calendar: Calendar, text: str, today: date) -> date:
    problems: dict[str, Message] = {}
    due = _day({"due_on": text}, "due_on", problems)
    if due is None:
        raise Invalid(problems)
    if due <= today:
        raise Invalid({"due_on": say("整改期限要在今天以后")})
    return deadlines.fixed(calendar, due).on


def _words(
    form: Mapping[str, Any], name: str, longest: int, missing: Message, problems: dict[str, Message]
) -> str:
    text = CONTROLS.sub("", str(form.get(name, "")).replace("\r\n", "\n")).strip()
    if not text:
        problems[name] = missing
    elif len(text) > longest:
        problems[name] = say("最多 {n} 字，现在 {m} 字", n=longest, m=len(text))
    return text


def _day(form: Mapping[str, Any], name: str, problems: dict[str, Message]) -> date | None:
    try:
        found = date.fromisoformat(str(form.get(name, "")).strip())
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year < 2100:
        problems[name] = say("请填写日期，例如 2026-03-09")
        return None
    return found


def _id(form: Mapping[str, Any], name: str, problems: dict[str, Message]) -> UUID | None:
    text = str(form.get(name, "")).strip()
    try:
        return UUID(text) if text else None
    except ValueError:
        problems[name] = say("请从名单里选择")
        return None
