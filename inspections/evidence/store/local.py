"""Evidence in a local folder, written in an order that survives a power cut at any step.

tmp/<uuid> while hashing → fsync → compare with what was announced → rename to ab/<sha256> → fsync the
folders.

A failed fsync stops the store. The kernel may forget the pages it could not write and let the next fsync
succeed, so a retry proves nothing (PostgreSQL panics for the same reason), nor does a file that is seen
under its name. A file `STOPPED` tells every process; whoever has looked after the disk removes it.
"""

import fcntl
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from io import BufferedRandom
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from ...errors import StorageFailed, StorageFull
from ..crash_points import crash_point
from . import (
    NO_ROOM,
    BlobMissing,
    BlobStore,
    ContentMismatch,
    Inspect,
    Intake,
    Put,
    Stored,
    checked,
    derived_key,
    digest_of,
    original_key,
    storage_errors,
)
from .pieces import Piece, Pieces, keep_free

log = logging.getLogger(__name__)


class LocalStore(BlobStore):
    """`fsync` is given only by fault tests."""

    def __init__(self, root: str | Path, fsync: Callable[[int], None] = os.fsync, *, reserve_bytes: int = 0):
        self.root = Path(root)
        self.reserve_bytes = reserve_bytes
        self.pieces = Pieces(self.root / "pieces", reserve_bytes, fsync)
        self.tmp = self.root / "tmp"
        self.aside = self.root / "aside"
        self.tmp.mkdir(parents=True, exist_ok=True)
        self.stopped = self.root / "STOPPED"
        self._fsync = fsync
        self._failed = False
        self._lasting: set[Path] = set()

    def put(self, chunks: Iterable[bytes], size: int, sha256: str, inspect: Inspect | None = None) -> Stored:
        already: set[str] = set()
        with self._gathering(already) as put:
            put(chunks, size, sha256, inspect)
        return Stored(sha256, size, sha256 in already)

    @contextmanager
    def together(self) -> Iterator[Put]:
        with self._gathering(set()) as put:
            yield put

    @contextmanager
    def _gathering(self, already: set[str]) -> Iterator[Put]:
        """Files are synced at the same moment, so that the disk's journal is written once for all of them."""
        self._refuse_after_failure()
        with ExitStack() as stack:
            waiting: dict[str, BufferedRandom] = {}

            def put(chunks: Iterable[bytes], size: int, sha256: str, inspect: Inspect | None = None) -> None:
                keep_free(self.root, size, self.reserve_bytes)
                intake = Intake(chunks, size, sha256)
                file = stack.enter_context(self._temporary())
                for chunk in intake:
                    _write(file, chunk)
                intake.verify()
                self._close_for_good(file)
                if inspect:
                    file.seek(0)
                    inspect(file)
                waiting[sha256] = file

            yield put
            self._sync_all([file.fileno() for file in waiting.values()])
            crash_point("after_fsync")
            already |= self._publish_all({sha256: Path(file.name) for sha256, file in waiting.items()})

    def adopt(self, piece: Piece, size: int, sha256: str, inspect: Inspect | None = None) -> Stored:
        """Takes the file itself where it lies on the same disk: then its bytes are written once."""
        if piece.path.stat().st_dev != self.tmp.stat().st_dev:
            return super().adopt(piece, size, sha256, inspect)
        self._refuse_after_failure()
        with piece.path.open("rb") as file:
            if piece.size != size or (piece.sha256 or digest_of(file)) != checked(sha256):
                raise ContentMismatch
            self._settle(file)
            if inspect:
                inspect(file)
            already = self._publish_all({sha256: piece.path})
        return Stored(sha256, size, sha256 in already)

    def open(self, sha256: str) -> BinaryIO:
        return _open(self.root / original_key(sha256))

    def exists(self, sha256: str) -> bool:
        return (self.root / original_key(sha256)).is_file()

    def put_derived(self, sha256: str, name: str, content: bytes) -> None:
        self._refuse_after_failure()
        target = self.root / derived_key(sha256, name)
        with self._temporary() as file:
            _write(file, content)
            self._settle(file)
            self._move(Path(file.name), target)

    def open_derived(self, sha256: str, name: str) -> BinaryIO:
        return _open(self.root / derived_key(sha256, name))

    def sweep(self) -> int:
        """A file in tmp/ whose lock can be had belongs to nobody: its writer is dead."""
        removed = 0
        for path in self.tmp.iterdir():
            with suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                removed += 1
        return removed

    @contextmanager
    def _temporary(self) -> Iterator[BufferedRandom]:
        file = self._open_locked()
        try:
            yield file
        finally:
            with suppress(FileNotFoundError):
                Path(file.name).unlink()
            with suppress(OSError):  # bytes that found no room are tried once more by close()
                file.close()

    def _open_locked(self) -> BufferedRandom:
        while True:
            path = self.tmp / str(uuid4())
            with storage_errors():
                file = path.open("x+b")
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists():  # else a sweep came between open and lock
                return file
            file.close()

    def _settle(self, file: BinaryIO) -> None:
        self._close_for_good(file)
        self._sync(file.fileno())
        crash_point("after_fsync")

    def _close_for_good(self, file: BinaryIO) -> None:
        with storage_errors():
            file.flush()
            os.fchmod(file.fileno(), 0o440)
        crash_point("after_tmp_write")

    def _publish_all(self, temporaries: dict[str, Path]) -> set[str]:
        """Gives those that were there before.

        Such a file may lie there because a writer died, or failed, between its rename and the sync of the folder:
        that is done again.
        """
        targets, already = [], set()
        for sha256, temporary in temporaries.items():
            target = self.root / original_key(sha256)
            if target.is_file() and self._is_whole(target):
                already.add(sha256)
            else:
                self._rename(temporary, target)
            targets.append(target)
        crash_point("after_rename")
        self._sync_folders(targets)
        crash_point("after_folder_sync")
        return already

    def _is_whole(self, target: Path) -> bool:
        with target.open("rb") as file:
            if digest_of(file) == target.name:
                return True
        log.error("stored bytes of %s were changed: moved to %s, true ones take their place", target, self.aside)
        self.aside.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):  # another writer was quicker
            target.rename(self.aside / f"{target.name}.{uuid4()}")
        return False

    def _move(self, temporary: Path, target: Path) -> None:
        self._rename(temporary, target)
        crash_point("after_rename")
        self._sync_folders([target])
        crash_point("after_folder_sync")

    def _rename(self, temporary: Path, target: Path) -> None:
        with storage_errors():
            try:
                temporary.rename(target)
            except FileNotFoundError:
                target.parent.mkdir(parents=True, exist_ok=True)
                temporary.rename(target)

    def _sync_folders(self, targets: Iterable[Path]) -> None:
        """A new name, and each new folder on its way, lasts only when the folder that holds it is synced.

        That a folder lasts this process need find out only once: folders are never removed.
        """
        folders = {target.parent for target in targets}
        lasting = set()
        for folder in list(folders):
            while folder != self.root and folder not in self._lasting:
                lasting.add(folder)
                folder = folder.parent
                folders.add(folder)
        with ExitStack() as stack:
            descriptors = []
            for folder in folders:
                descriptors.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
                stack.callback(os.close, descriptors[-1])
            for descriptor in descriptors:  # the first writes the journal, which holds what the others ask for
                self._sync(descriptor)
        self._lasting |= lasting

    def _sync_all(self, descriptors: list[int]) -> None:
        if len(descriptors) < 2:
            for descriptor in descriptors:
                self._sync(descriptor)
        else:
            list(self._syncing.map(self._sync, descriptors))

    @cached_property
    def _syncing(self) -> ThreadPoolExecutor:
        """Made at the first need: threads don't survive the fork of a web server."""
        return ThreadPoolExecutor(8, "fsync")

    def _sync(self, descriptor: int) -> None:
        try:
            self._fsync(descriptor)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise StorageFull from error
            self._stop()
            raise StorageFailed from error

    def _stop(self) -> None:
        self._failed = True  # should the mark find no place either
        log.critical("fsync failed: nothing more is written until %s is removed", self.stopped, exc_info=True)
        with suppress(OSError):
            self.stopped.touch()

    def _refuse_after_failure(self) -> None:
        if self._failed or self.stopped.exists():
            raise StorageFailed


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise BlobMissing from None
    except OSError as error:
        raise StorageFailed from error


def _write(file: BufferedRandom, chunk: bytes) -> None:
    with storage_errors():
        file.write(chunk)
