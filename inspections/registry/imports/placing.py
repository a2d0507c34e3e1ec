"""Finding the township of a position on the map."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from .names import NameIndex

BORDER_M = 200
"""A position this far outside every outline still counts: outlines of different sources differ by as much."""

_M_PER_DEGREE = 111_320


@dataclass(frozen=True, slots=True)
class Place:
    """Where a position lies; `gap_m` to the township or county when it lies in none."""

    township_id: UUID | None
    in_county: bool
    gap_m: float = 0
    is_border: bool = False


@dataclass(frozen=True)
class Township:
    id: UUID
    name: str
    aliases: tuple[str, ...] = ()
    boundary: BaseGeometry | None = None


class Gazetteer:
    """The townships of a county, by name and on the map."""

    def __init__(self, county: BaseGeometry | None, townships: Sequence[Township]) -> None:
        self.townships = {t.id: t for t in townships}
        aliases = {alias: t for t in townships for alias in t.aliases}
        self._names = NameIndex(((t.name, t) for t in townships), aliases)
        self._drawn = [t for t in townships if t.boundary is not None]
        self._tree = shapely.STRtree([t.boundary for t in self._drawn])
        self._county = county

    @property
    def can_place(self) -> bool:
        return bool(self._drawn) or self._county is not None

    def named(self, name: str) -> Township | None:
        return self._names.find(name)

    def place(self, lon: NDArray[np.float64], lat: NDArray[np.float64], stated: Sequence[str]) -> list[Place]:
        """The township that covers each position; on a border, the stated one if it is one of them."""
        if not self.can_place:
            return [Place(None, True)] * len(lon)
        points = shapely.points(lon, lat)
        covering: dict[int, list[Township]] = {}
        for point, township in zip(*self._tree.query(points, predicate="intersects"), strict=True):
            covering.setdefault(int(point), []).append(self._drawn[int(township)])
        inside = self._inside(lon, lat)
        return [
            self._choose(covering[i], stated[i]) if i in covering else self._nearest(points[i], bool(inside[i]))
            for i in range(len(lon))
        ]

    def _inside(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        if self._county is None:
            return np.zeros(len(lon), bool)
        shapely.prepare(self._county)
        return np.asarray(shapely.intersects_xy(self._county, lon, lat))

    def _choose(self, candidates: list[Township], stated: str) -> Place:
        meant = self.named(stated)
        chosen = meant if meant in candidates else min(candidates, key=lambda t: t.name)
        return Place(chosen.id if chosen else None, True, is_border=len(candidates) > 1)

    def _nearest(self, point: BaseGeometry, in_county: bool) -> Place:
        if not self._drawn:
            gap_m = 0 if in_county else _distance_m(point, self._county)
            return Place(None, in_county or gap_m <= BORDER_M, gap_m)
        nearest = self._drawn[int(self._tree.nearest(point))]
        gap_m = _distance_m(point, nearest.boundary)
        near = gap_m <= BORDER_M
        return Place(nearest.id if near else None, in_county or near, gap_m)


def _distance_m(point: BaseGeometry, other: BaseGeometry | None) -> float:
    """Metres, good to a few per cent near the point."""
    scale = np.array([np.cos(np.radians(point.y)), 1]) * _M_PER_DEGREE
    nearest = shapely.shortest_line(point, other)
    (x0, y0), (x1, y1) = shapely.get_coordinates(nearest) * scale
    return float(np.hypot(x1 - x0, y1 - y0))
