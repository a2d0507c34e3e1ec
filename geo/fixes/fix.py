"""One GPS fix, and how it is read from what a phone sends."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from ..coordinates import Datum, LonLat
from ..errors import GeoError


class Source(StrEnum):
    """Where a position comes from: the receiver, a code scanned at the site, or a site picked from a list."""

    DEVICE = "device"
    QR = "qr"
    PICKED = "picked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fix:
    """One position at one moment.

    `accuracy_m` is the radius of the circle that holds the truth 95 times in 100, None if unknown. `lon` and
    `lat` are WGS-84; `datum` says what they were given in.
    """

    at: datetime
    lon: float
    lat: float
    accuracy_m: float | None = None
    source: Source = Source.DEVICE
    datum: Datum = Datum.WGS84

    @property
    def point(self) -> LonLat:
        return LonLat(self.lon, self.lat)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self | None:
        """The fix that a phone's record describes, or None where it describes none.

        `at` is ISO 8601 with an offset, or milliseconds since 1970; `lon` and `lat` are degrees in `datum`;
        `accuracy_m`, `source` and `datum` may be absent. No fix: a missing, unreadable or impossible position
        or moment, and 0, 0. An accuracy of 0, null, NaN or less than 0 is unknown, and the fix stays.

        >>> at = "2026-11-21T19:30:00+08:00"
        >>> Fix.read({"at": at, "lon": 115.35, "lat": 31.71, "accuracy_m": 0}).accuracy_m is None
        True
        >>> Fix.read({"at": at, "lon": 0, "lat": 0, "accuracy_m": 5}) is None
        True
        """
        at, lon, lat = _moment(given.get("at")), read_number(given.get("lon")), read_number(given.get("lat"))
        if at is None or lon is None or lat is None or (lon == 0 and lat == 0):
            return None
        try:
            datum = Datum.parse(str(given.get("datum") or Datum.WGS84))
            point = LonLat.of(lon, lat, datum)
        except GeoError:
            return None
        return cls(
            at,
            point.lon,
            point.lat,
            read_accuracy(given.get("accuracy_m")),
            _source(given.get("source")),
            datum,
        )


def read_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def read_accuracy(value: Any) -> float | None:
    number = read_number(value)
    return number if number is not None and number > 0 else None


def _source(value: Any) -> Source:
    if value is None:
        return Source.DEVICE
    try:
        return Source(value)
    except ValueError:
        return Source.UNKNOWN


def _moment(value: Any) -> datetime | None:
    """An aware moment in UTC; a time of day without an offset is no moment."""
    try:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, str):
            moment = datetime.fromisoformat(value)
        elif (number := read_number(value)) is not None:
            moment = datetime.fromtimestamp(number / 1000, UTC)
        else:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None
