"""Doing one deed to many items: planned and looked at, confirmed, done item by item, undone where that can be.

What stands against an item refuses that item alone. A run of many is a job that tells how far it has come.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, insert, select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require, visible
from ..days import day_of
from ..db import scope
from ..errors import Conflict, InspectionError, Invalid, Message, NotFound, say
from ..jobs import Work, enqueue, job
from ..listing import Question, found
from ..listing.ledger import LEDGER
from ..registry.people import Person
from .deeds import DEEDS, Doing
from .items import LedgerItem
from .runs import DeedKind, LedgerRun, LedgerRunItem, Result, RunState

MOST_ITEMS = 2_000
AT_ONCE = 50  # more than these are a job's work
TOLD_EVERY = 25


def plan(
    session: Session,
    person: Person,
    kind: DeedKind,
    question: Mapping[str, list[str]],
    chosen: Sequence[UUID] | None,
    now: datetime,
) -> LedgerRun:
    """A run over the items that were chosen, or over all that the question finds, as they are seen now.

    Nothing is done yet. Raises Forbidden, Invalid for none or too many.
    """
    require(person, DEEDS[kind].verb)
    items = _items(session, person, question, chosen)
    if not items:
        raise Invalid({"items": say("请先勾选要办理的问题")})
    if len(items) > MOST_ITEMS:
        raise Invalid({"items": say("一次最多办理 {n} 个问题，请加几个条件", n=MOST_ITEMS)})
    run = LedgerRun(
        county=person.county, person_id=person.id, deed=kind, state=RunState.PLANNED, question=dict(question),
        rows_total=len(items),
    )  # fmt: skip
    session.add(run)
    session.flush()
    rows = [_planned(session, run, position, item, now) for position, item in enumerate(items)]
    session.execute(insert(LedgerRunItem), rows)
    return run


def _items(
    session: Session, person: Person, question: Mapping[str, list[str]], chosen: Sequence[UUID] | None
) -> Sequence[LedgerItem]:
    query = visible(person, LedgerItem)
    if chosen is None:
        asked = Question.of(LEDGER, question)
        query = query.where(LedgerItem.id.in_(found(person, LEDGER, asked)))
    else:
        query = query.where(LedgerItem.id.in_(list(chosen)))
    order = (LedgerItem.due_on.asc().nulls_last(), LedgerItem.id)
    return session.scalars(query.order_by(*order).limit(MOST_ITEMS + 1)).all()


def _planned(session: Session, run: LedgerRun, position: int, item: LedgerItem, now: datetime) -> dict[str, Any]:
    refusal = DEEDS[run.deed].refusal(session, item, day_of(now))
    return {
        "county": run.county,
        "run_id": run.id,
        "position": position,
        "finding_id": item.id,
        "result": Result.REFUSED if refusal else Result.PLANNED,
        "reason": _written(refusal) if refusal else None,
        "made_id": None,
    }


def get_run(session: Session, person: Person, run_id: UUID) -> LedgerRun:
    """One's own: another's run isn't found."""
    run = get(session, person, LedgerRun, run_id)
    if run.person_id != person.id:
        raise NotFound
    return run


def list_runs(session: Session, person: Person) -> Sequence[LedgerRun]:
    """One's own of late, the newest first."""
    query = visible(person, LedgerRun).where(LedgerRun.person_id == person.id)
    return session.scalars(query.order_by(LedgerRun.created_at.desc()).limit(50)).all()


def results(session: Session, run: LedgerRun, page: int, size: int) -> Sequence[Any]:
    """A page of (row of the run, its ledger item), what wasn't done first."""
    query = (
        select(LedgerRunItem, LedgerItem)
        .join(
            LedgerItem, and_(LedgerItem.county == LedgerRunItem.county, LedgerItem.id == LedgerRunItem.finding_id)
        )
        .where(LedgerRunItem.county == run.county, LedgerRunItem.run_id == run.id)
        .order_by(LedgerRunItem.result.in_([Result.REFUSED, Result.KEPT]).desc(), LedgerRunItem.position)
    )
    return session.execute(query.limit(size).offset((page - 1) * size)).all()


def counts(session: Session, run: LedgerRun) -> dict[Result, int]:
    query = (
        select(LedgerRunItem.result, func.count())
        .where(LedgerRunItem.county == run.county, LedgerRunItem.run_id == run.id)
        .group_by(LedgerRunItem.result)
    )
    found_counts = {result: n for result, n in session.execute(query)}  # noqa: C416
    return {result: found_counts.get(result, 0) for result in Result}


def confirm(session: Session, person: Person, run_id: UUID, form: Mapping[str, Any], now: datetime) -> LedgerRun:
    """Do it: at once for a few, else by a job. Raises Invalid by the form's fields, Conflict where it was done."""
    run = get_run(session, person, run_id)
    session.refresh(run, with_for_update=True)
    deed = DEEDS[run.deed]
    require(person, deed.verb)
    if run.state is not RunState.PLANNED:
        raise Conflict(say("这次办理{state}，没有重复办理", state=run.state.label))
    deed.check(session, person, form, day_of(now))
    if not counts(session, run)[Result.PLANNED]:
        raise Conflict(say("所选问题都不能办理，原因见各行"))
    run.form = {key: str(value) for key, value in form.items()}
    if run.rows_total > AT_ONCE:
        run.state = RunState.QUEUED
        enqueue(session, "ledger.run", person.county, run_id=run.id)
    else:
        perform(session, person, run, now)
    return run


@job("ledger.run", awaited=True)
def carry_out(work: Work, run_id: str) -> None:
    """The deeds of a confirmed run, all in one transaction; how far it is can be seen from outside."""
    run = work.session.get_one(LedgerRun, (work.county, UUID(run_id)))
    if not run.is_busy:
        return  # done by an earlier try of the same job; one that died with its worker is begun again
    tell(work, run.id, state=RunState.RUNNING, rows_done=0)
    work.session.refresh(run)
    person = work.session.get_one(Person, (work.county, run.person_id))
    scope(work.session, work.county, person.id)
    try:
        perform(work.session, person, run, datetime.now(UTC), lambda n: tell(work, UUID(run_id), rows_done=n))
    except Exception:
        work.session.rollback()
        tell(work, UUID(run_id), state=RunState.FAILED)
        raise


def perform(
    session: Session,
    person: Person,
    run: LedgerRun,
    now: datetime,
    progress: Callable[[int], None] = lambda n: None,
) -> None:
    """Each planned item in a savepoint of its own, so that what stands against one doesn't stop the others."""
    doing = Doing(session, person, run.form, now, day_of(now))
    deed = DEEDS[run.deed]
    rows = _rows(session, run, Result.PLANNED)
    for n, row in enumerate(rows, start=1):
        _attempt(session, row, lambda row=row: _do(doing, deed.refusal, deed.do, row))  # type: ignore[misc]
        if n % TOLD_EVERY == 0:
            progress(n)
    run.state, run.rows_done, run.finished_at = RunState.DONE, len(rows), now
    session.flush()
    done = counts(session, run)
    events.record(session, person, run.deed.value, run, done=done[Result.DONE], refused=done[Result.REFUSED])


def _do(doing: Doing, refusal: Any, do: Any, row: LedgerRunItem) -> None:
    item = doing.session.get_one(LedgerItem, (row.county, row.finding_id), populate_existing=True)
    # Another problem of the same site may have brought the task about
    if item.site_id not in doing.tasks and (stands := refusal(doing.session, item, doing.today)):
        raise Conflict(stands)
    row.made_id, row.result = do(doing, item), Result.DONE


def undo(session: Session, person: Person, run_id: UUID, now: datetime) -> LedgerRun:
    """Take back what can be: the rest says why not. Raises Conflict for a deed that can't be unsaid."""
    run = get_run(session, person, run_id)
    session.refresh(run, with_for_update=True)
    deed = DEEDS[run.deed]
    if deed.undo is None:
        raise Conflict(say("{deed}已经发出，不能撤销", deed=run.deed.label))
    if run.state is not RunState.DONE:
        raise Conflict(say("这次办理{state}，不能撤销", state=run.state.label))
    for row in _rows(session, run, Result.DONE):
        _attempt(session, row, lambda row=row: _undo(session, person, deed.undo, row, now), Result.KEPT)  # type: ignore[misc]
    run.state, run.undone_at = RunState.UNDONE, now
    session.flush()
    events.record(session, person, "undo", run, undone=counts(session, run)[Result.UNDONE])
    return run


def _undo(session: Session, person: Person, take_back: Any, row: LedgerRunItem, now: datetime) -> None:
    take_back(session, person, row.made_id, now)
    row.result = Result.UNDONE


def _attempt(
    session: Session, row: LedgerRunItem, deed: Callable[[], None], otherwise: Result = Result.REFUSED
) -> None:
    try:
        with session.begin_nested():
            deed()
    except InspectionError as error:
        row.result, row.reason = otherwise, _written(error.message)


def _rows(session: Session, run: LedgerRun, result: Result) -> Sequence[LedgerRunItem]:
    query = select(LedgerRunItem).where(
        LedgerRunItem.county == run.county, LedgerRunItem.run_id == run.id, LedgerRunItem.result == result
    )
    return session.scalars(query.order_by(LedgerRunItem.position)).all()


def _written(message: Message) -> list[Any]:
    """As it is stored: a message within it is its own words."""
    values = {
        name: str(value) if isinstance(value, Message) else value if isinstance(value, int) else str(value)
        for name, value in message.values.items()
    }
    return [message.template, values]


def tell(work: Work, run_id: UUID, **values: Any) -> None:
    """Progress that others see at once: in its own transaction, before this one touches the run's row."""
    with Session(work.session.get_bind()) as session:
        scope(session, work.county)
        run = session.get_one(LedgerRun, (work.county, run_id))
        for name, value in values.items():
            setattr(run, name, value)
        session.commit()
