"""What an officer does on the phone page, step by step."""

import time
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.factories import PASSWORD

SECONDS = 30
PLACE = (117.07, 28.69)
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "locale": "zh-CN",
    "geolocation": {"longitude": PLACE[0], "latitude": PLACE[1], "accuracy": 12},
    "permissions": ["geolocation"],
}


def sign_in(page: Page, path: str = "/m", login: str = "zhang") -> None:
    page.goto(f"/account/sign-in?next={path}")
    page.get_by_label("账号", exact=True).fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_selector("html[data-ready]")


def begin(page: Page, site_id: Any) -> str:
    """Start a check at a site: its id."""
    page.locator(".greeting").wait_for()
    page.goto(f"/m/sites/{site_id}")
    page.locator("#primary button").click()
    page.get_by_role("heading", name="检查信息").wait_for()
    return page.url.split("/check/")[1][:36]


def go_to(page: Page, step: str) -> None:
    page.locator(".step-bar").click()
    page.locator("dialog").get_by_role("button", name=step).click()
    page.get_by_role("heading", name=step).wait_for()


def go_past_facts(page: Page) -> None:
    """From the last group of items to the photos, with no fact to record."""
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("heading", name="登记事实").wait_for()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("heading", name="现场照片").wait_for()


def add_photos(page: Page, files: list[Any], button: str = "相册") -> None:
    before = page.locator(".photos > li").count()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button, exact=True).click()
    chooser.value.set_files(files)
    expect(page.locator(".photos > li")).to_have_count(before + len(files))


def drawn_photo(page: Page, words: str) -> dict[str, Any]:
    """A photo of its own, made by the browser."""
    data = page.evaluate(
        """async (words) => {
          const canvas = new OffscreenCanvas(320, 240);
          const ink = canvas.getContext("2d");
          ink.fillRect(0, 0, 320, 240); ink.fillStyle = "white"; ink.fillText(words, 20, 100);
          const blob = await canvas.convertToBlob({ type: "image/jpeg" });
          return [...new Uint8Array(await blob.arrayBuffer())];
        }""",
        words,
    )
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": bytes(data)}


def finish(page: Page) -> None:
    go_to(page, "核对并提交")
    page.get_by_role("button", name="提交检查").click()


def light(page: Page, words: str) -> None:
    expect(page.locator(".big-light strong")).to_have_text(words, timeout=15_000)


def sign(page: Page) -> None:
    box = page.locator("canvas.pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    for n in range(12):
        page.mouse.move(box["x"] + 40 + n * 15, box["y"] + 60 + n % 3 * 20)
    page.mouse.up()


def no_signal(context: BrowserContext, is_gone: bool) -> None:
    """Nothing that the app asks the server is answered; the page itself comes from where it is kept."""
    if is_gone:
        context.route("**/api/**", lambda route: route.abort("internetdisconnected"))
    else:
        context.unroute("**/api/**")


def until(page: Page, expression: str, given: Any = None) -> Any:
    """Its value, or its promise's, as soon as it is true.

    `wait_for_function` doesn't wait for promises, and needs the `eval` that the policy forbids.
    """
    end = time.monotonic() + SECONDS
    while not (found := page.evaluate(expression, given)):
        assert time.monotonic() < end, f"not within {SECONDS} s: {expression}"
        page.wait_for_timeout(50)
    return found


def wait_until_kept(page: Page) -> None:
    """Until the whole app is on the phone and opens without a signal."""
    until(
        page,
        """async () => {
          const said = await (await caches.open("mingcha-state")).match("/newest");
          return Boolean(navigator.serviceWorker.controller && (await said?.text()));
        }""",
    )
