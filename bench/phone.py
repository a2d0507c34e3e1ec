"""The phone app in Chromium on a CPU slowed down four times, in a county of 5,000 sites.

Cold start: a browser that has just been started opens `/m` and draws the first screen from what the phone keeps.
The peers are the same page out of the plain HTTP cache, without a service worker, and a bare page of that server.
Chromium slows the page's own thread; service worker and database go at the speed of the machine.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from .result import Result
from .tiles_county import LOGIN, PASSWORD, ROOT, add_dispatcher, county_of
from .tiles_peers import free_port, serving

NAME = "phone"
SITES = 5_000
SLOWER = 4
CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
DRAWN = "() => performance.getEntriesByName('mingcha-screen').length > 0"
DRAWN_AT = "performance.getEntriesByName('mingcha-screen')[0].startTime"
PAINTED = "() => performance.getEntriesByType('paint').length > 0"
PAINTED_AT = "performance.getEntriesByType('paint')[0].startTime"
KEPT = "() => navigator.serviceWorker.controller !== null"
# From the tap until the screen stands and the browser has drawn it
OPEN = """async ([tapped, drawn]) => {
  const began = performance.now();
  [...document.querySelectorAll("a, button")].find((each) => each.textContent.trim() === tapped).click();
  while (!document.querySelector(drawn)) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""
LOADED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map(({ name, transferSize, startTime }) => [name, transferSize, startTime])"""
Open = Callable[[], Any]


def run(full: bool) -> list[Result]:
    server = os.environ.get("MINGCHA_BENCH_DATABASE_URL") or os.environ["MINGCHA_TEST_DATABASE_URL"]
    with county_of(server, SITES) as county, served(county.app_url) as url, sync_playwright() as playwright:
        add_dispatcher(county.url)
        with tempfile.TemporaryDirectory() as folder:
            ours = partial(phone, playwright, url, Path(folder) / "ours")
            peer = partial(phone, playwright, url, Path(folder) / "peer", service_workers="block")
            return [*first_load(ours, peer), *cold_starts(ours, peer, 9 if full else 5), *screens(ours)]


@contextmanager
def served(app_url: str) -> Iterator[str]:
    """The product as bin/serve starts it."""
    port = free_port()
    command = [
        str(ROOT / ".venv/bin/gunicorn"),
        "--worker-class=gthread",
        "--workers=2",
        "--threads=4",
        "--preload",
    ]
    command += [f"--bind=127.0.0.1:{port}", "--no-control-socket", "--log-level=warning", "wsgi:app"]
    with serving(command, port, {"APP_DATABASE_URL": app_url, "MINGCHA_SECRET_KEY": "bench"}):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def phone(playwright: Playwright, url: str, folder: Path, **how: Any) -> Iterator[BrowserContext]:
    """A browser started anew, with all that it kept."""
    context = playwright.chromium.launch_persistent_context(
        folder, executable_path=CHROMIUM, args=QUIET, base_url=url, locale="zh-CN",
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, **how,
    )  # fmt: skip
    yield context
    context.close()


def first_load(ours: Open, peer: Open) -> list[Result]:
    """Bytes on the wire of a first visit, until the first screen stands and until all is there that comes later.

    Without a service worker, since a browser doesn't count what passes through one.
    """
    with ours() as context:
        sign_in(context).wait_for_function(KEPT)
    with peer() as context:
        page = sign_in(context)
        page.wait_for_timeout(8_000)
        first, loaded = page.evaluate(DRAWN_AT), page.evaluate(LOADED)
    app = [each for each in loaded if "/api/" not in each[0]]
    needed, everything = (sum(size for _, size, at in app if at <= until) for until in (first, float("inf")))
    bundle = next(size for name, size, _ in loaded if "/field/bundle" in name)
    unpressed = sum(path.stat().st_size for path in (ROOT / "static/field").rglob("*.js"))
    note = f"{len(app)} files; {everything / 1000:.0f} KB with the map program; bundle {bundle / 1000:.0f} KB more"
    return [Result("first load", needed / 1000, unpressed / 1000, "≤ 250 KB", note, "KB", "our scripts unpressed")]


def cold_starts(ours: Open, peer: Open, runs: int) -> list[Result]:
    offline, online, cached, bare = [], [], [], []
    for _ in range(runs):
        offline.append(start(ours, "/m", DRAWN, DRAWN_AT, is_offline=True))
        online.append(start(ours, "/m", DRAWN, DRAWN_AT))
        cached.append(start(peer, "/m", DRAWN, DRAWN_AT))
        bare.append(start(peer, "/account/sign-in", PAINTED, PAINTED_AT))
    note = f"slowest of {runs}: {{:,.0f}} ms"
    return [
        Result("cold start offline", median(offline), median(bare), "≤ 1 s", note.format(max(offline)),
               peer_name="bare page, online"),
        Result("cold start online", median(online), median(cached), "≤ 2 s", note.format(max(online)),
               peer_name="HTTP cache alone"),
    ]  # fmt: skip


def screens(ours: Open) -> list[Result]:
    with ours() as context:
        page = slow(context)
        page.goto("/m")
        page.wait_for_function(DRAWN)
        page.wait_for_timeout(5_000)
        steps = {"附近": ".nearby-list .row", "我的": ".card", "检查": ".empty, .rows"}
        times: dict[str, list[float]] = {name: [] for name in steps}
        for _ in range(5):
            for name, drawn in steps.items():
                times[name].append(page.evaluate(OPEN, [name, drawn]))
        page.evaluate(OPEN, ["附近", steps["附近"]])
        map_ms = page.evaluate(OPEN, ["地图", ".leaflet-overlay-pane canvas"])
    plain = median(times["检查"])
    return [
        Result(
            f"a zone of {SITES:,} sites as a list",
            median(times["附近"]),
            plain,
            "≤ 300 ms",
            peer_name="an empty list",
        ),
        Result(f"{SITES:,} sites as a map", map_ms, plain, "", peer_name="an empty list"),
    ]


def start(opened: Open, path: str, drawn: str, drawn_at: str, *, is_offline: bool = False) -> float:
    with opened() as context:
        page = slow(context)
        context.set_offline(is_offline)
        page.goto(path)
        page.wait_for_function(drawn)
        return float(page.evaluate(drawn_at))


def slow(context: BrowserContext) -> Page:
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page


def sign_in(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/account/sign-in?next=/m")
    page.get_by_label("账号", exact=True).fill(LOGIN)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_function(DRAWN)
    return page
