import dataclasses
import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser
from shapely.geometry import LineString, Polygon

from geo.cells import SquareGrid, squares
from geo.hotspots import find_hotspots
from geo.maps import InlineAssets
from geo.maps.frames import frames, weeks
from geo.maps.hotspot import HotspotView
from geo.maps.hotspot_layers import Cells, Circle, Kind, Layer, Period, Points, Surface, Target

REPOSITORY = Path(__file__).resolve().parents[3]
FIRST = date(2026, 5, 1)
HOSTILE = [
    "${document.body.append(document.createElement('hr'))}",
    "`${alert(1)}`",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "{{7*7777}} {% raw %} {# #}",
    "'\"\\u003c\u2028\u2029&amp;",
]


@pytest.fixture(scope="session")
def assets() -> InlineAssets:
    """Leaflet as bin/setup lays it down."""
    vendor = Path(os.environ.get("MINGCHA_VENDOR", REPOSITORY / "static" / "vendor"))
    if not (vendor / "leaflet" / "leaflet.js").is_file():
        pytest.skip(f"no Leaflet in {vendor}: run bin/setup")
    return InlineAssets(vendor)


@pytest.fixture(scope="session")
def browser(chromium: Browser) -> Browser:
    return chromium


def four_townships() -> list[tuple[str, Polygon]]:
    corners = [(117.0, 28.6), (117.12, 28.6), (117.0, 28.7), (117.12, 28.7)]
    shapes = [Polygon([(x, y), (x + 0.12, y), (x + 0.12, y + 0.1), (x, y + 0.1)]) for x, y in corners]
    return list(zip(["东溪镇", "南湖镇", "西岭乡", "北桥街道"], shapes, strict=True))


def events(rng: np.random.Generator, label: str, role: str, n: int, days: int = 84) -> Points:
    """Half of the events everywhere, half near one place in 南湖镇."""
    near = rng.normal([117.18, 28.65], 0.006, (n // 2, 2))
    spread = rng.uniform([117.0, 28.6], [117.24, 28.8], (n - n // 2, 2))
    lon, lat = np.concatenate([near, spread]).T
    day = np.datetime64(FIRST) + rng.integers(0, days, n).astype("timedelta64[D]")
    return Points(label, role, lon, lat, day)


def joined(layers: list[Points], name: str) -> np.ndarray:
    return np.concatenate([getattr(layer, name) for layer in layers])


def county_view(sites=300, tips=240, size_m=1000, names: list[str] | None = None, **changes) -> HotspotView:
    """A made-up county: a real hotspot in 南湖镇, a corner nobody walked, twelve weeks, the quarter before."""
    rng = np.random.default_rng(7)
    townships = four_townships()
    if names:
        townships = [(names[i], area) for i, (_, area) in enumerate(townships)]
    grid = squares(shapely.union_all([area for _, area in townships]), size_m)
    layers = [events(rng, "线索", "tip", tips), events(rng, "查实问题", "finding", tips // 4)]
    site_lon, site_lat = rng.uniform([117.0, 28.6], [117.24, 28.8], (sites, 2)).T
    named = [names[i % len(names)] for i in range(sites)] if names else None
    made = HotspotView(
        title=names[0] if names else "示范县培训违规热点图",
        subtitle=names[2] if names else "2026年5月1日至7月23日 · 一公里网格",
        cells=Cells(grid.codes, grid.polygons),
        periods=[period(rng, grid, layers, names), before(rng, grid, layers)],
        townships=townships,
        points=[Points("疑似违规办学点", "suspected", site_lon, site_lat, names=named), *layers],
        roads=[LineString([(117.0, 28.65), (117.1, 28.66), (117.24, 28.64)])],
        targets=[Target(names[3] if names else "阳光托管", names or ["近 60 天 4 条线索"], 117.18, 28.65)],
        credit=names[1] if names else "示范数据",
        records=names[3] if names else "https://mingcha.example/hotspots/1/cells/",
        sources=[(names[4], names[5])] if names else [("制图", "示范县教育局")],
        labels={"about": names[4]} if names else {},
    )
    return dataclasses.replace(made, **changes)


def period(rng: np.random.Generator, grid: SquareGrid, layers: list[Points], names: list[str] | None) -> Period:
    lon, lat = joined(layers, "lon"), joined(layers, "lat")
    centres = shapely.centroid(grid.polygons)
    seen = ~((shapely.get_x(centres) < 117.03) & (shapely.get_y(centres) > 28.77))
    last = date(2026, 7, 23)
    steps = frames(grid, lon, lat, joined(layers, "day"), weeks(FIRST, last))
    visits = np.where(seen, rng.poisson(2, len(grid)), 0.0)
    answers = [significance(grid, lon, lat, seen, steps, names), *others(rng, grid, lon, lat, seen, visits)]
    return Period("本期 5月1日至7月23日", FIRST, last, answers, visits, rng.poisson(0.4, len(grid)).astype(float))


def before(rng: np.random.Generator, grid: SquareGrid, layers: list[Points]) -> Period:
    lon, lat = rng.normal([117.06, 28.75], 0.008, (200, 2)).T
    everywhere = np.ones(len(grid), dtype=bool)
    visits = rng.poisson(2, len(grid)).astype(float)
    answers = [
        significance(grid, lon, lat, everywhere, [], None),
        *others(rng, grid, lon, lat, everywhere, visits),
    ]
    return Period("对比期 2月1日至4月30日", date(2026, 2, 1), date(2026, 4, 30), answers, visits)


def significance(grid: SquareGrid, lon, lat, seen, steps, names: list[str] | None) -> Layer:
    found = find_hotspots(grid.totals(lon, lat), grid.neighbours, seen)
    return Layer(
        "gi_star",
        names[0] if names else "热点（Gi*）",
        Kind.SIGNIFICANCE,
        found.level,
        names[1] if names else "说的是：这一格连同邻格的件数明显高于全县平均。没说的是：为什么。",
        z=found.z,
        q=found.q,
        value=found.values,
        frames=steps,
        sources=[(names[2], names[3])] if names else [("数据截至", "2026-07-24 08:00"), ("网格", "1000 米")],
        sha256="5e" * 32,
    )


def others(rng: np.random.Generator, grid: SquareGrid, lon, lat, seen, visits) -> list[Layer]:
    totals = grid.totals(lon, lat)
    heat = np.where(visits < 1, 8, np.where(totals > 2, 1, np.where(visits > 4, -1, 0))).astype(np.int8)
    rate = np.where(visits > 0, totals / np.maximum(visits, 1), 0.4)
    quadrants = np.where(totals > 3, 1, np.where(totals > 2, 4, np.where(totals < 1, 0, 2))).astype(np.int8)
    trend = np.where(totals > 1, rng.integers(1, 9, len(grid)), np.where(seen, 0, 9)).astype(np.int8)
    x, y = np.meshgrid(np.linspace(117.0, 117.24, 96), np.linspace(28.8, 28.6, 90))
    pull = np.exp(-((x[..., None] - lon) ** 2 + (y[..., None] - lat) ** 2) / 2 / 0.009**2).sum(axis=2)
    middles = shapely.centroid(grid.polygons)
    column = ((shapely.get_x(middles) - 117.0) / 0.24 * 95).round().astype(int).clip(0, 95)
    row = ((28.8 - shapely.get_y(middles)) / 0.2 * 89).round().astype(int).clip(0, 89)
    surface = Surface(117.0, 28.6, 117.24, 28.8, pull)
    circles = [
        Circle(117.18, 28.65, 1400.0, 26.0, 8.1, 3.7, 0.001, date(2026, 6, 1), date(2026, 6, 20)),
        Circle(117.05, 28.74, 900.0, 5.0, 2.6, 1.9, 0.31),
    ]
    none = np.zeros(len(grid), dtype=np.int8)
    return [
        Layer("effort", "看得够不够", Kind.EFFORT, heat, rate=rate, low=rate * 0.6, high=rate * 1.7,
              settle=np.where(heat == 8, rng.integers(1, 12, len(grid)), np.nan), unit="每次走访查出"),
        Layer("local_moran", "聚集与异常（局部莫兰指数）", Kind.QUADRANTS, quadrants, z=totals - totals.mean()),
        Layer("kernel", "核密度", Kind.DENSITY, surface.bands()[row, column], surface=surface),
        Layer("scan", "扫描统计", Kind.SCAN, none, circles=circles),
        Layer("emerging", "热点的来去", Kind.EMERGING, trend),
    ]  # fmt: skip


@pytest.fixture(scope="session")
def view() -> HotspotView:
    return county_view()


@pytest.fixture(scope="session")
def make_view():
    return county_view


@pytest.fixture(scope="session")
def hostile() -> list[str]:
    return HOSTILE
