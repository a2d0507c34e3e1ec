"""Known problems looked at again on the phone, without a signal: outcomes, before and after from the same view."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from geo.times import china_day
from inspections.casework.findings import FindingState
from inspections.casework.rechecks import Recheck
from inspections.field.checks import Check, CheckState
from inspections.field.photos import Photo
from inspections.registry.people import Role
from inspections.registry.sites import Site
from tests.browser.officer import PHONE, PLACE, finish, go_to, light, no_signal, sign_in, wait_until_kept
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
KEPT = """() => new Promise((done) => {
  const opening = indexedDB.open("mingcha-field");
  opening.onsuccess = () => {
    const asked = opening.result.transaction("thumbs").objectStore("thumbs").getAllKeys();
    asked.onsuccess = () => done(asked.result.filter((key) => key.startsWith("before ")).length);
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
        return {"site": site.id, "zhang": zhang.id}


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
    bytes_ = photo("no fee board")
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
        return [each.id for each in found]


def test_problems_are_looked_at_again_without_a_signal(page: Page, live, county, problems, look) -> None:
    wait_until_kept(page)
    page.goto("/m/me")
    page.get_by_role("button", name="更新任务和点位").click()
    page.wait_for_function(f"async () => (await ({KEPT})()) > 0")
    no_signal(page.context, True)
    page.goto(f"/m/sites/{county['site']}?recheck=1")
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
        before = session.scalars(select(Photo).where(Photo.caption == "前台")).one()
        assert (after.finding_id, after.before_id) == (problems[0], before.id)
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
