"""One thumb, a bright sun, a moving bus: how much a check costs the hand and the eye; and what is not typed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import select

from inspections.evidence.blobs import Blob
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
    sign_in,
)
from tests.conftest import CHROMIUM, QUIET
from tests.factories import make_person, make_site

pytestmark = pytest.mark.browser

LIMIT_S = 90
TAP_S = 1.5  # find the place, move the thumb, see that it was taken
SHOT_S = 6.0  # the camera opens, is held still, the picture is confirmed
SCREENS = ["/m", "/m/nearby", "/m/checks", "/m/outbox", "/m/me", "/m/sites/new"]
STEPS = ["start", "items-1", "photos", "position", "signature", "finish"]


@pytest.fixture(scope="module")
def county(live) -> dict[str, Any]:
    with live.session() as session:
        county = live.county
        wang = make_person(session, Role.ENFORCER, county=county, name="王强", login="wang", certificate="赣E002")
        make_person(session, Role.INSPECTOR, county=county, login="zhang", certificate="赣E001")
        site = make_site(session, PLACE, county=county)
        return {
            "site": site.id,
            "other": make_site(session, PLACE, county=county, name="晨光小学").id,
            "wang": wang.id,
        }


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


def screens(page: Page, county: dict[str, Any]) -> Iterator[str]:
    check_id = begin(page, county["other"])
    for path in [*SCREENS, f"/m/sites/{county['site']}", *(f"/m/check/{check_id}?step={step}" for step in STEPS)]:
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        yield path


def test_a_whole_check_with_three_photos_is_at_most_ninety_seconds_of_taps(page: Page, live, county) -> None:
    page.goto(f"/m/sites/{county['site']}")
    taps = 1  # the site in the list
    photos = [drawn_photo(page, f"photo {n}") for n in range(3)]
    page.evaluate(COUNT_TAPS)
    page.locator("#primary button").click()
    page.get_by_label("第二名检查人员").select_option(label="王强 · 赣E002")
    taps += 2  # the list of officers is opened and one chosen
    page.get_by_role("button", name="已出示证件").click()
    page.get_by_role("button", name="已告知录音录像").click()
    for _ in range(4):
        page.get_by_role("button", name="下一步").click()
        page.get_by_role("button", name="本组全部符合").click()
    go_past_facts(page)
    for photo in photos:
        add_photos(page, [photo], button="拍照")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="负责人不在场").click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交检查").click()
    light(page, "已收妥")
    taps += page.evaluate("() => window.taps")
    check_id = UUID(page.url.rsplit("/", 1)[1])
    with live.session() as session:
        assert len(session.get_one(Check, (live.county, check_id)).manifest) == 3
    assert 15 < taps < 40
    assert taps * TAP_S + len(photos) * SHOT_S <= LIMIT_S


COUNT_TAPS = """() => {
  window.taps = 0;
  const isTap = ({ isTrusted, target }) => isTrusted && target.type !== "file";
  document.addEventListener("click", (event) => (window.taps += isTap(event)), true);
}"""


def test_in_bright_sun_every_word_stands_out_seven_to_one(page: Page, county) -> None:
    found = {}
    for path in screens(page, county):
        page.evaluate("() => (document.documentElement.dataset.theme = 'contrast')")
        page.wait_for_timeout(300)  # colours change slowly
        found[path] = page.evaluate(FAINT)
    assert {path: each for path, each in found.items() if each} == {}


FAINT = """() => {
  const ink = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    ink.clearRect(0, 0, 1, 1);
    ink.fillStyle = colour;
    ink.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = ink.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a), 1];
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      layers.push(rgba(getComputedStyle(each).backgroundColor));
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const says = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const [words, found] = [[], []];
  for (const element of document.querySelectorAll("body *")) {
    const isAside = element.closest(".visually-hidden, .skip-link, .leaflet-container, [disabled], option");
    const isSeen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (isAside || !isSeen || !says(element)) continue;
    const ground = behind(element);
    const [one, other] = [light(over(rgba(getComputedStyle(element).color), ground)), light(ground)];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    words.push(element);
    if (ratio < 7) found.push([element.textContent.trim().slice(0, 30), Math.round(ratio * 100) / 100]);
  }
  return words.length > 5 ? found : ["no words"];
}"""


def test_nothing_jumps_while_a_screen_is_read(phone: BrowserContext, county) -> None:
    page = phone.new_page()
    page.add_init_script(SHIFTS)
    sign_in(page)
    page.locator(".greeting").wait_for()
    moved = {}
    for path in screens(page, county):
        page.wait_for_timeout(600)
        moved[path] = page.evaluate("() => window.shifts")
    assert {path: each for path, each in moved.items() if sum(value for value, _ in each) > 0.01} == {}


SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) {
    const what = each.sources.map(({ node }) => node?.outerHTML?.slice(0, 80));
    if (!each.hadRecentInput) window.shifts.push([each.value, what]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""


def test_a_retaken_photo_takes_the_place_and_the_proof_of_the_first(page: Page, live, county) -> None:
    check_id = begin(page, county["site"])
    go_to(page, "现场照片")
    one, two, better = (drawn_photo(page, words) for words in ("one", "two", "better"))
    add_photos(page, [one, two])
    page.get_by_label("第 1 张照片的说明").fill("教室")
    page.get_by_label("第 1 张照片的证明事项").select_option(index=3)
    page.get_by_role("button", name="第 2 张往前移").click()
    expect(page.get_by_label("第 2 张照片的说明")).to_have_value("教室")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="重拍第 2 张").click()
    chooser.value.set_files([better])
    expect(page.locator(".photos > li")).to_have_count(2)
    expect(page.get_by_label("第 2 张照片的说明")).to_have_value("教室")
    finish(page)
    light(page, "已收妥")
    with live.session() as session:
        rows = session.scalars(
            select(Photo).where(Photo.check_id == UUID(check_id)).order_by(Photo.position)
        ).all()
        hashes = [hashlib.sha256(each["buffer"]).hexdigest() for each in (two, better)]
        assert [row.sha256 for row in rows] == hashes
        assert [(row.caption, row.item_code is None) for row in rows] == [("", True), ("教室", False)]


@pytest.fixture
def seeing(chromium: Browser, live, county, tmp_path: Path) -> Iterator[Page]:
    """A phone with a microphone that hums and a camera that sees the plate of a site."""
    video = tmp_path / "plate.y4m"
    film_of(f"https://mingcha.example/p/{county['site']}?c={live.county}", video)
    devices = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    args = [*QUIET, *devices, f"--use-file-for-fake-video-capture={video}"]
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=args)
    permissions = [*PHONE["permissions"], "camera", "microphone"]
    context = browser.new_context(base_url=live.url, **(PHONE | {"permissions": permissions}))
    context.set_default_timeout(20_000)
    page = context.new_page()
    sign_in(page)
    page.locator(".greeting").wait_for()
    yield page
    browser.close()


def film_of(text: str, path: Path) -> None:
    """Two frames of a QR code as a camera gives them (YUV4MPEG2, 4:2:0)."""
    width, height = 640, 480
    code = segno.make(text, error="m")
    picture = path.with_suffix(".png")
    code.save(str(picture), scale=8, border=4)
    frame = Image.new("L", (width, height), 255)
    with Image.open(picture) as drawn:
        small = drawn.convert("L").resize((440, 440))
    frame.paste(small, (100, 20))
    grey = bytes([128]) * (width * height // 2)
    head = f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + 2 * (b"FRAME\n" + frame.tobytes() + grey))


def test_the_plate_at_the_door_opens_the_site_and_stands_in_the_record(seeing: Page, live, county, look) -> None:
    page = seeing
    page.locator("#phone-nav").get_by_text("附近").click()
    page.get_by_role("button", name="扫点位牌").click()
    page.wait_for_url(f"**/m/sites/{county['site']}")
    page.get_by_role("heading", name="小太阳托管班").wait_for()
    page.locator("#primary button").click()
    page.get_by_role("heading", name="检查信息").wait_for()
    go_to(page, "位置")
    expect(page.get_by_text("已扫本点位的牌子")).to_be_visible()
    look(page, "position")
    finish(page)
    light(page, "已收妥")
    with live.session() as session:
        check = session.get_one(Check, (live.county, UUID(page.url.rsplit("/", 1)[1])))
        assert f'"plate":{{"site_id":"{county["site"]}"'.encode() in check.record
        assert "qr" in {fix["source"] for fix in check.fixes}


def test_the_plate_of_another_site_is_not_taken_for_this_one(seeing: Page, county) -> None:
    page = seeing
    begin(page, county["other"])
    go_to(page, "位置")
    page.get_by_role("button", name="扫点位牌").click()
    expect(page.locator("#toasts")).to_contain_text("这是另一个点位的牌子：小太阳托管班")


def test_a_spoken_note_stands_for_typing_and_a_short_film_for_a_photo(seeing: Page, live, county, look) -> None:
    page = seeing
    check_id = begin(page, county["site"])
    go_to(page, "学校教育教学")
    item = page.locator(".item").first
    item.locator("input[value=not_compliant]").check()
    item.get_by_role("button", name="语音说明").click()
    expect(item.get_by_role("button", name="正在录音，再按一次结束")).to_be_visible()
    page.wait_for_timeout(1_500)
    item.get_by_role("button", name="正在录音，再按一次结束").click()
    expect(item.locator("audio")).to_have_count(1)
    expect(item.get_by_label("第 1 项的情况说明")).to_have_value("见语音说明")
    film = {"name": "film.webm", "mimeType": "video/webm", "buffer": bytes(page.evaluate(FILM))}
    with page.expect_file_chooser() as chooser:
        item.get_by_role("button", name="录像").click()
    chooser.value.set_files([film])
    expect(item.locator(".photos img")).to_have_count(1)
    look(page, "voice-and-film")
    opened_and_played(page, item, look)
    finish(page)
    light(page, "已收妥")
    with live.session() as session:
        check = session.get_one(Check, (live.county, UUID(check_id)))
        photos = session.scalars(select(Photo).where(Photo.check_id == check.id).order_by(Photo.position)).all()
        kinds = [session.get_one(Blob, (live.county, photo.sha256)).media_type for photo in photos]
        assert (check.state, kinds) == (CheckState.RECEIVED, ["video/webm", "audio/webm"])


def opened_and_played(page: Page, item: Locator, look) -> None:
    item.get_by_role("button", name="打开 现场视频").click()
    viewer = page.get_by_role("dialog", name="现场视频")
    film = viewer.locator("video")
    expect(film).to_have_js_property("videoWidth", 160)
    film.evaluate("(film) => film.play()")
    look(page, "film-opened")
    viewer.get_by_role("button", name="关闭").click()
    expect(viewer).to_have_count(0)


FILM = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 160, height: 120 });
  const ink = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" });
  const pieces = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  recorder.start();
  for (let n = 0; n < 30; n++) {
    ink.fillStyle = `hsl(${n * 12} 80% 50%)`;
    ink.fillRect(0, 0, 160, 120);
    await new Promise((later) => setTimeout(later, 40));
  }
  await new Promise((done) => { recorder.onstop = done; recorder.stop(); });
  return [...new Uint8Array(await new Blob(pieces).arrayBuffer())];
}"""
