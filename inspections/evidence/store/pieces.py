"""Pieces: parts of files that are still coming, on this machine's disk until their file is whole.

Each piece is a file of its own that one request writes and no other touches: a request that was given up long ago
and wakes again can't spoil what its successor wrote. The database says which pieces count, and in what order.
"""

import logging
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256 as new_digest
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import uuid4

from ...errors import StorageFailed, StorageFull, TooLarge
from ..crash_points import crash_point
from . import CHUNK_BYTES, NO_ROOM, storage_errors

log = logging.getLogger(__name__)


class Piece(NamedTuple):
    """A file in the folder of a county, and how many bytes came; their hash where they came in this request."""

    path: Path
    size: int
    sha256: str | None = None


class Pieces:
    """`reserve_bytes` stay free on the disk. `fsync` is given only by fault tests."""

    def __init__(self, root: str | Path, reserve_bytes: int = 0, fsync: Callable[[int], None] = os.fsync):
        self.root = Path(root)
        self.reserve_bytes = reserve_bytes
        self._fsync = fsync

    def write(self, county: str, chunks: Iterable[bytes], most: int) -> Piece:
        """Write a new piece; it is not durable yet. More than `most` bytes are `TooLarge` and nothing is kept."""
        folder = self._folder(county)
        keep_free(folder, most, self.reserve_bytes)
        path = folder / str(uuid4())
        size, digest = 0, new_digest()
        try:
            with _new_file(path) as file:
                for chunk in chunks:
                    size += len(chunk)
                    if size > most:
                        raise TooLarge
                    digest.update(chunk)
                    with storage_errors():
                        file.write(chunk)
                with storage_errors():
                    file.flush()
        except BaseException:
            self.remove([path])
            raise
        crash_point("after_tmp_write")
        return Piece(path, size, digest.hexdigest())

    def settle(self, piece: Piece) -> None:
        """Make a piece survive a power cut. Where that fails it is removed."""
        try:
            for path, flags in ((piece.path, os.O_RDONLY), (piece.path.parent, os.O_RDONLY | os.O_DIRECTORY)):
                self._sync(path, flags)
        except BaseException:
            self.remove([piece.path])
            raise
        crash_point("after_fsync")

    def find(self, county: str, named: Iterable[dict[str, str | int]]) -> list[Piece]:
        """The pieces of a list as far as they are all there; a restored or cleaned disk may have lost some."""
        found = []
        for each in named:
            piece = Piece(self.root / county / str(each["name"]), int(each["size"]))
            if not piece.path.is_file() or piece.path.stat().st_size != piece.size:
                break
            found.append(piece)
        return found

    def remove(self, paths: Iterable[Path]) -> None:
        for path in paths:
            with suppress(OSError):
                path.unlink()

    def sweep(self, county: str, keep: Collection[str], older_than: timedelta) -> int:
        """Remove old files that no upload names: their writers are dead. Gives how many."""
        before, removed = time.time() - older_than.total_seconds(), 0
        with suppress(FileNotFoundError):
            for path in (self.root / county).iterdir():
                if path.name not in keep and path.stat().st_mtime < before:
                    self.remove([path])
                    removed += 1
        return removed

    def _folder(self, county: str) -> Path:
        folder = self.root / county
        if not folder.is_dir():
            with storage_errors():
                folder.mkdir(parents=True, exist_ok=True)
            self._sync(self.root, os.O_RDONLY | os.O_DIRECTORY)
            self._sync(self.root.parent, os.O_RDONLY | os.O_DIRECTORY)
        return folder

    def _sync(self, path: Path, flags: int) -> None:
        with storage_errors():
            descriptor = os.open(path, flags)
        try:
            self._fsync(descriptor)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise StorageFull from error
            log.critical("fsync of %s failed: the piece is given up", path, exc_info=True)
            raise StorageFailed from error
        finally:
            os.close(descriptor)


def chunks_of(pieces: Iterable[Piece]) -> Iterator[bytes]:
    """The content of pieces, one after the other."""
    for piece in pieces:
        with storage_errors():
            file = piece.path.open("rb")
        with file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


def keep_free(folder: Path, size: int, reserve_bytes: int) -> None:
    """Raise `StorageFull` where `size` more bytes would use what is kept back for records and tips."""
    if not reserve_bytes:
        return
    with storage_errors():
        disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize - size < reserve_bytes:
        raise StorageFull


def _new_file(path: Path) -> BinaryIO:
    with storage_errors():
        return path.open("xb", buffering=CHUNK_BYTES)
