"""Before and after: how known problems looked, and what re-checks say of them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, false, or_, select, true
from sqlalchemy.orm import Session, aliased

from ..access import visible
from ..field.checks import Check
from ..field.photos import Photo, PhotoPurpose, PhotoState
from ..registry.people import Person
from .findings import Finding
from .rechecks import Recheck

MOST_EARLIER = 3  # photos of when a problem was found, and as many of later checks
PICTURED = (PhotoState.RECEIVED, PhotoState.DAMAGED)


class Pair(NamedTuple):
    """One view, twice. `before` is None where nobody said which earlier photo it repeats."""

    before: Photo | None
    after: Photo


class RecheckRow(NamedTuple):
    """What one check says of one finding. `earlier` are the photos that no pair shows."""

    recheck: Recheck
    finding: Finding
    check: Check
    pairs: list[Pair]
    earlier: list[Photo]


def rechecks_of_check(session: Session, person: Person, check: Check) -> list[RecheckRow]:
    """What a check says of problems that were known before it, the earliest found first."""
    return _rows(session, person, _all(person).where(Recheck.check_id == check.id).order_by(Finding.found_at))


def rechecks_of_finding(session: Session, person: Person, finding: Finding) -> list[RecheckRow]:
    """What later checks say of a finding, in the order in which they were made."""
    of_finding = _all(person).where(Recheck.finding_id == finding.id)
    return _rows(session, person, of_finding.order_by(Check.device_finished_at, Recheck.id))


def earlier_photos(session: Session, person: Person, finding_ids: Iterable[UUID]) -> dict[UUID, list[Photo]]:
    """By the id of a finding the photos that show it: of the check that found it, then of later ones.

    Those of its item of the checklist; where there are none, those of the place as a whole.
    """
    found = aliased(Finding, name="found")
    first = _shown(
        Photo.check_id == found.check_id, or_(Photo.item_code == found.item_code, Photo.item_code.is_(None))
    ).order_by(Photo.item_code.is_(None), Photo.position)
    later = _shown(Photo.finding_id == found.id).order_by(Photo.id.desc())
    photos: dict[UUID, dict[UUID, Photo]] = {}
    for part in (first, later):
        lateral = part.where(Photo.county == found.county).correlate(found).limit(MOST_EARLIER).lateral()
        shown = aliased(Photo, lateral)
        query = select(found.id, shown).join(lateral, true()).where(found.county == person.county)
        for finding_id, photo in session.execute(query.where(found.id.in_(list(finding_ids)))):
            photos.setdefault(finding_id, {})[photo.id] = photo
    return {key: _of_item(list(each.values())) for key, each in photos.items()}


def _shown(*conditions: object) -> Select[Photo]:
    is_picture = and_(Photo.media_type.startswith("image/"), Photo.purpose != PhotoPurpose.SIGNATURE)
    return select(Photo).where(is_picture, Photo.state.in_(PICTURED), *conditions)  # type: ignore[arg-type]


def _of_item(photos: list[Photo]) -> list[Photo]:
    about = [photo for photo in photos if photo.item_code or photo.finding_id]
    first = [photo for photo in about if not photo.finding_id]
    return about if first else photos


def _all(person: Person) -> Select[Recheck, Finding, Check]:
    return (
        visible(person, Recheck)
        .join(Finding, (Finding.county == Recheck.county) & (Finding.id == Recheck.finding_id))
        .join(Check, (Check.county == Recheck.county) & (Check.id == Recheck.check_id))
        .with_only_columns(Recheck, Finding, Check)
    )


def _rows(session: Session, person: Person, query: Select[Recheck, Finding, Check]) -> list[RecheckRow]:
    rows = session.execute(query).all()
    earlier = earlier_photos(session, person, {finding.id for _, finding, _ in rows})
    after = _after(session, person, [check.id for _, _, check in rows])
    before = _named(session, person, {photo.before_id for photo in after if photo.before_id})
    made = []
    for recheck, finding, check in rows:
        own = [each for each in after if (each.check_id, each.finding_id) == (check.id, finding.id)]
        pairs = [Pair(before.get(each.before_id) if each.before_id else None, each) for each in own]
        paired = {photo.id for pair in pairs for photo in pair if photo}
        left = [
            each
            for each in earlier.get(finding.id, [])
            if each.id not in paired and _was_before(each, finding, check)
        ]
        made.append(RecheckRow(recheck, finding, check, pairs, left))
    return made


def _was_before(photo: Photo, finding: Finding, check: Check) -> bool:
    if photo.check_id == finding.check_id:
        return True
    taken = photo.device_taken_at
    return photo.check_id != check.id and taken is not None and taken < check.device_started_at


def _after(session: Session, person: Person, check_ids: Sequence[UUID]) -> list[Photo]:
    of_checks = Photo.check_id.in_(check_ids) if check_ids else false()
    query = visible(person, Photo).where(of_checks, Photo.finding_id.is_not(None))
    return list(session.scalars(query.order_by(Photo.position, Photo.id)))


def _named(session: Session, person: Person, ids: set[UUID]) -> dict[UUID, Photo]:
    query = visible(person, Photo).where(Photo.id.in_(ids))
    return {photo.id: photo for photo in session.scalars(query)} if ids else {}
