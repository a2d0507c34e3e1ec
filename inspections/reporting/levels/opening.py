"""One problem behind a delivered number, and its photos: opened by a grant, and written down by the database."""

from datetime import date, datetime
from typing import Any, BinaryIO, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ...access import require
from ...casework.findings import FindingState
from ...errors import Forbidden, NotFound
from ...evidence.store import BlobMissing, BlobStore
from ...evidence.viewing import SIZES
from ...registry.people import Person
from ..figures.annex5 import CELLS
from .deliveries import Delivery
from .overview import NO_GRANT, live_grant

LISTED = "findings"
PROBLEM = text("select open_problem_by_grant(:grant, :county, :delivery, :cell, :finding)")
PHOTO = text("select open_photo_by_grant(:grant, :county, :delivery, :cell, :finding, :sha256)")


class OpenedPhoto(NamedTuple):
    sha256: str
    caption: str
    is_after: bool
    at: datetime


class OpenedProblem(NamedTuple):
    """What an office above learns of a problem: no name of a person, no complainant, no signature."""

    id: UUID
    text: str
    severity: int
    state: FindingState
    found_at: datetime
    confirmed_at: datetime | None
    due_on: date | None
    struck_off_at: datetime | None
    site: str
    township: str | None
    orders: list[tuple[str, datetime]]
    closed: list[tuple[datetime, datetime | None]]
    photos: list[OpenedPhoto]


def is_openable(key: str) -> bool:
    """Whether the records behind a cell are problems."""
    return CELLS[key].figure.listed == LISTED


def open_problem(
    session: Session, person: Person, delivery: Delivery, key: str, finding_id: UUID, now: datetime
) -> OpenedProblem:
    """Raises Forbidden without a live grant, NotFound for what that cell of the delivery doesn't count."""
    asked = _asked(session, person, delivery, key, finding_id, now)
    given: dict[str, Any] | None = session.scalar(PROBLEM, asked)
    if given is None:
        raise NotFound
    return _problem(given)


def open_photo(
    session: Session,
    store: BlobStore,
    person: Person,
    delivery: Delivery,
    key: str,
    finding_id: UUID,
    sha256: str,
    longest_px: int,
    now: datetime,
) -> BinaryIO:
    """A picture of the problem in one of `viewing.SIZES`. Raises like `open_problem`."""
    if longest_px not in SIZES:
        raise NotFound
    asked = _asked(session, person, delivery, key, finding_id, now)
    if not session.scalar(PHOTO, asked | {"sha256": sha256}):
        raise NotFound
    try:
        return store.open_derived(sha256, SIZES[longest_px])
    except BlobMissing:
        raise NotFound from None


def _asked(
    session: Session, person: Person, delivery: Delivery, key: str, finding_id: UUID, now: datetime
) -> dict[str, Any]:
    require(person, "level.open")
    if key not in CELLS or not is_openable(key):
        raise NotFound
    grant = live_grant(session, person, delivery, LISTED, now)
    if grant is None:
        raise Forbidden(NO_GRANT)
    return {
        "grant": grant.id, "county": delivery.county, "delivery": delivery.id, "cell": key, "finding": finding_id,
    }  # fmt: skip


def _problem(given: dict[str, Any]) -> OpenedProblem:
    state = next(each for each in FindingState if each == given["state"])
    orders = [(each["number"], datetime.fromisoformat(each["on"])) for each in given["orders"]]
    closed = [(datetime.fromisoformat(each["at"]), _maybe(each["reopened_at"])) for each in given["closed"]]
    photos = [
        OpenedPhoto(each["sha256"], each["caption"], each["is_after"], datetime.fromisoformat(each["at"]))
        for each in given["photos"]
    ]
    return OpenedProblem(
        id=UUID(given["id"]),
        text=given["text"],
        severity=given["severity"],
        state=state,
        found_at=datetime.fromisoformat(given["found_at"]),
        confirmed_at=_maybe(given["confirmed_at"]),
        due_on=date.fromisoformat(given["due_on"]) if given["due_on"] else None,
        struck_off_at=_maybe(given["struck_off_at"]),
        site=given["site"],
        township=given["township"],
        orders=orders,
        closed=closed,
        photos=photos,
    )


def _maybe(given: str | None) -> datetime | None:
    return datetime.fromisoformat(given) if given else None
