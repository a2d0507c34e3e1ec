"""A year of walks through the grid: two campaigns, visits of every band, and cells that nobody has walked."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from ..canvass.campaigns import CampaignCell, CanvassCampaign
from ..canvass.visits import CanvassVisit, VisitOutcome
from ..field.checks import Check, CheckKind, Fence
from ..registry.grid.holders import CellHolder
from ..registry.grid_cells import GridCell
from ..registry.people import Role
from ..registry.sites import Site
from ..registry.time_bands import EVENING_FROM, TimeBand
from . import rhythm
from .book import Book, Row, local, moment
from .chance import Chance
from .people import Staff, Worker
from .records import device_id

# Of cells: those that nobody ever came to, and those that were left alone lately
NEVER, LEFT_ALONE = 0.09, 0.2
RUNNING = ("晚间和周末排查（第二轮）", 12, -9)
CLOSED = ("拉网式排查（第一轮）", 75, 45)
SHUT = "单元门禁，按门铃没有人应"
SEEN = ("没有看到招牌、广告，未见成批学生进出", "沿街走了一遍，未见异常", "车库和一楼都看过，未见异常", "")


def walk(book: Book, staff: Staff) -> None:
    """Rows of campaigns, visits and holders for the cells that are in the book."""
    chance = book.chance.stream("canvass")
    workers = {worker.id: worker for worker in staff.of(Role.GRID_WORKER)}
    cells = book.of(GridCell)
    running = _campaign(book, staff, RUNNING, [TimeBand.EVENING, TimeBand.WEEKEND], cells, is_closed=False)
    closed = _campaign(book, staff, CLOSED, [TimeBand.WORKDAY, TimeBand.EVENING], cells, is_closed=True)
    found = _leads(book)
    for cell in cells:
        worker = workers.get(cell["worker_id"])
        if worker is None:
            continue
        _hold(book, chance, cell, worker, list(workers.values()))
        of_sites = found.get((cell["id"], worker.id), [])
        for check in of_sites:
            _visit(book, cell, worker, check["device_finished_at"], VisitOutcome.LEADS, "", [check["id"]])
        if not of_sites and chance.happens(NEVER):
            continue
        since = 30 if chance.happens(LEFT_ALONE) else 0
        for day in chance.some(rhythm.days_until(book.today)[: 365 - since], chance.randint(3, 7)):
            _walk(book, chance, cell, worker, day)
        for campaign, diligence in ((closed, 0.85), (running, 0.5)):
            _within(book, chance, cell, worker, campaign, diligence)


def _leads(book: Book) -> dict[tuple[UUID, UUID], list[Row]]:
    """Canvass checks of sites by the cell they lie in and who made them."""
    cell_of = {row["id"]: row["grid_cell_id"] for row in book.of(Site)}
    found: dict[tuple[UUID, UUID], list[Row]] = {}
    for check in book.of(Check, lambda row: row["kind"] is CheckKind.CANVASS):
        if cell := cell_of.get(check["site_id"]):
            found.setdefault((cell, check["person_id"]), []).append(check)
    return found


def _campaign(
    book: Book,
    staff: Staff,
    story: tuple[str, int, int],
    bands: list[TimeBand],
    cells: list[Row],
    *,
    is_closed: bool,
) -> Row:
    name, first, last = story
    made = book.add(
        CanvassCampaign,
        id=book.new_id(book.days_ago(first + 2)),
        name=name,
        township_id=None,
        starts_on=book.today - timedelta(days=first),
        ends_on=book.today - timedelta(days=last),
        bands="{" + ",".join(band.value for band in bands) + "}",
        created_by_id=staff.first(Role.DISPATCHER).id,
        closed_at=book.days_ago(last - 1) if is_closed else None,
    )
    for cell in cells:
        if cell["worker_id"]:
            book.add(CampaignCell, campaign_id=made["id"], cell_id=cell["id"], assignee_id=cell["worker_id"])
    return made


def _within(book: Book, chance: Chance, cell: Row, worker: Worker, campaign: Row, diligence: float) -> None:
    """A walk in each band that a campaign asks for, as far as the worker got and the days go."""
    last: date = min(campaign["ends_on"], book.today - timedelta(days=1))
    days = [campaign["starts_on"] + timedelta(days=n) for n in range((last - campaign["starts_on"]).days + 1)]
    for text in campaign["bands"].strip("{}").split(","):
        fitting = [day for day in days if _fits(day, text)]
        if fitting and chance.happens(diligence):
            hour = chance.uniform(18.3, 20.4) if text == "evening" else chance.uniform(9, 16.5)
            _go(book, chance, cell, worker, chance.choice(fitting), hour, campaign["id"])


def _fits(day: date, band: str) -> bool:
    if rhythm.is_holiday(day) or rhythm.is_vacation(day):
        return band == "holiday"
    return (band == "weekend") == rhythm.is_weekend(day)


def _walk(book: Book, chance: Chance, cell: Row, worker: Worker, day: date) -> None:
    _go(book, chance, cell, worker, day, chance.choice([chance.uniform(9, 17), chance.uniform(18.3, 20.4)]))


def _go(
    book: Book,
    chance: Chance,
    cell: Row,
    worker: Worker,
    day: date,
    hour: float,
    campaign_id: UUID | None = None,
) -> None:
    shut = chance.happens(0.06)
    outcome = VisitOutcome.NO_ACCESS if shut else VisitOutcome.CLEAN
    note = SHUT if shut else chance.choice(SEEN)
    _visit(book, cell, worker, moment(day, hour), outcome, note, [], campaign_id)


def _visit(
    book: Book,
    cell: Row,
    worker: Worker,
    finished: datetime,
    outcome: VisitOutcome,
    note: str,
    leads: list[UUID],
    campaign_id: UUID | None = None,
) -> None:
    worker.sequence += 1
    made = book.new_id(finished)
    begun = finished - timedelta(minutes=25)
    record = json.dumps(
        {"format": "mingcha-canvass/1", "id": str(made), "cell_id": str(cell["id"]), "outcome": outcome.value},
        ensure_ascii=False,
    ).encode()
    book.add(
        CanvassVisit,
        id=made,
        cell_id=cell["id"],
        campaign_id=campaign_id,
        person_id=worker.id,
        outcome=outcome,
        note=note,
        band=_band(finished),
        lead_ids="{" + ",".join(map(str, leads)) + "}",
        device_id=device_id(worker),
        device_sequence=worker.sequence,
        device_started_at=begun,
        device_finished_at=finished,
        clock_offset_ms=0,
        received_at=finished + timedelta(minutes=1),
        accuracy_m=12.0,
        location_grade="B",
        fence=Fence.INSIDE,
        record=record,
        record_sha256=hashlib.sha256(record).hexdigest(),
    )


def _band(at: datetime) -> TimeBand:
    here = local(at)
    if rhythm.is_holiday(here.date()) or rhythm.is_vacation(here.date()):
        return TimeBand.HOLIDAY
    if rhythm.is_weekend(here.date()):
        return TimeBand.WEEKEND
    return TimeBand.EVENING if here.hour >= EVENING_FROM else TimeBand.WORKDAY


def _hold(book: Book, chance: Chance, cell: Row, worker: Worker, all_workers: list[Worker]) -> None:
    """Who has the cell, and in some who had it before."""
    since = book.days_ago(380)
    for person, begun, ended in _turns(book, chance, worker, all_workers, since):
        book.add(CellHolder, id=book.new_id(begun), cell_id=cell["id"], person_id=person.id, since=begun,
                 until=ended, given_by_id=None)  # fmt: skip


def _turns(
    book: Book, chance: Chance, worker: Worker, all_workers: list[Worker], since: datetime
) -> Iterator[tuple[Worker, datetime, datetime | None]]:
    others = [each for each in all_workers if each is not worker]
    if others and chance.happens(0.2):
        changed = book.days_ago(chance.randint(120, 300))
        yield chance.choice(others), since, changed
        since = changed
    yield worker, since, None
