"""The real tus-js-client against the real server, through lines that break."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import make_url, update

from inspections.evidence.uploads import Upload
from inspections.registry.people import Role
from tests.browser.installation import Installation, serving
from tests.conftest import COUNTY, ROOT
from tests.factories import PASSWORD, make_person
from tests.faults.phones import frame
from tests.inspections.evidence.photographs import noisy
from tests.webapp.api.lines import broken_line

pytestmark = pytest.mark.skipif(
    not shutil.which("node") or not (ROOT / "node_modules/tus-js-client").is_dir(),
    reason="no node or no tus-js-client: run bin/setup",
)

CLIENT = Path(__file__).with_name("tus_client.mjs")


@pytest.fixture(scope="module")
def server(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with serving(make_url(database_url), tmp_path_factory.mktemp("installation")) as installation:
        with installation.session(COUNTY) as session:
            make_person(session, Role.INSPECTOR, login="zhang")
        yield installation


@dataclass
class Phone:
    """Someone signed in, at whichever address: the server's own, or that of a bad line before it."""

    server: Installation
    cookie: str
    folder: Path

    def send(self, photo: bytes, at: str = "", **options: Any) -> list[dict[str, Any]]:
        file = self.folder / str(uuid4())
        file.write_bytes(photo)
        given = {
            "endpoint": f"{at or self.server.url}/api/v1/files",
            "file": str(file),
            "sha256": options.pop("sha256", name_of(photo)),
            "headers": {"Cookie": self.cookie, "Sec-Fetch-Site": "same-origin"},
        } | options
        done = subprocess.run(
            ["node", CLIENT, json.dumps(given)], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def stored(self, photo: bytes) -> bool:
        path = self.folder_of_blobs / name_of(photo)[:2] / name_of(photo)
        return path.is_file() and path.read_bytes() == photo

    @property
    def folder_of_blobs(self) -> Path:
        return Path(self.server.environment["MINGCHA_VAR"]) / "blobs"

    def pieces(self) -> list[Path]:
        return [path for path in (self.folder_of_blobs / "pieces").rglob("*") if path.is_file()]


@pytest.fixture
def phone(server: Installation, tmp_path: Path) -> Phone:
    form = urlencode({"login": "zhang", "password": PASSWORD})
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    with closing(HTTPConnection(urlsplit(server.url).netloc)) as connection:
        connection.request("POST", "/account/sign-in", form, headers)
        cookie = connection.getresponse().headers["Set-Cookie"].partition(";")[0]
    return Phone(server, cookie, tmp_path)


def name_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def photo(kilobytes: int = 300) -> bytes:
    return noisy((400, 300)) + uuid4().bytes * (kilobytes * 64)


@pytest.mark.parametrize("with_creation", [False, True])
@pytest.mark.parametrize("chunk", [None, 50_000])
def test_a_photo_arrives(phone: Phone, with_creation: bool, chunk: int | None) -> None:
    content = photo()
    options = {"chunkSize": chunk} if chunk else {}
    (sent,) = phone.send(content, uploadDataDuringCreation=with_creation, **options)
    assert (sent["done"], sent["states"][-1]) == (True, "stored")
    assert phone.stored(content)
    assert phone.pieces() == []


def test_a_photo_that_comes_with_its_creation_takes_one_request(phone: Phone) -> None:
    (sent,) = phone.send(photo(), uploadDataDuringCreation=True)
    assert sent["requests"] == ["POST 201"]


def test_a_proxy_that_knows_no_patch_is_got_round(phone: Phone) -> None:
    content = photo()
    (sent,) = phone.send(content, overridePatchMethod=True, chunkSize=100_000)
    assert sent["done"]
    assert {each.split()[0] for each in sent["requests"]} == {"POST"}
    assert phone.stored(content)


@pytest.mark.parametrize("with_creation", [False, True])
def test_a_file_that_the_county_holds_is_not_sent_again(phone: Phone, with_creation: bool) -> None:
    content = photo()
    phone.send(content)
    (again,) = phone.send(content, uploadDataDuringCreation=with_creation)
    assert (again["done"], again["states"][-1]) == (True, "stored")
    assert "PATCH 204" not in again["requests"]


@pytest.mark.parametrize("after", [150_000, 333_333, 600_000])
@pytest.mark.parametrize("with_creation", [False, True])
def test_a_line_that_breaks_costs_only_what_was_not_acknowledged(phone, after: int, with_creation: bool) -> None:
    content = photo(1000)
    with broken_line(phone.server.url, up=after, times=3) as url:
        (sent,) = phone.send(content, at=url, chunkSize=100_000, uploadDataDuringCreation=with_creation)
    assert (sent["done"], sent["states"][-1]) == (True, "stored"), sent
    assert sent["progress"] == sorted(sent["progress"])
    assert phone.stored(content)


def test_a_long_piece_is_kept_as_far_as_it_came(phone: Phone) -> None:
    content = photo(2000)
    with broken_line(phone.server.url, up=900_000, times=2) as url:
        (sent,) = phone.send(content, at=url)
    assert sent["done"], sent
    assert "HEAD 200" in sent["requests"]
    assert phone.stored(content)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_an_answer_that_is_lost_loses_nothing(phone: Phone, times: int) -> None:
    content = photo()
    with broken_line(phone.server.url, down=0, times=times) as url:
        (sent,) = phone.send(content, at=url, chunkSize=200_000, uploadDataDuringCreation=True)
    assert (sent["done"], sent["states"][-1]) == (True, "stored"), sent
    assert phone.stored(content)


def test_who_knows_the_address_goes_on_in_another_run(phone: Phone) -> None:
    content = photo(1000)
    with broken_line(phone.server.url, up=500_000, times=1_000_000) as url:
        (first,) = phone.send(content, at=url, chunkSize=100_000, retryDelays=[])
    assert not first["done"]
    place = phone.server.url + urlsplit(first["url"]).path
    (second,) = phone.send(content, uploadUrl=place, chunkSize=100_000)
    assert second["requests"][0] == "HEAD 200"
    assert second["done"]
    assert min(second["progress"]) > 300_000
    assert phone.stored(content)


def test_three_clients_on_one_upload_at_once_make_one_photo(phone: Phone) -> None:
    content = photo(1000)
    sent = phone.send(content, chunkSize=60_000, parallel=3)
    assert any(each["done"] for each in sent), sent
    (last,) = phone.send(content)
    assert last["states"][-1] == "stored"
    assert phone.stored(content)
    assert phone.pieces() == []


@pytest.mark.parametrize("with_creation", [False, True])
def test_a_photo_that_is_not_what_was_announced_is_refused(phone: Phone, with_creation: bool) -> None:
    content, announced = photo(), name_of(photo())
    (sent,) = phone.send(content, sha256=announced, uploadDataDuringCreation=with_creation)
    assert (sent["done"], sent["status"]) == (False, 422)
    assert not phone.stored(content)
    assert phone.pieces() == []


def test_what_is_no_photo_is_refused_by_name(phone: Phone) -> None:
    content = b"%PDF-1.7 " + uuid4().bytes * 1000
    (sent,) = phone.send(content)
    assert (sent["done"], sent["status"], sent["states"][-1]) == (False, 415, "refused")
    assert "PDF" in json.loads(sent["body"])["message"]


def test_an_upload_that_expired_begins_anew(phone: Phone) -> None:
    content = photo(1000)
    with broken_line(phone.server.url, up=500_000, times=1_000_000) as url:
        (first,) = phone.send(content, at=url, chunkSize=100_000, retryDelays=[])
    with phone.server.session(COUNTY) as session:
        session.execute(update(Upload).values(expires_at=Upload.started_at))
    place = phone.server.url + urlsplit(first["url"]).path
    (second,) = phone.send(content, uploadUrl=place, chunkSize=100_000)
    assert second["requests"][:2] == ["HEAD 410", "POST 201"]
    assert second["done"]
    assert phone.stored(content)


def test_a_body_of_many_records_is_read_to_its_end_by_the_real_server(phone: Phone) -> None:
    """The server's own stream is another than that of a test client."""
    contents = [json.dumps({"id": str(uuid4()), "filler": "x" * 5_000}).encode() for _ in range(200)]
    headers = {
        "Cookie": phone.cookie,
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/vnd.mingcha.check",
    }
    with closing(HTTPConnection(urlsplit(phone.server.url).netloc)) as connection:
        connection.request("POST", "/api/v1/checks/batch", b"".join(map(frame, contents)), headers)
        answer = connection.getresponse()
        results = json.loads(answer.read())["results"]
    assert answer.status == 200
    assert [each["check"] for each in results] == [json.loads(each)["id"] for each in contents]
    assert {each["status"] for each in results} == {422}
