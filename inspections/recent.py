"""What has just happened in a county, cheaply: an open map asks every second or two."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .access import visible
from .events import Event
from .field.checks import Check
from .registry.people import Person
from .registry.sites import Site

# A transaction's events are seen when it commits, which may be later than their own time says
LATE = timedelta(seconds=30)
MOST = 200
FARTHEST_BACK = timedelta(minutes=10)


class Deed(NamedTuple):
    """One line of history by what it was done to; `key` is the same whenever it is told again."""

    key: UUID
    verb: str
    subject: str
    subject_id: UUID | None


class NewCheck(NamedTuple):
    id: UUID
    site_id: UUID
    site: str
    lon: float | None
    lat: float | None


class Recent(NamedTuple):
    """`until` is what to ask from next time. Deeds of the last half minute are told again: know them by `key`."""

    until: datetime
    deeds: list[Deed]
    checks: list[NewCheck]
    is_all: bool


def recent(session: Session, person: Person, since: datetime, now: datetime) -> Recent:
    """What was done since a moment, never further back than ten minutes; `is_all` is False where that cut it."""
    start = max(since - LATE, now - FARTHEST_BACK)
    query = (
        select(Event.id, Event.verb, Event.subject, Event.subject_id)
        .where(Event.county == person.county, Event.at > start)
        .order_by(Event.at.desc())
        .limit(MOST)
    )
    deeds = [Deed(*row) for row in session.execute(query)]
    submitted = [each.subject_id for each in deeds if each.subject == "checks" and each.verb == "submit"]
    is_all = start <= since and len(deeds) < MOST
    return Recent(now, deeds, _checks(session, person, submitted), is_all)


def _checks(session: Session, person: Person, ids: list[UUID | None]) -> list[NewCheck]:
    if not ids:
        return []
    query = (
        visible(person, Check)
        .join(Site, (Site.county == Check.county) & (Site.id == Check.site_id))
        .where(Check.id.in_(ids))
        .with_only_columns(Check.id, Check.site_id, Site.name, func.ST_X(Site.location), func.ST_Y(Site.location))
    )
    return [NewCheck(*row) for row in session.execute(query)]
