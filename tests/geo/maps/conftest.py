import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser
from shapely.geometry import LineString, Polygon

from geo.cells import squares
from geo.hotspots import find_hotspots
from geo.maps import InlineAssets
from geo.maps.frames import frames, weeks
from geo.maps.hotspot import HotCells, HotspotView, Points, Target

REPOSITORY = Path(__file__).resolve().parents[3]
FIRST = date(2026, 5, 1)
HOSTILE = [
    "${document.body.append(document.createElement('hr'))}",
    "`${alert(1)}`",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "{{7*7}} {% raw %} {# #}",
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


def county_view(sites=300, tips=240, size_m=1000, names: list[str] | None = None) -> HotspotView:
    """A made-up county with a real hotspot in 南湖镇, a corner that nobody walked, and twelve weeks."""
    rng = np.random.default_rng(7)
    townships = four_townships()
    if names:
        townships = [(names[i], area) for i, (_, area) in enumerate(townships)]
    grid = squares(shapely.union_all([area for _, area in townships]), size_m)
    layers = [events(rng, "线索", "tip", tips), events(rng, "查实问题", "finding", tips // 4)]
    lon, lat = joined(layers, "lon"), joined(layers, "lat")
    centres = shapely.centroid(grid.polygons)
    seen = ~((shapely.get_x(centres) < 117.03) & (shapely.get_y(centres) > 28.77))
    found = find_hotspots(grid.totals(lon, lat), grid.neighbours, seen)
    site_lon, site_lat = rng.uniform([117.0, 28.6], [117.24, 28.8], (sites, 2)).T
    named = [names[i % len(names)] for i in range(sites)] if names else None
    return HotspotView(
        title=names[0] if names else "示范县培训违规热点图",
        subtitle=names[2] if names else "2026年5月1日至7月23日 · 一公里网格",
        cells=HotCells(grid.codes, grid.polygons, found.level, found.z, found.values),
        townships=townships,
        frames=frames(grid, lon, lat, joined(layers, "day"), weeks(FIRST, date(2026, 7, 23))),
        points=[Points("疑似违规办学点", "suspected", site_lon, site_lat, names=named), *layers],
        roads=[LineString([(117.0, 28.65), (117.1, 28.66), (117.24, 28.64)])],
        targets=[Target(names[3] if names else "阳光托管", names or ["近 60 天 4 条线索"], 117.18, 28.65)],
        credit=names[1] if names else "示范数据",
        labels={"about": names[4]} if names else {},
    )


@pytest.fixture(scope="session")
def view() -> HotspotView:
    return county_view()


@pytest.fixture(scope="session")
def make_view():
    return county_view


@pytest.fixture(scope="session")
def hostile() -> list[str]:
    return HOSTILE
