"""The app that opens without a signal: Chromium, the real service worker, a server that changes its version."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inspections.field.checks import Check, CheckKind, CheckState
from inspections.field.tasks import assign
from inspections.registry.people import Role
from tests.conftest import ROOT
from tests.factories import PASSWORD, make_finding, make_person, make_site
from webapp.static_files import StaticFiles

pytestmark = pytest.mark.browser

PLACE = (117.07, 28.69)
PORTAL = "<!doctype html><title>登录</title>欢迎使用免费 WiFi，请登录"
VERSION = "element => element.dataset.version"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WECHAT = f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.53(0x1800352e) NetType/4G Language/zh_CN"


@pytest.fixture(scope="module")
def county(live) -> dict[str, Any]:
    with live.session() as session:
        county = live.county
        li = make_person(session, Role.DISPATCHER, county=county, name="李强", login="li")
        zhang = make_person(session, Role.INSPECTOR, county=county, login="zhang", certificate="赣E001")
        make_person(session, Role.INSPECTOR, county=county, name="王强", login="wang", language="en")
        site = make_site(session, PLACE, county=county, address="青云路 18 号")
        make_finding(session, site)
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        assign(session, li, site, zhang, CheckKind.TIP, tomorrow, today=tomorrow, reason="群众反映晚间补课")
        return {"site": site.id}


@pytest.fixture
def phone(chromium, live, county) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        base_url=live.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="zh-CN"
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext) -> Iterator[Page]:
    page = phone.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert faults == []


@pytest.fixture
def new_version(live, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Makes the server one of another version, with a mark in a script; it is itself again afterwards."""
    extensions = live.app.extensions
    before = {name: extensions.get(name) for name in ("static_files", "kept_frames")}

    def change() -> None:
        copy = tmp_path / "static"
        shutil.copytree(ROOT / "static", copy)
        with (copy / "field/controllers/today.js").open("a") as script:
            script.write('\ndocument.documentElement.dataset.mark = "new";\n')
        extensions["static_files"] = StaticFiles(copy)
        extensions.pop("kept_frames", None)

    yield change
    extensions |= before


def sign_in(page: Page, login: str = "zhang", path: str = "/m") -> None:
    page.goto(f"/account/sign-in?next={path}")
    page.get_by_label("账号", exact=True).fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_selector("html[data-ready]")


def visit(page: Page, login: str = "zhang") -> None:
    """The first visit, until all is on the phone."""
    sign_in(page, login)
    page.locator(".greeting").wait_for()
    wait_for_version(page, version(page))


def version(page: Page) -> str:
    return page.locator("[data-version]").evaluate(VERSION)


def wait_for_version(page: Page, wanted: str | None = None, other_than: str | None = None) -> str:
    """Until a version is on the phone, whole: which one."""
    asked = """async () => {
      const said = await (await caches.open("mingcha-state")).match("/newest");
      return navigator.serviceWorker.controller ? ((await said?.text()) ?? "") : "";
    }"""
    for _ in range(200):
        found = page.evaluate(asked)
        if found and (found == wanted if wanted else found != other_than):
            page.wait_for_timeout(500)  # the page is told a moment later
            return found
        page.wait_for_timeout(100)
    raise AssertionError(f"{found} is kept")


def finish_a_check(page: Page, site: UUID) -> str:
    page.goto(f"/m/sites/{site}")
    page.locator("#primary button").click()
    page.get_by_role("heading", name="检查信息").wait_for()
    page.locator(".step-bar").click()
    page.locator("dialog").get_by_role("button", name="核对并提交").click()
    page.get_by_role("button", name="提交检查").click()
    light = page.locator(".big-light strong")
    expect(light).to_have_text("在本机")
    return page.url.rsplit("/", 1)[1]


def test_every_screen_opens_without_a_signal_after_one_visit(page: Page, phone: BrowserContext, county) -> None:
    visit(page)
    page.close()
    phone.set_offline(True)
    screens = {
        "/m": "群众反映晚间补课",
        "/m/nearby": "小太阳托管班",
        "/m/checks": "检查",
        "/m/outbox": "全部收妥",
        "/m/me": "没有信号也能打开",
        "/m/rules": "20:30",
        "/m/problems": "没有要您跟的问题",
        "/m/sites/new": "登记疑似点",
        f"/m/sites/{county['site']}": "青云路 18 号",
    }
    for path, words in screens.items():
        opened = phone.new_page()
        opened.goto(path)
        expect(opened.locator("body")).to_contain_text(words)
        assert opened.evaluate("document.fonts.status") == "loaded"
        opened.close()


def test_from_opening_to_finish_without_a_signal_and_received_later(page, phone, live, county) -> None:
    visit(page)
    page.close()
    phone.set_offline(True)
    opened = phone.new_page()
    opened.goto("/m")
    check_id = finish_a_check(opened, county["site"])
    opened.close()
    again = phone.new_page()
    again.goto(f"/m/checks/{check_id}")
    expect(again.locator(".big-light strong")).to_have_text("在本机")
    phone.set_offline(False)
    expect(again.locator(".big-light strong")).to_have_text("已收妥", timeout=20_000)
    with live.session() as session:
        assert session.get_one(Check, (live.county, UUID(check_id))).state is CheckState.RECEIVED


def test_a_rule_is_looked_up_without_a_signal_by_word_and_at_the_item_it_is_about(
    page: Page, phone: BrowserContext, county, look
) -> None:
    visit(page)
    phone.set_offline(True)
    page.goto("/m/me")
    page.get_by_role("link", name="规则速查").click()
    expect(page.locator("details.rule")).not_to_have_count(0)
    page.get_by_label("搜规则").fill("培训贷")
    expect(page.locator("details.rule")).to_have_count(1)
    page.locator("details.rule summary").click()
    expect(page.locator("details.rule blockquote")).to_be_visible()
    look(page, "rules-found")
    page.get_by_label("搜规则").fill("没有这个词")
    expect(page.get_by_text("没有找到“没有这个词”")).to_be_visible()
    page.get_by_label("搜规则").fill("")
    look(page, "rules-all")
    page.goto(f"/m/sites/{county['site']}")
    page.locator("#primary button").click()
    page.get_by_role("heading", name="检查信息").wait_for()
    page.goto(page.url.split("?")[0] + "?step=items-4")
    evening = page.locator("#zd-17 details.rule")
    evening.locator("summary").click()
    expect(evening.get_by_text("20:30").first).to_be_visible()
    look(page, "rules-at-an-item")


def test_the_map_opens_without_a_signal(page: Page, phone: BrowserContext) -> None:
    visit(page)
    phone.set_offline(True)
    page.goto("/m/nearby")
    page.get_by_role("button", name="地图").click()
    expect(page.locator(".leaflet-container")).to_be_visible()


def test_a_new_version_waits_while_something_is_to_be_sent_and_then_comes(
    page: Page, phone: BrowserContext, county, new_version
) -> None:
    visit(page)
    old = version(page)
    page.route("**/api/v1/checks**", lambda route: route.abort())
    finish_a_check(page, county["site"])
    new_version()
    page.goto("/m/outbox")
    new = wait_for_version(page, other_than=old)
    for path in ("/m", "/m/me"):  # opened anew, and still the version that filled the queue
        page.goto(path)
        expect(page.get_by_text("新版本已就绪，传完后更新")).to_be_visible()
        assert version(page) == old
    page.locator("#phone-nav").get_by_text("检查").click()
    assert page.get_attribute("html", "data-mark") is None
    page.unroute("**/api/v1/checks**")
    page.goto("/m/outbox")
    expect(page.locator("main")).to_contain_text("全部收妥", timeout=20_000)
    page.locator("#phone-nav").get_by_text("今日").click()
    expect(page.locator("html[data-mark=new]")).to_be_attached()
    assert version(page) == new


def test_a_person_can_have_the_new_version_at_once_and_loses_nothing(page, phone, county, new_version) -> None:
    visit(page)
    old = version(page)
    page.route("**/api/v1/checks**", lambda route: route.abort())
    finish_a_check(page, county["site"])
    new_version()
    page.goto("/m")
    wait_for_version(page, other_than=old)
    page.get_by_role("button", name="现在更新").click()
    expect(page.locator("html[data-mark=new]")).to_be_attached()
    expect(page.locator("#sync-light")).to_contain_text("1 条")


def test_a_page_of_the_old_version_goes_on_while_another_has_the_new_one(page, phone, new_version) -> None:
    visit(page)
    old = version(page)
    second = phone.new_page()
    second.goto("/m")
    second.locator(".greeting").wait_for()
    new_version()
    second.reload()
    new = wait_for_version(second, other_than=old)
    second.locator("#phone-nav").get_by_text("我的").click()
    expect(second.locator(f"[data-version='{new}']")).to_be_attached()
    phone.set_offline(True)
    assert page.evaluate("import('/static/' + performance.getEntriesByType('resource').map((e) => e.name)"
                         ".find((name) => name.includes('/field/app.js')).split('/static/')[1]"
                         ".replace('app.js', 'controllers/map.js')).then(() => 'there')") == "there"  # fmt: skip
    kept = "caches.keys().then((names) => names.filter((name) => name.startsWith('mingcha-app-')).length)"
    sweep = "(of) => import(of).then(({ sweep }) => sweep())"
    address = second.evaluate("document.querySelector('link[rel=modulepreload]').href").replace(
        "first-read.js", "versions.js"
    )
    assert second.evaluate(sweep, address) == []
    assert second.evaluate(kept) == 2
    page.close()
    second.wait_for_timeout(500)  # the browser lets go of what the closed page held
    assert second.evaluate(sweep, address) == [f"mingcha-app-{old}"]


def test_an_installation_that_lacks_one_file_is_none_at_all(page: Page, phone: BrowserContext, live) -> None:
    gone = live.app.extensions["static_files"].files.pop("icons/sprite.svg")
    live.app.extensions.pop("kept_frames", None)
    try:
        live.app.extensions["static_files"].files["icons/sprite.svg"] = gone
        with live.app.test_request_context():
            from webapp.field.kept import kept

            kept()
        del live.app.extensions["static_files"].files["icons/sprite.svg"]
        sign_in(page)
        page.locator(".greeting").wait_for()
        there = "navigator.serviceWorker.getRegistration('/m').then((it) => Boolean(it?.installing || it?.active))"
        for _ in range(100):
            if not page.evaluate(there):
                break
            page.wait_for_timeout(100)
        names = page.evaluate("caches.keys()")
        assert [name for name in names if name.startswith("mingcha-app")] == []
    finally:
        live.app.extensions["static_files"].files["icons/sprite.svg"] = gone


def test_the_login_page_of_a_network_is_never_kept_as_ours(page, phone, live, new_version) -> None:
    visit(page)
    old = version(page)
    new_version()
    portal = lambda route: route.fulfill(status=200, content_type="text/html", body=PORTAL)  # noqa: E731
    phone.route("**/*", portal)
    page.goto("/m")
    expect(page.locator(".greeting")).to_be_visible()
    page.evaluate("navigator.serviceWorker.getRegistration('/m').then((it) => it.update().catch(() => {}))")
    texts = """async () => {
      const found = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const key of await cache.keys()) found.push(await (await cache.match(key)).text());
      }
      return found;
    }"""
    assert not [text for text in page.evaluate(texts) if "免费 WiFi" in text]
    assert version(page) == old
    phone.unroute("**/*", portal)


def test_a_post_never_passes_through_the_service_worker(page: Page, phone: BrowserContext) -> None:
    visit(page)
    page.reload()
    seen: list[tuple[str, bool]] = []
    page.on("response", lambda answer: seen.append((answer.request.method, answer.from_service_worker)))
    page.evaluate("fetch('/account/look', { method: 'POST', body: new URLSearchParams({ theme: 'light' }) })")
    page.evaluate("fetch('/api/v1/ping')")
    page.reload()
    page.locator(".greeting").wait_for()
    assert ("POST", False) in seen
    assert ("POST", True) not in seen
    assert ("GET", True) in seen
    kept = """async () => {
      const found = [];
      for (const name of await caches.keys()) found.push(...(await (await caches.open(name)).keys()));
      return found.map(({ url }) => url);
    }"""
    assert not [url for url in page.evaluate(kept) if "/api/" in url]


def test_the_kept_frame_names_nobody_and_shows_nobody_after_signing_out(page: Page, phone: BrowserContext) -> None:
    visit(page)
    frame = page.evaluate("fetch('/m/frame/zh').then((answer) => answer.text())")
    assert "张敏" not in frame
    assert "data-person" not in frame
    page.goto("/m/me")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/account/sign-in")
    phone.set_offline(True)
    page.goto("/m")
    expect(page.get_by_text("还没有人在这台手机上登录")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("小太阳托管班")
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 1


def test_who_signs_in_next_sees_the_own_work_in_the_own_language(page: Page, phone: BrowserContext) -> None:
    visit(page)
    sign_in(page, "wang")
    expect(page.locator(".greeting")).to_contain_text("王强")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    phone.set_offline(True)
    page.reload()
    expect(page.locator(".greeting")).to_contain_text("王强")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("body")).not_to_contain_text("群众反映晚间补课")


def test_another_page_that_signed_out_takes_this_one_along(page: Page, phone: BrowserContext) -> None:
    visit(page)
    second = phone.new_page()
    second.goto("/account/password")
    second.evaluate("fetch('/account/sign-out', { method: 'POST' })")
    page.evaluate("dispatchEvent(new Event('pageshow'))")
    page.wait_for_url("**/account/sign-in*")


def test_where_there_is_no_service_worker_the_page_says_so_and_sends_all_the_same(chromium, live, county) -> None:
    context = chromium.new_context(
        base_url=live.url, user_agent=WECHAT, viewport={"width": 390, "height": 844}, has_touch=True
    )
    context.add_init_script("delete Navigator.prototype.serviceWorker")
    page = context.new_page()
    sign_in(page)
    expect(page.get_by_text("此环境不能离线打开，请用系统浏览器")).to_be_visible()
    page.get_by_role("link", name="怎么做").click()
    expect(page.get_by_text("点右上角的三个点")).to_be_visible()
    check_id = finish_a_check_anyhow(page, county["site"])
    expect(page.locator(".big-light strong")).to_have_text("已收妥", timeout=20_000)
    with live.session() as session:
        assert session.get_one(Check, (live.county, UUID(check_id))).state is CheckState.RECEIVED
    context.close()


def finish_a_check_anyhow(page: Page, site: UUID) -> str:
    page.goto(f"/m/sites/{site}")
    page.locator("#primary button").click()
    page.get_by_role("heading", name="检查信息").wait_for()
    page.locator(".step-bar").click()
    page.locator("dialog").get_by_role("button", name="核对并提交").click()
    page.get_by_role("button", name="提交检查").click()
    page.locator(".big-light").wait_for()
    return page.url.rsplit("/", 1)[1]


def test_the_hint_to_install_is_put_away_for_good(chromium, live, county) -> None:
    safari = f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1"
    context = chromium.new_context(base_url=live.url, user_agent=safari)
    page = context.new_page()
    sign_in(page)
    page.get_by_role("button", name="不再提示").click()
    page.reload()
    page.locator(".greeting").wait_for()
    expect(page.get_by_role("button", name="不再提示")).to_have_count(0)
    page.goto("/m/me")
    expect(page.get_by_text("往下找到“添加到主屏幕”")).to_be_visible()
    context.close()


def test_the_manifest_is_one_that_chromium_would_install(page: Page, phone: BrowserContext) -> None:
    visit(page)
    devtools = phone.new_cdp_session(page)
    faults = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [fault["errorId"] for fault in faults if fault["errorId"] != "in-incognito"] == []
    assert devtools.send("Page.getAppManifest")["errors"] == []
