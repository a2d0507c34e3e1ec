"""Two phones, one site, no signal: what only one changed is merged, what both changed waits for a person."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from inspections.registry.people import Role
from inspections.registry.sites import Site
from tests.browser.officer import sign_in
from tests.factories import PLACE, make_person, make_site

pytestmark = pytest.mark.browser

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def site_id(live) -> Any:
    with live.session() as session:
        make_person(session, Role.INSPECTOR, county=live.county, login="zhang", name="张敏")
        make_person(session, Role.GRID_WORKER, county=live.county, login="wang", name="王强")
        make_person(session, Role.DISPATCHER, county=live.county, login="li", name="李调度")
        return make_site(session, PLACE, live.county, address="青云路 18 号", person_in_charge="陈").id


@pytest.fixture
def open_page(live, chromium: Browser) -> Any:
    contexts: list[BrowserContext] = []

    def make(size: dict[str, int]) -> Page:
        contexts.append(chromium.new_context(base_url=live.url, viewport=size, locale="zh-CN"))
        return contexts[-1].new_page()

    yield make
    for context in contexts:
        context.close()


def correct(page: Page, site_id: Any, **values: str) -> None:
    """Correct a site with no signal; it stays on the phone."""
    page.context.set_offline(True)
    page.get_by_role("link", name="更正", exact=True).click()
    page.get_by_role("heading", name="更正点位").wait_for()
    for label, value in values.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="保存更正").click()
    page.get_by_text("更正还在手机上").wait_for()


def test_what_two_phones_corrected_is_merged_and_a_person_decides_the_rest(
    live, site_id, open_page: Callable[..., Page], complaints
) -> None:
    phones = {}
    for login in ("zhang", "wang"):
        page = phones[login] = open_page(PHONE)
        sign_in(page, login=login)
        page.locator(".greeting").wait_for()
        page.goto(f"/m/sites/{site_id}")
        page.get_by_role("link", name="更正", exact=True).wait_for()
    correct(phones["zhang"], site_id, 负责人="刘芳", 地址="青云路 20 号")
    correct(phones["wang"], site_id, 负责人="周倩")
    phones["wang"].get_by_role("link", name="更正", exact=True).click()
    expect(phones["wang"].get_by_label("负责人", exact=True)).to_have_value("周倩")
    assert complaints(phones["wang"]) == []
    for page in phones.values():
        page.context.set_offline(False)
        page.goto("/m/checks")
        expect(page.locator(".rows .row").filter(has_text="更正点位")).to_contain_text("收妥")
    phones["wang"].locator(".rows .row").filter(has_text="更正点位").click()
    phones["wang"].get_by_text("两个都已保留").wait_for()
    desk = open_page(DESK)
    sign_in(desk, "/conflicts?open=1", "li")
    desk.get_by_role("link", name="小太阳托管班").click()
    for words in ("刘芳", "周倩", "张敏", "王强"):
        expect(desk.locator("main")).to_contain_text(words)
    desk.get_by_label("改用新的").check()
    desk.get_by_label("理由").fill("电话核实")
    desk.get_by_role("button", name="确定").click()
    expect(desk.locator("main")).to_contain_text("已决定")
    with live.session() as session:
        site = session.scalars(select(Site).where(Site.id == site_id)).one()
        assert (site.person_in_charge, site.address) == ("周倩", "青云路 20 号")
