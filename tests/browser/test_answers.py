"""A school's head answers a notice on a phone: by the code on the paper, with and without scripts."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect
from sqlalchemy import select

from inspections.casework.invitations import enter_by_link, token_of
from inspections.casework.inviting import invite, revoke
from inspections.casework.orders import Order, items_of
from inspections.casework.proofs import Proof
from inspections.casework.responses import Response, ResponseState
from inspections.evidence.blobs import Blob
from inspections.evidence.keys import KeyRing
from inspections.evidence.uploads import Upload
from inspections.registry.people import Person
from tests.answers import PDF
from tests.browser.officer import PHONE
from tests.inspections.evidence.films import film
from tests.orders import Case

pytestmark = pytest.mark.browser

KEYS = KeyRing.of(["test"]).link
PICTURES = ("gps_htc_desire.jpg", "orient6.jpg", "gps_china_iphone8.heic")


@pytest.fixture
def letter(live) -> tuple[str, str, str]:
    """The address of a fresh notice, its id, and the id of its first item."""
    with live.session() as session:
        case = Case(session, county=live.county)
        case.officers[0].phone = None
        order = case.served()
        made = invite(session, case.director, order.id, KEYS, datetime.now(UTC))
        item = items_of(session, order)[0].item.id
        return f"/answer/{token_of(KEYS, made)}", str(order.id), str(item)


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def phone(request, chromium: Browser, live) -> BrowserContext:
    context = chromium.new_context(base_url=live.url, java_script_enabled=request.param, **PHONE)
    context.set_default_timeout(20_000)
    context.scripts = request.param  # type: ignore[attr-defined]
    yield context
    context.close()


def named(name: str, content: bytes, kind: str = "application/pdf") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def fill_in(page: Page, item: str) -> None:
    for section in page.locator(".answer-item").all()[:2]:
        section.locator(".choice").first.click()
        section.get_by_label("采取了哪些措施").fill("已停止补课，向 32 名家长退费，见收据和照片。𠮷𡃁")
    page.get_by_label("姓名和职务", exact=True).fill("刘校长")
    page.get_by_label("联系电话").fill("13907931234")


def test_a_head_answers_on_a_phone_with_real_photos(phone, live, letter, shared_data: Path, complaints) -> None:
    here, order_id, item = letter
    said = []
    page = phone.new_page()
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(here)
    expect(page.get_by_role("heading", name="整改通知书")).to_be_visible()
    if phone.scripts:
        page.wait_for_selector("html[data-ready]")
        assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    photos = [shared_data / "photos" / name for name in PICTURES]
    page.locator(f"#files-{item}").set_input_files(photos)
    if phone.scripts:
        expect(page.locator(f'[data-item="{item}"] .answer-kept button')).to_have_count(3)
    page.locator("#files-all").set_input_files(
        {"name": "整改报告.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    if phone.scripts:
        expect(page.locator('[data-item=""] .answer-kept button')).to_have_count(1)
    fill_in(page, item)
    page.get_by_role("button", name="提交报告").click()
    expect(page.get_by_text("报告已收到")).to_be_visible()
    expect(page.get_by_role("button", name="提交报告")).to_have_count(0)
    assert said == []
    with live.session() as session:
        response = session.scalars(select(Response).where(Response.order_id == order_id)).one()
        assert response.state is ResponseState.SUBMITTED
        proofs = session.scalars(select(Proof).where(Proof.form_id == response.id)).all()
        hashes = [each.sha256 for each in proofs]
        assert {each.name for each in proofs if each.item == item} == set(PICTURES)
        store = live.app.extensions["store"]
        for each in proofs:
            if each.item:
                with store.open(each.sha256) as file:
                    assert file.read() == (shared_data / "photos" / each.name).read_bytes()
    live.work()
    with live.session() as session:
        pictures = select(Blob.derived_at).where(Blob.sha256.in_(hashes))
        assert all(session.scalars(pictures))


@pytest.fixture
def page(chromium: Browser, live) -> Page:
    context = chromium.new_context(base_url=live.url, **PHONE)
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def test_what_was_typed_is_there_after_the_page_was_closed(page: Page, letter) -> None:
    here, _, item = letter
    page.goto(here)
    page.wait_for_selector("html[data-ready]")
    fill_in(page, item)
    expect(page.locator(".answer-letter .answer-draft")).to_contain_text("已存在这台设备上")
    page.goto("about:blank")
    page.goto(here)
    expect(page.locator(".answer-letter .answer-draft")).to_contain_text("上次写的内容已放回来")
    expect(page.get_by_label("姓名和职务", exact=True)).to_have_value("刘校长")
    expect(page.locator(".answer-item").first.locator("input[type=radio]").first).to_be_checked()
    page.get_by_role("button", name="提交报告").click()
    expect(page.get_by_text("报告已收到")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('answer '))") == []


def test_a_large_film_goes_on_where_the_line_broke(page: Page, live, letter, tmp_path: Path) -> None:
    here, order_id, _ = letter
    clip = tmp_path / "现场.mp4"
    clip.write_bytes(film_of(3_000_000))
    sent: list[int] = []

    def break_once(route) -> None:
        size = len(route.request.post_data_buffer or b"")
        if route.request.method == "PATCH":
            sent.append(size)
            if len(sent) == 3:
                return route.abort()
        return route.continue_()

    page.route("**/files/**", break_once)
    page.goto(here)
    page.wait_for_selector("html[data-ready]")
    page.locator("#files-all").set_input_files(clip)
    expect(page.locator('[data-item=""] .answer-kept button')).to_have_count(1)
    assert sum(sent) - sent[2] == 3_000_000  # the piece that was lost, and no other, was sent again
    with live.session() as session:
        proof = session.scalars(select(Proof).where(Proof.order_id == order_id)).one()
        assert (proof.name, proof.size, proof.media_type) == ("现场.mp4", 3_000_000, "video/mp4")
        assert session.scalars(select(Upload).where(Upload.sha256 == proof.sha256)).one().is_done
    page.locator('[data-item=""] .answer-kept button').click()
    expect(page.locator('[data-item=""] .answer-kept li')).to_have_count(0)
    with live.session() as session:
        assert session.scalars(select(Proof).where(Proof.order_id == order_id)).all() == []


def film_of(size: int) -> bytes:
    return film(b"vide", data=bytes(size - len(film(b"vide", data=b""))))


def test_what_can_not_be_taken_is_said_at_the_file(page: Page, letter, tmp_path: Path) -> None:
    here, _, item = letter
    page.goto(here)
    page.wait_for_selector("html[data-ready]")
    field = page.locator(f"#files-{item}")
    field.set_input_files(
        {"name": "<img src=x>.html", "mimeType": "text/html", "buffer": b"<script>alert(1)</script>"}
    )
    box = page.locator(f'[data-item="{item}"]')
    expect(box.locator(".field-error")).to_contain_text("“<img src=x>.html”是网页，请打印成 PDF 或截图后再传")
    large = tmp_path / "大.pdf"
    large.touch()
    os.truncate(large, 50_200_000)
    field.set_input_files(large)
    expect(box.locator(".field-error").last).to_contain_text("太大：50.2 MB，最多 50 MB")
    field.set_input_files(named("好.pdf", PDF))
    expect(box.get_by_role("button", name="不要了")).to_have_count(1)


def test_the_link_is_told_to_nobody(page: Page, letter) -> None:
    here, _, _ = letter
    referers: list[str] = []
    page.on("request", lambda request: referers.append(request.headers.get("referer", "")))
    page.goto(here)
    page.wait_for_selector("html[data-ready]")
    assert len(referers) > 5
    assert not any(here.rsplit("/", 1)[1] in each for each in referers)


def test_a_revoked_link_shows_nothing_but_whom_to_phone(page: Page, live, letter) -> None:
    here, _, _ = letter
    with live.session() as session:
        _, made, order = enter_by_link(session, here.rsplit("/", 1)[1], datetime.now(UTC))
        person = session.get_one(type(made), (made.county, made.id)).made_by_id
        revoke(session, session.get_one(Person, (made.county, person)), made.id, "遗失", datetime.now(UTC))
        assert isinstance(order, Order)
    page.goto(here)
    expect(page.get_by_text("请联系李调度，电话 0793-1234567")).to_be_visible()
    assert "20:30" not in page.content()
