"""Evidence in an S3-compatible store, through obstore.

The content is gathered and verified in a temporary file first, then sent in one piece: an object store
shows either the whole object or none, so there is nothing half-written to sweep.
"""

from collections.abc import Iterable
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Self, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from ...errors import StorageFailed
from ..crash_points import crash_point
from . import (
    CHUNK_BYTES,
    BlobMissing,
    BlobStore,
    Inspect,
    Intake,
    Stored,
    derived_key,
    original_key,
    storage_errors,
)


class ObjectStore(BlobStore):
    """`bucket` is any store of obstore: `S3Store`, `GCSStore`, `MemoryStore` …"""

    def __init__(self, bucket: Any):
        self.bucket = bucket

    @classmethod
    def from_url(cls, url: str, **options: Any) -> Self:
        if url.startswith("s3://"):
            # the server then refuses what was damaged on its way
            options.setdefault("checksum_algorithm", "SHA256")
        return cls(from_url(url, **options))

    def put(self, chunks: Iterable[bytes], size: int, sha256: str, inspect: Inspect | None = None) -> Stored:
        intake = Intake(chunks, size, sha256)
        with SpooledTemporaryFile(max_size=4 * CHUNK_BYTES) as file:
            for chunk in intake:
                with storage_errors():
                    file.write(chunk)
            intake.verify()
            crash_point("after_tmp_write")
            content = cast(BinaryIO, file)
            if inspect:
                content.seek(0)
                inspect(content)
            already = self._size(original_key(sha256)) == size
            if not already:
                content.seek(0)
                self._send(original_key(sha256), content.read(), "application/octet-stream")
        crash_point("after_rename")
        return Stored(sha256, size, already)

    def open(self, sha256: str) -> BinaryIO:
        return self._fetch(original_key(sha256))

    def exists(self, sha256: str) -> bool:
        return self._size(original_key(sha256)) is not None

    def put_derived(self, sha256: str, name: str, content: bytes) -> None:
        self._send(derived_key(sha256, name), content, "image/jpeg")

    def open_derived(self, sha256: str, name: str) -> BinaryIO:
        return self._fetch(derived_key(sha256, name))

    def sweep(self) -> int:
        return 0

    def _send(self, key: str, content: bytes, media_type: str) -> None:
        # in one piece: a broken multipart upload would stay in the bucket, unseen and paid for
        try:
            obstore.put(self.bucket, key, content, attributes={"Content-Type": media_type}, use_multipart=False)
        except (BaseError, OSError) as error:
            raise StorageFailed from error
        if self._size(key) != len(content):
            raise StorageFailed

    def _fetch(self, key: str) -> BinaryIO:
        try:
            return BytesIO(obstore.get(self.bucket, key).bytes().to_bytes())
        except FileNotFoundError:
            raise BlobMissing from None
        except (BaseError, OSError) as error:
            raise StorageFailed from error

    def _size(self, key: str) -> int | None:
        try:
            return int(obstore.head(self.bucket, key)["size"])
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise StorageFailed from error
