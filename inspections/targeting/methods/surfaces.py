"""Kernel density: how many events there are around each cell."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.cells import plane

from .given import Given, Outcome, untold

if TYPE_CHECKING:
    from geo.density import Density

BANDWIDTH_CELLS = 2.0


def kernel(given: Given) -> Outcome:
    from geo.density import kernel

    return _surface(given, kernel)


def adaptive_kernel(given: Given) -> Outcome:
    from geo.density import adaptive

    return _surface(given, adaptive)


def _surface(given: Given, smooth: Callable[..., "Density"]) -> Outcome:
    bandwidth_m = BANDWIDTH_CELLS * given.settings.size_m
    x_m, y_m = given.xy_m
    if not len(x_m):
        return untold(np.zeros(len(given.grid)))
    to_plane = plane(given.grid.meridian)
    outline = shapely.transform(given.material.outline, lambda xy: np.column_stack(to_plane(xy[:, 0], xy[:, 1])))
    weight = given.weight[given.cell >= 0]
    surface = smooth(x_m, y_m, bandwidth_m, bandwidth_m / 4, weight, outline)
    return untold(surface.at(*given.centres_m))
