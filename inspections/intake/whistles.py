"""Whistles 吹哨: a township calls departments to one of its sites, and each answers 报到 or says why not."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class WhistleState(Choice):
    CALLED = "called", say("等待报到")
    DONE = "done", say("已办结")
    CANCELLED = "cancelled", say("已取消")


class AnswerState(Choice):
    WAITING = "waiting", say("未答复")
    ACCEPTED = "accepted", say("接受")
    REFUSED = "refused", say("不能到场")
    ARRIVED = "arrived", say("已报到")


class Whistle(CountyRow, Recorded, Model):
    """A call for a time window. Departments read `meeting_point`, never the site, until they have arrived there.

    `tip_id` is the tip it was blown for, if it was one; `answer_by` is until when each department answers.
    """

    __tablename__ = "whistles"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("tip_id", "tips"),
        in_county("township_id", "areas"),
        in_county("blown_by_id", "people"),
        CheckConstraint("starts_at < ends_at", name="window"),
        CheckConstraint("btrim(meeting_point) <> ''", name="meeting_point"),
        CheckConstraint("btrim(reason) <> ''", name="reason"),
        Index("ix_whistles_county_starts_at", "county", "starts_at"),
        Index("ix_whistles_county_tip_id", "county", "tip_id"),
        Index("ix_whistles_county_site_id", "county", "site_id"),
    )

    code: Mapped[str]
    site_id: Mapped[UUID]
    tip_id: Mapped[UUID | None]
    township_id: Mapped[UUID | None]
    blown_by_id: Mapped[UUID]
    blown_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    meeting_point: Mapped[str]
    reason: Mapped[str]
    state: Mapped[WhistleState] = mapped_column(choice(WhistleState, "state"), server_default="called")
    result: Mapped[str | None]
    ended_at: Mapped[datetime | None]


class WhistleDepartment(CountyRow, Recorded, Model):
    """One department that was called, and what it answered. `person_id` is who comes for it."""

    __tablename__ = "whistle_departments"
    __table_args__ = (
        in_county("whistle_id", "whistles"),
        in_county("department_id", "departments"),
        in_county("answered_by_id", "people"),
        in_county("person_id", "people"),
        in_county("task_id", "tasks"),
        Index("uq_whistle_departments_once", "county", "whistle_id", "department_id", unique=True),
        Index("ix_whistle_departments_county_department_id", "county", "department_id"),
    )

    whistle_id: Mapped[UUID]
    department_id: Mapped[UUID]
    state: Mapped[AnswerState] = mapped_column(choice(AnswerState, "state"), server_default="waiting")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    arrived_at: Mapped[datetime | None]
    task_id: Mapped[UUID | None]

    def is_late(self, whistle: Whistle, now: datetime) -> bool:
        """Whether it should have answered by now."""
        open_call = whistle.state is WhistleState.CALLED
        return self.state is AnswerState.WAITING and open_call and whistle.answer_by < now
