"""Draws as they are kept: committed, frozen, drawn, published, in this order, which the database holds to."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from ...db import CountyRow, Model, in_county
from ...errors import say
from ...vocabulary import Choice, choice


class Stage(Choice):
    """How far the draw itself has come."""

    COMMITTED = "committed", say("已承诺")
    FROZEN = "frozen", say("已冻结")
    DRAWN = "drawn", say("已抽取")


class DrawState(Choice):
    """What the screen says of a draw."""

    COMMITTED = "committed", say("已承诺")
    FROZEN = "frozen", say("已冻结")
    DRAWN = "drawn", say("已抽取")
    PUBLISHED = "published", say("已公布")
    ENDED = "ended", say("已终止")


class TurnWhy(Choice):
    """Why an officer (the first five) or a site was replaced; closed words, since they are published."""

    ILL = "ill", say("生病或请假")
    RECUSAL = "recusal", say("应当回避")
    CERTIFICATE = "certificate", say("证件失效")
    LEFT = "left", say("调离")
    DUTY = "duty", say("另有紧急公务")
    CLOSED = "closed", say("已停办或注销")
    MOVED = "moved", say("已迁出本县")
    IN_CASE = "in_case", say("正在立案调查")
    CAPPED = "capped", say("已达检查频次上限")


OF_OFFICERS = tuple(TurnWhy)[:5]
OF_SITES = tuple(TurnWhy)[5:]


class Outcome(Choice):
    """What is published of a visit, in the words of the public registers of random checks."""

    CLEAN = "clean", say("未发现问题")
    MENDED = "mended", say("发现问题，已责令改正")
    PENDING = "pending", say("发现问题，待后续处理")
    NOT_FOUND = "not_found", say("通过登记的场所无法联系")
    UNWILLING = "unwilling", say("不配合检查")
    NO_ACTIVITY = "no_activity", say("未开展所查业务")
    NOT_VISITED = "not_visited", say("未实施检查")


class Draw(CountyRow, Model):
    """`pool` and `file` are exact bytes; `codes` says whose an officer's code in the pool is, and never leaves.

    What is written once never changes (a trigger); `commitment` and `pool_sha256` are held to `seed` and `pool`.
    """

    __tablename__ = "draws"
    __table_args__ = (
        in_county("committed_by_id", "people"),
        in_county("frozen_by_id", "people"),
        in_county("drawn_by_id", "people"),
        in_county("published_by_id", "people"),
        in_county("ended_by_id", "people"),
        in_county("supersedes_id", "draws"),
        UniqueConstraint("county", "number"),
        UniqueConstraint("county", "commitment"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("commitment = encode(sha256(seed), 'hex')", name="commitment"),
        CheckConstraint("pool_sha256 = encode(sha256(pool), 'hex')", name="pool_sha256"),
        CheckConstraint("frozen_at >= committed_at and drawn_at >= frozen_at", name="moments"),
        CheckConstraint(
            "(stage = 'committed') = (pool is null) and (pool is null) = (frozen_at is null)", name="frozen"
        ),
        CheckConstraint("(stage = 'drawn') = (drawn_at is not null)", name="drawn"),
        CheckConstraint(
            "(published_at is null) = (seed is null) and (seed is null) = (file is null)", name="published"
        ),
        CheckConstraint("(ended_at is null) = (btrim(coalesce(ended_reason, '')) = '')", name="ended"),
        Index(
            "uq_draws_under_way",
            "county",
            unique=True,
            postgresql_where=text("stage <> 'drawn' and ended_at is null"),
        ),
    )

    number: Mapped[int]
    title: Mapped[str]
    plan: Mapped[dict[str, Any]]
    first_day: Mapped[date]
    last_day: Mapped[date]
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"))
    commitment: Mapped[str] = mapped_column(CHAR(64))
    salt: Mapped[str] = mapped_column(CHAR(64))
    # Not for the app's role to read: `open_draw_seed` is the one way, and leaves an event
    sealed: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False), raiseload=True)
    committed_at: Mapped[datetime]
    committed_by_id: Mapped[UUID]
    frozen_at: Mapped[datetime | None]
    frozen_by_id: Mapped[UUID | None]
    pool: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    pool_sha256: Mapped[str | None] = mapped_column(CHAR(64))
    codes: Mapped[dict[str, Any] | None]
    drawn_at: Mapped[datetime | None]
    drawn_by_id: Mapped[UUID | None]
    public_number: Mapped[str | None]
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[UUID | None]
    seed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    file: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None]
    ended_reason: Mapped[str | None]
    supersedes_id: Mapped[UUID | None]

    @property
    def state(self) -> DrawState:
        if self.ended_at:
            return DrawState.ENDED
        return DrawState.PUBLISHED if self.published_at else DrawState[self.stage.name]


class DrawTurn(CountyRow, Model):
    """The result after a turn: `turn` 0 is the first draw, each later one a replacement. Only added to."""

    __tablename__ = "draw_turns"
    __table_args__ = (
        in_county("draw_id", "draws"),
        in_county("site_id", "sites"),
        in_county("person_id", "people"),
        in_county("by_id", "people"),
        UniqueConstraint("county", "draw_id", "turn"),
        CheckConstraint("(turn = 0) = (site_id is null) and (turn = 0) = (why is null)", name="first"),
    )

    draw_id: Mapped[UUID]
    turn: Mapped[int] = mapped_column(SmallInteger)
    site_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    why: Mapped[TurnWhy | None] = mapped_column(choice(TurnWhy, "why"))
    note: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]
    by_id: Mapped[UUID]
    result: Mapped[list[Any]]


class DrawTask(CountyRow, Model):
    """The task that a drawn officer got for a drawn site."""

    __tablename__ = "draw_tasks"
    __table_args__ = (
        in_county("draw_id", "draws"),
        in_county("site_id", "sites"),
        in_county("person_id", "people"),
        in_county("task_id", "tasks"),
        UniqueConstraint("county", "draw_id", "site_id", "person_id"),
    )

    draw_id: Mapped[UUID]
    site_id: Mapped[UUID]
    person_id: Mapped[UUID]
    task_id: Mapped[UUID]


class DrawOutcome(CountyRow, Model):
    """What is made public of a visit; the newest row of a site counts, and the earlier ones stay."""

    __tablename__ = "draw_outcomes"
    __table_args__ = (
        in_county("draw_id", "draws"),
        in_county("site_id", "sites"),
        in_county("by_id", "people"),
        Index("ix_draw_outcomes_county_draw_id", "county", "draw_id"),
    )

    draw_id: Mapped[UUID]
    site_id: Mapped[UUID]
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome, "outcome"))
    note: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]
    by_id: Mapped[UUID]
