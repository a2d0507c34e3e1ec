"""The hotspot map: where tips and findings gather, how sure that is, what was looked at, and where to look first.

Give it plain data, get one HTML page. Nothing is fetched: townships and roads are the base map. The page holds
every method's answer for one period, or for two that it compares, and what is needed to cite it.
"""

import hashlib
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from . import Application, Assets, bare_map, document, json_island
from .hotspot_data import NOTHING, SCALE, base_map, first_holding, layer_data, period_data, point_data
from .hotspot_layers import CODES, ROLES, Cells, Layer, Period, Points, Target
from .labels import HOTSPOT_LABELS
from .packing import UNIT, pack, pack_shapes

SCRIPTS = [
    "js/decode.js",
    "js/palette.js",
    "js/sheet.js",
    "js/tip.js",
    "js/classes.js",
    "js/lenses.js",
    "js/change.js",
    "js/surface.js",
    "js/hotspot_scene.js",
    "js/describe.js",
    "js/ranking.js",
    "js/card.js",
    "js/legend.js",
    "js/timeline.js",
    "js/citation.js",
    "js/views.js",
    "js/hotspot.js",
]
STYLES = ["css/tokens.css", "css/hotspot.css", "css/hotspot_methods.css"]
THEMES = ("light", "night", "contrast")


@dataclass(frozen=True)
class HotspotView:
    """Everything the map shows.

    `periods` are one, or two to compare: the one looked at, then the one it is compared with. `townships` are
    pairs of name and polygon; `roads` are lines; `credit` names the sources of the base data. `records` followed
    by a cell's place in the list is the address of its records; without it cells link to nothing. `sources` are
    the facts to cite the whole map by.
    """

    title: str
    subtitle: str
    cells: Cells
    periods: Sequence[Period]
    townships: Sequence[tuple[str, BaseGeometry]]
    points: Sequence[Points] = ()
    roads: Sequence[BaseGeometry] = ()
    targets: Sequence[Target] = ()
    credit: str = ""
    records: str = ""
    sources: Sequence[tuple[str, str]] = ()
    theme: str = "light"
    labels: Mapping[str, str] = field(default_factory=dict)


def hotspot_map(view: HotspotView, assets: Assets) -> str:
    """The page as HTML. `view.labels` replaces texts of HOTSPOT_LABELS by key.

    Raises ValueError for rows of different length, an unknown role, class or theme, or a position that isn't a
    finite number.
    """
    _check(view)
    labels = {**HOTSPOT_LABELS, **view.labels}
    west, south, east, north = (float(v) for v in shapely.total_bounds(view.cells.polygons))
    map_ = bare_map(west, south, east, north)
    shown = _shown(view)
    data = {"labels": labels, "theme": view.theme, "records": view.records} | shown
    data |= {"nothing": NOTHING, "scale": SCALE}
    data |= {"box": [west, south, east, north], "sources": list(view.sources), "fingerprint": fingerprint(shown)}
    Application(data, SCRIPTS, STYLES, "html/hotspot.html").add_to(map_)
    return document(map_, view.title, labels["language"], assets)


def fingerprint(shown: Mapping[str, object]) -> str:
    """SHA-256 over what the map shows, as the JSON that stands in the page: the same figures, the same hash."""
    return hashlib.sha256(json_island(shown).encode()).hexdigest()


def _shown(view: HotspotView) -> dict[str, object]:
    areas = np.array([area for _, area in view.townships], dtype=object)
    return {
        "title": view.title,
        "subtitle": view.subtitle,
        "credit": view.credit,
        "unit": UNIT,
        "cells": {
            "codes": list(map(str, view.cells.codes)),
            "shapes": pack_shapes(view.cells.polygons),
            "place": pack(_places(view, areas)),
        },
        "periods": [
            period_data(period) | {"layers": [layer_data(layer) for layer in period.layers]}
            for period in view.periods
        ],
        "points": [point_data(layer, view.cells.polygons) for layer in view.points],
        "targets": [
            {"name": t.name, "reasons": list(t.reasons), "at": [float(t.lon), float(t.lat)]} for t in view.targets
        ],
    } | base_map([name for name, _ in view.townships], areas, view.roads)


def _places(view: HotspotView, areas: NDArray[np.object_]) -> NDArray[np.int64]:
    return first_holding(areas, shapely.point_on_surface(view.cells.polygons))


def _check(view: HotspotView) -> None:
    rows = len(view.cells.codes)
    if not rows:
        raise ValueError("a hotspot map needs cells")
    if len(view.cells.polygons) != rows:
        raise ValueError(f"{rows} cells, but a column of another length")
    if len(view.periods) not in (1, 2) or not view.periods[0].layers:
        raise ValueError("a hotspot map needs one period or two, and a layer in the first")
    if view.theme not in THEMES:
        raise ValueError(f"theme {view.theme!r} is none of {', '.join(THEMES)}")
    for period in view.periods:
        _check_period(period, rows)
    for points in view.points:
        _check_points(points)


def _check_period(period: Period, rows: int) -> None:
    columns: list[Sized] = [column for column in (period.visits, period.checks) if column is not None]
    for layer in period.layers:
        columns += [layer.code, *layer.columns().values()]
        columns += [column for frame in layer.frames for column in (frame.code, frame.z)]
        _check_codes(layer)
    if any(len(column) != rows for column in columns):
        raise ValueError(f"{rows} cells, but a column of another length")
    keys = [layer.key for layer in period.layers]
    if len(set(keys)) != len(keys):
        raise ValueError(f"two layers of one key in {period.name!r}")


def _check_codes(layer: Layer) -> None:
    known = sorted(CODES[layer.kind])
    for codes in (layer.code, *(frame.code for frame in layer.frames)):
        if not np.isin(codes, known).all():
            raise ValueError(f"layer {layer.key!r} has a class that {layer.kind} doesn't know")


def _check_points(layer: Points) -> None:
    if layer.role not in ROLES:
        raise ValueError(f"role {layer.role!r} is none of {', '.join(ROLES)}")
    lengths = {len(c) for c in (layer.lon, layer.lat, layer.day, layer.names) if c is not None}
    if len(lengths) != 1:
        raise ValueError(f"layer {layer.label!r} has columns of different length")
    if not np.isfinite(np.concatenate([layer.lon, layer.lat])).all():
        raise ValueError(f"layer {layer.label!r} has a position that isn't a number")
