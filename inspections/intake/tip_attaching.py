"""Files are put to a tip that was received: by the reporter, with it or later, or by who keyed it in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ..casework.attaching import clean_name, not_taken
from ..db import new_id
from ..errors import Message, say
from ..events import Actor
from ..evidence.blobs import Blob, BlobState
from ..evidence.photo_check import MAX_BYTES, MAX_PIXELS, Accepted, Refusal, is_picture
from ..evidence.proof_check import PDF, check_proof, unfit
from ..evidence.receiving import receive
from ..evidence.recordings import is_recording
from ..evidence.store import CHUNK_BYTES, BlobStore, digest_of
from ..evidence.uploads import Limits
from .tip_files import TipFile, bytes_of_public
from .tips import Lane, Tip

SHARE_WITHOUT_PROOF = 5  # tips that nobody vouches for fill a fifth of what the public may send on a day


@dataclass(frozen=True)
class TipAllowance:
    """What one tip may bring along, and what the public may send to a county in 24 hours."""

    files: int = 12
    total_bytes: int = 120_000_000
    bytes_a_day: int = 5_000_000_000
    max_photo_bytes: int = MAX_BYTES
    max_pixels: int = MAX_PIXELS

    @property
    def of_a_file(self) -> Limits:
        return Limits(self.max_photo_bytes, self.max_pixels, check_tip_file)


def check_tip_file(
    file: BinaryIO, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS
) -> Accepted | Refusal:
    """Photos, recordings and PDFs: of strangers nothing that brings programs along (`proof_check.check_proof`)."""
    verdict = check_proof(file, max_bytes=max_bytes, max_pixels=max_pixels)
    if isinstance(verdict, Refusal):
        return verdict
    plain = is_picture(verdict.media_type) or is_recording(verdict.media_type) or verdict.media_type == PDF
    return verdict if plain else Refusal.ARCHIVE


def attach_to_tip(
    session: Session,
    store: BlobStore,
    sender: Actor,
    tip: Tip,
    name: str,
    file: BinaryIO,
    now: datetime,
    allowance: TipAllowance,
    *,
    note: str = "",
) -> TipFile:
    """Keep a whole file that can seek. Raises NotTaken in words that begin with its name, StorageFull."""
    size = file.seek(0, 2)
    refuse_more(session, sender, tip, name, size, now, allowance)
    file.seek(0)
    sha256 = digest_of(file)
    file.seek(0)
    blob = receive(session, store, sender, sha256, size, _chunks(file), **vars(allowance.of_a_file))
    return note_file(session, sender, tip, name, blob, now, allowance, note=note)


def refuse_more(
    session: Session, sender: Actor, tip: Tip, name: str, size: int, now: datetime, allowance: TipAllowance
) -> None:
    """Raise NotTaken where a file of a size is empty, too much for its tip, or for the day."""
    if size < 1:
        raise not_taken(name, unfit(Refusal.EMPTY).label)
    count, total = session.execute(
        select(func.count(), func.coalesce(func.sum(TipFile.size), 0)).where(
            TipFile.county == tip.county, TipFile.tip_id == tip.id
        )
    ).one()
    if count >= allowance.files:
        raise not_taken(name, say("一份举报最多 {n} 个文件，这一个没有收下", n=allowance.files))
    if total + size > allowance.total_bytes:
        limit_mb = allowance.total_bytes // 1_000_000
        raise not_taken(name, say("加上它超过一份举报的总量上限 {limit} MB，没有收下", limit=limit_mb))
    if sender.person_id is None and bytes_of_public(session, tip.county, now) + size > _a_day(tip, allowance):
        raise not_taken(name, say("没有收下：今天收到的图片太多。文字已经收到，图片请明天凭查询码补"))


def note_file(
    session: Session,
    sender: Actor,
    tip: Tip,
    name: str,
    blob: Blob,
    now: datetime,
    allowance: TipAllowance,
    *,
    note: str = "",
) -> TipFile:
    """Put a stored file to a tip; the same file twice is one. Raises NotTaken for a refused one."""
    if blob.state is BlobState.REFUSED:
        raise not_taken(name, why_refused(blob.refusal or "", name))
    same = select(TipFile).where(
        TipFile.county == tip.county, TipFile.tip_id == tip.id, TipFile.sha256 == blob.sha256
    )
    if there := session.scalars(same).one_or_none():
        return there
    refuse_more(session, sender, tip, name, blob.size, now, allowance)
    row = {
        "county": tip.county,
        "id": new_id(),
        "tip_id": tip.id,
        "sha256": blob.sha256,
        "name": clean_name(name),
        "media_type": blob.media_type,
        "size": blob.size,
        "received_at": now,
        "added_by_id": sender.person_id,
        "note": note,
    }
    session.execute(insert(TipFile).values(**row).on_conflict_do_nothing())
    return session.scalars(same).one()


def why_refused(refusal: str, name: str) -> Message:
    if refusal == Refusal.ARCHIVE:
        return say("是压缩包或办公文档，请截图，或另存为 PDF 后再传")
    return unfit(refusal, name).label


def _a_day(tip: Tip, allowance: TipAllowance) -> int:
    is_vouched_for = tip.lane in (None, Lane.PROVEN)
    return allowance.bytes_a_day if is_vouched_for else allowance.bytes_a_day // SHARE_WITHOUT_PROOF


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
