"""Photos of a check, as its manifest lists them. The bytes are blobs (`inspections.evidence`)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from geo import columns

from ..db import CountyRow, Model, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class PhotoState(Choice):
    EXPECTED = "expected", say("等待上传")
    RECEIVED = "received", say("已收到")
    DAMAGED = "damaged", say("照片不完整")
    REFUSED = "refused", say("不能使用")


class PhotoPurpose(Choice):
    SCENE = "scene", say("现场照片")
    DOCUMENT = "document", say("证照资料")
    SIGNATURE = "signature", say("签名")


class Photo(CountyRow, Model):
    """One file of a check's manifest. `sha256` names its blob, which may arrive before or after the record."""

    __tablename__ = "photos"
    __table_args__ = (
        in_county("check_id", "checks", ondelete="CASCADE"),
        Index("ix_photos_county_sha256", "county", "sha256"),
        Index("ix_photos_county_check_id", "county", "check_id"),
    )

    check_id: Mapped[UUID]
    position: Mapped[int]
    item_code: Mapped[str | None]
    purpose: Mapped[PhotoPurpose] = mapped_column(choice(PhotoPurpose, "purpose"))
    state: Mapped[PhotoState] = mapped_column(choice(PhotoState, "state"))
    refusal: Mapped[str | None]
    caption: Mapped[str] = mapped_column(server_default="")
    sha256: Mapped[str] = mapped_column(CHAR(64))
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    device_taken_at: Mapped[datetime | None]
    fix: Mapped[dict[str, Any] | None]
    location: Mapped[Any | None] = mapped_column(columns.point())
    accuracy_m: Mapped[float | None]
    flags: Mapped[list[Any]] = mapped_column(server_default="[]")
