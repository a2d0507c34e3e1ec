"""A sweep: its name, its hours and its state. Where it goes is not said here before the release."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class SweepState(Choice):
    """PLANNING may be edited; SEALED has packets on phones; RUNNING from the release on; then one of two ends."""

    PLANNING = "planning", say("筹划中")
    SEALED = "sealed", say("已封存待启动")
    RUNNING = "running", say("行动中")
    FINISHED = "finished", say("已结束")
    CANCELLED = "cancelled", say("已取消")


class Sweep(CountyRow, Recorded, Model):
    """A joint sweep between `starts_at` (T-0: the release of its targets) and `ends_at`; all moments UTC.

    Its teams meet at `meets_at` at `meeting_point` (words: what the decoy-safe notice says). `plan_revision` is
    the newest of its sealed plans. `released_at` is when targets were given out, by `released_by_id` or, where
    that is empty, by the clock. `campaign_id` is the campaign 专项行动 that it belongs to.
    """

    __tablename__ = "sweeps"
    __table_args__ = (
        in_county("campaign_id", "special_campaigns"),
        *(in_county(f"{deed}_by_id", "people") for deed in ("planned", "sealed", "released", "ended")),
        CheckConstraint("ends_at > starts_at and meets_at <= starts_at", name="hours"),
        CheckConstraint("(released_at is not null) >= (state in ('running', 'finished'))", name="released"),
        CheckConstraint("(ended_at is not null) = (state in ('finished', 'cancelled'))", name="ended"),
        Index("ix_sweeps_county_starts_at", "county", "starts_at"),
    )

    name: Mapped[str]
    state: Mapped[SweepState] = mapped_column(choice(SweepState, "state"), server_default="planning")
    purpose: Mapped[str] = mapped_column(server_default="")
    meeting_point: Mapped[str] = mapped_column(server_default="")
    meets_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    campaign_id: Mapped[UUID | None]
    plan_revision: Mapped[int] = mapped_column(server_default="0")
    way_factor: Mapped[float] = mapped_column(server_default="1.3")
    speed_kmh: Mapped[float] = mapped_column(server_default="25")
    service_minutes: Mapped[int] = mapped_column(SmallInteger, server_default="30")
    planned_by_id: Mapped[UUID]
    sealed_at: Mapped[datetime | None]
    sealed_by_id: Mapped[UUID | None]
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None]
    ended_reason: Mapped[str] = mapped_column(server_default="")


class SweepMember(CountyRow, Recorded, Model):
    """The need-to-know list: who may read the sealed plan, in full. Officers of teams are not on it as such."""

    __tablename__ = "sweep_members"
    __table_args__ = (
        in_county("sweep_id", "sweeps", ondelete="CASCADE"),
        in_county("person_id", "people"),
        in_county("added_by_id", "people"),
        Index("uq_sweep_members_live", "county", "sweep_id", "person_id", unique=True,
              postgresql_where=text("removed_at is null")),
    )  # fmt: skip

    sweep_id: Mapped[UUID]
    person_id: Mapped[UUID]
    added_by_id: Mapped[UUID]
    removed_at: Mapped[datetime | None]
