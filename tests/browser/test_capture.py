"""A phone that loses nothing: killed, full, offline, in two pages, with the data of the version before."""

import hashlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from inspections.db import new_id
from inspections.field.checks import Check, CheckState
from inspections.field.photos import Photo
from inspections.registry.people import Role
from tests.browser.officer import (
    PHONE,
    PLACE,
    add_photos,
    begin,
    drawn_photo,
    finish,
    go_past_facts,
    go_to,
    light,
    no_signal,
    sign,
    sign_in,
    until,
    wait_until_kept,
)
from tests.factories import make_person, make_record, make_site

pytestmark = pytest.mark.browser

FIVE = ("gps_china_iphone8.heic", "gps_htc_desire.jpg", "gps_zero_zero.jpg", "orient6.jpg", "gps_orient6.webp")


@pytest.fixture(scope="module")
def county(live) -> dict[str, Any]:
    with live.session() as session:
        county = live.county
        wang = make_person(session, Role.ENFORCER, county=county, name="王强", login="wang", certificate="赣E002")
        zhang = make_person(session, Role.INSPECTOR, county=county, login="zhang", certificate="赣E001")
        site = make_site(session, (PLACE[0] + 0.001, PLACE[1]), county=county, address="青云路 18 号")
        other = make_site(session, PLACE, county=county, name="晨光小学")
        return {"site": site.id, "other": other.id, "zhang": zhang.id, "wang": wang.id}


@pytest.fixture
def phone(chromium: Browser, live, county) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=live.url, **PHONE)
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext) -> Page:
    page = phone.new_page()
    sign_in(page)
    page.locator(".greeting").wait_for()
    return page


def kill(page: Page) -> Page:
    """A fresh page after the renderer was killed, as a phone ends a page: nothing in it can say a last word."""
    context = page.context
    browser = context.browser
    assert browser
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    with page.expect_event("crash"):
        for process in processes:
            if process["type"] == "renderer":
                os.kill(process["id"], signal.SIGKILL)
    page.close()
    return context.new_page()


def check_of(live, check_id: str) -> Any:
    with live.session() as session:
        check = session.get(Check, (live.county, UUID(check_id)))
        photos = session.scalars(select(Photo).where(Photo.check_id == UUID(check_id)).order_by(Photo.position))
        return check and (check.state, [(photo.sha256, photo.purpose.value) for photo in photos], check.record)


def test_a_check_with_five_real_photos_survives_a_kill_offline_and_is_received(
    page: Page, phone: BrowserContext, live, county, shared_data: Path, look
) -> None:
    files = [shared_data / "photos" / name for name in FIVE]
    wait_until_kept(page)
    phone.set_offline(True)
    page = kill(page)
    page.goto("/m")
    expect(page.get_by_text("好，张敏")).to_be_visible()
    look(page, "walk-0-opened-offline")
    check_id = begin(page, county["site"])
    page.get_by_label("第二名检查人员").select_option(label="王强 · 赣E002")
    page.get_by_role("button", name="已出示证件").click()
    page.get_by_role("button", name="已告知录音录像").click()
    for _ in range(4):
        page.get_by_role("button", name="下一步").click()
        page.get_by_role("button", name="本组全部符合").click()
    go_past_facts(page)
    add_photos(page, [str(file) for file in files])
    page.get_by_label("第 2 张照片的说明").fill("门口招牌")
    look(page, "walk-1-photos-offline")
    page.wait_for_timeout(300)  # the last letter is on its way
    page = kill(page)
    page.goto(f"/m/check/{check_id}")
    expect(page.get_by_role("heading", name="现场照片")).to_be_visible()
    expect(page.locator(".photos > li")).to_have_count(5)
    expect(page.get_by_label("第 2 张照片的说明")).to_have_value("门口招牌")
    look(page, "walk-2-resumed")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="下一步").click()
    sign(page)
    page.get_by_role("button", name="下一步").click()
    look(page, "walk-3-finish")
    page.get_by_role("button", name="提交检查").click()
    light(page, "在本机")
    look(page, "walk-4-on-this-phone")
    page = kill(page)
    page.goto("/m/outbox")
    expect(page.get_by_text("1 条还在手机上")).to_be_visible()
    phone.set_offline(False)
    page.get_by_role("button", name="现在发送").click()
    expect(page.get_by_text("全部收妥，可以放心离开")).to_be_visible(timeout=30_000)
    look(page, "walk-5-safe-to-leave")
    live.work()
    page.goto(f"/m/checks/{check_id}")
    light(page, "已收妥")
    expect(page.get_by_text("可以放心离开")).to_be_visible()
    expect(page.locator(".photos img")).to_have_count(6)  # the HEIC one too, drawn by the server
    look(page, "walk-6-receipt")
    state, photos, record = check_of(live, check_id)
    assert state is CheckState.RECEIVED
    assert [name for name, _ in photos[:5]] == [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    kept = json.loads(record)["files"]
    assert kept[1]["caption"] == "门口招牌"
    assert all(each["clocks"]["monotonic_ms"] > 0 and each["fixes"] for each in kept[:5])


def test_a_page_killed_at_any_moment_of_typing_keeps_what_it_said_was_saved(page: Page, live, county) -> None:
    check_id = begin(page, county["site"])
    go_to(page, "现场照片")
    photo = drawn_photo(page, "before the kill")
    add_photos(page, [photo])
    for turn in range(4):
        go_to(page, "核对并提交")
        box = page.get_by_label("总的情况")
        box.fill(f"第 {turn} 次，写好的")
        page.wait_for_timeout(250)
        box.press_sequentially("，正在写" * (turn + 1), delay=turn * 3)
        page = kill(page)
        page.goto(f"/m/check/{check_id}")
        expect(page.get_by_role("heading", name="核对并提交")).to_be_visible()
        assert page.get_by_label("总的情况").input_value().startswith(f"第 {turn} 次，写好的")
    page.get_by_role("button", name="提交检查").click()
    light(page, "已收妥")
    assert check_of(live, check_id)[1][0][0] == hashlib.sha256(photo["buffer"]).hexdigest()


def test_a_page_killed_while_photos_are_being_saved_has_each_of_them_whole_or_not_at_all(
    page: Page, live, county, shared_data: Path
) -> None:
    check_id = begin(page, county["site"])
    go_to(page, "现场照片")
    files = [str(shared_data / "photos" / name) for name in FIVE]
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="相册", exact=True).click()
    chooser.value.set_files(files)
    page.wait_for_timeout(150)
    page = kill(page)
    page.goto(f"/m/check/{check_id}")
    expect(page.get_by_role("heading", name="现场照片")).to_be_visible()
    count = page.locator(".photos > li").count()
    finish(page)
    light(page, "已收妥")
    hashes = [hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files]
    assert [name for name, _ in check_of(live, check_id)[1]] == hashes[:count]


def test_a_page_killed_while_the_camera_is_open_asks_for_that_one_photo(page: Page, county) -> None:
    check_id = begin(page, county["other"])
    go_to(page, "现场照片")
    add_photos(page, [drawn_photo(page, "first")])
    page.get_by_label("第 1 张照片的说明").fill("一楼")
    with page.expect_file_chooser():
        page.get_by_role("button", name="拍照", exact=True).click()
    page = kill(page)
    page.goto(f"/m/check/{check_id}")
    expect(page.get_by_text("那一张没有存下来，请重拍")).to_be_visible()
    expect(page.locator(".photos img")).to_have_count(1)
    expect(page.get_by_label("第 1 张照片的说明")).to_have_value("一楼")


def test_a_full_phone_refuses_the_photo_keeps_the_words_and_names_the_ways_out(
    phone: BrowserContext, live, county, look
) -> None:
    page = phone.new_page()
    session = phone.new_cdp_session(page)  # before the first write: what is left is remembered for half a minute
    session.send("Storage.overrideQuotaForOrigin", {"origin": live.url, "quotaSize": 14_000_000})
    sign_in(page)
    check_id = begin(page, county["site"])
    go_to(page, "现场照片")
    add_photos(page, [drawn_photo(page, "while there was room")])
    big = {"name": "big.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff" + os.urandom(18_000_000)}
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="相册", exact=True).click()
    chooser.value.set_files([big])
    expect(page.locator("#toasts")).to_contain_text("这张照片没有存下；已填的内容都在")
    expect(page.get_by_role("button", name="导出为文件")).to_be_visible()
    look(page, "full-phone")
    page.get_by_label("第 1 张照片的说明").fill("空间满了以后写的")
    page.wait_for_timeout(300)
    page.reload()
    expect(page.locator(".photos > li")).to_have_count(1)
    expect(page.get_by_label("第 1 张照片的说明")).to_have_value("空间满了以后写的")
    finish(page)
    light(page, "已收妥")
    assert len(check_of(live, check_id)[1]) == 1


def test_two_pages_send_one_record_once(page: Page, phone: BrowserContext, live, county) -> None:
    check_id = begin(page, county["site"])
    second = phone.new_page()
    second.goto("/m/checks")
    second.wait_for_selector("html[data-ready]")
    posts: list[str] = []
    phone.on(
        "request",
        lambda request: request.method == "POST" and "/v1/checks" in request.url and posts.append(request.url),
    )
    no_signal(phone, True)
    finish(page)
    light(page, "在本机")
    no_signal(phone, False)
    posts.clear()
    for each in (page, second):
        each.evaluate("() => window.dispatchEvent(new Event('online'))")
    light(page, "已收妥")
    assert len(posts) == 1
    assert check_of(live, check_id)[0] is CheckState.RECEIVED


def test_a_database_that_the_system_closes_is_opened_again_and_nothing_is_missing(
    phone: BrowserContext, county
) -> None:
    page = phone.new_page()
    page.add_init_script(KEEP_CONNECTIONS)
    sign_in(page)
    begin(page, county["other"])
    go_to(page, "核对并提交")
    box = page.get_by_label("总的情况")
    box.fill("关闭以前")
    page.wait_for_timeout(200)
    assert page.evaluate("() => closeAll()") > 0
    box.fill("关闭以后")
    page.wait_for_timeout(300)
    page.reload()
    expect(page.get_by_label("总的情况")).to_have_value("关闭以后")


KEEP_CONNECTIONS = """
const connections = [];
const open = IDBFactory.prototype.open;
IDBFactory.prototype.open = function (...all) {
  const request = open.apply(this, all);
  request.addEventListener("success", () => connections.push(request.result));
  return request;
};
window.closeAll = () => connections.splice(0).map((each) => each.close()).length;
"""


def test_what_the_version_before_left_in_the_queue_is_sealed_and_received(
    phone: BrowserContext, live, county
) -> None:
    page = phone.new_page()
    page.goto("/account/sign-in")
    photo = drawn_photo(page, "the version before")
    entry = {
        "id": str(new_id()), "sha256": hashlib.sha256(photo["buffer"]).hexdigest(), "size": len(photo["buffer"]),
        "type": "image/jpeg", "purpose": "scene", "item": None, "caption": "旧版", "position": 0,
    }  # fmt: skip
    record = make_record(county["site"], files=[entry], checklist=None, answers=[])
    content = json.dumps(record)
    page.evaluate(
        FIRST_SCHEMA,
        [content, hashlib.sha256(content.encode()).hexdigest(), str(county["zhang"]), list(photo["buffer"])],
    )
    sign_in(page)
    page.goto(f"/m/checks/{record['id']}")
    light(page, "已收妥")
    state, photos, kept = check_of(live, record["id"])
    assert (state, photos, kept) == (CheckState.RECEIVED, [(entry["sha256"], "scene")], content.encode())
    until(page, ALL_SEALED)


FIRST_SCHEMA = """([content, sha256, person_id, photo]) => new Promise((done, failed) => {
  const request = indexedDB.open("mingcha-field", 1);
  request.onerror = failed;
  request.onupgradeneeded = () => {
    const db = request.result;
    for (const name of ["drafts", "records"]) db.createObjectStore(name, { keyPath: "id" });
    for (const name of ["photos", "thumbs"]) {
      db.createObjectStore(name, { keyPath: "id" }).createIndex("owner", "owner");
    }
    db.createObjectStore("bundles", { keyPath: "person_id" });
    db.createObjectStore("settings", { keyPath: "key" });
  };
  request.onsuccess = () => {
    const { id, site_id, files, device, finished_at } = JSON.parse(content);
    const tx = request.result.transaction(["records", "photos", "settings"], "readwrite");
    tx.objectStore("settings").put({ key: "device", id: device.id, sequence: 1, clock_offset_ms: null });
    tx.objectStore("records").put({
      id, kind: "check", person_id, site_id, site_name: "小太阳", task_id: null, check_kind: "routine",
      sequence: 1,
      bytes: new TextEncoder().encode(content).buffer, sha256, files, finished_at, state: "waiting",
      receipt: null, problem: null, completed_at: null, depends_on: null });
    tx.objectStore("photos").put({ id: files[0].id, owner: id, bytes: new Uint8Array(photo).buffer });
    tx.oncomplete = () => { request.result.close(); done(); };
  };
})"""

ALL_SEALED = """async () => {
  const result = (request) => new Promise((done) => (request.onsuccess = () => done(request.result)));
  const db = await result(indexedDB.open("mingcha-field"));
  const all = (name) => result(db.transaction(name).objectStore(name).getAll());
  const rows = (await Promise.all(["drafts", "records", "photos", "thumbs"].map(all))).flat();
  db.close();
  const known = ["id", "person_id", "owner", "sequence", "sealed"];
  const isSealed = (row) => row.sealed && Object.keys(row).every((key) => known.includes(key));
  return rows.length > 0 && rows.every(isSealed);
}"""


def test_nothing_that_was_written_lies_on_the_phone_in_plain_and_another_person_reads_none_of_it(
    page: Page, phone: BrowserContext, live, county
) -> None:
    begin(page, county["other"])
    go_to(page, "现场照片")
    add_photos(page, [drawn_photo(page, "sealed")])
    assert page.evaluate(ALL_SEALED)
    page.request.post("/account/sign-out", headers={"Origin": live.url})
    other = phone.new_page()
    sign_in(other, login="wang")
    other.goto("/m/checks")
    expect(other.get_by_text("还没有检查")).to_be_visible()
    other.goto(page.url)
    expect(other.get_by_text("手机上没有这份草稿")).to_be_visible()


def test_two_records_under_one_number_are_shown_field_by_field(
    page: Page, phone: BrowserContext, live, county, look
) -> None:
    check_id = begin(page, county["site"])
    other = make_record(county["site"], id=check_id, summary="服务器上的一份", checklist=None, answers=[])
    content = json.dumps(other).encode()
    headers = {
        "X-Record-Sha256": hashlib.sha256(content).hexdigest(),
        "Content-Type": "application/json",
        "Origin": live.url,
    }
    assert page.request.post("/api/v1/checks", data=content, headers=headers).status == 201
    go_to(page, "核对并提交")
    page.get_by_label("总的情况").fill("手机上的一份")
    finish(page)
    light(page, "有两份，待核对")
    difference = page.locator(".difference", has_text="总的情况")
    expect(difference).to_contain_text("手机上的一份")
    expect(difference).to_contain_text("服务器上的一份")
    look(page, "conflict")
    page.get_by_role("button", name="留给专班核对").click()
    light(page, "两份都已交，待专班核对")
    assert check_of(live, check_id)[2] == content
