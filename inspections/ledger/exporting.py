"""The printed ledger as a file: at once for a screenful of pages, by a job for a county's whole history."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from geo.times import local

from .. import events
from ..db import scope
from ..evidence.blobs import Blob, BlobState
from ..jobs import Work, enqueue, job
from ..listing import Question, count, every_row
from ..listing.asking import as_text, conditions
from ..listing.ledger import LEDGER
from ..registry.counties import find_county
from ..registry.people import Person
from ..reporting.ledger_sheet import ledger_sheet
from .doing import tell
from .runs import DeedKind, LedgerRun, RunState

AT_ONCE = 3_000  # rows; more are a job's work
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def title_of(session: Session, person: Person) -> str:
    county = find_county(session, person.county)
    return f"{county.name if county else ''}“双减”问题台账"


def workbook(
    session: Session,
    person: Person,
    question: Question,
    now: datetime,
    progress: Callable[[int], None] = lambda done: None,
) -> bytes:
    """Every row that the question finds, in the printed layout, with what was asked in its second line."""
    total = count(session, person, LEDGER, question)
    said = as_text(conditions(session, person, LEDGER, question), question.words)
    head = f"截至 {local(now):%Y-%m-%d %H:%M}　共 {total} 条　{said}"
    rows = every_row(session, person, LEDGER, question)
    return ledger_sheet(title_of(session, person), head, rows, progress)


def begin_export(session: Session, person: Person, asked: Mapping[str, list[str]], total: int) -> LedgerRun:
    """Have the file made by a job; the run tells how far it is and then holds the file."""
    run = LedgerRun(
        county=person.county, person_id=person.id, deed=DeedKind.EXPORT, state=RunState.QUEUED,
        question=dict(asked), rows_total=total,
    )  # fmt: skip
    session.add(run)
    session.flush()
    enqueue(session, "ledger.export", person.county, run_id=run.id)
    return run


@job("ledger.export", awaited=True)
def carry_out(work: Work, run_id: str) -> None:
    """Make the file of a run and keep it among the county's files."""
    run = work.session.get_one(LedgerRun, (work.county, UUID(run_id)))
    if not run.is_busy:
        return  # done by an earlier try of the same job; one that died with its worker is begun again
    tell(work, run.id, state=RunState.RUNNING, rows_done=0)
    work.session.refresh(run)
    try:
        _make_file(work, run)
    except Exception:
        work.session.rollback()
        tell(work, UUID(run_id), state=RunState.FAILED)
        raise


def _make_file(work: Work, run: LedgerRun) -> None:
    person = work.session.get_one(Person, (work.county, run.person_id))
    scope(work.session, work.county, person.id)
    run_id, now = run.id, datetime.now(UTC)
    question = Question.of(LEDGER, run.question)
    body = workbook(work.session, person, question, now, lambda n: tell(work, run_id, rows_done=n))
    run.sha256, run.state, run.finished_at = _keep(work, body, person.id), RunState.DONE, now
    run.rows_done = run.rows_total
    events.record(work.session, person, "export", run, rows=run.rows_total)


def _keep(work: Work, body: bytes, person_id: UUID) -> str:
    digest = sha256(body).hexdigest()
    work.store.put([body], len(body), digest)
    if work.session.get(Blob, (work.county, digest)) is None:
        known: dict[str, Any] = {"size": len(body), "media_type": XLSX, "state": BlobState.STORED}
        work.session.add(Blob(county=work.county, sha256=digest, received_at=datetime.now(UTC),
                              received_from_id=person_id, **known))  # fmt: skip
        work.session.flush()
    return digest
