"""What became of each packet: who fetched it, was given the key, opened it or could not. It is only added to."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, Integer, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..db import CountyRow, Model, in_county, new_id
from ..errors import Conflict, NotFound, say
from ..incoming import Arrived, Moment, Part, read
from ..registry.people import Person
from ..vocabulary import Choice, choice
from .packets import SweepPacket
from .sweeps import Sweep


class Deed(Choice):
    """Those of the server first, then those that a phone tells of."""

    FETCHED = "fetched", say("密封包已到手机")
    KEY_GIVEN = "key_given", say("启动密钥已下发")
    CODE_SHOWN = "code_shown", say("查看了口令")
    OPENED_BY_KEY = "opened_by_key", say("已用密钥打开")
    OPENED_BY_CODE = "opened_by_code", say("已用口令打开")
    WRONG_CODE = "wrong_code", say("口令不对")
    TAMPERED = "tampered", say("密封包被改动过")


OPENED = (Deed.OPENED_BY_KEY, Deed.OPENED_BY_CODE)


class Told(StrEnum):
    """What a phone may tell."""

    OPENED_BY_KEY = Deed.OPENED_BY_KEY
    OPENED_BY_CODE = Deed.OPENED_BY_CODE
    WRONG_CODE = Deed.WRONG_CODE
    TAMPERED = Deed.TAMPERED


class SweepOpening(CountyRow, Model):
    """`at` is by the author's clock, `heard_at` by the server's; `skew_s` is how far the first was ahead then."""

    __tablename__ = "sweep_openings"
    __table_args__ = (
        in_county("packet_id", "sweep_packets", ondelete="CASCADE"),
        in_county("person_id", "people"),
        Index("ix_sweep_openings_county_packet_id", "county", "packet_id"),
    )

    packet_id: Mapped[UUID]
    person_id: Mapped[UUID]
    deed: Mapped[Deed] = mapped_column(choice(Deed, "deed"))
    at: Mapped[datetime]
    heard_at: Mapped[datetime]
    skew_s: Mapped[int | None] = mapped_column(Integer)


class Report(Part):
    """What a phone tells of a packet. `at` is when it happened, `sent_at` when it is told: the phone's clock."""

    id: UUID
    packet_id: UUID
    deed: Told
    at: Moment
    sent_at: Moment


def note(session: Session, person: Person, packet: SweepPacket, deed: Deed, now: datetime) -> None:
    """Write down what the server did. A phone that asks every few seconds is noted once for a packet."""
    query = select(SweepOpening.id).where(
        SweepOpening.county == packet.county, SweepOpening.packet_id == packet.id,
        SweepOpening.person_id == person.id, SweepOpening.deed == deed,
    )  # fmt: skip
    if deed is Deed.CODE_SHOWN or session.scalar(query.limit(1)) is None:
        session.add(
            SweepOpening(
                county=packet.county, id=new_id(), packet_id=packet.id, person_id=person.id, deed=deed, at=now,
                heard_at=now,
            )
        )  # fmt: skip
        session.flush()


def insist_on_holder(session: Session, person: Person, sweep_id: UUID) -> None:
    """Raises NotFound for who never had a packet of a sweep."""
    query = select(SweepPacket.id).where(
        SweepPacket.county == person.county, SweepPacket.sweep_id == sweep_id,
        SweepPacket.holders.contains([str(person.id)]),
    )  # fmt: skip
    if session.scalar(query.limit(1)) is None:
        raise NotFound


def receive(session: Session, person: Person, sweep_id: UUID, content: bytes, now: datetime) -> SweepOpening:
    """Keep what a phone tells; told twice it is kept once. It is kept too of a packet that was revoked meanwhile.

    Raises NotFound for a packet of another sweep or of a team that the person never had one of, Conflict where the
    same id told something else before.
    """
    report = read(Report, Arrived(content).tree)
    packet = session.get(SweepPacket, (person.county, report.packet_id))
    if packet is None or packet.sweep_id != sweep_id or str(person.id) not in packet.holders:
        raise NotFound
    kept = session.get(SweepOpening, (person.county, report.id))
    if kept is not None:
        if (kept.person_id, kept.packet_id, kept.deed.value) != (person.id, packet.id, report.deed.value):
            raise Conflict
        return kept
    kept = SweepOpening(
        county=person.county, id=report.id, packet_id=packet.id, person_id=person.id, deed=Deed[report.deed.name],
        at=report.at, heard_at=now, skew_s=round((report.sent_at - now).total_seconds()),
    )  # fmt: skip
    session.add(kept)
    session.flush()
    events.record(session, person, report.deed.value, packet, sweep_id=str(sweep_id))
    return kept


def openings_of(session: Session, sweep: Sweep) -> list[tuple[SweepOpening, SweepPacket]]:
    """All that became of a sweep's packets, in the order that the server heard of it."""
    query = (
        select(SweepOpening, SweepPacket)
        .join(
            SweepPacket,
            (SweepPacket.county == SweepOpening.county) & (SweepPacket.id == SweepOpening.packet_id),
        )
        .where(SweepPacket.county == sweep.county, SweepPacket.sweep_id == sweep.id)
        .order_by(SweepOpening.heard_at, SweepOpening.id)
    )
    return [(opening, packet) for opening, packet in session.execute(query)]
