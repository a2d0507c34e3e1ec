"""An account is disabled while its phone has no signal: what was found is sealed at the bureau, and comes in."""

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from inspections.db import new_id
from inspections.field.checks import Check, CheckState
from inspections.field.parcels import Parcel, ParcelState
from inspections.registry.people import Person, Role
from tests.browser.officer import (
    PHONE,
    PLACE,
    add_photos,
    begin,
    drawn_photo,
    finish,
    go_to,
    light,
    no_signal,
    sign_in,
    wait_until_kept,
)
from tests.factories import make_person, make_site

pytestmark = pytest.mark.browser

HELD = "已封存，等专班核实"


@pytest.fixture
def county(live) -> dict[str, Any]:
    """Officers of this test alone: each is disabled once."""
    login = f"officer-{new_id()}"
    with live.session() as session:
        officer = make_person(
            session, Role.INSPECTOR, name="张敏", county=live.county, login=login, certificate=login[-9:]
        )
        desk = make_person(session, Role.DISPATCHER, name="李调度", county=live.county, login=f"desk-{login}")
        site = make_site(session, PLACE, county=live.county).id
        return {"site": site, "officer": officer.id, "login": login, "desk": f"desk-{login}", "who": desk.id}


def disable(live, person_id: UUID) -> None:
    with live.session() as session:
        session.get_one(Person, (live.county, person_id)).is_active = False


def check_without_signal(chromium: Browser, live, county, **options: Any) -> tuple[BrowserContext, Page, str]:
    context = chromium.new_context(base_url=live.url, **PHONE, **options)
    context.set_default_timeout(15_000)
    page = context.new_page()
    with page.expect_response("**/api/v1/field/phone"):  # the office knows this phone's signing key
        sign_in(page, login=county["login"])
    check_id = begin(page, county["site"])
    go_to(page, "现场照片")
    add_photos(page, [drawn_photo(page, check_id)])
    no_signal(context, True)
    finish(page)
    light(page, "在本机")
    return context, page, check_id


def come_online(context: BrowserContext, page: Page) -> None:
    no_signal(context, False)
    page.evaluate("dispatchEvent(new Event('online'))")


def at_the_desk(chromium: Browser, live, county) -> tuple[BrowserContext, Page]:
    context = chromium.new_context(base_url=live.url, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    sign_in(page, "/parcels", county["desk"])
    return context, page


def decide(page: Page, choice: str, reason: str) -> None:
    page.get_by_label(choice).check()
    page.get_by_label("理由").fill(reason)
    page.get_by_role("button", name="确定").click()


def test_what_a_disabled_inspector_found_without_a_signal_is_sealed_confirmed_and_received(
    chromium: Browser, live, county, look, complaints
) -> None:
    context, page, check_id = check_without_signal(chromium, live, county)
    disable(live, county["officer"])
    come_online(context, page)
    light(page, HELD)
    look(page, "sealed-check")
    page.locator("#sync-light").click()
    expect(page.locator(".notice")).to_contain_text("账号已停用")
    expect(page.locator("#sync-light")).to_contain_text("已封存 1 条")
    expect(page.locator(".rows")).to_contain_text(HELD)
    look(page, "sealed-outbox")
    assert complaints(page) == []
    desk, office = at_the_desk(chromium, live, county)
    look(office, "sealed-list")
    office.get_by_role("link", name="张敏").first.click()
    expect(office.locator("#file-title")).to_have_text("张敏手机封存的记录")
    look(office, "sealed-parcel")
    decide(office, "收下，注明账号已停用", "停用前做的检查，电话核实过")
    expect(office.locator("body")).to_contain_text("已收妥")
    look(office, "sealed-taken")
    with live.session() as session:
        parcel = session.scalars(select(Parcel).where(Parcel.author_id == county["officer"])).one()
        check = session.get_one(Check, (live.county, UUID(check_id)))
        assert (parcel.state, parcel.decided_by_id) == (ParcelState.TAKEN, county["who"])
        assert (check.state, check.flags[-1]) == (CheckState.RECEIVED, "disabled_account")
    page.get_by_role("button", name="问问结果").click()
    expect(page.locator("main")).to_contain_text("全部收妥")
    look(page, "sealed-received")
    page.goto(f"/m/checks/{check_id}")
    light(page, "已收妥")
    office.goto(f"/checks/{check_id}")
    expect(office.locator("body")).to_contain_text("收到时作者的账号已停用")
    look(office, "sealed-file")
    assert page.request.get("/api/v1/field/bundle").status == 403
    context.close()
    desk.close()


def test_what_is_sent_back_says_why_on_the_phone_and_keeps_all(chromium: Browser, live, county, look) -> None:
    context, page, check_id = check_without_signal(chromium, live, county)
    wait_until_kept(page)
    disable(live, county["officer"])
    context.clear_cookies(name="mingcha")  # and the sign-in is over: the phone asks with its own key
    come_online(context, page)
    light(page, HELD)
    desk, office = at_the_desk(chromium, live, county)
    with live.session() as session:
        parcel = session.scalars(select(Parcel.id).where(Parcel.author_id == county["officer"])).one()
    office.goto(f"/parcels/{parcel}")
    decide(office, "不收，退回", "停用以后才做的")
    expect(office.locator("body")).to_contain_text("已退回")
    page.get_by_role("button", name="问问结果").click()
    light(page, "专班没有收下")
    expect(page.locator("#sync-light")).to_contain_text("1 条没有收下")
    expect(page.locator(".notice")).to_contain_text("停用以后才做的")
    look(page, "sent-back")
    page.reload()  # the frame comes without a sign-in where the phone has kept it
    light(page, "专班没有收下")
    page.goto("/m/me")
    expect(page.get_by_role("button", name="退出登录")).to_be_visible()
    look(page, "sealed-me")
    with live.session() as session:
        assert session.get(Check, (live.county, UUID(check_id))) is None
    context.close()
    desk.close()


def test_a_web_view_that_keeps_no_page_opens_the_frame_and_seals_from_there(
    chromium: Browser, live, county, look
) -> None:
    context, page, _ = check_without_signal(chromium, live, county, service_workers="block")
    disable(live, county["officer"])
    no_signal(context, False)
    page.goto("/m/outbox")
    expect(page.locator(".rows")).to_contain_text(HELD)
    look(page, "sealed-outbox-frame")
    page.goto("/account/password")
    expect(page.locator("body")).to_contain_text("账号已停用")
    look(page, "disabled-page")
    context.close()
