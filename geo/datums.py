"""The datums positions come in: WGS-84, CGCS2000, GCJ-02, BD-09, and the way from one to another."""

import math
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidDatum
from .words import marked

__all__ = ["Datum", "from_wgs84", "geometry_to_wgs84", "is_shifted", "to_wgs84"]

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

# A datum's name is never longer
MAX_TEXT = 200


class Datum(StrEnum):
    """The frame a pair of numbers is measured in.

    CGCS2000 and WGS-84 differ by centimetres and are treated as one. GCJ-02, which Amap and Tencent show, is
    up to 700 m away from them; BD-09, which Baidu shows, up to 1,500 m.
    """

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @classmethod
    def parse(cls, text: str) -> Self:
        """The datum a person or a file names.

        >>> Datum.parse("GCJ-02"), Datum.parse("EPSG:4490"), Datum.parse("百度坐标")
        (<Datum.GCJ02: 'gcj02'>, <Datum.CGCS2000: 'cgcs2000'>, <Datum.BD09: 'bd09'>)
        """
        key = re.sub(r"[^a-z0-9\u4e00-\u9fff]", "", text[:MAX_TEXT].lower())
        value = _ALIASES.get(key.removesuffix("坐标系").removesuffix("坐标"))
        if value is None:
            raise InvalidDatum("unknown", text=text[:MAX_TEXT])
        return cls(value)


_LABELS = {
    Datum.WGS84: marked("WGS-84（GPS 原始坐标）"),
    Datum.CGCS2000: marked("CGCS2000（国家2000、天地图）"),
    Datum.GCJ02: marked("GCJ-02（高德、腾讯地图）"),
    Datum.BD09: marked("BD-09（百度地图）"),
}

_ALIASES = {
    **dict.fromkeys(("wgs84", "epsg4326", "4326", "crs84", "gps", "地球", "wgs"), "wgs84"),
    **dict.fromkeys(("cgcs2000", "epsg4490", "4490", "国家2000", "2000国家大地", "天地图"), "cgcs2000"),
    **dict.fromkeys(("gcj02", "gcj", "火星", "国测局", "高德", "腾讯", "amap"), "gcj02"),
    **dict.fromkeys(("bd09", "bd09ll", "百度", "baidu"), "bd09"),
}


# Krasovsky 1940, the ellipsoid of the published GCJ-02 code
_A = 6378245.0
_EE = 0.00669342162296594323
_X_PI = math.pi * 3000 / 180

# The rectangle outside which the published code leaves a position alone
_WEST, _SOUTH, _EAST, _NORTH = 72.004, 0.8293, 137.8347, 55.8271

# Each step leaves at most 2 % of the error, and the first error is below 0.02°
_STEPS = 12
_CLOSE_DEG = 1e-12


def is_shifted(lon: ArrayLike, lat: ArrayLike) -> Any:
    """Whether a position lies in the rectangle in which GCJ-02 and BD-09 differ from WGS-84.

    The rectangle is that of the published code (72.004–137.8347° E, 0.8293–55.8271° N). It is wider than
    China: positions in Korea or Vietnam are moved as well, as they are by everybody who uses the code.
    """
    x, y = np.asarray(lon, float), np.asarray(lat, float)
    return (x >= _WEST) & (x <= _EAST) & (y >= _SOUTH) & (y <= _NORTH)


def is_moved(datum: Datum) -> bool:
    """Whether positions in `datum` differ from WGS-84 anywhere."""
    return _INVERSE[datum] is not _unmoved


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> Pair:
    """Degrees in WGS-84 (numbers or arrays) as degrees in `datum`.

    The formulae are those of github.com/wandergis/coordtransform; GCJ-02 is the same in
    github.com/googollee/eviltransform, with the constants of the Krasovsky ellipsoid. Positions outside the
    rectangle of `is_shifted`, and NaN, come back untouched.

    >>> lon, lat = from_wgs84(116.404, 39.915, Datum.GCJ02)
    >>> round(float(lon), 6), round(float(lat), 6)
    (116.410244, 39.916404)
    """
    return _where_shifted(lon, lat, _FORWARD[datum])


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> Pair:
    """Degrees in `datum` (numbers or arrays) as degrees in WGS-84, to better than 1e-9°.

    The formulae have no closed inverse; it is found by iteration. Whether a position is moved at all is
    judged by the position as given: within 1.5 km of the rectangle's edge, far from China, a round trip may
    fail.

    >>> lon, lat = to_wgs84(116.41024449916938, 39.91640428150164, Datum.GCJ02)
    >>> round(float(lon), 9), round(float(lat), 9)
    (116.404, 39.915)
    """
    return _where_shifted(lon, lat, _INVERSE[datum])


def geometry_to_wgs84(geometry: Any, datum: Datum) -> Any:
    """A shapely geometry drawn in `datum`, each vertex moved to WGS-84; a height stays as it is."""

    def moved(vertices: Floats) -> Floats:
        result = vertices.copy()
        result[:, 0], result[:, 1] = to_wgs84(vertices[:, 0], vertices[:, 1], datum)
        return result

    return shapely.transform(geometry, moved, include_z=bool(shapely.has_z(geometry)))


def _where_shifted(lon: ArrayLike, lat: ArrayLike, move: Callable[[Floats, Floats], Pair]) -> Pair:
    x, y = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
    inside = is_shifted(x, y)
    # the formulae are never shown what lies outside: poles, infinities, NaN
    moved_x, moved_y = move(np.where(inside, x, 105.0), np.where(inside, y, 35.0))
    return np.where(inside, moved_x, x)[()], np.where(inside, moved_y, y)[()]


def _unmoved(lon: Floats, lat: Floats) -> Pair:
    return lon, lat


def _wgs84_to_gcj02(lon: Floats, lat: Floats) -> Pair:
    east_m, north_m = _gcj02_offset_m(lon - 105, lat - 35)
    phi = np.radians(lat)
    w2 = 1 - _EE * np.sin(phi) ** 2
    meridian_m = _A * (1 - _EE) / (w2 * np.sqrt(w2))
    parallel_m = _A / np.sqrt(w2) * np.cos(phi)
    return lon + np.degrees(east_m / parallel_m), lat + np.degrees(north_m / meridian_m)


def _gcj02_offset_m(x: Floats, y: Floats) -> Pair:
    """Metres east and north by which GCJ-02 moves the place `x`, `y` degrees away from 105° E, 35° N."""
    root, pi, sin = np.sqrt(np.abs(x)), np.pi, np.sin
    both = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + both
    east = east + (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east = east + (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + both
    north = north + (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north = north + (160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)) * 2 / 3
    return east, north


def _gcj02_to_bd09(lon: Floats, lat: Floats) -> Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _X_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _X_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _wgs84_to_bd09(lon: Floats, lat: Floats) -> Pair:
    return _gcj02_to_bd09(*_wgs84_to_gcj02(lon, lat))


def _inverse(forward: Callable[[Floats, Floats], Pair]) -> Callable[[Floats, Floats], Pair]:
    """The inverse of a small shift: guess, see where the guess lands, step back by the miss."""

    def backward(lon: Floats, lat: Floats) -> Pair:
        x, y = lon, lat
        for _ in range(_STEPS):
            landed_x, landed_y = forward(x, y)
            miss_x, miss_y = landed_x - lon, landed_y - lat
            x, y = x - miss_x, y - miss_y
            if max(np.max(np.abs(miss), initial=0) for miss in (miss_x, miss_y)) < _CLOSE_DEG:
                break
        return x, y

    return backward


_FORWARD: dict[Datum, Callable[[Floats, Floats], Pair]] = {
    Datum.WGS84: _unmoved,
    Datum.CGCS2000: _unmoved,
    Datum.GCJ02: _wgs84_to_gcj02,
    Datum.BD09: _wgs84_to_bd09,
}
_INVERSE: dict[Datum, Callable[[Floats, Floats], Pair]] = {
    Datum.WGS84: _unmoved,
    Datum.CGCS2000: _unmoved,
    Datum.GCJ02: _inverse(_wgs84_to_gcj02),
    Datum.BD09: _inverse(_wgs84_to_bd09),
}
