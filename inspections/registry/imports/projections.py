"""The coordinate system a file declares, turned into degrees (lon, lat)."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from ...errors import Message, say
from .tables import Unreadable

# WGS 84, CGCS2000 and their like agree to a metre: their degrees are used as they are.
_SAME_DEGREES = {"EPSG:4326", "EPSG:4490", "OGC:CRS84", "EPSG:4979", "EPSG:4480"}


@dataclass(frozen=True)
class Projection:
    """How the file's numbers become degrees. `label` is what the file declares, empty if nothing."""

    label: str
    crs: pyproj.CRS | None = None
    notes: tuple[Message, ...] = field(default=())

    def to_lonlat(self, geometry: BaseGeometry | None) -> BaseGeometry | None:
        if geometry is None or self.crs is None:
            return geometry
        return shapely.transform(geometry, self._move)

    def _move(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(self._transformer.transform(points[:, 0], points[:, 1]))

    @cached_property
    def _transformer(self) -> pyproj.Transformer:
        return pyproj.Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)


def named(name: str) -> Projection:
    """The projection for a name, an EPSG code or WKT as files carry it."""
    try:
        crs = pyproj.CRS.from_user_input(name)
    except CRSError as error:
        raise Unreadable(say("不认识文件声明的坐标系“{name}”；请转成经纬度后再导入", name=name[:80])) from error
    authority = crs.to_authority(min_confidence=70)
    label = ":".join(authority) if authority else crs.name[:80]
    if label in _SAME_DEGREES:
        return Projection(label)
    notes = [say("文件声明的坐标系是 {name}，已换算成经纬度", name=crs.name[:80])]
    if _is_old(crs):
        notes.append(say("北京54、西安80 换算到 WGS-84 没有公开参数，可能差几十到一百多米，请在地图上核对"))
    return Projection(label, crs, tuple(notes))


def _is_old(crs: pyproj.CRS) -> bool:
    return any(word in crs.name.lower() for word in ("beijing 1954", "beijing_1954", "xian 1980", "xian_1980"))
