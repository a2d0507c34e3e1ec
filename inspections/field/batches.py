"""Many records in one body, as a phone sends them that was long without a signal. Their files come apart."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ..errors import InspectionError, TooLarge, say
from ..frames import Frame
from ..registry.people import Person
from .receiving import Outcome, Sent, receive_checks
from .record import Parsed

MOST_RECORDS = 500


def read_batch(frames: Iterator[Frame], max_record_bytes: int) -> list[Sent]:
    """The records of a body. Raises `Malformed`, and `TooLarge` for too many or one that is too long."""
    sent: list[Sent] = []
    for frame in frames:
        if len(sent) == MOST_RECORDS:
            raise TooLarge(say("一次最多发送 {limit} 条记录", limit=MOST_RECORDS))
        sent.append(Sent(frame.content(max_record_bytes), frame.sha256))
    return sent


def check_of(sent: Sent, outcome: Outcome) -> UUID | None:
    """The check that an outcome is about, as far as the bytes say."""
    return id_of(sent) if isinstance(outcome, InspectionError) else outcome.receipt.check


def id_of(sent: Sent) -> UUID | None:
    """The id of a record, as far as its bytes say."""
    with suppress(InspectionError):
        return Parsed(sent.content).id
    return None


def receive_batch(
    session: Session, person: Person, sent: list[Sent], now: datetime, max_photo_bytes: int
) -> list[Outcome]:
    """An outcome for each record, in their order."""
    return receive_checks(session, person, sent, now, max_photo_bytes=max_photo_bytes)
