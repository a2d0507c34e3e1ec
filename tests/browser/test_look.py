"""The living style page in Chromium, under the strict policy, in every theme.

Templates and static files are the real ones. A bare Flask app answers them, so that a fault seen here is
a fault of the look alone.
"""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from flask_babel import Babel
from playwright.sync_api import Browser, Page, Route

from webapp.desk.rail import every_section
from webapp.i18n import translated

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
HOST = "https://mingcha.test"
POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Browser:
    return chromium


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app = Flask("look", template_folder=str(ROOT / "webapp/templates"), static_folder=str(ROOT / "static"))
    app.secret_key = "only to read flashed messages"
    Babel(app)
    app.jinja_env.filters["translated"] = translated
    app.add_template_global(lambda person: every_section(), "rail_sections")
    person = SimpleNamespace(name="王敏", theme="light", role_name="区县专班")
    county = SimpleNamespace(name="青云县", is_demonstration=True)
    app.add_url_rule("/style", "style", lambda: render_template("style.html", person=person, county=county))
    app.add_url_rule("/sign-in", "account.sign_in", lambda: render_template("account/sign_in.html", county=county))
    app.add_url_rule("/report", "report.counties", lambda: "")
    app.add_url_rule("/error", "error", lambda: render_template("errors/error.html", status=409))
    app.add_url_rule("/account/look", "account_look", lambda: ("", 204), methods=["POST"])
    app.add_url_rule("/api/v1/search", "search", lambda: {"results": [HOSTILE]})
    return app.test_client()


HOSTILE = {
    "label": "<img src=x onerror=alert(1)>${alert(1)}",
    "hint": "</script>",
    "href": "/style#found",
    "icon": "x",
}


@pytest.fixture
def page(browser: Browser, client: FlaskClient) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(10_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.route(f"{HOST}/**", lambda route: _answer(route, client))
    yield page
    page.close()
    assert faults == []


def _answer(route: Route, client: FlaskClient) -> None:
    request = route.request
    path = request.url.removeprefix(HOST)
    if path.startswith("/static/vendor/"):
        route.fulfill(status=200, content_type="text/javascript", body="")
        return
    with client.open(path, method=request.method) as answer:
        headers = dict(answer.headers) | {"Content-Security-Policy": POLICY}
        route.fulfill(status=answer.status_code, headers=headers, body=answer.data)


def _open(page: Page, path: str, theme: str = "light", type_: str = "normal") -> None:
    look = f"""localStorage.setItem("look", '{{"theme": "{theme}", "type": "{type_}"}}')"""
    page.add_init_script(f"if (!localStorage.getItem('look')) {look}")
    page.goto(HOST + path)
    page.wait_for_selector("html[data-ready]")


def _complaints(page: Page) -> list[Any]:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run bin/setup")
    page.evaluate(AXE.read_text("utf-8"))
    result = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", RULES)
    return [(rule["id"], rule["nodes"][0]["target"]) for rule in result["violations"]]


@pytest.mark.parametrize("theme", ["light", "night", "contrast"])
@pytest.mark.parametrize("path", ["/style", "/sign-in", "/error"])
def test_axe_finds_nothing(page: Page, path: str, theme: str) -> None:
    _open(page, path, theme)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert _complaints(page) == []


@pytest.mark.parametrize("path", ["/style", "/sign-in", "/error"])
def test_large_type_on_a_narrow_phone_needs_no_sideways_scroll(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    _open(page, path, type_="large")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
    assert (
        page.evaluate(
            "Math.max(...[document.documentElement, document.querySelector('main')]"
            ".map(e => e.scrollWidth - e.clientWidth))"
        )
        <= 0
    )


def test_a_theme_chosen_in_the_menu_holds_after_reloading(page: Page) -> None:
    _open(page, "/style")
    page.locator(".desk-bar .menu > summary").click()
    page.get_by_role("button", name="夜间").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "night"


def test_the_palette_goes_to_what_was_typed_and_shows_hostile_names_as_text(page: Page) -> None:
    _open(page, "/style")
    page.keyboard.press("/")
    page.keyboard.type("img")
    option = page.locator("#palette [role=option]")
    option.wait_for()
    assert option.locator("span").first.text_content() == HOSTILE["label"]
    page.keyboard.press("Enter")
    page.wait_for_url("**/style#found")


def test_a_dialog_opens_by_its_button_and_closes_by_escape(page: Page) -> None:
    _open(page, "/style")
    page.get_by_role("button", name="打开对话框").click()
    dialog = page.locator("#style-dialog")
    assert dialog.is_visible()
    page.keyboard.press("Escape")
    assert dialog.is_hidden()


def test_el_writes_text_and_refuses_markup(page: Page) -> None:
    _open(page, "/error")
    made = page.evaluate(
        """async (typed) => {
          const { el } = await import("/static/helpers/dom.js");
          const made = el("p", { title: typed, hidden: false }, typed, [1, null, el("b", {}, typed)]);
          return [made.textContent, made.title, made.hidden, made.querySelectorAll("*").length];
        }""",
        HOSTILE["label"],
    )
    assert made == [f"{HOSTILE['label']}1{HOSTILE['label']}", HOSTILE["label"], False, 1]


def test_a_page_asks_no_other_host_for_anything(page: Page) -> None:
    _open(page, "/style")
    violations = page.evaluate(
        "performance.getEntriesByType('resource').filter(r => !r.name.startsWith(location.origin))"
    )
    assert violations == []
