"""What a phone keeps: a frame that names nobody, and every file that it will ever ask for."""

import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from inspections.registry.people import Role
from tests.factories import make_person
from tests.webapp.conftest import needs_vendor
from tests.webapp.field.test_shell import SCREENS
from webapp.script_graph import reached
from webapp.static_files import StaticFile
from webapp.translations.catalogue import compile_catalogue


def kept(client: FlaskClient) -> dict[str, Any]:
    first = client.get("/sw.js").text.split("\n", 1)[0]
    return json.loads(first.removeprefix("const KEPT = ").removesuffix(";"))


def test_every_file_is_there_with_the_bytes_that_are_promised(client: FlaskClient) -> None:
    listed = kept(client)
    for address, integrity in [*listed["files"], *listed["frames"].values()]:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert StaticFile("", answer.data).integrity == integrity, address


@needs_vendor
def test_what_is_asked_for_only_later_is_kept_too(client: FlaskClient) -> None:
    names = {address.split("/", 3)[3] for address, _ in kept(client)["files"]}
    assert {
        "field/controllers/check-signature.js",  # imported by what is imported later
        "vendor/leaflet/leaflet.js",
        "vendor/leaflet/leaflet.css",
        "vendor/idb/index.js",
        "desk/toast.js",  # a controller that a script names
        "icons/sprite.svg",
        "early.js",
        "css/phone-app.css",
    } <= names
    assert not [name for name in names if name.startswith("desk/map")]


def test_the_frame_is_the_same_whoever_asks(client: FlaskClient, sign_in, session: Session) -> None:
    before = client.get("/m/frame/zh")
    make_person(session, Role.INSPECTOR, login="zhang", theme="night")
    after = sign_in("zhang").get("/m/frame/zh")
    assert before.data == after.data
    assert "data-person" not in after.text
    assert after.headers["X-Mingcha"] == "1"
    assert "Set-Cookie" not in after.headers


def test_the_english_frame_brings_its_words_along(client: FlaskClient, app: Flask) -> None:
    compile_catalogue()
    app.extensions.pop("kept_frames", None)
    page = client.get("/m/frame/en").text
    assert '<html lang="en"' in page
    assert "just now" in page
    assert client.get("/m/frame/fr").status_code == 404


@pytest.mark.parametrize("path", SCREENS)
def test_every_screen_is_one_that_the_service_worker_opens(client: FlaskClient, path: str) -> None:
    assert [each for each in kept(client)["screens"] if re.search(each, f"/m{path}")]


@pytest.mark.parametrize(
    "path", ["/m/nowhere", "/map", "/m/frame/zh", "/m/check/1", "/m/manifest.webmanifest", "/"]
)
def test_other_addresses_are_left_to_the_server(client: FlaskClient, path: str) -> None:
    assert not [each for each in kept(client)["screens"] if re.search(each, path)]


def test_another_version_of_any_file_is_another_version_of_the_app(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept(client)["version"]
    assert f'data-version="{before}"' in client.get("/m/frame/zh").text
    monkeypatch.setattr(app.extensions["static_files"], "version", "v0123456789abcdef")
    app.extensions.pop("kept_frames")
    assert kept(client)["version"] != before


def test_the_service_worker_is_asked_for_again_each_time_and_not_kept_under_debug(app: Flask, client) -> None:
    answer = client.get("/sw.js")
    assert (answer.headers["Cache-Control"], answer.mimetype) == ("no-cache", "text/javascript")
    app.debug = True
    assert client.get("/sw.js").status_code == 404


def test_the_manifest_names_pictures_of_the_size_it_says(client: FlaskClient) -> None:
    manifest = client.get("/m/manifest.webmanifest").json
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        size = Image.open(io.BytesIO(client.get(icon["src"]).data)).size
        assert icon["sizes"] == f"{size[0]}x{size[1]}"


def test_the_phone_is_told_who_works_on_it_until_the_sign_out(sign_in, session: Session) -> None:
    person = make_person(session, Role.INSPECTOR, login="zhang")
    phone = sign_in("zhang")
    assert phone.get_cookie("at_work") is None
    phone.get("/api/v1/ping")
    assert phone.get_cookie("at_work").value == f"{person.id}.zh"
    assert phone.post("/account/look", data={"language": "en"}).status_code == 302
    assert phone.get_cookie("at_work").value == f"{person.id}.en"
    phone.post("/account/sign-out")
    assert phone.get_cookie("at_work") is None


def test_the_frame_for_one_person_is_pressed_and_stays_private(sign_in, session: Session) -> None:
    make_person(session, Role.INSPECTOR, login="zhang")
    answer = sign_in("zhang").get("/m", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "private, no-cache"


FILES = {
    "a.js": 'import "./b.js";\nimport {\n  one,\n  two,\n} from "./c/d.js";\nconst later = import("../e.js");',
    "b.js": 'export { x } from "./a.js";\n// el("div", { "data-controller": "c/menu c/other" })',
    "c/d.js": 'const place = new URL("../f.css", import.meta.url);',
    "c/menu.js": "",
    "c/other.js": "",
    "f.css": "a { background: url(\"g.png\"); } b { background: url('#mark'); }",
    "g.png": "",
}


def test_the_graph_follows_every_way_of_asking_for_a_file() -> None:
    found = reached(["a.js"], FILES.get)
    assert set(found) == set(FILES)
    assert len(found) == len(set(found))
