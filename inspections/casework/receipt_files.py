"""A receipt 送达回证, a photo or a scan in PDF, kept as all evidence is: its bytes as they came, by their hash."""

from collections.abc import Iterator
from typing import IO, BinaryIO, cast

from sqlalchemy.orm import Session

from ..errors import Invalid, Message, say
from ..evidence.blobs import Blob, BlobState
from ..evidence.photo_check import MAX_BYTES, MAX_PIXELS
from ..evidence.proof_check import MAX_DOCUMENT_BYTES, PDF, check_proof, unfit
from ..evidence.receiving import advice, receive
from ..evidence.recordings import is_recording
from ..evidence.store import CHUNK_BYTES, BlobStore, digest_of
from ..registry.people import Person


def keep_receipt(
    session: Session,
    store: BlobStore,
    person: Person,
    file: IO[bytes],
    *,
    name: str = "",
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
) -> str:
    """The hash of a photo or PDF that can seek; photos have `max_bytes`, a PDF the limit of all documents.

    Raises Invalid for what is neither, empty, cut or too large, in words. The `name` only chooses among them.
    """
    size = file.seek(0, 2)
    if not 0 < size <= max(max_bytes, MAX_DOCUMENT_BYTES):
        raise _not_taken(
            say(
                "请选择一张不超过 {photo} MB 的照片，或不超过 {limit} MB 的 PDF",
                photo=max_bytes // 1_000_000,
                limit=MAX_DOCUMENT_BYTES // 1_000_000,
            )
        )
    file.seek(0)
    sha256 = digest_of(cast(BinaryIO, file))
    file.seek(0)
    limits = {"max_bytes": max_bytes, "max_pixels": max_pixels}
    blob = receive(session, store, person, sha256, size, _chunks(file), inspect=check_proof, **limits)
    if wrong := _why_unfit(blob, name):
        raise _not_taken(wrong)
    return sha256


def _why_unfit(blob: Blob, name: str) -> Message | None:
    if blob.state is BlobState.REFUSED:
        known = advice(blob) if name.lower().endswith((".jpg", ".jpeg", ".png", ".heic", ".webp")) else None
        return known or say("这个文件{why}", why=unfit(blob.refusal or "", name).label)
    if is_recording(blob.media_type):
        return say("回证请拍成照片，或扫描成 PDF，不要录像")
    if not blob.media_type.startswith("image/") and blob.media_type != PDF:
        return say("回证请拍成照片，或另存为 PDF 后再传")
    return None


def _not_taken(why: Message) -> Invalid:
    return Invalid({"receipt": why})


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
