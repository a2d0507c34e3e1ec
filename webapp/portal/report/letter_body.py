"""A form as it comes over a bad line: its words first, its files behind them.

The browser sends fields in the order of the page, and the files stand last. So the words are taken also where the
line breaks in the middle of a photo, and a file that is too large, or for which there is no room, is let
go by without costing the words that came with it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

CHUNK_BYTES = 64 * 1024
MOST_WORD_BYTES = 200_000  # of all fields together: more than the form's own limits allow
MOST_BYTES = 500_000_000  # of one form; what is more is not even read
MOST_PARTS = 120
IN_MEMORY = 512 * 1024


@dataclass
class Incoming:
    """One file of a form. `lost` where the disk had no room; `size` counts what came, kept or not."""

    name: str
    file: BinaryIO
    most: int
    size: int = 0
    lost: bool = False

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.lost or self.size > self.most:
            return
        try:
            self.file.write(data)
        except OSError:
            self.lost = True


@dataclass
class LetterBody:
    """What came. `is_cut` says that the line broke before the end; the words are whole all the same."""

    words: MultiDict[str, str] = field(default_factory=MultiDict)
    files: list[Incoming] = field(default_factory=list)
    is_cut: bool = False


def read_letter(most_file_bytes: int, last_word: str) -> LetterBody:
    """The form of this request. `last_word` names the field that stands behind all others and before the files.

    Raises BrokenOff where the line broke before it, RequestEntityTooLarge for more words than any form has.
    """
    request.max_content_length = None  # what is too much is let go by, so that the words are heard
    if request.mimetype != "multipart/form-data":
        request.max_form_memory_size = MOST_WORD_BYTES
        request.max_content_length = MOST_WORD_BYTES
        return LetterBody(request.form)
    boundary = request.mimetype_params.get("boundary", "").encode("ascii", "replace")
    if not boundary:
        raise BadRequest
    body = LetterBody()
    try:
        _fill(body, boundary, most_file_bytes)
    except ClientDisconnected:
        if last_word not in body.words:
            forget(body)
            raise
        body.is_cut = True
        if body.files:
            body.files.pop().file.close()  # the one that the line broke in
    except ValueError:
        forget(body)
        raise BadRequest from None
    except RequestEntityTooLarge:
        forget(body)
        raise
    return body


def _fill(body: LetterBody, boundary: bytes, most_file_bytes: int) -> None:
    decoder = MultipartDecoder(boundary, max_parts=MOST_PARTS)
    name, words, size = "", bytearray(), 0
    into: Incoming | None = None
    for event in _events(decoder):
        if isinstance(event, Field):
            name, words, into = event.name, bytearray(), None
        elif isinstance(event, File):
            into = Incoming("", BytesIO(), 0)
            if event.filename:  # else nothing was chosen
                spool = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the request
                into = Incoming(event.filename, cast(BinaryIO, spool), most_file_bytes)
                body.files.append(into)
        elif isinstance(event, Data) and into is not None:
            into.write(event.data)
        elif isinstance(event, Data):
            words += event.data
            size += len(event.data)
            if size > MOST_WORD_BYTES:
                raise RequestEntityTooLarge
            if not event.more_data:
                body.words.add(name, words.decode("utf-8", "replace"))


def _events(decoder: MultipartDecoder) -> Iterator[object]:
    read = 0
    while True:
        event = decoder.next_event()
        if isinstance(event, Epilogue):
            return
        if not isinstance(event, NeedData):
            yield event
            continue
        chunk = request.stream.read(CHUNK_BYTES) if read < MOST_BYTES else b""
        read += len(chunk)
        if not chunk and read >= MOST_BYTES:
            raise ClientDisconnected
        decoder.receive_data(chunk or None)


def forget(body: LetterBody) -> None:
    for each in body.files:
        with suppress(OSError):
            each.file.close()
