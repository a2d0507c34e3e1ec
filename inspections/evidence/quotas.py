"""Quotas: how much one account may send, so that one lost or stolen phone doesn't fill the county's disk."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..days import CHINA, day_of
from ..errors import TooManyRequests, say
from ..registry.people import Person
from .blobs import Blob, BlobState
from .uploads import Upload

OPEN_UPLOADS_RETRY_S = 600
KEPT = (BlobState.STORED, BlobState.DAMAGED)


@dataclass(frozen=True)
class Quotas:
    """For each account: bytes of files a day, China's, and files that are begun and not yet whole."""

    bytes_a_day: int = 20_000_000_000
    open_uploads: int = 500


def admit(
    session: Session, person: Person, sha256: str, size: int, quotas: Quotas, now: datetime, *, opens: bool = False
) -> bool:
    """Whether the county holds these bytes already; then there is nothing to count.

    `opens` says that the file may come in several requests. Raises `TooManyRequests`.
    """
    midnight = datetime.combine(day_of(now), time(), CHINA)
    sent = select(func.coalesce(func.sum(Blob.size), 0)).where(
        Blob.county == person.county,
        Blob.received_from_id == person.id,
        Blob.received_at >= midnight,
        Blob.state.in_(KEPT),
    )
    unfinished = select(func.count()).where(
        Upload.county == person.county,
        Upload.person_id == person.id,
        Upload.received < Upload.size,
        Upload.expires_at > now,
        Upload.sha256 != sha256,
    )
    held = select(Blob.state).where(Blob.county == person.county, Blob.sha256 == sha256)
    bytes_today, uploads, state = session.execute(
        select(sent.scalar_subquery(), unfinished.scalar_subquery(), held.scalar_subquery())
    ).one()
    if state in KEPT:
        return True
    if bytes_today + size > quotas.bytes_a_day:
        tomorrow = midnight + timedelta(days=1)
        message = say("今天上传的照片太多，已到上限；照片仍在手机上，明天会自动继续上传")
        raise TooManyRequests(message, max(60, int((tomorrow - now).total_seconds())))
    if opens and uploads >= quotas.open_uploads:
        message = say("没有传完的文件太多，请等它们传完；照片仍在手机上")
        raise TooManyRequests(message, OPEN_UPLOADS_RETRY_S)
    return False
