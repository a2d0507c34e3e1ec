"""The coverage map: which cells were walked when and in which part of the week, or which schools were
visited.

Give it plain data, get one HTML page. Nothing is fetched: townships and roads are the base map. What nobody
walked is hatched on bare paper and has a word of its own, so that it can't be taken for clean ground,
whatever colours one sees.
"""

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from . import Application, Assets, bare_map, document
from .coverage_labels import COVERAGE_LABELS
from .hotspot_data import label_points, lines, outlines
from .packing import UNIT, pack, pack_points, pack_shapes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SCRIPTS = ["js/decode.js", "js/palette.js", "js/sheet.js", "js/tip.js", "js/coverage_scene.js", "js/coverage.js"]
STYLES = ["css/tokens.css", "css/hotspot.css", "css/coverage.css"]
NEVER, OVERDUE, SOON, WALKED = range(4)
# Where nothing is known: the whole country
NOWHERE = (73.5, 18.0, 135.1, 53.6)
MINUTES_OF_CHINA = 8 * 60
MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True)
class Walks:
    """Walks of all items, one item after the other, newest first: how many each has, then their columns.

    `minute` counts from 1970 in UTC, `band` and `outcome` and `who` are places in the view's lists.
    """

    counts: Sequence[int] | Ints
    minute: Sequence[int] | Ints
    band: Sequence[int] | Ints
    outcome: Sequence[int] | Ints
    who: Sequence[int] | Ints


@dataclass(frozen=True)
class Items:
    """Cells (`polygons`) or places (`lon`, `lat`), row by row; WGS-84.

    `place` and `who` are places in the view's lists. `levels` has a column of NEVER … WALKED and `last` one
    of minutes from 1970 (0: never) for each of the view's bands; `leads` says whose latest walk found
    something.
    """

    ids: Sequence[str]
    names: Sequence[str]
    codes: Sequence[str]
    place: Sequence[int] | Ints
    who: Sequence[int] | Ints
    levels: Sequence[Sequence[int] | Ints]
    last: Sequence[Sequence[int] | Ints]
    leads: Sequence[bool] | NDArray[np.bool_]
    polygons: NDArray[np.object_] | None = None
    lon: Floats | None = None
    lat: Floats | None = None


@dataclass(frozen=True)
class CoverageView:
    """Everything the map shows. `bands` are named, the first is whatever the band; `link` with an item's id
    behind it is the address of its records.
    """

    title: str
    subtitle: str
    items: Items
    walks: Walks
    bands: Sequence[str]
    outcomes: Sequence[str]
    places: Sequence[str]
    people: Sequence[str]
    townships: Sequence[tuple[str, BaseGeometry]]
    zones: Sequence[BaseGeometry] = ()
    roads: Sequence[BaseGeometry] = ()
    link: str = ""
    credit: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


def coverage_map(view: CoverageView, assets: Assets) -> str:
    """The page as HTML. `view.labels` replaces texts of COVERAGE_LABELS by key.

    Raises ValueError for columns of different length.
    """
    _check(view)
    labels = {**COVERAGE_LABELS, **view.labels}
    box = _box(view)
    west, south, east, north = box
    map_ = bare_map(west, south, east, north)
    Application(_data(view, labels, box), SCRIPTS, STYLES, "html/coverage.html").add_to(map_)
    return document(map_, view.title, labels["language"], assets)


def _data(view: CoverageView, labels: Mapping[str, str], box: list[float]) -> dict[str, object]:
    areas = np.array([area for _, area in view.townships], dtype=object)
    return {
        "labels": labels,
        "title": view.title,
        "subtitle": view.subtitle,
        "credit": view.credit,
        "unit": UNIT,
        "box": box,
        "link": view.link,
        "ids": list(view.items.ids),
        "bands": [{"label": label} for label in view.bands],
        "outcomes": list(view.outcomes),
        "places": list(view.places),
        "people": list(view.people),
        "items": _items(view.items),
        "visits": _walks(view.walks),
        "townships": {
            "names": [name for name, _ in view.townships],
            "shapes": outlines(areas),
            "labels": label_points(areas),
        },
        "zones": pack_shapes(np.array(list(view.zones), dtype=object)) if view.zones else None,
        "roads": lines(view.roads),
    }


def _items(items: Items) -> dict[str, object]:
    made: dict[str, object] = {
        "names": list(items.names),
        "codes": list(items.codes),
        "place": pack(np.asarray(items.place)),
        "who": pack(np.asarray(items.who)),
        "levels": [pack(np.asarray(each)) for each in items.levels],
        "last": [pack(_china_days(each)) for each in items.last],
        "leads": pack(np.asarray(items.leads, dtype=np.int64)),
    }
    if items.polygons is not None:
        middles = shapely.point_on_surface(items.polygons)
        made |= {
            "shapes": pack_shapes(items.polygons),
            "middles": pack_points(shapely.get_x(middles), shapely.get_y(middles)),
        }
    elif items.lon is not None and items.lat is not None:
        made["at"] = pack_points(items.lon, items.lat)
    return made


def _china_days(minutes: Sequence[int] | Ints) -> Ints:
    given = np.asarray(minutes, dtype=np.int64)
    return np.where(given > 0, (given + MINUTES_OF_CHINA) // MINUTES_OF_A_DAY, 0)


def _walks(walks: Walks) -> dict[str, object]:
    return {
        "counts": pack(np.asarray(walks.counts)),
        "minute": pack(np.asarray(walks.minute, dtype=np.int64) + MINUTES_OF_CHINA),
        "band": pack(np.asarray(walks.band)),
        "outcome": pack(np.asarray(walks.outcome)),
        "who": pack(np.asarray(walks.who)),
    }


def _box(view: CoverageView) -> list[float]:
    items = view.items
    if items.polygons is not None and len(items.polygons):
        return [float(v) for v in shapely.total_bounds(items.polygons)]
    if view.townships:
        return [float(v) for v in shapely.total_bounds(np.array([a for _, a in view.townships], dtype=object))]
    if items.lon is None or items.lat is None or not len(items.lon):
        return list(NOWHERE)
    sides = (np.min(items.lon), np.min(items.lat), np.max(items.lon), np.max(items.lat))
    return [float(side) for side in sides]


def _check(view: CoverageView) -> None:
    items, walks = view.items, view.walks
    rows = len(items.ids)
    columns: list[Sized] = [
        items.names,
        items.codes,
        items.place,
        items.who,
        items.leads,
        *items.levels,
        *items.last,
        walks.counts,
    ]
    columns += [each for each in (items.polygons, items.lon, items.lat) if each is not None]
    if any(len(column) != rows for column in columns):
        raise ValueError(f"{rows} items, but a column of another length")
    if (items.polygons is None) == (items.lon is None or items.lat is None):
        raise ValueError("items are either cells or places")
    if len(items.levels) != len(view.bands) or len(items.last) != len(view.bands):
        raise ValueError(f"{len(view.bands)} bands, but another number of columns")
    total = int(np.sum(np.asarray(walks.counts, dtype=np.int64)))
    if any(len(column) != total for column in (walks.minute, walks.band, walks.outcome, walks.who)):
        raise ValueError(f"{total} walks, but a column of another length")
