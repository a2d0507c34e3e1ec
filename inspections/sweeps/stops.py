"""The stops of a sweep that runs, from the release on: who goes, what the state is, which check was made."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class StopState(Choice):
    """Follows from the journal: WAITING until a team sets out."""

    WAITING = "waiting", say("待前往")
    UNDER_WAY = "under_way", say("前往中")
    ARRIVED = "arrived", say("已到达")
    ENTERED = "entered", say("检查中")
    DONE = "done", say("已完成")
    CLOSED = "closed", say("关门无人")
    MOVED = "moved", say("已搬离")
    REFUSED = "refused", say("拒绝检查")
    DROPPED = "dropped", say("不再前往")


# What needs no team any more
SETTLED = (StopState.DONE, StopState.CLOSED, StopState.MOVED, StopState.REFUSED, StopState.DROPPED)


class SweepStop(CountyRow, Recorded, Model):
    """A stop. `position` is its place on the team's route; `plan` is its `PlannedStop` as JSON, in the open now.

    `state` and its moments are what the journal says; `check_id` is the check that was made there.
    """

    __tablename__ = "sweep_stops"
    __table_args__ = (
        in_county("sweep_id", "sweeps", ondelete="CASCADE"),
        in_county("site_id", "sites"),
        in_county("team_id", "sweep_teams"),
        in_county("check_id", "checks"),
        UniqueConstraint("county", "sweep_id", "site_id"),
        Index("ix_sweep_stops_county_team_id", "county", "team_id"),
        Index("ix_sweep_stops_county_site_id", "county", "site_id"),
        Index("ix_sweep_stops_county_check_id", "county", "check_id"),
    )

    sweep_id: Mapped[UUID]
    site_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    position: Mapped[int] = mapped_column(SmallInteger)
    link: Mapped[str | None]
    plan: Mapped[dict[str, Any]]
    planned_enters_at: Mapped[datetime | None]
    planned_leaves_at: Mapped[datetime | None]
    state: Mapped[StopState] = mapped_column(choice(StopState, "state"), server_default="waiting")
    entered_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    check_id: Mapped[UUID | None]
