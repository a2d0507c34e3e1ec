"""A check comes in: once, however often and in whatever order its record and its files are sent."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from .. import events
from ..access import require
from ..db import error_from, new_id
from ..errors import Conflict, InspectionError
from ..evidence.blobs import Blob
from ..evidence.photo_check import MAX_BYTES
from ..evidence.store import ContentMismatch
from ..registry.people import Person
from .checks import Check, CheckConflict
from .deciding import Accepted, decide
from .receipts import Receipt, receipt_of
from .record import Parsed, Record, read_record
from .surroundings import surroundings_of
from .writing import NOTHING, write


class Sent(NamedTuple):
    """The bytes of a record as they came, and their hash as the phone announced it."""

    content: bytes
    sha256: str


class Received(NamedTuple):
    receipt: Receipt
    is_new: bool


Outcome = Received | InspectionError


def receive_check(
    session: Session,
    person: Person,
    content: bytes,
    sha256: str,
    now: datetime,
    *,
    max_photo_bytes: int = MAX_BYTES,
    known: Mapping[str, Blob] = NOTHING,
) -> Received | Conflict:
    """Take in the record of a check: `content` as it came, `sha256` as the phone announced it.

    The same bytes again give the same receipt. Other bytes under the same id are kept beside the first; the
    `Conflict` is returned and not raised, because what was kept must be committed. Five at once wait for each
    other. A check moves nothing but its task: what it found is proposed, and the site's state is decided
    elsewhere. Raises `Malformed`, `ContentMismatch`, `Invalid` by JSON path, `Forbidden`, and `NotFound` for a
    site that the person may not see; nothing is written then. `known` are files written down in this transaction.
    """
    (outcome,) = receive_checks(
        session, person, [Sent(content, sha256)], now, max_photo_bytes=max_photo_bytes, known=known
    )
    if isinstance(outcome, Received | Conflict):
        return outcome
    raise outcome


def receive_checks(
    session: Session,
    person: Person,
    sent: Sequence[Sent],
    now: datetime,
    *,
    max_photo_bytes: int = MAX_BYTES,
    known: Mapping[str, Blob] = NOTHING,
) -> list[Outcome]:
    """Take in records as `receive_check` does, each on its own: what is wrong with one leaves the others alone.

    What deciding needs is fetched, and what was decided is written, for all at once.
    """
    require(person, "check.create")
    outcomes: dict[int, Outcome] = {}
    parsed: dict[int, Parsed] = {}
    for number in range(len(sent)):
        try:
            parsed[number] = _parsed(sent[number])
        except InspectionError as error:
            outcomes[number] = error
    here = _lock_and_find(session, person.county, {each.id for each in parsed.values()})
    fresh: dict[UUID, int] = {}
    later: list[int] = []
    for number, each in parsed.items():
        if existing := here.get(each.id):
            outcomes[number] = _again(session, person, existing, sent[number], now)
        elif fresh.setdefault(each.id, number) != number:
            later.append(number)  # its id came twice in one body: when the first is written it will be known
    taken = {number: parsed[number] for number in fresh.values()}
    outcomes |= _take_in(
        session, person, {n: (sent[n], each) for n, each in taken.items()}, now, max_photo_bytes, known
    )
    for number in later:
        (outcomes[number],) = receive_checks(session, person, [sent[number]], now, max_photo_bytes=max_photo_bytes)
    return [outcomes[number] for number in range(len(sent))]


def _parsed(sent: Sent) -> Parsed:
    if hashlib.sha256(sent.content).hexdigest() != sent.sha256:
        raise ContentMismatch({"X-Record-Sha256": ContentMismatch.message})
    parsed = Parsed(sent.content)
    assert parsed.id
    return parsed


def _lock_and_find(session: Session, county: str, ids: set[UUID]) -> dict[UUID, Check]:
    """The checks of these ids that are here; whoever else sends one of them now waits until we are done."""
    if not ids:
        return {}
    keys = [f"check {county} {each}" for each in sorted(ids)]
    session.execute(LOCK, {"keys": keys})
    return {
        each.id: each for each in session.scalars(select(Check).where(Check.county == county, Check.id.in_(ids)))
    }


LOCK = text(
    "select pg_advisory_xact_lock(key) from ("
    " select hashtextextended(name, 0) as key from unnest(cast(:keys as text[])) as name"
    " order by 1 offset 0) as keys"
)


def _again(session: Session, person: Person, existing: Check, sent: Sent, now: datetime) -> Outcome:
    if existing.record_sha256 == sent.sha256:
        return Received(receipt_of(session, existing), is_new=False)
    _keep_both(session, person, existing, sent, now)
    return Conflict()


def _keep_both(session: Session, person: Person, check: Check, sent: Sent, now: datetime) -> None:
    kept = session.execute(
        insert(CheckConflict)
        .values(
            county=check.county,
            id=new_id(),
            check_id=check.id,
            person_id=person.id,
            record=sent.content,
            record_sha256=sent.sha256,
            received_at=now,
        )
        .on_conflict_do_nothing()
        .returning(CheckConflict.id)
    )
    if kept.first():
        events.record(session, person, "conflict", check, kept=check.record_sha256, other=sent.sha256)


def _take_in(
    session: Session,
    person: Person,
    fresh: dict[int, tuple[Sent, Parsed]],
    now: datetime,
    max_photo_bytes: int,
    known: Mapping[str, Blob],
) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    records: dict[int, Record] = {}
    for number, (_, parsed) in fresh.items():
        try:
            records[number] = read_record(parsed.tree)
        except InspectionError as error:
            outcomes[number] = error
    if not records:
        return outcomes
    around = surroundings_of(session, person, list(records.values()))
    accepted: dict[int, Accepted] = {}
    for number, record in records.items():
        sent, parsed = fresh[number]
        try:
            accepted[number] = decide(around, person, record, sent.content, parsed.cleaned, now)
        except InspectionError as error:
            outcomes[number] = error
    return outcomes | _written(session, person, accepted, now, max_photo_bytes, known)


def _written(
    session: Session,
    person: Person,
    accepted: dict[int, Accepted],
    now: datetime,
    max_photo_bytes: int,
    known: Mapping[str, Blob],
) -> dict[int, Outcome]:
    """Write records all at once; where the database refuses that, one by one, so that each has its own outcome."""
    together = list(accepted.values())
    if len(together) < 2:
        receipts = write(session, person, together, now, max_photo_bytes, known)
        return {number: Received(receipts[each.id], is_new=True) for number, each in accepted.items()}
    try:
        with session.begin_nested():
            receipts = write(session, person, together, now, max_photo_bytes, known)
        return {number: Received(receipts[each.id], is_new=True) for number, each in accepted.items()}
    except (IntegrityError, DataError):
        return {
            number: _alone(session, person, each, now, max_photo_bytes, known) for number, each in accepted.items()
        }


def _alone(
    session: Session,
    person: Person,
    accepted: Accepted,
    now: datetime,
    max_photo_bytes: int,
    known: Mapping[str, Blob],
) -> Outcome:
    try:
        with session.begin_nested():
            receipts = write(session, person, [accepted], now, max_photo_bytes, known)
    except IntegrityError as error:
        return error_from(error)
    except DataError:
        return InspectionError()
    return Received(receipts[accepted.id], is_new=True)
