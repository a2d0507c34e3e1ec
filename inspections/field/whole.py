"""A check that comes whole, its record and its files in one body, over a good network."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from ..errors import Invalid, StorageFailed, StorageFull
from ..evidence.photo_check import Refusal
from ..evidence.receiving import Kept, keep, write_down
from ..evidence.store import BlobStore, ContentMismatch, Put, checked
from ..evidence.uploads import Limits
from ..frames import Broken, Frame
from ..incoming import Malformed
from ..registry.people import Person
from .photos import hold
from .receiving import Outcome, Sent, receive_checks
from .record import Parsed

# What keeps a file from arriving, but not the record before it: its receipt will say what is missing
FILE_LOST = (Broken, ContentMismatch, StorageFailed, StorageFull)


@dataclass
class Gathered:
    """What a body brought: the bytes of the record, and the files that are safely on disk or were refused."""

    record: Sent
    files: list[Kept] = field(default_factory=list)


def gather(frames: Iterator[Frame], store: BlobStore, max_record_bytes: int, limits: Limits) -> Gathered:
    """Read a body and put its files into the store; nothing is written down, and no connection is needed.

    A record that could never be taken in ends it before any file. So does nothing else: a body that breaks off, a
    file that is not what was announced and a full disk leave the files that came before. Raises `Malformed`,
    `Invalid`, `TooLarge`.
    """
    first = next(frames, None)
    if first is None:
        raise Malformed
    content = first.content(max_record_bytes)
    parsed = Parsed(content)
    assert parsed.record.id
    gathered = Gathered(Sent(content, first.sha256, parsed))
    files: list[Kept] = []
    try:
        with store.together() as put:
            for frame in _until_broken(frames):
                if not _came(frame, put, limits, files):
                    break
    except (StorageFailed, StorageFull):
        return gathered
    gathered.files = files
    return gathered


def receive_whole(
    session: Session, person: Person, gathered: Gathered, now: datetime, max_photo_bytes: int
) -> Outcome:
    """Take in what was gathered. Where the record is refused its files stay; the refusal is returned, since they
    must be committed.
    """
    parsed = gathered.record.parsed
    assert parsed
    files = {file.sha256 for file in parsed.record.files} | {file.sha256 for file in gathered.files}
    hold(session, person.county, files=files, checks=[parsed.id])
    if gathered.files:
        write_down(session, person, gathered.files, held=True)
    (outcome,) = receive_checks(
        session, person, [gathered.record], now, max_photo_bytes=max_photo_bytes, held=True
    )
    return outcome


def _until_broken(frames: Iterator[Frame]) -> Iterator[Frame]:
    with suppress(Broken):
        yield from frames


def _came(frame: Frame, put: Put, limits: Limits, files: list[Kept]) -> bool:
    """Whether a file came; if so it joins the others."""
    sha256 = checked(frame.sha256)
    if frame.size < 1:
        raise Invalid({"size": Refusal.EMPTY.label})
    try:
        verdict = keep(put, frame.chunks(), frame.size, sha256, **vars(limits))
    except FILE_LOST:
        return False
    files.append(Kept(sha256, frame.size, verdict))
    return True
