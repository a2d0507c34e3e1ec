"""The hotspot map in a real browser, as a file from disk and as the server sends it."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, Page, expect

from geo.maps import InlineAssets, LinkedAssets, content_security_policy
from geo.maps.hotspot import hotspot_map

pytestmark = pytest.mark.browser
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
REPOSITORY = Path(__file__).resolve().parents[3]


class Opened:
    """A page, with everything it asked for, said, or tried to pop up."""

    def __init__(self, browser: Browser, size: dict[str, int]) -> None:
        self.page: Page = browser.new_page(viewport=size, reduced_motion="reduce")
        self.requests: list[str] = []
        self.said: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        # reading a canvas back is the test's own doing
        said = self.said
        self.page.on("console", lambda m: None if m.text.startswith("Canvas2D: ") else said.append(m.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))

    def goto(self, url: str) -> Page:
        self.page.goto(url)
        expect(self.page.locator("#title")).not_to_be_empty()
        return self.page


@pytest.fixture
def opened(browser: Browser, request) -> Iterator[Opened]:
    one = Opened(browser, getattr(request, "param", DESK))
    yield one
    one.page.close()


@pytest.fixture(scope="module")
def saved(view, assets, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("saved") / "热点图.html"
    path.write_text(hotspot_map(view, assets), encoding="utf-8")
    return path.as_uri()


INK = """() => { window.inkOf = (within) => {
    const canvas = document.querySelector(`${within} .leaflet-map-pane canvas`);
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i + 3]) sum += 1 + data[i] % 7 + data[i + 2] % 5;
    return sum;
}}"""


def ink(page: Page) -> int:
    """How many pixels of the map's canvas are painted, a fingerprint of what is drawn."""
    page.evaluate(INK)
    return page.evaluate("inkOf('#map')")


def test_it_opens_from_disk_with_no_network_at_all(opened: Opened, saved):
    opened.page.context.set_offline(True)
    page = opened.goto(saved)
    assert opened.requests == [saved]
    assert opened.said == []
    assert ink(page) > 10_000
    expect(page.locator("#ranking [data-cells]").first).to_contain_text("南湖镇")


@pytest.mark.parametrize("linked", [False, True])
def test_it_works_under_the_policy_that_it_is_served_with(opened: Opened, view, assets, tmp_path, linked):
    chosen = LinkedAssets("/vendor") if linked else assets
    html = hotspot_map(view, chosen)
    (tmp_path / "map.html").write_text(html, encoding="utf-8")
    (tmp_path / "vendor").symlink_to(assets.vendor)
    with serving(tmp_path, content_security_policy(html, chosen)) as address:
        page = opened.goto(f"{address}/map.html")
        assert opened.said == []
        assert ink(page) > 10_000
        page.locator("#ranking [data-cells]").first.click()
        expect(page.locator("#said")).to_contain_text("南湖镇")
        assert page.evaluate("window.origin") == "null"
        assert len(opened.requests) == (3 if linked else 1)


def test_a_script_that_is_not_in_the_policy_does_not_run(opened: Opened, view, assets, tmp_path):
    html = hotspot_map(view, assets)
    altered = html.replace("</body>", "<script>document.title = 'owned'</script></body>")
    (tmp_path / "map.html").write_text(altered, encoding="utf-8")
    page = opened.goto((tmp_path / "map.html").as_uri())
    assert page.title() == view.title
    assert any("Content Security Policy" in text for text in opened.said)


def test_names_that_look_like_code_are_shown_as_they_are(
    opened: Opened, make_view, hostile, assets: InlineAssets, tmp_path
):
    path = tmp_path / "map.html"
    path.write_text(hotspot_map(make_view(names=hostile), assets), encoding="utf-8")
    page = opened.goto(path.as_uri())
    assert page.title() == hostile[0]
    assert page.locator("#title").text_content() == hostile[0]
    assert page.locator("#subtitle").text_content() == hostile[2]
    assert page.locator("#credit").text_content() == hostile[1]
    assert page.locator("#about").text_content() == hostile[4]
    assert page.locator("#method").text_content() == hostile[1]
    page.locator("#cite").click()
    assert hostile[3] in page.locator("#cite-facts").text_content()
    assert hostile[5] in page.locator("#cite-text").input_value()
    page.locator("#tab-targets").click()
    assert page.locator("#targets .name").text_content() == hostile[3]
    assert page.locator("#targets .why").text_content() == ";".join(hostile)
    page.locator("#targets .item").click()
    page.locator("#tab-ranking").click()
    assert hostile[1] in page.locator("#ranking [data-cells]").first.text_content()
    shown = hover_everywhere(page)
    assert shown & set(hostile)
    assert opened.dialogs == []
    assert opened.said == []
    assert page.locator("hr, img[src=x]").count() == 0
    assert page.locator("script").count() == len(re.findall("<script", path.read_text("utf-8")))


def hover_everywhere(page: Page) -> set[str]:
    texts = set()
    for x in range(600, 1100, 40):
        for y in range(150, 700, 50):
            page.mouse.move(x, y)
            page.evaluate("() => new Promise(requestAnimationFrame)")
            if page.locator("#tip").is_visible():
                texts.add(page.locator("#tip div").first.text_content())
    return texts


def test_a_ranked_area_leads_to_its_place_and_opens_its_cells(opened: Opened, saved):
    page = opened.goto(saved)
    before = page.evaluate("map.getZoom()")
    area = page.locator("#ranking [data-cells]").first
    expect(page.locator("#ranking [data-cell]").first).to_be_hidden()
    area.click()
    assert page.evaluate("map.getZoom()") > before
    assert page.evaluate("map.getBounds().contains([28.65, 117.18])") is True
    expect(area).to_have_attribute("aria-current", "true")
    expect(area).to_have_attribute("aria-expanded", "true")
    cell = page.locator("#ranking [data-cell]:visible").nth(1)
    cell.click()
    expect(cell).to_have_attribute("aria-current", "true")
    expect(area).not_to_have_attribute("aria-current", "true")


def test_hot_cells_that_touch_are_one_area_and_every_hot_cell_is_in_one(opened: Opened, saved, view):
    page = opened.goto(saved)
    areas = page.locator("#ranking [data-cells]").evaluate_all("all => all.map(one => one.dataset.cells)")
    cells = [[int(cell) for cell in area.split()] for area in areas]
    layer = view.periods[0].layers[0]
    hot = np.flatnonzero((layer.code > 0) & (layer.code < 9))
    assert sorted(cell for area in cells for cell in area) == hot.tolist()
    for i, area in enumerate(cells):
        others = [cell for other in cells[i + 1 :] for cell in other]
        gap = shapely.distance(shapely.union_all(view.cells.polygons[area]), view.cells.polygons[others])
        assert (gap > 1e-6).all()
    assert layer.z[cells[0][0]] == np.nanmax(layer.z)


def test_the_slider_is_worked_by_keys_and_changes_map_and_list(opened: Opened, saved):
    page = opened.goto(saved)
    whole, ranking = ink(page), page.locator("#ranking").text_content()
    expect(page.locator("#when")).to_have_text("全部时段")
    page.locator("#step").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#when")).to_have_text("5月1日至7日")
    assert ink(page) != whole
    assert page.locator("#ranking").text_content() != ranking
    assert "5月1日至7日" in page.locator("#step").get_attribute("aria-valuetext")
    page.keyboard.press("Home")
    expect(page.locator("#when")).to_have_text("全部时段")
    assert ink(page) == whole


def test_play_goes_through_the_weeks_and_stops_when_asked(opened: Opened, saved):
    page = opened.goto(saved)
    page.locator("#play").focus()
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#play")).to_have_attribute("aria-label", "暂停")
    expect(page.locator("#when")).to_have_text("5月15日至21日", timeout=8000)
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "false")


def test_each_layer_can_be_put_away(opened: Opened, saved):
    page = opened.goto(saved)
    boxes = page.locator("#layers input")
    drawn = ink(page)
    for i in range(boxes.count()):
        boxes.nth(i).uncheck()
        fewer = ink(page)
        assert fewer != drawn, page.locator("#layers label").nth(i).text_content()
        drawn = fewer
    expect(page.locator("#layers")).to_contain_text("热点，99% 可信")
    expect(page.locator("#layers")).to_contain_text("没有记录，也没人看过")


@pytest.mark.parametrize("opened", [PHONE], indirect=True)
def test_on_a_phone_the_list_is_a_sheet_that_comes_up(opened: Opened, saved):
    page = opened.goto(saved)
    expect(page.locator("#ranking")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.locator("#grip").click()
    expect(page.locator("#ranking [data-cells]").first).to_be_visible()
    expect(page.locator("#grip")).to_have_attribute("aria-expanded", "true")
    page.locator("#ranking [data-cells]").first.click()
    box = page.locator("#panel").bounding_box()
    y = page.evaluate("map.latLngToContainerPoint([28.65, 117.18]).y")
    assert 0 < y < box["y"] + 120
    page.keyboard.press("Escape")
    expect(page.locator("#ranking")).to_be_hidden()
    assert [b["height"] >= 44 for b in buttons(page)].count(False) == 0


def buttons(page: Page) -> list[dict[str, float]]:
    return [b.bounding_box() for b in page.locator("button:visible").all()]


@pytest.mark.parametrize("opened", [DESK, PHONE], indirect=True)
def test_every_method_changes_the_map_its_legend_and_its_citation(opened: Opened, saved, view):
    page = opened.goto(saved)
    seen, cited = set(), set()
    for layer in view.periods[0].layers:
        page.select_option("#methods", layer.key)
        seen.add(ink(page))
        cited.add(page.locator("#cite-text").input_value())
        assert layer.name in page.locator("#cite-text").input_value()
        assert page.locator("#timeline").is_visible() == bool(layer.frames)
    assert len(seen) == len(cited) == len(view.periods[0].layers)
    assert opened.said == []


def test_effort_and_certainty_are_lenses_on_the_same_answer(opened: Opened, saved):
    page = opened.goto(saved)
    drawn = {ink(page)}
    for lens, words in (("certainty", "误报不到 1%"), ("visits", "没人看过")):
        page.check(f"input[name=lens][value={lens}]", force=True)
        expect(page.locator("#layers")).to_contain_text(words)
        drawn.add(ink(page))
    assert len(drawn) == 3
    expect(page.locator("#ranking [data-cells]").first).to_contain_text("南湖镇")


def test_cells_not_looked_at_enough_say_how_many_visits_settle_them(opened: Opened, saved):
    page = opened.goto(saved)
    page.select_option("#methods", "effort")
    page.locator("#tab-open").click()
    first = page.locator("#open .item").first
    expect(first).to_contain_text("再走访 1 次可定")
    first.click()
    expect(page.locator("#card .settle")).to_contain_text("再走访 1 次可定")


@pytest.mark.parametrize("opened", [DESK, PHONE], indirect=True)
def test_two_periods_stand_side_by_side_move_together_and_show_their_difference(opened: Opened, saved):
    page = opened.goto(saved)
    page.check("input[name=mode][value=both]", force=True)
    expect(page.locator("#map-other")).to_be_visible()
    expect(page.locator("#name-other")).to_contain_text("2月1日")
    maps = [page.locator(f"#{name}").bounding_box() for name in ("map", "map-other")]
    across = "y" if page.viewport_size == PHONE else "x"
    assert maps[0][across] > maps[1][across]
    page.evaluate(INK)
    beside = page.evaluate("inkOf('#map-other')")
    page.locator("#zoom-in").click()
    page.wait_for_function("before => inkOf('#map-other') !== before", arg=beside)
    page.check("input[name=mode][value=change]", force=True)
    expect(page.locator("#layers")).to_contain_text("不再是热点")
    expect(page.locator("#map-other")).to_be_hidden()
    assert opened.said == []


def test_a_cell_leads_to_its_records_at_the_place_that_made_the_map(opened: Opened, saved):
    page = opened.goto(saved)
    page.locator("#ranking [data-cells]").first.click()
    page.locator("#ranking [data-cell]:visible").first.click()
    expect(page.locator("#card")).to_contain_text("检查")
    link = page.locator("#card a")
    assert re.fullmatch(r"https://mingcha\.example/hotspots/1/cells/\d+", link.get_attribute("href"))
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()


@pytest.mark.parametrize("opened", [DESK, PHONE], indirect=True)
def test_axe_finds_nothing(opened: Opened, saved):
    axe = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.exists():
        pytest.skip("no axe-core: run bin/setup")
    page = opened.goto(saved)
    if page.locator("#grip").is_visible():
        page.locator("#grip").click()
    page.evaluate(axe.read_text("utf-8"))
    found = page.evaluate("axe.run()")
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == []


class serving:  # noqa: N801
    """A folder on a local port, each answer with this Content-Security-Policy."""

    def __init__(self, folder: Path, policy: str) -> None:
        class Handler(SimpleHTTPRequestHandler):
            def end_headers(self) -> None:
                self.send_header("Content-Security-Policy", policy)
                super().end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()
