"""How often a cell is to be walked: a default that a county may change."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..access import require
from ..db import Model, Recorded, in_county
from ..errors import Invalid, say
from ..registry.people import Person
from ..registry.time_bands import TimeBand

# The rhythm of the zones, each school once a month, taken over for cells; holidays come by a few times a year.
# docs/decisions/0177-coverage-of-cells.md
DEFAULT_DAYS = 30
DEFAULT_HOLIDAY_DAYS = 180
LEAST, MOST = 1, 400
# So many days before it is overdue a cell is due
SOON_DAYS = 7


class CoverageInterval(Recorded, Model):
    """A county's own numbers of days."""

    __tablename__ = "coverage_intervals"
    __table_args__ = (
        in_county("set_by_id", "people"),
        CheckConstraint(f"days between {LEAST} and {MOST}", name="days"),
        CheckConstraint(f"holiday_days between {LEAST} and {MOST}", name="holiday_days"),
    )

    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"), primary_key=True)
    days: Mapped[int]
    holiday_days: Mapped[int]
    set_by_id: Mapped[UUID]


class Intervals:
    """After how many days a cell is overdue, in a band or (None) whatever the band."""

    def __init__(self, days: int = DEFAULT_DAYS, holiday_days: int = DEFAULT_HOLIDAY_DAYS) -> None:
        self.days, self.holiday_days = days, holiday_days

    def of(self, band: TimeBand | None) -> timedelta:
        return timedelta(days=self.holiday_days if band is TimeBand.HOLIDAY else self.days)

    def is_overdue(self, band: TimeBand | None, last_at: datetime | None, now: datetime) -> bool:
        """Also if nobody has been there at all."""
        return last_at is None or now - last_at > self.of(band)

    def is_due_soon(self, band: TimeBand | None, last_at: datetime, now: datetime) -> bool:
        return not self.is_overdue(band, last_at, now) and now - last_at > self.of(band) - timedelta(
            days=SOON_DAYS
        )


def intervals_of(session: Session, county: str) -> Intervals:
    own = session.get(CoverageInterval, county)
    return Intervals(own.days, own.holiday_days) if own else Intervals()


def set_intervals(session: Session, person: Person, form: Mapping[str, Any]) -> Intervals:
    """Change them for the county. Raises Forbidden, Invalid by field."""
    require(person, "coverage.set")
    numbers = {name: _days(form.get(name)) for name in ("days", "holiday_days")}
    wrong = {
        name: say("请填 {least}–{most} 天", least=LEAST, most=MOST) for name, n in numbers.items() if n is None
    }
    if wrong:
        raise Invalid(wrong)
    days, holiday_days = numbers["days"] or 0, numbers["holiday_days"] or 0
    own = session.get(CoverageInterval, person.county)
    if own is None:
        own = CoverageInterval(county=person.county)
        session.add(own)
    own.days, own.holiday_days, own.set_by_id = days, holiday_days, person.id
    session.flush()
    events.record(session, person, "set", own, days=days, holiday_days=holiday_days)
    return Intervals(days, holiday_days)


def _days(given: Any) -> int | None:
    text = str(given or "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        return None
    return int(text) if LEAST <= int(text) <= MOST else None
