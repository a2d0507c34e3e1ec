"""Days of the clock: when it looked at a county's open problems."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import CHAR, ForeignKey, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import Model


class ClockDay(Model):
    """A day on which the clock looked, and when it did so first and last."""

    __tablename__ = "clock_days"

    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


def list_clock_days(session: Session, county: str, limit: int) -> Sequence[ClockDay]:
    """The latest first."""
    query = select(ClockDay).where(ClockDay.county == county).order_by(ClockDay.day.desc())
    return session.scalars(query.limit(limit)).all()


def note_run(session: Session, county: str, day: date, now: datetime) -> None:
    note = insert(ClockDay).values(county=county, day=day, first_at=now, last_at=now)
    session.execute(note.on_conflict_do_update(index_elements=["county", "day"], set_={"last_at": now}))
