"""The map of a sweep: what it says, that nothing typed runs in it, and that keys alone play the night."""

import dataclasses
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from shapely.geometry import box

from geo.maps import content_security_policy
from geo.maps.sweep import SCRIPTS, STATES, Step, StopMark, SweepView, TeamMark, sweep_map
from geo.maps.sweep_labels import SWEEP_LABELS

HOSTILE = ["</script><script>boom()</script>", "${boom()}", "{{ boom() }}", '"><img src=x onerror=boom()>']
START_S = 20 * 3600
RECORD = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.fixture
def view() -> SweepView:
    """Two teams, three stops: one done, one found closed, one that changed hands in the night."""
    stops = [
        StopMark(
            "阳光托管", 117.05, 28.65, 0, 1, "done", "20:10", "owner", [("地址", "解放路")], ["走后门"], RECORD
        ),
        StopMark("文昌辅导", 117.06, 28.66, 1, 1, "closed", "20:10", "owner"),
        StopMark("小博士", 117.07, 28.67, 1, 2, "done", "20:50"),
    ]
    steps = [
        Step(START_S + 60, "20:01", "第1组出发", 0, 0, "under_way", "out"),
        Step(START_S + 600, "20:10", "第1组到达", 0, 0, "arrived", "there"),
        Step(START_S + 660, "20:11", "第2组请求支援", 1, 1, is_loud=True),
        Step(START_S + 1200, "20:20", "关门无人", 1, 1, "closed", "there"),
        Step(START_S + 1500, "20:25", "完成", 0, 0, "done", "there"),
        Step(START_S + 1600, "20:26", "改派第1组", stop=2, owner=0, state="waiting"),
    ]
    teams = [TeamMark("第一组", 117.04, 28.64, 1, [("车辆", "一号车")]), TeamMark("第二组", 117.04, 28.64, 2)]
    return SweepView(
        title="清风行动", subtitle="今晚", teams=teams, stops=stops, area=box(117.0, 28.6, 117.1, 28.7),
        townships=[("陈营镇", box(116.9, 28.5, 117.2, 28.8))], steps=steps, first_s=START_S, last_s=START_S + 3600,
        watermark="保密 · 李敏", records="https://x.example/sites/",
    )  # fmt: skip


@pytest.fixture
def opened(browser: Browser, tmp_path: Path):
    """Opens a page from disk, and tells of anything that went wrong in it."""
    made = []

    def open_page(html: str) -> Page:
        file = tmp_path / "map.html"
        file.write_text(html, "utf-8")
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.wrong = []
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and page.wrong.append(said.text))
        page.goto(file.as_uri())
        made.append(page)
        return page

    yield open_page
    for page in made:
        page.close()


def test_the_labels_are_those_that_the_page_asks_for():
    folder = Path(sweep_map.__code__.co_filename).parent
    scripts = "".join((folder / name).read_text("utf-8") for name in SCRIPTS)
    asked = set(re.findall(r'\bsay\(\s*"(\w+)"', scripts)) | {"play", "pause", "previous", "next", "language"}
    asked |= {f"state_{state}" for state in STATES} | {"tab_teams", "tab_steps", "about", "method", "map", "panel"}
    asked |= {"tools", "timeline", "speed", "zoom_in", "zoom_out", "whole_county", "close"}
    assert asked == set(SWEEP_LABELS)


def test_the_page_names_no_other_host_and_runs_only_its_own_scripts(view, assets):
    page = sweep_map(dataclasses.replace(view, records=""), assets)
    page = re.sub(r"<script>\n/\* @preserve.*?</script>", "", page, count=1, flags=re.S)
    assert re.findall(r"""(?:src|href)=["']?https?:""", page) == []
    assert "default-src 'none'" in content_security_policy(page)


def test_the_same_data_gives_the_same_bytes(view, assets):
    assert sweep_map(view, assets) == sweep_map(view, assets)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stops": [StopMark("x", 117, 28, 7, 1)]},
        {"stops": [StopMark("x", float("nan"), 28, 0, 1)]},
        {"stops": [StopMark("x", 117, 28, 0, 1, "asleep")]},
        {"steps": [Step(9, "", "", stop=12)]},
        {"steps": [Step(9, "", "b"), Step(8, "", "a")]},
        {"steps": [Step(9, "", "", move="sideways")]},
    ],
)
def test_what_makes_no_sense_is_refused(view, assets, wrong):
    with pytest.raises(ValueError):
        sweep_map(dataclasses.replace(view, **wrong), assets)


@pytest.mark.browser
def test_text_that_somebody_typed_stays_text(view, assets, opened):
    bad = "".join(HOSTILE)
    stops = [
        dataclasses.replace(s, name=bad, facts=[(bad, bad)], notes=[bad], link=bad, when=bad) for s in view.stops
    ]
    steps = [dataclasses.replace(step, words=bad, clock=bad) for step in view.steps]
    hostile = dataclasses.replace(
        view, title=bad, subtitle=bad, watermark=bad, stops=stops, steps=steps, records="javascript:boom()//",
        teams=[dataclasses.replace(team, name=bad, facts=[(bad, bad)]) for team in view.teams],
    )  # fmt: skip
    page = opened(sweep_map(hostile, assets))
    page.locator("#tab-teams").click()
    page.locator(".at").first.click()
    assert page.locator("#card-title").text_content() == bad
    assert page.locator("img[src=x]").count() == 0
    assert page.wrong == []


@pytest.mark.browser
def test_the_night_is_played_with_keys_and_each_moment_is_right(view, assets, opened):
    page = opened(sweep_map(view, assets))
    assert page.locator("#when").text_content() == "20:00"
    assert stands(page) == ["1 阳光托管 待前往", "2 文昌辅导 待前往", "2 小博士 待前往"]
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert page.locator("#when").text_content() == "20:20"
    assert stands(page) == ["1 阳光托管 已到达", "2 文昌辅导 关门无人", "2 小博士 待前往"]
    page.keyboard.press("End")
    assert stands(page) == ["1 阳光托管 已完成", "1 小博士 待前往", "2 文昌辅导 关门无人"]
    page.keyboard.press("ArrowLeft")
    assert stands(page) == ["1 阳光托管 已完成", "2 文昌辅导 关门无人", "2 小博士 待前往"]
    page.keyboard.press("Home")
    assert page.locator("#when").text_content() == "20:00"
    page.keyboard.press(" ")
    page.locator(".step-row:not(.later)", has_text="第1组到达").wait_for()
    page.keyboard.press(" ")
    stopped = page.locator("#step").input_value()
    page.wait_for_timeout(200)
    assert page.locator("#step").input_value() == stopped
    assert page.wrong == []


def stands(page: Page) -> list[str]:
    """Each stop under the team that it is with at this moment, and its state."""
    found = """() => [...document.querySelectorAll("#teams .route")].flatMap((route, team) =>
        [...route.querySelectorAll(".at")].map((row) => [row.querySelector(".what").firstChild, row.lastChild]
            .reduce((said, { textContent }) => `${said} ${textContent}`, team + 1)))"""
    return page.evaluate(found)


@pytest.mark.browser
def test_a_stop_names_what_is_entered_with_it_and_links_to_its_file(view, assets, opened):
    page = opened(sweep_map(dataclasses.replace(view, steps=[]), assets))
    assert not page.locator("#timeline").is_visible()
    assert not page.locator("#tab-steps").is_visible()
    page.locator(".at", has_text="阳光托管").first.click()
    said = page.locator("#card-body").inner_text()
    assert "与 文昌辅导 同时进入" in said
    assert "走后门" in said
    assert page.locator("#card-body a").get_attribute("href") == f"https://x.example/sites/{RECORD}"
    page.keyboard.press("Escape")
    assert not page.locator("#card").is_visible()
    assert page.wrong == []


def test_a_sweep_without_stops_has_a_page_too(view, assets):
    assert "清风行动" in sweep_map(dataclasses.replace(view, stops=[], steps=[], teams=[]), assets)
