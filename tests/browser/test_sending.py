"""How a check leaves the phone: in one request on a good line, in pieces on any other, and always all of it."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Request

from inspections.field.checks import Check, CheckState
from inspections.registry.people import Role
from tests.browser.officer import PHONE, PLACE, add_photos, begin, finish, go_to, light, sign_in
from tests.factories import make_person, make_site

pytestmark = pytest.mark.browser

# What Chromium says of the line. Its own guess is that of the machine that the tests run on.
LINE = "Object.defineProperty(navigator, 'connection', {{ value: {{ effectiveType: '{}' }} }})"


@pytest.fixture(scope="module")
def site_id(live) -> UUID:
    with live.session() as session:
        make_person(session, Role.INSPECTOR, county=live.county, login="zhang", certificate="赣E001")
        return make_site(session, PLACE, county=live.county).id


@pytest.fixture
def officer(chromium: Browser, live) -> Iterator[Callable[[str], Page]]:
    """A page on a line of the given sort."""
    made: list[BrowserContext] = []

    def on(line: str) -> Page:
        context = chromium.new_context(base_url=live.url, **PHONE)
        made.append(context)
        context.add_init_script(LINE.format(line))
        page = context.new_page()
        sign_in(page)
        return page

    yield on
    for context in made:
        context.close()


def photo(seed: int) -> dict[str, Any]:
    """Noise, which can't be pressed: two pieces."""
    pixels = np.random.default_rng(seed).integers(0, 256, (800, 1200, 3), np.uint8)
    image = BytesIO()
    Image.fromarray(pixels).save(image, "JPEG", quality=90)
    assert image.tell() > 600_000
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": image.getvalue()}


def ready(page: Page, site_id: UUID, seed: int) -> tuple[str, list[str]]:
    """A check with two photos, all but finished: its id, and what the app will ask of the server."""
    check_id = begin(page, site_id)
    go_to(page, "现场照片")
    add_photos(page, [photo(seed), photo(seed + 1)])
    asked: list[str] = []

    def note(request: Request) -> None:
        path = request.url.split("/api/v1/")[-1]
        if path.startswith(("checks", "files")) and request.method in {"POST", "PATCH"}:
            asked.append(f"{request.method} {'/'.join(path.split('/')[:2])}")

    page.on("request", note)
    return check_id, asked


def is_received(live, check_id: str) -> bool:
    with live.session() as session:
        check = session.get(Check, (live.county, UUID(check_id)))
        return check is not None and check.state is CheckState.RECEIVED


def test_on_a_good_line_a_check_and_its_photos_are_one_request(officer, live, site_id) -> None:
    page = officer("4g")
    check_id, asked = ready(page, site_id, 10)
    finish(page)
    light(page, "已收妥")
    assert asked == ["POST checks/whole"]
    assert is_received(live, check_id)


def test_on_a_slow_line_the_record_goes_first_and_each_photo_in_pieces(officer, live, site_id) -> None:
    page = officer("3g")
    check_id, asked = ready(page, site_id, 20)
    finish(page)
    light(page, "已收妥")
    assert asked[:2] == ["POST checks", "POST files"]
    assert asked.count("PATCH files/uploads") >= 4
    assert is_received(live, check_id)


def test_a_whole_check_that_breaks_off_goes_on_in_pieces_by_itself(officer, live, site_id) -> None:
    page = officer("4g")
    check_id, asked = ready(page, site_id, 30)
    page.route("**/api/v1/checks/whole", lambda route: route.abort("connectionreset"))
    finish(page)
    light(page, "已收妥")
    assert asked[:3] == ["POST checks/whole", "POST checks", "POST files"]
    assert asked.count("POST checks/whole") == 1
    assert is_received(live, check_id)
