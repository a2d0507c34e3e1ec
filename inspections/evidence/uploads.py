"""Uploads: files on their way, in pieces, over lines that break. What was acknowledged needn't be sent again.

A file has one upload a sender: whoever lost its address begins again and is told how far it had come.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Index,
    UniqueConstraint,
    delete,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, new_id
from ..errors import Conflict, Gone, InspectionError, Invalid, NotFound, say
from ..events import Actor
from ..jobs import Work, job
from .blobs import Blob, holds
from .photo_check import MAX_BYTES, MAX_PIXELS, Inspection, Refusal, check_photo
from .receiving import receive
from .store import BlobStore, ContentMismatch, checked
from .store.pieces import Piece, chunks_of

LIFETIME = timedelta(days=7)
ORPHANED = timedelta(days=1)
AS_IT_IS = {"populate_existing": True}  # another request may have changed the row


class Upload(CountyRow, Model):
    """A file that somebody is sending: a person, or whoever holds a link (`events.Actor.id`).

    `pieces` names its files in the folder of pieces, in order, with their sizes; `received` is their sum, and
    equals `size` once the file has been stored or refused.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        UniqueConstraint("county", "sender_id", "sha256"),
        CheckConstraint("received between 0 and size", name="received"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        Index("ix_uploads_county_expires_at", "county", "expires_at"),
    )

    sender_id: Mapped[UUID]
    sha256: Mapped[str] = mapped_column(CHAR(64))
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, server_default="0")
    pieces: Mapped[list[Any]] = mapped_column(server_default="[]")
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    @property
    def is_done(self) -> bool:
        return self.received == self.size


class ChecksumMismatch(InspectionError):
    """A piece is not what it was said to be. It is forgotten; what came before it stays."""

    message = say("这一段在传输中损坏，手机会自动重新发送")


@dataclass(frozen=True)
class Body:
    """What one request brings: bytes that may break off, and the SHA-256 that they should have, if it was said."""

    chunks: Iterable[bytes]
    checksum: bytes | None = None


@dataclass(frozen=True)
class Limits:
    max_bytes: int = MAX_BYTES
    max_pixels: int = MAX_PIXELS
    inspect: Inspection = check_photo


@dataclass(frozen=True)
class Progress:
    """Where an upload stands: only the `pieces` that are on disk count.

    `blob` is the file's row once all of it has come. `problem` is to be told after the commit.
    """

    id: UUID
    sha256: str
    size: int
    expires_at: datetime
    pieces: tuple[Piece, ...] = ()
    blob: Blob | None = None
    problem: InspectionError | None = None

    @property
    def received(self) -> int:
        return self.size if self.blob else sum(piece.size for piece in self.pieces)


def find_upload(session: Session, sender: Actor, upload_id: UUID, now: datetime) -> Upload:
    """The sender's own upload. Raises `NotFound`, of which `Gone` means that it expired."""
    own = (Upload.county == sender.county, Upload.id == upload_id, Upload.sender_id == sender.id)
    found = session.scalars(select(Upload).where(*own), execution_options=AS_IT_IS).one_or_none()
    if found is None:
        raise NotFound
    if found.expires_at <= now:
        raise Gone
    return found


def open_uploads(session: Session, sender: Actor, now: datetime) -> int:
    """How many files of a sender are begun and not yet whole."""
    begun = select(func.count()).where(
        Upload.county == sender.county,
        Upload.sender_id == sender.id,
        Upload.received < Upload.size,
        Upload.expires_at > now,
    )
    return session.scalar(begun) or 0


def progress_of(session: Session, store: BlobStore, upload: Upload) -> Progress:
    blob = session.get(Blob, (upload.county, upload.sha256)) if upload.is_done else None
    pieces = tuple(store.pieces.find(upload.county, upload.pieces))
    return Progress(upload.id, upload.sha256, upload.size, upload.expires_at, pieces, blob)


def begin(
    session: Session, store: BlobStore, sender: Actor, sha256: str, size: int, now: datetime, *, held: bool
) -> Progress:
    """A new upload, or the one that this sender has begun of the same file. One that expired begins anew.

    `held` says that the county has the bytes: then nothing need be sent.
    """
    if size < 1:
        raise Invalid({"size": Refusal.EMPTY.label})
    received = size if held else 0
    fresh = {"size": size, "received": received, "pieces": [], "expires_at": now + LIFETIME}
    upload = _upsert(session, sender, checked(sha256), fresh, now)
    if upload.is_done and not held:  # another request may have brought it since we looked
        held = holds(session, sender.county, sha256)
        received = size if held else 0
    was_refused = upload.is_done and not held
    if held or was_refused or upload.size != size or upload.expires_at <= now:
        _remove_after_commit(session, store, progress_of(session, store, upload).pieces)
        upload.size, upload.received, upload.pieces = size, received, []
    upload.expires_at = now + LIFETIME
    session.flush()
    return progress_of(session, store, upload)


def begin_with(
    session: Session,
    store: BlobStore,
    sender: Actor,
    sha256: str,
    size: int,
    body: Body,
    now: datetime,
    limits: Limits | None = None,
) -> Progress:
    """A new upload together with its first bytes, which may be all of them: then they are written once."""
    if size < 1:
        raise Invalid({"size": Refusal.EMPTY.label})
    fresh = Progress(new_id(), checked(sha256), size, now + LIFETIME)
    piece = _write(store, sender, body, size)
    if piece.size == size:
        return _finish(session, store, sender, replace(fresh, pieces=(piece,)), now, limits or Limits())
    begun = begin(session, store, sender, sha256, size, now, held=False)
    if begun.received:
        store.pieces.remove([piece.path])
        return begun
    return _note(session, store, sender, begun, piece, now)


def append(
    session: Session,
    store: BlobStore,
    sender: Actor,
    standing: Progress,
    offset: int,
    body: Body,
    now: datetime,
    limits: Limits | None = None,
) -> Progress:
    """Add bytes at `offset`, which must be where the upload stands. What comes before the line breaks is kept.

    The session should hold no lock: the body may take minutes. Raises `Conflict` for another offset, also where
    another request was quicker, `ChecksumMismatch`, `TooLarge`, `StorageFull` and `StorageFailed`; then the piece
    is not kept.
    """
    if standing.received != offset:
        raise _wrong_offset()
    if standing.received == standing.size:
        return standing
    piece = _write(store, sender, body, standing.size - offset)
    if offset + piece.size < standing.size:
        return _note(session, store, sender, standing, piece, now)
    whole = replace(standing, pieces=(*standing.pieces, piece))
    return _finish(session, store, sender, whole, now, limits or Limits())


def forget(session: Session, store: BlobStore, upload: Upload) -> None:
    """Give an upload up. A file that was stored stays stored."""
    _remove_after_commit(session, store, progress_of(session, store, upload).pieces)
    session.delete(upload)


@job("sweep uploads", every="25 * * * *")
def sweep_uploads(work: Work) -> None:
    """Forget what expired, and remove files that nobody names."""
    expired = select(Upload).where(Upload.county == work.county, Upload.expires_at <= func.now())
    for upload in work.session.scalars(expired).all():
        forget(work.session, work.store, upload)
    work.session.flush()
    named = work.session.scalars(select(Upload.pieces).where(Upload.county == work.county))
    keep = {piece["name"] for pieces in named for piece in pieces}
    work.store.pieces.sweep(work.county, keep, ORPHANED)


def _wrong_offset() -> Conflict:
    return Conflict(say("续传的位置不对，手机会自动从正确的位置继续"))


def _write(store: BlobStore, sender: Actor, body: Body, most: int) -> Piece:
    piece = store.pieces.write(sender.county, body.chunks, most)
    if body.checksum and piece.sha256 != body.checksum.hex():
        store.pieces.remove([piece.path])
        raise ChecksumMismatch
    return piece


def _note(
    session: Session, store: BlobStore, sender: Actor, standing: Progress, piece: Piece, now: datetime
) -> Progress:
    """Make a piece part of its upload, unless another request did so with its own in the meantime."""
    if not piece.size:
        store.pieces.remove([piece.path])
        return standing
    store.pieces.settle(piece)
    this = (Upload.county == sender.county, Upload.id == standing.id)
    locked = select(Upload).where(*this).with_for_update()
    upload = session.scalars(locked, execution_options=AS_IT_IS).one_or_none()
    if upload is None or progress_of(session, store, upload).pieces != standing.pieces or upload.is_done:
        store.pieces.remove([piece.path])
        raise Gone if upload is None else _wrong_offset()
    pieces = (*standing.pieces, piece)
    upload.pieces = [{"name": each.path.name, "size": each.size} for each in pieces]
    upload.received = standing.received + piece.size
    upload.expires_at = now + LIFETIME
    session.flush()
    return replace(standing, pieces=pieces, expires_at=upload.expires_at)


def _finish(
    session: Session, store: BlobStore, sender: Actor, whole: Progress, now: datetime, limits: Limits
) -> Progress:
    """All bytes are here: the file goes the way of every photo. What was not the file is forgotten whole."""
    content = whole.pieces[0] if len(whole.pieces) == 1 else chunks_of(whole.pieces)
    try:
        blob = receive(session, store, sender, whole.sha256, whole.size, content, **vars(limits))
    except ContentMismatch as problem:
        _remove_after_commit(session, store, whole.pieces)
        session.execute(delete(Upload).where(Upload.county == sender.county, Upload.id == whole.id))
        return replace(whole, pieces=(), problem=problem)
    except BaseException:
        store.pieces.remove([whole.pieces[-1].path])
        raise
    done = {"county": sender.county, "id": whole.id, "sender_id": sender.id, "sha256": whole.sha256}
    done |= {"size": whole.size, "now": now, "expires_at": now + LIFETIME}
    upload_id, others = session.execute(DONE, done).one()
    _remove_after_commit(session, store, {*whole.pieces, *store.pieces.find(sender.county, others or ())})
    return replace(whole, id=upload_id, pieces=(), blob=blob)


# `others`: pieces that stood in the row, which are another request's where it began anew in the meantime. The join
# has them read, and the row locked, before it is written.
DONE = text(
    """
    with before as (
        select pieces from uploads
        where county = :county and sender_id = :sender_id and sha256 = :sha256 for update
    )
    insert into uploads (county, id, sender_id, sha256, size, received, pieces, started_at, expires_at)
    select :county, :id, :sender_id, :sha256, :size, :size, cast('[]' as jsonb), :now, :expires_at
    from (values (1)) as one left join before on true
    on conflict (county, sender_id, sha256) do update set
        size = excluded.size, received = excluded.size, pieces = '[]', expires_at = excluded.expires_at
    returning id, (select pieces from before) as others
    """
)


def _upsert(session: Session, sender: Actor, sha256: str, given: dict[str, Any], now: datetime) -> Upload:
    """The row of a sender's upload of a file, locked: a new one as `given`, or the old one as it is."""
    row = {"county": sender.county, "id": new_id(), "sender_id": sender.id, "sha256": sha256, **given}
    query = insert(Upload).values(**row, started_at=now)
    # without any change the old row would be neither locked nor given
    same = {"sender_id": sender.id}
    query = query.on_conflict_do_update(index_elements=["county", "sender_id", "sha256"], set_=same)
    return session.scalars(query.returning(Upload), execution_options=AS_IT_IS).one()


def _remove_after_commit(session: Session, store: BlobStore, pieces: Iterable[Piece]) -> None:
    """What was acknowledged goes only when it is sure that nobody will ask for it."""
    paths = [piece.path for piece in pieces]
    event.listen(session, "after_commit", lambda _: store.pieces.remove(paths), once=True)
