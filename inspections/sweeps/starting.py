"""The clock of sweeps: the worker releases those whose T-0 has come, and packs anew what doesn't fit any more.

A phone that asks first does the same for its own sweep, so nobody waits for the worker.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..jobs import Work, enqueue, job, watch
from .packing import is_outdated, renew
from .releasing import due, release
from .sweeps import Sweep, SweepState


@watch
def look(session: Session, county: str) -> None:
    """Queue the job where a sealed sweep of a county is due or has packets that don't fit its plan and people."""
    sealed = _sealed(session, county)
    if sealed and (due(session, _now(session)) or any(is_outdated(session, sweep) for sweep in sealed)):
        enqueue(session, "sweeps.start", county, once=f"sweeps.start {county}")


@job("sweeps.start", awaited=True)
def start(work: Work) -> None:
    """For each by itself: another process may be doing the same (the sweep's row is locked)."""
    session, keys, now = work.session, work.keys.sweep, _now(work.session)
    for sweep in _sealed(session, work.county):
        if not release(session, keys, sweep.id, now):
            renew(session, keys, sweep, now)


def _sealed(session: Session, county: str) -> list[Sweep]:
    query = select(Sweep).where(Sweep.county == county, Sweep.state == SweepState.SEALED)
    return list(session.scalars(query.order_by(Sweep.starts_at)))


def _now(session: Session) -> datetime:
    moment: datetime = session.scalars(select(func.clock_timestamp())).one()
    return moment
