"""Yearly caps of visits at the stops of a sweep (国办发〔2024〕54号). A joint visit counts once 综合查一次.

A stop over its cap is gone to only with a reason why the visit doesn't count, such as a tip or an assignment.
The reason goes with the sealed plan and is written into the history when the sweep is released.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import events
from ..days import CHINA, day_of
from ..errors import Message, say
from ..events import Actor
from ..registry.sites import Site
from ..targeting.target_lists.caps import counted_since
from ..targeting.target_lists.county_settings import rules_of
from .plan import Plan
from .stops import SweepStop
from .sweeps import Sweep

MOST_NAMED = 5


class OverCap(NamedTuple):
    """A stop that may not be visited again this year without a reason. `done`: counted visits of the year."""

    stop_id: UUID
    site_id: UUID
    name: str
    done: int
    cap: int


def over_caps(session: Session, sweep: Sweep, plan: Plan, now: datetime) -> list[OverCap]:
    """The stops of a plan whose visit would be one too many and for which no exemption is written down.

    Visits of the year in which the sweep starts are counted, up to now. Only for who knows the plan.
    """
    caps = rules_of(session, sweep.county).caps
    wanted = {stop.site_id: stop.id for stop in plan.stops if not stop.exemption.strip()}
    if not caps or not wanted:
        return []
    query = select(Site.id, Site.name, Site.kind).where(
        Site.county == sweep.county, Site.id.in_(wanted), Site.kind.in_(caps)
    )
    new_year = datetime.combine(date(day_of(sweep.starts_at).year, 1, 1), time(), CHINA).astimezone(UTC)
    done = counted_since(session, sweep.county, new_year, now)
    return [
        OverCap(wanted[site_id], site_id, name, done[site_id], caps[kind])
        for site_id, name, kind in session.execute(query.order_by(Site.name, Site.id))
        if done.get(site_id, 0) >= caps[kind]
    ]


def cap_words(over: list[OverCap]) -> list[Message]:
    """What keeps a plan from being sealed, for who knows it; empty where nothing does."""
    if not over:
        return []
    names = "、".join(each.name for each in over[:MOST_NAMED])
    if len(over) > MOST_NAMED:
        return [say("{names}等 {n} 个点位今年已查到上限，还没有写免计的理由", names=names, n=len(over))]
    return [say("{names}今年已查到上限，还没有写免计的理由", names=names)]


def note_exemptions(session: Session, actor: Actor, stops: Iterable[SweepStop]) -> int:
    """Write down at the release which visits don't count against the cap, and why. How many there are."""
    exempt = [stop for stop in stops if str(stop.plan.get("exemption", "")).strip()]
    for stop in exempt:
        events.record(session, actor, "exempt_from_cap", stop, reason=str(stop.plan["exemption"])[:500])
    return len(exempt)
