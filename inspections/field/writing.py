"""Checks are written down: many at once in the same few statements as one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from .. import events
from ..casework.findings import propose
from ..evidence.blobs import Blob
from ..evidence.receiving import settle_photos
from ..registry.people import Person
from ..registry.site_edits import has_site_facts, observe
from . import tasks
from .checks import Check, CheckState
from .deciding import Accepted
from .photos import Photo, PhotoState, lock_files
from .receipts import Receipt, receipt_from
from .transcript import photo_of

NOTHING: Mapping[str, Blob] = {}
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
    session: Session,
    person: Person,
    accepted: Sequence[Accepted],
    now: datetime,
    max_photo_bytes: int,
    known: Mapping[str, Blob] = NOTHING,
) -> dict[UUID, Receipt]:
    """Insert the rows of records and everything that follows from them. Gives their receipts.

    `known` are files that this transaction has written down and so holds.
    """
    if not accepted:
        return {}
    photos = {each.id: _photos(person.county, each, max_photo_bytes) for each in accepted}
    every = [photo for each in photos.values() for photo in each]
    if every:
        settle_photos(session, _blobs(session, person.county, {photo.sha256 for photo in every}, known), every)
    for each in accepted:
        if all(photo.state is not PhotoState.EXPECTED for photo in photos[each.id]):
            each.row.update(state=CheckState.RECEIVED, completed_at=now)
    session.execute(insert(Check), [each.row for each in accepted])
    _insert_answers(session, accepted)
    session.add_all(every)
    _follow_up(session, person, accepted)
    session.flush()
    return {each.id: receipt_from(_outline(each), photos[each.id]) for each in accepted}


def _blobs(session: Session, county: str, hashes: set[str], known: Mapping[str, Blob]) -> list[Blob]:
    """What is here of these files, held so that none can arrive unseen."""
    found = [known[sha256] for sha256 in hashes & known.keys()]
    if others := hashes - known.keys():
        lock_files(session, county, others)
        found += session.scalars(select(Blob).where(Blob.county == county, Blob.sha256.in_(others)))
    return found


def _photos(county: str, accepted: Accepted, max_photo_bytes: int) -> list[Photo]:
    return [photo_of(county, accepted.id, file, max_photo_bytes) for file in accepted.files]


def _insert_answers(session: Session, accepted: Sequence[Accepted]) -> None:
    rows = [row for each in accepted for row in each.answers]
    if rows:
        names = ("check_id", "item_code", "verdict", "note")
        session.execute(ANSWERS, {"county": rows[0]["county"], **{n: [row[n] for row in rows] for n in names}})


# One statement for 25 answers or for 12,500
ANSWERS = text(
    """
    insert into answers (county, check_id, item_code, verdict, note)
    select :county, * from unnest(
        cast(:check_id as uuid[]), cast(:item_code as text[]), cast(:verdict as text[]), cast(:note as text[]))
    """
)


def _follow_up(session: Session, person: Person, accepted: Sequence[Accepted]) -> None:
    for each in accepted:
        if each.task:
            tasks.complete(each.task, _outline(each))
        if has_site_facts(each.row["facts"]):
            observe(session, person, each.row)
        if each.problems:
            propose(session, _outline(each), each.problems, each.ended_at)
    details = {
        each.id: {"record_sha256": each.row["record_sha256"], "standing": each.row["standing"].value}
        for each in accepted
    }
    events.record_all(session, person, "submit", Check.__tablename__, details)


def _outline(accepted: Accepted) -> Check:
    """What others ask of a check; it stays outside of the session."""
    return Check(**{name: accepted.row[name] for name in OUTLINE})
