"""A record of service is corrected by another one; the old stays. Deadlines are counted from the right day."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..errors import Conflict, Invalid, say
from ..registry.people import Person
from ..rules.calendar import Calendar, read_calendar
from .approvals import granted_for
from .drafting import CONTROLS
from .findings import FindingState
from .moving import replayed
from .orders import ItemRow, Order, OrderState, items_of, served_item_of
from .services import Service, services_of
from .serving import deadline_of, read_service, refuse_late

LONGEST_REASON = 500


def correct_service(
    session: Session,
    person: Person,
    order_id: UUID,
    form: Mapping[str, Any],
    now: datetime,
    today: date,
    receipt: str | None = None,
) -> Service:
    """Write down what service really was, with a `correction` that says why. What was granted since stays granted.

    Without a new receipt the old one stands. Raises Conflict for an order that isn't served, Invalid by field.
    """
    require(person, "order.serve")
    order = get(session, person, Order, order_id)
    session.refresh(order, with_for_update=True)
    if order.state is not OrderState.SERVED:
        raise Conflict(say("这份文书是“{state}”，没有可以更正的送达记录", state=order.state.label))
    reason = CONTROLS.sub("", str(form.get("correction", ""))).strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"correction": say("请写明更正的原因，最多 {n} 字", n=LONGEST_REASON)})
    values = read_service(session, person, order, form, today)
    rows = items_of(session, order)
    refuse_late(rows, values["served_on"])
    was = services_of(session, order)[0]
    service = Service(
        county=order.county, order_id=order.id, recorded_by_id=person.id, recorded_at=max(now, was.recorded_at),
        receipt_sha256=receipt or was.receipt_sha256, corrects_id=was.id, reason=reason, **values,
    )  # fmt: skip
    session.add(service)
    for name, value in values.items():
        setattr(order, name, value)
    calendar = read_calendar(session, person)
    for row in rows:
        _count_again(session, person, calendar, order, row)
    session.flush()
    day = values["served_on"].isoformat()
    events.record(session, person, "correct", order, was=was.served_on.isoformat(), on=day, reason=reason)
    return service


def _count_again(session: Session, person: Person, calendar: Calendar, order: Order, row: ItemRow) -> None:
    item, finding = row
    session.refresh(finding, with_for_update=True)
    was, served_on = item.due_on, order.served_on
    assert served_on is not None
    found = replayed(calendar, deadline_of(calendar, item, served_on), granted_for(session, finding, order.id))
    item.due_on, item.is_provisional = found.on, found.is_provisional
    sets = served_item_of(session, finding)
    if found.on == was or finding.state is not FindingState.RECTIFYING or sets is not item:
        return
    finding.due_on = found.on
    was_on = was.isoformat() if was else None
    events.record(
        session, person, "recalculate", finding, order=order.number_text, was=was_on, due_on=found.on.isoformat()
    )
