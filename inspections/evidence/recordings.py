"""Short films and spoken notes: known by their header, kept as they came. Nothing of them is decoded here.

Two containers: ISO base media (ISO/IEC 14496-12: MP4, QuickTime, 3GP), whose `moov` box names the tracks, and WebM
(a profile of EBML, RFC 8794), whose `Tracks` do.
"""

from collections.abc import Iterator
from typing import BinaryIO

# What a phone films in a minute; a photo is bound by a smaller limit of its own
MAX_RECORDING_BYTES = 64_000_000
MAX_BOXES = 20_000
EBML = b"\x1aE\xdf\xa3"
WEBM_HEAD_BYTES = 64 * 1024

_EBML_HEADER, _DOC_TYPE, _SEGMENT, _TRACKS, _TRACK_ENTRY, _TRACK_TYPE = (
    0x1A45DFA3, 0x4282, 0x18538067, 0x1654AE6B, 0xAE, 0x83,
)  # fmt: skip


class _Cut(Exception):
    pass


def is_recording(media_type: str) -> bool:
    return media_type.startswith(("video/", "audio/"))


def largest(max_photo_bytes: int) -> int:
    """The largest file of any kind, where photos may have `max_photo_bytes`."""
    return max(max_photo_bytes, MAX_RECORDING_BYTES)


def recording_type(file: BinaryIO) -> str | None:
    """The media type of a film or a sound by its tracks; None where it has none or was cut before them.

    `file` can seek and begins with `ftyp` or EBML. Never raises for what it contains.
    """
    size = file.seek(0, 2)
    file.seek(0)
    beginning = file.read(12)
    try:
        if beginning.startswith(EBML):
            file.seek(0)
            return _webm_type(file.read(WEBM_HEAD_BYTES))
        return _mp4_type(file, size, brand=beginning[8:12])
    except (_Cut, IndexError):
        return None


def _mp4_type(file: BinaryIO, size: int, brand: bytes) -> str | None:
    handlers = set(_handlers(file, size))
    if b"vide" in handlers:
        kind = {b"qt  ": "quicktime", b"3gp": "3gpp"}
        return f"video/{kind.get(brand) or kind.get(brand[:3]) or 'mp4'}"
    return "audio/mp4" if b"soun" in handlers else None


def _handlers(file: BinaryIO, size: int) -> Iterator[bytes]:
    for name, start, end in _boxes(file, 0, size):
        if name != b"moov":
            continue
        for track, track_start, track_end in _boxes(file, start, end):
            if track != b"trak":
                continue
            for media, media_start, media_end in _boxes(file, track_start, track_end):
                if media == b"mdia":
                    yield from _handler(file, media_start, media_end)
        return


def _handler(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    for name, at, _ in _boxes(file, start, end):
        if name == b"hdlr":
            file.seek(at + 8)
            yield file.read(4)


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes from `start` to `end`: name, where the content begins, where it ends."""
    for _ in range(MAX_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        head = file.read(16)
        length, header = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:
            length = end - start
        if length < header or start + length > end:
            raise _Cut
        yield head[4:8], start + header, start + length
        start += length
    raise _Cut


def _webm_type(head: bytes) -> str | None:
    elements = dict(_elements(head, 0, len(head)))
    at, end = elements.get(_EBML_HEADER, (0, 0))
    doc_type = dict(_elements(head, at, end)).get(_DOC_TYPE)
    if not doc_type or head[slice(*doc_type)].rstrip(b"\0") != b"webm" or _SEGMENT not in elements:
        return None
    tracks = dict(_elements(head, *elements[_SEGMENT])).get(_TRACKS)
    kinds = set()
    for name, place in _elements(head, *tracks) if tracks else ():
        kind = dict(_elements(head, *place)).get(_TRACK_TYPE) if name == _TRACK_ENTRY else None
        kinds.add(head[kind[0]] if kind else 0)
    return "video/webm" if 1 in kinds else "audio/webm" if 2 in kinds else None


def _elements(head: bytes, at: int, end: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """EBML elements: their id, where the content begins and where it ends (at most where `head` does)."""
    while at < end:
        name, at = _number(head, at, keep_marker=True)
        length, start = _number(head, at, keep_marker=False)
        unknown = length == (1 << 7 * (start - at)) - 1  # a recorder that writes as it goes can't know it
        at = end if unknown else start + length
        yield name, (start, min(at, end))


def _number(head: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """A number of 1 to 8 bytes; the zeros that its first byte begins with say of how many."""
    length = 9 - head[at].bit_length()
    if length > 8 or at + length > len(head):
        raise _Cut
    number = int.from_bytes(head[at : at + length], "big")
    return number if keep_marker else number - (1 << 7 * length), at + length
