"""An operator takes calls with keys alone; no word is lost, and none can be read on the computer."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, text

from inspections.intake.tip_moves import TipMove, TipMoveKind
from inspections.intake.tips import Tip, TipChannel
from inspections.registry.people import Role
from inspections.registry.sites import SiteKind
from tests.casefile import make_tip
from tests.factories import PASSWORD, PLACE, make_person, make_site

pytestmark = pytest.mark.browser

CODE = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$")
NAME, PHONE = "王秀英", "13800138000"
SAID = "青云花园 3 栋 502 晚上有人补数学，二十来个学生，收费四千，老师电话 13900139000"
# All that this origin keeps, as one text: rows, and the bytes of what is sealed
KEPT = """async () => {
  const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((done) => (indexedDB.open(name).onsuccess = (e) => done(e.target.result)));
    for (const store of db.objectStoreNames) {
      const rows = await new Promise((done) =>
        (db.transaction(store).objectStore(store).getAll().onsuccess = (e) => done(e.target.result)));
      for (const row of rows) {
        found.push(JSON.stringify(row));
        if (row.sealed) found.push(new TextDecoder().decode(row.sealed));
      }
    }
    db.close();
  }
  return found.join("\\n");
}"""


@pytest.fixture
def page(live, chromium: Browser) -> Iterator[Page]:
    with live.session() as session:
        login = f"op{session.scalar(text('select count(*) from people'))}"
        make_person(session, Role.OPERATOR, county=live.county, login=login, name="何晓燕")
    context = chromium.new_context(base_url=live.url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto("/account/sign-in")
    page.get_by_label("账号", exact=True).fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/hotline")
    page.wait_for_selector("html[data-ready]")
    yield page
    context.close()


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.name || document.activeElement.id")


def test_a_call_is_typed_with_keys_alone_and_its_code_read_out(live, page: Page) -> None:
    with live.session() as session:
        school = make_site(session, PLACE, live.county, kind=SiteKind.SCHOOL, name="陈营镇中心小学")
        school_id = school.id
    keys = page.keyboard
    expect(page.locator("[name=text]")).to_be_focused()
    keys.type(f"{SAID}。我叫{NAME}")
    keys.press("Tab")
    keys.press("ArrowDown")
    keys.press("F4")
    keys.type("青云路 18 号")
    keys.press("Tab")
    keys.type("中心小学")
    expect(page.locator(".call-schools li")).to_have_count(1)
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.locator("[name=near]")).to_have_value("陈营镇中心小学")
    page.locator(".call-map .map").focus()
    keys.press("Enter")
    expect(page.locator(".call-pinned")).to_contain_text("东经")
    keys.press("F8")
    keys.type(PHONE)
    keys.press("Tab")
    keys.type(NAME)
    keys.press("Control+Enter")
    code = page.locator(".call-receipt .call-code .visually-hidden")
    expect(code).to_have_text(CODE)
    keys.press("Enter")
    expect(page.locator(".call-receipt")).to_be_hidden()
    expect(page.locator("[name=text]")).to_be_focused()
    assert (
        page.locator("[name=text]").input_value() == page.locator("[name=complainant_phone]").input_value() == ""
    )
    expect(page.locator(".call-list li")).to_have_count(1)
    with live.session() as session:
        tip = session.scalars(select(Tip).where(Tip.place == "青云路 18 号")).one()
        assert (tip.channel, tip.category.value, tip.near_site_id) == (TipChannel.HOTLINE, "after_care", school_id)
        assert NAME not in tip.text
        assert tip.location is not None


def test_a_draft_outlives_a_reload_and_a_lost_line_and_nobody_reads_it_on_the_computer(live, page: Page) -> None:
    keys = page.keyboard
    keys.type("第一段还没说完")
    keys.press("F8")
    keys.type(PHONE)
    expect(page.locator(".call-kept")).to_contain_text("已加密存在")
    kept = page.evaluate(KEPT)
    assert "sealed" in kept
    assert PHONE not in kept
    assert "第一段" not in kept
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("[name=text]")).to_have_value("第一段还没说完")
    expect(page.locator("[name=complainant_phone]")).to_have_value(PHONE)
    page.context.set_offline(True)
    keys.press("Control+Enter")
    expect(page.locator(".call-unsent")).to_contain_text("1 个来电还没有交上")
    expect(page.locator("[name=text]")).to_have_value("")
    assert PHONE not in page.evaluate(KEPT)
    keys.type("断线时接的第二个")
    page.context.set_offline(False)
    expect(page.locator(".toast").filter(has_text="查询码")).to_be_visible()
    expect(page.locator(".call-unsent")).to_be_empty()
    expect(page.locator("[name=text]")).to_have_value("断线时接的第二个")
    with live.session() as session:
        assert session.scalar(text("select count(*) from tips where text = '第一段还没说完'")) == 1


def test_a_tip_that_tells_the_same_is_hinted_at_while_typing_and_named_by_a_key(live, page: Page) -> None:
    with live.session() as session:
        known = make_tip(
            session, county=live.county, text="银河小区 7 栋地下室周末补英语", compound="银河小区", building="7"
        )
        code = known.code
    keys = page.keyboard
    keys.type("银河小区 7 栋地下室周末有人补英语，孩子很多")
    hint = page.locator(f".call-hints [data-code='{code}']")
    expect(hint).to_be_visible()
    keys.press("F9")
    expect(hint).to_be_focused()
    keys.press("Space")
    expect(hint).to_have_attribute("aria-pressed", "true")
    keys.press("Control+Enter")
    expect(page.locator(".call-receipt")).to_be_visible()
    with live.session() as session:
        notes = session.scalars(select(TipMove.note).where(TipMove.kind == TipMoveKind.NOTE)).all()
        assert any(code in note for note in notes)


def test_what_is_missing_is_said_at_its_field_and_the_rest_stays(page: Page) -> None:
    keys = page.keyboard
    keys.press("F8")
    keys.type("一三八")
    keys.press("Control+Enter")
    expect(page.locator("[name=text]")).to_be_focused()
    expect(page.get_by_text("请写下反映的情况")).to_be_visible()
    keys.type("有人补课")
    keys.press("Control+Enter")
    expect(page.locator("[name=complainant_phone]")).to_be_focused()
    expect(page.get_by_text("电话只能有数字")).to_be_visible()
    assert UUID(page.locator(".call-form [name=id]").input_value()).version == 7
