"""What officers note on the spot: where the phone stood, the answers, the photos to take, the summary."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from ..field.checks import CheckKind, Verdict
from ..field.photos import PhotoPurpose
from ..registry.sites import SiteKind
from . import faults, fixing
from .book import Book, local
from .chance import Chance
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
