"""Files of a tip: photos, screenshots of adverts, recordings, PDFs. Their bytes are blobs, as those of photos are.

Written once: neither the reporter nor the staff can take one away or change it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, CheckConstraint, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, in_county
from ..errors import Message
from ..evidence.photo_check import is_picture
from ..evidence.proof_check import kind_in_words
from ..evidence.recordings import is_recording
from ..evidence.uploads import Upload
from .tips import Tip

DAY = timedelta(days=1)


class TipFile(CountyRow, Model):
    """One file. `added_by_id` is None for what came from the public; `note` is for inside only."""

    __tablename__ = "tip_files"
    __table_args__ = (
        in_county("tip_id", "tips"),
        in_county("added_by_id", "people"),
        UniqueConstraint("county", "tip_id", "sha256"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("size > 0", name="size"),
        Index("ix_tip_files_county_sha256", "county", "sha256"),
        Index("ix_tip_files_county_received_at", "county", "received_at"),
    )

    tip_id: Mapped[UUID]
    sha256: Mapped[str] = mapped_column(CHAR(64))
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime]
    added_by_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(server_default="")

    @property
    def is_picture(self) -> bool:
        return is_picture(self.media_type)

    @property
    def is_recording(self) -> bool:
        return is_recording(self.media_type)

    @property
    def kind(self) -> Message:
        return kind_in_words(self.media_type)


def files_of(session: Session, county: str, tip_ids: Collection[UUID]) -> dict[UUID, list[TipFile]]:
    """By tip, in the order in which they came."""
    query = select(TipFile).where(TipFile.county == county, TipFile.tip_id.in_(tip_ids))
    found: dict[UUID, list[TipFile]] = {}
    for file in session.scalars(query.order_by(TipFile.received_at, TipFile.id)):
        found.setdefault(file.tip_id, []).append(file)
    return found


def bytes_of_public(session: Session, county: str, now: datetime) -> int:
    """What the public has sent in the last 24 hours, with what it has begun to send and not yet finished."""
    kept = select(func.coalesce(func.sum(TipFile.size), 0)).where(
        TipFile.county == county, TipFile.added_by_id.is_(None), TipFile.received_at > now - DAY
    )
    coming = (
        select(func.coalesce(func.sum(Upload.size), 0))
        .join(Tip, (Tip.county == Upload.county) & (Tip.id == Upload.sender_id))
        .where(Upload.county == county, Upload.received < Upload.size, Upload.expires_at > now)
    )
    return (session.scalar(kept) or 0) + (session.scalar(coming) or 0)
