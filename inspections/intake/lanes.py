"""In which queue a tip from the public waits, and what a county takes in on a day.

A proof of work, or its absence, decides only who is read first. What is bounded is the disk: so many tips a day
that nobody vouches for, and so many in all (docs/decisions/0160).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..errors import TooManyRequests, say
from .tips import Lane, Tip

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RETRY_S = 600


@dataclass(frozen=True)
class Sluice:
    """Tips of one address an hour that keep their lane; a county's tips without proof an hour; a day's most."""

    proven_of_one: int = 30
    unproven_of_one: int = 5
    unproven_an_hour: int = 200
    flood_a_day: int = 20_000
    most_a_day: int = 50_000


def lane_of(
    session: Session, county: str, now: datetime, *, is_proven: bool, sent_before: int, sluice: Sluice
) -> Lane:
    """The lane of a tip whose address sent so many in the last hour.

    Raises TooManyRequests once the day's most is reached; it is higher for tips that bring a proof.
    """
    lane = _lane(session, county, now, is_proven, sent_before, sluice)
    if lane is Lane.FLOOD and _count(session, county, now - DAY, sluice.flood_a_day, Lane.FLOOD):
        raise _too_many()
    if _count(session, county, now - DAY, sluice.most_a_day, *Lane):
        raise _too_many()
    return lane


def _lane(session: Session, county: str, now: datetime, is_proven: bool, sent_before: int, sluice: Sluice) -> Lane:
    if is_proven and sent_before < sluice.proven_of_one:
        return Lane.PROVEN
    if sent_before >= (sluice.proven_of_one * 2 if is_proven else sluice.unproven_of_one):
        return Lane.FLOOD
    is_full = _count(session, county, now - HOUR, sluice.unproven_an_hour, Lane.UNPROVEN)
    return Lane.FLOOD if is_full else Lane.UNPROVEN


def _count(session: Session, county: str, since: datetime, most: int, *lanes: Lane) -> bool:
    """Whether so many came since; no more of them are counted."""
    some = (
        select(Tip.id)
        .where(Tip.county == county, Tip.lane.in_(lanes), Tip.received_at > since)
        .limit(most)
        .subquery()
    )
    return (session.scalar(select(func.count()).select_from(some)) or 0) >= most


def _too_many() -> TooManyRequests:
    return TooManyRequests(
        say("此刻涌来的举报太多，这一份没有存下。您写的内容还在这一页上，请过一会儿再发，或拨打举报电话"), RETRY_S
    )
