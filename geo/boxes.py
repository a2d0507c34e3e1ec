"""A rectangle of longitudes and latitudes, as a map's window or a query asks for it."""

import math
from dataclasses import dataclass
from typing import Self

from .coordinates import LonLat
from .errors import InvalidBox
from .measurement import ELLIPSOID

__all__ = ["MAX_AREA_KM2", "BoundingBox"]

# A province with its neighbours. A county's map never shows more, and nobody should query more by mistake.
MAX_AREA_KM2 = 1_000_000.0

# Four numbers are never longer
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """West, south, east and north in WGS-84 degrees; it can only be a valid one. It never crosses 180°.

    >>> BoundingBox(115.0, 31.0, 116.0, 32.0).centre
    LonLat(lon=115.5, lat=31.5)
    >>> BoundingBox(116.0, 31.0, 115.0, 32.0)
    Traceback (most recent call last):
    geo.errors.InvalidBox: order {'axis': 'lon', 'low': 116.0, 'high': 115.0}
    """

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        for name in ("west", "south", "east", "north"):
            object.__setattr__(self, name, float(getattr(self, name)))
        for name, limit in (("west", 180), ("south", 90), ("east", 180), ("north", 90)):
            value = getattr(self, name)
            if not math.isfinite(value):
                raise InvalidBox("not_finite", side=name, value=value)
            if abs(value) > limit:
                raise InvalidBox("out_of_range", side=name, value=value)
        for axis, low, high in (("lon", self.west, self.east), ("lat", self.south, self.north)):
            if low > high:
                raise InvalidBox("order", axis=axis, low=low, high=high)

    @classmethod
    def parse(cls, text: str, *, max_area_km2: float = MAX_AREA_KM2) -> Self:
        """The box that "west,south,east,north" names, if it is not larger than `max_area_km2`.

        >>> BoundingBox.parse("115,31,116,32")
        BoundingBox(west=115.0, south=31.0, east=116.0, north=32.0)
        >>> BoundingBox.parse("-180,-90,180,90")
        Traceback (most recent call last):
        geo.errors.InvalidBox: too_large {'area_km2': 510065622, 'limit_km2': 1000000.0}
        """
        parts = text[:MAX_TEXT].split(",")
        try:
            west, south, east, north = (float(part) for part in parts)
        except ValueError:
            raise InvalidBox("unreadable", text=text[:MAX_TEXT]) from None
        box = cls(west, south, east, north)
        if (area_km2 := box.area_m2 / 1e6) > max_area_km2:
            raise InvalidBox("too_large", area_km2=round(area_km2), limit_km2=max_area_km2)
        return box

    @property
    def centre(self) -> LonLat:
        return LonLat((self.west + self.east) / 2, (self.south + self.north) / 2)

    @property
    def width_m(self) -> float:
        """The length of the parallel through the centre, from side to side."""
        return math.radians(self.east - self.west) * _parallel_radius_m(self.centre.lat)

    @property
    def height_m(self) -> float:
        """The length of the meridian from the southern to the northern side."""
        return float(ELLIPSOID.inv(self.west, self.south, self.west, self.north)[2])

    @property
    def area_m2(self) -> float:
        """The area between the two parallels, exact on the ellipsoid."""
        share = (self.east - self.west) / 360
        return share * (_cap_area_m2(self.north) - _cap_area_m2(self.south))

    def contains(self, point: LonLat) -> bool:
        """Whether a point lies in the box or on its edge."""
        return self.west <= point.lon <= self.east and self.south <= point.lat <= self.north

    def expanded(self, metres: float) -> Self:
        """The box with a margin: no place within `metres` of it is outside. Ends at the poles and at 180°."""
        if not 0 <= metres < math.inf:
            raise ValueError(f"a margin of {metres} m")
        # the smallest radius of curvature gives the widest margin in degrees
        angle = min(metres / _SMALLEST_RADIUS_M, math.pi / 2)
        farthest = math.radians(max(abs(self.south), abs(self.north)))
        reaches_pole = farthest + angle >= math.pi / 2
        turn = 2 * math.pi if reaches_pole else math.asin(math.sin(angle) / math.cos(farthest))
        north_deg, east_deg = math.degrees(angle), math.degrees(turn)
        return type(self)(
            max(-180.0, self.west - east_deg),
            max(-90.0, self.south - north_deg),
            min(180.0, self.east + east_deg),
            min(90.0, self.north + north_deg),
        )

    def ring(self) -> list[list[float]]:
        """The outline as a closed GeoJSON ring, counter-clockwise."""
        w, s, e, n = self.as_tuple()
        return [[w, s], [e, s], [e, n], [w, n], [w, s]]

    def as_tuple(self) -> tuple[float, float, float, float]:
        return self.west, self.south, self.east, self.north

    def __str__(self) -> str:
        return ",".join(f"{side:.7f}" for side in self.as_tuple())


_A = ELLIPSOID.a
_B = ELLIPSOID.b
_E2 = ELLIPSOID.es
_E = math.sqrt(_E2)
# Of the meridian at the equator, where a degree of latitude is shortest
_SMALLEST_RADIUS_M = _A * (1 - _E2)


def _parallel_radius_m(lat: float) -> float:
    phi = math.radians(lat)
    return max(0.0, _A * math.cos(phi) / math.sqrt(1 - _E2 * math.sin(phi) ** 2))


def _cap_area_m2(lat: float) -> float:
    """The signed area between the equator and a parallel, all the way round (Snyder 1987, eq. 3-12)."""
    s = math.sin(math.radians(lat))
    q = s / (1 - _E2 * s * s) + math.atanh(_E * s) / _E
    return math.pi * _B * _B * q
