"""The hotspot map: where tips and findings gather, how sure that is, and where to look first.

Give it plain data, get one HTML page. Nothing is fetched: townships and roads are the base map.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ..hotspots import Level
from . import Application, Assets, bare_map, document
from .labels import HOTSPOT_LABELS
from .packing import UNIT, Rings, pack, pack_points, pack_shapes, pack_steps, walk

Floats = NDArray[np.float64]
EPOCH = date(1970, 1, 1)
# Boundaries and roads drawn a screen wide don't show less than about ten metres.
SIMPLIFY_DEGREES = 1e-4
SCRIPTS = [
    "js/decode.js",
    "js/palette.js",
    "js/sheet.js",
    "js/hotspot_scene.js",
    "js/ranking.js",
    "js/timeline.js",
    "js/hotspot.js",
]
STYLES = ["css/tokens.css", "css/hotspot.css"]
ROLES = ("tip", "finding", "school", "institution", "suspected")


@dataclass(frozen=True)
class HotCells:
    """Cells, row by row: code, polygon (WGS-84), level, z (may be NaN) and the weighted total behind it."""

    codes: Sequence[str] | NDArray[np.str_]
    polygons: NDArray[np.object_]
    level: NDArray[np.int8]
    z: Floats
    value: Floats


@dataclass(frozen=True)
class Frame:
    """A step of the time slider: its name, its first and last day, and each cell's level and z in it."""

    label: str
    first: date
    last: date
    level: NDArray[np.int8]
    z: Floats


@dataclass(frozen=True)
class Points:
    """A layer of points in WGS-84. `role` is one of ROLES and decides shape and colour; `label` is shown.

    Points with a `day` (datetime64[D]) are events: they follow the slider and are counted for their cell.
    `names`, if given, has a text for each point.
    """

    label: str
    role: str
    lon: Floats
    lat: Floats
    day: NDArray[np.datetime64] | None = None
    names: Sequence[str] | None = None
    shown: bool = True


@dataclass(frozen=True)
class Target:
    """A place to visit: what it is called, why, and where. Listed in the order given."""

    name: str
    reasons: Sequence[str]
    lon: float
    lat: float


@dataclass(frozen=True)
class HotspotView:
    """Everything the map shows. `townships` are pairs of name and polygon; `roads` are lines; `credit`
    names the sources of the base data."""

    title: str
    subtitle: str
    cells: HotCells
    townships: Sequence[tuple[str, BaseGeometry]]
    frames: Sequence[Frame] = ()
    points: Sequence[Points] = ()
    roads: Sequence[BaseGeometry] = ()
    targets: Sequence[Target] = ()
    credit: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


def hotspot_map(view: HotspotView, assets: Assets) -> str:
    """The page as HTML. `view.labels` replaces texts of HOTSPOT_LABELS by key.

    Raises ValueError for rows of different length, an unknown role, or a position that isn't a finite number.
    """
    _check(view)
    labels = {**HOTSPOT_LABELS, **view.labels}
    west, south, east, north = (float(v) for v in shapely.total_bounds(view.cells.polygons))
    map_ = bare_map(west, south, east, north)
    data = _data(view, labels, [west, south, east, north])
    Application(data, SCRIPTS, STYLES, "html/hotspot.html").add_to(map_)
    return document(map_, view.title, labels["language"], assets)


def _data(view: HotspotView, labels: Mapping[str, str], box: list[float]) -> dict[str, object]:
    names = [name for name, _ in view.townships]
    areas = np.array([area for _, area in view.townships], dtype=object)
    return {
        "labels": labels,
        "title": view.title,
        "subtitle": view.subtitle,
        "credit": view.credit,
        "unit": UNIT,
        "box": box,
        "cells": _cells(view.cells, areas),
        "frames": [_frame(frame) for frame in view.frames],
        "points": [_points(layer, view.cells.polygons) for layer in view.points],
        "townships": {"names": names, "shapes": outlines(areas), "labels": label_points(areas)},
        "roads": lines(view.roads),
        "targets": [
            {"name": t.name, "reasons": list(t.reasons), "at": [float(t.lon), float(t.lat)]} for t in view.targets
        ],
    }


def _cells(cells: HotCells, areas: NDArray[np.object_]) -> dict[str, object]:
    return {
        "codes": list(map(str, cells.codes)),
        "shapes": pack_shapes(cells.polygons),
        "level": pack(cells.level),
        "z": pack(_hundredths(cells.z)),
        "value": pack(_hundredths(cells.value)),
        "place": pack(_first_holding(areas, shapely.point_on_surface(cells.polygons))),
    }


def _frame(frame: Frame) -> dict[str, object]:
    """A step holds only the cells that are hot, cold or unseen in it."""
    marked = np.flatnonzero(frame.level)
    return {
        "label": frame.label,
        "days": [(frame.first - EPOCH).days, (frame.last - EPOCH).days],
        "cells": pack_steps(marked),
        "level": pack(frame.level[marked]),
        "z": pack(_hundredths(frame.z[marked])),
    }


def _points(layer: Points, polygons: NDArray[np.object_]) -> dict[str, object]:
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
        packed["cell"] = pack(_first_holding(polygons, shapely.points(lon[order], lat[order])))
    return packed


def _first_holding(areas: NDArray[np.object_], points: NDArray[np.object_]) -> NDArray[np.int64]:
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


def _hundredths(values: Floats) -> NDArray[np.int64]:
    """Hundredths; what isn't a number is 0, what is beyond ±100,000 stays there."""
    return np.rint(np.clip(np.nan_to_num(np.asarray(values, dtype=float)), -1e5, 1e5) * 100).astype(np.int64)


def _check(view: HotspotView) -> None:
    cells = view.cells
    rows = len(cells.codes)
    if not rows:
        raise ValueError("a hotspot map needs cells")
    columns = [cells.polygons, cells.level, cells.z, cells.value]
    columns += [column for frame in view.frames for column in (frame.level, frame.z)]
    if any(len(column) != rows for column in columns):
        raise ValueError(f"{rows} cells, but a column of another length")
    for layer in view.points:
        if layer.role not in ROLES:
            raise ValueError(f"role {layer.role!r} is none of {', '.join(ROLES)}")
        lengths = {len(c) for c in (layer.lon, layer.lat, layer.day, layer.names) if c is not None}
        if len(lengths) != 1:
            raise ValueError(f"layer {layer.label!r} has columns of different length")
        if not np.isfinite(np.concatenate([layer.lon, layer.lat])).all():
            raise ValueError(f"layer {layer.label!r} has a position that isn't a number")
    if not np.isin(cells.level, [level.value for level in Level]).all():
        raise ValueError("a cell has an unknown level")
