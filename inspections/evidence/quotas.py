"""Quotas: how much one account may send, so that one lost or stolen phone doesn't fill the county's disk."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from ..days import CHINA, day_of
from ..errors import TooManyRequests, say
from ..registry.people import Person
from .blobs import KEPT

OPEN_UPLOADS_RETRY_S = 600


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
    given = {"county": person.county, "person_id": person.id, "sha256": sha256, "midnight": midnight, "now": now}
    bytes_today, uploads, state = session.execute(STANDING, given).one()
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


STANDING = text(
    """
    select
        (select coalesce(sum(size), 0) from blobs
            where county = :county and received_from_id = :person_id and received_at >= :midnight
            and state in ('stored', 'damaged')),
        (select count(*) from uploads
            where county = :county and sender_id = :person_id and received < size and expires_at > :now
            and sha256 <> :sha256),
        (select state from blobs where county = :county and sha256 = :sha256)
    """
)
