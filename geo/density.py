"""How many events there are around each place: kernel density."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .weights import Floats


@dataclass(frozen=True)
class Density:
    """Events per square kilometre, row 0 in the south; `west_m`, `south_m` is the outer corner of pixel [0,
    0].
    """

    per_km2: Floats
    west_m: float
    south_m: float
    pixel_m: float


def density(
    x_m: Floats, y_m: Floats, bandwidth_m: float, pixel_m: float, weights: Floats | None = None
) -> Density:
    """Gaussian kernel density of points in a plane in metres: binned, then filtered, four bandwidths wide.

    The frame is the points' box plus four bandwidths, so no mass is lost. Binning moves a point by up to
    half a pixel: keep pixel_m ≤ bandwidth_m / 4. Raises ValueError for a frame of more than 16 million
    pixels.
    """
    if not 0 < pixel_m <= bandwidth_m:
        raise ValueError(f"a pixel of {pixel_m} m with a bandwidth of {bandwidth_m} m")
    if len(x_m) == 0:
        return Density(np.zeros((0, 0)), 0.0, 0.0, pixel_m)
    margin = np.ceil(4 * bandwidth_m / pixel_m) + 1
    first = np.floor(np.array([np.min(y_m), np.min(x_m)]) / pixel_m) - margin
    last = np.floor(np.array([np.max(y_m), np.max(x_m)]) / pixel_m) + margin + 1
    rows, columns = (last - first).astype(int)
    if rows * columns > 16_000_000:
        raise ValueError(f"{rows} × {columns} pixels of {pixel_m} m")
    row, column = (np.floor(v / pixel_m - start).astype(int) for v, start in zip((y_m, x_m), first, strict=True))
    bins = np.bincount(row * columns + column, weights=weights, minlength=rows * columns).reshape(rows, columns)
    smooth = ndimage.gaussian_filter(bins.astype(float), bandwidth_m / pixel_m, mode="constant", truncate=4.0)
    return Density(smooth / (pixel_m / 1000) ** 2, float(first[1] * pixel_m), float(first[0] * pixel_m), pixel_m)
