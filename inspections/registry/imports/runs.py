"""Imports started from the desk: examined and applied by jobs, kept with their file and what they changed."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, Index, desc, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from geo.coordinates import Datum

from ...access import get, require, visible
from ...db import CountyRow, Model, Recorded, error_from, in_county, scope
from ...errors import Conflict, InspectionError, Invalid, Message, say
from ...events import Event, record
from ...evidence.keeping import keep
from ...evidence.store import BlobStore
from ...jobs import Work, enqueue, job
from ...vocabulary import Choice, choice
from ..people import Person
from .columns import Subject
from .files import read_bytes
from .importing import apply, plan
from .plans import Options
from .previews import message_from_json, messages_as_json, preview, problem_from_json, problems_as_json
from .problems import Problem
from .undoing import ImportChange, remember, undo


class RunState(Choice):
    WAITING = "waiting", say("等待试读")
    EXAMINING = "examining", say("正在试读")
    EXAMINED = "examined", say("等待确认")
    QUEUED = "queued", say("等待导入")
    RUNNING = "running", say("正在导入")
    DONE = "done", say("已导入")
    FAILED = "failed", say("没有导入")
    UNDONE = "undone", say("已撤销")


BUSY = frozenset({RunState.WAITING, RunState.EXAMINING, RunState.QUEUED, RunState.RUNNING})


class ImportRun(CountyRow, Recorded, Model):
    """One file on its way in. `preview` is what the person looks at, `message` why it did not go."""

    __tablename__ = "import_runs"
    __table_args__ = (
        in_county("started_by_id", "people"),
        Index("ix_import_runs_county_created_at", "county", "created_at"),
    )

    subject: Mapped[str]
    state: Mapped[RunState] = mapped_column(choice(RunState, "state"))
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(CHAR(64))
    problems_sha256: Mapped[str | None] = mapped_column(CHAR(64))
    options: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    preview: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    counts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    messages: Mapped[list[Any]] = mapped_column(server_default="[]")
    rows_done: Mapped[int] = mapped_column(server_default="0")
    rows_total: Mapped[int] = mapped_column(server_default="0")
    started_by_id: Mapped[UUID | None]
    finished_at: Mapped[datetime | None]

    @property
    def is_busy(self) -> bool:
        return self.state in BUSY

    @property
    def is_ready(self) -> bool:
        """Whether the person may say go."""
        return self.state is RunState.EXAMINED and self.preview.get("datum") is not None

    @property
    def refusals(self) -> list[Message]:
        return [message_from_json(written) for written in self.messages]


def list_runs(session: Session, person: Person) -> list[ImportRun]:
    require(person, "list.import")
    return list(session.scalars(visible(person, ImportRun).order_by(desc(ImportRun.created_at)).limit(50)))


def get_run(session: Session, person: Person, run_id: UUID) -> ImportRun:
    require(person, "list.import")
    return get(session, person, ImportRun, run_id)


def problems_of(store: BlobStore, run: ImportRun) -> list[Problem]:
    if run.problems_sha256 is None:
        return []
    with store.open(run.problems_sha256) as file:
        return [problem_from_json(each) for each in json.load(file)]


def start(
    session: Session, person: Person, store: BlobStore, subject: Subject, file_name: str, data: bytes
) -> ImportRun:
    """Keep the uploaded file and have it examined."""
    require(person, "list.import")
    if not data:
        raise Invalid({"file": say("文件是空的（0 字节）")})
    digest = keep(session, store, person.county, data, "application/octet-stream", person.id)
    run = ImportRun(
        county=person.county,
        subject=subject.value,
        state=RunState.WAITING,
        file_name=file_name[:200],
        sha256=digest,
        started_by_id=person.id,
    )
    session.add(run)
    session.flush()
    enqueue(session, "imports.examine", person.county, run_id=run.id)
    return run


def change_options(session: Session, person: Person, run_id: UUID, options: Mapping[str, Any]) -> ImportRun:
    """Examine again, as the person wants the file read. Raises Invalid for an unknown datum."""
    run = get_run(session, person, run_id)
    if run.is_busy or run.state in (RunState.DONE, RunState.UNDONE):
        raise Conflict(say("这次导入正在进行或已经结束，不能再改"))
    run.options = as_json(options_from(options))
    run.state, run.messages = RunState.WAITING, []
    enqueue(session, "imports.examine", person.county, run_id=run.id)
    return run


def confirm(session: Session, person: Person, run_id: UUID, *, skip_refused: bool = False) -> ImportRun:
    """Have an examined file stored."""
    run = get_run(session, person, run_id)
    if not run.is_ready:
        raise Conflict(say("还不能导入：请等试读结束，并选定坐标系"))
    if run.counts.get("refused") and not skip_refused:
        raise Invalid(
            {"skip_refused": say("有 {n} 行有错误；改好文件，或选择跳过这些行", n=run.counts["refused"])}
        )
    run.options = {**run.options, "skip_refused": skip_refused, "datum": run.preview["datum"] or None}
    run.state, run.rows_done = RunState.QUEUED, 0
    record(session, person, "list.import", run, file_name=run.file_name, subject=run.subject)
    enqueue(session, "imports.apply", person.county, run_id=run.id)
    return run


def take_back(session: Session, person: Person, run_id: UUID) -> ImportRun:
    """Undo a finished import: what it added goes, what it changed is as before. Raises Conflict, saying why."""
    run = get_run(session, person, run_id)
    if run.state is not RunState.DONE:
        raise Conflict(say("只有已完成的导入可以撤销"))
    later = session.scalars(
        select(ImportRun.file_name)
        .where(ImportRun.county == run.county, ImportRun.state == RunState.DONE)
        .where(ImportRun.finished_at > run.finished_at)
    ).first()
    if later is not None:
        raise Conflict(say("在它之后还导入过“{file}”，请先撤销后者", file=later))
    undo(session, run.county, run.id, Subject(run.subject), run.finished_at or datetime.now(UTC))
    run.state = RunState.UNDONE
    record(session, person, "list.import_undone", run, file_name=run.file_name)
    return run


def options_from(form: Mapping[str, Any]) -> Options:
    """Options from text, as forms and stored JSON have them. Raises Invalid."""
    try:
        datum = Datum(form["datum"]) if form.get("datum") else None
    except ValueError as error:
        raise Invalid({"datum": say("不认识这个坐标系")}) from error
    flags = {name: bool(form.get(name)) for name in ("swapped", "repair", "skip_refused")}
    words = {name: str(form.get(name) or "") for name in ("layer", "category", "level")}
    return Options(columns=dict(form.get("columns") or {}), datum=datum, **words, **flags)  # type: ignore[arg-type]


def as_json(options: Options) -> dict[str, Any]:
    return {
        "columns": dict(options.columns),
        "datum": options.datum.value if options.datum else None,
        **{n: getattr(options, n) for n in ("layer", "category", "level", "swapped", "repair", "skip_refused")},
    }


def record_command(
    session: Session, county: str, subject: Subject, file_name: str, counts: dict[str, int]
) -> None:
    """An import by an operator's command, who is nobody of the county, leaves its line of history too."""
    detail = {"file_name": file_name, "counts": counts, "by": "command"}
    session.add(Event(county=county, verb="list.import", subject=subject.value, detail=detail))


@job("imports.examine", awaited=True)
def examine(work: Work, run_id: str) -> None:
    """Read and plan the file of a run; what is wrong with it as a whole becomes its message."""
    _attempt(work, run_id, RunState.EXAMINING, _examine)


@job("imports.apply", awaited=True)
def carry_out(work: Work, run_id: str) -> None:
    """Store the file of a run, all of it or nothing."""
    _attempt(work, run_id, RunState.RUNNING, _apply)


def _attempt(work: Work, run_id: str, state: RunState, deed: Callable[[Work, ImportRun], None]) -> None:
    run = _run(work.session, work.county, run_id)
    if run.state not in BUSY:
        return  # done by an earlier try of the same job
    _tell(work, run_id, state=state)
    work.session.refresh(run)
    try:
        deed(work, run)
    except IntegrityError as error:
        _refuse(run, error_from(error))
    except InspectionError as refusal:
        _refuse(run, refusal)
    except Exception:
        work.session.rollback()
        _tell(work, run_id, state=RunState.FAILED, messages=messages_as_json([_BROKEN]))
        raise
    run.finished_at = datetime.now(UTC)


_BROKEN = say("系统出错了，没有写入；请重试，仍不行请联系管理员")


def _refuse(run: ImportRun, refusal: InspectionError) -> None:
    run.state = RunState.FAILED
    run.messages = messages_as_json(list(getattr(refusal, "fields", {}).values()) or [refusal.message])


def _examine(work: Work, run: ImportRun) -> None:
    table = read_bytes(run.file_name, _bytes(work, run), str(run.options.get("layer") or ""))
    subject = Subject(run.subject)
    run.preview = preview(table, subject, None, options_from(run.options))
    planned = plan(work.session, work.county, subject, table, options_from(run.options))
    run.preview = preview(table, subject, planned, options_from(run.options))
    run.counts = planned.counts
    run.problems_sha256 = _keep_problems(work, planned.problems, run.started_by_id)
    run.state = RunState.EXAMINED


def _apply(work: Work, run: ImportRun) -> None:
    options = options_from(run.options)
    table = read_bytes(run.file_name, _bytes(work, run), options.layer)

    def progress(done: int, total: int) -> None:
        _tell(work, str(run.id), rows_done=done, rows_total=total)

    person_id = run.started_by_id
    with work.session.begin_nested():
        planned = apply(
            work.session,
            work.county,
            Subject(run.subject),
            table,
            options,
            person_id=person_id,
            progress=progress,
            before=lambda planned: remember(work.session, work.county, run.id, planned),
        )
    run.counts = planned.counts
    run.problems_sha256 = _keep_problems(work, planned.problems, person_id)
    run.state = RunState.DONE


def _tell(work: Work, run_id: str, **values: Any) -> None:
    """Progress that others see at once: in its own transaction, before this one touches the run's row."""
    bind = work.session.get_bind()
    with Session(bind) as session:
        scope(session, work.county)
        run = _run(session, work.county, run_id)
        for name, value in values.items():
            setattr(run, name, value)
        session.commit()


def _run(session: Session, county: str, run_id: str) -> ImportRun:
    return session.scalars(select(ImportRun).where(ImportRun.county == county, ImportRun.id == UUID(run_id))).one()


def _bytes(work: Work, run: ImportRun) -> bytes:
    with work.store.open(run.sha256) as file:
        return file.read()


def _keep_problems(work: Work, problems: Iterable[Problem], person_id: UUID | None) -> str:
    data = json.dumps(problems_as_json(problems), ensure_ascii=False).encode()
    return keep(work.session, work.store, work.county, data, "application/json", person_id)


__all__ = ["ImportChange", "ImportRun", "RunState"]
