"""Corrections of the record of an interview 约谈记录: each is a whole record; the one before it stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session

from ..db import CountyRow, Model, in_county
from ..registry.people import Person
from .steps import Step


class InterviewCorrection(CountyRow, Model):
    """A further version of a step's `record`, which is the first. `content` has `held_at` and `headcount` too."""

    __tablename__ = "interview_corrections"
    __table_args__ = (
        in_county("step_id", "steps"),
        in_county("author_id", "people"),
        UniqueConstraint("county", "step_id", "version"),
        CheckConstraint("version >= 2", name="version"),
        CheckConstraint("btrim(reason) <> ''", name="reason"),
        CheckConstraint("headcount between 1 and 1000", name="headcount"),
    )

    step_id: Mapped[UUID]
    version: Mapped[int]
    content: Mapped[dict[str, Any]]
    held_at: Mapped[datetime]
    headcount: Mapped[int]
    reason: Mapped[str]
    author_id: Mapped[UUID]
    at: Mapped[datetime]


class RecordVersion(NamedTuple):
    """One version of a record, with who wrote it and, from the second on, why."""

    version: int
    content: dict[str, Any]
    author: str
    at: datetime | None
    reason: str


def corrections_of(session: Session, step: Step) -> Sequence[InterviewCorrection]:
    """The newest first."""
    query = select(InterviewCorrection).where(
        InterviewCorrection.county == step.county, InterviewCorrection.step_id == step.id
    )
    return session.scalars(query.order_by(InterviewCorrection.version.desc())).all()


def newest_correction(session: Session, step: Step) -> InterviewCorrection | None:
    return next(iter(corrections_of(session, step)), None)


def record_versions(session: Session, step: Step) -> list[RecordVersion]:
    """Every version of a record, the newest first; none where nothing was recorded."""
    if step.record is None:
        return []
    found = corrections_of(session, step)
    ids = {each.author_id for each in found} | {step.decided_by_id}
    rows = session.execute(select(Person.id, Person.name).where(Person.county == step.county, Person.id.in_(ids)))
    names = {row.id: row.name for row in rows}
    return [
        *(
            RecordVersion(each.version, each.content, names[each.author_id], each.at, each.reason)
            for each in found
        ),
        RecordVersion(1, step.record, names.get(step.decided_by_id, ""), None, ""),
    ]
