"""Blobs: the bytes of a file, kept as they came, named by their SHA-256."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from geo import columns

from ..db import Model, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class BlobState(Choice):
    STORED = "stored", say("已存")
    DAMAGED = "damaged", say("照片不完整")
    REFUSED = "refused", say("不能使用")


KEPT = (BlobState.STORED, BlobState.DAMAGED)


class Blob(Model):
    """One stored file. `exif` and its position and time are compared with what the phone said, never relied on.

    A row exists once the bytes are safely on disk; `derived_at` says when thumbnails were made of them.
    """

    __tablename__ = "blobs"
    __table_args__ = (
        in_county("received_from_id", "people"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("size > 0", name="size"),
        Index("ix_blobs_county_received_from_id_received_at", "county", "received_from_id", "received_at"),
    )

    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"), primary_key=True)
    sha256: Mapped[str] = mapped_column(CHAR(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    state: Mapped[BlobState] = mapped_column(choice(BlobState, "state"))
    refusal: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    exif: Mapped[dict[str, Any] | None]
    exif_location: Mapped[Any | None] = mapped_column(columns.point())
    exif_taken_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    received_from_id: Mapped[UUID | None]
    derived_at: Mapped[datetime | None]


def holds(session: Session, county: str, sha256: str) -> bool:
    """Whether the county keeps these bytes, whoever sent them."""
    state = session.scalar(select(Blob.state).where(Blob.county == county, Blob.sha256 == sha256))
    return state in KEPT
