"""The last decision is taken back, for some minutes and by who made it. What was written stays written."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import require
from ..errors import Conflict, say
from ..registry.people import Person
from .deciding import call_off_task, decide, held
from .merging import tell_merged, unmerge
from .tip_moves import TipMove, TipMoveKind
from .tips import Tip, TipState
from .triaging import back_to_own_township

FOR = timedelta(minutes=10)
TAKEN_BACK = str(say("撤销刚才的决定"))
SETTLING = (
    TipMoveKind.CONFIRMED,
    TipMoveKind.UNFOUNDED,
    TipMoveKind.TRANSFERRED,
    TipMoveKind.INVALID,
)
UNDOABLE = (*SETTLING, TipMoveKind.ASSIGNED, TipMoveKind.MERGED, TipMoveKind.KEY, TipMoveKind.UNKEY)


def last_decision(session: Session, person: Person, now: datetime) -> TipMove | None:
    """What the person decided last, if it can still be taken back: nothing was done about the tip since."""
    query = (
        select(TipMove)
        .where(TipMove.county == person.county, TipMove.by_id == person.id, TipMove.at > now - FOR)
        .where(TipMove.kind != TipMoveKind.ANSWERED)
        .order_by(TipMove.at.desc(), TipMove.id.desc())
        .limit(1)
    )
    found = session.scalars(query).one_or_none()
    if found is None or found.kind not in UNDOABLE or found.note == TAKEN_BACK:
        return None
    return found if _is_last(session, found) else None


def undo(session: Session, person: Person, now: datetime) -> TipMove:
    """Take the last decision back, all of it where several tips were joined at once. Raises Conflict."""
    require(person, "tip.triage")
    last = last_decision(session, person, now)
    if last is None:
        raise Conflict(say("没有可以撤销的决定：已过 10 分钟，或者之后又有人处理过"))
    if last.kind is TipMoveKind.MERGED:
        return _unmerge_all(session, person, last, now)
    tip = held(session, person, last.tip_id, "tip.triage", last.state)
    if last.kind in (TipMoveKind.KEY, TipMoveKind.UNKEY):
        return _turn_key(session, person, tip, last, now)
    before = _before(session, last)
    if last.kind is TipMoveKind.ASSIGNED:
        call_off_task(session, person, tip)
        back_to_own_township(session, tip)
    tip.due_at = _due_before(session, last)
    made = decide(session, tip, TipMoveKind.REOPENED, person, now, state=before, note=TAKEN_BACK)
    if last.kind in SETTLING:
        tell_merged(session, person, tip, "", now, kind=TipMoveKind.REOPENED)
    return made


def _is_last(session: Session, found: TipMove) -> bool:
    later = select(TipMove.id).where(
        TipMove.county == found.county,
        TipMove.tip_id == found.tip_id,
        TipMove.kind.not_in((TipMoveKind.ANSWERED, TipMoveKind.ADDED, TipMoveKind.NOTE)),
        (TipMove.at > found.at) | ((TipMove.at == found.at) & (TipMove.id > found.id)),
    )
    return session.scalars(later.limit(1)).one_or_none() is None


def _unmerge_all(session: Session, person: Person, last: TipMove, now: datetime) -> TipMove:
    together = select(TipMove.tip_id).where(
        TipMove.county == last.county,
        TipMove.by_id == person.id,
        TipMove.at == last.at,
        TipMove.kind == TipMoveKind.MERGED,
        TipMove.master_id == last.master_id,
    )
    moves = [unmerge(session, person, tip_id, now, TAKEN_BACK) for tip_id in session.scalars(together).all()]
    return moves[-1]


def _turn_key(session: Session, person: Person, tip: Tip, last: TipMove, now: datetime) -> TipMove:
    was_set = last.kind is TipMoveKind.KEY
    tip.key_since = None if was_set else now
    kind = TipMoveKind.UNKEY if was_set else TipMoveKind.KEY
    return decide(session, tip, kind, person, now, note=TAKEN_BACK)


def _earlier(last: TipMove) -> list[Any]:
    return [
        TipMove.county == last.county,
        TipMove.tip_id == last.tip_id,
        (TipMove.at < last.at) | ((TipMove.at == last.at) & (TipMove.id < last.id)),
    ]


def _before(session: Session, last: TipMove) -> TipState:
    query = select(TipMove.state).where(*_earlier(last)).order_by(TipMove.at.desc(), TipMove.id.desc())
    return session.scalars(query.limit(1)).one_or_none() or TipState.NEW


def _due_before(session: Session, last: TipMove) -> datetime | None:
    """The due time of the assignment before, or the one that the tip came with."""
    query = select(TipMove.due_at).where(*_earlier(last), TipMove.due_at.is_not(None))
    return session.scalars(query.order_by(TipMove.at.desc(), TipMove.id.desc()).limit(1)).one_or_none()
