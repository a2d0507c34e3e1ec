"""A photo of the receipt 送达回证, kept as all evidence is: its bytes as they came, named by their hash."""

from collections.abc import Iterator
from typing import IO, BinaryIO, cast

from sqlalchemy.orm import Session

from ..errors import Invalid, say
from ..evidence.blobs import BlobState
from ..evidence.photo_check import MAX_BYTES, MAX_PIXELS
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
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
) -> str:
    """The hash of a photo that can seek. Raises Invalid for what is none, empty or too large, in words."""
    size = file.seek(0, 2)
    if not 0 < size <= max_bytes:
        raise Invalid({"receipt": say("请选择一张不超过 {limit} MB 的照片", limit=max_bytes // 1_000_000)})
    file.seek(0)
    sha256 = digest_of(cast(BinaryIO, file))
    file.seek(0)
    blob = receive(session, store, person, sha256, size, _chunks(file), max_bytes=max_bytes, max_pixels=max_pixels)
    if blob.state is BlobState.REFUSED:
        raise Invalid({"receipt": advice(blob) or say("这个文件不是照片，没有收下")})
    if is_recording(blob.media_type):
        raise Invalid({"receipt": say("回证请拍成照片，不要录像")})
    return sha256


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
