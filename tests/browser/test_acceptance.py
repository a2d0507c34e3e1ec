"""One check travels all the way: a real county brought in, a phone, a desk, a hotspot on a map that is kept."""

import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select

from geo.coordinates import Datum
from inspections.days import day_of
from inspections.field.checks import CheckKind
from inspections.field.tasks import assign
from inspections.registry.people import Role
from inspections.registry.sites import Site
from tests import lists
from tests.browser.installation import Installation
from tests.browser.officer import go_past_facts, until
from tests.factories import PASSWORD, make_person, make_site, make_tip

log = logging.getLogger(__name__)
pytestmark = [pytest.mark.browser, pytest.mark.shared]

COUNTY, NEIGHBOUR = "361129", "421303"
PHOTOS = {"item": "orient6.jpg", "scene": ("gps_htc_desire.jpg", "gps_china_iphone8.heic")}
SCHOOLS = 300
SECONDS = 20  # how long to wait for what a person should see within two; what it took is printed


@dataclass
class Wannian:
    site: str
    name: str
    lon: float
    lat: float


@pytest.fixture(scope="module")
def wannian(installation: Installation, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Wannian:
    """The real county by the product's own import; people, tips around one site, and a task for tomorrow."""
    folder = shared_data / "admin/wannian_361129"
    for name in ("county_cgcs2000", "townships_wgs84"):
        installation.command("import", "areas", folder / f"{name}.geojson", "--county", COUNTY, "--datum", "wgs84")
    places = lists.random_places(lists.outlines(shared_data), SCHOOLS)
    table = tmp_path_factory.mktemp("lists") / "学校.csv"
    table.write_bytes(lists.as_csv(lists.in_datum(places, Datum.GCJ02), encoding="gb18030"))
    installation.command("import", "sites", table, "--county", COUNTY)
    with installation.session(NEIGHBOUR) as session:
        make_person(session, Role.DISPATCHER, county=NEIGHBOUR, name="何静", login="zd-he")
        make_site(session, (113.37, 31.69), NEIGHBOUR, name="曾都区的点位")
    with installation.session(COUNTY) as session:
        li = make_person(session, Role.DISPATCHER, name="李强", login="wn-li")
        zhang = make_person(session, Role.INSPECTOR, name="张敏", login="wn-zhang", certificate="赣E001")
        make_person(session, Role.ENFORCER, name="王强", certificate="赣E002")
        site = session.scalars(select(Site).where(Site.name == "第1小学")).one()
        assert site.place is not None
        _tips_around(session, site)
        today = day_of(datetime.now(UTC))
        assign(
            session,
            li,
            site,
            zhang,
            CheckKind.TIP,
            today + timedelta(days=1),
            today=today,
            reason="群众反映晚间补课",
        )
        assert session.scalar(select(func.count()).select_from(Site).where(Site.county == COUNTY)) == SCHOOLS
        return Wannian(str(site.id), site.name, *site.place)


def _tips_around(session, site: Site) -> None:
    """Three dozen within a few hundred metres of one school; a dozen over the county."""
    rng, now = np.random.default_rng(2), datetime.now(UTC)
    for number in range(48):
        spread = 0.0025 if number < 36 else 0.06
        lon, lat = rng.normal((site.place.lon, site.place.lat), spread)
        make_tip(session, (lon, lat), received_at=now - timedelta(days=float(rng.uniform(1, 80))))


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures of the walk go."""
    return Path(os.environ.get("MINGCHA_SCREENSHOTS", tmp_path_factory.mktemp("walk")))


@pytest.fixture
def phone(chromium: Browser, installation: Installation, wannian: Wannian) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=installation.url,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        locale="zh-CN",
        geolocation={"longitude": wannian.lon + 0.0002, "latitude": wannian.lat, "accuracy": 9},
        permissions=["geolocation"],
    )
    yield from _page(context)


@pytest.fixture
def desk(chromium: Browser, installation: Installation) -> Iterator[Page]:
    viewport = {"width": 1440, "height": 900}
    yield from _page(chromium.new_context(base_url=installation.url, viewport=viewport, locale="zh-CN"))


def _page(context: BrowserContext) -> Iterator[Page]:
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    yield page
    context.close()
    assert faults == []


def sign_in(page: Page, login: str, path: str) -> None:
    page.goto(f"/account/sign-in?next={path}")
    page.get_by_label("账号", exact=True).fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_selector("html[data-ready]")


def test_one_check_travels_all_the_way(
    phone: Page, desk: Page, wannian: Wannian, shared_data: Path, shots: Path, tmp_path: Path, chromium: Browser
) -> None:
    sign_in(desk, "wn-li", "/")
    expect(desk.locator("#in-view")).to_have_text(f"视野内 {SCHOOLS} 个点位")
    desk.screenshot(path=shots / "desk-1-map.png")
    desk.goto(f"/?site={wannian.site}")
    expect(desk.locator("#panel")).to_contain_text("还没有检查过")
    desk.evaluate(WATCH, {"site": wannian.name, "photos": 3})

    check = _inspect(phone, shared_data / "photos", shots)
    received = phone.evaluate("Date.now()")

    seen = {name: until(desk, f"window.seen.{name}") for name in ("told", "check", "photos")}
    log.info("after the receipt: %s", {name: f"{(at - received) / 1000:+.2f} s" for name, at in seen.items()})
    desk.screenshot(path=shots / "desk-2-received.png")
    _at_its_place(desk, wannian)
    _confirm(desk, check, shots)
    _not_seen_next_door(chromium, desk.url, check)
    _hotspots(desk, shots, tmp_path, chromium)


# In the page, so that what is measured is what a person sees: the word, the row of the check, the pictures.
WATCH = """({ site, photos }) => {
  window.seen = {};
  const look = () => {
    const now = Date.now();
    const toast = [...document.querySelectorAll("#toasts *")].some((e) => e.textContent.includes(site));
    if (toast) window.seen.told ??= now;
    const row = document.querySelector("#panel .check-row");
    if (row) window.seen.check ??= now;
    row?.scrollIntoView();
    const images = [...document.querySelectorAll("#panel .check-row .photos img")];
    if (images.length === photos && images.every((image) => image.naturalWidth)) window.seen.photos ??= now;
    requestAnimationFrame(look);
  };
  look();
}"""


def _inspect(page: Page, photos: Path, shots: Path) -> UUID:
    """The whole of a check on the phone, up to its receipt."""
    sign_in(page, "wn-zhang", "/m")
    page.get_by_text("群众反映晚间补课").wait_for()
    page.screenshot(path=shots / "phone-1-today.png")
    page.get_by_role("button", name="开始下一项").click()
    page.get_by_label("第二名检查人员").select_option(label="王强 · 赣E002")
    page.get_by_role("button", name="已出示证件").click()
    page.get_by_role("button", name="已告知录音录像").click()
    page.screenshot(path=shots / "phone-2-start.png")
    for group in range(1, 5):
        page.get_by_role("button", name="下一步").click()
        page.wait_for_url(re.compile(f"step=items-{group}$"))
        if group == 4:
            _not_compliant(page, photos / PHOTOS["item"])
        page.get_by_role("button", name="本组全部符合").click()
        page.screenshot(path=shots / f"phone-3-items-{group}.png")
    go_past_facts(page)
    expect(page.locator(".photos > li")).to_have_count(1)
    _add(page, [photos / name for name in PHOTOS["scene"]])
    expect(page.locator(".photos > li")).to_have_count(3)
    page.screenshot(path=shots / "phone-4-photos.png")
    page.get_by_role("button", name="下一步").click()
    expect(page.locator(".ring-words")).to_contain_text("A 级 · 精确 ±9 米")
    page.screenshot(path=shots / "phone-5-position.png")
    page.get_by_role("button", name="下一步").click()
    _sign(page)
    page.screenshot(path=shots / "phone-6-signature.png")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("都填好了，可以提交。")).to_be_visible()
    page.screenshot(path=shots / "phone-7-finish.png")
    page.get_by_role("button", name="提交检查").click()
    expect(page.locator(".big-light strong")).to_have_text("已收妥", timeout=SECONDS * 1000)
    page.screenshot(path=shots / "phone-8-received.png")
    return UUID(page.url.rsplit("/", 1)[1])


def _not_compliant(page: Page, photo: Path) -> None:
    item = page.locator(".item").first
    item.locator("input[value=not_compliant]").check()
    item.get_by_label("第 15 项的情况说明").fill("地下室 6 张课桌，正在讲初二数学，没有办学许可证")
    with page.expect_file_chooser() as chooser:
        item.get_by_role("button", name="相册").click()
    chooser.value.set_files(photo)
    expect(item.locator(".photos img")).to_have_count(1)


def _add(page: Page, files: list[Path]) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="相册", exact=True).click()
    chooser.value.set_files(files)


def _sign(page: Page) -> None:
    box = page.locator("canvas.pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    for n in range(12):
        page.mouse.move(box["x"] + 40 + n * 15, box["y"] + 60 + n % 3 * 20)
    page.mouse.up()


def _at_its_place(desk: Page, wannian: Wannian) -> None:
    """Pressed on the map where the school stands: its file, the check, and its pictures turned upright."""
    desk.goto(f"/#map=17/{wannian.lat:.5f}/{wannian.lon:.5f}")
    expect(desk.locator("#in-view")).to_have_text(re.compile("视野内 [1-9]"))
    box = desk.locator("#map").bounding_box()
    assert box
    desk.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(desk.locator("#panel h1")).to_have_text(wannian.name)
    row = desk.locator("#panel .check-row")
    expect(row).to_have_count(1)
    expect(row.locator(".photos img")).to_have_count(3)
    until(desk, "[...document.querySelectorAll('#panel .check-row .photos img')].every((i) => i.naturalWidth)")


def _confirm(desk: Page, check: UUID, shots: Path) -> None:
    desk.locator("#panel .check-link").click()
    expect(desk.locator("#panel h1")).to_contain_text("线索核查")
    desk.screenshot(path=shots / "desk-3-panel.png")
    desk.locator("#panel .panel-tools a").click()
    desk.wait_for_url(f"**/checks/{check}")
    sides = desk.evaluate(
        """async () => Promise.all([...document.querySelectorAll('.photos a')].map(async (link) => {
          const image = new Image(); image.src = link.href; await image.decode();
          return [image.naturalWidth, image.naturalHeight];
        }))"""
    )
    assert len(sides) == 4
    assert [1200, 1800] in sides or any(height > width for width, height in sides), sides  # orientation 6, upright
    desk.screenshot(path=shots / "desk-3-check.png", full_page=True)
    desk.get_by_role("button", name="确认属实").click()
    expect(desk.locator(".finding")).to_contain_text("已确认")
    desk.screenshot(path=shots / "desk-4-confirmed.png")


def _not_seen_next_door(chromium: Browser, url: str, check: UUID) -> None:
    context = chromium.new_context(base_url=url, locale="zh-CN")
    page = context.new_page()
    sign_in(page, "zd-he", "/checks")
    expect(page.get_by_text("还没有检查")).to_be_visible()
    answer = page.goto(f"/checks/{check}")
    assert answer is not None
    assert answer.status == 404
    context.close()


def _hotspots(desk: Page, shots: Path, tmp_path: Path, chromium: Browser) -> None:
    desk.get_by_role("link", name="热点").click()
    desk.locator(".hotspots-order summary").click()
    desk.get_by_role("button", name="开始分析").click()
    desk.locator("iframe.hotspots-frame").wait_for()
    expect(desk.locator(".hotspots-stats")).to_contain_text(re.compile(r"显著的热点网格\s*[1-9]"))
    expect(desk.frame_locator("iframe.hotspots-frame").locator(".leaflet-container")).to_be_visible()
    desk.wait_for_timeout(500)
    desk.screenshot(path=shots / "desk-5-hotspots.png")
    with desk.expect_download() as download:
        desk.get_by_role("link", name="保存为单个文件").click()
    kept = tmp_path / download.value.suggested_filename
    download.value.save_as(kept)
    log.info("hotspot map: %s, %.0f kB", kept.name, kept.stat().st_size / 1e3)
    _opens_alone(chromium, kept, shots)


def _opens_alone(chromium: Browser, kept: Path, shots: Path) -> None:
    """From the disk, without the server and without any network."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    asked: list[str] = []

    def refuse(route) -> None:
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    context.route("**/*", refuse)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(kept.as_uri())
    page.locator(".leaflet-container").wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=shots / "desk-6-kept-file.png")
    expect(page.locator("body")).to_contain_text("万年县")
    assert (faults, asked) == ([], [])
    context.close()
