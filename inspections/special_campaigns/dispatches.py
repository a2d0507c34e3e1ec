"""Daily dispatch 日调度: what a day's meeting found behind, and its instructions with the answers to them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class Dispatch(CountyRow, Recorded, Model):
    """The dispatch of a day. `content` is what was behind and what fell due, as it stood when the dispatch began.

    It names no sweep: what is planned stays with those who may see it.
    """

    __tablename__ = "special_campaign_dispatches"
    __table_args__ = (
        in_county("campaign_id", "special_campaigns", ondelete="CASCADE"),
        in_county("held_by_id", "people"),
        UniqueConstraint("county", "campaign_id", "day"),
    )

    campaign_id: Mapped[UUID]
    day: Mapped[date]
    words: Mapped[str] = mapped_column(server_default="")
    content: Mapped[dict[str, Any]]
    held_at: Mapped[datetime]
    held_by_id: Mapped[UUID]


class InstructionState(Choice):
    SENT = "sent", say("待签收")
    RECEIVED = "received", say("已签收")
    DONE = "done", say("已办结")
    WITHDRAWN = "withdrawn", say("已撤回")


OPEN = (InstructionState.SENT, InstructionState.RECEIVED)


class Instruction(CountyRow, Recorded, Model):
    """What one township, department or person is told to do until the end of `due_on`. Its words never change."""

    __tablename__ = "special_campaign_instructions"
    __table_args__ = (
        in_county("dispatch_id", "special_campaign_dispatches", ondelete="CASCADE"),
        in_county("township_id", "areas"),
        in_county("department_id", "departments"),
        in_county("person_id", "people"),
        in_county("given_by_id", "people"),
        CheckConstraint("num_nonnulls(township_id, department_id, person_id) = 1", name="one_addressee"),
        Index("ix_special_campaign_instructions_county_dispatch_id", "county", "dispatch_id"),
        Index("ix_special_campaign_instructions_county_state", "county", "state"),
    )

    dispatch_id: Mapped[UUID]
    text: Mapped[str]
    township_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    due_on: Mapped[date]
    given_at: Mapped[datetime]
    given_by_id: Mapped[UUID]
    state: Mapped[InstructionState] = mapped_column(choice(InstructionState, "state"), server_default="sent")

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def is_late(self, today: date) -> bool:
        return self.is_open and self.due_on < today


class ReceiptKind(Choice):
    RECEIVED = "received", say("签收")
    PROGRESS = "progress", say("报告进展")
    DONE = "done", say("办结")
    REOPENED = "reopened", say("退回重办")
    WITHDRAWN = "withdrawn", say("撤回")


class Receipt(CountyRow, Model):
    """One answer to an instruction, or what the office did with it; only added to.

    `heard_from` is who answered by telephone, where `person_id` only wrote it down.
    """

    __tablename__ = "special_campaign_receipts"
    __table_args__ = (
        in_county("instruction_id", "special_campaign_instructions", ondelete="CASCADE"),
        in_county("person_id", "people"),
        Index("ix_special_campaign_receipts_county_instruction_id", "county", "instruction_id"),
    )

    instruction_id: Mapped[UUID]
    kind: Mapped[ReceiptKind] = mapped_column(choice(ReceiptKind, "kind"))
    words: Mapped[str] = mapped_column(server_default="")
    heard_from: Mapped[str] = mapped_column(server_default="")
    person_id: Mapped[UUID]
    at: Mapped[datetime]
