"""A dispatcher works through the inbox by keyboard; a head and a department answer on their phones."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from inspections.db import new_id
from inspections.intake.clues import ClueKind, GivenClue, add_clues
from inspections.intake.tips import Tip, TipState
from inspections.registry.areas import AreaLevel
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Role
from tests.browser.officer import sign_in
from tests.casefile import make_area
from tests.factories import make_person, make_site, make_tip

pytestmark = pytest.mark.browser

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
AT = (117.07, 28.69)
HOSTILE = "<img src=x onerror=alert(1)>${7*7}"


@pytest.fixture(scope="module")
def county(live) -> dict[str, Any]:
    now = datetime.now(UTC)
    with live.session() as session:
        code = live.county
        make_area(session, "青云县", AreaLevel.COUNTY, (116.9, 28.5, 117.2, 28.9), code)
        town = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (116.95, 28.55, 117.15, 28.85), code)
        make_person(session, Role.DISPATCHER, county=code, login="li", name="李调度")
        make_person(session, Role.TOWNSHIP_ADMIN, county=code, login="zhou", name="周镇长", township_id=town.id)
        office = Department(county=code, id=new_id(), name="县消防大队", kind=DepartmentKind.FIRE)
        session.add(office)
        session.flush()
        make_person(session, Role.ENFORCER, county=code, login="wu", name="吴敏", department_id=office.id)
        site = make_site(session, AT, code, name="启明星托管班", township_id=town.id)
        words = ("晚上八点还在补课，打电话报名", f"楼上办班很吵 {HOSTILE}", "周末给小学生补数学", "有人说无证办学")
        tips = []
        for n, text in enumerate(words):
            when = now - timedelta(hours=9 - n)
            tip = make_tip(
                session, (AT[0] + 0.0001 * n, AT[1]), code, text=text, code=f"261120-AAAA{n}", received_at=when,
                township_id=town.id, site_id=site.id if n == 2 else None, uncertainty_m=60.0,
                triage_due_at=now + timedelta(days=30 + n),
            )  # fmt: skip
            tips.append(tip)
        for tip in (tips[0], tips[1]):
            clue = GivenClue(kind=ClueKind.PHONE, text="138 0793 1234")
            add_clues(session, code, [clue], tip=tip, at=now)
        return {"tips": [str(tip.id) for tip in tips]}


@pytest.fixture
def opened(chromium: Browser, live) -> Iterator[Any]:
    contexts = []

    def open_as(login: str, path: str, size: Any) -> Page:
        context = chromium.new_context(base_url=live.url, locale="zh-CN", viewport=size)
        contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda dialog: pytest.fail(f"a script of the data ran: {dialog.message}"))
        sign_in(page, path, login)
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_as
    for context in contexts:
        context.close()


def test_an_inbox_is_worked_through_by_keyboard(opened, live, county, complaints, look) -> None:
    page = opened("li", "/tips", WIDE)
    pane = page.locator("#tip-pane")
    chosen = page.locator(".inbox-row[aria-current=true]")
    expect(pane.get_by_role("heading", name="线索 261120-AAAA0")).to_be_visible()
    expect(pane.get_by_text("电话相同：138 0793 1234")).to_be_visible()
    assert complaints(page) == []
    look(page, "inbox-desk")
    page.keyboard.press("j")
    expect(pane.get_by_role("heading", name="线索 261120-AAAA1")).to_be_visible()
    expect(chosen).to_contain_text(HOSTILE)
    page.keyboard.press("k")
    expect(pane.get_by_role("heading", name="线索 261120-AAAA0")).to_be_visible()
    page.keyboard.press("m")  # the same phone, next door: ticked already
    page.keyboard.press("Enter")
    expect(page.get_by_text("已合并 1 条")).to_be_visible()
    expect(page.locator(".inbox-row")).to_have_count(3)
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="键盘快捷键")).to_be_visible()
    look(page, "inbox-help")
    page.keyboard.press("Escape")
    page.locator(".inbox-row", has_text="周末给小学生").click()
    expect(pane.get_by_role("heading", name="线索 261120-AAAA2")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_label("交给谁")).to_be_focused()
    look(page, "inbox-assign")
    page.keyboard.press("Enter")  # its own township stands there
    expect(page.get_by_text("已交办", exact=True).last).to_be_visible()
    expect(page.locator(".inbox-row")).to_have_count(2)
    expect(chosen).to_contain_text("有人说无证办学")  # the next one
    expect(pane.get_by_role("heading", name="线索 261120-AAAA3")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    expect(page.locator(".inbox-row")).to_have_count(1)
    expect(page.get_by_text("刚才的决定：不属实")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_text("已撤销")).to_be_visible()
    expect(page.locator(".inbox-row")).to_have_count(2)
    with live.session() as session:
        states = {tip.code[-1]: tip.state for tip in session.scalars(select(Tip))}
    assert states == {"0": TipState.NEW, "1": TipState.DUPLICATE, "2": TipState.ASSIGNED, "3": TipState.NEW} or (
        states == {"0": TipState.DUPLICATE, "1": TipState.NEW, "2": TipState.ASSIGNED, "3": TipState.NEW}
    )


def test_a_head_blows_a_whistle_a_department_comes_and_the_outcome_is_told(
    opened, live, county, complaints, look
) -> None:
    path = f"/tips/{county['tips'][2]}"
    with live.session() as session:
        if session.get_one(Tip, (live.county, county["tips"][2])).state is not TipState.ASSIGNED:
            pytest.skip("the dispatcher of the test before has assigned nothing")
    head = opened("zhou", "/tips", PHONE)
    head.get_by_role("link", name=re.compile("周末给小学生补数学")).click()
    expect(head).to_have_url(re.compile(path))
    assert complaints(head) == []
    look(head, "tip-phone")
    head.get_by_role("link", name="吹哨…").click()
    head.get_by_label("县消防大队").check()
    starts = datetime.now(UTC) + timedelta(minutes=1, hours=8)  # by China's clocks
    head.get_by_label("集合时间").fill(f"{starts + timedelta(minutes=2):%Y-%m-%dT%H:%M}")
    head.get_by_label("预计结束").fill(f"{starts + timedelta(hours=2):%Y-%m-%dT%H:%M}")
    head.get_by_label("集合地点").fill("启明星托管班楼下")
    head.get_by_label("为什么要几个部门一起去").fill("疑似消防隐患")
    head.get_by_role("button", name="吹哨").click()
    expect(head.get_by_text("集合地点写了目标的名称或地址")).to_be_visible()
    head.get_by_label("集合地点").fill("镇政府门口")
    assert complaints(head) == []
    look(head, "whistle-form-phone")
    head.get_by_role("button", name="吹哨").click()
    expect(head.get_by_text("哨已吹响")).to_be_visible()
    look(head, "whistle-phone")

    wu = opened("wu", "/calls", PHONE)
    expect(wu.get_by_text("镇政府门口")).to_be_visible()
    expect(wu.get_by_text("启明星")).to_have_count(0)
    assert complaints(wu) == []
    look(wu, "calls-phone")
    wu.get_by_role("button", name="接受，按时到").click()
    wu.get_by_role("button", name="我已到集合地点，报到").click()
    expect(wu.get_by_role("link", name="启明星托管班")).to_be_visible()

    head.goto(path)
    head.wait_for_selector("html[data-ready]")
    head.get_by_text("登记结果…").click()
    head.get_by_label("查实", exact=True).check(force=True)
    head.get_by_label("核查的情况").fill("现场有 12 名学生，已责令停止")
    head.get_by_label("给举报人的答复").fill("经核查属实，已责令停止办班。")
    look(head, "outcome-phone")
    head.get_by_role("button", name="登记结果").click()
    expect(head.get_by_text("结果已登记")).to_be_visible()
    expect(head.locator("#timeline").get_by_text("经核查属实，已责令停止办班。")).to_be_visible()
