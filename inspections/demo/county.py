"""The whole demo county in memory, from the ground up to its history."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from ..evidence.blobs import Blob, BlobState
from ..intake.tips import TipState
from ..registry.accounts import Account
from ..registry.departments import Department, DepartmentKind
from ..registry.people import Role
from . import (
    canvass,
    ground,
    history,
    land,
    observed,
    outcomes,
    people,
    pictures,
    pockets,
    records,
    sheets,
    suspicions,
    tasks,
    tip_moves,
    tips,
)
from .book import Book
from .chance import Chance
from .institutions import open_institutions
from .people import Staff, Worker
from .pictures import Camera
from .schools import open_schools
from .sheets import Checklist, Sheet
from .spots import Spot
from .suspects import find_suspects
from .tips import Report
from .visits import Planner, Visit, keep_diary

SEED = "mingcha"
DRAWING_THREADS = 2
HEADS = 4  # of schools and of institutions each; the first of either has a public login


@dataclass
class Drawn:
    """Rows by table in `book`, and the bytes of each photo by its SHA-256."""

    book: Book
    land: land.Land
    photos: dict[str, bytes]


def draw_county(
    today: date, checklist: Checklist | None, seed: str = SEED, photo_width: int = pictures.WIDTH
) -> Drawn:
    """Everything about the county; the same for the same arguments, to the byte."""
    book = Book(Chance(seed, today.isoformat()), today)
    drawn = land.draw(Chance(seed))
    townships, villages = ground.survey(book, drawn)
    staff = people.hire(book, townships)
    place, inspectors = ground.organise(book, drawn, townships, villages, staff)
    ground.draw_background(book, drawn)
    schools = open_schools(book, place)
    institutions = open_institutions(book, place, schools)
    suspects = find_suspects(book, place, schools, staff)
    sites = [*schools, *institutions, *suspects]
    suspicions.know_more(book, staff, sites)
    heads = _hire_heads(book, schools, institutions)
    reports = tips.receive(book, place, sites)
    tip_moves.write_moves(book, staff, reports)
    visits = _visit(book, staff, sites, inspectors, heads, reports)
    filled = sheets.fill_in(book, visits, checklist)
    photos = _shoot(filled, Camera(Chance(seed, "camera"), photo_width))
    for sheet in filled:
        records.put_on_record(book, sheet, checklist)
    canvass.walk(book, staff)
    _add_blobs(book, filled, photo_width)
    outcomes.write_findings(book, visits, staff)
    tasks.write_done(book, visits, staff)
    tasks.write_open(book, staff, sites)
    pockets.fill(book, staff.all, sites)
    history.write_events(book)
    observed.write_school_years(book)
    observed.write_observations(book)
    return Drawn(book, drawn, photos)


def _hire_heads(book: Book, schools: Sequence[Spot], institutions: Sequence[Spot]) -> list[tuple[Worker, Spot]]:
    department = book.of(Department, lambda row: row["kind"] is DepartmentKind.SCHOOL)[0]
    password_hash = book.of(Account)[0]["password_hash"]
    heads = []
    for role, login, sites in (
        (Role.SCHOOL_USER, "school", schools),
        (Role.INSTITUTION_USER, "institution", institutions),
    ):
        for i, spot in enumerate(sites[:HEADS]):
            name = spot.row["person_in_charge"]
            public = login if i == 0 else None
            heads.append(
                (people.hire_head(book, role, public, name, spot.row, department["id"], password_hash), spot)
            )
    return heads


def _visit(
    book: Book,
    staff: Staff,
    sites: list[Spot],
    inspectors: dict[UUID, Worker],
    heads: list[tuple[Worker, Spot]],
    reports: list[Report],
) -> list[Visit]:
    """A year of checks as the diaries have them."""
    planner = Planner(book, staff, sites, inspectors)
    planner.routine()
    planner.term_opening()
    planner.institutions()
    planner.canvass()
    planner.sweeps()
    planner.stakeouts()
    planner.self_checks(heads)
    for report in reports:
        state = report.row["state"]
        if report.spot and state in (TipState.CONFIRMED, TipState.UNFOUNDED) and planner.chance.happens(0.7):
            planner.after_tip(report.spot, report.row["received_at"], state is TipState.CONFIRMED)
    outcomes.decide(planner)
    kept = keep_diary(book, planner.visits)
    outcomes.look_again(book, kept)
    return kept


def _shoot(filled: list[Sheet], camera: Camera) -> dict[str, bytes]:
    """Photos of all sheets, by hash. Encoding lets go of the interpreter, so two threads halve the time."""
    taken = [photo for sheet in filled for photo in sheet.photos]
    with ThreadPoolExecutor(DRAWING_THREADS) as pool:
        for photo, content in zip(taken, pool.map(camera.shoot, [each.shot for each in taken]), strict=True):
            photo.content = content
    return {sha256(photo.content).hexdigest(): photo.content for photo in taken}


def _add_blobs(book: Book, filled: list[Sheet], width: int) -> None:
    for sheet in filled:
        for photo in sheet.photos:
            book.add(
                Blob,
                sha256=photo.sha256,
                size=len(photo.content),
                media_type="image/jpeg",
                state=BlobState.STORED,
                width=photo.shot.width_of(width),
                height=photo.shot.width_of(width) * pictures.HEIGHT // pictures.WIDTH,
                received_at=_received(sheet.visit),
                received_from_id=sheet.visit.worker.id,
            )


def _received(visit: Visit) -> datetime:
    return visit.finish + timedelta(seconds=35)
