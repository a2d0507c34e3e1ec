"""The file format of a parcel (.mcq): what a phone still holds, sealed for the server and signed by the phone.

    "MCQ1", length of the header (uint32, big-endian), header (JSON), sealed frames

The frames are AES-256-GCM under HKDF-SHA256 of an ECDH (P-256) between a pair made for this parcel and the
server's parcel key: 12 bytes of IV, then ciphertext with tag; the frame's number (uint32, big-endian) is
authenticated with it. Opened, a frame is the length of its own header (uint32), that header (JSON) and the bytes.
Records come before files. The signature covers the canonical header, and by the frames' hashes all of the rest.
"""

import hashlib
import os
import struct
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import IO, Annotated, Any, BinaryIO, Literal, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AfterValidator, Field, StringConstraints

from ..errors import InspectionError, Invalid, say
from ..evidence.keys import Key, canonical, read_jwk, unb64, verifies
from ..evidence.store import digest_of
from ..incoming import UNKEEPABLE, Line, Malformed, Moment, Part, parse_json, read
from .phones import ItemKind
from .record import Sha256

MAGIC = b"MCQ1"
FORMAT = "mingcha-parcel/1"
INFO = b"mingcha parcel 1"
MAX_HEADER_BYTES = 4_000_000
MAX_PLAIN_HEADER_BYTES = 10_000
IV_BYTES, TAG_BYTES, SALT_BYTES = 12, 16, 16
# What a sealed frame has over its bytes, at most
OVERHEAD_BYTES = IV_BYTES + TAG_BYTES + 4 + MAX_PLAIN_HEADER_BYTES


def _keepable(text: str) -> str:
    if UNKEEPABLE.search(text):
        raise ValueError
    return text


Text100 = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_keepable)]


class NotAParcel(Invalid):
    message = say("这不是明察导出的文件，或者文件不完整，没有接收；请在手机上重新导出")


class BrokenFrame(InspectionError):
    message = say("这一部分在传递中损坏了，请在手机上重新导出")


class SealedFrame(Part):
    size: Annotated[int, Field(ge=IV_BYTES + TAG_BYTES + 4, le=2**32)]
    sha256: Sha256


class NamedRecord(Part):
    id: UUID
    kind: ItemKind


class Header(Part):
    format: Literal["mingcha-parcel/1"]
    county: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
    person_id: UUID
    device_id: Text100
    made_at: Moment
    key_id: Text100
    ephemeral: dict[str, Any]
    salt: Line
    frames: Annotated[tuple[SealedFrame, ...], Field(min_length=1, max_length=20_000)]
    records: Annotated[tuple[NamedRecord, ...], Field(max_length=5_000)] = ()
    signature: Line


class FrameHeader(Part):
    """The open part of a frame; `kind` and `id` name a record, `media_type` is a file's."""

    type: Literal["record", "file"]
    sha256: Sha256
    kind: ItemKind | None = None
    id: UUID | None = None
    media_type: Annotated[str, StringConstraints(max_length=100)] = "application/octet-stream"


class Frame(NamedTuple):
    header: FrameHeader
    content: bytes


class Head:
    """What stands open at the start of a parcel: `content` are its bytes, `size` those of the whole parcel.

    Raises `NotAParcel`. Nothing behind it is read, so that a stranger's parcel can be refused before it has come.
    """

    def __init__(self, file: IO[bytes]):
        start = _exactly(file, 8)
        (length,) = struct.unpack(">I", start[4:])
        if start[:4] != MAGIC or length > MAX_HEADER_BYTES:
            raise NotAParcel
        self.content = start + _exactly(file, length)
        try:
            self.tree = parse_json(self.content[8:])
            self.header = read(Header, self.tree)
        except Malformed:
            raise NotAParcel from None
        except Invalid as error:
            raise NotAParcel(error.fields, NotAParcel.message) from None
        self.size = len(self.content) + sum(frame.size for frame in self.header.frames)

    def is_signed_by(self, jwk: Any) -> bool:
        """Whether the signature over the header is of this public key."""
        return is_signed(self.tree, jwk)


class ParcelFile:
    """A parcel as it lies in a seekable file. Raises `NotAParcel` where its outside is wrong."""

    def __init__(self, file: BinaryIO):
        self.file = file
        self.size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = Head(file)
        if head.size != self.size:
            raise NotAParcel
        self.header, self.is_signed_by, self.start = head.header, head.is_signed_by, len(head.content)

    @cached_property
    def sha256(self) -> str:
        self.file.seek(0)
        return digest_of(self.file)

    def opener(self, key: Key) -> AESGCM:
        """What opens the frames. Raises `NotAParcel` for a wrong salt or ephemeral key."""
        try:
            shared = key.private.exchange(ec.ECDH(), read_jwk(self.header.ephemeral))
            salt = unb64(self.header.salt)
        except (Invalid, ValueError):
            raise NotAParcel from None
        if len(salt) != SALT_BYTES:
            raise NotAParcel
        return AESGCM(HKDF(SHA256(), 32, salt, INFO).derive(shared))

    def frames(self, key: Key, max_bytes: int) -> Iterator[Frame | BrokenFrame]:
        """The frames in order, each opened or, where it can't be, as its error. One is in memory at a time.

        A frame with more than `max_bytes` of content is not opened.
        """
        opener, offset = self.opener(key), self.start
        for index, sealed in enumerate(self.header.frames):
            self.file.seek(offset)
            offset += sealed.size
            if sealed.size > max_bytes + OVERHEAD_BYTES:
                yield BrokenFrame(say("这一部分太大，没有接收"))
                continue
            try:
                yield _open(opener, index, sealed, self.file.read(sealed.size))
            except BrokenFrame as error:
                yield error


def is_signed(tree: Mapping[str, Any], jwk: Any) -> bool:
    """Whether the `signature` in some JSON is this public key's, over all the rest of it."""
    unsigned = {name: value for name, value in tree.items() if name != "signature"}
    try:
        return verifies(jwk, canonical(unsigned), tree["signature"])
    except (UnicodeEncodeError, RecursionError):  # half a surrogate, or a depth that only a reader bears
        return False


def _exactly(file: IO[bytes], size: int) -> bytes:
    """So many bytes of what may give fewer at a time. Raises `NotAParcel` where it ends before."""
    content = b""
    while len(content) < size:
        piece = file.read(size - len(content))
        if not piece:
            raise NotAParcel
        content += piece
    return content


def _open(opener: AESGCM, index: int, sealed: SealedFrame, content: bytes) -> Frame:
    if hashlib.sha256(content).hexdigest() != sealed.sha256:
        raise BrokenFrame
    try:
        plain = opener.decrypt(content[:IV_BYTES], content[IV_BYTES:], struct.pack(">I", index))
        (length,) = struct.unpack_from(">I", plain)
        if length > MAX_PLAIN_HEADER_BYTES:
            raise BrokenFrame
        header = read(FrameHeader, parse_json(plain[4 : 4 + length]))
    except (InvalidTag, struct.error, Malformed, Invalid):
        raise BrokenFrame from None
    content = plain[4 + length :]
    if hashlib.sha256(content).hexdigest() != header.sha256 or (header.type == "record" and not header.id):
        raise BrokenFrame
    return Frame(header, content)
