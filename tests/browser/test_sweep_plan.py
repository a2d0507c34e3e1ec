"""A dispatcher plans a sweep on the map: draws an area, adds, links, drops, undoes; a second one is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from inspections.registry.areas import AreaLevel
from inspections.registry.people import Person, Role
from inspections.sweeps.sweeps import Sweep, SweepMember
from tests.browser.officer import PLACE
from tests.casefile import make_area
from tests.factories import PASSWORD, make_person, make_site, make_tip

pytestmark = pytest.mark.browser

DESK = {"width": 1440, "height": 900}
NASTY = "<img src=x onerror=alert(1)>班"


@pytest.fixture(scope="module")
def county(live: Any) -> None:
    with live.session() as session:
        code = live.county
        make_person(session, Role.DISPATCHER, county=code, login="li", name="李调度")
        make_person(session, Role.DISPATCHER, county=code, login="wang", name="王调度")
        make_area(session, "青云县", AreaLevel.COUNTY, (117.0, 28.6, 117.2, 28.8), code)
        for n in range(6):
            at = (PLACE[0] + 0.002 * n, PLACE[1] + 0.002 * n)
            known = {"phone": "13800001111"} if n in (0, 1) else {}
            site = make_site(session, at, code, name=NASTY if n == 0 else f"望湖 {n} 号班", **known)
            for day in range(6 - n):
                when = datetime.now(UTC) - timedelta(days=day + 1)
                make_tip(session, county=code, site_id=site.id, received_at=when)


@pytest.fixture
def desk(chromium: Browser, live: Any, county: None) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=live.url, viewport=DESK)
    context.set_default_timeout(20_000)
    yield context
    context.close()


def at_the_desk(context: BrowserContext, login: str, path: str, faults: list[str]) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.goto(f"/account/sign-in?next={path}")
    page.get_by_label("账号", exact=True).fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_selector("html[data-ready]")
    return page


def draw_around_everything(page: Page) -> None:
    page.get_by_role("button", name="在地图上画范围").click()
    box = page.locator("[data-part=map]").bounding_box()
    assert box
    for x, y in ((0.1, 0.15), (0.85, 0.15), (0.85, 0.7), (0.1, 0.7)):  # above what the page says of itself
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.keyboard.press("Enter")


def test_a_sweep_is_planned_on_the_map(desk: BrowserContext, live: Any) -> None:
    faults: list[str] = []
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    page = at_the_desk(desk, "li", "/sweeps/new", faults)
    page.get_by_label("名称", exact=True).fill("周五晚联合行动")
    page.get_by_role("button", name="放学后").click()
    page.get_by_role("button", name="建立行动").click()
    page.wait_for_url("**/plan")

    draw_around_everything(page)
    rows = page.locator("[data-part=candidates] .sweep-row")
    expect(rows).to_have_count(6)
    nasty = rows.filter(has=page.locator(".sweep-name", has_text=NASTY))  # its name is text and nothing else
    expect(nasty).to_contain_text("同一伙人还有 1 处")
    nasty.get_by_role("button", name="加入", exact=True).click()
    expect(page.locator("[data-part=stop-count]")).to_have_text("1")

    page.locator("[data-turns=stops]").click()
    stops = page.locator("[data-part=stops] .sweep-row")
    stops.first.get_by_role("button", name="加入并同时进入").click()
    expect(stops).to_have_count(2)
    expect(stops.nth(1)).to_contain_text("同时进入 A")
    expect(page.locator("[data-part=map] .sweep-pin.is-linked")).to_have_count(2)

    stops.nth(1).get_by_role("button", name="上移").click()
    expect(stops.first).to_contain_text("望湖 1 号班")
    stops.first.get_by_role("button", name="望湖 1 号班").click()
    page.get_by_label("怎么进入").fill("走北门，一人守后门")
    page.get_by_role("button", name="保存").click()
    expect(stops.first).to_contain_text("有进入办法")

    stops.nth(1).get_by_role("button", name="去掉").click()
    page.get_by_role("button", name="已停业或搬走").click()
    expect(stops).to_have_count(1)
    expect(page.locator("[data-part=dropped]")).to_contain_text("已停业或搬走")
    page.get_by_role("button", name="撤销").click()
    expect(stops).to_have_count(2)
    expect(stops.first).to_contain_text("同时进入 A")

    with live.session() as session:
        sweep = session.scalars(select(Sweep)).one()
        planner = session.scalars(select(Person).where(Person.name == "李调度")).one()
        wang = session.scalars(select(Person).where(Person.name == "王调度")).one()
        session.add(SweepMember(county=live.county, sweep_id=sweep.id, person_id=wang.id, added_by_id=planner.id))
        address = f"/sweeps/{sweep.id}/plan"
    other_desk = desk.browser.new_context(base_url=live.url, viewport=DESK)  # type: ignore[union-attr]
    other = at_the_desk(other_desk, "wang", address, faults)
    expect(other.locator("[data-part=stops] .sweep-row")).to_have_count(2)
    stops.nth(1).get_by_role("button", name="去掉").click()
    page.get_by_role("button", name="刚查过").click()
    expect(stops).to_have_count(1)

    other.locator("[data-part=stops] .sweep-row").first.get_by_role("button", name="下移").click()
    told = other.get_by_role("alert")
    expect(told).to_contain_text("李调度")
    expect(told).to_contain_text("刚查过")
    expect(other.locator("[data-part=stops] .sweep-row")).to_have_count(1)
    other_desk.close()

    sites = [each for each in asked if "/sites/" in each and "tiles" not in each]
    assert sites == []  # no address says where the sweep goes
    kept = page.evaluate("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])")
    assert "望湖" not in kept
    assert faults == []
