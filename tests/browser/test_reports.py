"""A parent reports from a phone: on a line that breaks, and on a phone that runs no scripts."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import select

from inspections.evidence.blobs import Blob
from inspections.intake.receipt_codes import find_by_code
from inspections.intake.tip_files import TipFile, files_of
from inspections.intake.tips import Lane, Tip
from inspections.registry.areas import AreaLevel
from inspections.registry.sites import PublicList, SiteCategory, SiteKind
from tests.answers import PDF
from tests.browser.officer import PHONE
from tests.casefile import make_area
from tests.factories import make_site
from webapp.keys import key_ring

pytestmark = pytest.mark.browser

WORDS = "三楼有人在家里收费补数学，每次十来个孩子。𠮷"
PICTURES = ("gps_htc_desire.jpg", "orient6.jpg")


@pytest.fixture(scope="module", autouse=True)
def _place(live) -> None:
    with live.session() as session:
        town = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (116.9, 28.5, 117.2, 28.9), live.county)
        make_site(
            session, county=live.county, kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY, name="第一小学",
            township_id=town.id,
        )  # fmt: skip
        make_site(
            session, county=live.county, name="小太阳托管班", public_list=PublicList.BLACK, township_id=town.id
        )


@pytest.fixture
def said() -> list[str]:
    return []


def phone_of(chromium: Browser, live, said: list[str], *, scripts: bool) -> BrowserContext:
    place = {"longitude": 117.07, "latitude": 28.69, "accuracy": 12}
    context = chromium.new_context(
        base_url=live.url,
        java_script_enabled=scripts,
        **PHONE | {"geolocation": place, "permissions": ["geolocation"]},
    )
    context.set_default_timeout(20_000)
    context.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: said.append(str(error.error)))
    return context


@pytest.fixture
def phone(chromium: Browser, live, said) -> Iterator[Page]:
    context = phone_of(chromium, live, said, scripts=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def plain(chromium: Browser, live, said) -> Iterator[Page]:
    context = phone_of(chromium, live, said, scripts=False)
    yield context.new_page()
    context.close()


def tip_of(live, session, code: str) -> Tip:
    with live.app.app_context():
        tip = find_by_code(session, live.county, key_ring().tip, code)
    assert tip is not None
    return tip


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_parent_reports_on_a_line_that_breaks(
    phone: Page, live, shared_data: Path, complaints, said, look
) -> None:
    here = f"/report/{live.county}"
    phone.goto(here)
    phone.wait_for_selector("html[data-ready]")
    assert complaints(phone) == []
    phone.get_by_label("您看到的").fill(WORDS)
    phone.get_by_label("靠近哪所学校").fill("小学")
    phone.get_by_role("button", name="第一小学").click()
    phone.get_by_role("button", name="就在我这里").click()
    expect(phone.get_by_text("图钉放好了，可以拖动。")).to_be_visible()
    phone.locator(".report-canvas").click(position={"x": 200, "y": 90})
    assert float(phone.locator("[name=lat]").input_value()) > 28.69
    phone.get_by_label("周末").check()
    phone.reload()  # as phones do when the camera was open
    expect(phone.get_by_label("您看到的")).to_have_value(WORDS)
    expect(phone.get_by_label("周末")).to_be_checked()
    phone.locator("#files").set_input_files([shared_data / "photos" / name for name in PICTURES])
    assert complaints(phone) == []
    assert fits(phone)
    look(phone, "report-written")

    lost: list[str] = []

    def break_once(route: Route) -> None:
        """The words, the beginning of a photo and its middle: each is lost once."""
        kind = f"{route.request.method} {'files' in route.request.url}"
        if route.request.method in {"POST", "PATCH"} and kind not in lost:
            lost.append(kind)
            route.abort("connectionreset")
        else:
            route.fallback()

    phone.route(f"**{here}**", break_once)
    phone.get_by_role("button", name="发送", exact=True).click()
    expect(phone.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    code = phone.locator("[data-code]").inner_text()
    expect(phone.get_by_text("图片都传好了")).to_be_visible()
    assert sorted(lost) == ["PATCH True", "POST False", "POST True"]
    assert complaints(phone) == []
    look(phone, "report-receipt")
    with live.session() as session:
        tip = tip_of(live, session, code)
        assert (tip.text, tip.lane, tip.schedule, tip.near) == (WORDS, Lane.PROVEN, "周末", "第一小学")
        assert tip.township_id is not None
        kept = {each.sha256 for each in files_of(session, live.county, [tip.id])[tip.id]}
    assert kept == {digest(shared_data / "photos" / name) for name in PICTURES}

    phone.get_by_role("link", name="查进度、补材料").click()
    phone.get_by_label("查询码").fill(code.lower().replace("-", " "))
    phone.get_by_role("button", name="查询").click()
    expect(phone.get_by_role("heading", name="已收到")).to_be_visible()
    phone.wait_for_selector("html[data-ready]")
    assert complaints(phone) == []
    phone.locator("#files").set_input_files({"name": "招生.pdf", "mimeType": "application/pdf", "buffer": PDF})
    phone.get_by_label("再写几句").fill("今天又有人来发传单。")
    phone.get_by_role("button", name="发送补充").click()
    expect(phone.get_by_text("补充的内容收到了。")).to_be_visible()
    expect(phone.get_by_text("已收到 3 个文件")).to_be_visible()
    assert code not in phone.url
    assert fits(phone)
    look(phone, "report-status")
    phone.go_back()
    phone.goto(here)
    expect(phone.get_by_label("您看到的")).to_have_value("")
    assert [each for each in said if "ERR_CONNECTION_RESET" not in each] == []


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_what_is_missing_is_said_where_it_is_missing(phone: Page, live, complaints) -> None:
    phone.goto(f"/report/{live.county}")
    phone.wait_for_selector("html[data-ready]")
    phone.get_by_label("几点到几点").fill("晚上")
    phone.get_by_role("button", name="发送", exact=True).click()
    expect(phone.get_by_text("请写几句您看到的情况")).to_be_visible()
    expect(phone.get_by_label("您看到的")).to_be_focused()
    expect(phone.get_by_label("几点到几点")).to_have_value("晚上")
    assert complaints(phone) == []


def test_a_phone_without_scripts_sends_a_tip_with_photos(plain: Page, live, shared_data: Path, said, look) -> None:
    plain.goto(f"/report/{live.county}")
    plain.get_by_role("button", name="发送", exact=True).click()
    expect(plain.get_by_text("请写几句您看到的情况")).to_be_visible()
    plain.get_by_label("您看到的").fill(WORDS)
    plain.get_by_label("地址或找得到的说法").fill("中学后门理发店楼上")
    plain.get_by_label("工作日晚间").check()
    plain.locator("#files").set_input_files([shared_data / "photos" / name for name in PICTURES])
    plain.get_by_role("button", name="发送", exact=True).click()
    expect(plain.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    code = plain.locator("[data-code]").inner_text()
    assert fits(plain)
    look(plain, "report-receipt-plain")
    plain.locator("#files").set_input_files({"name": "截图.pdf", "mimeType": "application/pdf", "buffer": PDF})
    plain.get_by_role("button", name="发送照片").click()
    expect(plain.get_by_text("补充的内容收到了。")).to_be_visible()
    expect(plain.get_by_text("已收到 3 个文件")).to_be_visible()
    with live.session() as session:
        assert tip_of(live, session, code).lane is Lane.UNPROVEN
    live.work()
    with live.session() as session:
        digests = select(TipFile.sha256).where(TipFile.tip_id == tip_of(live, session, code).id)
        drawn = session.scalars(select(Blob.derived_at).where(Blob.sha256.in_(digests))).all()
        assert all(drawn)
    assert [each for each in said if "422" not in each] == []


@pytest.mark.parametrize("theme", ["light", "night", "contrast"])
def test_the_countys_page_is_readable_in_each_theme(phone: Page, live, complaints, look, theme) -> None:
    phone.goto(f"/public/{live.county}?list=black")
    phone.wait_for_selector("html[data-ready]")
    phone.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
    expect(phone.get_by_text("小太阳托管班")).to_be_visible()
    assert complaints(phone) == []
    assert fits(phone)
    look(phone, f"county-{theme}")
