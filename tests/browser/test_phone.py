"""The phone page in Chromium: 390 × 844, a position, real photos, a server that goes away."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from inspections.field.checks import Check, CheckKind, CheckState
from inspections.field.photos import Photo
from inspections.field.tasks import Task, TaskState, assign
from inspections.registry.accounts import Account, list_sign_ins
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site, SiteState
from tests.browser.officer import (
    add_photos,
    begin,
    drawn_photo,
    finish,
    go_past_facts,
    go_to,
    light,
    sign,
    sign_in,
)
from tests.factories import PASSWORD, make_finding, make_person, make_site

pytestmark = pytest.mark.browser

PLACE = (117.07, 28.69)
HOSTILE = "<img src=x onerror=alert(1)>${alert(1)}"
PHOTOS = ("gps_htc_desire.jpg", "orient6.jpg", "gps_china_iphone8.heic")
SCREENS = ["/m", "/m/nearby", "/m/checks", "/m/outbox", "/m/me", "/m/sites/new", "/account/password"]
THEMES = ["light", "night", "contrast"]


@pytest.fixture(scope="module")
def county(live) -> dict[str, Any]:
    """Two officers, a task at a site across the road, and a site with a name that wants to be a script."""
    with live.session() as session:
        county = live.county
        li = make_person(session, Role.DISPATCHER, county=county, name="李强", login="li")
        wang = make_person(session, Role.ENFORCER, county=county, name="王强", certificate="赣E002")
        zhang = make_person(session, Role.INSPECTOR, county=county, login="zhang", certificate="赣E001")
        site = make_site(session, (PLACE[0] + 0.001, PLACE[1]), county=county, address="青云路 18 号")
        hostile = make_site(session, PLACE, county=county, name=HOSTILE)
        make_finding(session, hostile, text=HOSTILE)
        today = datetime.now(UTC).date() + timedelta(days=1)
        assign(session, li, site, zhang, CheckKind.TIP, today, today=today, reason="群众反映晚间补课")
        return {"site": site.id, "hostile": hostile.id, "zhang": zhang.id, "wang": wang.id}


@pytest.fixture
def phone(chromium, live, county) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        base_url=live.url,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        locale="zh-CN",
        geolocation={"longitude": PLACE[0], "latitude": PLACE[1], "accuracy": 12},
        permissions=["geolocation"],
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext) -> Iterator[Page]:
    page = phone.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    sign_in(page)
    yield page
    assert faults == []


def test_the_task_of_the_day_becomes_a_received_check_with_three_real_photos(
    page: Page, live, county, shared_data: Path
) -> None:
    files = [shared_data / "photos" / name for name in PHOTOS]
    page.get_by_text("群众反映晚间补课").wait_for()
    page.get_by_role("button", name="开始下一项").click()
    page.get_by_label("第二名检查人员").select_option(label="王强 · 赣E002")
    page.get_by_role("button", name="已出示证件").click()
    page.get_by_role("button", name="已告知录音录像").click()
    for _ in range(4):
        page.get_by_role("button", name="下一步").click()
        page.get_by_role("button", name="本组全部符合").click()
    go_past_facts(page)
    add_photos(page, [str(file) for file in files])
    expect(page.get_by_text("HEIC 照片")).to_be_visible()
    page.get_by_role("button", name="下一步").click()
    expect(page.locator(".ring-words")).to_contain_text("A 级 · 精确 ±12 米")
    expect(page.locator(".ring-words")).to_contain_text("东 98 米")
    page.get_by_role("button", name="下一步").click()
    sign(page)
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("都填好了，可以提交。")).to_be_visible()
    page.get_by_role("button", name="提交检查").click()
    light(page, "已收妥")
    check_id = UUID(page.url.rsplit("/", 1)[1])
    with live.session() as session:
        check = session.get_one(Check, (live.county, check_id))
        assert (check.state, check.kind, check.location_grade) == (CheckState.RECEIVED, CheckKind.TIP, "A")
        assert (check.person_id, check.second_person_id) == (county["zhang"], county["wang"])
        assert hashlib.sha256(check.record).hexdigest() == check.record_sha256
        assert len(json.loads(check.record)["answers"]) == 25
        photos = session.scalars(select(Photo).where(Photo.check_id == check_id).order_by(Photo.position)).all()
        hashes = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
        assert [photo.sha256 for photo in photos][:3] == hashes
        assert photos[3].purpose == "signature"
        assert session.scalars(select(Task.state)).one() is TaskState.DONE
    live.work()
    assert page.request.get(f"/api/v1/files/{hashes[2]}/320").headers["content-type"] == "image/jpeg"
    page.locator("#phone-nav").get_by_text("今日").click()
    expect(page.get_by_text("没有待办任务")).to_be_visible()


def test_a_reload_in_the_middle_comes_back_to_the_same_step_with_everything(page: Page, county) -> None:
    begin(page, county["site"])
    go_to(page, "作业管理")
    item = page.locator(".item").nth(1)
    item.locator("input[value=not_compliant]").check()
    item.get_by_label("第 6 项的情况说明").fill("作业超过一小时")
    with page.expect_file_chooser() as chooser:
        item.get_by_role("button", name="拍照").click()
    chooser.value.set_files([drawn_photo(page, "homework")])
    expect(item.locator(".photos img")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("heading", name="作业管理")).to_be_visible()
    item = page.locator(".item").nth(1)
    expect(item.locator("input[value=not_compliant]")).to_be_checked()
    expect(item.get_by_label("第 6 项的情况说明")).to_have_value("作业超过一小时")
    expect(item.locator(".photos img")).to_have_count(1)


def test_a_page_that_dies_while_the_camera_is_open_tells_which_photo_is_lacking(page: Page, county) -> None:
    begin(page, county["hostile"])
    go_to(page, "现场照片")
    with page.expect_file_chooser():
        page.get_by_role("button", name="拍照", exact=True).click()
    page.reload()
    expect(page.get_by_text("那一张没有存下来，请重拍")).to_be_visible()


def test_a_check_finished_without_a_signal_waits_on_the_phone_and_then_goes_by_itself(
    page: Page, phone: BrowserContext, live, county
) -> None:
    check_id = begin(page, county["site"])
    go_to(page, "现场照片")
    photo = drawn_photo(page, "offline")
    phone.set_offline(True)
    add_photos(page, [photo])
    finish(page)
    light(page, "在本机")
    expect(page.get_by_text("有信号后会自动上传")).to_be_visible()
    expect(page.locator("#sync-light")).to_have_text("在本机 1 条")
    phone.set_offline(False)
    light(page, "已收妥")
    with live.session() as session:
        assert session.get_one(Check, (live.county, UUID(check_id))).state is CheckState.RECEIVED


def test_a_whole_check_needs_no_signal_once_the_page_is_open(page: Page, phone: BrowserContext, county) -> None:
    page.get_by_text("未销号的问题").wait_for()
    phone.set_offline(True)
    page.locator("#phone-nav").get_by_text("附近").click()
    page.get_by_placeholder("搜名称、地址").fill("青云路")
    page.get_by_role("link", name="小太阳托管班").click()
    page.locator("#back:not([hidden])").wait_for()
    page.locator("#primary button").click()
    page.get_by_role("heading", name="检查信息").wait_for()
    add = drawn_photo(page, "no signal at all")
    go_to(page, "现场照片")
    add_photos(page, [add])
    finish(page)
    light(page, "在本机")


def test_a_sign_in_that_was_ended_keeps_everything_and_asks(page: Page, live, county) -> None:
    check_id = begin(page, county["site"])
    go_to(page, "现场照片")
    add_photos(page, [drawn_photo(page, "signed out")])
    with live.session() as session:
        person = session.get_one(Person, (live.county, county["zhang"]))
        account = session.get_one(Account, person.account_id)
        now = datetime.now(UTC)
        for device in list_sign_ins(session, account, now):
            device.ended_at = now
    finish(page)
    light(page, "在本机")
    expect(page.get_by_text("登录已过期。内容都在手机上")).to_be_visible()
    page.get_by_role("link", name="重新登录").click()
    page.get_by_label("账号", exact=True).fill("zhang")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    light(page, "已收妥")
    assert page.url.endswith(check_id)


def test_a_suspected_site_found_here_is_reported_and_checked_at_once(page: Page, live) -> None:
    page.locator("#phone-nav").get_by_text("附近").click()
    page.get_by_role("button", name="在此登记疑似点").click()
    page.get_by_label("名称或招牌").fill(HOSTILE)
    page.get_by_label("以什么名义").select_option("小饭桌")
    page.get_by_role("button", name="地下室").click()
    page.get_by_label("地址或怎么找到").fill("幸福小区-3 栋-1 单元-地下室")
    page.get_by_role("button", name="登记并检查").click()
    page.get_by_role("heading", name="检查信息").wait_for()
    add = drawn_photo(page, "cellar")
    go_to(page, "现场照片")
    add_photos(page, [add])
    finish(page)
    light(page, "已收妥")
    with live.session() as session:
        check = session.get_one(Check, (live.county, UUID(page.url.rsplit("/", 1)[1])))
        site = session.get_one(Site, (live.county, check.site_id))
        assert (site.name, site.state, site.premises) == (HOSTILE, SiteState.REPORTED, "basement")
        assert site.place is not None
        assert (round(site.place.lon, 4), round(site.place.lat, 4)) == PLACE


def test_not_compliant_without_a_photo_is_not_let_through_and_says_where(page: Page, county) -> None:
    begin(page, county["site"])
    go_to(page, "学校教育教学")
    page.locator(".item").first.locator("input[value=not_compliant]").check()
    finish(page)
    expect(page.locator("#toasts")).to_contain_text("第 1 项“不符合”还没有写明情况")
    page.get_by_role("button", name="第 1 项“不符合”还没有照片").click()
    expect(page.get_by_role("heading", name="学校教育教学")).to_be_visible()


def test_a_section_marked_at_once_can_be_undone(page: Page, county) -> None:
    begin(page, county["hostile"])
    go_to(page, "课后服务")
    page.get_by_role("button", name="本组不适用").click()
    expect(page.locator("input[value=not_applicable]:checked")).to_have_count(6)
    page.get_by_role("button", name="撤销").click()
    expect(page.locator(".item input:checked")).to_have_count(0)


def test_a_check_that_the_server_refuses_is_mended_and_sent_again(page: Page, live, county) -> None:
    first = begin(page, county["site"])
    go_to(page, "现场照片")
    add_photos(page, [drawn_photo(page, "refused")])
    refusal = {
        "error": "Invalid",
        "message": "有 1 处要改",
        "fields": {"second_person_id": "本县没有这名检查人员"},
    }
    for path in ("checks", "checks/whole"):
        page.route(f"**/api/v1/{path}", lambda route: route.fulfill(status=422, json=refusal), times=1)
    finish(page)
    light(page, "被退回，要改")
    expect(page.get_by_text("本县没有这名检查人员")).to_be_visible()
    page.get_by_role("button", name="改好再交").click()
    expect(page.get_by_role("heading", name="核对并提交")).to_be_visible()
    page.get_by_role("button", name="提交检查").click()
    light(page, "已收妥")
    expect(page.locator(".photos img")).to_have_count(1)
    with live.session() as session:
        assert session.get(Check, (live.county, UUID(first))) is None
    page.goto(f"/m/checks/{first}")
    light(page, "已改好重交")


def test_a_login_page_of_the_network_is_not_taken_for_a_receipt(page: Page, county) -> None:
    begin(page, county["site"])
    portal = "<html>欢迎使用免费 WiFi，请登录</html>"
    page.route("**/api/v1/**", lambda route: route.fulfill(status=200, content_type="text/html", body=portal))
    finish(page)
    light(page, "在本机")
    expect(page.get_by_text("网络要求先登录")).to_be_visible()
    page.unroute("**/api/v1/**")
    page.get_by_role("button", name="现在发送").click()
    light(page, "已收妥")


def test_a_damaged_photo_is_named_with_what_to_do(page: Page, live, county, shared_data: Path) -> None:
    begin(page, county["site"])
    go_to(page, "现场照片")
    add_photos(page, [str(shared_data / "photos" / "truncated.jpg")])
    page.get_by_label("第 1 张照片的说明").fill("门口招牌")
    finish(page)
    light(page, "已收妥")
    live.work()
    expect(page.locator(".notice", has_text="照片 门口招牌")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="补拍：再做一次检查")).to_be_visible()


@pytest.mark.parametrize(
    ("world", "words"),
    [
        ("Object.defineProperty(window, 'isSecureContext', {value: false})", "这个网址不安全，不能做检查"),
        ("Object.defineProperty(window, 'indexedDB', {value: undefined})", "浏览器不让保存数据，不能做检查"),
        (
            "IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError') }",
            "浏览器不让保存数据",
        ),
    ],
)
def test_a_browser_that_can_not_keep_a_check_is_told_why(phone: BrowserContext, county, world, words) -> None:
    page = phone.new_page()
    page.add_init_script(f"if (location.pathname.startsWith('/m')) {world}")
    sign_in(page)
    expect(page.get_by_text(words)).to_be_visible()


def test_leaving_is_refused_while_something_is_unsent(page: Page, phone: BrowserContext, county) -> None:
    begin(page, county["site"])
    add = drawn_photo(page, "unsent")
    phone.set_offline(True)
    go_to(page, "现场照片")
    add_photos(page, [add])
    finish(page)
    light(page, "在本机")
    page.locator("#phone-nav").get_by_text("我的").click()
    expect(page.get_by_text("暂时不能退出")).to_be_visible()
    expect(page.get_by_role("button", name="退出登录")).to_have_count(0)
    phone.set_offline(False)
    expect(page.get_by_role("button", name="退出登录")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/account/sign-in")


def test_the_same_draft_in_two_pages_is_open_in_one(page: Page, phone: BrowserContext, county) -> None:
    begin(page, county["hostile"])
    second = phone.new_page()
    second.goto(page.url)
    expect(second.get_by_text("这份草稿在另一个页面开着")).to_be_visible()


def test_a_place_pressed_on_the_map_becomes_a_new_site_there(page: Page) -> None:
    page.locator("#phone-nav").get_by_text("附近").click()
    page.get_by_role("button", name="地图").click()
    page.locator(".leaflet-container").click(button="right", position={"x": 60, "y": 60})
    expect(page.get_by_text("位置是在地图上点的")).to_be_visible()


def test_a_refused_position_does_not_stand_in_the_way(chromium, live, county) -> None:
    context = chromium.new_context(base_url=live.url, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    sign_in(page)
    begin(page, county["site"])
    go_to(page, "位置")
    page.get_by_role("button", name="地下室").click()
    go_to(page, "现场照片")
    add_photos(page, [drawn_photo(page, "no position")])
    finish(page)
    light(page, "已收妥")
    with live.session() as session:
        check = session.get_one(Check, (live.county, UUID(page.url.rsplit("/", 1)[1])))
        assert (check.no_fix_reason, check.location_grade) == ("地下室", "D")
    context.close()


def each_screen(page: Page, county: dict[str, Any]) -> Iterator[str]:
    """Opens one after the other: every screen, and every step of a check."""
    check_id = begin(page, county["hostile"])
    steps = ("start", "items-1", "photos", "position", "signature", "finish")
    checks = [f"/m/check/{check_id}?step={step}" for step in steps]
    for path in [*SCREENS, f"/m/sites/{county['hostile']}", *checks]:
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        yield path


def test_axe_finds_nothing_on_any_screen_in_any_theme(page: Page, county, complaints) -> None:
    found = {}
    for path in each_screen(page, county):
        for theme in THEMES:
            page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            found[path, theme] = complaints(page)
    assert {where: each for where, each in found.items() if each} == {}


def test_no_screen_needs_sideways_scrolling_on_a_narrow_phone(page: Page, county) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    wide = {}
    for path in each_screen(page, county):
        for type_ in ("normal", "large"):
            page.evaluate("type => document.documentElement.dataset.type = type", type_)
            wide[path, type_] = page.evaluate(OVERHANG)
    assert {where: over for where, over in wide.items() if over > 0} == {}


OVERHANG = """() => Math.max(...[document.documentElement, document.querySelector("main")]
  .map((e) => e.scrollWidth - e.clientWidth))"""


def test_every_target_is_at_least_44_px(page: Page, county) -> None:
    small = {path: page.evaluate(SMALL_TARGETS) for path in each_screen(page, county) if path.startswith("/m")}
    assert {path: each for path, each in small.items() if each} == {}


SMALL_TARGETS = """() => [...document.querySelectorAll("button, a[href], input:not([type=file]), select, summary")]
  .filter((e) => e.checkVisibility() && !e.closest(".skip-link, .leaflet-control"))
  .map((e) => [e.outerHTML.slice(0, 80), Math.round((e.closest("label") ?? e).getBoundingClientRect().height)])
  .filter(([, height]) => height < 44)"""
