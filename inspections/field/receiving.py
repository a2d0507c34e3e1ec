"""A check comes in: once, however often and in whatever order its record and its files are sent."""

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geo.columns import lonlat

from .. import events
from ..access import get, require
from ..casework.findings import Problem, propose
from ..db import new_id
from ..errors import Invalid, say
from ..evidence.blobs import Blob, BlobState
from ..evidence.photo_check import MAX_BYTES, Refusal
from ..evidence.receiving import PHOTO_STATES
from ..evidence.store import ContentMismatch
from ..jobs import enqueue
from ..registry.people import Person
from ..registry.sites import Site
from . import tasks
from .checklists import Checklist, find_checklist
from .checks import Answer, Check, CheckConflict, CheckState, Verdict
from .photos import Photo, PhotoState, lock_files
from .positions import Position, position_of, read_fix
from .receipts import Receipt, receipt_of
from .record import GivenFile, Parsed, Record, read_record
from .standing import certificate_at, standing_of

CLOCK_TOLERANCE = timedelta(minutes=5)


class Received(NamedTuple):
    receipt: Receipt
    is_new: bool


class Conflicting(NamedTuple):
    """Another record under the id of a check. It was kept beside the first, and that must be committed."""

    check_id: UUID


def receive_check(
    session: Session,
    person: Person,
    content: bytes,
    sha256: str,
    now: datetime,
    *,
    max_photo_bytes: int = MAX_BYTES,
) -> Received | Conflicting:
    """Take in the record of a check: `content` as it came, `sha256` as the phone announced it.

    The same bytes again give the same receipt; other bytes under the same id are kept and reported. Five at once
    wait for each other. A check moves nothing but its task: what it found is proposed, and the site's state is
    decided elsewhere. Raises `Malformed`, `ContentMismatch`, `Invalid` by JSON path, `NotFound` for a site that
    the person may not see, `Forbidden`.
    """
    require(person, "check.create")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ContentMismatch({"X-Record-Sha256": ContentMismatch.message})
    parsed = Parsed(content)
    _lock(session, person.county, parsed.id)
    existing = session.get(Check, (person.county, parsed.id))
    if existing is None:
        check = _take_in(session, person, parsed, content, now, max_photo_bytes)
        return Received(receipt_of(session, check), is_new=True)
    if existing.record_sha256 == sha256:
        return Received(receipt_of(session, existing), is_new=False)
    _keep_both(session, person, existing, content, sha256, now)
    return Conflicting(existing.id)


def _lock(session: Session, county: str, check_id: UUID) -> None:
    key = {"key": f"check {county} {check_id}"}
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)


def _keep_both(
    session: Session, person: Person, check: Check, content: bytes, sha256: str, now: datetime
) -> None:
    kept = session.execute(
        insert(CheckConflict)
        .values(
            county=check.county,
            id=new_id(),
            check_id=check.id,
            person_id=person.id,
            record=content,
            record_sha256=sha256,
            received_at=now,
        )
        .on_conflict_do_nothing()
        .returning(CheckConflict.id)
    )
    if kept.first():
        events.record(session, person, "conflict", check, kept=check.record_sha256, other=sha256)


def _take_in(
    session: Session, person: Person, parsed: Parsed, content: bytes, now: datetime, max_photo_bytes: int
) -> Check:
    record = read_record(parsed.tree)
    site = get(session, person, Site, record.site_id)
    second = _second_officer(session, person, record)
    checklist = _checklist(session, record)
    _refuse_used_ids(session, person.county, record)
    check = _check(session, person, second, site, record, content, now)
    check.flags += _flags(session, record, check, now) + ["cleaned_text"] * parsed.cleaned
    session.add(check)
    session.flush()
    session.add_all(_answers(check, record))
    _list_files(session, check, record, now, max_photo_bytes)
    if record.task_id and tasks.complete(session, check) is None and "unknown_task" not in check.flags:
        check.flags = [*check.flags, "task_not_open"]
    propose(session, check, _problems(record, checklist), _ended(record, now))
    events.record(
        session, person, "submit", check, record_sha256=check.record_sha256, standing=check.standing.value
    )
    session.flush()
    return check
