"""The papers of a problem beside its case file, to be opened from the same page."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...access import visible
from ...casework.closures import Closure
from ...casework.orders import Order, OrderItem, OrderState
from ...casework.rechecks import Recheck
from ...days import day_of
from ...field.checks import Check
from ...registry.people import Person
from ..documents.kinds import KINDS, Kind


class Related(NamedTuple):
    """A document that a record of the problem has, or may have once it is made."""

    kind: Kind
    subject_id: UUID
    number: str
    on: date | None


def related(session: Session, person: Person, finding_id: UUID) -> list[Related]:
    """Orders with their receipts, opinions on re-checks, reports of closures, each in its order."""
    naming = select(OrderItem.order_id).where(
        OrderItem.county == person.county, OrderItem.finding_id == finding_id
    )
    orders = session.scalars(
        visible(person, Order).where(Order.id.in_(naming), Order.content.is_not(None)).order_by(Order.issued_at)
    ).all()
    found = []
    for order in orders:
        issued = day_of(order.issued_at) if order.issued_at else None
        found.append(Related(KINDS[order.kind.value], order.id, order.number_text or "", issued))
        if order.state is not OrderState.WITHDRAWN:
            found.append(Related(KINDS["service_receipt"], order.id, order.number_text or "", order.served_on))
    rechecks = (
        visible(person, Recheck)
        .join(Check, (Check.county == Recheck.county) & (Check.id == Recheck.check_id))
        .where(Recheck.finding_id == finding_id)
        .add_columns(Check.device_finished_at)
        .order_by(Check.device_finished_at)
    )
    for recheck, finished_at in session.execute(rechecks):
        found.append(Related(KINDS["recheck_opinion"], recheck.id, "", day_of(finished_at)))
    closures = visible(person, Closure).where(Closure.finding_id == finding_id).order_by(Closure.closed_at)
    for closure in session.scalars(closures):
        found.append(Related(KINDS["closure_report"], closure.id, "", day_of(closure.closed_at)))
    return found
