"""A check comes in: once, however often and in whatever order its record and its files are sent."""

import hashlib
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..casework.findings import propose
from ..db import new_id
from ..errors import Conflict, Invalid, say
from ..evidence.blobs import Blob
from ..evidence.photo_check import MAX_BYTES
from ..evidence.receiving import settle_photos
from ..evidence.store import ContentMismatch
from ..registry.people import Person
from ..registry.site_edits import observe
from ..registry.sites import Site
from . import tasks
from .checklists import Checklist, find_checklist
from .checks import Check, CheckConflict, CheckState
from .photos import Photo, PhotoState, lock_files
from .positions import Position, position_of
from .receipts import Receipt, receipt_of
from .record import Parsed, Record, read_record
from .standing import standing_of
from .transcript import answers_of, check_of, clock_flags, ended_at, photo_of, problems_of


class Received(NamedTuple):
    receipt: Receipt
    is_new: bool


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
    site that the person may not see.
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
    return Conflict()


def _lock(session: Session, county: str, check_id: UUID) -> None:
    key = {"key": f"check {county} {check_id}"}
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)


def _keep_both(session: Session, person: Person, check: Check, content: bytes, sha256: str, now: datetime) -> None:
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
    position = position_of(session, person.county, person.id, record, site)
    standing = standing_of(session, record, site, person, second, ended_at(record, now))
    check = check_of(record, content, person, second, standing, position, now)
    check.flags = _flags(session, record, position, now) + ["cleaned_text"] * parsed.cleaned
    session.add(check)
    session.flush()
    session.add_all(answers_of(check, record))
    _list_files(session, check, record, now, max_photo_bytes)
    observe(session, person, site, check)
    tasks.complete(session, check)
    propose(session, check, problems_of(record, checklist), ended_at(record, now))
    events.record(session, person, "submit", check, record_sha256=check.record_sha256, standing=standing.value)
    session.flush()
    return check


def _second_officer(session: Session, person: Person, record: Record) -> Person | None:
    if record.second_person_id is None:
        return None
    if record.second_person_id == person.id:
        raise Invalid({"second_person_id": say("两名检查人员不能是同一人，请另选一人")})
    second = session.get(Person, (person.county, record.second_person_id))
    if second is None:
        raise Invalid({"second_person_id": say("本县没有这名检查人员，请重新选择")})
    return second


def _checklist(session: Session, record: Record) -> Checklist | None:
    """The list that the answers and files refer to; each item must be one of its own."""
    key = record.checklist
    checklist = find_checklist(session, key.code, key.version) if key else None
    if key and checklist is None:
        raise Invalid({"checklist": say("系统里没有这份检查清单，请刷新页面后重新提交")})
    known = {item.code for item in checklist.items} if checklist else set()
    given = [(f"answers.{number}.item", answer.item) for number, answer in enumerate(record.answers)]
    given += [(f"files.{number}.item", file.item) for number, file in enumerate(record.files) if file.item]
    if strange := [path for path, item in given if item not in known]:
        raise Invalid({path: say("检查清单里没有这一项，请刷新页面后重新提交") for path in strange})
    return checklist


def _refuse_used_ids(session: Session, county: str, record: Record) -> None:
    ids = {file.id: number for number, file in enumerate(record.files)}
    used = session.scalars(select(Photo.id).where(Photo.county == county, Photo.id.in_(ids))).all()
    if used:
        message = say("这个编号已被另一次检查的照片使用，请重新添加照片")
        raise Invalid({f"files.{ids[photo_id]}.id": message for photo_id in used})


def _flags(session: Session, record: Record, position: Position, now: datetime) -> list[str]:
    found = position.flags + clock_flags(record, now)
    of_device = (Check.device_id == record.device.id, Check.device_sequence == record.device.sequence)
    if session.scalar(select(exists().where(*of_device))):
        found.append("sequence_reused")
    return found


def _list_files(session: Session, check: Check, record: Record, now: datetime, max_photo_bytes: int) -> None:
    """Write down the manifest, with what is known of each file already: its bytes may have come first."""
    hashes = {file.sha256 for file in record.files}
    lock_files(session, check.county, hashes)
    photos = [photo_of(check, file, max_photo_bytes) for file in record.files]
    session.add_all(photos)
    for blob in session.scalars(select(Blob).where(Blob.county == check.county, Blob.sha256.in_(hashes))).all():
        settle_photos(session, blob)
    if all(photo.state is not PhotoState.EXPECTED for photo in photos):
        check.state, check.completed_at = CheckState.RECEIVED, now
