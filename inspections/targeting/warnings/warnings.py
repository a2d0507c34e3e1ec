"""Warnings: one row for each condition that a detector sees, from its first signal until it is over."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ...db import CountyRow, Model, Recorded, in_county
from ...errors import say
from ...vocabulary import Choice, choice
from .detectors import Detector

VERSION = 1  # of the way in which warnings are computed; a change of it makes old ones computed otherwise


class Severity(Choice):
    RED = "red", say("红色预警")
    ORANGE = "orange", say("橙色预警")
    YELLOW = "yellow", say("黄色预警")


WITHIN = {Severity.RED: timedelta(days=1), Severity.ORANGE: timedelta(days=3), Severity.YELLOW: timedelta(days=7)}


class WarningState(Choice):
    NEW = "new", say("新")
    ACKNOWLEDGED = "acknowledged", say("已签收")
    HANDLING = "handling", say("处置中")
    CONFIRMED = "confirmed", say("属实")
    FALSE_ALARM = "false_alarm", say("误报")
    MERGED = "merged", say("已合并")


OPEN = (WarningState.NEW, WarningState.ACKNOWLEDGED, WarningState.HANDLING)
DECIDED = (WarningState.CONFIRMED, WarningState.FALSE_ALARM)


class EarlyWarning(CountyRow, Recorded, Model):
    """`key` names the condition; while it lasts (`ended_at` is empty) the same key is the same warning.

    `title` and `words` are messages (`previews.messages_as_json`). `evidence` has the numbers, the series with its
    expected band and the ids of records, never words of people. `snapshot_id`, `seed` and `version` are what its
    first signal was computed from. `content` are the words of the notice that was sent.
    """

    __tablename__ = "warnings"
    __table_args__ = (
        in_county("township_id", "areas"),
        in_county("department_id", "departments"),
        in_county("person_id", "people"),
        in_county("closed_by_id", "people"),
        in_county("merged_into_id", "warnings"),
        in_county("snapshot_id", "analysis_snapshots"),
        CheckConstraint("merged_into_id <> id", name="merged"),
        CheckConstraint("(state = 'merged') = (merged_into_id is not null)", name="merged_into"),
        CheckConstraint(
            "(state in ('confirmed', 'false_alarm', 'merged')) = (closed_at is not null)", name="closed"
        ),
        Index("uq_warnings_live", "county", "key", unique=True, postgresql_where=text("ended_at is null")),
        Index("ix_warnings_county_raised_at", "county", "raised_at"),
        Index("ix_warnings_county_township_id", "county", "township_id"),
    )

    detector: Mapped[Detector] = mapped_column(choice(Detector, "detector"))
    key: Mapped[str]
    severity: Mapped[Severity] = mapped_column(choice(Severity, "severity"))
    state: Mapped[WarningState] = mapped_column(choice(WarningState, "state"))
    title: Mapped[list[Any]]
    words: Mapped[list[Any]]
    evidence: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime]
    last_signal_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    township_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    outcome_note: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None]
    merged_into_id: Mapped[UUID | None]
    sent_at: Mapped[datetime | None]
    content: Mapped[dict[str, Any] | None]
    snapshot_id: Mapped[UUID]
    seed: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def is_late(self, now: datetime) -> bool:
        return self.is_open and self.due_at < now
