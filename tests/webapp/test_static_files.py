"""Static files: kept for ever under their version, never under another."""

import gzip
import hashlib
import re
from base64 import b64decode
from pathlib import Path

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from tests.conftest import ROOT
from webapp.static_files import StaticFiles, static_files

STALE = "/static/v0123456789abcdef"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "field").mkdir()
    (tmp_path / "app.js").write_text('import "./field/a.js";')
    (tmp_path / "field/a.js").write_text("export {};")
    return tmp_path


def address(app: Flask, name: str) -> str:
    with app.test_request_context():
        return url_for("static", filename=name)


def test_an_address_with_the_version_is_kept_for_ever(app: Flask, client: FlaskClient) -> None:
    url = address(app, "field/app.js")
    assert re.fullmatch(r"/static/v[0-9a-f]{16}/field/app\.js", url)
    answer = client.get(url)
    assert answer.data == (ROOT / "static/field/app.js").read_bytes()
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("before", ["/static", STALE])
def test_an_old_page_gets_the_file_of_today_and_asks_again_next_time(client: FlaskClient, before: str) -> None:
    answer = client.get(f"{before}/field/app.js")
    assert answer.data == (ROOT / "static/field/app.js").read_bytes()
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get(f"{before}/field/app.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["Cache-Control"]) == (304, b"", "no-cache")


def test_text_is_pressed_for_who_takes_it_and_pictures_are_not(app: Flask, client: FlaskClient) -> None:
    pressed = {"Accept-Encoding": "gzip"}
    text = client.get(address(app, "css/tokens.css"), headers=pressed)
    assert gzip.decompress(text.data) == (ROOT / "static/css/tokens.css").read_bytes()
    assert (text.headers["Content-Encoding"], text.headers["Vary"]) == ("gzip", "Accept-Encoding")
    picture = client.get(address(app, "icons/app-192.png"), headers=pressed)
    assert "Content-Encoding" not in picture.headers
    assert picture.content_type == "image/png"


@pytest.mark.parametrize(
    "name", ["../wsgi.py", "%2e%2e/wsgi.py", "field", "field/", "nothing.js", "v0/field/app.js"]
)
def test_what_is_not_there_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"{STALE}/{name}").status_code == 404


def test_the_version_changes_with_any_byte_and_any_name(folder: Path) -> None:
    first = StaticFiles(folder).version
    assert StaticFiles(folder).version == first
    (folder / "field/a.js").write_text("export { };")
    second = StaticFiles(folder).version
    (folder / "field/a.js").rename(folder / "field/b.js")
    assert len({first, second, StaticFiles(folder).version}) == 3


def test_a_file_changed_while_we_run_stays_what_its_version_says(folder: Path) -> None:
    files = StaticFiles(folder)
    (folder / "app.js").write_text("changed")
    file = files.find("app.js")
    assert file is not None
    assert file.body == b'import "./field/a.js";'
    assert b64decode(file.integrity.removeprefix("sha256-")) == hashlib.sha256(file.body).digest()


def test_under_debug_a_change_is_seen_at_once(app: Flask, client: FlaskClient, folder: Path) -> None:
    app.extensions["static_files"] = StaticFiles(folder)
    app.debug = True
    (folder / "app.js").write_text("changed")
    answer = client.get(address(app, "app.js"))
    assert (answer.data, answer.headers["Cache-Control"]) == (b"changed", "no-cache")


def test_every_page_names_its_files_by_version(app: Flask, client: FlaskClient) -> None:
    named = re.findall(r'(?:src|href)="(/static/[^"]*)"', client.get("/account/sign-in").text)
    with app.test_request_context():
        version = static_files().version
    assert len(named) > 5
    assert all(url.startswith(f"/static/{version}/") for url in named)
