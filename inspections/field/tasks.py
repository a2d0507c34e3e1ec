"""Tasks: a site that someone is to check by a due date."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..db import CountyRow, Model, Recorded, in_county
from ..errors import Invalid, say
from ..vocabulary import Choice, choice
from .checks import Check, CheckKind, Outline

if TYPE_CHECKING:
    from ..registry.people import Person
    from ..registry.sites import Site


class TaskState(Choice):
    OPEN = "open", say("待办")
    DONE = "done", say("已完成")
    CANCELLED = "cancelled", say("已取消")


class Task(CountyRow, Recorded, Model):
    """What one person is sent to do at a site by a day; `check_id` is the check that did it."""

    __tablename__ = "tasks"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("assignee_id", "people"),
        in_county("created_by_id", "people"),
        in_county("check_id", "checks"),
        Index("ix_tasks_county_assignee_id_state", "county", "assignee_id", "state"),
        Index("ix_tasks_county_site_id", "county", "site_id"),
    )

    site_id: Mapped[UUID]
    assignee_id: Mapped[UUID]
    kind: Mapped[CheckKind] = mapped_column(choice(CheckKind, "kind"))
    state: Mapped[TaskState] = mapped_column(choice(TaskState, "state"), server_default="open")
    due_on: Mapped[date]
    reason: Mapped[str | None]
    check_id: Mapped[UUID | None]
    created_by_id: Mapped[UUID | None]


def list_open_tasks(session: Session, person: "Person") -> Sequence[Task]:
    """What a person has to do, the most urgent first; overdue tasks stay until done or cancelled."""
    return session.scalars(
        select(Task)
        .where(Task.county == person.county, Task.assignee_id == person.id, Task.state == TaskState.OPEN)
        .order_by(Task.due_on, Task.id)
    ).all()


def assign(
    session: Session,
    person: "Person",
    site: "Site",
    assignee: "Person",
    kind: CheckKind,
    due_on: date,
    *,
    today: date,
    reason: str | None = None,
) -> Task:
    """Send someone to a site that the caller has fetched through `access`. Raises `Forbidden`, `Invalid`."""
    from ..access import require  # access knows this module's table

    require(person, "task.assign")
    if not assignee.is_active:
        raise Invalid({"assignee_id": say("这个账号已停用，请改派他人")})
    if due_on < today:
        raise Invalid({"due_on": say("完成期限不能早于今天")})
    task = Task(
        county=person.county,
        site_id=site.id,
        assignee_id=assignee.id,
        kind=kind,
        state=TaskState.OPEN,
        due_on=due_on,
        reason=reason,
        created_by_id=person.id,
    )
    session.add(task)
    session.flush()
    events.record(session, person, "assign", task, site_id=str(site.id), assignee_id=str(assignee.id))
    return task


def complete(task: Task | None, check: Check | Outline) -> None:
    """Mark the task that a check answers as done, if it is open, for this site, and one of the officers' own."""
    officers = {check.person_id, check.second_person_id}
    if task and task.state is TaskState.OPEN and task.site_id == check.site_id and task.assignee_id in officers:
        task.state, task.check_id = TaskState.DONE, check.id
