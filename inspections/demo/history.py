"""The county's history of the year: one event for each thing done."""

from datetime import datetime, timedelta
from uuid import UUID

from ..casework.closures import Closure
from ..casework.findings import Finding
from ..events import Event
from ..field.checks import Check
from ..field.tasks import Task
from ..intake.tips import Tip
from ..registry.people import PersonRole, Role
from ..registry.sites import Site, SiteKind, SiteState
from .book import Book, Row

Told = tuple[datetime, str, str, Row, UUID | None]
ENDED = (SiteState.CLOSED, SiteState.SUSPENDED)
DAYS_OF_STORY = 330


def write_events(book: Book) -> None:
    """Read off the rows of the year, in the order of time."""
    told: list[Told] = []
    told += [(row["received_at"], "receive", "tips", row, None) for row in book.of(Tip)]
    told += [(row["created_at"], "report", "sites", row, row["created_by_id"]) for row in book.of(Site)]
    told += [(row["received_at"], "submit", "checks", row, row["person_id"]) for row in book.of(Check)]
    told += [(row["created_at"], "assign", "tasks", row, row["created_by_id"]) for row in book.of(Task)]
    for row in book.of(Finding, lambda row: row["confirmed_at"] is not None):
        told.append((row["confirmed_at"], "confirm", "findings", row, row["confirmed_by_id"]))
    for row in book.of(Closure):
        finding = {"id": row["finding_id"]}
        told.append((row["closed_at"], "strike_off", "findings", finding, row["closed_by_id"]))
        if row["reopened_at"]:
            told.append((row["reopened_at"], "reopen", "findings", finding, row["reopened_by_id"]))
    told += _changes_of_state(book)
    for at, verb, subject, row, person_id in sorted(told, key=lambda line: (line[0], line[3]["id"])):
        book.add(
            Event,
            id=book.new_id(at),
            at=at,
            person_id=person_id,
            verb=verb,
            subject=subject,
            subject_id=row["id"],
            detail={"demonstration": True} | _states(verb, row),
        )


def _changes_of_state(book: Book) -> list[Told]:
    """Sites that were closed or told to stop came to that on some day of the year after they were found."""
    chance = book.chance.stream("states")
    told: list[Told] = []
    dispatcher = book.of(PersonRole, lambda row: row["role"] is Role.DISPATCHER)[0]["person_id"]
    for row in book.of(Site, lambda row: row["state"] in ENDED):
        since = max(row["created_at"], book.until - timedelta(days=DAYS_OF_STORY))
        at = since + (book.until - since) * chance.uniform(0.15, 0.9)
        told.append((at, "change_state", "sites", row, dispatcher))
    return told


def _states(verb: str, row: Row) -> dict[str, str]:
    if verb != "change_state":
        return {}
    was = SiteState.VERIFIED if row["kind"] is SiteKind.SUSPECTED else SiteState.LICENSED
    return {"was": was.value, "now": row["state"].value, "reason": "检查核实，依法处置"}
