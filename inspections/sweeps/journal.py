"""The journal of a sweep: what teams and command did and said, in order; it is only added to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from geo.columns import point

from ..db import CountyRow, Model, in_county
from ..errors import say
from ..vocabulary import Choice, choice
from .sweeps import Sweep


class Entry(Choice):
    """What an entry says. Those of phones first, then those of the command desk, then the system's."""

    ON_DUTY = "on_duty", say("到岗")
    OFF_DUTY = "off_duty", say("离岗")
    SET_OUT = "set_out", say("出发前往")
    ARRIVED = "arrived", say("到达")
    ENTERED = "entered", say("进入检查")
    DONE = "done", say("检查完成")
    CLOSED = "closed", say("关门无人")
    MOVED = "moved", say("已搬离")
    REFUSED = "refused", say("拒绝检查")
    SUPPORT = "support", say("请求支援")
    INCIDENT = "incident", say("突发情况")
    REPLY = "reply", say("回复指挥部")
    MESSAGE = "message", say("指挥部消息")
    REASSIGNED = "reassigned", say("改派")
    ADDED = "added", say("增加点位")
    DROPPED = "dropped", say("取消点位")
    REOPENED = "reopened", say("恢复点位")
    LEFT_TEAM = "left_team", say("退出小组")
    RESOLVED = "resolved", say("已处置")
    RELEASED = "released", say("启动")
    ENDED = "ended", say("结束")


class SweepEntry(CountyRow, Model):
    """One entry. `at` is when it was done by the author's clock, `heard_at` when the server wrote it down, and
    `skew_s` how far the author's clock was ahead of the server's then. `number` counts entries in the order they
    were heard, with gaps. `answers_id` is the entry that this one answers (a support call that was resolved).
    """

    __tablename__ = "sweep_entries"
    __table_args__ = (
        in_county("sweep_id", "sweeps", ondelete="CASCADE"),
        in_county("team_id", "sweep_teams"),
        in_county("stop_id", "sweep_stops"),
        in_county("author_id", "people"),
        in_county("answers_id", "sweep_entries"),
        Index("ix_sweep_entries_county_sweep_id_number", "county", "sweep_id", "number"),
        Index("ix_sweep_entries_county_stop_id", "county", "stop_id"),
    )

    sweep_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(BigInteger, Identity())
    kind: Mapped[Entry] = mapped_column(choice(Entry, "kind"))
    team_id: Mapped[UUID | None]
    stop_id: Mapped[UUID | None]
    author_id: Mapped[UUID | None]
    at: Mapped[datetime]
    heard_at: Mapped[datetime]
    skew_s: Mapped[int | None]
    words: Mapped[str] = mapped_column(server_default="")
    detail: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    place: Mapped[Any | None] = mapped_column(point(spatial_index=False))
    accuracy_m: Mapped[int | None] = mapped_column(SmallInteger)
    answers_id: Mapped[UUID | None]


def hold_journal(session: Session, sweep: Sweep) -> None:
    """Let nobody else add to a sweep's journal before this transaction is over.

    So entries become visible in the order of their numbers, and who has read up to one has missed none.
    """
    lock = {"key": f"sweep {sweep.county} {sweep.id}"}
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), lock)
