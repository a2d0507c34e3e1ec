"""When somebody was on duty in a sweep: from 到岗 to 离岗, as the journal has it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .journal import Entry, SweepEntry
from .sweeps import Sweep


class Duty(NamedTuple):
    """`until_at` is None while it lasts. Both by the server's clock."""

    from_at: datetime
    until_at: datetime | None

    def covers(self, moment: datetime) -> bool:
        return self.from_at <= moment and (self.until_at is None or moment <= self.until_at)


def done_at(entry: SweepEntry) -> datetime:
    """When something was done by the server's clock, as far as the phone's was known to be wrong."""
    return entry.at - timedelta(seconds=entry.skew_s or 0)


def duties_of(session: Session, sweep: Sweep, person_ids: Sequence[UUID]) -> dict[UUID, list[Duty]]:
    """The times on duty of people, in order; nobody is on duty after the end of the sweep."""
    query = (
        select(SweepEntry)
        .where(
            SweepEntry.county == sweep.county,
            SweepEntry.sweep_id == sweep.id,
            SweepEntry.author_id.in_(person_ids),
            SweepEntry.kind.in_((Entry.ON_DUTY, Entry.OFF_DUTY)),
        )
        .order_by(SweepEntry.number)
    )
    said: dict[UUID, list[tuple[datetime, bool]]] = {each: [] for each in person_ids}
    for entry in session.scalars(query):
        if entry.author_id:
            said[entry.author_id].append((done_at(entry), entry.kind is Entry.ON_DUTY))
    return {person_id: spans(sorted(each), sweep.ended_at) for person_id, each in said.items()}


def spans(said: Iterable[tuple[datetime, bool]], over_at: datetime | None) -> list[Duty]:
    """Times on duty from what was said in order: (moment, whether it was 到岗). What is said twice counts once."""
    found: list[Duty] = []
    since: datetime | None = None
    for moment, is_on in said:
        if over_at is not None and moment > over_at:
            break
        if is_on and since is None:
            since = moment
        elif not is_on and since is not None:
            found.append(Duty(since, moment))
            since = None
    if since is not None:
        found.append(Duty(since, over_at))
    return found
