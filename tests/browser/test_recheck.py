"""On the phone without a signal: known problems looked at again from the same view, and facts for the rules."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from geo.times import china_day
from inspections.casework.findings import Finding, FindingState
from inspections.casework.rechecks import Recheck
from inspections.field.checks import Check, CheckState
from inspections.field.photos import Photo
from inspections.registry.people import Role
from inspections.registry.sites import Site
from tests.browser.officer import PHONE, PLACE, finish, go_to, light, no_signal, sign_in, until, wait_until_kept
from tests.conftest import CHROMIUM, QUIET
from tests.factories import as_sent, make_finding, make_person, make_record, make_site, photo_entry

pytestmark = pytest.mark.browser

SEND = """async ([sha256, bytes, record, recordSha256]) => {
  const body = new Uint8Array(bytes);
  const jpeg = { "Content-Type": "image/jpeg" };
  const file = await fetch(`/api/v1/files/${sha256}`, { method: "PUT", body, headers: jpeg });
  const headers = { "Content-Type": "application/json", "X-Record-Sha256": recordSha256 };
  const check = await fetch("/api/v1/checks", { method: "POST", body: record, headers });
  return [file.status, check.status];
}"""
KEPT = """(id) => new Promise((done) => {
  const opening = indexedDB.open("mingcha-field");
  opening.onsuccess = () => {
    const asked = opening.result.transaction("thumbs").objectStore("thumbs").getAllKeys();
    asked.onsuccess = () => done(asked.result.some((key) => key.startsWith("before ") && key.endsWith(id)));
  };
})"""


def photo(words: str) -> bytes:
    picture = Image.new("RGB", (1200, 900), "#c8d0d8")
    ImageDraw.Draw(picture).rectangle((200, 200, 1000, 800), outline="#304050", width=24)
    ImageDraw.Draw(picture).text((300, 300), words, fill="black", font_size=80)
    buffer = BytesIO()
    picture.save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def county(live: Any) -> dict[str, Any]:
    with live.session() as session:
        county = live.county
        make_person(session, Role.DISPATCHER, county=county, name="李强", login="li")
        zhang = make_person(session, Role.INSPECTOR, county=county, login="zhang", certificate="赣E001")
        site = make_site(session, PLACE, county=county, address="青云路 18 号")
        other = make_site(session, (PLACE[0], PLACE[1] + 0.01), county=county, name="育才培训班")
        return {"site": site.id, "other": other.id, "zhang": zhang.id}


@pytest.fixture
def page(chromium: Browser, live: Any, county: dict[str, Any]) -> Iterator[Page]:
    """A phone with a camera."""
    devices = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*QUIET, *devices])
    context = browser.new_context(base_url=live.url, **(PHONE | {"permissions": ["geolocation", "camera"]}))
    context.set_default_timeout(20_000)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in(page)
    page.locator(".greeting").wait_for()
    yield page
    browser.close()
    assert faults == []


@pytest.fixture
def problems(live: Any, county: dict[str, Any], page: Page) -> list[Any]:
    """Two confirmed problems of an earlier check, one of them with a photo."""
    with live.session() as session:
        session.execute(update(Finding).values(state=FindingState.REJECTED))  # what an earlier try left
    bytes_ = photo(f"no fee board {uuid4().hex[:6]}")
    file = photo_entry(bytes_, item="zd-01", caption="前台")
    finished = datetime.now(UTC) - timedelta(days=8)
    times: dict[str, Any] = {
        "started_at": (finished - timedelta(minutes=20)).isoformat(),
        "finished_at": finished.isoformat(),
    }
    times["fixes"] = []
    record = make_record(county["site"], files=[file], **times)
    content, sha256 = as_sent(record)
    assert page.evaluate(SEND, [file["sha256"], list(bytes_), content.decode(), sha256]) == [201, 201]
    live.work()
    with live.session() as session:
        check = session.scalars(select(Check).where(Check.id == record["id"])).one()
        site = check.site_id
        values = {"check_id": check.id, "state": FindingState.CONFIRMED}
        row = session.get_one(Site, (check.county, site))
        late = china_day(datetime.now(UTC)) - timedelta(days=2)
        found = [
            make_finding(
                session,
                row,
                **(values | {"text": "收费未公示\n墙上没有收费表", "item_code": "zd-01", "due_on": late}),
            ),
            make_finding(session, row, **(values | {"text": "消防通道堆放杂物"})),
        ]
        return [*(each.id for each in found), UUID(file["id"])]


def test_problems_are_looked_at_again_without_a_signal(page: Page, live, county, problems, look) -> None:
    wait_until_kept(page)
    page.goto("/m/me")
    page.get_by_role("button", name="更新任务和点位").click()
    until(page, KEPT, str(problems[2]))
    no_signal(page.context, True)
    page.goto("/m")
    mine = page.locator("section", has=page.get_by_role("heading", name="我的问题"))
    expect(mine.locator(".row").first).to_contain_text("逾期 2 天")
    look(page, "today-mine")
    mine.get_by_role("link", name="看全部 2 个").click()
    page.get_by_role("button", name="逾期 1").click()
    row = page.locator(".rows .row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("收费未公示 · 等待开具整改文书")
    look(page, "my-problems")
    row.click()
    page.wait_for_url(f"**/m/sites/{county['site']}?recheck=1")
    look(page, "recheck-site")
    page.locator("#primary").get_by_role("button", name="复查").click()
    page.get_by_role("heading", name="已知问题").wait_for()
    first = page.locator(f"#problem-{problems[0]}")
    expect(first).to_contain_text("收费未公示")
    expect(first.locator(".state")).to_have_text("逾期 2 天")
    expect(first.get_by_role("img", name="前台")).to_be_visible()
    first.get_by_label("已整改到位").check()
    expect(first.locator(".field-error")).to_contain_text("至少要有一张整改后的照片")
    look(page, "recheck-known")
    go_to(page, "核对并提交")
    expect(page.locator("[data-blocks=true]")).to_contain_text("“已整改到位”要有整改后的照片：收费未公示")
    page.locator("[data-blocks=true]").click()
    take(page, first, look)
    expect(first.locator(".field-error")).to_be_hidden()
    first.get_by_label("复查情况说明").fill("收费表已上墙")
    second = page.locator(f"#problem-{problems[1]}")
    second.get_by_label("未能核实").check()
    second.get_by_label("复查情况说明").fill("后门锁着，没有看到")
    page.wait_for_timeout(300)  # the last letter is on its way
    page.reload()
    page.get_by_role("heading", name="已知问题").wait_for()
    expect(first.get_by_label("已整改到位")).to_be_checked()
    expect(first.locator("figure .photos img")).to_be_visible()
    look(page, "recheck-paired")
    finish(page)
    light(page, "在本机")
    no_signal(page.context, False)
    page.get_by_role("button", name="现在发送").click()
    light(page, "已收妥")
    live.work()
    check_at_the_desk(page, live, problems, look)


def take(page: Page, problem: Any, look: Any) -> None:
    problem.get_by_role("button", name="同位置拍照").click()
    dialog = page.get_by_role("dialog", name="同位置拍照")
    expect(dialog.locator("[data-guide=over] .same-view-guide")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.same-view-now video').videoWidth > 0")
    look(page, "same-view-over")
    dialog.get_by_role("button", name="并排").click()
    expect(dialog.locator("[data-guide=beside]")).to_be_visible()
    dialog.get_by_role("button", name="叠在画面上").click()
    dialog.get_by_role("button", name="拍照", exact=True).click()
    dialog.get_by_role("button", name="用这张").wait_for()
    look(page, "same-view-compared")
    dialog.get_by_role("button", name="用这张").click()
    expect(problem.locator("figure .photos img")).to_be_visible()


def check_at_the_desk(page: Page, live: Any, problems: list[Any], look: Any) -> None:
    check_id = page.url.split("/checks/")[1][:36]
    with live.session() as session:
        check = session.scalars(select(Check).where(Check.id == check_id)).one()
        assert (check.state, check.kind.value, check.flags) == (CheckState.RECEIVED, "recheck", [])
        rows = session.scalars(select(Recheck).where(Recheck.check_id == check.id)).all()
        said = {row.finding_id: (row.outcome.value, row.note) for row in rows}
        assert said == {problems[0]: ("fixed", "收费表已上墙"), problems[1]: ("unseen", "后门锁着，没有看到")}
        [after] = session.scalars(select(Photo).where(Photo.check_id == check.id))
        assert (after.finding_id, after.before_id) == (problems[0], problems[2])
        assert len(json.loads(check.record)["rechecks"]) == 2
    browser = page.context.browser
    assert browser
    desk = browser.new_context(
        base_url=live.url, viewport={"width": 1440, "height": 900}, locale="zh-CN"
    ).new_page()
    sign_in(desk, f"/checks/{check_id}", "li")
    pair = desk.locator("#rechecks .pair").first
    expect(pair.locator("figcaption")).to_contain_text(["整改前", "整改后"])
    for n in range(2):
        expect(pair.locator("img").nth(n)).to_have_js_property("complete", True)
    expect(desk.locator("#rechecks")).to_contain_text("未能核实")
    desk.locator("#rechecks").scroll_into_view_if_needed()
    look(desk, "recheck-desk")


def test_facts_are_entered_without_a_signal_and_judged_at_the_office(page: Page, live, county, look) -> None:
    wait_until_kept(page)
    no_signal(page.context, True)
    page.goto(f"/m/sites/{county['other']}")
    page.locator("#primary button").click()
    page.get_by_role("heading", name="检查信息").wait_for()
    go_to(page, "登记事实")
    look(page, "facts-subjects")
    page.get_by_role("button", name="培训课", exact=True).click()
    page.get_by_role("heading", name="培训课").wait_for()
    page.get_by_label("是哪一个").fill("二楼数学课")
    page.get_by_label("开始时间").fill("1900")
    page.get_by_label("开始时间").press("Tab")
    expect(page.get_by_label("开始时间")).to_have_value("19:00")
    ends = page.get_by_label("结束时间")
    ends.fill("25:00")
    ends.press("Tab")
    error = page.locator(".field-error:visible")
    expect(error).to_have_text("没有这个时间，请按 24 小时制填写，例如 20:30")
    page.reload()
    expect(page.get_by_label("结束时间")).to_have_value("25:00")
    expect(error).to_be_visible()
    look(page, "facts-wrong")
    go_to(page, "核对并提交")
    blocking = page.locator("[data-blocks=true]")
    expect(blocking).to_contain_text("培训课 · 二楼数学课：没有这个时间")
    blocking.click()
    ends.fill("1830")
    ends.press("Tab")
    expect(error).to_have_text("结束时间不晚于开始时间（19:00），请核对")
    ends.fill("20:45")
    ends.press("Tab")
    expect(error).to_have_count(0)
    choose(page, "培训对象", "义务教育阶段学生")
    choose(page, "学科类培训", "是")
    choose(page, "线上培训", "否")
    look(page, "facts-right")
    finish(page)
    light(page, "在本机")
    no_signal(page.context, False)
    page.get_by_role("button", name="现在发送").click()
    light(page, "已收妥")
    check_id = page.url.split("/checks/")[1][:36]
    browser = page.context.browser
    assert browser
    desk = browser.new_context(
        base_url=live.url, viewport={"width": 1440, "height": 900}, locale="zh-CN"
    ).new_page()
    sign_in(desk, f"/checks/{check_id}", "li")
    facts = desk.locator("#facts")
    expect(facts).to_contain_text("二楼数学课")
    expect(facts).to_contain_text("20:45")
    expect(facts.locator(".state", has_text="违反").first).to_be_visible()
    facts.scroll_into_view_if_needed()
    look(desk, "facts-desk")
    expect(desk.locator(".findings")).to_contain_text("20:45")


def choose(page: Page, label: str, words: str) -> None:
    page.get_by_role("group", name=label, exact=True).last.get_by_role("button", name=words, exact=True).click()
