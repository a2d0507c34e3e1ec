"""The start of sweeps: a phone that asks after T-0 releases its own, and the worker those that nobody asks for.

The worker also packs anew what doesn't fit a plan or a team any more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..errors import NotFound
from ..jobs import Work, enqueue, job, watch
from ..registry.people import Person
from .openings import Deed, note
from .packets import Secret, live_packet, secret_of
from .packing import is_outdated, own_team, renew
from .releasing import due, release
from .sweeps import Sweep, SweepState


class Start(NamedTuple):
    """`secret` opens the packet of that id; both are None until the start."""

    sweep: Sweep
    packet_id: UUID | None
    secret: Secret | None


def start_of(session: Session, person: Person, keys: Sequence[bytes], sweep_id: UUID, now: datetime) -> Start:
    """The key of the person's own team from T-0 on. Whoever asks first after T-0 releases the sweep."""
    sweep, team = own_team(session, person, sweep_id)
    release(session, keys, sweep_id, now)
    if sweep.state is not SweepState.RUNNING:
        return Start(sweep, None, None)
    packet = live_packet(session, team)
    if packet is None:
        raise NotFound
    note(session, person, packet, Deed.KEY_GIVEN, now)
    return Start(sweep, packet.id, secret_of(keys, packet))


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
