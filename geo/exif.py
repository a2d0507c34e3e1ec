"""What a photo says about itself: where, when, which way up, by which camera.

Metadata is text that anybody can write. It is read, cleaned and shown; nothing relies on it, and nothing in it can
make reading fail.
"""

import math
import os
import re
import struct
import unicodedata
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pillow_heif
from PIL import ExifTags, Image

from .coordinates import LonLat
from .errors import OutOfRange

__all__ = ["FORMATS", "Exif", "read_exif"]

pillow_heif.register_heif_opener()

# MPO, a JPEG of several pictures, is opened as JPEG; named here it would be a KeyError in Pillow
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")

MAX_TEXT = 100
MAX_PNG_CHUNKS = 10_000
MAX_EXIF_BYTES = 1_000_000
# Time zones reach from -12 to +14 hours; a fix may be an hour older than its photo
MOST_APART = timedelta(hours=15)

_Base, _GPS = ExifTags.Base, ExifTags.GPS


@dataclass(frozen=True, slots=True)
class Exif:
    """The metadata of one photo; what is missing or broken is None, and `problems` says why.

    ========================= ==========================================================================
    unreadable                not a picture we know, or cut off before its metadata ends
    position_missing          the GPS block is there without a position, as Android's redaction leaves it
    position_incomplete       a part of the position is missing or 0/0
    position_zero             0, 0
    position_out_of_range     no place on Earth
    time_without_zone         a local time whose offset nobody wrote down; see `taken_at_text`
    time_contradicts_gps      GPS time and local time are further apart than any time zone
    ========================= ==========================================================================

    `position` is taken as WGS-84; `gps_datum` is what the camera claims. `taken_at` is in UTC: the local time with
    its offset, else the GPS time that came with a position. `bearing_deg` is where the camera looked, clockwise
    from north. `orientation` is 1 to 8 as EXIF has it, 1 if unknown.
    """

    position: LonLat | None = None
    accuracy_m: float | None = None
    gps_datum: str | None = None
    bearing_deg: float | None = None
    taken_at: datetime | None = None
    taken_at_text: str | None = None
    gps_at: datetime | None = None
    orientation: int = 1
    make: str | None = None
    model: str | None = None
    problems: tuple[str, ...] = ()


def read_exif(source: bytes | Path) -> Exif:
    """What the photo in `source` says about itself.

    Reads headers, decodes no pixels, and never raises because of what is in the file.

    >>> read_exif(b"not a photo").problems
    ('unreadable',)
    """
    with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        try:
            main, photo, gps = _blocks(file)
        except Exception:
            # Pillow and its plugins raise whatever their parsers meet: struct.error, SyntaxError, OSError …
            return Exif(problems=("unreadable",))
    return _Reader(main, photo, gps).exif()


def _blocks(file: BinaryIO) -> tuple[Mapping[int, Any], Mapping[int, Any], Mapping[int, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of corrupt EXIF; what could be read is enough
        with Image.open(file, formats=FORMATS) as image:
            exif = _png_exif(file) if image.format == "PNG" else image.getexif()
            return dict(exif), exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)


def _png_exif(file: BinaryIO) -> Image.Exif:
    """The eXIf block of a PNG, wherever it stands; Pillow would decode the picture to look behind it."""
    exif = Image.Exif()
    file.seek(len(b"\x89PNG\r\n\x1a\n"))
    for _ in range(MAX_PNG_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            break
        size, kind = struct.unpack(">I4s", header)
        if kind == b"eXIf":
            exif.load(b"Exif\0\0" + file.read(min(size, MAX_EXIF_BYTES)))
            break
        file.seek(size + 4, os.SEEK_CUR)
    return exif


@dataclass(slots=True)
class _Reader:
    """The three blocks of one photo's metadata, and what was wrong in them."""

    main: Mapping[int, Any]
    photo: Mapping[int, Any]
    gps: Mapping[int, Any]
    problems: list[str] = field(default_factory=list)

    def exif(self) -> Exif:
        position = self.position()
        gps_at = self.gps_at()
        return Exif(
            position=position,
            accuracy_m=_positive(self.gps.get(_GPS.GPSHPositioningError)),
            gps_datum=_text(self.gps.get(_GPS.GPSMapDatum)),
            bearing_deg=_bearing(self.gps.get(_GPS.GPSImgDirection)),
            taken_at=self.taken_at(gps_at if position else None),
            taken_at_text=self.taken_at_text(),
            gps_at=gps_at,
            orientation=_orientation(self.main.get(_Base.Orientation)),
            make=_text(self.main.get(_Base.Make)),
            model=_text(self.main.get(_Base.Model)),
            problems=tuple(self.problems),
        )

    def position(self) -> LonLat | None:
        if not self.gps:
            return None
        given = [self.gps.get(tag) for tag in (_GPS.GPSLongitude, _GPS.GPSLatitude)]
        if given == [None, None]:
            return self.refuse("position_missing")
        lon = _degrees(given[0], self.gps.get(_GPS.GPSLongitudeRef), "EW")
        lat = _degrees(given[1], self.gps.get(_GPS.GPSLatitudeRef), "NS")
        if lon is None or lat is None:
            return self.refuse("position_incomplete")
        if lon == 0 and lat == 0:
            return self.refuse("position_zero")
        try:
            return LonLat(lon, lat)
        except OutOfRange:
            return self.refuse("position_out_of_range")

    def refuse(self, problem: str) -> Any:
        self.problems.append(problem)
        return None

    def gps_at(self) -> datetime | None:
        """GPS date and time, which are UTC by definition."""
        day = _moment(f"{_text(self.gps.get(_GPS.GPSDateStamp))} 00:00:00")
        clock = _numbers(self.gps.get(_GPS.GPSTimeStamp))
        if day is None or len(clock) != 3 or None in clock:
            return None
        hours, minutes, seconds = (number or 0.0 for number in clock)
        if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 61):
            return None
        return (day + timedelta(hours=hours, minutes=minutes, seconds=seconds)).replace(tzinfo=UTC)

    def taken_at_text(self) -> str | None:
        original = self.photo.get(_Base.DateTimeOriginal) or self.photo.get(_Base.DateTimeDigitized)
        return _text(original)

    def taken_at(self, gps_at: datetime | None) -> datetime | None:
        local = _moment(self.taken_at_text())
        offset = _offset(_text(self.photo.get(_Base.OffsetTimeOriginal)))
        if local and offset:
            return _in_utc(local, offset)
        if local and gps_at and abs(local.replace(tzinfo=UTC) - gps_at) > MOST_APART:
            return self.refuse("time_contradicts_gps")
        if local and gps_at is None:
            return self.refuse("time_without_zone")
        return gps_at


# -- values of any type, as files really have them -----------------------------------------------------------


def _text(value: Any) -> str | None:
    """One line of at most 100 visible characters; controls, invisible marks and broken characters are left out."""
    if isinstance(value, str):
        # Pillow reads text as Latin-1, whatever it is in
        value = value[: MAX_TEXT * 10].encode("utf-8" if max(value, default="") > "ÿ" else "latin-1", "ignore")
    if not isinstance(value, bytes):
        return None
    value = value[: MAX_TEXT * 10].decode("utf-8", "replace")
    kept = "".join(" " if c.isspace() else c for c in value if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(kept.replace("\ufffd", "").split())[:MAX_TEXT].strip() or None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _numbers(value: Any) -> list[float | None]:
    return [_number(part) for part in value] if isinstance(value, tuple | list) else []


def _positive(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and number > 0 else None


def _bearing(value: Any) -> float | None:
    number = _number(value)
    return number % 360 % 360 if number is not None and 0 <= number <= 360 else None


def _orientation(value: Any) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _degrees(value: Any, hemisphere: Any, letters: str) -> float | None:
    """Degrees, minutes and seconds with their hemisphere; None if any of it is missing or 0/0."""
    parts = _numbers(value)
    letter = (_text(hemisphere) or " ")[0].upper()
    if len(parts) != 3 or letter not in letters:
        return None
    total = 0.0
    for part, size in zip(parts, (1, 60, 3600), strict=True):
        if part is None or part < 0:
            return None
        total += part / size
    return total if letter == letters[0] else -total


_MOMENT = re.compile(r"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)


def _moment(text: str | None) -> datetime | None:
    """The time of day on a clock somewhere; naive, since EXIF says the offset elsewhere or not at all."""
    match = _MOMENT.match(text or "")
    try:
        return datetime(*map(int, match.groups())) if match else None  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def _offset(text: str | None) -> timezone | None:
    match = _OFFSET.fullmatch(text or "")
    if match is None:
        return UTC if text == "Z" else None
    size = timedelta(hours=int(match[2]), minutes=int(match[3]))
    if size > timedelta(hours=14):
        return None
    return timezone(-size if match[1] == "-" else size)


def _in_utc(local: datetime, offset: timezone) -> datetime | None:
    try:
        return local.replace(tzinfo=offset).astimezone(UTC)
    except OverflowError:
        return None
