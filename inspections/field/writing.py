"""Checks are written down: many at once in the same few statements as one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from .. import events
from ..casework.findings import propose
from ..evidence.blobs import Blob
from ..evidence.receiving import settle_photos
from ..registry.people import Person
from ..registry.site_edits import observe
from ..registry.sites import Site
from . import tasks
from .checks import Answer, Check, CheckState
from .deciding import Accepted
from .photos import Photo, PhotoState, lock_files
from .receipts import Receipt, receipt_of
from .transcript import photo_of

# What a receipt, a finding and a task ask of a check
OUTLINE = (
    "county",
    "id",
    "site_id",
    "person_id",
    "second_person_id",
    "state",
    "record_sha256",
    "received_at",
    "completed_at",
)


def write(
    session: Session, person: Person, accepted: Sequence[Accepted], now: datetime, max_photo_bytes: int
) -> dict[UUID, Receipt]:
    """Insert the rows of records and everything that follows from them. Gives their receipts."""
    if not accepted:
        return {}
    photos = {each.id: _photos(person.county, each, max_photo_bytes) for each in accepted}
    hashes = {photo.sha256 for each in photos.values() for photo in each}
    known = {}
    if hashes:
        lock_files(session, person.county, hashes)
        blobs = session.scalars(select(Blob).where(Blob.county == person.county, Blob.sha256.in_(hashes))).all()
        known = {blob.sha256: blob for blob in blobs}
    for each in accepted:
        if all(photo.sha256 in known or photo.state is not PhotoState.EXPECTED for photo in photos[each.id]):
            each.row.update(state=CheckState.RECEIVED, completed_at=now)
    session.execute(insert(Check), [each.row for each in accepted])
    if answers := [row for each in accepted for row in each.answers]:
        session.execute(insert(Answer), answers)
    if hashes:
        session.add_all(photo for each in photos.values() for photo in each)
        settle_photos(session, list(known.values()))
    return _follow_up(session, person, accepted)


def _photos(county: str, accepted: Accepted, max_photo_bytes: int) -> list[Photo]:
    return [photo_of(county, accepted.id, file, max_photo_bytes) for file in accepted.files]


def _follow_up(session: Session, person: Person, accepted: Sequence[Accepted]) -> dict[UUID, Receipt]:
    receipts = {}
    for each in accepted:
        check = Check(**{name: each.row[name] for name in OUTLINE})  # stays outside of the session
        tasks.complete(each.task, check)
        if each.row["facts"]:
            stored = session.get_one(Check, (person.county, each.id))
            observe(session, person, session.get_one(Site, (person.county, stored.site_id)), stored)
        if each.problems:
            propose(session, check, each.problems, each.ended_at)
        receipts[each.id] = receipt_of(session, check, has_files=bool(each.files))
    details = {
        each.id: {"record_sha256": each.row["record_sha256"], "standing": each.row["standing"].value}
        for each in accepted
    }
    events.record_all(session, person, "submit", Check.__tablename__, details)
    session.flush()
    return receipts
