"""Packets: what each team's phones hold before the start, sealed; one at a time is valid for a team.

In the database a packet is sealed once more for its row, so that who has a dump can't try codes on it.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..evidence.keys import b64, unb64
from ..intake.sealing import seal, unseal
from ..vocabulary import Choice, choice
from .codes import Lock
from .teams import SweepTeam


class Revoked(Choice):
    """Why a packet is not valid any more."""

    REPLANNED = "replanned", say("方案或时间有改动")
    TEAM_CHANGED = "team_changed", say("小组人员有变动")
    UNSEALED = "unsealed", say("撤销了封存")
    LOST = "lost", say("手机丢失或口令泄露")


class SweepPacket(CountyRow, Recorded, Model):
    """Of the plan's `revision`, for the people of a team (`holders`, their ids in order).

    `sealed` is the envelope (`codes`) and `secret` its key and spoken code, both sealed for this row.
    """

    __tablename__ = "sweep_packets"
    __table_args__ = (
        in_county("sweep_id", "sweeps", ondelete="CASCADE"),
        in_county("team_id", "sweep_teams", ondelete="CASCADE"),
        CheckConstraint("(revoked_at is null) = (revoked_for is null)", name="revoked"),
        Index("uq_sweep_packets_live", "county", "team_id", unique=True,
              postgresql_where=text("revoked_at is null")),
        Index("ix_sweep_packets_county_sweep_id", "county", "sweep_id"),
    )  # fmt: skip

    sweep_id: Mapped[UUID]
    team_id: Mapped[UUID]
    revision: Mapped[int]
    holders: Mapped[list[Any]]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_for: Mapped[Revoked | None] = mapped_column(choice(Revoked, "revoked_for"))


class Secret(NamedTuple):
    """What opens a packet: its key of 32 bytes, or the code of its lock."""

    key: bytes
    lock: Lock


def live_packet(session: Session, team: SweepTeam) -> SweepPacket | None:
    query = select(SweepPacket).where(
        SweepPacket.county == team.county, SweepPacket.team_id == team.id, SweepPacket.revoked_at.is_(None)
    )
    return session.scalars(query).one_or_none()


def secret_of(keys: Sequence[bytes], packet: SweepPacket) -> Secret:
    """For who may have it: phones after the start, and command."""
    told = json.loads(unseal(keys, packet.secret, _row(packet, "secret")))
    salt, derived = unb64(told["salt"]), unb64(told["derived"])
    return Secret(unb64(told["key"]), Lock(told["code"], salt, told["iterations"], derived))


def envelope_of(keys: Sequence[bytes], packet: SweepPacket) -> dict[str, Any]:
    """As a phone gets it."""
    envelope: dict[str, Any] = json.loads(unseal(keys, packet.sealed, _row(packet, "sealed")))
    return envelope


def put_in(keys: Sequence[bytes], packet: SweepPacket, envelope: dict[str, Any], secret: Secret) -> None:
    """Seal both for the row."""
    key, lock = secret
    told = {"key": b64(key), "code": lock.code, "iterations": lock.iterations}
    told |= {"salt": b64(lock.salt), "derived": b64(lock.derived)}
    packet.sealed = seal(keys, json.dumps(envelope).encode(), _row(packet, "sealed"))
    packet.secret = seal(keys, json.dumps(told).encode(), _row(packet, "secret"))


def _row(packet: SweepPacket, column: str) -> bytes:
    return f"sweep_packets {packet.county} {packet.id} {column}".encode()
