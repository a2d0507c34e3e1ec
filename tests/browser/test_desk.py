"""The desk in Chromium, wide and narrow, on the real server."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.field.checks import Verdict
from inspections.registry.areas import AreaLevel
from inspections.registry.people import Role
from inspections.registry.sites import LicenceState, SiteKind, SiteState
from tests.casefile import (
    HOSTILE,
    make_answer,
    make_area,
    make_check,
    make_finding,
    make_licence,
    make_task,
    make_tip,
)
from tests.factories import PASSWORD, PLACE, make_person, make_site

pytestmark = pytest.mark.browser

CLOSE = f"#map=17/{PLACE[1]:.5f}/{PLACE[0]:.5f}"
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
OpenAs = Callable[[str, str], Page]


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def context(chromium: Browser, size: str) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport=SIZES[size], locale="zh-CN", reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def open_as(context: BrowserContext, live) -> Iterator[OpenAs]:
    """`open_as(login, path)`: a page as that person sees it. A script's error fails the test."""
    errors: list[str] = []

    def open_page(login: str, path: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
        if not context.cookies():
            page.goto(f"{live.url}/account/sign-in")
            page.fill("[name=login]", login)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(lambda url: "/account/sign-in" not in url)
        page.goto(live.url + path)
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    assert errors == []


class County(NamedTuple):
    site: str
    check: str


@pytest.fixture(scope="module")
def county(live) -> County:
    """One site at PLACE with a whole file, others with hostile names beside it, a school and an institution."""
    with live.session() as session:
        make_person(session, Role.DISPATCHER, county=live.county, login="li", name="李调度")
        officer = make_person(session, Role.INSPECTOR, county=live.county, name="张敏")
        make_area(session, "万年县", AreaLevel.COUNTY, (116.9, 28.5, 117.2, 28.9), live.county)
        township = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (116.95, 28.55, 117.15, 28.85), live.county)
        site = make_site(
            session,
            county=live.county,
            licence_state=LicenceState.NONE,
            township_id=township.id,
            address="青云路 18 号",
        )
        make_licence(session, site, holder="万年县启航文化传播有限公司")
        check = _file(session, site, officer)
        for step, name in enumerate(HOSTILE, start=1):
            place = (PLACE[0] + step * 0.0006, PLACE[1] + step * 0.0004)
            make_tip(session, make_site(session, place, live.county, name=name, address=name), text=name)
        make_site(session, (PLACE[0] - 0.001, PLACE[1]), live.county, name="万年县第一小学", kind=SiteKind.SCHOOL,
                  category="primary", state=SiteState.LICENSED)  # fmt: skip
        make_site(session, (PLACE[0] - 0.002, PLACE[1]), live.county, name="星海艺术", kind=SiteKind.INSTITUTION,
                  category="arts", state=SiteState.LICENSED)  # fmt: skip
        make_task(session, site, officer, officer)
        found = County(str(site.id), str(check.id))
    return found


def _file(session: Session, site, officer):
    check = make_check(session, site, officer, photos=2, device_finished_at=datetime.now(UTC) - timedelta(days=2))
    make_answer(session, check, "zd-15", Verdict.NOT_COMPLIANT, "地下室有课桌")
    make_answer(session, check, "zd-16", Verdict.COMPLIANT)
    make_finding(session, site, check)
    make_finding(session, site, state=FindingState.RECTIFYING, due_on=datetime.now(UTC).date() - timedelta(days=3))
    return check


def press_map(page: Page, site_place: tuple[float, float] = PLACE) -> None:
    """Press where a place lies; the map must stand there at zoom 17."""
    box = page.locator("#map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def drawn(page: Page) -> None:
    expect(page.locator("#in-view")).to_contain_text("个点位")
    page.wait_for_timeout(200)


def test_a_site_is_opened_from_the_map_linked_to_and_left_by_the_back_button(
    open_as: OpenAs, county: County
) -> None:
    page = open_as("li", f"/{CLOSE}")
    expect(page.locator("#in-view")).to_contain_text(re.compile(r"[1-9]"))
    press_map(page)
    heading = page.locator("#panel h1")
    expect(heading).to_have_text("小太阳托管班")
    expect(heading).to_be_focused()
    assert f"site={county.site}" in page.url
    page.reload()
    expect(page.locator("#panel h1")).to_have_text("小太阳托管班")
    page.go_back()
    expect(page.locator("#panel")).to_be_hidden()
    assert "site=" not in page.url


def test_escape_closes_the_panel_and_gives_the_map_its_keys_back(open_as: OpenAs, county: County) -> None:
    page = open_as("li", f"/?site={county.site}")
    expect(page.locator("#panel h1")).to_have_text("小太阳托管班")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator("#map")).to_be_focused()
    expect(page.locator("#in-view")).to_contain_text(re.compile(r"[1-9]"))
    page.wait_for_load_state("networkidle")  # Enter opens the site in the middle once it is drawn
    page.keyboard.press("Enter")
    expect(page.locator("#panel h1")).to_be_visible()


def test_the_palette_finds_a_site_and_shows_it_on_the_same_map(open_as: OpenAs, county: County) -> None:
    page = open_as("li", "/")
    drawn(page)
    page.evaluate("window.stays = true")
    page.keyboard.press("/")
    page.keyboard.type("小太阳")
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("小太阳托管班")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h1")).to_have_text("小太阳托管班")
    assert page.evaluate("window.stays")


def test_filters_change_what_is_counted_and_stay_in_the_address(open_as: OpenAs, county: County) -> None:
    page = open_as("li", f"/{CLOSE}")
    expect(page.locator("#in-view")).to_have_text(re.compile("视野内 [67] 个点位"))
    page.locator(".kind-chip", has_text="学校").click()
    expect(page.locator("#in-view")).to_have_text("视野内 1 个点位")
    assert "kind=school" in page.url
    page.reload()
    expect(page.locator("#in-view")).to_have_text("视野内 1 个点位")
    page.locator("#as-list").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).to_contain_text("万年县第一小学")


def test_on_a_phone_the_rows_come_before_the_filters(open_as: OpenAs, county: County, size: str) -> None:
    page = open_as("li", "/sites")
    filters, chips = page.locator("form.filters"), page.locator(".chip-row")
    assert chips.count() > 1
    seen = [chips.first, *([] if size == "phone" else [chips.last, filters])]
    for each in seen:
        expect(each).to_be_visible()
    if size == "phone":
        expect(chips.last).to_be_hidden()
        expect(filters).to_be_hidden()
        page.locator(".fold").click()
        expect(filters).to_be_visible()
        expect(chips.last).to_be_visible()


def test_a_box_drawn_by_hand_lists_what_is_in_it(open_as: OpenAs, county: County, size: str) -> None:
    page = open_as("li", f"/{CLOSE}")
    drawn(page)
    page.locator("#draw-box").click()
    box = page.locator("#map").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 30, y - 30)
    page.mouse.down()
    page.mouse.move(x, y)
    page.mouse.move(x + 30, y + 30)
    page.mouse.up()
    expect(page.locator("#panel h1")).to_have_text("框内 1 个点位")
    page.locator("#panel .row").click()
    expect(page.locator("#panel h1")).to_have_text("小太阳托管班")


def test_a_state_is_changed_and_taken_back_over_the_map(open_as: OpenAs, county: County) -> None:
    page = open_as("li", f"/?site={county.site}")
    page.locator("#panel").get_by_role("link", name="改状态").click()
    page.locator("#panel").get_by_role("button", name="改状态").click()
    page.locator("#panel .choice", has_text="已核实").click()
    page.locator("#panel textarea").fill("现场核实")
    page.locator("#panel").get_by_role("button", name="改状态").click()
    expect(page.locator("#panel .panel-head")).to_contain_text("已核实")
    page.locator("#panel").get_by_role("button", name="撤销").click()
    expect(page.locator("#panel .panel-head")).to_contain_text("待核实")
    page.locator("#panel details.history summary").click()
    expect(page.locator("#panel .history")).to_contain_text("撤销改状态")


def test_a_mistake_in_a_form_is_named_where_it_is(open_as: OpenAs, county: County) -> None:
    page = open_as("li", f"/?site={county.site}")
    page.locator("#panel").get_by_role("link", name="更正").click()
    page.locator("#panel [name=pupils]").fill("很多")
    page.locator("#panel").get_by_role("button", name="保存").click()
    expect(page.locator("#panel .field-error")).to_have_text("请填整数")
    expect(page.locator("#panel [name=pupils]")).to_have_value("很多")


def test_a_new_check_appears_on_an_open_map(open_as: OpenAs, live, county: County, size: str) -> None:
    page = open_as("li", f"/?site={county.site}")
    expect(page.locator("#panel #checks .check-row")).to_have_count(1 if size == "desk" else 2)
    page.wait_for_timeout(2000)
    with live.session() as session:
        from inspections.registry.people import Person
        from inspections.registry.sites import Site

        site = session.query(Site).filter(Site.id == county.site).one()
        officer = session.query(Person).filter(Person.name == "张敏").one()
        make_check(session, site, officer)
    expect(page.locator(".toast")).to_contain_text("刚刚收到一次检查：小太阳托管班")
    expect(page.locator("#panel #checks .check-row")).to_have_count(2 if size == "desk" else 3)
    page.locator(".toast a").click()
    expect(page.locator("#panel h1")).to_contain_text("明察暗访")


def test_what_people_typed_is_never_run(open_as: OpenAs, county: County, live) -> None:
    place = (PLACE[0] + 0.0006, PLACE[1] + 0.0004)
    page = open_as("li", f"/?tips=1#map=17/{place[1]:.5f}/{place[0]:.5f}")
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    drawn(page)
    press_map(page)
    expect(page.locator("#panel h1")).to_have_text(HOSTILE[0])
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("</script>")
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text(HOSTILE[1])
    page.keyboard.press("Escape")
    page.goto(live.url + "/sites")
    for name in HOSTILE:
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


@pytest.mark.parametrize(
    "path",
    ["/", "/sites", "/tips", "/findings", "/checks", "/tasks", "/sites/{site}", "/checks/{check}", "/sites/new"],
)
def test_axe_finds_nothing(open_as: OpenAs, county: County, path: str, complaints) -> None:
    page = open_as("li", path.format(**county._asdict()))
    page.wait_for_timeout(300)
    assert complaints(page) == []


@pytest.mark.parametrize("theme", ["night", "contrast"])
def test_axe_finds_nothing_with_the_panel_and_the_menus_open(
    open_as: OpenAs, county: County, theme: str, complaints
) -> None:
    page = open_as("li", f"/?site={county.site}")
    expect(page.locator("#panel h1")).to_be_visible()
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    page.locator("#panel .history summary").click()
    page.wait_for_timeout(400)
    assert complaints(page) == []


def test_nothing_spills_over_the_side(open_as: OpenAs, county: County, live) -> None:
    page = open_as("li", "/")
    for path in ("/", "/sites", "/findings", f"/sites/{county.site}", f"/checks/{county.check}"):
        page.goto(live.url + path)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, path
