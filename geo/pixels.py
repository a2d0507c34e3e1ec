"""Square pixels over a plane in metres: events are put on them and smoothed by Gaussians through Fourier space."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import fft, ndimage
from shapely.geometry.base import BaseGeometry

from .weights import Floats

MOST_PIXELS = 4_000_000
REACH = 5.0  # bandwidths beyond which a kernel is nothing: six events in ten million
AT_ONCE = 50_000  # events whose numbers stay in the processor's cache


@dataclass(frozen=True)
class Pixels:
    """Row 0 is in the south; `first_row`, `first_column` count pixels from the plane's origin."""

    first_row: int
    first_column: int
    rows: int
    columns: int
    pixel_m: float
    outline: BaseGeometry | None = None

    @property
    def west_m(self) -> float:
        return self.first_column * self.pixel_m

    @property
    def south_m(self) -> float:
        return self.first_row * self.pixel_m

    @cached_property
    def land(self) -> Floats:
        """1 for a pixel whose middle lies inside the outline, else 0."""
        if self.outline is None:
            return np.ones((self.rows, self.columns))
        east = self.west_m + (np.arange(self.columns) + 0.5) * self.pixel_m
        north = self.south_m + (np.arange(self.rows) + 0.5) * self.pixel_m
        x_m, y_m = (axis.ravel() for axis in np.meshgrid(east, north))
        return inside(self.outline, x_m, y_m).reshape(self.rows, self.columns).astype(float)

    def bins(self, x_m: Floats, y_m: Floats, weights: Floats | None = None) -> Floats:
        """Weight on each pixel; an event is shared out among the four whose middles surround it (Wand 1994)."""
        found = np.zeros(self.rows * self.columns)
        for start in range(0, len(x_m), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            east = x_m[part] / self.pixel_m - (self.first_column + 0.5)
            north = y_m[part] / self.pixel_m - (self.first_row + 0.5)
            column, row = east.astype(np.int64), north.astype(np.int64)
            east, north = east - column, north - row
            own = np.ones(len(east)) if weights is None else weights[part]
            at, right, both = row * self.columns + column, east * own, east * north * own
            for shift, share in (
                (0, own - right - north * own + both),
                (1, right - both),
                (self.columns, north * own - both),
                (self.columns + 1, both),
            ):
                found += np.bincount(at + shift, share, len(found))
        return found.reshape(self.rows, self.columns)

    def smooth(self, parts: Iterable[tuple[Floats, float]]) -> Floats:
        """The sum of each part convolved with the Gaussian of its bandwidth in metres."""
        parts = list(parts)
        room = REACH * max(bandwidth_m for _, bandwidth_m in parts) / self.pixel_m
        rows, columns = (fft.next_fast_len(int(n + np.ceil(room)), real=True) for n in (self.rows, self.columns))
        waves = np.zeros((rows, columns // 2 + 1), dtype=complex)
        for part, bandwidth_m in parts:
            down, across = (_gaussian(n, bandwidth_m / self.pixel_m) for n in (rows, columns))
            shape = fft.fft(down).real[:, None] * fft.rfft(across).real
            waves += fft.rfft2(part, s=(rows, columns), workers=2) * shape
        smoothed = fft.irfft2(waves, s=(rows, columns), workers=2)[: self.rows, : self.columns]
        return np.maximum(smoothed, 0.0)  # what is below is rounding

    def inside_out(self, bins: Floats, bandwidth_m: float) -> Floats:
        """Each pixel's events divided by the part of their kernel that lies inside the outline."""
        if self.outline is None:
            return bins
        part = self.smooth([(self.land, bandwidth_m)])
        return np.divide(bins, part, out=np.zeros_like(bins), where=(bins > 0) & (part > 0))


def frame(
    x_m: Floats, y_m: Floats, pixel_m: float, margin_m: float, outline: BaseGeometry | None = None
) -> Pixels:
    """The outline's box, or without one the points' with a margin. Raises ValueError for more than MOST_PIXELS."""
    if outline is not None:
        west, south, east, north = outline.bounds
        margin_m = 0.0
    elif len(x_m):
        west, south, east, north = np.min(x_m), np.min(y_m), np.max(x_m), np.max(y_m)
    else:
        return Pixels(0, 0, 0, 0, pixel_m)
    # one more on each side, for the events that lie between a middle and the frame
    first_column, first_row = (int(np.floor((v - margin_m) / pixel_m)) - 1 for v in (west, south))
    columns = int(np.floor((east + margin_m) / pixel_m)) + 2 - first_column
    rows = int(np.floor((north + margin_m) / pixel_m)) + 2 - first_row
    if rows * columns > MOST_PIXELS:
        raise ValueError(f"{rows} × {columns} pixels of {pixel_m} m")
    return Pixels(first_row, first_column, rows, columns, pixel_m, outline)


def inside(outline: BaseGeometry, x_m: Floats, y_m: Floats) -> NDArray[np.bool_]:
    """Which points lie in the outline or on its edge. Of many, only those near the edge are tried singly."""
    shapely.prepare(outline)
    west, south, east, north = outline.bounds
    step = max(east - west, north - south) / 256
    found = (x_m >= west) & (x_m <= east) & (y_m >= south) & (y_m <= north)
    if len(x_m) < 1000 or step == 0:
        found[found] = shapely.intersects_xy(outline, x_m[found], y_m[found])
        return found
    edge = shapely.get_coordinates(shapely.segmentize(outline.boundary, step / 2))
    touched = np.zeros((259, 259), dtype=bool)
    touched[((edge[:, 1] - south) / step).astype(int) + 1, ((edge[:, 0] - west) / step).astype(int) + 1] = True
    near = ndimage.binary_dilation(touched, np.ones((3, 3)))
    middles = (np.arange(259) - 0.5) * step
    across, up = (axis.ravel() for axis in np.meshgrid(west + middles, south + middles))
    within = shapely.intersects_xy(outline, across, up).reshape(259, 259)
    boxed = np.flatnonzero(found)
    row, column = (((v[boxed] - low) / step).astype(int) + 1 for v, low in ((y_m, south), (x_m, west)))
    found[boxed] = within[row, column]
    close = boxed[near[row, column]]
    found[close] = shapely.intersects_xy(outline, x_m[close], y_m[close])
    return found


def _gaussian(n: int, bandwidth: float) -> Floats:
    """The kernel around element 0 of a circle of n."""
    away = np.minimum(np.arange(n), n - np.arange(n)) / bandwidth
    return np.exp(-(away**2) / 2) / (np.sqrt(2 * np.pi) * bandwidth)
