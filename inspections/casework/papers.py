"""What an order says on paper, as plain data: shown as a preview before the issue and frozen with it."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ..registry.counties import find_county
from ..registry.people import Person
from .orders import ItemRow, Order
from .signing import officers_of

FORMAT = "mingcha-order/1"


def compose(
    session: Session, order: Order, rows: list[ItemRow], *, number_text: str, issued_on: date | None
) -> dict[str, Any]:
    """The words of the paper. Days are ISO texts; a time limit is `working_days` after service or `due_on`."""
    county = find_county(session, order.county)
    officers = officers_of(session, order.county, [order.officer_id, order.second_officer_id])
    return {
        "format": FORMAT,
        "kind": order.kind.value,
        "number": number_text,
        "county": county.name if county else "",
        "bureau": county.bureau if county else "",
        "addressee": order.addressee,
        "supervised_on": order.supervised_on.isoformat(),
        "items": [_item(row) for row in rows],
        "officers": [_officer(each, issued_on or order.supervised_on) for each in officers if each],
        "organisation": order.organisation,
        "contact": order.contact,
        "telephone": order.telephone,
        "issued_on": issued_on.isoformat() if issued_on else None,
    }


def _item(row: ItemRow) -> dict[str, Any]:
    item, finding = row
    return {
        "problem": finding.text,
        "item_code": finding.item_code,
        "measures": item.measures,
        "lead": item.lead,
        "department": item.department,
        "working_days": item.working_days,
        "due_on": item.fixed_due_on.isoformat() if item.fixed_due_on else None,
    }


def _officer(officer: Person, day: date) -> dict[str, str]:
    certificate = officer.certificate_on(day)
    return {"name": officer.name, "certificate": certificate.number if certificate else ""}
