"""Moves 流转: the way of a tip from its receipt to its end, line by line. None is changed or taken back."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, in_county, new_id
from ..errors import say
from ..vocabulary import Choice, choice
from .tips import Tip, TipState

if TYPE_CHECKING:
    from ..registry.people import Person


class TipMoveKind(Choice):
    RECEIVED = "received", say("收到")
    ASSIGNED = "assigned", say("交办")
    RETURNED = "returned", say("退回")
    CONFIRMED = "confirmed", say("查实")
    UNFOUNDED = "unfounded", say("不属实")
    TRANSFERRED = "transferred", say("转办")
    INVALID = "invalid", say("无效")
    MERGED = "merged", say("并入")
    UNMERGED = "unmerged", say("拆开")
    REOPENED = "reopened", say("重新研判")
    KEY = "key", say("列为重点督办")
    UNKEY = "unkey", say("取消重点督办")
    ANSWERED = "answered", say("答复举报人")
    ADDED = "added", say("补充材料")
    WHISTLE = "whistle", say("吹哨")
    NOTE = "note", say("备注")


# The state that a tip is in after a move; after the others it is what it was, or what the caller says
ENDS_IN = {
    TipMoveKind.RECEIVED: TipState.NEW,
    TipMoveKind.ASSIGNED: TipState.ASSIGNED,
    TipMoveKind.RETURNED: TipState.NEW,
    TipMoveKind.CONFIRMED: TipState.CONFIRMED,
    TipMoveKind.UNFOUNDED: TipState.UNFOUNDED,
    TipMoveKind.TRANSFERRED: TipState.TRANSFERRED,
    TipMoveKind.INVALID: TipState.INVALID,
    TipMoveKind.MERGED: TipState.DUPLICATE,
    TipMoveKind.REOPENED: TipState.NEW,
}


class TipMove(CountyRow, Model):
    """`state` is the tip's after it. `note` is for inside; `answer` is what who reported may read.

    `by_id` is None for the public and for the system. The ids say to whom or what it went, as far as it did.
    """

    __tablename__ = "tip_moves"
    __table_args__ = (
        in_county("tip_id", "tips"),
        in_county("by_id", "people"),
        in_county("township_id", "areas"),
        in_county("department_id", "departments"),
        in_county("assignee_id", "people"),
        in_county("task_id", "tasks"),
        in_county("master_id", "tips"),
        Index("ix_tip_moves_county_tip_id_at", "county", "tip_id", "at"),
        Index("ix_tip_moves_county_at", "county", "at"),
        Index("ix_tip_moves_county_by_id_at", "county", "by_id", "at"),
    )

    tip_id: Mapped[UUID]
    kind: Mapped[TipMoveKind] = mapped_column(choice(TipMoveKind, "kind"))
    state: Mapped[TipState] = mapped_column(choice(TipState, "state"))
    at: Mapped[datetime]
    by_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(server_default="")
    answer: Mapped[str] = mapped_column(server_default="")
    township_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    assignee_id: Mapped[UUID | None]
    task_id: Mapped[UUID | None]
    master_id: Mapped[UUID | None]
    due_at: Mapped[datetime | None]


def move(
    session: Session,
    tip: Tip,
    kind: TipMoveKind,
    now: datetime,
    by: "Person | None" = None,
    *,
    state: TipState | None = None,
    note: str = "",
    answer: str = "",
    **to: Any,
) -> TipMove:
    """Write down a move, and bring the tip into the state after it. `to` are the ids and `due_at` of the move.

    Who may do what in which state is for the commands that call this; they hold the tip's row.
    """
    tip.state = state or ENDS_IN.get(kind, tip.state)
    made = TipMove(
        county=tip.county,
        id=new_id(),
        tip_id=tip.id,
        kind=kind,
        state=tip.state,
        at=now,
        by_id=by and by.id,
        note=note,
        answer=answer,
        **to,
    )
    session.add(made)
    session.flush()
    return made
