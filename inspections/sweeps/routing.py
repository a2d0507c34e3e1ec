"""What a joint check found goes to each department: its own order, signed by its officers, or a hand-over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..casework.drafting import draft
from ..casework.findings import OPEN_STATES, Finding
from ..casework.handing_over import hand_over
from ..casework.handovers import Handover
from ..casework.order_file import Sheet, new_sheet
from ..casework.orders import Order, OrderKind
from ..days import day_of
from ..errors import Conflict, Invalid, Message, NotFound, say
from ..registry.departments import DepartmentKind
from ..registry.people import Person
from .joint_results import SIGNERS, DepartmentPart, JointResult, findings_of_checks, joint_result

LONGEST_REASON = 300
LONGEST_MEASURES = 1_000
SHARED = ("lead", "days", "telephone")  # said once for all orders that are drafted together


def reroute(
    session: Session, person: Person, finding_id: UUID, department: DepartmentKind | None, reason: str
) -> Finding:
    """Say that a problem is another department's matter. Raises Conflict once a paper names it."""
    require(person, "finding.confirm")
    finding = get(session, person, Finding, finding_id)
    session.refresh(finding, with_for_update=True)
    if finding.state not in OPEN_STATES:
        raise Conflict(say("这个问题现在是“{state}”，不用改派", state=finding.state.label))
    routed = findings_of_checks(session, person, [finding.check_id]) if finding.check_id else {}
    if any(each.order or each.handover for each in _of(routed, finding)):
        raise Conflict(say("这个问题已经写进文书或移送，不能再换部门；先撤回文书或移送"))
    if not reason.strip():
        raise Invalid({"reason": say("请写明为什么归另一个部门")})
    was, finding.department = finding.department, department
    events.record(
        session, person, "reroute", finding, was=was.value if was else None,
        now=department.value if department else None, reason=reason.strip()[:LONGEST_REASON],
    )  # fmt: skip
    session.flush()
    return finding


def department_sheet(
    session: Session, person: Person, check_id: UUID, department: DepartmentKind, today: date
) -> Sheet:
    """The form of a department's own order for what it has to see to: its name, its officers, its problems."""
    result = joint_result(session, person, check_id, today)
    part = _part(result, department)
    sheet = new_sheet(session, person, result.site.id, OrderKind.RECTIFICATION, check_id, today)
    findings = [each for each in sheet.findings if each.department is department]
    return replace(sheet, findings=findings, given=_given(sheet, part, findings))


def draft_orders(
    session: Session, person: Person, check_id: UUID, form: Mapping[str, Any], today: date
) -> list[Order]:
    """Draft an order for each department that is chosen by `take-KIND`, with one `lead`, `days` and `telephone`.

    All or none. Raises Invalid: what is wrong with one department's order stands at `take-KIND`.
    """
    require(person, "order.draft")
    result = joint_result(session, person, check_id, today)
    chosen = [
        part for part in result.parts if part.department and part.waiting and form.get(f"take-{part.department}")
    ]
    if not chosen:
        raise Invalid({"take": say("请至少选一个有待办问题的部门")})
    orders: list[Order] = []
    problems: dict[str, Message] = {}
    for part in chosen:
        assert part.department
        try:
            orders.append(_draft(session, person, result, part, form, today))
        except Invalid as error:
            problems |= _told(part.department, error)
    if problems:
        raise Invalid(problems)
    return orders


def handover_form(result: JointResult, part: DepartmentPart, today: date) -> dict[str, str]:
    """What a letter to a department begins as: the problems word by word, and the papers that go with it."""
    lines = [f"{number}. {_line(finding)}" for number, finding in enumerate(part.waiting, 1)]
    head = say(
        "{day}联合检查{site}时发现下列问题，属于贵部门职责，现移送处理，请将处理结果书面回复。",
        day=f"{day_of(result.check.device_finished_at)}", site=result.site.name,
    )  # fmt: skip
    return {
        "recipient": part.name,
        "matter": "\n".join([str(head), *lines]),
        "papers": "\n".join(map(str, (say("联合检查记录"), say("现场照片")))),
        "handed_on": today.isoformat(),
        "due_back_on": "",
    }


def hand_over_part(
    session: Session,
    person: Person,
    check_id: UUID,
    department: DepartmentKind,
    form: Mapping[str, Any],
    now: datetime,
    today: date,
) -> Handover:
    """One letter for all that waits for a department. Raises Invalid by field, Conflict where nothing waits."""
    require(person, "handover.record")
    result = joint_result(session, person, check_id, today)
    for finding in sorted(_part(result, department).waiting, key=lambda each: each.id):
        session.refresh(finding, with_for_update=True)
    # Somebody may have written to the department while this waited for the rows
    waiting = _part(joint_result(session, person, check_id, today), department).waiting
    if not waiting:
        raise Conflict(say("这个部门的问题都已经写进文书或移送，请刷新后核对"))
    given = {name: form.get(name, "") for name in ("recipient", "matter", "papers", "handed_on", "due_back_on")}
    given |= {"finding_id": str(waiting[0].id)}
    ids = [finding.id for finding in waiting]
    return hand_over(session, person, result.site.id, given, now, today, also=ids)


def _draft(
    session: Session,
    person: Person,
    result: JointResult,
    part: DepartmentPart,
    form: Mapping[str, Any],
    today: date,
) -> Order:
    assert part.department
    sheet = department_sheet(session, person, result.check.id, part.department, today)
    given = dict(sheet.given) | {"telephone": form.get("telephone", "")}
    for finding in sheet.findings:
        given |= {f"{name}-{finding.id}": form.get(name, "") for name in ("lead", "days")}
    return draft(session, person, result.site.id, OrderKind.RECTIFICATION, given, today)


def _given(sheet: Sheet, part: DepartmentPart, findings: list[Finding]) -> dict[str, Any]:
    given = dict(sheet.given)
    if part.department is not DepartmentKind.EDUCATION and part.name:
        given["organisation"] = part.name
    if len(part.officers) >= SIGNERS:
        first, second = part.officers[:SIGNERS]
        given |= {"officer_id": first.id, "second_officer_id": second.id}
    for finding in findings:
        given[f"measures-{finding.id}"] = _measures(finding)
        # A county that didn't enter the department has its kind for a name
        given[f"department-{finding.id}"] = part.name or str(part.department.label if part.department else "")
    kept = {str(finding.id) for finding in findings}
    others = {str(finding.id) for finding in sheet.findings} - kept
    return {name: value for name, value in given.items() if not any(name.endswith(each) for each in others)}


def _measures(finding: Finding) -> str:
    """The item of the sheet says how it has to be."""
    demand = finding.text.splitlines()[0]
    return str(say("按要求整改到位，并报送整改情况和照片：{demand}", demand=demand))[:LONGEST_MEASURES]


def _line(finding: Finding) -> str:
    """What was seen, after what was asked."""
    asked, _, seen = finding.text.partition("\n")
    return f"{seen}（{asked}）" if seen.strip() else asked


def _told(department: DepartmentKind, error: Invalid) -> dict[str, Message]:
    """The fields that stand on the joint page by themselves; all else is said beside the department."""
    own = {name.partition("-")[0]: message for name, message in error.fields.items()}
    shared = {name: message for name, message in own.items() if name in SHARED}
    rest = [message for name, message in own.items() if name not in shared]
    return shared | ({f"take-{department}": rest[0]} if rest else {})


def _part(result: JointResult, department: DepartmentKind) -> DepartmentPart:
    part = result.part(department)
    if part is None:
        raise NotFound
    return part


def _of(routed: Mapping[UUID, Any], finding: Finding) -> list[Any]:
    return [each for rows in routed.values() for each in rows if each.finding.id == finding.id]
