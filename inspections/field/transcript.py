"""The rows that a record becomes. They can be made again from its bytes at any time."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from geo.columns import ewkt

from ..casework.findings import Problem
from ..evidence.photo_check import Refusal
from ..evidence.recordings import is_recording, largest
from ..registry.people import Person
from .checklists import ItemWords
from .checks import CheckState, Standing, Verdict
from .photos import Photo, PhotoState
from .positions import Position, read_fix
from .record import Device, GivenFile, Record
from .standing import certificate_at

CLOCK_TOLERANCE = timedelta(minutes=5)
# Columns of a check that bear the name of what the record says
AS_GIVEN = {
    "id",
    "site_id",
    "task_id",
    "kind",
    "second_person_id",
    "certificates_shown_at",
    "recording_told_at",
    "summary",
    "person_in_charge",
    "no_fix_reason",
}


class Timed(Protocol):
    """A record with the moments of its device."""

    @property
    def device(self) -> Device: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def finished_at(self) -> datetime: ...


def ended_at(record: Timed, now: datetime) -> datetime:
    """When a visit ended by the server's clock: as well as the phone could know it, and never in the future."""
    offset = timedelta(milliseconds=record.device.clock_offset_ms or 0)
    return min(record.finished_at + offset, now)


def clock_flags(record: Timed, now: datetime) -> list[str]:
    """`clock_skew`: the phone's clock is off by more than five minutes; `clock_jumped`: it went backwards."""
    offset = timedelta(milliseconds=record.device.clock_offset_ms or 0)
    in_future = record.finished_at + offset > now + CLOCK_TOLERANCE
    found = ["clock_skew"] if in_future or abs(offset) > CLOCK_TOLERANCE else []
    return found + ["clock_jumped"] * (record.finished_at < record.started_at)


def check_row(
    record: Record,
    content: bytes,
    person: Person,
    second: Person | None,
    standing: Standing,
    position: Position,
    now: datetime,
) -> dict[str, Any]:
    """The row of the check, incomplete until its files are accounted for."""
    certificate, other = (certificate_at(each, ended_at(record, now)) for each in (person, second))
    given = {name: getattr(record, name) for name in AS_GIVEN}
    return given | {
        "county": person.county,
        "person_id": person.id,
        "standing": standing,
        "state": CheckState.INCOMPLETE,
        "certificate_number": certificate and certificate.number,
        "second_certificate_number": other and other.number,
        "checklist_code": record.checklist and record.checklist.code,
        "checklist_version": record.checklist and record.checklist.version,
        "signature_refused": record.signature and record.signature.refused,
        "facts": record.facts or {},
        "device_id": record.device.id,
        "device_sequence": record.device.sequence,
        "device_started_at": record.started_at,
        "device_finished_at": record.finished_at,
        "clock_offset_ms": record.device.clock_offset_ms,
        "received_at": now,
        "fixes": [fix.model_dump(exclude_none=True) for fix in record.fixes],
        "last_outdoor_fix": record.last_outdoor_fix and record.last_outdoor_fix.model_dump(exclude_none=True),
        "location": ewkt(*position.fix.point) if position.fix else None,
        "accuracy_m": position.fix and position.fix.accuracy_m,
        "location_grade": position.grade.value,
        "fence": position.fence,
        "distance_m": position.distance_m,
        "record": content,
        "record_sha256": hashlib.sha256(content).hexdigest(),
        "manifest": [file.model_dump(mode="json", exclude_none=True) for file in record.files],
        "completed_at": None,
    }


def answer_rows(county: str, record: Record) -> list[dict[str, Any]]:
    key = {"county": county, "check_id": record.id}
    return [
        key | {"item_code": answer.item, "verdict": answer.verdict.value, "note": answer.note}
        for answer in record.answers
    ]


def photo_of(county: str, check_id: UUID, file: GivenFile, max_bytes: int) -> Photo:
    """A line of the manifest, expected unless it can't be taken: then nobody waits for it."""
    fix = read_fix(file.fix)
    refusal = _refusal_of(file, max_bytes)
    return Photo(
        county=county,
        id=file.id,
        check_id=check_id,
        position=file.position,
        item_code=file.item,
        purpose=file.purpose,
        state=PhotoState.REFUSED if refusal else PhotoState.EXPECTED,
        refusal=refusal,
        caption=file.caption,
        sha256=file.sha256,
        size=file.size,
        media_type=file.type,
        device_taken_at=file.taken_at,
        fix=file.fix and file.fix.model_dump(exclude_none=True),
        location=ewkt(*fix.point) if fix else None,
        accuracy_m=fix and fix.accuracy_m,
        flags=[],
    )


def problems_of(record: Record, items: Mapping[str, ItemWords]) -> Iterator[Problem]:
    """What the record found wrong: the words of the item and what was seen."""
    for answer in record.answers:
        if answer.verdict is Verdict.NOT_COMPLIANT:
            item = items[answer.item]
            yield Problem(answer.item, f"{item.text}\n{answer.note}", department=item.department)


def _refusal_of(file: GivenFile, max_bytes: int) -> str | None:
    if file.size == 0:
        return Refusal.EMPTY.value
    limit = largest(max_bytes) if is_recording(file.type) else max_bytes
    return Refusal.TOO_BIG.value if file.size > limit else None
