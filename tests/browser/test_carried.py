"""The queue leaves a phone as a file, a colleague's phone brings it, and the author has the receipt."""

import struct
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from inspections.field.checks import Check, CheckState
from inspections.registry.people import Role
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
)
from tests.factories import make_person, make_site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def county(live) -> dict[str, Any]:
    with live.session() as session:
        county = live.county
        zhang = make_person(session, Role.INSPECTOR, county=county, login="zhang", certificate="赣E001")
        wang = make_person(session, Role.ENFORCER, county=county, name="王强", login="wang", certificate="赣E002")
        return {"site": make_site(session, PLACE, county=county).id, "zhang": zhang.id, "wang": wang.id}


def phone_of(chromium: Browser, live, login: str) -> tuple[BrowserContext, Page]:
    context = chromium.new_context(base_url=live.url, accept_downloads=True, **PHONE)
    context.set_default_timeout(15_000)
    page = context.new_page()
    with page.expect_response("**/api/v1/field/phone"):  # the office knows this phone's signing key
        sign_in(page, login=login)
        page.locator(".greeting").wait_for()
    return context, page


def test_a_check_carried_by_a_colleague_is_received_in_the_authors_name(
    chromium: Browser, live, county, tmp_path: Path, look
) -> None:
    author, page = phone_of(chromium, live, "zhang")
    check_id = begin(page, county["site"])
    go_to(page, "现场照片")
    add_photos(page, [drawn_photo(page, "carried")])
    no_signal(author, True)
    finish(page)
    light(page, "在本机")
    page.locator("#sync-light").click()
    with page.expect_download() as given:
        page.get_by_role("button", name="导出为文件").click()
    parcel = tmp_path / given.value.suggested_filename
    given.value.save_as(parcel)
    look(page, "exported")
    content = parcel.read_bytes()
    assert content[:4] == b"MCQ1"
    header = content[8 : 8 + struct.unpack(">I", content[4:8])[0]].decode()
    assert check_id in header
    assert "小太阳" not in content.decode("utf-8", "replace")
    page.locator("#phone-nav").get_by_text("我的").click()
    expect(page.get_by_role("button", name="退出登录")).to_be_visible()  # what is in a file may be left behind
    carrier, other = phone_of(chromium, live, "wang")
    other.goto("/m/outbox")
    with other.expect_file_chooser() as chooser:
        other.get_by_role("button", name="替同事带交（选择 .mcq 文件）").click()
    chooser.value.set_files(str(parcel))
    expect(other.locator(".rows", has_text="已交")).to_be_visible(timeout=20_000)
    look(other, "carried")
    with live.session() as session:
        check = session.get_one(Check, (live.county, UUID(check_id)))
        assert (check.person_id, check.state) == (county["zhang"], CheckState.RECEIVED)
    no_signal(author, False)
    page.goto(f"/m/checks/{check_id}")
    light(page, "已收妥")
    author.close()
    carrier.close()


def test_a_file_that_is_no_parcel_is_not_taken_along(chromium: Browser, live, county) -> None:
    context, page = phone_of(chromium, live, "wang")
    page.goto("/m/outbox")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="替同事带交（选择 .mcq 文件）").click()
    chooser.value.set_files(
        [{"name": "queue.mcq", "mimeType": "application/octet-stream", "buffer": b"MCQ1 and more"}]
    )
    expect(page.locator("#toasts")).to_contain_text("这不是明察导出的文件")
    context.close()
