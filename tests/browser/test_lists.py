"""Checklists on their way from the desk to the phone: chosen by the place, kept by the draft."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from inspections.field.checklist_content import Content, ItemContent
from inspections.field.checklist_drafts import begin_list, mark_of, revise, save_draft
from inspections.field.checklist_publishing import publish
from inspections.registry.people import Person, Role
from inspections.registry.sites import SiteCategory, SiteKind
from tests.browser.officer import PHONE, begin, finish, go_to, light, sign_in
from tests.factories import make_person, make_site
from tests.lists import as_csv

pytestmark = pytest.mark.browser

ITEMS = (
    ItemContent("f-1", "通道", "疏散通道畅通", kinds=("school",), proof="通道全景照片"),
    ItemContent("f-2", "通道", "门不上锁", kinds=("institution",)),
    ItemContent("f-3", "器材", "灭火器在有效期内"),
)
FIRE = Content("本县消防清单", ITEMS, check_kinds=("unannounced",))


@pytest.fixture(scope="module")
def county(live) -> dict:
    with live.session() as session:
        code = live.county
        make_person(session, Role.INSPECTOR, county=code, login="zhang", name="张敏", certificate="赣E001")
        writer = make_person(session, Role.DISPATCHER, county=code, login="li", name="李调度")
        signer = make_person(session, Role.DIRECTOR, county=code, login="wang", name="王主任")
        school = make_site(
            session, county=code, name="幸福小学", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY
        )
        suspect = make_site(session, county=code)
        draft = begin_list(session, writer, "fire", FIRE, datetime.now(UTC))
        _publish(session, signer, draft)
        return {"school": school.id, "suspect": suspect.id, "list": draft.code, "li": writer.id, "wang": signer.id}


def _publish(session, signer: Person, draft) -> None:
    now = datetime.now(UTC)
    publish(session, signer, draft.code, None, seen=mark_of(draft), today=now.date(), now=now)


@pytest.fixture
def phone(chromium: Browser, live) -> BrowserContext:
    context = chromium.new_context(base_url=live.url, **PHONE)
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext) -> Page:
    page = phone.new_page()
    sign_in(page)
    return page


def test_the_place_and_the_kind_of_check_propose_the_list(page: Page, phone, county, look) -> None:
    begin(page, county["school"])
    chooser = page.get_by_label("检查清单")
    expect(chooser.locator("option:checked")).to_have_text("“双减”教育督导重点内容清单")
    phone.set_offline(True)  # all of it works without a signal
    page.get_by_label("检查类别").select_option(label="专项督导")
    expect(chooser.locator("option:checked")).to_have_text("中小学生“五项管理”检查清单")
    expect(page.get_by_text("18 项，第 1 版")).to_be_visible()
    look(page, "lists-phone-start")
    page.get_by_label("检查类别").select_option(label="明察暗访")
    expect(chooser.locator("option:checked")).to_have_text("本县消防清单")
    expect(page.get_by_text("2 项，第 1 版")).to_be_visible()  # one item is for institutions
    assert chooser.locator("optgroup").first.get_attribute("label") == "适合这里"
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name="通道")).to_be_visible()
    page.get_by_label("不符合").first.check()
    expect(page.get_by_text("要带回的证明：通道全景照片")).to_be_visible()
    expect(page.get_by_text("门不上锁")).to_have_count(0)
    look(page, "lists-phone-items")
    go_to(page, "检查信息")
    page.get_by_label("检查类别").select_option(label="专项督导")  # something is answered: the list stays
    expect(chooser.locator("option:checked")).to_have_text("本县消防清单")
    chooser.select_option(label="中小学生“五项管理”检查清单")
    expect(page.get_by_text("另有 1 项答在别的清单上")).to_be_visible()


def test_a_draft_keeps_its_version_though_a_new_one_was_published(page: Page, live, county, look) -> None:
    check_id = begin(page, county["suspect"])
    page.get_by_label("检查类别").select_option(label="明察暗访")
    go_to(page, "器材")
    page.get_by_label("符合", exact=True).check()
    expect(page.get_by_text("灭火器在有效期内")).to_be_visible()
    with live.session() as session:
        writer, signer = (session.get_one(Person, (live.county, county[name])) for name in ("li", "wang"))
        draft = revise(session, writer, county["list"], datetime.now(UTC))
        newer = FIRE.with_items([ItemContent("f-9", "电气", "没有私拉电线")])
        save_draft(session, writer, county["list"], newer, seen=None, now=datetime.now(UTC))
        _publish(session, signer, draft)
    page.goto("/m/me")
    with page.expect_response(lambda answer: "/field/bundle" in answer.url and answer.status == 200):
        page.get_by_role("button", name="更新任务和点位").click()
    page.goto(f"/m/check/{check_id}")
    page.wait_for_selector("html[data-ready]")
    go_to(page, "器材")
    expect(page.get_by_text("灭火器在有效期内")).to_be_visible()
    finish(page)
    light(page, "已收妥")
    page.goto("/m")
    begin(page, county["school"])
    page.get_by_label("检查类别").select_option(label="明察暗访")
    expect(page.get_by_text("1 项，第 2 版")).to_be_visible()


@pytest.fixture(params=[{"width": 1440, "height": 900}, {"width": 390, "height": 844}], ids=["wide", "narrow"])
def desk(chromium: Browser, live, request) -> Page:
    context = chromium.new_context(base_url=live.url, locale="zh-CN", viewport=request.param)
    yield context.new_page()
    context.close()


def test_a_list_is_put_in_order_by_hand_and_published(desk: Page, live, county, complaints, look, request) -> None:
    size = request.node.callspec.id
    code = f"order-{size}"
    sign_in(desk, "/checklists", "li")
    look(desk, f"lists-shelf-{size}")
    assert complaints(desk) == []
    desk.get_by_role("link", name="新建清单").click()
    desk.get_by_label("清单名称").fill("用电检查")
    desk.get_by_label("编号").first.fill(code)
    _item(desk, 0, "e-1", "电线", "没有私拉电线")
    desk.get_by_role("button", name="加一条").last.click()
    expect(desk.get_by_label("编号").nth(2)).to_have_value("e-2")
    expect(desk.get_by_label("分组", exact=True).nth(1)).to_have_value("电线")
    desk.keyboard.type("插座不过载")
    desk.get_by_role("button", name="加一条").last.click()
    desk.keyboard.type("配电箱上锁")
    desk.keyboard.press("Alt+ArrowUp")
    desk.keyboard.press("Alt+ArrowUp")
    expect(desk.locator("[data-said]")).to_have_text("移到第 1 条")
    expect(desk.locator("textarea").first).to_be_focused()
    desk.get_by_role("button", name="下移").first.click()
    desk.get_by_role("button", name="删去这一条").last.click()
    desk.get_by_role("button", name="撤销").click()
    look(desk, f"lists-edit-{size}")
    assert complaints(desk) == []
    desk.get_by_role("button", name="保存草稿").click()
    desk.get_by_text("草稿等人发布").wait_for()
    assert desk.locator(".list-items > li > p:first-child").all_inner_texts() == [
        "没有私拉电线",
        "配电箱上锁",
        "插座不过载",
    ]
    look(desk, f"lists-draft-{size}")
    assert complaints(desk) == []
    desk.context.clear_cookies()
    sign_in(desk, f"/checklists/{live.county}-{code}", "wang")
    desk.get_by_role("link", name="查看并发布").click()
    desk.get_by_role("button", name="确认发布").click()
    expect(desk.get_by_text("第 1 版已发布")).to_be_visible()
    desk.get_by_role("button", name="停用…").click()
    expect(desk.get_by_role("heading", name="停用第 1 版？")).to_be_visible()
    desk.get_by_role("button", name="关闭").click()


def test_two_versions_are_shown_side_by_side_in_words(desk: Page, live, county, complaints, look, request) -> None:
    size = request.node.callspec.id
    with live.session() as session:
        writer, signer = (session.get_one(Person, (live.county, county[name])) for name in ("li", "wang"))
        draft = begin_list(session, writer, f"words-{size}", FIRE, datetime.now(UTC))
        _publish(session, signer, draft)
        revise(session, writer, draft.code, datetime.now(UTC))
        items = [
            ITEMS[2],
            ItemContent("f-1", "通道", "疏散通道和楼梯畅通"),
            ItemContent("f-4", "通道", "有应急照明"),
        ]
        save_draft(session, writer, draft.code, FIRE.with_items(items), seen=None, now=datetime.now(UTC))
        code = draft.code
    sign_in(desk, f"/checklists/{code}/publish", "wang")
    expect(desk.locator("ins", has_text="和楼梯")).to_be_visible()
    expect(desk.locator("del", has_text="门不上锁")).to_be_visible()
    look(desk, f"lists-publish-{size}")
    assert complaints(desk) == []
    desk.goto(f"/checklists/{code}/difference?from=1&to=2")
    look(desk, f"lists-difference-{size}")
    assert complaints(desk) == []
    desk.goto("/checklists/wxgl")
    look(desk, f"lists-national-{size}")
    assert complaints(desk) == []


def _item(page: Page, place: int, code: str, section: str, words: str) -> None:
    row = page.locator("[data-row]").nth(place)
    row.get_by_label("编号").fill(code)
    row.get_by_label("分组", exact=True).fill(section)
    row.get_by_label("条目内容").fill(words)


def test_a_table_is_looked_at_row_by_row_before_it_is_saved(desk: Page, complaints, look, request) -> None:
    size = request.node.callspec.id
    header = ["编号", "分组", "条目内容", "证明"]
    good = {"编号": "e-1", "分组": "电线", "条目内容": "没有私拉电线", "证明": "现场照片"}
    bad = {"编号": "e-1", "分组": "电线", "条目内容": "<img src=x onerror=alert(1)>", "证明": "=HYPERLINK(1)"}
    sign_in(desk, "/checklists/import", "li")
    look(desk, f"lists-import-{size}")
    assert complaints(desk) == []
    _upload(desk, as_csv([good, bad, good | {"编号": "e 3", "条目内容": ""}], header))
    expect(desk.get_by_text("编号“e-1”和第 2 行重复")).to_be_visible()
    expect(desk.get_by_role("button", name="存为草稿")).to_have_count(0)
    look(desk, f"lists-look-{size}")
    assert complaints(desk) == []
    with desk.expect_download() as download:
        desk.get_by_role("button", name="下载 Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    desk.get_by_role("link", name="换一个文件").click()
    _upload(desk, as_csv([good], header))
    desk.get_by_label("名称", exact=False).first.fill("导入的清单")
    desk.get_by_label("编号 选填").fill(f"table-{size}")
    desk.get_by_role("button", name="存为草稿").click()
    expect(desk.get_by_text("已导入 1 条，存为草稿")).to_be_visible()
    look(desk, f"lists-imported-{size}")


def _upload(page: Page, data: bytes) -> None:
    page.get_by_label("文件", exact=True).set_input_files(
        {"name": "用电.csv", "mimeType": "text/csv", "buffer": data}
    )
    page.get_by_role("button", name="上传并试读").click()
    page.get_by_role("heading", name="试读").wait_for()
