"""The data of a hotspot map as its page reads it: `js/decode.js` and `js/hotspot.js` are the other side."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from .hotspot_layers import Circle, Frame, Layer, Period, Points, Surface
from .packing import Rings, pack, pack_points, pack_shapes, pack_steps, walk

EPOCH = date(1970, 1, 1)
# Boundaries and roads drawn a screen wide don't show less than about ten metres.
SIMPLIFY_DEGREES = 1e-4
# What is not a number, in a packed column
NOTHING = -(2**29)
# Decimals kept, as the page shows them; q in ten-thousandths
SCALE = {"z": 100, "q": 10_000, "value": 100, "rate": 1000, "low": 1000, "high": 1000, "settle": 1}


def period_data(period: Period) -> dict[str, object]:
    return {
        "name": period.name,
        "days": [day_number(period.first), day_number(period.last)],
        "visits": None if period.visits is None else column(period.visits, 10),
        "checks": None if period.checks is None else column(period.checks, 1),
    }


def layer_data(layer: Layer) -> dict[str, object]:
    return {
        "key": layer.key,
        "name": layer.name,
        "kind": str(layer.kind),
        "says": layer.says,
        "unit": layer.unit,
        "code": pack(layer.code),
        "columns": {name: column(values, SCALE[name]) for name, values in layer.columns().items()},
        "frames": [_frame(frame) for frame in layer.frames],
        "surface": None if layer.surface is None else _surface(layer.surface),
        "circles": [_circle(each) for each in layer.circles],
        "sources": list(layer.sources),
        "sha256": layer.sha256,
    }


def column(values: ArrayLike, scale: int) -> str:
    """Numbers in whole parts of 1/scale. NaN is NOTHING, what is beyond ±100,000 stays there."""
    given = np.asarray(values, dtype=float)
    parts = np.rint(np.clip(np.nan_to_num(given, nan=0.0), -1e5, 1e5) * scale).astype(np.int64)
    return pack(np.where(np.isnan(given), NOTHING, np.clip(parts, -(2**29) + 1, 2**29)))


def day_number(day: date) -> int:
    return (day - EPOCH).days


def _frame(frame: Frame) -> dict[str, object]:
    """A step holds only the cells that have a class in it."""
    marked = np.flatnonzero(frame.code)
    return {
        "label": frame.label,
        "days": [day_number(frame.first), day_number(frame.last)],
        "cells": pack_steps(marked),
        "code": pack(frame.code[marked]),
        "z": column(frame.z[marked], SCALE["z"]),
    }


def _surface(surface: Surface) -> dict[str, object]:
    """Bands in runs: each run is a band and how many pixels it goes on."""
    flat = surface.bands().ravel()
    starts = np.flatnonzero(np.diff(flat, prepend=-1))
    return {
        "box": [surface.west, surface.south, surface.east, surface.north],
        "rows": int(surface.values.shape[0]),
        "bands": pack(flat[starts]),
        "runs": pack(np.diff(starts, append=len(flat))),
    }


def _circle(circle: Circle) -> dict[str, object]:
    numbers = ("lon", "lat", "radius_m", "cases", "expected", "p")
    days = [day_number(day) for day in (circle.first, circle.last) if day is not None]
    return {name: float(getattr(circle, name)) for name in numbers} | {
        "days": days,
        "relative_risk": None if circle.relative_risk is None else float(circle.relative_risk),
    }


def point_data(layer: Points, polygons: NDArray[np.object_]) -> dict[str, object]:
    lon, lat = np.asarray(layer.lon, dtype=float), np.asarray(layer.lat, dtype=float)
    order = walk(lon, lat) if layer.day is None else np.argsort(layer.day, kind="stable")
    packed: dict[str, object] = {
        "label": layer.label,
        "role": layer.role,
        "shown": layer.shown,
        "at": pack_points(lon[order], lat[order]),
        "names": None if layer.names is None else [layer.names[i] for i in order.tolist()],
    }
    if layer.day is not None:
        packed["day"] = pack_steps(layer.day[order].astype("datetime64[D]").astype(np.int64))
        packed["cell"] = pack(first_holding(polygons, shapely.points(lon[order], lat[order])))
    return packed


def base_map(names: list[str], areas: NDArray[np.object_], roads: Sequence[BaseGeometry]) -> dict[str, object]:
    townships = {"names": names, "shapes": outlines(areas), "labels": label_points(areas)}
    return {"townships": townships, "roads": lines(roads)}


def first_holding(areas: NDArray[np.object_], points: NDArray[np.object_]) -> NDArray[np.int64]:
    """The index of the first area that holds each point, or -1."""
    holder = np.full(len(points), -1, dtype=np.int64)
    if len(areas):
        point, area = shapely.STRtree(areas).query(points, predicate="intersects")
        back = np.lexsort((-area, point))
        holder[point[back]] = area[back]
    return holder


def outlines(areas: NDArray[np.object_]) -> Rings:
    return pack_shapes(shapely.coverage_simplify(areas, SIMPLIFY_DEGREES) if len(areas) else areas)


def label_points(areas: NDArray[np.object_]) -> str:
    """Where a name fits best: the centre of the largest circle inside."""
    if not len(areas):
        return pack([])
    centres = shapely.get_point(shapely.maximum_inscribed_circle(areas, tolerance=1e-3), 0)
    return pack_points(shapely.get_x(centres), shapely.get_y(centres))


def lines(roads: Sequence[BaseGeometry]) -> Rings:
    return pack_shapes(shapely.simplify(np.array(list(roads), dtype=object), SIMPLIFY_DEGREES))
