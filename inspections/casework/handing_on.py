"""A finding is handed to other officers when one of them left, lost the certificate or must stay out."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..errors import Conflict, Invalid, Message, say
from ..field.checks import CheckKind
from ..field.tasks import Task, TaskState
from ..registry.people import Person, is_enabled
from .case_officers import CaseOfficers, in_charge
from .drafting import CONTROLS
from .findings import OPEN_STATES, Finding
from .recusals import recused_from
from .signing import FIELDS, comes_from_inspection, officers_of, refuse_signers

LONGEST_REASON = 500


class InCharge(NamedTuple):
    """An officer who follows a finding, and why that officer can't any more, if so."""

    officer: Person
    wrong: Message | None


def who_is_in_charge(session: Session, finding: Finding, today: date) -> list[InCharge]:
    barred = recused_from(session, [finding])
    return [InCharge(each, _wrong(session, each, barred, today)) for each in in_charge(session, finding)]


def _wrong(session: Session, officer: Person, barred: set[UUID], today: date) -> Message | None:
    if not is_enabled(session, officer):
        return say("{name}的账号已停用，请改派", name=officer.name)
    if officer.id in barred:
        return say("{name}应当回避，请改派", name=officer.name)
    if officer.certificate_on(today) is None:
        return say("{name}没有在有效期内的执法证件，请改派或先登记证件", name=officer.name)
    return None


def hand_over(
    session: Session, person: Person, finding_id: UUID, form: Mapping[str, Any], now: datetime, today: date
) -> CaseOfficers:
    """Put other officers in charge, with a `reason`; open re-checks of the site move to the first.

    Raises Invalid by field as for signers of an order, Conflict for a finding that isn't open.
    """
    require(person, "finding.hand_over")
    finding = get(session, person, Finding, finding_id)
    session.refresh(finding, with_for_update=True)
    if finding.state not in OPEN_STATES:
        raise Conflict(say("这个问题现在是“{state}”，不用改派", state=finding.state.label))
    problems: dict[str, Message] = {}
    reason = CONTROLS.sub("", str(form.get("reason", ""))).strip()
    if not reason or len(reason) > LONGEST_REASON:
        problems["reason"] = say("请写明改派的原因，最多 {n} 字", n=LONGEST_REASON)
    officers = _chosen(session, finding, form, today, problems)
    if problems or officers[0] is None:
        raise Invalid(problems)
    before = in_charge(session, finding)
    row = CaseOfficers(
        county=finding.county, finding_id=finding.id, officer_id=officers[0].id,
        second_officer_id=officers[1].id if officers[1] else None, assigned_at=now, assigned_by_id=person.id,
        reason=reason,
    )  # fmt: skip
    session.add(row)
    _move_tasks(session, finding, before, officers[0])
    session.flush()
    names = [each.name for each in officers if each]
    events.record(
        session, person, "hand_over", finding, was=[each.name for each in before], to=names, reason=reason
    )
    return row


def _chosen(
    session: Session, finding: Finding, form: Mapping[str, Any], today: date, problems: dict[str, Message]
) -> list[Person | None]:
    ids: list[UUID | None] = []
    for name in FIELDS:
        try:
            ids.append(UUID(str(form.get(name, ""))))
        except ValueError:
            ids.append(None)
    officers = officers_of(session, finding.county, ids)
    two = comes_from_inspection(session, [finding])
    try:
        refuse_signers(session, officers, two=two, today=today, findings=[finding])
    except Invalid as error:
        problems |= error.fields
    if officers[0] is None:
        problems.setdefault(FIELDS[0], say("请选择承办人"))
    return officers


def _move_tasks(session: Session, finding: Finding, before: list[Person], to: Person) -> None:
    query = select(Task).where(
        Task.county == finding.county,
        Task.site_id == finding.site_id,
        Task.kind == CheckKind.RECHECK,
        Task.state == TaskState.OPEN,
        Task.assignee_id.in_([each.id for each in before if each is not to]),
    )
    for task in session.scalars(query):
        task.assignee_id = to.id
