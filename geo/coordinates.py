"""Positions: a place on Earth as a pair of degrees, and how people write one.

Everything is kept in WGS-84; a position in another datum is moved once, where it enters, and its datum is
kept beside it.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .datums import Datum, from_wgs84, geometry_to_wgs84, is_moved, is_shifted, to_wgs84
from .errors import InvalidPosition, OutOfRange

__all__ = ["Datum", "LonLat", "from_wgs84", "geometry_to_wgs84", "is_shifted", "looks_swapped", "to_wgs84"]

# What a person may paste; a position is never longer, and patterns stay cheap.
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class LonLat:
    """A place on Earth in WGS-84 degrees; it can only be a valid one.

    >>> LonLat(115.35, 31.71)
    LonLat(lon=115.35, lat=31.71)
    >>> lon, lat = LonLat.parse("31°42'36\\"N 115°21'0\\"E")
    >>> lon, lat
    (115.35, 31.71)
    >>> LonLat(31.71, 115.35)
    Traceback (most recent call last):
    geo.errors.OutOfRange: looks_swapped {'lon': 31.71, 'lat': 115.35}
    """

    lon: float
    lat: float

    def __post_init__(self) -> None:
        lon, lat = float(self.lon), float(self.lat)
        for axis, value in (("lon", lon), ("lat", lat)):
            if not math.isfinite(value):
                raise OutOfRange("not_finite", axis=axis, value=value)
        if abs(lat) > 90 and looks_swapped(lon, lat):
            raise OutOfRange("looks_swapped", lon=lon, lat=lat)
        for axis, value, limit in (("lon", lon, 180), ("lat", lat, 90)):
            if abs(value) > limit:
                raise OutOfRange("out_of_range", axis=axis, value=value)
        # -0.0 and whole numbers become one spelling, so that equal places print and compare alike
        object.__setattr__(self, "lon", lon + 0.0)
        object.__setattr__(self, "lat", lat + 0.0)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The place that text names.

        Plain numbers are (lon, lat), parted by a comma (，、; too) or a space. With hemispheres (N, E,
        北纬, 东经) or the words 经度 and 纬度 either order will do. Degrees are decimal or have minutes
        and seconds.
        """
        if len(text) > MAX_TEXT:
            raise InvalidPosition("too_long", limit=MAX_TEXT)
        return cls(*_read_pair(_in_one_spelling(text), text))

    @classmethod
    def of(cls, lon: float, lat: float, datum: Datum) -> Self:
        """The place of a pair of numbers measured in `datum`."""
        given = cls(lon, lat)
        if not is_moved(datum):
            return given
        moved_lon, moved_lat = to_wgs84(given.lon, given.lat, datum)
        return cls(float(moved_lon), float(moved_lat))

    def __iter__(self) -> Iterator[float]:
        return iter((self.lon, self.lat))

    def __str__(self) -> str:
        return f"{self.lon:.6f}, {self.lat:.6f}"

    @property
    def is_null(self) -> bool:
        """Whether this is 0, 0: a field left empty, not a place in the Gulf of Guinea."""
        return self.lon == 0 and self.lat == 0

    @property
    def looks_swapped(self) -> bool:
        return bool(looks_swapped(self.lon, self.lat))


def looks_swapped(lon: ArrayLike, lat: ArrayLike) -> Any:
    """Whether a pair, or each of many, lies in China once lon and lat are exchanged. NaN never does.

    >>> bool(looks_swapped(31.71, 115.35)), bool(looks_swapped(115.35, 31.71))
    (True, False)
    """
    x, y = np.asarray(lon, float), np.asarray(lat, float)
    return (x >= 3) & (x <= 54) & (y >= 73) & (y <= 136)


_SPELLINGS = (
    (re.compile(r"东经|经度|\b(?:longitude|lng|lon)\b", re.I), " E "),
    (re.compile(r"北纬|纬度|\b(?:latitude|lat)\b", re.I), " N "),
    (re.compile("西经"), " W "),
    (re.compile("南纬"), " S "),
    (re.compile("[:：=()（）\\[\\]]"), " "),
    (re.compile("[，、；;]"), ","),
    (re.compile("[º˚度]"), "°"),
    (re.compile("″|”|“|秒|''|′′"), '"'),
    (re.compile("[′’‘＇分]"), "'"),
    (re.compile("[−－]"), "-"),
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}

# A # stands for 1 or 2, the first and the second angle
_NUMBER = r"\d{1,9}(?:\.\d{0,20})?"
_SECONDS = rf"(?:\s*(?P<sec#>{_NUMBER})\s*\")?"
_MINUTES = rf"(?:\s*(?P<min#>{_NUMBER})\s*'{_SECONDS})?"
_SIGNED = rf"(?P<sign#>[+-]?)(?P<deg#>{_NUMBER})(?:\s*°{_MINUTES})?"
_BEFORE = rf"(?P<axis#>[NSEW])\s*{_SIGNED}"
_AFTER = rf"{_SIGNED}\s*(?P<axis#>[NSEW])"


def _two(part: str, separator: str) -> re.Pattern[str]:
    return re.compile(rf"\s*{part.replace('#', '1')}{separator}{part.replace('#', '2')}\s*", re.I)


_PLAIN = _two(_SIGNED, r"(?:\s*,\s*|\s+)")
_NAMED = (_two(_BEFORE, r"\s*,?\s*"), _two(_AFTER, r"\s*,?\s*"))


def _in_one_spelling(text: str) -> str:
    text = text.translate(_FULL_WIDTH)
    for pattern, replacement in _SPELLINGS:
        text = pattern.sub(replacement, text)
    return text


def _read_pair(text: str, as_typed: str) -> tuple[float, float]:
    if plain := _PLAIN.fullmatch(text):
        return _degrees(plain, 1), _degrees(plain, 2)
    named = next(filter(None, (pattern.fullmatch(text) for pattern in _NAMED)), None)
    if named is None:
        raise InvalidPosition("unreadable", text=as_typed)
    by_axis = {named["axis" + n].upper() in "EW": _signed(named, n) for n in "12"}
    if len(by_axis) < 2:
        raise InvalidPosition("same_axis_twice", text=as_typed)
    return by_axis[True], by_axis[False]


def _signed(match: re.Match[str], n: str) -> float:
    return _degrees(match, int(n)) * (-1 if match["axis" + n].upper() in "SW" else 1)


def _degrees(match: re.Match[str], n: int) -> float:
    minutes, seconds = (float(match[f"{part}{n}"] or 0) for part in ("min", "sec"))
    if minutes >= 60 or seconds >= 60:
        raise InvalidPosition("minutes_or_seconds", minutes=minutes, seconds=seconds)
    size = (float(match[f"deg{n}"]) * 3600 + minutes * 60 + seconds) / 3600
    return -size if match[f"sign{n}"] == "-" else size
