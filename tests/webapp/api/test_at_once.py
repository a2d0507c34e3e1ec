"""Requests that come at the same moment, each on its own connection, through the real app, and committed."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from inspections.db import scope
from inspections.field.checks import Check, CheckConflict
from inspections.field.photos import Photo
from inspections.registry.counties import County
from inspections.registry.people import Role
from tests.factories import PASSWORD, as_sent, make_person, make_record, make_site, photo_entry
from webapp import create_app

COUNTY = "990001"  # no other test looks here


@pytest.fixture(scope="module")
def site_id(owner_engine: Engine, app_engine: Engine) -> Any:
    with Session(owner_engine) as session:
        session.add(County(code=COUNTY, name="并发县", bureau="并发县教育局"))
        session.commit()
    with Session(app_engine) as session:
        scope(session, COUNTY)
        make_person(session, Role.INSPECTOR, login="at-once", county=COUNTY)
        site = make_site(session, county=COUNTY)
        session.commit()
        return site.id


@pytest.fixture
def app(app_url: str, site_id: Any, tmp_path: Path) -> Iterator[Flask]:
    app = create_app({"APP_DATABASE_URL": app_url, "BLOB_STORE": str(tmp_path / "blobs"), "TESTING": True})
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def phone(app: Flask) -> Callable[[], FlaskClient]:
    """Clients that share one sign-in, as the tabs of a browser do."""
    first = app.test_client()
    first.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    first.post("/account/sign-in", data={"login": "at-once", "password": PASSWORD})
    token = first.get_cookie("mingcha").value

    def another() -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        client.set_cookie("mingcha", token)
        return client

    return another


def post(phone: FlaskClient, record: dict[str, Any]) -> Any:
    content, sha256 = as_sent(record)
    headers = {"X-Record-Sha256": sha256}
    return phone.post("/api/v1/checks", data=content, content_type="application/json", headers=headers)


def put(phone: FlaskClient, content: bytes) -> Any:
    name = hashlib.sha256(content).hexdigest()
    return phone.put(f"/api/v1/files/{name}", data=content, content_type="image/jpeg")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """The answers to calls that all start together."""
    start, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        start.wait()
        answers[number] = call()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def photo(number: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 48), (number, 80, 120)).save(file, "JPEG")
    return file.getvalue()


def count(engine: Engine, query: Any) -> int:
    with Session(engine) as session:
        scope(session, COUNTY)
        return session.scalar(query)


def test_five_equal_records_at_once_make_one_row_and_five_equal_receipts(phone, site_id, app_engine) -> None:
    record = make_record(site_id, files=[photo_entry(photo(1))])
    answers = at_once(*[partial(post, phone(), record) for _ in range(5)])
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.data for answer in answers}) == 1
    assert count(app_engine, select(func.count()).where(Check.id == record["id"])) == 1
    assert count(app_engine, select(func.count()).where(Photo.check_id == record["id"])) == 1


def test_five_versions_at_once_are_all_kept(phone, site_id, app_engine) -> None:
    record = make_record(site_id)
    versions = [record | {"summary": f"第 {number} 版"} for number in range(5)]
    answers = at_once(*[partial(post, phone(), each) for each in versions])
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    kept = {count(app_engine, select(Check.record).where(Check.id == record["id"]))}
    with Session(app_engine) as session:
        scope(session, COUNTY)
        kept |= set(session.scalars(select(CheckConflict.record).where(CheckConflict.check_id == record["id"])))
    assert kept == {as_sent(each)[0] for each in versions}


@pytest.mark.parametrize("round_", range(4))
def test_a_record_and_its_photos_at_once_leave_nothing_waiting(phone, site_id, round_: int) -> None:
    photos = [photo(10 * round_ + number) for number in range(4)]
    record = make_record(site_id, files=[photo_entry(each) for each in photos])
    calls = [partial(put, phone(), each) for each in photos]
    at_once(*calls, partial(post, phone(), record))
    receipt = phone().get(f"/api/v1/checks/{record['id']}/receipt").json
    assert (receipt["state"], receipt["missing"]) == ("received", [])


def test_a_slow_upload_does_not_hold_up_the_phones_other_requests(phone, site_id, app_engine) -> None:
    content, reading, go_on = photo(200), threading.Event(), threading.Event()

    class Slow(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            reading.set()
            assert go_on.wait(30)
            return super().read(size)

    _long_not_seen(app_engine)
    name = hashlib.sha256(content).hexdigest()
    client, answers = phone(), []
    upload = threading.Thread(
        target=lambda: answers.append(
            client.put(f"/api/v1/files/{name}", input_stream=Slow(content), content_type="image/jpeg")
        )
    )
    upload.start()
    assert reading.wait(30)
    assert phone().get("/api/v1/ping").status_code == 200
    go_on.set()
    upload.join()
    assert answers[0].status_code == 201


def _long_not_seen(engine: Engine) -> None:
    """So that the next request of each phone writes down when it was seen."""
    from datetime import timedelta

    from inspections.registry.accounts import SignIn

    with Session(engine) as session:
        scope(session, COUNTY)
        for sign_in in session.scalars(select(SignIn)):
            sign_in.seen_at -= timedelta(hours=1)
        session.commit()
