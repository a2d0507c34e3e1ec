"""The printed ledger as a file that the worker makes: its rows, how far it is, and what is said when it fails."""

import io
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from inspections import jobs
from inspections.db import scope
from inspections.evidence.blobs import Blob
from inspections.evidence.store import BlobStore, open_store
from inspections.ledger import exporting
from inspections.ledger.runs import LedgerRun, RunState
from inspections.reporting.ledger_sheet import FIRST_ROW
from tests.casefile import HOSTILE
from tests.factories import COUNTY
from tests.orders import AT, Case

RARE = "𠮷田𬌗\x07镇"
OPEN = {"show": ["open"], "sort": ["site"]}


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return open_store(str(tmp_path))


@pytest.fixture
def asked(owner_engine: Engine) -> Iterator[UUID]:
    """A run that waits for the worker, over problems with hostile words and one that is closed."""
    with Session(owner_engine) as session:
        scope(session, COUNTY)
        case = Case(session, findings=0)
        for words in (*HOSTILE, "=cmd|' /C calc'!A0", "+1", "@SUM(A1)", RARE):
            case.find(words, confirmed_at=AT)
        case.findings = [case.find("已改好", confirmed_at=AT)]
        case.served()
        case.struck_off()
        run_id = exporting.begin_export(session, case.dispatcher, OPEN, len(HOSTILE) + 4).id
        session.commit()
    yield run_id
    with Session(owner_engine) as session:
        session.execute(text("truncate findings, sites, people, ledger_runs, procrastinate_jobs, blobs cascade"))
        session.commit()


def work(engine: Engine, url: str, store: BlobStore) -> None:
    """The worker, until nothing waits; in a thread of its own, since Playwright's loop may run in this one."""
    conninfo = url.replace("postgresql+psycopg", "postgresql")
    app = jobs.worker(engine, conninfo, store)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(app.run_worker, wait=False, install_signal_handlers=False, listen_notify=False).result()


def found(engine: Engine, run_id: UUID) -> LedgerRun:
    with Session(engine, expire_on_commit=False) as session:
        scope(session, COUNTY)
        return session.get_one(LedgerRun, (COUNTY, run_id))


def test_the_worker_makes_the_file_and_what_was_typed_is_text_in_it(
    app_engine: Engine, app_url: str, store: BlobStore, asked: UUID
) -> None:
    work(app_engine, app_url, store)
    run = found(app_engine, asked)
    assert (run.state, run.rows_done, run.rows_total) == (RunState.DONE, 8, 8)
    assert run.sha256
    with store.open(run.sha256) as file:
        body = file.read()
    lines = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert lines[0][0] == "万年县“双减”问题台账"
    assert "共 8 条　范围：未销号" in lines[1][0]
    assert [line[0] for line in lines[FIRST_ROW:]] == list(range(1, 9))
    typed = {line[3] for line in lines[FIRST_ROW:]}
    assert typed == {*HOSTILE, "=cmd|' /C calc'!A0", "+1", "@SUM(A1)", RARE.replace("\x07", "")}
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        assert not [name for name in book.namelist() if "externalLink" in name or name.endswith(".bin")]
    with Session(app_engine) as session:
        scope(session, COUNTY)
        assert session.get_one(Blob, (COUNTY, run.sha256)).media_type == exporting.XLSX


def test_how_far_it_is_can_be_seen_from_outside_while_it_is_made(
    app_engine: Engine, app_url: str, store: BlobStore, asked: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[RunState, int]] = []
    sheet = exporting.ledger_sheet

    def in_steps(title: str, head: str, rows: Any, progress: Any) -> bytes:
        progress(3)  # as after a thousand rows
        run = found(app_engine, asked)
        seen.append((run.state, run.rows_done))
        return sheet(title, head, rows, progress)

    monkeypatch.setattr(exporting, "ledger_sheet", in_steps)
    work(app_engine, app_url, store)
    assert seen == [(RunState.RUNNING, 3)]
    assert found(app_engine, asked).rows_done == 8


def test_a_failure_is_told_and_not_tried_behind_the_persons_back(
    app_engine: Engine, app_url: str, asked: UUID, tmp_path: Path
) -> None:
    store = open_store(str(tmp_path))
    (tmp_path / "tmp").rmdir()
    (tmp_path / "tmp").write_text("a disk that takes nothing")
    work(app_engine, app_url, store)
    run = found(app_engine, asked)
    assert (run.state, run.sha256) == (RunState.FAILED, None)
    (tmp_path / "tmp").unlink()
    jobs.run(app_engine, open_store(str(tmp_path)), "ledger.export", COUNTY, run_id=str(asked))
    assert found(app_engine, asked).state is RunState.FAILED


def test_what_a_dead_worker_had_begun_is_made_by_the_next(
    app_engine: Engine, owner_engine: Engine, app_url: str, store: BlobStore, asked: UUID
) -> None:
    with Session(owner_engine) as session:
        run = session.get_one(LedgerRun, (COUNTY, asked))
        run.state, run.rows_done = RunState.RUNNING, 3
        session.commit()
    work(app_engine, app_url, store)
    assert found(app_engine, asked).state is RunState.DONE
