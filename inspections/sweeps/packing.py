"""Making packets and making them anew: one at a time is valid for a team, and it fits the plan and its people."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..db import new_id
from ..errors import NotFound
from ..registry.people import Person
from .codes import FORMAT, Lock, make_envelope, new_lock
from .contents import contents_of
from .packets import Revoked, Secret, SweepPacket, envelope_of, live_packet, put_in, secret_of
from .plans import plan_of
from .sweeps import Sweep, SweepState
from .teams import SweepTeam, SweepTeamMember

# A packet of one stop must not be told from one of ten by its length
SMALLEST_BYTES = 65_536
KEY_BYTES = 32
DERIVING_THREADS = 2


class Given(NamedTuple):
    """A packet as a phone gets it."""

    packet: SweepPacket
    envelope: dict[str, Any]


class OwnTeam(NamedTuple):
    sweep: Sweep
    team: SweepTeam


def packet_of(session: Session, person: Person, sweep_id: UUID, keys: Sequence[bytes], now: datetime) -> Given:
    """The packet of the person's own team. Raises NotFound for who is on none, and before the sweep is sealed."""
    sweep, team = own_team(session, person, sweep_id)
    if sweep.state is SweepState.SEALED:
        renew(session, keys, sweep, now)
    packet = live_packet(session, team)
    if packet is None or sweep.state not in (SweepState.SEALED, SweepState.RUNNING):
        raise NotFound
    return Given(packet, envelope_of(keys, packet))


def own_team(session: Session, person: Person, sweep_id: UUID) -> OwnTeam:
    """The sweep and the team that somebody is on now. Raises NotFound for who is on none."""
    found = next((each for each in own_teams(session, person) if each.sweep.id == sweep_id), None)
    if found is None:
        raise NotFound
    return found


def own_teams(session: Session, person: Person) -> list[OwnTeam]:
    """Sealed and running sweeps in which somebody is on a team, the first to start first."""
    query = (
        select(Sweep, SweepTeam)
        .join(SweepTeam, (SweepTeam.county == Sweep.county) & (SweepTeam.sweep_id == Sweep.id))
        .join(
            SweepTeamMember,
            (SweepTeamMember.county == SweepTeam.county) & (SweepTeamMember.team_id == SweepTeam.id),
        )
        .where(Sweep.county == person.county, SweepTeamMember.person_id == person.id)
        .where(SweepTeamMember.left_at.is_(None), Sweep.state.in_((SweepState.SEALED, SweepState.RUNNING)))
        .order_by(Sweep.starts_at, Sweep.id, SweepTeam.number)
    )
    return [OwnTeam(sweep, team) for sweep, team in session.execute(query)]


def is_stale(sweep: Sweep, packet: SweepPacket | None, holders: Sequence[str]) -> Revoked | None:
    """Why a packet doesn't fit its sweep any more."""
    if packet is None or packet.revision != sweep.plan_revision:
        return Revoked.REPLANNED
    return Revoked.TEAM_CHANGED if list(packet.holders) != list(holders) else None


def renew(
    session: Session, keys: Sequence[bytes], sweep: Sweep, now: datetime, lost: SweepTeam | None = None
) -> list[SweepPacket]:
    """Make packets for teams that have none, whose plan or people changed since, or that `lost` theirs.

    Nothing is done to a sweep that is not sealed. A code stays while a team's people do, since it may stand on
    paper; who left a team must not use it.
    """
    changed = _changed(session, sweep, lost)
    if not changed:
        return []
    session.refresh(sweep, with_for_update=True)
    if sweep.state is not SweepState.SEALED:
        return []
    changed = _changed(session, sweep, lost)
    plan = plan_of(session, keys, sweep)
    said = [to_json(contents_of(session, sweep, team, plan)) for team, *_ in changed]
    locks = _locks(keys, [(packet, why) for _, packet, _, why in changed])
    size = _size(max((len(each) for each in said), default=0))
    for _, packet, _, why in changed:
        if packet is not None:
            packet.revoked_at, packet.revoked_for = now, why
    session.flush()
    made = [
        _made(keys, sweep, team, holders, content.ljust(size), lock, now)
        for (team, _, holders, _), content, lock in zip(changed, said, locks, strict=True)
    ]
    session.add_all(made)
    session.flush()
    return made


def is_outdated(session: Session, sweep: Sweep) -> bool:
    """Whether `renew` would make packets."""
    return bool(_changed(session, sweep, None))


def revoke_all(session: Session, sweep: Sweep, why: Revoked, now: datetime) -> None:
    query = select(SweepPacket).where(
        SweepPacket.county == sweep.county, SweepPacket.sweep_id == sweep.id, SweepPacket.revoked_at.is_(None)
    )
    for packet in session.scalars(query):
        packet.revoked_at, packet.revoked_for = now, why
    session.flush()


Changed = tuple[SweepTeam, SweepPacket | None, list[str], Revoked]


def _changed(session: Session, sweep: Sweep, lost: SweepTeam | None) -> list[Changed]:
    holders, packets = holders_of(session, sweep), _live_packets(session, sweep)
    found: list[Changed] = []
    for team in teams_of(session, sweep):
        packet, people = packets.get(team.id), holders.get(team.id, [])
        why = Revoked.LOST if lost is not None and lost.id == team.id else is_stale(sweep, packet, people)
        if why:
            found.append((team, packet, people, why))
    return found


def teams_of(session: Session, sweep: Sweep) -> list[SweepTeam]:
    query = select(SweepTeam).where(SweepTeam.county == sweep.county, SweepTeam.sweep_id == sweep.id)
    return list(session.scalars(query.order_by(SweepTeam.number)))


def _live_packets(session: Session, sweep: Sweep) -> dict[UUID, SweepPacket]:
    query = select(SweepPacket).where(
        SweepPacket.county == sweep.county, SweepPacket.sweep_id == sweep.id, SweepPacket.revoked_at.is_(None)
    )
    return {packet.team_id: packet for packet in session.scalars(query)}


def holders_of(session: Session, sweep: Sweep) -> dict[UUID, list[str]]:
    query = (
        select(SweepTeamMember.team_id, SweepTeamMember.person_id)
        .join(SweepTeam, (SweepTeam.county == SweepTeamMember.county) & (SweepTeam.id == SweepTeamMember.team_id))
        .where(SweepTeam.county == sweep.county, SweepTeam.sweep_id == sweep.id)
        .where(SweepTeamMember.left_at.is_(None))
        .order_by(SweepTeamMember.person_id)
    )
    found: dict[UUID, list[str]] = {}
    for team_id, person_id in session.execute(query):
        found.setdefault(team_id, []).append(str(person_id))
    return found


def _locks(keys: Sequence[bytes], changed: Sequence[tuple[SweepPacket | None, Revoked]]) -> list[Lock]:
    def lock(each: tuple[SweepPacket | None, Revoked]) -> Lock:
        packet, why = each
        return secret_of(keys, packet).lock if packet and why is Revoked.REPLANNED else new_lock()

    with ThreadPoolExecutor(DERIVING_THREADS) as pool:
        return list(pool.map(lock, changed))


def _made(
    keys: Sequence[bytes],
    sweep: Sweep,
    team: SweepTeam,
    holders: list[str],
    content: bytes,
    lock: Lock,
    now: datetime,
) -> SweepPacket:
    packet = SweepPacket(
        county=sweep.county, id=new_id(), sweep_id=sweep.id, team_id=team.id, revision=sweep.plan_revision,
        holders=holders, made_at=now,
    )  # fmt: skip
    key = os.urandom(KEY_BYTES)
    head = {
        "format": FORMAT, "packet_id": str(packet.id), "county": sweep.county, "sweep_id": str(sweep.id),
        "team_id": str(team.id), "revision": sweep.plan_revision,
    }  # fmt: skip
    put_in(keys, packet, make_envelope(head, content, key, lock), Secret(key, lock))
    return packet


def _size(longest: int) -> int:
    """All packets of a sweep are as long: the next power of two."""
    return max(SMALLEST_BYTES, 1 << max(longest - 1, 0).bit_length())
