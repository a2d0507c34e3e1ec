"""Receipts of walks: which bytes the county holds. A phone deletes nothing without one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..evidence.keys import KeyRing, canonical
from ..field.receipts import as_written
from ..registry.people import Person
from .visits import CanvassVisit


@dataclass(frozen=True)
class VisitReceipt:
    """A walk has no files: what was received is received whole."""

    county: str
    visit: UUID
    record_sha256: str
    received_at: datetime
    state: str = "received"

    def signed_part(self) -> dict[str, Any]:
        """What a signature covers, as plain JSON."""
        return {
            "county": self.county,
            "visit": str(self.visit),
            "state": self.state,
            "record_sha256": self.record_sha256,
            "received_at": as_written(self.received_at),
        }

    def signature(self, keys: KeyRing) -> dict[str, str] | None:
        return keys.sign(canonical(self.signed_part()))


def verify_visit_receipt(keys: KeyRing, given: Any) -> bool:
    """Whether a receipt, as it was answered, was signed by this installation and not changed since."""
    names = ("county", "visit", "state", "record_sha256", "received_at")
    try:
        return keys.verifies(canonical({name: given[name] for name in names}), given["signature"])
    except (KeyError, TypeError, AttributeError):
        return False


def receipt_of_visit(visit: CanvassVisit) -> VisitReceipt:
    return VisitReceipt(visit.county, visit.id, visit.record_sha256, visit.received_at)


def visit_receipts(session: Session, county: str, ids: Iterable[UUID]) -> list[VisitReceipt]:
    of = (CanvassVisit.county == county, CanvassVisit.id.in_(list(ids)))
    return [
        receipt_of_visit(visit)
        for visit in session.scalars(select(CanvassVisit).where(*of).order_by(CanvassVisit.id))
    ]


def find_visit_receipt(session: Session, person: Person, visit_id: UUID) -> VisitReceipt:
    """The receipt of a walk that the person may see, else `NotFound`."""
    from ..access import get  # access knows the tables of this package

    return receipt_of_visit(get(session, person, CanvassVisit, visit_id))
