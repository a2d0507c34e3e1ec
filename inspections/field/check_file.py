"""One check as it is read at the desk: facts, answers by section, photos and what is odd about them."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.coordinates import LonLat

from ..access import get, visible
from ..casework.findings import Finding
from ..evidence.blobs import Blob
from ..registry.people import Person
from ..registry.site_file import place_of
from ..registry.sites import Site
from .check_conflicts import find_conflicts
from .checklists import Checklist, ChecklistItem, find_checklist
from .checks import Answer, Check, CheckConflict
from .photos import Photo


class AnswerRow(NamedTuple):
    answer: Answer
    item: ChecklistItem | None


class PhotoRow(NamedTuple):
    """A photo with the place the phone gave it, and what its own metadata says: compared, never relied on."""

    photo: Photo
    place: LonLat | None
    blob: Blob | None
    exif_place: LonLat | None


@dataclass(frozen=True)
class CheckFile:
    check: Check
    site: Site
    place: LonLat | None
    site_place: LonLat | None
    officer: Person
    second: Person | None
    carried_by: Person | None
    checklist: Checklist | None
    sections: list[tuple[str, list[AnswerRow]]]
    photos: list[PhotoRow]
    findings: list[Finding]
    conflicts: list[CheckConflict]


def record_bytes(session: Session, person: Person, check_id: UUID) -> bytes:
    """The bytes that a check was received as: its phone compares another record under the same id with them.

    Raises NotFound for a check that the person may not see.
    """
    return get(session, person, Check, check_id).record


def read_check_file(session: Session, person: Person, check_id: UUID) -> CheckFile:
    """The file of a check that the person may see. Raises NotFound."""
    check = get(session, person, Check, check_id)
    site = session.get_one(Site, (check.county, check.site_id))
    findings = visible(person, Finding).where(Finding.check_id == check.id).order_by(Finding.item_code, Finding.id)
    return CheckFile(
        check=check,
        site=site,
        place=place_of(session, check),
        site_place=place_of(session, site),
        officer=session.get_one(Person, (check.county, check.person_id)),
        second=_person(session, check, check.second_person_id),
        carried_by=_person(session, check, check.carried_by_id),
        checklist=_checklist(session, check),
        sections=_sections(session, check),
        photos=_photos(session, check),
        findings=list(session.scalars(findings)),
        conflicts=find_conflicts(session, check),
    )


def _person(session: Session, check: Check, person_id: UUID | None) -> Person | None:
    return session.get(Person, (check.county, person_id)) if person_id else None


def _checklist(session: Session, check: Check) -> Checklist | None:
    if check.checklist_code is None or check.checklist_version is None:
        return None
    return find_checklist(session, check.checklist_code, check.checklist_version)


def _sections(session: Session, check: Check) -> list[tuple[str, list[AnswerRow]]]:
    """Answers under the heading of their section, in the order of the checklist."""
    query = (
        select(Answer, ChecklistItem)
        .outerjoin(
            ChecklistItem,
            (ChecklistItem.checklist_code == check.checklist_code)
            & (ChecklistItem.checklist_version == check.checklist_version)
            & (ChecklistItem.code == Answer.item_code),
        )
        .where(Answer.county == check.county, Answer.check_id == check.id)
        .order_by(ChecklistItem.position.nulls_last(), Answer.item_code)
    )
    sections: dict[str, list[AnswerRow]] = {}
    for answer, item in session.execute(query):
        sections.setdefault(item.section if item else "", []).append(AnswerRow(answer, item))
    return list(sections.items())


def _photos(session: Session, check: Check) -> list[PhotoRow]:
    query = (
        select(
            Photo,
            Blob,
            *(axis(column) for column in (Photo.location, Blob.exif_location) for axis in (func.ST_X, func.ST_Y)),
        )
        .outerjoin(Blob, (Blob.county == Photo.county) & (Blob.sha256 == Photo.sha256))
        .where(Photo.county == check.county, Photo.check_id == check.id)
        .order_by(Photo.position)
    )
    return [
        PhotoRow(photo, _place(lon, lat), blob, _place(exif_lon, exif_lat))
        for photo, blob, lon, lat, exif_lon, exif_lat in session.execute(query)
    ]


def _place(lon: float | None, lat: float | None) -> LonLat | None:
    return None if lon is None or lat is None else LonLat(lon, lat)
