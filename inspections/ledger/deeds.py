"""What can be done to many items of the ledger at once: for each deed who may, what stands against it, how it is
done and how it is undone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import events
from ..access import require
from ..casework import approving
from ..casework.approvals import Approval, ApprovalKind, ApprovalState
from ..casework.closures import Closure
from ..casework.drafting import read_days
from ..casework.orders import Order
from ..casework.step_papers import compose_reminder
from ..casework.steps import Origin, Step, StepKind, StepState
from ..days import day_of
from ..errors import Conflict, Invalid, Message, say
from ..field.checks import CheckKind
from ..field.tasks import Task, TaskState, assign
from ..registry.counties import find_county
from ..registry.people import Person
from ..registry.sites import Site
from .items import LedgerItem
from .owning import read_owner, set_owner, withdraw_owner
from .runs import DeedKind

LONGEST_REASON = 500


@dataclass
class Doing:
    """A run under way: who does it, with what form, at what moment, and what came of it so far by site."""

    session: Session
    person: Person
    form: Mapping[str, Any]
    now: datetime
    today: date
    tasks: dict[UUID, UUID] = field(default_factory=dict)


@dataclass(frozen=True)
class Deed:
    """`refusal` says beforehand what stands against it; `undo` is None for what was said and can't be unsaid."""

    verb: str
    check: Callable[[Session, Person, Mapping[str, Any], date], None]
    refusal: Callable[[Session, LedgerItem, date], Message | None]
    do: Callable[[Doing, LedgerItem], UUID]
    undo: Callable[[Session, Person, UUID, datetime], None] | None


def _not_open(session: Session, item: LedgerItem, today: date) -> Message | None:
    return None if item.is_open else say("已销号")


# ---- re-checks: one task for a site, however many of its problems are chosen


def _check_task(session: Session, person: Person, form: Mapping[str, Any], today: date) -> None:
    from ..field.assigning import find_assignee

    problems: dict[str, Message] = {}
    try:
        find_assignee(session, person, str(form.get("assignee_id", "")))
    except Invalid as error:
        problems |= error.fields
    try:
        if date.fromisoformat(str(form.get("due_on", ""))) < today:
            problems["due_on"] = say("完成期限不能早于今天")
    except ValueError:
        problems["due_on"] = say("请填写日期，例如 2026-03-09")
    if problems:
        raise Invalid(problems)


def _has_task(session: Session, item: LedgerItem, today: date) -> Message | None:
    query = select(Task.due_on).where(
        Task.county == item.county, Task.site_id == item.site_id, Task.kind == CheckKind.RECHECK,
        Task.state == TaskState.OPEN,
    )  # fmt: skip
    due = session.scalar(query.limit(1))
    waiting = say("这个点位已有待办的复查任务，{day} 到期", day=due.isoformat()) if due else None
    return _not_open(session, item, today) or waiting


def _send(doing: Doing, item: LedgerItem) -> UUID:
    from ..field.assigning import find_assignee

    if item.site_id not in doing.tasks:
        assignee = find_assignee(doing.session, doing.person, str(doing.form["assignee_id"]))
        site = doing.session.get_one(Site, (item.county, item.site_id))
        due_on = date.fromisoformat(str(doing.form["due_on"]))
        reason = str(doing.form.get("reason", "")).strip()[:LONGEST_REASON] or None
        task = assign(doing.session, doing.person, site, assignee, CheckKind.RECHECK, due_on,
                      today=doing.today, reason=reason)  # fmt: skip
        doing.tasks[item.site_id] = task.id
    return doing.tasks[item.site_id]


def _call_back(session: Session, person: Person, task_id: UUID, now: datetime) -> None:
    require(person, "task.assign")
    task = session.get_one(Task, (person.county, task_id))
    session.refresh(task, with_for_update=True)
    if task.state is TaskState.CANCELLED:
        return  # another problem of the site shared it
    if task.state is not TaskState.OPEN:
        raise Conflict(say("任务{state}，不能撤销", state=task.state.label))
    task.state = TaskState.CANCELLED
    session.flush()
    events.record(session, person, "cancel", task)


# ---- reminders


def _no_form(session: Session, person: Person, form: Mapping[str, Any], today: date) -> None:
    return


def _not_remindable(session: Session, item: LedgerItem, today: date) -> Message | None:
    if item.suspended_at is not None:
        return say("已中止计时，恢复以后再催办")
    if item.due_on is None:
        return say("还没有整改期限")
    last = session.scalar(
        select(func.max(Step.decided_at)).where(
            Step.county == item.county, Step.finding_id == item.id, Step.kind == StepKind.REMINDER,
            Step.state == StepState.DONE,
        )
    )  # fmt: skip
    said = say("今天已催办过") if last and day_of(last) == today else None
    return _not_open(session, item, today) or said


def _remind(doing: Doing, item: LedgerItem) -> UUID:
    session, county = doing.session, item.county
    order = session.get(Order, (county, item.order_id)) if item.order_id else None
    found = find_county(session, county)
    reopened = select(func.count()).where(
        Closure.county == county, Closure.finding_id == item.id, Closure.reopened_at.is_not(None)
    )
    told = _Told(item.text, item.due_on, item.site_name, order.addressee if order else None, item.numbers)
    names = {"county": found.name if found else "", "bureau": found.bureau if found else ""}
    step = Step(
        county=county, finding_id=item.id, kind=StepKind.REMINDER, origin=Origin.PERSON, state=StepState.DONE,
        due_on=doing.today, proposed_at=doing.now, proposed_by_id=doing.person.id, decided_at=doing.now,
        decided_by_id=doing.person.id, deadline=item.due_on, opening=session.scalar(reopened) or 0,
        order_id=item.order_id, content=compose_reminder(StepKind.REMINDER, told, names, doing.today),
    )  # fmt: skip
    session.add(step)
    session.flush()
    events.record(session, doing.person, "remind", step, finding=str(item.id))
    return step.id


@dataclass(frozen=True)
class _Told:
    """What the words of a reminder are made of."""

    text: str
    deadline: date | None
    site: str
    addressee: str | None
    number_text: str | None


# ---- extensions


def _check_extension(session: Session, person: Person, form: Mapping[str, Any], today: date) -> None:
    problems: dict[str, Message] = {}
    try:
        read_days(str(form.get("days", "")).strip())
    except Invalid as error:
        problems |= error.fields
    reason = str(form.get("reason", "")).strip()
    if not reason or len(reason) > LONGEST_REASON:
        problems["reason"] = say("请写明理由，最多 {n} 字", n=LONGEST_REASON)
    if problems:
        raise Invalid(problems)


def _not_extendable(session: Session, item: LedgerItem, today: date) -> Message | None:
    if item.suspended_at is not None:
        return say("已中止计时，恢复以后再申请延期")
    asked = select(Approval.id).where(
        Approval.county == item.county, Approval.finding_id == item.id, Approval.state == ApprovalState.ASKED
    )
    waiting = say("已有一份申请在等审批") if session.scalar(asked.limit(1)) else None
    return _not_open(session, item, today) or waiting


def _extend(doing: Doing, item: LedgerItem) -> UUID:
    form = {"days": doing.form.get("days", ""), "reason": doing.form.get("reason", "")}
    kind = ApprovalKind.EXTENSION
    return approving.ask(doing.session, doing.person, item.id, kind, form, doing.now, doing.today).id


def _unask(session: Session, person: Person, approval_id: UUID, now: datetime) -> None:
    approving.take_back(session, person, approval_id, now)


# ---- owners


def _check_owner(session: Session, person: Person, form: Mapping[str, Any], today: date) -> None:
    read_owner(form)


def _own(doing: Doing, item: LedgerItem) -> UUID:
    return set_owner(doing.session, doing.person, item.id, doing.form, doing.now).id


def _disown(session: Session, person: Person, owner_id: UUID, now: datetime) -> None:
    withdraw_owner(session, person, owner_id, now)


DEEDS: dict[DeedKind, Deed] = {
    DeedKind.RECHECK: Deed("task.assign", _check_task, _has_task, _send, _call_back),
    DeedKind.REMIND: Deed("step.prepare", _no_form, _not_remindable, _remind, None),
    DeedKind.EXTEND: Deed("approval.ask", _check_extension, _not_extendable, _extend, _unask),
    DeedKind.OWN: Deed("owner.set", _check_owner, _not_open, _own, _disown),
}
