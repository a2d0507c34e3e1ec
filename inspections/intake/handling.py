"""What becomes of a tip that was assigned: it is handed back, or somebody says what came of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..casework.findings import Finding, FindingState
from ..errors import Invalid, say
from ..field.checks import Check, CheckKind
from ..registry.people import Person
from .deciding import TRIAGE_DAYS, call_off_task, decide, due_after, held, last_move, words
from .merging import tell_merged
from .tip_moves import TipMove, TipMoveKind
from .tips import Tip, TipState

OUTCOMES = (TipMoveKind.CONFIRMED, TipMoveKind.UNFOUNDED)
STANDING = (FindingState.CONFIRMED, FindingState.RECTIFYING, FindingState.STRUCK_OFF)


class CheckSaid(NamedTuple):
    """What a check after the assignment found: an outcome to put forward, which a person decides."""

    check_id: UUID
    at: datetime
    confirmed: int
    proposed: int

    @property
    def outcome(self) -> TipMoveKind | None:
        """None while problems wait to be confirmed."""
        if self.confirmed:
            return TipMoveKind.CONFIRMED
        return None if self.proposed else TipMoveKind.UNFOUNDED


def give_back(session: Session, person: Person, tip_id: UUID, form: Mapping[str, Any], now: datetime) -> TipMove:
    """Not ours, or not to be found: the dispatcher decides anew, within a working day."""
    tip = held(session, person, tip_id, "tip.handle", TipState.ASSIGNED, seen=str(form.get("seen") or ""))
    note = words(form, "note", say("请写明退回的原因"))
    call_off_task(session, person, tip)
    tip.triage_due_at = due_after(session, tip.county, now, TRIAGE_DAYS)
    return decide(session, tip, TipMoveKind.RETURNED, person, now, note=note)


def report(session: Session, person: Person, tip_id: UUID, form: Mapping[str, Any], now: datetime) -> TipMove:
    """What came of it, in words for inside and an answer for who reported it, or one joined to it."""
    tip = held(session, person, tip_id, "tip.handle", TipState.ASSIGNED, seen=str(form.get("seen") or ""))
    kind = next((each for each in OUTCOMES if each.value == form.get("outcome")), None)
    if kind is None:
        raise Invalid({"outcome": say("请选择查实或不属实")})
    note = words(form, "note", say("请写明核查的情况"))
    answer = words(form, "answer", say("请写一句给举报人的答复，不要写出举报人和办案细节"))
    made = decide(session, tip, kind, person, now, note=note, answer=answer)
    tell_merged(session, person, tip, answer, now)
    return made


def what_the_check_said(session: Session, tip: Tip) -> CheckSaid | None:
    """The latest check of a tip at its site since it was assigned, or the one that did its task."""
    assigned = last_move(session, tip, TipMoveKind.ASSIGNED) if tip.state is TipState.ASSIGNED else None
    if assigned is None or tip.site_id is None:
        return None
    counted = [
        func.count().filter(Finding.state.in_(STANDING)),
        func.count().filter(Finding.state == FindingState.PROPOSED),
    ]
    query = (
        select(Check.id, Check.device_finished_at, *counted)
        .outerjoin(Finding, (Finding.county == Check.county) & (Finding.check_id == Check.id))
        .where(Check.county == tip.county, Check.site_id == tip.site_id, Check.kind == CheckKind.TIP)
        .where(Check.device_finished_at >= assigned.at)
        .group_by(Check.county, Check.id)
        .order_by(Check.device_finished_at.desc())
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    return CheckSaid._make(found) if found else None
