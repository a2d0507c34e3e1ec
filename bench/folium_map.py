"""The hotspot page against plain Folium markers with the same sites: time to build, and weight."""

from datetime import date
from pathlib import Path

import folium
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from geo.cells import squares
from geo.hotspots import Hotspots, find_hotspots
from geo.maps import InlineAssets
from geo.maps.frames import frames, weeks
from geo.maps.hotspot import HotspotView, hotspot_map
from geo.maps.hotspot_layers import Cells, Circle, Frame, Kind, Layer, Period, Points, Surface, bands

from .result import Result, side_by_side

NAME = "folium_map"
VENDOR = Path(__file__).resolve().parents[1] / "static" / "vendor"
ROLES = [("学校", "school"), ("培训机构", "institution"), ("疑似违规办学点", "suspected")]


def run(full: bool) -> list[Result]:
    return [result for sites in ([10_000, 50_000] if full else [10_000]) for result in compare(sites)]


def compare(sites: int) -> list[Result]:
    view = county(sites)
    page = hotspot_map(view, InlineAssets(VENDOR))
    built: list[str] = []
    times = side_by_side(
        lambda: hotspot_map(view, InlineAssets(VENDOR)), lambda: built.append(plain_markers(view)), runs=3
    )
    events = sum(len(layer.lon) for layer in view.points if layer.day is not None)
    what = f"{sites:,} sites, {events:,} events, {len(view.cells.codes):,} cells, {len(view.frames)} weeks"
    size, peer_size = len(page.encode()) / 1e6, len(built[0].encode()) / 1e6
    note = "ours with Leaflet inside, theirs loads it from public servers"
    peer = "Marker, sites alone"
    return [
        Result(f"build: {what}", *times, "ours ≤ 500 ms at 50,000", peer_name=peer),
        Result(f"page: {what}", size, peer_size, "ours ≤ 1 MB at 50,000", note, "MB", peer),
    ]


def plain_markers(view: HotspotView) -> str:
    map_ = folium.Map(location=[28.7, 117.0], tiles=None)
    for layer in view.points:
        if layer.day is None:
            for lat, lon in zip(layer.lat.tolist(), layer.lon.tolist(), strict=True):
                folium.Marker([lat, lon]).add_to(map_)
    return map_.get_root().render()


def county(sites: int) -> HotspotView:
    """Sixteen townships, 2,000 cells of a kilometre, 5,000 events in 26 weeks."""
    rng = np.random.default_rng(5)
    townships = [(f"第{i + 1}镇", blob(i)) for i in range(16)]
    grid = squares(shapely.union_all([area for _, area in townships]), 1000)
    lon, lat, day = (
        *scatter(rng, 5000),
        np.datetime64("2026-05-01") + rng.integers(0, 182, 5000).astype("m8[D]"),
    )
    found = find_hotspots(grid.totals(lon, lat), grid.neighbours)
    amounts = zip(ROLES, parts(sites), strict=True)
    layers = [Points(label, role, *scatter(rng, n)) for (label, role), n in amounts]
    steps = weeks(date(2026, 5, 1), date(2026, 10, 29))
    timeline = frames(grid, lon, lat, day, steps)
    periods = [
        Period("本期", date(2026, 5, 1), date(2026, 10, 29), every_layer(rng, found, timeline), found.values),
        Period("对比期", date(2025, 11, 1), date(2026, 4, 30), every_layer(rng, found, []), found.values),
    ]
    points = [*layers, Points("线索", "tip", lon, lat, day)]
    return HotspotView("县", "", Cells(grid.codes, grid.polygons), periods, townships, points)


def every_layer(rng: np.random.Generator, found: Hotspots, timeline: list[Frame]) -> list[Layer]:
    """One layer of each kind, over the same cells."""
    many = len(found.level)
    none = np.zeros(many, dtype=np.int8)
    heat = rng.choice(np.array([-1, 0, 1, 8], dtype=np.int8), many)
    rate = rng.gamma(2, 0.2, many)
    surface = Surface(116.8, 28.5, 117.26, 28.9, np.add.outer(np.hanning(200), np.hanning(200)) ** 4)
    return [
        Layer(
            "gi", "Gi*", Kind.SIGNIFICANCE, found.level, z=found.z, q=found.q, value=found.values, frames=timeline
        ),
        Layer("permuted", "Gi*", Kind.SIGNIFICANCE, found.level, z=found.z, q=found.q),
        Layer("effort", "effort", Kind.EFFORT, heat, rate=rate, low=rate * 0.5, high=rate * 2, settle=rate * 10),
        Layer("moran", "Moran", Kind.QUADRANTS, rng.integers(0, 5, many).astype(np.int8), z=found.z, q=found.q),
        Layer("emerging", "emerging", Kind.EMERGING, rng.integers(0, 9, many).astype(np.int8)),
        Layer("kernel", "kernel", Kind.DENSITY, bands(found.values), surface=surface),
        Layer("scan", "scan", Kind.SCAN, none, circles=[Circle(117.0, 28.7, 2000.0, 30.0, 9.0, 3.3, 0.001)]),
    ]


def blob(i: int) -> Polygon:
    """A tenth of a degree, with a boundary of 800 points."""
    x, y = 116.8 + 0.115 * (i % 4), 28.5 + 0.1 * (i // 4)
    return shapely.segmentize(Polygon([(x, y), (x + 0.115, y), (x + 0.115, y + 0.1), (x, y + 0.1)]), 0.0005)


def scatter(rng: np.random.Generator, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    near = rng.normal(rng.uniform([116.85, 28.55], [117.2, 28.85], (40, 2)).repeat(n // 80, axis=0), 0.006)
    spread = rng.uniform([116.8, 28.5], [117.26, 28.9], (n - len(near), 2))
    lon, lat = np.concatenate([near, spread]).T
    return lon, lat


def parts(sites: int) -> list[int]:
    return [sites // 10, sites * 6 // 10, sites - sites // 10 - sites * 6 // 10]
