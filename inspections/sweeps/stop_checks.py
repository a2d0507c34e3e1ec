"""The check that belongs to a stop, and who was sent there by a sweep: the two find each other in either order."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..field.checks import Check, CheckKind
from .journal import SweepEntry
from .stops import SweepStop
from .sweeps import Sweep
from .teams import SweepTeam, SweepTeamMember

# Teams finish what they are at when command ends the sweep
AFTER_END = timedelta(hours=2)


class SentBySweep(NamedTuple):
    """Somebody on a team of a sweep that goes to a site, and from when until when."""

    site_id: UUID
    person_id: UUID
    from_at: datetime
    until_at: datetime | None


def sent_by_sweeps(session: Session, county: str, site_ids: Collection[UUID]) -> list[SentBySweep]:
    """Who was sent to sites by sweeps that were released. A stop may have changed hands: each of its teams was."""
    query = (
        select(SweepStop.site_id, SweepTeamMember.person_id, Sweep.released_at, Sweep.ended_at)
        .join(Sweep, (Sweep.county == SweepStop.county) & (Sweep.id == SweepStop.sweep_id))
        .join(SweepTeam, (SweepTeam.county == Sweep.county) & (SweepTeam.sweep_id == Sweep.id))
        .join(
            SweepTeamMember,
            (SweepTeamMember.county == SweepTeam.county) & (SweepTeamMember.team_id == SweepTeam.id),
        )
        .where(SweepStop.county == county, SweepStop.site_id.in_(site_ids))
    )
    return [
        SentBySweep(site_id, person_id, released_at, ended_at and ended_at + AFTER_END)
        for site_id, person_id, released_at, ended_at in session.execute(query)
        if released_at is not None
    ]


def was_sent(sent: Collection[SentBySweep], site_id: UUID, officers: Collection[UUID], moment: datetime) -> bool:
    """Whether a sweep had sent one of the officers to a site at a moment."""
    return any(
        each.site_id == site_id
        and each.person_id in officers
        and each.from_at <= moment
        and (each.until_at is None or moment <= each.until_at)
        for each in sent
    )


def link_check(session: Session, county: str, check_id: UUID) -> None:
    """Put a check of a sweep, which was just written down, to its stop: the one that its phone named it for, else
    the one of its site that has no check and on whose sweep the officer is.
    """
    check = session.get(Check, (county, check_id))
    if check is None or check.kind is not CheckKind.SWEEP:
        return
    officers = {check.person_id, check.second_person_id} - {None}
    query = (
        select(SweepStop)
        .join(Sweep, (Sweep.county == SweepStop.county) & (Sweep.id == SweepStop.sweep_id))
        .join(SweepTeam, (SweepTeam.county == Sweep.county) & (SweepTeam.sweep_id == Sweep.id))
        .join(
            SweepTeamMember,
            (SweepTeamMember.county == SweepTeam.county) & (SweepTeamMember.team_id == SweepTeam.id),
        )
        .where(
            SweepStop.county == county, SweepStop.site_id == check.site_id,
            SweepTeamMember.person_id.in_(officers),
        )
        .order_by(Sweep.released_at.desc())
    )  # fmt: skip
    stops = session.scalars(query.where(Sweep.released_at <= check.received_at)).unique().all()
    named = [stop for stop in stops if _names(session, stop, check_id)]
    free = [stop for stop in stops if stop.check_id is None]
    for stop in (named or free)[:1]:
        stop.check_id = check_id
    session.flush()


def link_named(session: Session, stop: SweepStop, check_id: UUID) -> None:
    """The same where the check came before the line that names it. A check of another site is no stop's."""
    check = session.get(Check, (stop.county, check_id))
    if check is not None and check.site_id == stop.site_id:
        stop.check_id = check.id
        session.flush()


def _names(session: Session, stop: SweepStop, check_id: UUID) -> bool:
    query = select(SweepEntry.id).where(
        SweepEntry.county == stop.county,
        SweepEntry.stop_id == stop.id,
        SweepEntry.detail["check_id"].astext == str(check_id),
    )
    return session.scalar(query.limit(1)) is not None
