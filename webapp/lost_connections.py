"""Bodies that never came whole: the signal went, or nothing moved for too long.

A server hands a body that was cut short to the view as if it had ended, or lets the system's error through.
Neither says anything about what was sent, so the answer is 408 and the phone sends the same again: it would take
400 or 422 for a judgement on its record.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from flask import Flask
from werkzeug.exceptions import ClientDisconnected


def init_app(app: Flask) -> None:
    inner = app.wsgi_app

    def wsgi_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if length := environ.get("CONTENT_LENGTH", "").strip():
            environ["wsgi.input"] = _Body(environ["wsgi.input"], int(length) if length.isdigit() else 0)
        return inner(environ, start_response)

    app.wsgi_app = wsgi_app  # type: ignore[method-assign]


class BrokenOff(ClientDisconnected):
    """The rest of a body did not come. What came before it was read."""

    code = 408


class _Body:
    """`wsgi.input`, held to its Content-Length."""

    def __init__(self, stream: BinaryIO, length: int):
        self._stream, self._awaited = stream, length

    def read(self, size: int | None = -1) -> bytes:
        """All that is asked for, or what there was before the end. Raises `BrokenOff`."""
        size = -1 if size is None else size
        content = self._counted(lambda: self._stream.read(size))
        if self._awaited > 0 and size != 0 and (size < 0 or not content):
            raise BrokenOff
        return content

    def readline(self, size: int | None = -1) -> bytes:
        size = -1 if size is None else size
        line = self._counted(lambda: self._stream.readline(size))
        if self._awaited > 0 and size != 0 and not line:
            raise BrokenOff
        return line

    def readlines(self, hint: int = -1) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _counted(self, read: Callable[[], bytes]) -> bytes:
        try:
            content = read()
        except OSError as error:
            raise BrokenOff from error
        self._awaited -= len(content)
        return content
