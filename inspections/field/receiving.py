"""A check comes in: once, however often and in whatever order its record and its files are sent."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from .. import events
from ..access import require
from ..db import error_from, new_id
from ..errors import Conflict, InspectionError
from ..evidence.photo_check import MAX_BYTES
from ..evidence.store import ContentMismatch
from ..registry.people import Person
from .checks import Check, CheckConflict
from .deciding import Accepted, decide
from .photos import hold
from .receipts import Receipt, receipt_of
from .record import Parsed, Record
from .surroundings import Facts, Surroundings, surroundings_of
from .writing import write


class Sent(NamedTuple):
    """The bytes of a record as they came, their hash as the phone announced it, and their JSON if it was read."""

    content: bytes
    sha256: str
    parsed: Parsed | None = None


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
) -> Received | Conflict:
    """Take in the record of a check: `content` as it came, `sha256` as the phone announced it.

    The same bytes again give the same receipt. Other bytes under the same id are kept beside the first; the
    `Conflict` is returned and not raised, because what was kept must be committed. Five at once wait for each
    other. A check moves nothing but its task: what it found is proposed, and the site's state is decided
    elsewhere. Raises `Malformed`, `ContentMismatch`, `Invalid` by JSON path, `Forbidden`, and `NotFound` for a
    site that the person may not see; nothing is written then.
    """
    (outcome,) = receive_checks(session, person, [Sent(content, sha256)], now, max_photo_bytes=max_photo_bytes)
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
    held: bool = False,
) -> list[Outcome]:
    """Take in records as `receive_check` does, each on its own: what is wrong with one leaves the others alone.

    What deciding needs is fetched, and what was decided is written, for all at once. `held` says that the caller
    holds the checks and their files already.
    """
    require(person, "check.create")
    outcomes: dict[int, Outcome] = {}
    parsed: dict[int, Parsed] = {}
    for number in range(len(sent)):
        try:
            parsed[number] = _parsed(sent[number])
        except InspectionError as error:
            outcomes[number] = error
    if not parsed:
        return [outcomes[number] for number in range(len(sent))]
    records, unread = _read(parsed)
    ids = {each.id for each in parsed.values()}
    if not held:
        files = {file.sha256 for record in records.values() for file in record.files}
        hold(session, person.county, files=files, checks=ids)
    around = surroundings_of(session, person, list(records.values()), ids)
    fresh: dict[UUID, int] = {}
    later: list[int] = []
    for number, each in parsed.items():
        if each.id in around.facts.existing:
            outcomes[number] = _again(session, person, each.id, sent[number], now)
        elif fresh.setdefault(each.id, number) != number:
            later.append(number)  # its id came twice in one body: when the first is written it will be known
    outcomes |= {number: unread[number] for number in fresh.values() if number in unread}
    accepted = _decided(around, person, {n: (sent[n], parsed[n]) for n in fresh.values() if n in records}, now)
    outcomes |= {number: each for number, each in accepted.items() if isinstance(each, InspectionError)}
    taken = {number: each for number, each in accepted.items() if not isinstance(each, InspectionError)}
    outcomes |= _written(session, person, taken, now, max_photo_bytes, around.facts)
    for number in later:
        (outcomes[number],) = receive_checks(session, person, [sent[number]], now, max_photo_bytes=max_photo_bytes)
    return [outcomes[number] for number in range(len(sent))]


def _parsed(sent: Sent) -> Parsed:
    if hashlib.sha256(sent.content).hexdigest() != sent.sha256:
        raise ContentMismatch({"X-Record-Sha256": ContentMismatch.message})
    parsed = sent.parsed or Parsed(sent.content)
    assert parsed.id
    return parsed


def _read(parsed: dict[int, Parsed]) -> tuple[dict[int, Record], dict[int, InspectionError]]:
    """The records, and what is wrong with those that can't be read: it matters only if their ids are new."""
    records: dict[int, Record] = {}
    unread: dict[int, InspectionError] = {}
    for number, each in parsed.items():
        try:
            records[number] = each.record
        except InspectionError as error:
            unread[number] = error
    return records, unread


def _again(session: Session, person: Person, check_id: UUID, sent: Sent, now: datetime) -> Outcome:
    existing = session.get_one(Check, (person.county, check_id))
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


def _decided(
    around: Surroundings, person: Person, fresh: dict[int, tuple[Sent, Parsed]], now: datetime
) -> dict[int, Accepted | InspectionError]:
    decided: dict[int, Accepted | InspectionError] = {}
    for number, (sent, parsed) in fresh.items():
        try:
            decided[number] = decide(around, person, parsed.record, sent.content, parsed.cleaned, now)
        except InspectionError as error:
            decided[number] = error
    return decided


def _written(
    session: Session,
    person: Person,
    accepted: dict[int, Accepted],
    now: datetime,
    max_photo_bytes: int,
    facts: Facts,
) -> dict[int, Outcome]:
    """Write records all at once; where the database refuses that, one by one, so that each has its own outcome."""
    together = list(accepted.values())
    if len(together) < 2:
        receipts = write(session, person, together, now, max_photo_bytes, facts)
        return {number: Received(receipts[each.id], is_new=True) for number, each in accepted.items()}
    try:
        with session.begin_nested():
            receipts = write(session, person, together, now, max_photo_bytes, facts)
        return {number: Received(receipts[each.id], is_new=True) for number, each in accepted.items()}
    except (IntegrityError, DataError):
        return {
            number: _alone(session, person, each, now, max_photo_bytes, facts) for number, each in accepted.items()
        }


def _alone(
    session: Session,
    person: Person,
    accepted: Accepted,
    now: datetime,
    max_photo_bytes: int,
    facts: Facts,
) -> Outcome:
    try:
        with session.begin_nested():
            receipts = write(session, person, [accepted], now, max_photo_bytes, facts)
    except IntegrityError as error:
        return error_from(error)
    except DataError:
        return InspectionError()
    return Received(receipts[accepted.id], is_new=True)
