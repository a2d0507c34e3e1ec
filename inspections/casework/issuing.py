"""The leader signs: an order gets its number and its words are frozen. Or takes one back, with a reason."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..errors import Conflict, Invalid, say
from ..registry.people import Person
from ..reporting.documents.making import remember
from . import numbering
from .findings import FindingState
from .legal_reviewing import refuse_unreviewed
from .orders import ItemRow, Order, OrderState, items_of, served_item_of
from .papers import compose
from .recusing import refuse_recused
from .signing import comes_from_inspection, officers_of, refuse_signers
from .taking import note_order

LONGEST_REASON = 500
STANDING = {FindingState.CONFIRMED, FindingState.RECTIFYING}


def issue(session: Session, person: Person, order_id: UUID, now: datetime, today: date) -> Order:
    """Number and freeze a draft. Raises Conflict if it was issued before, Invalid for what has changed since.

    The row of numbers is locked from here to the end of the transaction, so it comes last.
    """
    require(person, "order.issue")
    order = get(session, person, Order, order_id)
    session.refresh(order, with_for_update=True)
    if order.state is not OrderState.DRAFT:
        raise Conflict(say("这份文书已经签发，文号 {number}，没有重复编号", number=order.number_text or "—"))
    rows = items_of(session, order)
    _refuse_stale(rows, today)
    officers = officers_of(session, order.county, [order.officer_id, order.second_officer_id])
    findings = [row.finding for row in rows]
    refuse_signers(session, officers, two=comes_from_inspection(session, findings), today=today, findings=findings)
    refuse_recused(session, person, findings)
    refuse_unreviewed(session, order, rows)
    taken = numbering.take(session, order.county, order.kind, today.year)
    order.content = compose(session, order, rows, number_text=taken.text, issued_on=today)
    order.year, order.number, order.number_text = today.year, taken.number, taken.text
    order.state, order.issued_by_id, order.issued_at = OrderState.ISSUED, person.id, now
    session.flush()
    remember(session, person, order.kind.value, order.id, now, taken.text)
    events.record(session, person, "issue", order, number=taken.text)
    note_order(session, person, order, rows, now, today)
    return order


def _refuse_stale(rows: list[ItemRow], today: date) -> None:
    for n, (item, finding) in enumerate(rows, start=1):
        if finding.state not in STANDING:
            raise Invalid(
                message=say("第 {n} 项问题现在是“{state}”，请退回修改草稿", n=n, state=finding.state.label)
            )
        if item.fixed_due_on and item.fixed_due_on <= today:
            raise Invalid(
                message=say("第 {n} 项的期限 {day} 已到，请退回修改草稿", n=n, day=item.fixed_due_on.isoformat())
            )


def withdraw(session: Session, person: Person, order_id: UUID, reason: str, now: datetime) -> Order:
    """Take back an issued or served order; its number stays used. Its findings wait for another order.

    A finding that another served order still names keeps to that one's deadline; one struck off stays so.
    """
    require(person, "order.issue")
    order = get(session, person, Order, order_id)
    session.refresh(order, with_for_update=True)
    if order.state not in {OrderState.ISSUED, OrderState.SERVED}:
        raise Conflict(say("这份文书是“{state}”，不能撤回", state=order.state.label))
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": say("请写明撤回的原因，最多 {n} 字", n=LONGEST_REASON)})
    was = order.state
    order.state, order.withdrawn_reason = OrderState.WITHDRAWN, reason
    order.withdrawn_by_id, order.withdrawn_at = person.id, now
    rows = items_of(session, order)
    for item, _ in rows:
        item.is_live = False
    session.flush()
    if was is OrderState.SERVED:
        for row in rows:
            _release(session, person, row, order)
    events.record(session, person, "withdraw", order, number=order.number_text, was=was.value, reason=reason)
    return order


def _release(session: Session, person: Person, row: ItemRow, order: Order) -> None:
    item, finding = row
    session.refresh(finding, with_for_update=True)
    if finding.state is not FindingState.RECTIFYING:
        return
    other = served_item_of(session, finding)
    if other is None:
        finding.state, finding.due_on = FindingState.CONFIRMED, item.due_before
    else:
        finding.due_on = other.due_on
    due_on = finding.due_on.isoformat() if finding.due_on else None
    events.record(session, person, "release", finding, order=order.number_text, due_on=due_on)
