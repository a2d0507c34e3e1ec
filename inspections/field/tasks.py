"""Tasks: a site that someone is to check by a due date."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice
from .checks import CheckKind


class TaskState(Choice):
    OPEN = "open", say("待办")
    DONE = "done", say("已完成")
    CANCELLED = "cancelled", say("已取消")


class Task(CountyRow, Recorded, Model):
    __tablename__ = "tasks"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("assignee_id", "people"),
        in_county("created_by_id", "people"),
        in_county("check_id", "checks"),
        Index("ix_tasks_county_assignee_id_state", "county", "assignee_id", "state"),
    )

    site_id: Mapped[UUID]
    assignee_id: Mapped[UUID]
    kind: Mapped[CheckKind] = mapped_column(choice(CheckKind, "kind"))
    state: Mapped[TaskState] = mapped_column(choice(TaskState, "state"), server_default="open")
    due_on: Mapped[date]
    reason: Mapped[str | None]
    check_id: Mapped[UUID | None]
    created_by_id: Mapped[UUID | None]
