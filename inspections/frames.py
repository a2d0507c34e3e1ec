"""Frames: several things in one body. Each is the length of a header (4 bytes, big-endian), the header in JSON,
and as many bytes as the header's `size` says. Nothing is looked for in the bytes, so nothing in them can mislead.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any

from .errors import TooLarge
from .incoming import Malformed, parse_json

MOST_HEADER_BYTES = 16_384
CHUNK_BYTES = 256 * 1024


class Broken(Malformed):
    """The body ended in the middle of a frame."""


class Frame:
    """A header and its content, to be read once and before the next frame."""

    def __init__(self, header: dict[str, Any], read: Callable[[int], bytes]):
        self.header = header
        self.size = _size(header)
        self._read, self._left = read, self.size

    @property
    def sha256(self) -> str:
        given = self.header.get("sha256")
        if not isinstance(given, str):
            raise Malformed
        return given

    def chunks(self) -> Iterator[bytes]:
        """Never more than one chunk is in memory. Raises `Broken`."""
        while self._left:
            chunk = self._read(min(self._left, CHUNK_BYTES))
            if not chunk:
                raise Broken
            self._left -= len(chunk)
            yield chunk

    def content(self, most: int) -> bytes:
        if self.size > most:
            raise TooLarge
        return b"".join(self.chunks())

    def skip(self) -> None:
        for _ in self.chunks():
            pass


def frames(read: Callable[[int], bytes]) -> Iterator[Frame]:
    """The frames of a body that `read` gives piece by piece. What is not read of a frame is skipped."""
    while prefix := _exactly(read, 4, at_end=b""):
        (length,) = struct.unpack(">I", prefix)
        if length > MOST_HEADER_BYTES:
            raise Malformed
        frame = Frame(parse_json(_exactly(read, length)), read)
        yield frame
        frame.skip()


def _size(header: dict[str, Any]) -> int:
    size = header.get("size")
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise Malformed
    return size


def _exactly(read: Callable[[int], bytes], length: int, at_end: bytes | None = None) -> bytes:
    content = b""
    while len(content) < length:
        more = read(length - len(content))
        if not more and not content and at_end is not None:
            return at_end
        if not more:
            raise Broken
        content += more
    return content
