"""The first screen of the phone stands early: little is asked for before it, and nothing is lacking after it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from inspections.field.checks import CheckKind
from inspections.field.tasks import assign
from inspections.registry.people import Role
from tests.browser.officer import PLACE, sign_in
from tests.factories import make_finding, make_person, make_site

pytestmark = pytest.mark.browser

SCREEN = "() => performance.getEntriesByName('mingcha-screen').length"
# Names of what was asked for before the first screen stood, and who answered
BEFORE = """() => {
  const [{ startTime: stood }] = performance.getEntriesByName("mingcha-screen");
  return performance.getEntriesByType("resource")
    .filter(({ name, startTime }) => name.includes("/static/") && startTime < stood)
    .map(({ name, workerFinalSourceType }) => [name.split("/").slice(5).join("/"), workerFinalSourceType]);
}"""
KEPT = "() => navigator.serviceWorker.controller !== null"  # it takes over when all is there
SHIFTED = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (sum += value)))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 1000);
})"""
# How the sites are kept
REST = """() => new Promise((done) => {
  const opening = indexedDB.open("mingcha-field");
  opening.onsuccess = () => {
    const asked = opening.result.transaction("bundles").objectStore("bundles").getAll();
    asked.onsuccess = () => done(asked.result[0].body.sites);
  };
})"""


@pytest.fixture(scope="module")
def county(live: Any) -> dict[str, Any]:
    with live.session() as session:
        county = live.county
        li = make_person(session, Role.DISPATCHER, county=county, name="李强", login="li")
        zhang = make_person(session, Role.INSPECTOR, county=county, login="zhang", certificate="赣E001")
        site = make_site(session, PLACE, county=county, address="青云路 18 号")
        make_finding(session, site)
        other = make_site(session, (117.08, 28.69), county=county, name="无任务托管班")
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        assign(session, li, site, zhang, CheckKind.TIP, tomorrow, today=tomorrow, reason="群众反映晚间补课")
        return {"site": site.id, "other": other.id}


@pytest.fixture
def phone(chromium: Browser, live: Any, county: dict[str, Any]) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        base_url=live.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="zh-CN"
    )
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext) -> Iterator[Page]:
    """A phone that was visited once and has all it needs, opened anew without a signal."""
    first = phone.new_page()
    sign_in(first)
    first.locator(".greeting").wait_for()
    first.wait_for_function(KEPT)
    first.close()
    phone.set_offline(True)
    page = phone.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/m")
    page.wait_for_function(SCREEN)
    yield page
    assert faults == []


def test_the_first_screen_asks_for_few_files_and_the_cache_itself_gives_them(page: Page) -> None:
    asked = dict(page.evaluate(BEFORE))
    assert {"field/app.js", "field/controllers/today.js", "css/phone-app.css"} <= asked.keys()
    assert not {"field/models/outbox.js", "field/models/delivery.js", "field/controllers/check.js"} & asked.keys()
    assert len(asked) <= 28, sorted(asked)
    assert set(asked.values()) == {"cache"}


def test_when_it_is_said_to_stand_its_tasks_can_be_seen_and_tapped(page: Page) -> None:
    assert page.evaluate("document.querySelector('.greeting').textContent").startswith(("早", "中", "下", "晚"))
    assert page.evaluate("document.querySelector('.rows .row').textContent.includes('群众反映晚间补课')")
    assert page.evaluate("document.querySelector('#primary button').checkVisibility()")
    assert page.evaluate(SHIFTED) == 0


def test_a_tap_as_soon_as_it_stands_opens_the_next_screen(page: Page) -> None:
    page.reload()
    page.evaluate(f"""async () => {{
      while (!({SCREEN})()) await new Promise(requestAnimationFrame);
      document.querySelector("#phone-nav a[href='/m/nearby']").click();
    }}""")
    expect(page.locator(".nearby-list")).to_contain_text("无任务托管班")
    page.locator("#phone-nav").get_by_text("今日").click()
    page.locator(".greeting").wait_for()
    page.locator("#primary button").click()
    expect(page.get_by_role("heading", name="检查信息")).to_be_visible()


def test_sites_without_a_task_are_kept_as_text_and_are_all_there(page: Page, county: dict[str, Any]) -> None:
    kept = page.evaluate(REST)
    assert [row[0] for row in kept["rows"]] == [str(county["site"])]
    assert "无任务托管班" in kept["rest"]
    page.goto(f"/m/sites/{county['other']}")
    expect(page.get_by_role("heading", name="无任务托管班")).to_be_visible()
    page.goto("/m/nearby")
    expect(page.locator(".nearby-list .row")).to_have_count(2)


def test_a_draft_is_offered_by_the_first_screen_without_a_signal(page: Page, county: dict[str, Any]) -> None:
    page.goto(f"/m/sites/{county['other']}")
    page.locator("#primary button").click()
    page.get_by_role("heading", name="检查信息").wait_for()
    page.goto("/m")
    expect(page.locator("#primary")).to_contain_text("继续草稿：无任务托管班")


def test_where_the_rest_does_not_come_the_first_screen_says_so_and_stays(
    chromium: Browser, live: Any, county: dict[str, Any]
) -> None:
    context = chromium.new_context(base_url=live.url, service_workers="block", locale="zh-CN")
    context.route("**/field/outward.js", lambda route: route.abort())
    page = context.new_page()
    sign_in(page)
    expect(page.locator("#toasts")).to_contain_text("页面没有取全")
    expect(page.locator(".greeting, .empty").first).to_be_visible()
    context.unroute("**/field/outward.js")
    page.get_by_role("button", name="再试一次").click()
    expect(page.locator(".row").first).to_contain_text("小太阳托管班")
    expect(page.locator("#toasts")).not_to_contain_text("页面没有取全")
    page.goto("/m/me")
    page.get_by_role("button", name="更新任务和点位").click()
    expect(page.locator("#toasts")).to_contain_text("已是最新")
    context.close()
