"""The teams of a sweep: who goes with whom, from where, with which vehicle, from when until when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.columns import point

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class SweepTeam(CountyRow, Recorded, Model):
    """A team on duty from `from_at` to `until_at`, that sets out at `start` (WGS-84)."""

    __tablename__ = "sweep_teams"
    __table_args__ = (
        in_county("sweep_id", "sweeps", ondelete="CASCADE"),
        UniqueConstraint("county", "sweep_id", "number"),
        CheckConstraint("until_at > from_at", name="hours"),
    )

    sweep_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str]
    vehicle: Mapped[str] = mapped_column(server_default="")
    start_name: Mapped[str] = mapped_column(server_default="")
    start: Mapped[Any] = mapped_column(point(spatial_index=False))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]


class Absence(Choice):
    """Why somebody is not, or no longer, with a team."""

    ILL = "ill", say("身体不适")
    CALLED_AWAY = "called_away", say("临时另有任务")
    RECUSED = "recused", say("需要回避")
    UNREACHABLE = "unreachable", say("联系不上")
    OTHER = "other", say("其他")


class SweepTeamMember(CountyRow, Recorded, Model):
    """Somebody on a team; one leads it. Who drops out stays with the moment and the reason."""

    __tablename__ = "sweep_team_members"
    __table_args__ = (
        in_county("team_id", "sweep_teams", ondelete="CASCADE"),
        in_county("person_id", "people"),
        CheckConstraint("(left_at is null) = (absence is null)", name="left"),
        Index("uq_sweep_team_members_live", "county", "team_id", "person_id", unique=True,
              postgresql_where=text("left_at is null")),
        Index("ix_sweep_team_members_county_person_id", "county", "person_id"),
    )  # fmt: skip

    team_id: Mapped[UUID]
    person_id: Mapped[UUID]
    is_leader: Mapped[bool] = mapped_column(server_default="false")
    left_at: Mapped[datetime | None]
    absence: Mapped[Absence | None] = mapped_column(choice(Absence, "absence"))
    note: Mapped[str] = mapped_column(server_default="")
