"""Receipts: which bytes of a check the county holds, by their hashes. A phone deletes nothing without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import Message, say
from ..evidence.keys import KeyRing, canonical
from ..evidence.receiving import advice
from ..registry.people import Person
from .checks import Check, CheckState, Outline
from .photos import Photo, PhotoState


class Named(NamedTuple):
    """A file and what its photographer should do about it."""

    sha256: str
    message: Message


@dataclass(frozen=True)
class Receipt:
    """Every file of the manifest is in `received`, `missing` or `refused`; `damaged` ones were received too.

    The state is "received" when none is missing. A refused file is answered, not awaited: its bytes will never be
    taken, and the officer is told by name what to photograph again.
    """

    county: str
    check: UUID
    state: CheckState
    record_sha256: str
    received: list[str]
    missing: list[str]
    refused: list[Named]
    damaged: list[Named]
    received_at: datetime
    completed_at: datetime | None

    def signed_part(self) -> dict[str, Any]:
        """What a signature covers, as plain JSON: advice is left out, since it is in the reader's language."""
        return {
            "county": self.county,
            "check": str(self.check),
            "state": self.state.value,
            "record_sha256": self.record_sha256,
            "received": sorted(self.received),
            "missing": sorted(self.missing),
            "refused": sorted(each.sha256 for each in self.refused),
            "damaged": sorted(each.sha256 for each in self.damaged),
            "completed_at": as_written(self.completed_at),
        }

    def signature(self, keys: KeyRing) -> dict[str, str] | None:
        return keys.sign(canonical(self.signed_part()))


def as_written(moment: datetime | None) -> str | None:
    """A moment as it stands in answers: RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def verify_receipt(keys: KeyRing, given: Any) -> bool:
    """Whether a receipt, as it was answered, was signed by this installation and not changed since."""
    try:
        part = {name: given[name] for name in ("county", "check", "state", "record_sha256", "completed_at")}
        part |= {name: sorted(given[name]) for name in ("received", "missing")}
        part |= {name: sorted(each["sha256"] for each in given[name]) for name in ("refused", "damaged")}
        return keys.verifies(canonical(part), given["signature"])
    except (KeyError, TypeError, AttributeError):
        return False


def receipt_of(session: Session, check: Check) -> Receipt:
    """What the county holds of a check now."""
    listed = select(Photo).where(Photo.county == check.county, Photo.check_id == check.id)
    return receipt_from(check, session.scalars(listed).all())


def receipt_from(check: Check | Outline, photos: Sequence[Photo]) -> Receipt:
    """The same of a check whose photos are at hand."""
    files: dict[PhotoState, dict[str, Photo]] = {state: {} for state in PhotoState}
    for photo in sorted(photos, key=lambda photo: (photo.position, photo.id)):
        files[photo.state][photo.sha256] = photo
    return Receipt(
        check.county,
        check.id,
        check.state,
        check.record_sha256,
        [*files[PhotoState.RECEIVED], *files[PhotoState.DAMAGED]],
        [*files[PhotoState.EXPECTED]],
        [Named(photo.sha256, _advice(photo)) for photo in files[PhotoState.REFUSED].values()],
        [Named(photo.sha256, _advice(photo)) for photo in files[PhotoState.DAMAGED].values()],
        check.received_at,
        check.completed_at,
    )


def find_receipt(session: Session, person: Person, check_id: UUID) -> Receipt:
    """The receipt of a check that the person may see, else `NotFound`."""
    from ..access import get  # access knows the tables of this package

    return receipt_of(session, get(session, person, Check, check_id))


def _advice(photo: Photo) -> Message:
    return advice(photo) or say("照片不能使用，请重拍")
