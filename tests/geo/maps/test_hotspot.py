import base64
import dataclasses
import hashlib
import json
import re
from datetime import date
from pathlib import Path

import folium
import numpy as np
import pytest
import shapely

from geo.cells import squares
from geo.hotspots import find_hotspots
from geo.maps import InlineAssets, LinkedAssets, LocalMap, content_security_policy, json_island
from geo.maps.hotspot import SCRIPTS, HotspotView, hotspot_map
from geo.maps.hotspot_layers import CODES, Cells, Kind, Layer, Period, Points
from geo.maps.labels import HOTSPOT_LABELS

ISLAND = r'<script type="application/json" id="map-data">(.*?)</script>'
LEAFLET = r"<script>\n/\* @preserve.*?</script>"


def island(page: str) -> dict:
    return json.loads(re.search(ISLAND, page, re.S)[1])


def test_the_page_names_no_other_host(view, assets):
    for page in (hotspot_map(view, assets), hotspot_map(view, LinkedAssets("/static/vendor"))):
        # Leaflet's own script holds the text of an attribution that is switched off
        page = re.sub(LEAFLET, "", page, count=1, flags=re.S)
        assert not re.search(r"""(src|href)\s*=\s*["']?\s*(https?:)?//""", page)
        assert not re.search(r"url\(\s*[\"']?(?!data:)", page)
        assert "@import" not in page
        assert "sourceMappingURL" not in page
        assert set(re.findall(r"https?://[^\s\"'<>)]+", page)) <= {
            "http://www.w3.org/2000/svg",
            view.records,
        }


def test_the_map_is_foliums_and_foliums_own_links_stay_as_they_were(view, assets):
    before = list(folium.Map.default_js), list(folium.Map.default_css)
    assert isinstance(LocalMap(), folium.Map)
    hotspot_map(view, assets)
    assert (folium.Map.default_js, folium.Map.default_css) == before
    assert any("leaflet" in name for name, _ in before[0])


def test_linked_assets_point_to_our_own_address(view):
    page = hotspot_map(view, LinkedAssets("/static/vendor/"))
    assert '<script src="/static/vendor/leaflet/leaflet.js"></script>' in page
    assert '<link rel="stylesheet" href="/static/vendor/leaflet/leaflet.css">' in page
    assert "script-src 'self' 'sha256-" in content_security_policy(page, LinkedAssets("/static/vendor"))


def test_missing_leaflet_is_named(view, tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="run bin/setup"):
        hotspot_map(view, InlineAssets(tmp_path))


def test_the_same_data_gives_the_same_bytes(make_view, assets):
    assert hotspot_map(make_view(), assets) == hotspot_map(make_view(), assets)


def test_the_policy_names_every_inline_script_and_style(view, assets):
    page = hotspot_map(view, assets)
    policy = content_security_policy(page)
    code = re.findall(r"<(script|style)>(.*?)</\1>", page, re.S)
    assert len(code) == 4
    for _, text in code:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert policy.startswith("sandbox allow-scripts; default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    inner = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', page)[1]
    assert page.index("Content-Security-Policy") < page.index("<script")
    assert set(inner.split("; ")) < set(policy.split("; "))
    assert "sandbox" not in inner


def test_hostile_names_stay_inside_the_data(make_view, hostile, assets):
    page = hotspot_map(make_view(names=hostile), assets)
    data = island(page)
    assert data["townships"]["names"] == hostile[:4]
    assert set(data["points"][0]["names"]) == set(hostile)
    assert data["targets"][0] == {"name": hostile[3], "reasons": hostile, "at": [117.18, 28.65]}
    outside = re.sub(f"{ISLAND}|{LEAFLET}|<title>.*?</title>", "", page, flags=re.S)
    for part in ("alert(", "onerror", "7*7", "54439", "document.body.append"):
        assert part not in outside
    assert "<title>${document.body.append(document.createElement(&#x27;hr&#x27;))}</title>" in page


def test_the_island_has_no_sign_that_could_end_it():
    text = json_island({"a": "</script><!--&\u2028\u2029"})
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {"a": "</script><!--&\u2028\u2029"}
    with pytest.raises(ValueError, match="JSON"):
        json_island({"a": float("nan")})


def test_labels_can_be_replaced_by_a_translation(view, assets):
    page = hotspot_map(dataclasses.replace(view, labels={"language": "en", "play": "Play"}), assets)
    assert '<html lang="en">' in page
    assert island(page)["labels"]["play"] == "Play"
    assert island(page)["labels"]["pause"] == HOTSPOT_LABELS["pause"]


def test_the_labels_are_those_that_the_page_asks_for():
    folder = Path(hotspot_map.__code__.co_filename).parent
    scripts = "".join((folder / name).read_text("utf-8") for name in SCRIPTS)
    asked = set(re.findall(r'\bsay\(\s*"(\w+)"', scripts))
    # asked for by a name that is put together: classes, lenses, modes, notes, and what names the page's parts
    put_together = re.compile(
        r"(significance|quadrants|effort|emerging|density|scan|change|visits|q|interval|short_\w+|lens|mode|legend_note)_"
    )
    named = set(re.findall(r'"([a-z_]+)"', scripts)) | set(re.findall(r"\b([a-z_]+): \"", scripts)) | {"language"}
    unused = {key for key in HOTSPOT_LABELS if key not in asked | named and not put_together.match(key)}
    assert asked - set(HOTSPOT_LABELS) == set()
    assert unused == set()
    classes = {f"{kind}_{code}" for kind, codes in CODES.items() for code in map(int, codes)}
    assert classes <= set(HOTSPOT_LABELS)


def test_cells_know_their_township_and_events_their_cell(view, assets):
    data = island(hotspot_map(view, assets))
    assert len(data["cells"]["codes"]) == len(view.cells.codes)
    assert {"day", "cell"} <= set(data["points"][1])
    assert "cell" not in data["points"][0]


def test_fifty_thousand_sites_stay_under_a_megabyte(make_view, assets):
    view = make_view(sites=50_000, tips=4_000, size_m=500)
    assert len(view.cells.codes) > 2_000
    assert len(hotspot_map(view, assets).encode()) < 1_000_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cells": Cells([], np.array([]))}, "needs cells"),
        ({"points": [Points("x", "dragon", np.zeros(1), np.zeros(1))]}, "role 'dragon'"),
        ({"points": [Points("x", "tip", np.zeros(1), np.zeros(2))]}, "different length"),
        ({"points": [Points("x", "tip", np.array([np.nan]), np.zeros(1))]}, "isn't a number"),
    ],
)
def test_data_that_makes_no_map_is_refused(view, assets, change, message):
    with pytest.raises(ValueError, match=message):
        hotspot_map(dataclasses.replace(view, **change), assets)


def test_a_column_of_another_length_is_refused(view, assets):
    layer = view.periods[0].layers[0]
    short = dataclasses.replace(view.periods[0], layers=[dataclasses.replace(layer, z=layer.z[:-1])])
    with pytest.raises(ValueError, match="another length"):
        hotspot_map(dataclasses.replace(view, periods=[short]), assets)


def test_a_county_with_nothing_but_cells_is_still_a_map(view, assets):
    unknown = np.full(len(view.cells.codes), np.nan)
    layer = Layer("gi", "热点", Kind.SIGNIFICANCE, np.zeros(len(unknown), dtype=np.int8), z=unknown)
    bare = HotspotView("空", "", view.cells, [Period("", date(2026, 1, 1), date(2026, 1, 2), [layer])], [])
    assert island(hotspot_map(bare, assets))["points"] == []


@pytest.mark.shared
def test_a_year_of_real_robberies_shows_its_hotspots(shared_data: Path, assets):
    features = json.loads((shared_data / "stats" / "memphis_robberies_2019.geojson").read_text("utf-8"))[
        "features"
    ]
    lon, lat = np.array([f["geometry"]["coordinates"] for f in features]).T
    day = np.array([f["properties"]["date"][:10] for f in features], dtype="datetime64[D]")
    outline = shapely.convex_hull(shapely.multipoints(np.column_stack([lon, lat]))).buffer(0.01)
    grid = squares(outline, 1000)
    counts = grid.totals(lon, lat)
    assert counts.sum() == len(features) == 2245
    found = find_hotspots(counts, grid.neighbours)
    view = HotspotView(
        "Memphis 2019",
        "",
        Cells(grid.codes, grid.polygons),
        [
            Period(
                "2019",
                date(2019, 1, 1),
                date(2019, 12, 31),
                [Layer("gi", "Gi*", Kind.SIGNIFICANCE, found.level, z=found.z, value=counts)],
            )
        ],
        [("Memphis", outline)],
        points=[Points("robbery", "tip", lon, lat, day)],
    )
    data = island(hotspot_map(view, assets))
    assert np.count_nonzero(found.level == 3) > 20
    assert len(data["points"][0]["day"]) > 0
    assert day.min().astype(date) == date(2019, 1, 1)


@pytest.mark.parametrize("theme", ["light", "night", "contrast"])
def test_the_maps_tokens_are_those_of_the_desk(theme):
    own = tokens(Path(hotspot_map.__code__.co_filename).parent / "css" / "tokens.css", theme)
    shared = tokens(Path(__file__).resolve().parents[3] / "static" / "css" / "tokens.css", theme)
    assert own
    assert own.items() <= shared.items()


def tokens(path: Path, theme: str) -> dict[str, str]:
    """Each custom property of a theme; the light theme's stand first of all."""
    css = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.S)
    blocks = re.findall(r"([^{}]+)\{([^{}]*)\}", css)
    bare = [body for head, body in blocks if head.strip() == ":root" and theme == "light"]
    named = [body for head, body in blocks if f'[data-theme="{theme}"]' in head]
    return {name: value for body in bare + named for name, value in re.findall(r"(--[\w-]+):\s*([^;]+);", body)}
