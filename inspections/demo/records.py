"""Checks of the demo county as a phone would have sent them: the record's exact bytes, and the rows read from it.

A record has the format of every other one (`mingcha-check/1`), with its own hash, its device's sequence and a
manifest of photos that really lie in the store.
"""

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Any

from ..field.checks import Answer, Check, CheckKind, CheckState, Standing
from ..field.photos import Photo, PhotoState
from ..registry.people import Role
from .book import Book, local
from .fixing import Track
from .outcomes import LEFT
from .people import Worker
from .sheets import Checklist, Sheet, Taken
from .visits import Visit

OFFICERS = {Role.INSPECTOR, Role.ENFORCER}
AGENT = "Mozilla/5.0 (Linux; Android 14; demonstration) MingchaDemo/1"


def put_on_record(book: Book, sheet: Sheet, checklist: Checklist | None) -> None:
    """The rows of a check: what its record says, and what the server makes of it."""
    visit, track = sheet.visit, sheet.track
    used = checklist if sheet.answers else None
    manifest = [_line(taken, number, track) for number, taken in enumerate(sheet.photos)]
    record = _bytes(_record(sheet, used, manifest))
    received = visit.finish + timedelta(seconds=40)
    day = local(visit.start).date()
    first, second = _certificate(visit.worker, day), _certificate(visit.second, day)
    book.add(
        Check,
        id=visit.id,
        site_id=visit.spot.id,
        task_id=visit.task_id,
        kind=visit.kind,
        standing=_standing(visit, first, second),
        state=CheckState.RECEIVED,
        person_id=visit.worker.id,
        certificate_number=first,
        second_person_id=visit.second.id if visit.second else None,
        second_certificate_number=second,
        certificates_shown_at=_shown_at(visit),
        recording_told_at=None,
        checklist_code=used and used.code,
        checklist_version=used and used.version,
        summary=sheet.summary or None,
        person_in_charge=visit.spot.row["person_in_charge"],
        signature_refused=sheet.refused,
        device_id=device_id(visit.worker),
        device_sequence=visit.sequence,
        device_started_at=visit.start,
        device_finished_at=visit.finish,
        clock_offset_ms=0,
        received_at=received,
        completed_at=received,
        fixes=track.given,
        location=f"SRID=4326;POINT({track.chosen.lon} {track.chosen.lat})" if track.chosen else None,
        accuracy_m=track.chosen.accuracy_m if track.chosen else None,
        location_grade=track.grade,
        no_fix_reason=track.no_fix_reason,
        fence=track.fence,
        distance_m=track.distance_m,
        last_outdoor_fix=track.last_outdoor,
        facts={},
        record=record,
        record_sha256=hashlib.sha256(record).hexdigest(),
        manifest=manifest,
        created_at=received,
    )
    _add_what_belongs_to_it(book, sheet)


def _add_what_belongs_to_it(book: Book, sheet: Sheet) -> None:
    for item, (verdict, note) in sheet.answers.items():
        book.add(Answer, check_id=sheet.visit.id, item_code=item, verdict=verdict, note=note)
    for number, taken in enumerate(sheet.photos):
        _add_photo(book, sheet.visit, taken, number, sheet.track)


def device_id(worker: Worker) -> str:
    return f"demo-{worker.login or worker.id}"


def _record(sheet: Sheet, checklist: Checklist | None, manifest: list[dict[str, Any]]) -> dict[str, Any]:
    visit, track = sheet.visit, sheet.track
    shown = _shown_at(visit)
    rechecks = [
        {"finding_id": str(each.id), "outcome": each.outcome.value, "note": LEFT[each.outcome]}
        for each in visit.looked_at
    ]
    return {
        "format": "mingcha-check/1",
        "id": str(visit.id),
        "site_id": str(visit.spot.id),
        "task_id": visit.task_id and str(visit.task_id),
        "kind": visit.kind.value,
        "checklist": checklist and {"code": checklist.code, "version": checklist.version},
        "device": {
            "id": device_id(visit.worker),
            "sequence": visit.sequence,
            "user_agent": AGENT,
            "clock_offset_ms": 0,
        },
        "started_at": _said(visit.start),
        "finished_at": _said(visit.finish),
        "second_person_id": visit.second and str(visit.second.id),
        "certificates_shown_at": shown and _said(shown),
        "recording_told_at": None,
        "fixes": track.given,
        "no_fix_reason": track.no_fix_reason,
        "last_outdoor_fix": track.last_outdoor,
        "answers": [
            {"item": item, "verdict": verdict.value, "note": note}
            for item, (verdict, note) in sheet.answers.items()
        ],
        "summary": sheet.summary,
        "person_in_charge": visit.spot.row["person_in_charge"],
        "signature": {"refused": sheet.refused},
        "files": manifest,
        **({"rechecks": rechecks} if rechecks else {}),
    }


def _line(taken: Taken, number: int, track: Track) -> dict[str, Any]:
    return {
        "id": str(taken.id),
        "sha256": taken.sha256,
        "size": len(taken.content),
        "type": "image/jpeg",
        "purpose": taken.purpose.value,
        "item": taken.item,
        "caption": taken.caption,
        "taken_at": _said(taken.at),
        "fix": track.given[-1] if track.given else None,
        "position": number,
        **({"finding_id": str(taken.finding_id)} if taken.finding_id else {}),
        **({"before_id": str(taken.before_id)} if taken.before_id else {}),
    }


def _add_photo(book: Book, visit: Visit, taken: Taken, number: int, track: Track) -> None:
    place = track.chosen
    book.add(
        Photo,
        id=taken.id,
        check_id=visit.id,
        position=number,
        item_code=taken.item,
        finding_id=taken.finding_id,
        before_id=taken.before_id,
        purpose=taken.purpose,
        state=PhotoState.RECEIVED,
        caption=taken.caption,
        sha256=taken.sha256,
        size=len(taken.content),
        media_type="image/jpeg",
        device_taken_at=taken.at,
        fix=track.given[-1] if track.given else None,
        location=f"SRID=4326;POINT({place.lon} {place.lat})" if place else None,
        accuracy_m=place.accuracy_m if place else None,
    )


def _standing(visit: Visit, first: str | None, second: str | None) -> Standing:
    """Two certified officers who were sent, or a zone's inspector on the routine visit to a school of the zone."""
    if first is None or visit.kind is CheckKind.SELF:
        return Standing.LEAD
    pair = second is not None and visit.task_id is not None
    return Standing.INSPECTION if pair or visit.kind is CheckKind.ROUTINE else Standing.LEAD


def _certificate(worker: Worker | None, day: date) -> str | None:
    return worker.certificate_on(day) if worker else None


def _shown_at(visit: Visit) -> datetime | None:
    officer = visit.worker.role in OFFICERS and visit.kind is not CheckKind.CANVASS
    return visit.start + timedelta(minutes=1) if officer else None


def _said(at: datetime) -> str:
    return local(at).isoformat(timespec="milliseconds")


def _bytes(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
