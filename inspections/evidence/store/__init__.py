"""Where the bytes of evidence lie: one interface, two homes.

Originals are named by the SHA-256 of their content and never change; pictures made from one lie beside it
under a name of their own (`1600`, `320`) and may be made again at any time. `put` returns only when the
bytes would survive a power cut: whoever acknowledges a photo does so after it.
"""

import errno
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256 as new_digest
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ...errors import Invalid, NotFound, StorageFailed, StorageFull, say

if TYPE_CHECKING:
    from .pieces import Piece, Pieces

CHUNK_BYTES = 256 * 1024
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}

Inspect = Callable[[BinaryIO], None]
Put = Callable[..., object]  # as `BlobStore.put`


class Stored(NamedTuple):
    sha256: str
    size: int
    already: bool  # the same content was there before


class ContentMismatch(Invalid):
    """The bytes that came are not the bytes that were announced. Nothing was kept."""

    message = say("收到的文件与手机上的不一致，没有保存；手机会自动重新发送")


class BlobMissing(NotFound):
    message = say("没有找到这个文件")


class BlobStore(ABC):
    """Content-addressed storage. All methods may raise `StorageFailed`.

    `pieces` holds files that are still coming.
    """

    pieces: "Pieces"

    @abstractmethod
    def put(self, chunks: Iterable[bytes], size: int, sha256: str, inspect: Inspect | None = None) -> Stored:
        """Store the original, durably; storing it again is harmless.

        `inspect` gets the complete and verified content before it becomes visible; what it raises is passed
        on and nothing is kept. Raises `ContentMismatch` where size or hash differ, `StorageFull` where
        there is no room.
        """

    @contextmanager
    def together(self) -> Iterator[Put]:
        """Gives a `put` for several files; they are stored when the block ends. What it raises concerns one file,
        and the others are stored if the block goes on.
        """
        yield self.put

    def adopt(self, piece: "Piece", size: int, sha256: str, inspect: Inspect | None = None) -> Stored:
        """`put` a file that lies whole in one piece. What becomes of the piece itself is not said."""
        from .pieces import chunks_of

        return self.put(chunks_of([piece]), size, sha256, inspect)

    @abstractmethod
    def open(self, sha256: str) -> BinaryIO:
        """The original, to be closed by the caller. Raises `BlobMissing`."""

    @abstractmethod
    def exists(self, sha256: str) -> bool: ...

    @abstractmethod
    def put_derived(self, sha256: str, name: str, content: bytes) -> None:
        """Keep a picture made from the original, replacing an earlier one of that name."""

    @abstractmethod
    def open_derived(self, sha256: str, name: str) -> BinaryIO:
        """A picture made from the original, to be closed by the caller. Raises `BlobMissing`."""

    @abstractmethod
    def sweep(self) -> int:
        """Remove what dead writers left behind, at the start of a process.

        Gives the number of files removed.
        """

    def intact(self, sha256: str) -> bool:
        """Whether the stored bytes still are what their name says. Reads them all. Raises `BlobMissing`."""
        with self.open(sha256) as file:
            return digest_of(file) == sha256


def open_store(place: str, pieces: str = "", reserve_bytes: int = 0, **options: Any) -> BlobStore:
    """The store in a folder (a path or `file://` URL) or a bucket (`s3://bucket/prefix`), rid of what dead
    writers left behind.

    `pieces` is the local folder for files that are still coming; a store in a folder has one inside it.
    `reserve_bytes` stay free on the local disks. `options` (endpoint, keys) are for the bucket; the usual AWS_*
    variables of the environment count too.
    """
    from .local import LocalStore
    from .objects import ObjectStore
    from .pieces import Pieces

    if place.startswith("file://"):
        place = url2pathname(urlsplit(place).path)
    if "://" in place:
        store: BlobStore = ObjectStore.from_url(place, **options)
        pieces = pieces or str(Path(gettempdir()) / "mingcha-pieces")
    else:
        store = LocalStore(place, reserve_bytes=reserve_bytes)
    store.pieces = Pieces(pieces or Path(place) / "pieces", reserve_bytes)
    store.sweep()
    return store


def original_key(sha256: str) -> str:
    return f"{sha256[:2]}/{checked(sha256)}"


def derived_key(sha256: str, name: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        raise ValueError(f"not the name of a derivative: {name!r}")
    return f"derived/{original_key(sha256)}/{name}.jpg"


def checked(sha256: str) -> str:
    """The hash itself. Raises `Invalid` for anything but 64 lower-case hex digits: no name becomes a path."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise Invalid({"sha256": say("文件的校验值格式不对")})
    return sha256


def digest_of(file: BinaryIO) -> str:
    digest = new_digest()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


class Intake:
    """Counts and hashes chunks on their way to a file and holds them to what was announced."""

    def __init__(self, chunks: Iterable[bytes], size: int, sha256: str):
        self.chunks, self.size, self.sha256 = chunks, size, checked(sha256)
        self.received, self.digest = 0, new_digest()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.received += len(chunk)
            if self.received > self.size:
                raise ContentMismatch
            self.digest.update(chunk)
            yield chunk

    def verify(self) -> None:
        if self.received != self.size or self.digest.hexdigest() != self.sha256:
            raise ContentMismatch


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turns the system's error into the domain's.

    Never put someone else's iterator inside: a lost connection is an `OSError` too.
    """
    try:
        yield
    except OSError as error:
        raise (StorageFull if error.errno in NO_ROOM else StorageFailed) from error
