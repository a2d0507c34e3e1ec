import re
import shutil
import subprocess
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.registry.people import Person, Role
from inspections.registry.plates import address, code_of, make_plates
from inspections.registry.sites import SiteKind
from tests.casefile import HOSTILE
from tests.conftest import ROOT
from tests.factories import COUNTY, make_person, make_site

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"}
DESK = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0"}
JSQR = ROOT / "node_modules/jsqr"
READER = """
const [path, side] = process.argv.slice(1);
const pixels = new Uint8ClampedArray(require("node:fs").readFileSync(0));
process.stdout.write(require(path)(pixels, Number(side), Number(side)).data);
"""
ID = UUID("01934000-0000-7000-8000-0000a1b2c3d4")


@pytest.fixture
def li(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, login="li", name="李调度")


def test_a_plate_has_an_address_with_the_site_and_the_county_and_nothing_more(session, li) -> None:
    site = make_site(session, id=ID)
    [plate] = make_plates(session, li, [site.id, site.id, new_id()], "mingcha.example")
    assert plate.text == f"https://mingcha.example/p/{ID}?c={COUNTY}"
    assert (plate.name, plate.code) == (site.name, "A1B2-C3D4")
    assert plate.svg.startswith("<svg")
    assert "style=" not in plate.svg
    assert site.name not in plate.svg


@pytest.mark.skipif(not shutil.which("node") or not JSQR.is_dir(), reason="no node or no jsQR: run bin/setup")
def test_the_phones_own_reader_of_codes_reads_the_address_from_the_drawing(session, li) -> None:
    [plate] = make_plates(session, li, [make_site(session).id], "mingcha.example")
    modules = drawn(plate.svg)
    side = (modules.width + 8) * 4
    picture = Image.new("RGBA", (side, side), "white")
    black = (
        modules.convert("L").point(lambda lit: 0 if lit else 255).resize((side - 32, side - 32)).convert("RGBA")
    )
    picture.paste(black, (16, 16))
    done = subprocess.run(
        ["node", "-e", READER, str(JSQR), str(side)], input=picture.tobytes(), capture_output=True, check=True
    )
    assert done.stdout.decode() == plate.text


def drawn(svg: str) -> Image.Image:
    """The modules of a code without its quiet zone, from the path that segno draws."""
    side = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    picture = Image.new("1", (side - 8, side - 8))
    brush, x, y = ImageDraw.Draw(picture), 0.0, 0.0
    for step, numbers in re.findall(r"([Mmh])([-\d. ]+)", re.search(r' d="([^"]+)"', svg)[1]):
        values = [float(number) for number in numbers.split()]
        if step == "h":
            brush.line([(x - 4, int(y) - 4), (x + values[0] - 5, int(y) - 4)], fill=1)
            x += values[0]
        else:
            x, y = (values[0], values[1]) if step == "M" else (x + values[0], y + values[1])
    return picture


def test_plates_of_a_list_are_those_that_the_list_shows(sign_in, session, li) -> None:
    names = [make_site(session, name=f"{step}号托管").name for step in range(5)]
    make_site(session, name="湖云小学", kind=SiteKind.SCHOOL, category="primary")
    desk = sign_in("li")
    listed = desk.get("/sites?kind=suspected").text
    assert 'href="/plates?kind=suspected"' in listed
    page = desk.get("/plates?kind=suspected&sheet=a4").text
    assert page.count('class="plate"') == 5
    assert all(name in page for name in names)
    assert "湖云小学" not in page
    assert 'data-sheet="a4"' in page


def test_named_sites_are_printed_in_their_order_and_one_has_a_link_in_its_file(sign_in, session, li) -> None:
    one, two = make_site(session, name="甲托管"), make_site(session, name="乙托管")
    desk = sign_in("li")
    page = desk.get(f"/plates?id={two.id}&id={one.id}&id=nothing").text
    assert page.index("乙托管") < page.index("甲托管")
    assert f"/sites/{one.id}/plate" in desk.get(f"/sites/{one.id}").text
    single = desk.get(f"/sites/{one.id}/plate").text
    assert code_of(one.id) in single
    assert "乙托管" not in single
    assert desk.get(f"/sites/{new_id()}/plate").status_code == 404
    assert desk.get("/plates?kind=institution").text.count('class="plate"') == 0


def test_the_code_under_the_picture_finds_the_site_in_the_list(sign_in, session, li) -> None:
    make_site(session, name="甲托管", id=ID)
    make_site(session, name="乙托管")
    for typed in ("A1B2-C3D4", "a1b2c3d4"):
        listed = sign_in("li").get("/sites", query_string={"q": typed}).text
        assert "甲托管" in listed
        assert "乙托管" not in listed


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_on_a_plate_is_only_text(sign_in, session, li, name) -> None:
    site = make_site(session, name=name)
    page = sign_in("li").get(f"/sites/{site.id}/plate").text
    assert "<script>alert" not in page
    assert "49%s" not in page


@pytest.mark.parametrize(
    ("roles", "browser", "leads_to"),
    [
        ([Role.INSPECTOR], PHONE, "/m/sites/"),
        ([Role.INSPECTOR], DESK, "/m/sites/"),
        ([Role.DISPATCHER], PHONE, "/m/sites/"),
        ([Role.DISPATCHER], DESK, "/sites/"),
        ([Role.AUDITOR], PHONE, "/sites/"),
    ],
)
def test_a_plate_leads_who_is_signed_in_to_the_site(sign_in, session, roles, browser, leads_to) -> None:
    make_person(session, *roles, login="zhang")
    answer = sign_in("zhang").get(f"/p/{ID}?c={COUNTY}", headers=browser)
    assert (answer.status_code, answer.location) == (302, f"{leads_to}{ID}")
    assert answer.headers["Cache-Control"] == "no-store"


def test_everybody_else_reads_what_a_plate_is_for_and_nothing_of_the_site(client: FlaskClient, session) -> None:
    site = make_site(session, id=ID)
    session.commit()
    known, unknown = (client.get(f"/p/{each}?c={COUNTY}", headers=PHONE) for each in (site.id, new_id()))
    assert known.status_code == unknown.status_code == 200
    assert site.name not in known.text
    assert known.text.replace(str(site.id), "") == re.sub(r"[0-9a-f-]{36}", "", unknown.text)
    assert "/account/sign-in?next=/p/" in known.text.replace("%2F", "/")


@pytest.mark.parametrize("query", ["?c=421303", "?c=<script>alert(1)</script>", "?c="])
def test_another_countys_plate_leads_nowhere(sign_in, session, query) -> None:
    make_person(session, Role.INSPECTOR, login="zhang")
    page = sign_in("zhang").get(f"/p/{ID}{query}", headers=PHONE)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "可能是别的区县的牌子" in page.text


def test_a_school_head_is_led_nowhere(sign_in, session) -> None:
    make_person(session, Role.SCHOOL_USER, login="head")
    assert sign_in("head").get(f"/p/{ID}?c={COUNTY}").status_code == 200


def test_an_address_cannot_be_bent_by_the_host_or_the_county() -> None:
    assert address("a.example", "3&x=1", ID).endswith("?c=3%26x%3D1")
