"""Rows and deadlines that every decision about a tip needs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..casework.deadlines import working_days_after
from ..days import CHINA, day_of
from ..errors import Conflict, Invalid, Message, say
from ..field.tasks import Task, TaskState
from ..incoming import UNKEEPABLE
from ..registry.people import Person
from ..rules.calendar import working_calendar
from .receiving import WORK_ENDS
from .tip_moves import TipMove, TipMoveKind, move
from .tips import Tip, TipState

TRIAGE_DAYS, HANDLING_DAYS, MOST_DAYS = 1, 5, 60  # working days
LONGEST_NOTE = 500
OPEN = (TipState.NEW, TipState.ASSIGNED)
SETTLED = (TipState.CONFIRMED, TipState.UNFOUNDED, TipState.TRANSFERRED, TipState.INVALID)


def held(session: Session, person: Person, tip_id: UUID, verb: str, *states: TipState, seen: str = "") -> Tip:
    """The tip, held until the commit, if it is in one of the states. `seen` is the state on the reader's screen.

    Raises Conflict when somebody else decided in the meantime, NotFound for a tip that the person can't see.
    """
    require(person, verb)
    tip = get(session, person, Tip, tip_id)
    session.refresh(tip, with_for_update=True)
    if (states and tip.state not in states) or (seen and seen != tip.state.value):
        raise Conflict(say("这条线索刚才已有人处理过，现在是“{state}”，请看过再定", state=tip.state.label))
    return tip


def decide(session: Session, tip: Tip, kind: TipMoveKind, person: Person, now: datetime, **given: Any) -> TipMove:
    """A move with its line of history, which holds no word that a person typed."""
    made = move(session, tip, kind, now, person, **given)
    events.record(session, person, kind.value, tip, move_id=str(made.id), state=made.state.value)
    return made


def words(form: Mapping[str, Any], key: str, missing: Message | None = None) -> str:
    """What was typed into a field. Raises Invalid where something is missing or too long."""
    text = UNKEEPABLE.sub("", str(form.get(key) or "")).strip()
    if missing is not None and not text:
        raise Invalid({key: missing})
    if len(text) > LONGEST_NOTE:
        raise Invalid({key: say("太长了，请缩短到 {limit} 个字以内", limit=LONGEST_NOTE)})
    return text


def days_of(form: Mapping[str, Any], otherwise: int = HANDLING_DAYS) -> int:
    text = str(form.get("days") or otherwise).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_DAYS):
        raise Invalid({"days": say("请填 1 到 {most} 之间的工作日数", most=MOST_DAYS)})
    return int(text)


def due_after(session: Session, county: str, now: datetime, days: int) -> datetime:
    """The end of work on the n-th working day, by the county's calendar."""
    day = working_days_after(working_calendar(session, county), day_of(now), days).on
    return datetime.combine(day, WORK_ENDS, CHINA)


def last_move(session: Session, tip: Tip, *kinds: TipMoveKind) -> TipMove | None:
    """The newest of a tip's moves, of some kinds if they are named."""
    query = select(TipMove).where(TipMove.county == tip.county, TipMove.tip_id == tip.id)
    if kinds:
        query = query.where(TipMove.kind.in_(kinds))
    return session.scalars(query.order_by(TipMove.at.desc(), TipMove.id.desc()).limit(1)).one_or_none()


def call_off_task(session: Session, person: Person, tip: Tip) -> None:
    """Nobody has to go any more for the assignment that stood."""
    assigned = last_move(session, tip, TipMoveKind.ASSIGNED)
    task = session.get(Task, (tip.county, assigned.task_id)) if assigned and assigned.task_id else None
    if task and task.state is TaskState.OPEN:
        task.state = TaskState.CANCELLED
        events.record(session, person, "cancel", task)
