"""Recusal is decided by the leader (行政处罚法 art. 43); who is recused does nothing more in the case."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..errors import Conflict, Forbidden, Invalid, Message, say
from ..registry.people import Person
from .drafting import CONTROLS
from .findings import Finding
from .recusals import Recusal, RecusalOrigin, RecusalState, recused_from

LONGEST_REASON = 500


def refuse_recused(session: Session, person: Person, findings: Sequence[Finding]) -> None:
    """Raise Forbidden for a person who must stay out of the case."""
    if person.id in recused_from(session, findings):
        raise Forbidden(say("您在这个案件中应当回避，请由其他人办理"))


def ask_recusal(
    session: Session, person: Person, finding_id: UUID, form: Mapping[str, Any], now: datetime
) -> Recusal:
    """Ask that an officer (`person_id`) stays out of a finding, or with `whole_site` out of its site.

    Nothing stops until it is decided. Raises Invalid by field, Conflict where it is asked for already.
    """
    require(person, "recusal.ask")
    finding = get(session, person, Finding, finding_id)
    problems: dict[str, Message] = {}
    officer = _officer(session, person, str(form.get("person_id", "")))
    if officer is None:
        problems["person_id"] = say("请选择人员")
    origin = next((each for each in RecusalOrigin if each == form.get("origin")), None)
    if origin is None:
        problems["origin"] = say("请选择由谁提出")
    reason = _reason(str(form.get("reason", "")), problems, "reason", is_needed=True)
    if problems or officer is None or origin is None:
        raise Invalid(problems)
    if officer.id in recused_from(session, [finding]):
        raise Conflict(say("{name}已经回避", name=officer.name))
    recusal = Recusal(
        county=finding.county, site_id=finding.site_id, finding_id=None if form.get("whole_site") else finding.id,
        person_id=officer.id, origin=origin, reason=reason, state=RecusalState.ASKED, asked_at=now,
        asked_by_id=person.id,
    )  # fmt: skip
    session.add(recusal)
    session.flush()
    events.record(session, person, "ask", recusal, who=officer.name, reason=reason)
    return recusal


def decide_recusal(
    session: Session, person: Person, recusal_id: UUID, granted: bool, reason: str, now: datetime
) -> Recusal:
    """The leader decides; a refusal has a reason. Raises Conflict where it was decided, or about oneself."""
    require(person, "recusal.decide")
    recusal = get(session, person, Recusal, recusal_id)
    session.refresh(recusal, with_for_update=True)
    if recusal.state is not RecusalState.ASKED:
        raise Conflict(say("这份申请已经处理过了：{state}", state=recusal.state.label))
    if recusal.person_id == person.id:
        raise Conflict(say("不能决定自己的回避，请由另一位领导决定"))
    problems: dict[str, Message] = {}
    recusal.decision_reason = _reason(reason, problems, "decision_reason", is_needed=not granted)
    if problems:
        raise Invalid(problems)
    recusal.state = RecusalState.GRANTED if granted else RecusalState.REFUSED
    recusal.decided_by_id, recusal.decided_at = person.id, now
    session.flush()
    events.record(session, person, "decide", recusal, state=recusal.state.value, reason=recusal.decision_reason)
    return recusal


def _officer(session: Session, person: Person, text: str) -> Person | None:
    try:
        return session.get(Person, (person.county, UUID(text)))
    except ValueError:
        return None


def _reason(text: str, problems: dict[str, Message], name: str, *, is_needed: bool) -> str:
    reason = CONTROLS.sub("", text).strip()
    if (is_needed and not reason) or len(reason) > LONGEST_REASON:
        problems[name] = say("请写明理由，最多 {n} 字", n=LONGEST_REASON)
    return reason
