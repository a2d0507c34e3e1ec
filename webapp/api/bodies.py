"""Bodies of requests, whose length must be known before a byte is read.

A server that is sent chunks may pass on a body that was cut at its limit as if it were whole (Werkzeug with
`wsgi.input_terminated`), so chunks are refused: every phone knows the length of what it sends.
"""

from collections.abc import Iterator
from contextlib import suppress

from flask import request
from werkzeug.exceptions import ClientDisconnected, LengthRequired

from inspections.errors import TooLarge, UnsupportedMedia, say

CHUNK_BYTES = 256 * 1024


def declared_length() -> int:
    """Raises 411 where there is no Content-Length."""
    if request.content_length is None or "Transfer-Encoding" in request.headers:
        raise LengthRequired
    return request.content_length


def json_body(max_bytes: int) -> bytes:
    """The exact bytes of a JSON body. Raises `BrokenOff` where it ends early."""
    if request.mimetype != "application/json":
        raise UnsupportedMedia(say("请以 JSON 格式发送"))
    if declared_length() > max_bytes:
        raise TooLarge(say("内容太大，最多 {limit} KB", limit=max_bytes // 1000))
    return request.get_data(cache=False)


def body_chunks() -> Iterator[bytes]:
    """The body piece by piece; never more than one piece is in memory. Raises `BrokenOff` where it ends early."""
    while chunk := request.stream.read(CHUNK_BYTES):
        yield chunk


def chunks_while_they_come() -> Iterator[bytes]:
    """The same, but a line that breaks ends it: for who keeps what came. Its length need not be known."""
    with suppress(ClientDisconnected):
        yield from body_chunks()
