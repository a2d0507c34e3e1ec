"""A warning from its signature to its outcome, at a desk and on the phone of a township's head."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from inspections.registry.areas import AreaLevel
from inspections.registry.people import Role
from tests.browser.officer import sign_in
from tests.casefile import make_area
from tests.early_warnings import make_warning
from tests.factories import make_person

pytestmark = pytest.mark.browser

SIZES = {"li": {"width": 1440, "height": 900}, "zhou": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def warned(live) -> dict[str, str]:
    """By login the warning that each works on."""
    with live.session() as session:
        code = live.county
        town = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (116.95, 28.55, 117.15, 28.85), code)
        make_person(session, Role.DISPATCHER, county=code, login="li", name="李调度")
        make_person(session, Role.TOWNSHIP_ADMIN, county=code, login="zhou", name="周镇长", township_id=town.id)
        return {login: str(make_warning(session, code, township_id=town.id).id) for login in SIZES}


@pytest.fixture(params=SIZES)
def page(request, chromium: Browser, live, warned: dict[str, str]) -> Iterator[Page]:
    login = request.param
    size = SIZES[request.param]
    context = chromium.new_context(base_url=live.url, viewport=size, locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    page = context.new_page()
    sign_in(page, f"/warnings/{warned[login]}", login)
    page.wait_for_url(f"{live.url}/warnings/*")
    yield page
    context.close()


def test_a_warning_is_acknowledged_taken_up_and_decided(page: Page) -> None:
    page.get_by_role("button", name="签收").click()
    expect(page.get_by_text("已签收").first).to_be_visible()
    page.get_by_text("开始处置", exact=True).click()
    page.get_by_label("准备怎么处置").fill("今晚联合检查")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("处置中").first).to_be_visible()
    page.get_by_role("button", name="办结").click()  # without an outcome: what is missing is said
    expect(page.get_by_text("请选择属实还是误报")).to_be_visible()
    page.get_by_role("radio", name="误报").check()
    page.get_by_label("核查的情况").fill("系统演练")
    page.get_by_role("button", name="办结").click()
    expect(page.get_by_text("情况仍在持续")).to_be_visible()
    expect(page.get_by_text("系统演练").first).to_be_visible()
    expect(page.get_by_role("button", name="签收")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
