"""One problem from the phone to the ledger, the table and the bulletin, by all the hands it passes through."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import TIMESTAMP, Date, Engine, text
from sqlalchemy.orm import Session

from geo.times import CHINA
from inspections.db import Model
from inspections.field.checks import CheckKind
from inspections.field.tasks import assign
from inspections.registry.areas import AreaLevel
from inspections.registry.people import Role
from inspections.registry.sites import SiteCategory, SiteKind, SiteState
from tests.browser import officer
from tests.browser.officer import PHONE, PLACE
from tests.casefile import make_area
from tests.factories import make_person, make_site

pytestmark = [pytest.mark.browser, pytest.mark.shared]

SCHOOL = "青云县第一小学"
DAYS = 14  # the notice gives five working days, the ladder three more until a supervision order
# What one problem at one primary school comes to (S3, annex 5)
COUNTED = {
    "institutions.all": 0, "schools.all": 1, "schools.primary": 1, "schools.junior": 0, "notices.all": 1,
    "troubled.all": 1, "troubled.primary": 1, "mended.all": 1, "problems.all": 1, "problems.primary": 1,
    "done.all": 1, "in_progress.all": 0, "supervision.all": 1, "interviews.all": 0,
}  # fmt: skip
KEEP_TIME = {"sign_ins", "accounts"}
PROBLEM = "三年级布置书面作业，平均用时约 95 分钟"


@dataclass
class School:
    id: str
    head: str


@pytest.fixture(scope="module")
def school(live) -> School:
    with live.session() as session:
        return make_county(session, live.county)


def make_county(session: Session, code: str) -> School:
    make_area(session, "青云县", AreaLevel.COUNTY, (116.9, 28.5, 117.2, 28.9), code)
    town = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (116.95, 28.55, 117.15, 28.85), code)
    site = make_site(
        session, PLACE, code, name=SCHOOL, kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY,
        state=SiteState.VERIFIED, township_id=town.id, address="青云路 1 号",
    )  # fmt: skip
    li = make_person(session, Role.DISPATCHER, county=code, login="li", name="李调度")
    make_person(session, Role.DIRECTOR, county=code, login="zhou", name="周组长")
    zhang = make_person(session, Role.INSPECTOR, county=code, login="zhang", name="张敏", certificate="赣E001")
    make_person(session, Role.INSPECTOR, county=code, login="he", name="何静", certificate="赣E002")
    liu = make_person(session, Role.SCHOOL_USER, county=code, login="liu", name="刘校长", site_id=site.id)
    today = datetime.now(UTC).date()
    assign(session, li, site, zhang, CheckKind.SPECIAL, today + timedelta(days=9), today=today, reason="作业专项")
    return School(str(site.id), liu.name)


@pytest.fixture
def phone(chromium: Browser, live) -> Iterator[Page]:
    yield from page_of(chromium.new_context(base_url=live.url, **PHONE))


@pytest.fixture
def desk(chromium: Browser, live) -> Iterator[Page]:
    size = {"width": 1440, "height": 900}
    yield from page_of(chromium.new_context(base_url=live.url, viewport=size, locale="zh-CN"))


def page_of(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    yield page
    context.close()
    assert faults == []


@pytest.mark.timeout(600)
def test_a_problem_is_followed_until_it_is_struck_off_and_counted(
    phone: Page, desk: Page, live, owner_engine: Engine, school: School, shared_data: Path, look
) -> None:
    photos = [shared_data / "photos" / name for name in ("orient6.jpg", "gps_htc_desire.jpg")]
    check = find_on_the_phone(phone, school, photos[0], look)
    live.work()
    confirm(desk, check, look)
    order = draft_and_issue(desk, school, look)
    serve(desk, order)
    answer_by_the_link(desk, phone, order, photos[1], look)
    accept(desk, live, order, look)
    let_days_pass(owner_engine, live.county, DAYS)
    climb(live)
    supervise(desk, school, look)
    look_again_on_the_phone(phone, school, photos[1], look)
    live.work()
    strike_off(desk, look)
    figures = count(desk, look)
    assert figures == COUNTED
    tell(desk, look)


def find_on_the_phone(phone: Page, school: School, photo: Path, look: Any) -> str:
    officer.sign_in(phone)
    check = officer.begin(phone, school.id)
    phone.get_by_label("第二名检查人员").select_option(label="何静 · 赣E002")
    phone.get_by_role("button", name="已出示证件").click()
    phone.get_by_role("button", name="已告知录音录像").click()
    phone.get_by_role("button", name="下一步").click()
    not_compliant(phone, photo)
    look(phone, "struck-off-1-phone")
    while re.search(r"step=items-", phone.url):
        phone.get_by_role("button", name="本组全部符合").click()
        was = phone.url
        phone.get_by_role("button", name="下一步").click()
        phone.wait_for_url(lambda url, was=was: url != was)
    officer.go_to(phone, "负责人签字")
    officer.sign(phone)
    officer.finish(phone)
    officer.light(phone, "已收妥")
    return check


def not_compliant(phone: Page, photo: Path) -> None:
    phone.wait_for_url(re.compile(r"step=items-1$"))
    item = phone.locator(".item").first
    item.locator("input[value=not_compliant]").check()
    item.get_by_label("情况说明").fill(PROBLEM)
    with phone.expect_file_chooser() as chooser:
        item.get_by_role("button", name="相册").click()
    chooser.value.set_files(photo)
    expect(item.locator(".photos img")).to_have_count(1)


def confirm(desk: Page, check: str, look: Any) -> None:
    officer.sign_in(desk, f"/checks/{check}", "li")
    desk.get_by_role("button", name="确认属实").click()
    expect(desk.locator(".finding").first).to_contain_text("已确认")
    look(desk, "struck-off-2-confirmed")


def draft_and_issue(desk: Page, school: School, look: Any) -> str:
    desk.goto(f"/sites/{school.id}")
    desk.get_by_role("link", name=re.compile("整改通知书")).first.click()
    desk.get_by_label(re.compile(PROBLEM)).check()
    desk.get_by_label("整改要求和工作举措").fill("压减书面作业总量，公示作业用时")
    desk.get_by_label("送达后几个工作日内完成").fill("5")
    desk.get_by_label("牵头领导").fill("王副局长")
    desk.get_by_label("责任部门").fill("基础教育股")
    desk.locator("[name=officer_id]").select_option(label="张敏（赣E001）")
    desk.locator("[name=second_officer_id]").select_option(label="何静（赣E002）")
    desk.get_by_label("联系人").fill("李调度")
    desk.get_by_label("联系电话").fill("0793-1234567")
    desk.get_by_role("button", name="保存草稿并预览").click()
    desk.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}$"))
    order = desk.url.rsplit("/", 1)[1]
    become(desk, "zhou", f"/orders/{order}")
    desk.get_by_role("button", name="签发并编号").click()
    expect(desk.locator("h1")).to_contain_text("1号")
    look(desk, "struck-off-3-issued")
    return order


def serve(desk: Page, order: str) -> None:
    become(desk, "li", f"/orders/{order}")
    desk.get_by_label("送达方式").select_option(label="直接送达")
    desk.get_by_label("送达人").select_option(label="张敏")
    desk.get_by_label("签收人").fill("刘校长")
    desk.get_by_role("button", name="登记送达").click()
    expect(desk.locator(".cluster").first).to_contain_text("已送达")


def answer_by_the_link(desk: Page, phone: Page, order: str, photo: Path, look: Any) -> None:
    """On the school's phone, without an account: who holds the paper answers."""
    desk.goto(f"/orders/{order}")
    link = desk.locator(".answer-address").inner_text().strip()
    browser = phone.context.browser
    assert browser
    context = browser.new_context(base_url=desk.url, **PHONE)
    page = context.new_page()
    page.goto(link)
    page.get_by_label("已整改完成").check()
    page.get_by_label("采取了哪些措施").fill("调整作业总量，每周公示用时")
    page.locator("input[type=file]").first.set_input_files(photo)
    page.get_by_label("姓名和职务", exact=True).fill("刘校长")
    page.get_by_label("联系电话").fill("13800000000")
    look(page, "struck-off-4-answer")
    page.get_by_role("button", name="提交报告").click()
    expect(page.get_by_text("报告已收到")).to_be_visible()
    look(page, "struck-off-5-answered")
    context.close()


def accept(desk: Page, live: Any, order: str, look: Any) -> None:
    live.work()
    desk.goto(f"/orders/{order}")
    desk.locator("[name=assignee_id]").select_option(label="张敏")
    look(desk, "struck-off-6-answer-at-the-desk")
    desk.get_by_role("button", name="接收并派人复查").click()
    expect(desk.locator(".answer")).to_contain_text("已接收")


def let_days_pass(engine: Engine, county: str, days: int) -> None:
    """Move all that happened in the county back by so many days, which is as if the clock had gone on."""
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for table in Model.metadata.sorted_tables:
            moved = [each for each in table.columns if isinstance(each.type, Date | TIMESTAMP)]
            if "county" in table.columns and moved and table.name not in KEEP_TIME:
                sets = ", ".join(f'"{each.name}" = "{each.name}" - interval \'{days} days\'' for each in moved)
                connection.execute(
                    text(f"update {table.name} set {sets} where county = :county"), {"county": county}
                )


def climb(live: Any) -> None:
    """What the worker does every morning."""
    done = live.app.test_cli_runner().invoke(args=["mingcha", "climb", "--county", live.county])
    assert done.exit_code == 0, done.output


def supervise(desk: Page, school: School, look: Any) -> None:
    """Nobody mended it: the clock says so and proposes a supervision order, which persons draft and sign."""
    become(desk, "li", "/steps")
    look(desk, "struck-off-7-steps")
    expect(desk.locator("tbody")).to_contain_text("逾期")
    desk.locator("tbody tr", has_text="督办").get_by_role("link").first.click()
    desk.get_by_role("button", name="起草督办单").click()
    desk.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}"))
    order = re.search(r"/orders/([0-9a-f-]{36})", desk.url)
    assert order
    become(desk, "zhou", f"/orders/{order[1]}")
    desk.get_by_role("button", name="签发并编号").click()
    expect(desk.locator("h1")).to_contain_text("督办")
    look(desk, "struck-off-8-supervision")
    serve(desk, order[1])


def look_again_on_the_phone(phone: Page, school: School, photo: Path, look: Any) -> None:
    phone.goto("/m/me")
    with phone.expect_response(lambda answer: "/field/bundle" in answer.url):
        phone.get_by_role("button", name="更新任务和点位").click()
    phone.goto("/m")
    expect(phone.locator("main")).to_contain_text("复查")
    phone.goto(f"/m/sites/{school.id}?recheck=1")
    phone.locator("#primary").get_by_role("button", name="复查").click()
    officer.go_to(phone, "检查信息")
    phone.get_by_label("第二名检查人员").select_option(label="何静 · 赣E002")
    phone.get_by_role("button", name="已出示证件").click()
    phone.get_by_role("button", name="已告知录音录像").click()
    officer.go_to(phone, "已知问题")
    phone.get_by_label("已整改到位").check()
    phone.get_by_role("button", name="同位置拍照").first.click()
    with phone.expect_file_chooser() as chooser:
        phone.get_by_role("dialog").get_by_role("button", name="拍照", exact=True).click()
    chooser.value.set_files(photo)
    phone.get_by_role("button", name="用这张").click()
    phone.get_by_label("复查情况说明").fill("抽查三个班，用时都在 60 分钟以内")
    look(phone, "struck-off-9-recheck")
    officer.finish(phone)
    officer.light(phone, "已收妥")


def strike_off(desk: Page, look: Any) -> None:
    become(desk, "li", "/findings")
    desk.get_by_role("link", name=re.compile(PROBLEM)).click()
    look(desk, "struck-off-10-problem")
    desk.get_by_role("button", name="销号").click()
    expect(desk.locator(".cluster").first).to_contain_text("已销号")
    look(desk, "struck-off-11-struck-off")


def count(desk: Page, look: Any) -> dict[str, int]:
    """The cells of annex 5 that this one problem is in, each opened to see that its list is as long."""
    today = datetime.now(CHINA).date()
    desk.goto(f"/statistics?period=days&from={today - timedelta(days=60)}&to={today}")
    look(desk, "struck-off-12-statistics")
    expect(desk.get_by_text("都已核对")).to_be_visible()
    cells = desk.locator("a[data-cell]").evaluate_all(
        "each => each.map(cell => [cell.dataset.cell, Number(cell.textContent), cell.href])"
    )
    found = {key: n for key, n, _ in cells if key in COUNTED}
    for key, n, href in cells:
        if key in COUNTED and n:
            desk.goto(href)
            assert desk.locator(".as-cards tbody tr, .rows > li").count() == n, key
    return found


def tell(desk: Page, look: Any) -> None:
    """The quarter's bulletin says the same: one problem found, one struck off; the director signs it."""
    desk.goto("/bulletins")
    desk.get_by_text("拟别的时段…").click()
    desk.get_by_label("种类").select_option(label="季度通报")
    desk.get_by_label("时段内的任何一天").fill(datetime.now(CHINA).date().isoformat())
    desk.locator(".bulletin-begin").get_by_role("button", name="拟草稿").click()
    desk.wait_for_url(re.compile(r"/bulletins/[0-9a-f-]{36}"))
    look(desk, "struck-off-13-bulletin")
    bulletin = desk.url.partition("?")[0]
    mended = desk.locator(
        "#section-mending textarea, section.bulletin-section:has(h2:text('整改')) textarea"
    ).first
    expect(mended).to_have_value(re.compile("销号 ?1 ?个"))
    become(desk, "zhou", f"{bulletin.removeprefix(desk.evaluate('location.origin'))}/preview")
    desk.get_by_role("button", name="签发并编号").click()
    expect(desk.get_by_role("button", name="签发并编号")).to_have_count(0)
    expect(desk.locator("main")).to_contain_text("已签发")
    look(desk, "struck-off-14-signed")


def become(page: Page, login: str, path: str) -> None:
    page.context.clear_cookies()
    officer.sign_in(page, path, login)
