"""Two people at the draft of a bulletin: it saves itself, tells them of each other, and loses nothing."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from inspections.registry.people import Role
from inspections.reporting.bulletins.bulletins import Bulletin, BulletinKind, sections_of
from inspections.reporting.bulletins.drafting import begin
from tests.factories import PASSWORD, make_person

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def draft(live) -> str:
    with live.session() as session:
        li = make_person(session, Role.DISPATCHER, county=live.county, login="li", name="李调度")
        make_person(session, Role.DIRECTOR, county=live.county, login="zhou", name="周组长")
        now = datetime.now(UTC)
        return str(begin(session, li, BulletinKind.DAILY, f"{now.date()}", now, "县").id)


def at_draft(chromium: Browser, live, login: str, draft: str) -> Page:
    context = chromium.new_context(base_url=live.url, locale="zh-CN")
    page = context.new_page()
    page.goto(f"/account/sign-in?next=/bulletins/{draft}")
    page.get_by_label("账号", exact=True).fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_selector("html[data-ready]")
    return page


def text_of(live, draft: str, key: str) -> str:
    with live.session() as session:
        bulletin = session.get_one(Bulletin, (live.county, UUID(draft)))
        return next(each.text for each in sections_of(session, bulletin) if each.key == key)


def test_a_draft_saves_itself_and_two_who_write_are_told_of_each_other(
    live, chromium: Browser, draft: str
) -> None:
    li, zhou = (at_draft(chromium, live, login, draft) for login in ("li", "zhou"))
    li.get_by_label("当日工作").fill("李写的")
    expect(li.locator("#section-day [data-state]")).to_have_text("已保存")
    assert text_of(live, draft, "day") == "李写的"

    zhou.get_by_label("当日工作").fill("周写的")
    zhou.keyboard.press("Control+s")
    clash = zhou.locator("#section-day [data-clash]")
    expect(clash).to_contain_text("李调度刚保存过这一节")
    expect(clash).to_contain_text("李写的")
    assert text_of(live, draft, "day") == "李写的"
    clash.get_by_role("button", name="用我的，替换对方的").click()
    expect(zhou.locator("#section-day [data-state]")).to_have_text("已保存")
    assert text_of(live, draft, "day") == "周写的"

    zhou.keyboard.press("Alt+ArrowDown")
    expect(zhou.get_by_label("日调度")).to_be_focused()
    for page in (li, zhou):
        page.context.close()


def test_what_was_typed_without_a_line_is_there_after_a_reload(live, chromium: Browser, draft: str) -> None:
    li = at_draft(chromium, live, "li", draft)
    li.context.route("**/sections/*", lambda route: route.abort())
    li.get_by_label("日调度").fill("断线时写的")
    expect(li.locator("#section-dispatch [data-state]")).to_contain_text("没有连上服务器")
    li.context.unroute("**/sections/*")
    li.on("dialog", lambda dialog: dialog.accept())
    li.reload()
    li.wait_for_selector("html[data-ready]")
    li.get_by_role("button", name="接着用没保存的文字").click()
    expect(li.locator("#section-dispatch [data-state]")).to_have_text("已保存")
    assert text_of(live, draft, "dispatch") == "断线时写的"
    li.context.close()
