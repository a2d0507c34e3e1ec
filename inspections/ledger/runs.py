"""Runs: one deed done to many items of the ledger, seen before it is done, with a result for each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import Message, say
from ..vocabulary import Choice, choice


class DeedKind(Choice):
    RECHECK = "recheck", say("派复查任务")
    REMIND = "remind", say("催办")
    EXTEND = "extend", say("申请延期")
    OWN = "own", say("落实或移交责任")
    EXPORT = "export", say("导出台账")


class RunState(Choice):
    PLANNED = "planned", say("待确认")
    QUEUED = "queued", say("排队中")
    RUNNING = "running", say("办理中")
    DONE = "done", say("已办")
    FAILED = "failed", say("没有办成")
    UNDONE = "undone", say("已撤销")


class Result(Choice):
    PLANNED = "planned", say("将办理")
    REFUSED = "refused", say("不能办理")
    DONE = "done", say("已办")
    UNDONE = "undone", say("已撤销")
    KEPT = "kept", say("不能撤销")


class LedgerRun(CountyRow, Recorded, Model):
    """`question` is what was asked of the ledger, `form` what was filled in; `sha256` the file of an export."""

    __tablename__ = "ledger_runs"
    __table_args__ = (
        in_county("person_id", "people"),
        Index("ix_ledger_runs_county_person_id_created_at", "county", "person_id", "created_at"),
    )

    person_id: Mapped[UUID]
    deed: Mapped[DeedKind] = mapped_column(choice(DeedKind, "deed"))
    state: Mapped[RunState] = mapped_column(choice(RunState, "state"))
    question: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    form: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    rows_total: Mapped[int] = mapped_column(server_default="0")
    rows_done: Mapped[int] = mapped_column(server_default="0")
    sha256: Mapped[str | None] = mapped_column(CHAR(64))
    finished_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    @property
    def is_busy(self) -> bool:
        return self.state in {RunState.QUEUED, RunState.RUNNING}


class LedgerRunItem(Model):
    """What a run did with one item: `made_id` is the task, step or owner that came of it, `reason` why none."""

    __tablename__ = "ledger_run_items"
    __table_args__ = (in_county("run_id", "ledger_runs", ondelete="CASCADE"), in_county("finding_id", "findings"))

    county: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[UUID]
    result: Mapped[Result] = mapped_column(choice(Result, "result"))
    reason: Mapped[list[Any] | None]
    made_id: Mapped[UUID | None]

    @property
    def said(self) -> Message | None:
        """Why it wasn't done, as a message that can be translated."""
        return Message(self.reason[0], self.reason[1]) if self.reason else None
