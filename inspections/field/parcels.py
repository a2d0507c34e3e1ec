"""Parcels: records that someone else brought. The sealed file is kept as it came, whatever becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, in_county
from ..errors import Message, say
from ..registry.people import Person
from ..vocabulary import Choice, choice
from .checks import Check
from .phones import ItemKind, Phone


class ParcelState(Choice):
    TAKEN = "taken", say("已收下")
    HELD = "held", say("待专班核实")
    REJECTED = "rejected", say("已退回")


class Doubt(Choice):
    """Why nothing was taken from a parcel yet."""

    UNKNOWN_DEVICE = "unknown_device", say("这台手机没有登记过签名密钥")
    BAD_SIGNATURE = "bad_signature", say("签名和这台手机登记的密钥不符")
    INACTIVE = "inactive", say("作者的账号已停用")
    SEALED_ELSEWHERE = "sealed_elsewhere", say("不是封给这个系统的，或者系统换过密钥")


class Outcome(Choice):
    """What became of one record of a parcel."""

    RECEIVED = "received", say("已收妥")
    INCOMPLETE = "incomplete", say("照片未传齐")
    CONFLICT = "conflict", say("内容与已有记录不一致，两份都已保留")
    REFUSED = "refused", say("没有收下")


class Parcel(CountyRow, Model):
    """One sealed file. `author_id` is whose records it says to hold, `carried_by_id` who brought it; `sha256`
    names the file's bytes in the blob store. `records` is what the header lists, `results` what became of each.
    """

    __tablename__ = "parcels"
    __table_args__ = (
        in_county("author_id", "people"),
        in_county("carried_by_id", "people"),
        in_county("decided_by_id", "people"),
        UniqueConstraint("county", "sha256"),
        Index("ix_parcels_county_author_id", "county", "author_id"),
    )

    sha256: Mapped[str] = mapped_column(CHAR(64))
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[ParcelState] = mapped_column(choice(ParcelState, "state"))
    doubt: Mapped[Doubt | None] = mapped_column(choice(Doubt, "doubt"))
    author_id: Mapped[UUID]
    device_id: Mapped[str]
    made_at: Mapped[datetime]
    carried_by_id: Mapped[UUID]
    received_at: Mapped[datetime]
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    records: Mapped[list[Any]] = mapped_column(server_default="[]")
    results: Mapped[list[Any]] = mapped_column(server_default="[]")


@dataclass(frozen=True)
class Result:
    """One record of a parcel: `message` says what is wrong where something is."""

    id: UUID
    kind: ItemKind
    state: Outcome
    message: Message | None = None

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "Result":
        message = written.get("message")
        return cls(
            UUID(written["id"]),
            ItemKind(written["kind"]),  # type: ignore[call-arg]
            Outcome(written["state"]),  # type: ignore[call-arg]
            Message(*message) if message else None,
        )

    def written(self) -> dict[str, Any]:
        """Plain JSON, with the message still to be translated."""
        message = self.message and [self.message.template, {k: str(v) for k, v in self.message.values.items()}]
        return {"id": str(self.id), "kind": self.kind.value, "state": self.state.value, "message": message}


@dataclass(frozen=True)
class ParcelPage:
    parcel: Parcel
    author: Person
    carrier: Person
    decided_by: Person | None
    results: list[Result]
    arrived: int


def read_parcel(session: Session, person: Person, parcel_id: UUID) -> ParcelPage:
    """A parcel that the person may see, else `NotFound`. `arrived` of its checks are here, by whichever way."""
    from ..access import get  # access knows this module's table

    parcel = get(session, person, Parcel, parcel_id)
    named = [UUID(record["id"]) for record in parcel.records]
    arrived = select(func.count()).where(Check.county == parcel.county, Check.id.in_(named))
    return ParcelPage(
        parcel,
        session.get_one(Person, (parcel.county, parcel.author_id)),
        session.get_one(Person, (parcel.county, parcel.carried_by_id)),
        session.get(Person, (parcel.county, parcel.decided_by_id)) if parcel.decided_by_id else None,
        [Result.read(written) for written in parcel.results],
        session.scalar(arrived) or 0,
    )


def held_of(session: Session, person: Person, phone: Phone) -> Sequence[Parcel]:
    """What a phone sealed that waits for a decision, the oldest first, as far as the person may see it."""
    from ..access import visible  # access knows this module's table

    of_phone = (Parcel.author_id == phone.person_id, Parcel.device_id == phone.device_id)
    held = visible(person, Parcel).where(*of_phone, Parcel.state == ParcelState.HELD)
    return session.scalars(held.order_by(Parcel.received_at)).all()
