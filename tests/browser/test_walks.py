"""A grid worker without a signal: a clean cell, a class in the basement of the next, a page that dies twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from inspections.canvass.visits import CanvassVisit
from inspections.days import day_of
from inspections.field.checks import Check, CheckKind, CheckState, Standing
from inspections.intake.clues import Clue
from inspections.intake.tips import Tip
from inspections.registry.people import Role
from inspections.registry.sites import Premises, Site
from inspections.registry.time_bands import band_at
from inspections.rules.calendar import read_calendar
from tests.browser.officer import PHONE, PLACE, sign_in, until, wait_until_kept
from tests.factories import make_person, make_site
from tests.walks import make_square, start_campaign

pytestmark = pytest.mark.browser

PHOTOS = ("gps_htc_desire.jpg", "orient6.jpg")
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def county(live: Any) -> None:
    with live.session() as session:
        code = live.county
        li = make_person(session, Role.DISPATCHER, county=code, login="li", name="李调度")
        wang = make_person(session, Role.GRID_WORKER, county=code, login="wang", name="王强")
        make_person(session, Role.VOLUNTEER, county=code, login="zhou", name="周静")
        make_site(session, PLACE, county=code, name="关了的小饭桌", state="closed")
        here = make_square(session, PLACE, code, code="001", name="阳光小区", worker_id=wang.id)
        next_one = (PLACE[0] + 0.0042, PLACE[1])
        beside = make_square(session, next_one, code, code="002", name="青云小区", worker_id=wang.id)
        today = day_of(datetime.now(UTC))
        days = {"starts_on": today, "ends_on": today + timedelta(days=3)}
        now = band_at(read_calendar(session, li), datetime.now(UTC))
        start_campaign(session, li, here, beside, assignee=wang, bands=[now.value], **days)


@pytest.fixture
def phone(chromium: Browser, live: Any, county: None) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=live.url, **PHONE)
    context.set_default_timeout(20_000)
    yield context
    context.close()


def opened(phone: BrowserContext, faults: list[str]) -> Page:
    page = phone.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/m")
    page.locator(".greeting").wait_for()
    return page


def walked(page: Page) -> None:
    """Nothing seen; a walk of seconds is asked about once."""
    page.get_by_role("button", name="未见异常").click()
    expect(page.locator("#toasts")).to_contain_text("不到一分钟")
    page.get_by_role("button", name="未见异常").click()
    expect(page.locator(".big-light strong")).to_have_text("在本机")


def test_a_grid_worker_walks_offline_finds_a_class_in_a_basement_and_loses_nothing(
    live: Any, chromium: Browser, phone: BrowserContext, shared_data: Path, look: Any, complaints: Any
) -> None:
    faults: list[str] = []
    first = phone.new_page()
    sign_in(first, login="wang")
    expect(first.locator(".greeting")).to_contain_text("2 个网格要走")
    wait_until_kept(first)
    first.close()
    phone.set_offline(True)

    page = opened(phone, faults)
    expect(page.locator(".rows .row").first).to_contain_text("阳光小区")
    look(page, "walk-today")
    page.locator("#primary button").click()
    expect(page.locator(".fix")).to_contain_text("在网格内")
    page.get_by_label("备注").fill("三栋楼都走了")
    until(page, "() => document.querySelector('.phone-main').textContent.includes('记下 1 个位置')")
    look(page, "walk-visit")
    assert complaints(page) == []
    page.close()  # iOS throws the page away

    page = opened(phone, faults)
    page.get_by_role("link", name="继续走访：阳光小区").click()
    expect(page.get_by_label("备注")).to_have_value("三栋楼都走了")
    walked(page)

    phone.set_geolocation({"longitude": PLACE[0] + 0.0042, "latitude": PLACE[1], "accuracy": 9})
    page.get_by_role("button", name="下一个网格：青云小区").click()
    page.get_by_role("link", name="发现线索，登记疑似点").click()
    page.get_by_label("名称或招牌").fill("3 栋地下室补课")
    page.get_by_label("以什么名义").select_option("one_to_one")
    page.get_by_role("button", name="地下室").click()
    page.get_by_label("楼栋").fill("3 栋")
    page.get_by_label("室", exact=True).fill("-102")
    page.locator(".more-fields summary").click()
    page.get_by_label("广告上的电话").fill("0793-6221001")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="相册", exact=True).click()
    chooser.value.set_files([shared_data / "photos" / name for name in PHOTOS])
    expect(page.locator(".photos > li")).to_have_count(2)
    look(page, "walk-lead")
    assert complaints(page) == []
    page.close()

    page = opened(phone, faults)
    page.get_by_role("link", name="继续草稿：3 栋地下室补课").click()
    expect(page.locator(".photos > li")).to_have_count(2)
    page.get_by_role("button", name="存为线索").click()
    expect(page.get_by_role("button", name="结束走访（1 条线索）")).to_be_visible()
    look(page, "walk-with-lead")
    page.get_by_role("button", name="结束走访").click()
    expect(page.locator(".big-light strong")).to_have_text("在本机")
    page.goto("/m")
    expect(page.locator(".greeting")).not_to_contain_text("个网格要走")

    phone.set_offline(False)
    page.goto("/m/checks")
    rows = page.locator(".rows .row")
    expect(rows).to_have_count(4)
    expect(rows.filter(has_text="已收妥")).to_have_count(4, timeout=30_000)
    look(page, "walk-received")
    assert faults == []
    desk_has_it(live, chromium, look)


def desk_has_it(live: Any, chromium: Browser, look: Any) -> None:
    with live.session() as session:
        clean, found = session.scalars(select(CanvassVisit).order_by(CanvassVisit.device_sequence))
        assert (clean.outcome.value, clean.note, clean.fence.value) == ("clean", "三栋楼都走了", "inside")
        assert (found.outcome.value, found.fence.value, len(found.lead_ids)) == ("leads", "inside", 1)
        check = session.get_one(Check, (live.county, found.lead_ids[0]))
        assert (check.kind, check.standing, check.state) == (CheckKind.CANVASS, Standing.LEAD, CheckState.RECEIVED)
        site = session.get_one(Site, (live.county, check.site_id))
        assert (site.premises, site.building, site.room) == (Premises.BASEMENT, "3 栋", "-102")
        assert session.scalars(select(Clue.value).where(Clue.site_id == site.id)).all() == ["07936221001"]
    desk = chromium.new_context(base_url=live.url, viewport=DESK, locale="zh-CN").new_page()
    sign_in(desk, "/canvass/visits", "li")
    expect(desk.locator("tbody tr")).to_have_count(2)
    desk.get_by_role("link", name="青云小区").click()
    expect(desk.locator("main")).to_contain_text("3 栋地下室补课")
    expect(desk.locator(".photos img")).to_have_count(2)
    desk.goto(desk.url.split("?")[0])
    look(desk, "walk-desk")
    desk.context.close()


def test_a_volunteer_tells_without_a_signal_and_reads_that_it_has_come(
    live: Any, phone: BrowserContext, look: Any, complaints: Any
) -> None:
    page = phone.new_page()
    sign_in(page, login="zhou")
    page.locator(".greeting").wait_for()
    wait_until_kept(page)
    phone.set_offline(True)
    page.get_by_role("link", name="反映线索").click()
    page.get_by_label("看到或听到了什么").fill("青云小区三楼晚上有人补数学")
    page.get_by_role("button", name="我就在那里").click()
    expect(page.locator(".fix")).to_contain_text("已记下位置")
    assert complaints(page) == []
    page.reload()
    expect(page.get_by_label("看到或听到了什么")).to_have_value("青云小区三楼晚上有人补数学")
    page.get_by_role("button", name="交上去").click()
    expect(page.locator(".rows .row")).to_contain_text("在本机")
    phone.set_offline(False)
    page.reload()
    expect(page.locator(".rows .row")).to_contain_text("待研判", timeout=30_000)
    look(page, "walk-tips")
    with live.session() as session:
        [tip] = session.scalars(select(Tip).where(Tip.county == live.county))
        assert (tip.channel.value, tip.text) == ("volunteer", "青云小区三楼晚上有人补数学")
