"""Checks are written down: many at once in the same few statements as one."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from .. import events
from ..casework.findings import propose
from ..evidence.blobs import Blob
from ..evidence.receiving import settle, settle_photos
from ..registry.people import Person
from ..registry.site_edits import has_site_facts, observe
from ..sweeps.stop_checks import link_check
from . import tasks
from .checks import Check, CheckKind, CheckState
from .deciding import Accepted
from .known_problems import NO_LINK, write_rechecks
from .observed import write_observed
from .photos import Photo, PhotoState
from .receipts import Receipt, receipt_from
from .surroundings import Facts
from .transcript import photo_of


def write(
    session: Session,
    person: Person,
    accepted: Sequence[Accepted],
    now: datetime,
    max_photo_bytes: int,
    facts: Facts,
) -> dict[UUID, Receipt]:
    """Insert the rows of records and everything that follows from them. Gives their receipts.

    The caller holds the checks and their files, so that what `facts` says of them is still true.
    """
    if not accepted:
        return {}
    photos = {each.id: _photos(person.county, each, max_photo_bytes) for each in accepted}
    every = [photo for each in photos.values() for photo in each]
    _settle(session, person.county, every, facts)
    for each in accepted:
        if all(photo.state is not PhotoState.EXPECTED for photo in photos[each.id]):
            each.row.update(state=CheckState.RECEIVED, completed_at=now)
    _insert(session, person, accepted, every)
    _follow_up(session, person, accepted)
    session.flush()
    write_observed(session, person, ((each.id, each.observed.groups) for each in accepted), now)
    session.flush()
    return {each.id: receipt_from(each.outline, photos[each.id]) for each in accepted}


def _settle(session: Session, county: str, photos: Sequence[Photo], facts: Facts) -> None:
    """Say of photos what is known of their bytes; also of those elsewhere whose bytes are the same."""
    if elsewhere := facts.files.keys() & facts.elsewhere:
        blobs = session.scalars(select(Blob).where(Blob.county == county, Blob.sha256.in_(elsewhere))).all()
        settle_photos(session, blobs, photos)
    settle(photos, {sha256: known for sha256, known in facts.files.items() if sha256 not in elsewhere})


def _photos(county: str, accepted: Accepted, max_photo_bytes: int) -> list[Photo]:
    """They stay outside of the session."""
    photos = [photo_of(county, accepted.id, file, max_photo_bytes) for file in accepted.files]
    for photo in photos:
        photo.finding_id, photo.before_id = accepted.known.links.get(photo.id, NO_LINK)
    return photos


def _insert(session: Session, person: Person, accepted: Sequence[Accepted], photos: Sequence[Photo]) -> None:
    answers = [row for each in accepted for row in each.answers]
    given: dict[str, Any] = {name: [row[name] for row in answers] for name in ANSWER_COLUMNS}
    given["check_id"] = [key for each in accepted for key in [str(each.id)] * len(each.answers)]
    given["checks"] = _json(each.row | {"record": "\\x" + each.row["record"].hex()} for each in accepted)
    given["photos"] = _json({name: getattr(photo, name) for name in PHOTO_COLUMNS} for photo in photos)
    details = {
        each.id: {"record_sha256": each.row["record_sha256"], "standing": each.row["standing"].value}
        for each in accepted
    }
    given |= events.rows_of("submit", Check.__tablename__, details)
    session.execute(INSERT, given | {"county": person.county, "person_id": person.id})


def _json(rows: Iterable[Mapping[str, Any]]) -> str:
    return json.dumps(list(rows), ensure_ascii=False, default=str)


# What the database fills in by itself is left to it
CHECK_COLUMNS = [each.name for each in Check.__table__.columns if each.name not in {"created_at", "updated_at"}]
PHOTO_COLUMNS = [each.name for each in Photo.__table__.columns]
ANSWER_COLUMNS = ["item_code", "verdict", "note"]
# One statement for one record or for 500, with their answers, photos and events
INSERT = text(
    f"""
    with new_checks as (
        insert into checks ({", ".join(CHECK_COLUMNS)})
        select {", ".join(CHECK_COLUMNS)} from json_populate_recordset(cast(null as checks), cast(:checks as json))
    ), new_photos as (
        insert into photos ({", ".join(PHOTO_COLUMNS)})
        select {", ".join(PHOTO_COLUMNS)} from json_populate_recordset(cast(null as photos), cast(:photos as json))
    ), new_events as ({events.INSERT})
    insert into answers (county, check_id, item_code, verdict, note)
    select :county, * from unnest(
        cast(:check_id as uuid[]), cast(:item_code as text[]), cast(:verdict as text[]), cast(:note as text[]))
    """  # noqa: S608 - constants
)


def _follow_up(session: Session, person: Person, accepted: Sequence[Accepted]) -> None:
    for each in accepted:
        if each.task:
            tasks.complete(each.task, each.outline)
        if has_site_facts(each.row["facts"]):
            observe(session, person, each.row)
        write_rechecks(session, person, each.id, each.known)
        if each.row["kind"] is CheckKind.SWEEP:
            link_check(session, person.county, each.id)
        if each.problems:
            propose(session, each.outline, each.problems, each.ended_at)
