"""Who answers for an open problem is settled, or taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..casework.drafting import CONTROLS
from ..casework.findings import Finding, FindingState
from ..errors import Conflict, Invalid, Message, say
from ..registry.people import Person
from .owners import Owner

LONGEST = {"lead": 50, "department": 100, "reason": 500}


def read_owner(form: Mapping[str, Any]) -> dict[str, str]:
    """Lead, department and reason from a form. Raises Invalid by field."""
    values = {name: CONTROLS.sub("", str(form.get(name, ""))).strip() for name in LONGEST}
    missing = {
        "lead": say("请填写牵头领导"),
        "department": say("请填写责任部门"),
        "reason": say("请写明为什么这样落实或移交"),
    }
    problems: dict[str, Message] = {name: missing[name] for name, text in values.items() if not text}
    problems |= {
        name: say("最多 {n} 字，现在 {m} 字", n=LONGEST[name], m=len(text))
        for name, text in values.items()
        if len(text) > LONGEST[name]
    }
    if problems:
        raise Invalid(problems)
    return values


def set_owner(session: Session, person: Person, finding_id: UUID, form: Mapping[str, Any], now: datetime) -> Owner:
    """Say who answers for an open finding from now on. Raises Conflict for one that is closed or not confirmed."""
    require(person, "owner.set")
    values = read_owner(form)
    finding = get(session, person, Finding, finding_id)
    session.refresh(finding, with_for_update=True)
    if finding.state not in {FindingState.CONFIRMED, FindingState.RECTIFYING}:
        raise Conflict(say("问题{state}，不能再改责任部门", state=finding.state.label))
    owner = Owner(county=person.county, finding_id=finding.id, set_at=now, set_by_id=person.id, **values)
    session.add(owner)
    session.flush()
    events.record(session, person, "own", finding, owner=str(owner.id), **values)
    return owner


def withdraw_owner(session: Session, person: Person, owner_id: UUID, now: datetime) -> Owner:
    """Take it back: what held before holds again. Raises Conflict where it was taken back already."""
    require(person, "owner.set")
    owner = get(session, person, Owner, owner_id)
    session.refresh(owner, with_for_update=True)
    if owner.withdrawn_at is not None:
        raise Conflict(say("已经撤销过了"))
    owner.withdrawn_at, owner.withdrawn_by_id = now, person.id
    session.flush()
    finding = session.get_one(Finding, (owner.county, owner.finding_id))
    events.record(session, person, "disown", finding, owner=str(owner.id))
    return owner
