"""Tips that tell of the same are joined into one master. Each is kept whole, and each can be taken out again.

Who joined what into what is a tree, read from the moves that a person made; a tip's `master_id` is the root of its
tree, so there are no chains. The moves of those that only came along are the system's.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import get, require, visible
from ..errors import Conflict, Invalid, NotFound, say
from ..registry.people import Person
from .deciding import OPEN, SETTLED, decide
from .tip_moves import TipMove, TipMoveKind, move
from .tips import Tip, TipState

MOST_AT_ONCE = 50


def merge(
    session: Session, person: Person, master_id: UUID, tip_ids: Iterable[UUID], now: datetime, note: str = ""
) -> list[TipMove]:
    """Join tips into a master, which may be joined itself: then into its master.

    Raises NotFound for a tip that the person can't see, Invalid for one that would be joined into itself or for
    too many, Conflict for one that is joined there already.
    """
    require(person, "tip.triage")
    wanted = list(dict.fromkeys(tip_ids))
    if not wanted:
        raise Invalid({"tips": say("请先选择要并入的线索")})
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid({"tips": say("一次最多合并 {most} 条", most=MOST_AT_ONCE)})
    root_id = get(session, person, Tip, master_id).master_id or master_id
    if root_id in wanted or master_id in wanted:
        raise Invalid({"tips": say("线索不能并入自己，请另选一条作主线索")})
    tips = _held(session, person, {root_id, *wanted})
    root = tips[root_id]
    for tip in tips.values():
        if tip.master_id is not None:
            raise Conflict(say("线索 {code} 已经并入别的线索，请先拆开再合并", code=tip.code))
    if root.key_since is None and (keys := [tips[each].code for each in wanted if tips[each].key_since]):
        root.key_since = now
        why = str(say("并入的线索是重点督办：{codes}", codes=keys))
        decide(session, root, TipMoveKind.KEY, person, now, note=why)
    moves = [_join(session, person, tips[each], root, now, note) for each in wanted]
    if root.state in SETTLED:
        tell_merged(session, person, root, _last_answer(session, root), now)
    return moves


def _join(session: Session, person: Person, tip: Tip, root: Tip, now: datetime, note: str) -> TipMove:
    for each in _joined(session, tip.county, tip.id):
        each.master_id = root.id
        move(session, each, TipMoveKind.MERGED, now, master_id=root.id)
    tip.master_id = root.id
    return decide(session, tip, TipMoveKind.MERGED, person, now, master_id=root.id, note=note)


def unmerge(session: Session, person: Person, tip_id: UUID, now: datetime, note: str = "") -> TipMove:
    """Take a tip out again, into the state it had, with those that had come along with it. Raises Conflict."""
    require(person, "tip.triage")
    tip = get(session, person, Tip, tip_id)
    root_id = tip.master_id
    if root_id is None or _held(session, person, {tip.id, root_id})[tip_id].master_id != root_id:
        raise Conflict(say("这条线索没有并入别的线索，请刷新后再看"))
    followers = _below(session, tip, _joined(session, tip.county, root_id))
    tip.master_id = None
    made = decide(session, tip, TipMoveKind.UNMERGED, person, now, state=_state_before(session, tip), note=note)
    for each in followers:
        each.master_id = tip.id
        move(session, each, TipMoveKind.MERGED, now, master_id=tip.id)
    return made


def tell_merged(
    session: Session,
    person: Person,
    master: Tip,
    answer: str,
    now: datetime,
    kind: TipMoveKind = TipMoveKind.ANSWERED,
) -> None:
    """Write on each tip joined into a master what came of it, so that whoever reported it can read it."""
    for tip in _joined(session, master.county, master.id):
        decide(session, tip, kind, person, now, state=TipState.DUPLICATE, answer=answer, master_id=master.id)


def merged_into(session: Session, person: Person, tip: Tip) -> Sequence[Tip]:
    """The tips joined into one, as far as the person sees them, the oldest first."""
    query = visible(person, Tip).where(Tip.master_id == tip.id)
    return session.scalars(query.order_by(Tip.received_at, Tip.id)).all()


def _joined(session: Session, county: str, master_id: UUID) -> list[Tip]:
    query = select(Tip).where(Tip.county == county, Tip.master_id == master_id).order_by(Tip.id)
    return list(session.scalars(query.with_for_update()))


def _held(session: Session, person: Person, ids: set[UUID]) -> dict[UUID, Tip]:
    """The tips, locked in the order of their ids, so that two people who merge at once wait and don't block."""
    query = visible(person, Tip).where(Tip.id.in_(ids)).order_by(Tip.id).with_for_update()
    found = {tip.id: tip for tip in session.scalars(query.execution_options(populate_existing=True))}
    if len(found) < len(ids):
        raise NotFound
    return found


def _below(session: Session, tip: Tip, joined: Sequence[Tip]) -> list[Tip]:
    """Those of one tree that hang below a tip."""
    own = select(TipMove.tip_id, TipMove.master_id).where(
        TipMove.county == tip.county,
        TipMove.tip_id.in_([each.id for each in joined]),
        TipMove.kind == TipMoveKind.MERGED,
        TipMove.by_id.is_not(None),
    )
    # The newest of each comes last and stays
    above = {row.tip_id: row.master_id for row in session.execute(own.order_by(TipMove.at, TipMove.id))}

    def leads(each: UUID | None) -> bool:
        while each is not None and each != tip.id:
            each = above.get(each)
        return each is not None

    return [each for each in joined if each.id != tip.id and leads(each.id)]


def _state_before(session: Session, tip: Tip) -> TipState:
    query = (
        select(TipMove.state)
        .where(TipMove.county == tip.county, TipMove.tip_id == tip.id, TipMove.state != TipState.DUPLICATE)
        .order_by(TipMove.at.desc(), TipMove.id.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none() or OPEN[0]


def _last_answer(session: Session, tip: Tip) -> str:
    query = (
        select(TipMove.answer)
        .where(TipMove.county == tip.county, TipMove.tip_id == tip.id, TipMove.kind != TipMoveKind.RECEIVED)
        .where(TipMove.answer != "")
        .order_by(TipMove.at.desc(), TipMove.id.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none() or ""
