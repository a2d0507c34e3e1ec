"""What officers note on the spot: where the phone stood, the answers, the photos to take, the summary."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from ..casework.rechecks import RecheckOutcome
from ..field.checks import CheckKind, Verdict
from ..field.photos import PhotoPurpose
from ..registry.sites import SiteKind
from . import faults, fixing
from .book import Book, local
from .chance import Chance
from .faults import Problem
from .fixing import Track
from .pictures import VARIANTS, Shot
from .visits import Visit

WITH_CHECKLIST = {SiteKind.SCHOOL, SiteKind.INSTITUTION}
ON_PAPER = {faults.code(number) for number in (5, 9, 12, 13, 16, 18, 20, 21, 22)}
NOTHING_THERE = (
    "敲门无人应答，邻居称最近没有学生进出",
    "未见办班迹象",
    "门锁着，窗内无灯",
    "现场为普通住户，未发现办班",
    "已停业，门头已拆",
)
ALL_WELL = ("", "总体规范，未发现问题", "台账齐全，现场秩序良好", "随机访谈三名学生，未反映问题")


@dataclass(frozen=True)
class Checklist:
    """The published list that checks answer."""

    code: str
    version: int
    items: tuple[str, ...]


STANDARD = Checklist("zd-25", 1, tuple(faults.code(number) for number in range(1, 26)))


@dataclass
class Taken:
    """A photo to be made: its shot, then its bytes. One of a re-check shows a finding as `before_id` did."""

    id: UUID
    item: str | None
    purpose: PhotoPurpose
    caption: str
    at: datetime
    shot: Shot
    finding_id: UUID | None = None
    before_id: UUID | None = None
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
    chance, again = book.chance.stream("records"), book.chance.stream("photos again")
    before: dict[UUID | None, Taken] = {}
    sheets = []
    for visit in visits:
        sheet = _sheet(book, visit, checklist, chance)
        before |= {problem.id: taken for problem, taken in zip(visit.problems, sheet.photos, strict=False)}
        sheet.photos += [
            _photo_again(book, sheet, problem, before[problem.id], again) for problem in visit.looked_at
        ]
        sheets.append(sheet)
    return sheets


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
    left = {each.item for each in visit.looked_at if each.outcome is not RecheckOutcome.FIXED}
    answers = {}
    for item in checklist.items:
        if item in left:
            continue  # the re-check itself says how far it got
        usual = Verdict.UNSEEN if chance.happens(0.06) else Verdict.COMPLIANT
        verdict = usual if item in asked else Verdict.NOT_APPLICABLE
        answers[item] = found.get(item, (verdict, ""))
    return answers


def _photo(book: Book, sheet: Sheet, item: str | None, chance: Chance) -> Taken:
    visit = sheet.visit
    at = visit.start + timedelta(minutes=visit.minutes * chance.uniform(0.2, 0.9))
    scene = scene_of(visit.spot.row["premises"], visit.spot.kind, item, chance)
    stamp = _stamp(sheet, at, item)
    purpose = PhotoPurpose.DOCUMENT if scene == "papers" else PhotoPurpose.SCENE
    caption = next((problem.text for problem in visit.problems if problem.item == item), "")
    return Taken(book.new_id(at), item, purpose, caption, at, Shot(scene, chance.randrange(VARIANTS), stamp))


def _photo_again(book: Book, sheet: Sheet, problem: Problem, before: Taken, chance: Chance) -> Taken:
    """The same view as before, at the time of the re-check."""
    visit = sheet.visit
    at = visit.start + timedelta(minutes=visit.minutes * chance.uniform(0.2, 0.9))
    shot = Shot(before.shot.scene, before.shot.variant, _stamp(sheet, at, problem.item), is_small=True)
    caption = f"复查：{problem.outcome.label}"
    return Taken(book.new_id(at), problem.item, before.purpose, caption, at, shot, problem.id, before.id)


def _stamp(sheet: Sheet, at: datetime, item: str | None) -> tuple[str, str]:
    visit, place = sheet.visit, sheet.track.chosen
    where = f"{place.lat:.6f} N  {place.lon:.6f} E" if place else "no fix"
    device = f"{visit.worker.login or 'head'} #{visit.sequence}"
    return f"{local(at):%Y-%m-%d %H:%M:%S}", f"{where}   {device}   {item or 'scene'}"


def _summary(visit: Visit, chance: Chance) -> str:
    if visit.looked_at and not visit.problems:
        told = "；".join(f"{each.text}：{each.outcome.label}" for each in visit.looked_at)
        return f"复查 {len(visit.looked_at)} 个问题。{told}。"
    if visit.problems:
        told = "；".join(problem.text for problem in visit.problems)
        return f"发现 {len(visit.problems)} 个问题：{told}。已要求限期整改。"
    if visit.spot.kind is SiteKind.SUSPECTED:
        return chance.choice(NOTHING_THERE)
    return chance.choice(ALL_WELL)


def scene_of(premises: str | None, kind: str, item: str | None, chance: Chance) -> str:
    """A scene that fits a place and what is shown there."""
    if item in ON_PAPER:
        return "papers"
    if kind == "school":
        return "classroom" if item else "gate"
    outside = {"garage": "garages", "basement": "basement", "residential": "flats"}.get(
        premises or "", "shopfront"
    )
    if item and chance.happens(0.5):
        return chance.choice(["classroom", "classroom", "dining"])
    return outside
