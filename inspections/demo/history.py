"""The county's history of the year: one event for each thing done."""

from datetime import datetime
from uuid import UUID

from ..casework.closures import Closure
from ..casework.findings import Finding
from ..events import Event
from ..field.checks import Check
from ..field.tasks import Task
from ..intake.tips import Tip
from ..registry.sites import Site
from .book import Book, Row


def write_events(book: Book) -> None:
    """Read off the rows of the year, in the order of time."""
    told: list[tuple[datetime, str, str, Row, UUID | None]] = []
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
    for at, verb, subject, row, person_id in sorted(told, key=lambda line: (line[0], line[3]["id"])):
        book.add(
            Event,
            id=book.new_id(at),
            at=at,
            person_id=person_id,
            verb=verb,
            subject=subject,
            subject_id=row["id"],
            detail={"demonstration": True},
        )
