"""What people type stays text on every screen, on the maps and in every file that leaves the house."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from inspections.field.checks import CheckKind, Verdict
from inspections.field.tasks import assign
from inspections.registry.areas import AreaLevel
from inspections.registry.people import Role
from tests.casefile import make_answer, make_area, make_check, make_finding, make_licence, make_photo, make_tip
from tests.factories import PASSWORD, PLACE, make_person, make_site

pytestmark = pytest.mark.browser

NAMES = [
    "${alert(1)}",
    "`x`",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
    '=HYPERLINK("http://x.test","y")',
    "' or 1=1 --",
    "甲\u202e乙\u200b丙",
    "很长的名字" * 60,
]
LISTS = ("sites", "tips", "findings", "checks", "tasks")


@pytest.fixture(scope="module")
def sites(live) -> list[UUID]:
    """One site for each name, which stands wherever a person may have typed it."""
    code, now = live.county, datetime.now(UTC)
    with live.session() as session:
        make_area(session, NAMES[2], AreaLevel.COUNTY, (116.9, 28.5, 117.2, 28.9), code)
        li = make_person(session, Role.DISPATCHER, county=code, login="li", name=NAMES[3])
        zhang = make_person(
            session, Role.INSPECTOR, county=code, login="zhang", name=NAMES[0], certificate="赣E001"
        )
        made = []
        for step, name in enumerate(NAMES):
            west = 116.95 + step * 0.02
            township = make_area(session, name, AreaLevel.TOWNSHIP, (west, 28.55, west + 0.02, 28.85), code)
            place = (west + 0.01, PLACE[1])
            site = make_site(session, place, code, name=name, address=name, remark=name, township_id=township.id)
            make_licence(session, site, holder=name, scope=name)
            check = make_check(session, site, zhang, summary=name, device_finished_at=now - timedelta(days=1))
            make_photo(session, check, caption=name)
            make_answer(session, check, "zd-01", Verdict.NOT_COMPLIANT, name)
            make_finding(session, site, check, text=name)
            for day in range(4):
                make_tip(session, site, text=name, received_at=now - timedelta(days=day))
            assign(session, li, site, zhang, CheckKind.TIP, date(2099, 1, 1), today=now.date(), reason=name)
            made.append(site.id)
        return made


@pytest.fixture
def context(chromium: Browser, live) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=live.url, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    context.set_default_timeout(15_000)
    yield context
    context.close()


def opened(context: BrowserContext, login: str, path: str, faults: list[str]) -> Page:
    page = context.new_page()
    page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"/account/sign-in?next={path}")
    page.get_by_label("账号", exact=True).fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_selector("html[data-ready]")
    return page


def no_strangers(page: Page) -> None:
    """No element that only a name could have brought in, and no sum that a template would have done."""
    assert page.locator("img[src=x], img[onerror], script:not([src]):not([type])").count() == 0
    assert page.evaluate("document.body.innerText.split(/\\s/).filter((word) => word === '49').length") == 0


def test_names_are_text_on_every_screen_of_the_desk(context: BrowserContext, sites: list[UUID]) -> None:
    faults: list[str] = []
    page = opened(context, "li", "/", faults)
    for name, site in zip(NAMES, sites, strict=True):
        page.goto(f"/?site={site}")
        title = page.locator("#panel h1")
        expect(title).to_be_visible()
        assert title.text_content() == name
        no_strangers(page)
        page.locator("#panel .check-link").click()
        expect(page.locator("#panel .summary")).to_be_visible()
        assert page.locator("#panel .summary").text_content() == name
        no_strangers(page)
    for path in (*(f"/{each}" for each in LISTS), f"/sites/{sites[2]}/task", f"/sites/{sites[3]}/edit"):
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        no_strangers(page)
    assert faults == []


def test_names_are_text_in_the_palette(context: BrowserContext, sites: list[UUID]) -> None:
    faults: list[str] = []
    page = opened(context, "li", "/sites", faults)
    for name in (NAMES[0], NAMES[2], NAMES[3], NAMES[4]):
        page.keyboard.press("/")
        page.locator("#palette input").fill(name)
        option = page.locator("#palette [role=option]", has_text=name).first
        expect(option).to_be_visible()
        no_strangers(page)
        page.keyboard.press("Escape")
        expect(page.locator("#palette")).to_be_hidden()
    assert faults == []


def test_names_are_text_on_the_hotspot_map(context: BrowserContext, live, sites: list[UUID]) -> None:
    faults: list[str] = []
    page = opened(context, "li", "/hotspots", faults)
    start = page.get_by_role("button", name="开始分析")
    if not start.is_visible():  # somebody ordered one before
        page.locator(".hotspots-order > summary").click()
    start.click()
    page.wait_for_url("**/hotspots?run=*")
    live.work()
    page.goto(page.url)
    shown = page.locator(".targets .target-name").all_text_contents()
    assert shown
    assert set(shown) <= set(NAMES)
    no_strangers(page)
    page.goto(page.locator("iframe.hotspots-frame").get_attribute("src") or "")
    page.locator(".leaflet-container").wait_for()
    expect(page.locator("body")).to_contain_text(NAMES[0])
    assert page.locator("img[src=x], img[onerror]").count() == 0
    assert faults == []


def test_names_are_text_on_the_phone(context: BrowserContext, sites: list[UUID]) -> None:
    faults: list[str] = []
    page = opened(context, "zhang", "/m", faults)
    for path in ("/m", "/m/nearby", "/m/checks", "/m/me"):
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        no_strangers(page)
    for name, site in zip(NAMES[:6], sites, strict=False):
        page.goto(f"/m/sites/{site}")
        expect(page.locator("body")).to_contain_text(name)
        no_strangers(page)
    assert faults == []


def test_names_are_text_in_every_exported_cell(context: BrowserContext, sites: list[UUID]) -> None:
    page = opened(context, "li", "/sites", [])
    for name in LISTS:
        with zipfile.ZipFile(io.BytesIO(fetched(page, f"/{name}.xlsx"))) as book:
            sheet = book.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert b"<hyperlink" not in sheet
        text = fetched(page, f"/{name}.csv").decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@")) and not _is_number(cell)] == []


def fetched(page: Page, path: str) -> bytes:
    read = "async (path) => [...new Uint8Array(await (await fetch(path)).arrayBuffer())]"
    return bytes(page.evaluate(read, path))


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()
