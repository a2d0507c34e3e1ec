"""Shapes in metres: the 3-degree Gauss-Krüger plane around a place, and back."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from .cells import plane

# 1e-7° is a centimetre
DECIMALS = 7


@dataclass(frozen=True)
class Plane:
    """The plane of a central meridian. Within a zone its metres are true to 1 : 2,900."""

    meridian: int

    @classmethod
    def around(cls, shape: BaseGeometry) -> Self:
        """The plane whose meridian is nearest the centre of a shape in WGS-84."""
        return cls(round(shape.centroid.x / 3) * 3)

    def flat(self, shapes: Any) -> Any:
        """Shapes in WGS-84, one or an array, in metres."""
        project = plane(self.meridian)
        return shapely.transform(shapes, lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1])))

    def round(self, shapes: Any) -> Any:
        """Shapes in metres, one or an array, in WGS-84 to a centimetre."""
        project = plane(self.meridian)

        def lonlat(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.round(np.column_stack(project(xy[:, 0], xy[:, 1], inverse=True)), DECIMALS)

        return shapely.transform(shapes, lonlat)
