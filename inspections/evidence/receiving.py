"""A photo comes in: checked, stored, written down; looked at by a job afterwards.

Photo and record arrive in any order and any number of times. A photo that may not be kept is written down
too, with its reason and without its bytes, so that its check can name it instead of waiting for it.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, BinaryIO, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, column, func, select, text
from sqlalchemy.orm import Session

from geo.columns import lonlat
from geo.coordinates import LonLat
from geo.fixes import Fix, photo_flags

from ..errors import Invalid, Message
from ..events import Actor
from ..field.photos import Photo, PhotoState, complete_checks, hold
from ..jobs import Work, deferring, enqueue, job
from .blobs import Blob, BlobState
from .crash_points import crash_point
from .derivatives import Damage, Decoder, Derivatives, process_decoder
from .photo_check import MAX_BYTES, MAX_PIXELS, Accepted, Inspection, Refusal, check_photo, is_picture
from .recordings import largest
from .store import BlobStore, Put, checked
from .store.pieces import Piece

log = logging.getLogger(__name__)

LARGE, SMALL = "1600", "320"

PHOTO_STATES = {
    BlobState.STORED: PhotoState.RECEIVED,
    BlobState.DAMAGED: PhotoState.DAMAGED,
    BlobState.REFUSED: PhotoState.REFUSED,
}


def advice(file: Blob | Photo) -> Message | None:
    """What to tell the person who took a damaged or refused photo; None where all is well."""
    reasons = (*Refusal, *Damage)
    return next((reason.label for reason in reasons if reason.value == file.refusal), None)


def receive(
    session: Session,
    store: BlobStore,
    sender: Actor,
    sha256: str,
    size: int,
    content: Iterable[bytes] | Piece,
    *,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
    inspect: Inspection = check_photo,
) -> Blob:
    """Keep a photo, or write down why not: then the blob's state is `refused`, and its bytes are not kept.

    `content` comes in chunks or lies whole in a piece that only the caller knows. The bytes are on disk when this
    returns; the caller's commit makes them received. Its type is what the bytes are, whatever was declared;
    `inspect` says which are taken. Raises `Invalid` for an empty photo or no hash, `ContentMismatch` where the
    bytes are not those announced, `StorageFull` and `StorageFailed`.
    """
    if size < 1:
        raise Invalid({"size": Refusal.EMPTY.label})
    put = store.adopt if isinstance(content, Piece) else store.put
    verdict = keep(put, content, size, checked(sha256), max_bytes, max_pixels, inspect)
    return write_down(session, sender, [Kept(sha256, size, verdict)])[0]


class Kept(NamedTuple):
    """A file whose bytes are in the store, or why they are not."""

    sha256: str
    size: int
    verdict: Accepted | Refusal


def write_down(session: Session, sender: Actor, files: Sequence[Kept], *, held: bool = False) -> list[Blob]:
    """Make files received: their rows, the photos that checks list under their hashes, and the job of pictures.

    `held` says that the caller holds the files already (`field.photos.hold`).
    """
    crash_point("before_row")
    names = [file.sha256 for file in files]
    if not held:
        hold(session, sender.county, files=names)
    blobs, listed = _rows(session, sender, files)
    if listed and settle_photos(session, blobs):
        complete_checks(session, sender, names)
    return blobs


class _Refused(Exception):
    pass


def keep(
    put: Put,
    content: Iterable[bytes] | Piece,
    size: int,
    sha256: str,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
    inspect: Inspection = check_photo,
) -> Accepted | Refusal:
    """Put a photo into a store unless there is a reason not to; nothing is written down."""
    if size > largest(max_bytes):
        return Refusal.TOO_BIG
    verdict: Accepted | Refusal = Refusal.UNREADABLE

    def look(file: BinaryIO) -> None:
        nonlocal verdict
        verdict = inspect(file, max_bytes=max_bytes, max_pixels=max_pixels)
        if isinstance(verdict, Refusal):
            raise _Refused

    try:
        put(content, size, sha256, look)
    except _Refused:
        log.warning("photo refused: %s, %d bytes, %s", sha256, size, verdict)
    return verdict


def _rows(session: Session, sender: Actor, files: Sequence[Kept]) -> tuple[list[Blob], bool]:
    """The rows of files, whose pictures are ordered, and whether any check lists one of them.

    A refusal never replaces a photo that was kept; a photo that is kept replaces an earlier refusal.
    """
    rows = list({file.sha256: _row(file) for file in files}.values())
    given: dict[str, Any] = {name: [row[name] for row in rows] for name in rows[0]}
    given |= {"county": sender.county, "person_id": sender.person_id}
    written = session.execute(_upsert(), given, execution_options={"populate_existing": True}).all()
    blobs: dict[str, Blob] = {blob.sha256: blob for blob, *_ in written}
    if missing := [row["sha256"] for row in rows if row["sha256"] not in blobs]:
        there = select(Blob).where(Blob.county == sender.county, Blob.sha256.in_(missing))
        for blob in session.scalars(there, execution_options={"populate_existing": True}):
            blobs[blob.sha256] = blob
            if blob.state is not BlobState.REFUSED and blob.derived_at is None:
                _order_pictures(session, sender.county, blob.sha256)
    return [blobs[file.sha256] for file in files], bool(missing) or any(listed for _, listed, _ in written)


@cache
def _upsert() -> Any:
    names = ", ".join(f"written.{each.name}" for each in Blob.__table__.columns)
    listed, ordered = column("is_listed", Boolean), column("ordered", BigInteger)
    wanted = """
        select 'derive ' || county || ' ' || sha256, jsonb_build_object('county', county, 'sha256', sha256)
        from written where state <> 'refused' and derived_at is null
    """
    query = text(
        f"with written as ({UPSERT}), ordered as ({deferring('derive', wanted)})"  # noqa: S608 - constants
        f" select {names}, {IS_LISTED}, ordered.count from written cross join ordered"
    )
    return select(Blob, listed, ordered).from_statement(query.columns(*Blob.__table__.columns, listed, ordered))


IS_LISTED = """exists (
    select from photos where photos.county = written.county and photos.sha256 = written.sha256
)"""
UPSERT = """
    insert into blobs
        (county, sha256, size, media_type, state, refusal, width, height,
        derived_at, received_at, received_from_id)
    select :county, sha256, size, media_type, state, refusal, width, height,
        case when is_plain then now() end, now(), :person_id
    from unnest(
        cast(:sha256 as text[]), cast(:size as bigint[]), cast(:media_type as text[]), cast(:state as text[]),
        cast(:refusal as text[]), cast(:width as int[]), cast(:height as int[]), cast(:is_plain as bool[])
    ) as given(sha256, size, media_type, state, refusal, width, height, is_plain)
    on conflict (county, sha256) do update set
        size = excluded.size, media_type = excluded.media_type, state = excluded.state,
        refusal = excluded.refusal, width = excluded.width, height = excluded.height,
        derived_at = excluded.derived_at,
        received_at = excluded.received_at, received_from_id = excluded.received_from_id
        where blobs.state = 'refused'
    returning blobs.*
"""


def _row(file: Kept) -> dict[str, Any]:
    key = {"sha256": file.sha256, "size": file.size}
    if isinstance(file.verdict, Refusal):
        nothing = {"media_type": "", "width": None, "height": None, "is_plain": False}
        return key | nothing | {"state": BlobState.REFUSED.value, "refusal": file.verdict.value}
    stored = {"state": BlobState.STORED.value, "refusal": None}
    # no pictures are made of recordings and documents, so none are waited for
    return key | vars(file.verdict) | stored | {"is_plain": not is_picture(file.verdict.media_type)}


class Known(NamedTuple):
    """What is known of the bytes of a file, as far as photos in checks are concerned."""

    state: BlobState
    refusal: str | None
    taken_at: datetime | None
    place: LonLat | None


def known_of(blob: Blob) -> Known:
    return Known(blob.state, blob.refusal, blob.exif_taken_at, _exif_position(blob))


def settle_photos(session: Session, blobs: Sequence[Blob], coming: Sequence[Photo] = ()) -> Sequence[Photo]:
    """Give every photo that a check lists under these hashes its state, and the flags a reviewer should look at.

    `coming` are those of records that come after their photos, not in the database yet. Gives all of them.
    """
    session.flush()
    if not blobs:
        return []
    known = {blob.sha256: known_of(blob) for blob in blobs}
    here = select(Photo).where(Photo.county == blobs[0].county, Photo.sha256.in_(known))
    listed = [*session.scalars(here), *(photo for photo in coming if photo.sha256 in known)]
    settle(listed, known)
    return listed


def settle(photos: Sequence[Photo], known: Mapping[str, Known]) -> None:
    """The same for photos that are at hand, where no others are listed under the hashes that are `known`."""
    checks: dict[str, set[UUID]] = {}
    for photo in photos:
        checks.setdefault(photo.sha256, set()).add(photo.check_id)
    for photo in photos:
        file = known.get(photo.sha256)
        if file is None:
            continue
        photo.state = PHOTO_STATES[file.state]
        photo.refusal = file.refusal
        flags = photo_flags(Fix.read(photo.fix or {}), photo_at=file.taken_at, photo_point=file.place)
        photo.flags = [{"code": flag.code, "values": dict(flag.values)} for flag in flags]
        if len(checks[photo.sha256]) > 1:
            photo.flags = [*photo.flags, {"code": "used_in_another_check", "values": {}}]


@job("derive what is missing", every="17 * * * *")
def derive_what_is_missing(work: Work) -> None:
    """Ask again for the pictures of photos whose job was given up, as after a day without room on the disk."""
    undrawn = select(Blob.sha256).where(
        Blob.county == work.county,
        Blob.derived_at.is_(None),
        Blob.state != BlobState.REFUSED,
        Blob.received_at < func.now() - timedelta(minutes=30),
    )
    for sha256 in work.session.scalars(undrawn).all():
        _order_pictures(work.session, work.county, sha256)


def _order_pictures(session: Session, county: str, sha256: str) -> None:
    enqueue(session, "derive", county, once=f"derive {county} {sha256}", sha256=sha256)


@job("derive")
def derive_in_background(work: Work, sha256: str) -> None:
    derive(work.session, work.store, work.county, sha256, process_decoder())


def derive(session: Session, store: BlobStore, county: str, sha256: str, decoder: Decoder) -> None:
    """Make the pictures of 1600 and 320 px, and note what the photo says of itself and whether it is whole."""
    blob = session.get_one(Blob, (county, sha256))
    if blob.state is BlobState.REFUSED or not is_picture(blob.media_type):
        return
    with store.open(sha256) as file:
        result = decoder.derive(file.read())
    crash_point("before_derivatives")
    for name, picture in ((LARGE, result.large), (SMALL, result.small)):
        if picture:
            store.put_derived(sha256, name, picture)
    crash_point("after_derivatives")
    _note(blob, result)
    settle_photos(session, [blob])


def _note(blob: Blob, result: Derivatives) -> None:
    blob.state = BlobState.DAMAGED if result.damage else BlobState.STORED
    blob.refusal = result.damage and result.damage.value
    blob.width = result.width or blob.width
    blob.height = result.height or blob.height
    blob.exif = result.exif
    place = _exif_position(blob)
    blob.exif_location = lonlat(place.lon, place.lat) if place else None
    taken_at = result.exif.get("taken_at")
    blob.exif_taken_at = datetime.fromisoformat(taken_at) if taken_at else None
    blob.derived_at = datetime.now(UTC)


def _exif_position(blob: Blob) -> LonLat | None:
    given = (blob.exif or {}).get("position")
    return LonLat(*given) if given else None
