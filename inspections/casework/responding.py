"""A school or institution answers an order: what it reads, and the report that it sends."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require, visible
from ..days import day_of
from ..errors import Conflict, Invalid, Message, say
from ..events import Actor
from ..registry.people import Person
from .attaching import open_form
from .drafting import CONTROLS
from .findings import Finding, FindingState
from .orders import Order, OrderItem, OrderState, items_of
from .proofs import Proof, proofs_of
from .responses import Claim, Report, Response, ResponseItem, ResponseState, reports_on

LONGEST = {"name": 50, "telephone": 40, "text": 2_000}
LONGEST_DONE = 2_000
UNDER_WAY = {FindingState.CONFIRMED, FindingState.RECTIFYING}


class Asked(NamedTuple):
    """One item of the paper in the words it was issued with. `is_open` while something is left to be done."""

    item: OrderItem
    words: Mapping[str, Any]
    finding: Finding

    @property
    def is_open(self) -> bool:
        return self.finding.state in UNDER_WAY

    @property
    def due_on(self) -> date | None:
        return self.finding.due_on if self.is_open else self.item.due_on


@dataclass(frozen=True)
class Letter:
    """All that who answers an order may read, and no more. `closed` says why it can't be answered now."""

    order: Order
    content: Mapping[str, Any]
    asked: list[Asked]
    reports: list[Report]
    closed: Message | None
    form_id: UUID
    kept: dict[str, list[Proof]]


def read_letter(session: Session, order: Order, now: datetime) -> Letter:
    """The letter of an order that the caller may see. The order was issued."""
    assert order.content is not None
    words = order.content["items"]
    asked = [Asked(row.item, words[n], row.finding) for n, row in enumerate(items_of(session, order))]
    reports = reports_on(session, order)
    form_id = open_form(session, order, now)
    kept = proofs_of(session, order.county, [form_id]).get(form_id, {})
    return Letter(order, order.content, asked, reports, _why_closed(order, asked, reports), form_id, kept)


def own_order(session: Session, person: Person, order_id: UUID) -> Order:
    """An order to the site that a head answers for, once it was issued. Raises NotFound, Forbidden."""
    require(person, "response.send")
    order = get(session, person, Order, order_id)
    if order.state is OrderState.DRAFT:
        return get(session, person, Order, UUID(int=0))  # as if there were none
    return order


class OwnOrder(NamedTuple):
    order: Order
    due_on: date | None
    newest: Response | None


def own_orders(session: Session, person: Person) -> list[OwnOrder]:
    """What a head's site was sent, the newest first: with the next deadline and the last answer."""
    require(person, "response.send")
    sent = visible(person, Order).where(Order.state.in_([OrderState.SERVED, OrderState.WITHDRAWN]))
    orders = session.scalars(sent.order_by(Order.served_on.desc().nulls_last(), Order.id.desc())).all()
    return [_own(session, order) for order in orders]


def _own(session: Session, order: Order) -> OwnOrder:
    open_days = [row.finding.due_on for row in items_of(session, order) if row.finding.state in UNDER_WAY]
    reports = reports_on(session, order)
    due = min((day for day in open_days if day), default=None)
    return OwnOrder(order, due if order.state is OrderState.SERVED else None,
                    reports[0].response if reports else None)  # fmt: skip


def submit(
    session: Session, sender: Actor, order: Order, form: Mapping[str, Any], now: datetime
) -> tuple[Response, bool]:
    """Send a report, and whether it is a new one: the same form twice is one. The order is locked.

    Raises Invalid by the form's fields, those of an item with its id; Conflict where it can't be answered now, and
    for a form that was sent with other words.
    """
    session.refresh(order, with_for_update=True)
    form_id = _id(form.get("form_id"))
    sent = session.get(Response, (order.county, form_id))
    letter = read_letter(session, order, now)
    open_items = [each for each in letter.asked if each.is_open]
    if sent is None and letter.closed:
        raise Conflict(letter.closed)
    said = _read(form, letter.asked if sent else open_items, lenient=bool(sent))
    kept = proofs_of(session, order.county, [form_id]).get(form_id, {})
    digest = _digest(said, kept)
    if sent is not None:
        return _again(sent, order, digest), False
    response = Response(
        county=order.county, id=form_id, order_id=order.id, state=ResponseState.SUBMITTED, submitted_at=now,
        content_sha256=digest, person_id=sender.person_id,
        invitation_id=None if sender.person_id else sender.id, **said.head,
    )  # fmt: skip
    session.add(response)
    session.flush()
    session.add_all(
        ResponseItem(county=order.county, response_id=form_id, order_item_id=key, claim=claim, done=done)
        for key, (claim, done) in said.items.items()
    )
    session.execute(
        update(Proof)
        .where(Proof.county == order.county, Proof.form_id == form_id, Proof.order_id == order.id)
        .values(submitted_at=now)
    )
    session.flush()
    events.record(session, sender, "answer", order, response=str(form_id), name=response.name)
    return response, True


def _again(sent: Response, order: Order, digest: str) -> Response:
    if sent.order_id != order.id:
        raise Invalid(message=say("表单的编号不对，请刷新页面后重新填写"))
    if sent.content_sha256 != digest:
        raise Conflict(
            say("这份报告 {day} 已经收到，后来改动的内容没有登记；要补充请等审核后再交一份",
                day=day_of(sent.submitted_at).isoformat())
        )  # fmt: skip
    return sent


def _why_closed(order: Order, asked: Sequence[Asked], reports: Sequence[Report]) -> Message | None:
    if order.state is OrderState.WITHDRAWN:
        return say("这份文书已撤回，不用再回复")
    if order.state is not OrderState.SERVED:
        return say("这份文书还没有登记送达，登记以后就可以在这里回复。急事请联系{contact}，电话 {telephone}",
                   contact=order.contact, telephone=order.telephone)  # fmt: skip
    if not any(each.is_open for each in asked):
        return say("文书上的问题都已销号，不用再回复")
    waiting = next((each.response for each in reports if each.response.state is ResponseState.SUBMITTED), None)
    if waiting:
        day = day_of(waiting.submitted_at).isoformat()
        return say("{day} 提交的报告正在审核，审核后如果要补充，可以再交一份", day=day)
    return None


class Said(NamedTuple):
    head: dict[str, str]
    items: dict[UUID, tuple[Claim, str]]


def _read(form: Mapping[str, Any], asked: Sequence[Asked], *, lenient: bool) -> Said:
    """What a form says. `lenient` reads one that was taken before, whose items may have been closed since."""
    problems: dict[str, Message] = {}
    head = {name: _words(form, name, longest, problems) for name, longest in LONGEST.items()}
    for name, missing in (("name", say("请填写填报人的姓名")), ("telephone", say("请填写联系电话"))):
        if not head[name]:
            problems.setdefault(name, missing)
    known = {str(each.item.id) for each in asked}
    given = {key.partition("-")[2] for key in form if key.startswith(("done-", "claim-"))}
    if given - known and not lenient:
        problems["items"] = say("有的条目不属于这份文书，或刚刚销号，请刷新页面后重新填写")
    items = {}
    for each in asked:
        key = str(each.item.id)
        if lenient and key not in given:
            continue
        items[each.item.id] = _item(form, key, problems)
    if problems:
        raise Invalid(problems)
    return Said(head, items)


def _item(form: Mapping[str, Any], key: str, problems: dict[str, Message]) -> tuple[Claim, str]:
    claim = next((each for each in Claim if each == form.get(f"claim-{key}")), None)
    if claim is None:
        problems[f"claim-{key}"] = say("请选择整改到了哪一步")
    done = _words(form, f"done-{key}", LONGEST_DONE, problems)
    if not done:
        problems[f"done-{key}"] = say("请写明采取了哪些措施；还没有做的，写明原因和打算何时完成")
    return claim or Claim.NOT_YET, done


def _words(form: Mapping[str, Any], name: str, longest: int, problems: dict[str, Message]) -> str:
    text = CONTROLS.sub("", str(form.get(name) or "").replace("\r\n", "\n")).strip()
    if len(text) > longest:
        problems[name] = say("最多 {n} 字，现在 {m} 字", n=longest, m=len(text))
    return text


def _id(given: Any) -> UUID:
    try:
        return UUID(str(given))
    except ValueError:
        raise Invalid(message=say("表单的编号不对，请刷新页面后重新填写")) from None


def _digest(said: Said, kept: Mapping[str, Sequence[Proof]]) -> str:
    """Of all that a form says, with the hashes of its files."""
    items = {str(key): [claim.value, done] for key, (claim, done) in said.items.items()}
    files = sorted([item, each.sha256] for item, proofs in kept.items() for each in proofs)
    whole = json.dumps([said.head, items, files], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()
