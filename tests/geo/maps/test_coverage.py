import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import box

from geo.maps import content_security_policy
from geo.maps.coverage import NEVER, SCRIPTS, SOON, WALKED, CoverageView, Items, Walks, coverage_map
from geo.maps.coverage_labels import COVERAGE_LABELS

HOSTILE = [
    "</script><script>boom()</script>",
    "${boom()}",
    "{{ boom() }}",
    "`+boom()+`",
    '"><img src=x onerror=boom()>',
]
DAY = 24 * 60
# Leaflet's own script holds the text of an attribution that is switched off
LEAFLET = r"<script>\n/\* @preserve.*?</script>"


@pytest.fixture
def view() -> CoverageView:
    """Three cells, of which one was walked twice, one long ago and one never."""
    polygons = np.array([box(117 + n / 100, 28, 117.01 + n / 100, 28.01) for n in range(3)], dtype=object)
    items = Items(
        ids=["01890a5d-ac96-774b-bcce-b302099a8057"] * 3, names=["甲片", "乙片", ""], codes=["001", "002", "003"],
        place=[0, 0, -1], who=[0, -1, -1],
        levels=[[WALKED, SOON, NEVER], [NEVER, SOON, NEVER]],
        last=[[20_000 * DAY, 19_990 * DAY, 0], [0, 19_990 * DAY, 0]],
        leads=[True, False, False], polygons=polygons,
    )  # fmt: skip
    walks = Walks(counts=[2, 1, 0], minute=[20_000 * DAY, 19_000 * DAY, 19_990 * DAY], band=[1, 0, 1],
                  outcome=[1, 0, 0], who=[0, 0, 0])  # fmt: skip
    return CoverageView(
        title="万年县走访覆盖", subtitle="截至今天", items=items, walks=walks, bands=["不分时段", "周末"],
        outcomes=["clean", "leads"], places=["陈营镇"], people=["王桂英"],
        townships=[("陈营镇", box(116.9, 27.9, 117.2, 28.2))], link="https://x.example/grid/cells/",
    )  # fmt: skip


def island(page: str) -> dict:
    found = re.search(r'<script type="application/json" id="map-data">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found[1])


def test_the_labels_are_those_that_the_page_asks_for():
    folder = Path(coverage_map.__code__.co_filename).parent
    scripts = "".join((folder / name).read_text("utf-8") for name in SCRIPTS)
    asked = set(re.findall(r'\bsay\(\s*"(\w+)"', scripts))
    by_variable = {
        "about",
        "method",
        "map",
        "panel",
        "tools",
        "bands",
        "zoom_in",
        "zoom_out",
        "whole_county",
        "close",
    }
    by_variable |= {f"level_{each}" for each in ("never", "overdue", "soon", "walked")}
    by_variable |= {f"outcome_{each}" for each in ("clean", "leads", "no_access")} | {"language"}
    assert asked | by_variable == set(COVERAGE_LABELS)


def test_the_page_names_no_other_host(view, assets):
    page = coverage_map(dataclasses.replace(view, link=""), assets)
    page = re.sub(LEAFLET, "", page, count=1, flags=re.S)
    assert re.findall(r"""(?:src|href)=["']?https?:""", page) == []


def test_the_policy_lets_its_links_open_and_nothing_else_run(view, assets):
    policy = content_security_policy(coverage_map(view, assets), links=True)
    assert policy.startswith("sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox;")
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_stay_inside_the_data(view, assets, hostile):
    items = dataclasses.replace(view.items, names=[hostile] * 3, codes=[hostile] * 3)
    townships = [(hostile, box(116.9, 27.9, 117.2, 28.2))]
    page = coverage_map(
        dataclasses.replace(view, items=items, places=[hostile], people=[hostile], townships=townships), assets
    )
    assert island(page)["items"]["names"] == [hostile] * 3
    outside = re.sub(r'<script type="application/json" id="map-data">.*?</script>', "", page, flags=re.S)
    assert "boom" not in outside


def test_the_same_data_gives_the_same_bytes(view, assets):
    assert coverage_map(view, assets) == coverage_map(view, assets)


def test_a_county_of_which_nothing_is_known_is_still_a_map(assets):
    empty = Items([], [], [], [], [], [[]], [[]], [], polygons=np.array([], dtype=object))
    view = CoverageView("空", "", empty, Walks([], [], [], [], []), [""], [], [], [], [])
    assert island(coverage_map(view, assets))["box"] == [73.5, 18.0, 135.1, 53.6]


@pytest.mark.parametrize(
    "change",
    [
        {"names": ["甲片"]},
        {"levels": [[0, 0, 0]]},
        {"lon": np.zeros(3), "lat": np.zeros(3)},
        {"polygons": None},
    ],
)
def test_columns_of_another_length_are_refused(view, assets, change):
    with pytest.raises(ValueError, match=r"items|bands"):
        coverage_map(dataclasses.replace(view, items=dataclasses.replace(view.items, **change)), assets)


def test_walks_that_are_too_few_are_refused(view, assets):
    with pytest.raises(ValueError, match="walks"):
        coverage_map(dataclasses.replace(view, walks=dataclasses.replace(view.walks, counts=[2, 1, 3])), assets)
