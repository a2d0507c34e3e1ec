"""Numbers and shapes in few characters, for the data island of a page.

A packed stream is Base64 of zigzag varints, 7 bits a byte, low bits first (as in Protocol Buffers).
Coordinates are whole units of 1e-5 degrees (1.1 m), each as the difference from the one before.
`js/decode.js` reads them.
"""

import base64
from typing import TypedDict

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

UNIT = 1e-5
LARGEST = 2**30


class Rings(TypedDict):
    """Shapes as rings or lines: how many each shape has, how many points each has, and the points."""

    parts: str
    sizes: str
    at: str


def pack(values: ArrayLike) -> str:
    """Whole numbers within ±2³⁰, in order."""
    numbers = np.asarray(values, dtype=np.int64).ravel()
    if numbers.size and np.abs(numbers).max() >= LARGEST:
        raise ValueError(f"a packed number must be within ±{LARGEST}")
    zigzag = ((numbers << 1) ^ (numbers >> 63)).astype(np.uint64)
    length = np.searchsorted([1 << bits for bits in (7, 14, 21, 28)], zigzag, side="right") + 1
    start = np.cumsum(length) - length
    out = np.zeros(int(length.sum()), dtype=np.uint8)
    for k in range(int(length.max(initial=0))):
        has = length > k
        more = np.where(length[has] > k + 1, 0x80, 0)
        out[start[has] + k] = ((zigzag[has] >> np.uint64(7 * k)) & np.uint64(0x7F)).astype(np.uint8) | more
    return base64.b64encode(out.tobytes()).decode("ascii")


def pack_steps(values: ArrayLike) -> str:
    """Whole numbers as differences: short where neighbours in the list are alike."""
    numbers = np.asarray(values, dtype=np.int64).ravel()
    return pack(np.diff(numbers, prepend=0))


def pack_points(lon: ArrayLike, lat: ArrayLike) -> str:
    """Points in their order, as steps of longitude and latitude in turn."""
    units = np.rint(np.column_stack([lon, lat]).astype(float).reshape(-1, 2) / UNIT).astype(np.int64)
    return pack(np.diff(units, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)))


def pack_shapes(shapes: ArrayLike) -> Rings:
    """Polygons with their holes (even-odd), or lines. A ring's closing point is left out."""
    geometries = np.asarray(shapes, dtype=object)
    areal = bool((shapely.get_dimensions(geometries) == 2).any())
    parts, owner = shapely.get_parts(geometries, return_index=True)
    if areal:
        parts, polygon = shapely.get_rings(parts, return_index=True)
        owner = owner[polygon]
    at, part = shapely.get_coordinates(parts, return_index=True)
    if areal and len(at):
        last = np.append(part[1:] != part[:-1], True)
        at, part = at[~last], part[~last]
    return Rings(
        parts=pack(np.bincount(owner, minlength=len(geometries))),
        sizes=pack(np.bincount(part, minlength=len(parts))),
        at=pack_points(at[:, 0], at[:, 1]),
    )


def walk(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """An order of points that goes through them in bands, so that steps are short."""
    if len(lon) == 0:
        return np.zeros(0, dtype=np.int64)
    bands = max(int(np.sqrt(len(lon) / 2)), 1)
    height = max(float(np.ptp(lat)) / bands, UNIT)
    band = np.floor((lat - np.min(lat)) / height).astype(np.int64)
    eastwards = np.where(band % 2 == 0, lon, -lon)
    return np.lexsort((eastwards, band))
