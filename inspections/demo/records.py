"""Checks of the demo county as a phone would have sent them: the record's exact bytes, and the rows read from it.

A record has the format of every other one (`mingcha-check/1`), with its own hash, its device's sequence and a
manifest of photos that really lie in the store.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ..field.checks import Answer, Check, CheckKind, CheckState, Standing, Verdict
from ..field.photos import Photo, PhotoPurpose, PhotoState
from ..registry.people import Role
from ..registry.sites import SiteKind
from . import faults, fixing
from .book import Book, local
from .chance import Chance
from .fixing import Track
from .people import Worker
from .pictures import VARIANTS, Shot, scene_of
from .visits import Visit

OFFICERS = {Role.INSPECTOR, Role.ENFORCER}
WITH_CHECKLIST = {SiteKind.SCHOOL, SiteKind.INSTITUTION}
AGENT = "Mozilla/5.0 (Linux; Android 14; demonstration) MingchaDemo/1"


@dataclass(frozen=True)
class Checklist:
    """The published list that checks answer."""

    code: str
    version: int
    items: tuple[str, ...]


STANDARD = Checklist("zd-25", 1, tuple(faults.code(number) for number in range(1, 26)))


@dataclass
class Taken:
    """A photo to be made: its shot, then its bytes."""

    id: UUID
    item: str | None
    purpose: PhotoPurpose
    caption: str
    at: datetime
    shot: Shot
    content: bytes = b""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class Sheet:
    """A visit on its way to a record."""

    visit: Visit
    track: Track
    answers: dict[str, tuple[Verdict, str]]
    photos: list[Taken] = field(default_factory=list)
    summary: str = ""
    refused: str | None = None


def fill_in(book: Book, visits: list[Visit], checklist: Checklist | None) -> list[Sheet]:
    chance = book.chance.stream("records")
    return [_sheet(book, visit, checklist, chance) for visit in visits]


def _sheet(book: Book, visit: Visit, checklist: Checklist | None, chance: Chance) -> Sheet:
    answers = _answers(visit, checklist, chance)
    sheet = Sheet(visit, fixing.track(visit, chance), answers)
    shown: list[str | None] = [problem.item for problem in visit.problems]
    if not shown and chance.happens(0.02):
        shown = [None]
    sheet.photos = [_photo(book, sheet, item, chance) for item in shown]
    sheet.summary = _summary(visit, chance)
    if visit.problems and chance.happens(0.05):
        sheet.refused = "现场负责人拒绝签字，已告知并拍照"
    return sheet


def _answers(visit: Visit, checklist: Checklist | None, chance: Chance) -> dict[str, tuple[Verdict, str]]:
    """All items at schools and institutions; at suspected sites only what was found there."""
    if checklist is None:
        return {}
    found = {problem.item: (Verdict.NOT_COMPLIANT, problem.text) for problem in visit.problems}
    if visit.spot.kind not in WITH_CHECKLIST or visit.kind is CheckKind.CANVASS:
        return {item: answer for item, answer in found.items() if item in checklist.items}
    asked = {faults.code(number) for number in faults.relevant_items(visit.spot.kind)}
    answers = {}
    for item in checklist.items:
        usual = Verdict.UNSEEN if chance.happens(0.06) else Verdict.COMPLIANT
        verdict = usual if item in asked else Verdict.NOT_APPLICABLE
        answers[item] = found.get(item, (verdict, ""))
    return answers


def _photo(book: Book, sheet: Sheet, item: str | None, chance: Chance) -> Taken:
    visit = sheet.visit
    at = visit.start + timedelta(minutes=visit.minutes * chance.uniform(0.2, 0.9))
    scene = scene_of(visit.spot.row["premises"], visit.spot.kind, item, chance)
    place = sheet.track.chosen
    where = f"{place.lat:.6f} N  {place.lon:.6f} E" if place else "no fix"
    device = f"{visit.worker.login or 'head'} #{visit.sequence}"
    stamp = (f"{local(at):%Y-%m-%d %H:%M:%S}", f"{where}   {device}   {item or 'scene'}")
    purpose = PhotoPurpose.DOCUMENT if scene == "papers" else PhotoPurpose.SCENE
    caption = next((problem.text for problem in visit.problems if problem.item == item), "")
    return Taken(book.new_id(at), item, purpose, caption, at, Shot(scene, chance.randrange(VARIANTS), stamp))


def _summary(visit: Visit, chance: Chance) -> str:
    if visit.problems:
        told = "；".join(problem.text for problem in visit.problems)
        return f"发现 {len(visit.problems)} 个问题：{told}。已要求限期整改。"
    if visit.spot.kind is SiteKind.SUSPECTED:
        return chance.choice(
            ["敲门无人应答，邻居称最近没有学生进出", "未见办班迹象", "门锁着，窗内无灯", "现场为普通住户，未发现办班", "已停业，门头已拆"]
        )
    return chance.choice(["", "总体规范，未发现问题", "台账齐全，现场秩序良好", "随机访谈三名学生，未反映问题"])


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
        record=record,
        record_sha256=hashlib.sha256(record).hexdigest(),
        manifest=manifest,
        created_at=received,
    )
    for item, (verdict, note) in sheet.answers.items():
        book.add(Answer, check_id=visit.id, item_code=item, verdict=verdict, note=note)
    for number, taken in enumerate(sheet.photos):
        _add_photo(book, visit, taken, number, track)


def device_id(worker: Worker) -> str:
    return f"demo-{worker.login or worker.id}"


def _record(sheet: Sheet, checklist: Checklist | None, manifest: list[dict[str, Any]]) -> dict[str, Any]:
    visit, track = sheet.visit, sheet.track
    shown = _shown_at(visit)
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
    }


def _add_photo(book: Book, visit: Visit, taken: Taken, number: int, track: Track) -> None:
    place = track.chosen
    book.add(
        Photo,
        id=taken.id,
        check_id=visit.id,
        position=number,
        item_code=taken.item,
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


def _certificate(worker: Worker | None, day: Any) -> str | None:
    return worker.certificate_on(day) if worker else None


def _shown_at(visit: Visit) -> datetime | None:
    officer = visit.worker.role in OFFICERS and visit.kind is not CheckKind.CANVASS
    return visit.start + timedelta(minutes=1) if officer else None


def _said(at: datetime) -> str:
    return local(at).isoformat(timespec="milliseconds")


def _bytes(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


