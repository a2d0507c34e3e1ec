"""A dispatcher makes a target list, refuses one site, sends another; the inspector has it on the phone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from inspections.field.tasks import Task
from inspections.registry.areas import AreaLevel
from inspections.registry.people import Role
from inspections.targeting.target_lists.lists import EntryState, TargetEntry
from tests.browser.officer import PHONE, PLACE, sign_in
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
        make_person(session, Role.INSPECTOR, county=code, login="zhang", name="张敏")
        make_area(session, "青云县", AreaLevel.COUNTY, (116.9, 28.5, 117.2, 28.9), code)
        town = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (116.95, 28.55, 117.15, 28.85), code)
        for n in range(8):
            at = (PLACE[0] + 0.004 * n, PLACE[1] + 0.002 * n)
            name = NASTY if n == 0 else f"望湖 {n} 号班"
            site = make_site(session, at, code, name=name, township_id=town.id)
            for day in range(8 - n):
                make_tip(
                    session, county=code, site_id=site.id, received_at=datetime.now(UTC) - timedelta(days=day + 1)
                )


@pytest.fixture
def desk(chromium: Browser, live: Any, county: None) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=live.url, viewport=DESK)
    context.set_default_timeout(20_000)
    yield context
    context.close()


def at_the_desk(context: BrowserContext, faults: list[str]) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.goto("/account/sign-in?next=/targets")
    page.get_by_label("账号", exact=True).fill("li")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_selector("html[data-ready]")
    return page


def test_from_a_new_list_to_the_task_on_the_phone(
    live: Any, chromium: Browser, desk: BrowserContext, look: Any, complaints: Any
) -> None:
    faults: list[str] = []
    page = at_the_desk(desk, faults)
    expect(page.locator("#main")).to_contain_text("还没有暗访名单")
    page.get_by_role("link", name="新名单").first.click()
    page.get_by_label("一共去几处").fill("4")
    page.get_by_role("button", name="生成名单").click()
    page.wait_for_url("**/targets/*-*")
    expect(page.locator(".visit")).to_have_count(4)
    expect(page.locator(".target-pin")).to_have_count(4)
    page.wait_for_selector("html[data-ready]")
    look(page, "targets-list")
    assert complaints(page) == []

    first = page.locator(".visit", has=page.get_by_role("link", name=NASTY))
    first.get_by_role("link", name="否决").click()
    page.get_by_label("理由", exact=True).select_option("another_case")
    page.get_by_role("button", name="否决").click()
    expect(page.locator(".visit-refused")).to_contain_text("其他部门正在办理")
    expect(page.locator(".visit[data-part]")).to_have_count(4)

    page.get_by_role("button", name="固定", exact=True).first.click()
    expect(page.locator(".visit-pin")).to_have_count(1)
    page.get_by_label("点位名称或地址").fill("望湖 7 号班")
    page.keyboard.press("Enter")
    expect(page.locator("#why .visit")).to_have_count(1)

    page.get_by_role("link", name="派任务").first.click()
    name = page.locator("#file-title").inner_text()
    page.get_by_label("承办人").select_option(label="张敏（责任督学）")
    page.get_by_role("button", name="派出").click()
    expect(page.locator("#toasts")).to_contain_text("已派给张敏")
    assert faults == []
    with live.session() as session:
        entry = session.scalars(select(TargetEntry).where(TargetEntry.state == EntryState.TASKED)).one()
        task = session.get_one(Task, (entry.county, entry.task_id))
        assert task.due_on == entry.day

    phone = chromium.new_context(base_url=live.url, **PHONE)
    phone.set_default_timeout(20_000)
    theirs = phone.new_page()
    sign_in(theirs, login="zhang")
    expect(theirs.locator("#main")).to_contain_text(name)
    look(theirs, "targets-phone")
    phone.close()
