"""Who answers for the open problems of the story, and the views that the office keeps of its ledger."""

from datetime import date, timedelta

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from ..casework.findings import Finding, FindingState
from ..casework.orders import OrderItem
from ..events import Event
from ..ledger.owners import Owner
from ..ledger.saved_views import SavedView
from ..registry.departments import Department, DepartmentKind
from ..registry.people import Role
from . import names
from .chance import Chance
from .orders import find_first

# Who leads, the department's kind, and how many of a hundred problems are theirs
DUTIES = (
    ("分管副局长", DepartmentKind.EDUCATION, 60),
    ("市监局分管副局长", DepartmentKind.MARKET, 20),
    ("消防大队副大队长", DepartmentKind.FIRE, 10),
    ("公安局分管副局长", DepartmentKind.POLICE, 5),
)
REASON = "按县专班职责分工落实"
VIEWS = (
    ("逾期的严重问题", {"show": ["open"], "urgency": ["overdue"], "severity": ["3"], "sort": ["due_on"]}),
    ("本周到期", {"show": ["open"], "urgency": ["week"], "sort": ["due_on"]}),
    ("各镇街小计", {"show": ["open"], "group": ["township"]}),
)


def write_ledger(session: Session, today: date, seed: str) -> None:
    """As the owner of the database, in the county's scope: a few open problems stay without an owner."""
    dispatcher = find_first(session, Role.DISPATCHER)
    if dispatcher is None:
        return
    chance = Chance(seed, "ledger")
    known = session.scalars(select(Department).where(Department.county == names.COUNTY_CODE))
    departments = {each.kind: each.name for each in known}
    for finding in session.scalars(_unowned()):
        drawn = chance.randint(0, 99)
        for lead, kind, share in DUTIES:
            drawn -= share
            if drawn < 0 and kind in departments and finding.confirmed_at:
                values = {"lead": lead, "department": departments[kind], "reason": REASON}
                at = finding.confirmed_at + timedelta(hours=2)
                key = {"county": finding.county, "finding_id": finding.id}
                owner = Owner(**key, **values, set_at=at, set_by_id=dispatcher.id)
                done = {"verb": "own", "subject": "findings", "subject_id": finding.id, "detail": values}
                event = Event(county=finding.county, person_id=dispatcher.id, at=at, **done)
                session.add_all([owner, event])
                break
    session.add_all(
        SavedView(county=names.COUNTY_CODE, person_id=dispatcher.id, name=name, question=question, is_shared=True)
        for name, question in VIEWS
    )
    session.flush()


def _unowned() -> Select[Finding]:
    ordered = exists().where(
        OrderItem.county == Finding.county, OrderItem.finding_id == Finding.id, OrderItem.is_live
    )
    open_states = [FindingState.CONFIRMED, FindingState.RECTIFYING]
    return (
        select(Finding)
        .where(Finding.county == names.COUNTY_CODE, Finding.state.in_(open_states), ~ordered)
        .order_by(Finding.found_at, Finding.id)
    )
