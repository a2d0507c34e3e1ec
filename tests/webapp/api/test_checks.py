import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspections.db import new_id, scope
from inspections.field.checks import Check, CheckConflict
from inspections.registry.people import Role
from tests.factories import COUNTY, as_sent, make_person, make_record, make_site, photo_entry

REAL_PHOTOS = ("gps_htc_desire.jpg", "orient6.jpg", "gps_china_iphone8.heic")


@pytest.fixture
def phone(sign_in, session: Session) -> FlaskClient:
    make_person(session, Role.INSPECTOR, login="zhang")
    return sign_in("zhang")


@pytest.fixture
def site_id(session: Session) -> Any:
    return make_site(session).id


def post(phone: FlaskClient, record: dict[str, Any], **headers: str) -> Any:
    content, sha256 = as_sent(record)
    return phone.post(
        "/api/v1/checks",
        data=content,
        content_type="application/json",
        headers={"X-Record-Sha256": sha256} | headers,
    )


def put(phone: FlaskClient, content: bytes, content_type: str = "image/jpeg") -> Any:
    name = hashlib.sha256(content).hexdigest()
    return phone.put(f"/api/v1/files/{name}", data=content, content_type=content_type)


@pytest.fixture(scope="module")
def photos(shared_data: Path) -> list[bytes]:
    return [(shared_data / "photos" / name).read_bytes() for name in REAL_PHOTOS]


@pytest.mark.parametrize("order", ["record first", "photos first", "in between", "everything twice"])
def test_a_check_with_three_photos_is_received_in_any_order(phone, session, site_id, photos, order) -> None:
    record = make_record(site_id, files=[photo_entry(photo, position=n) for n, photo in enumerate(photos)])
    send_record, sends = (lambda: post(phone, record)), [lambda each=each: put(phone, each) for each in photos]
    queue = {
        "record first": [send_record, *sends],
        "photos first": [*sends, send_record],
        "in between": [*sends[:2], send_record, sends[2]],
        "everything twice": [send_record, *sends, *sends, send_record],
    }[order]
    answers = [send() for send in queue]
    assert {answer.status_code for answer in answers} <= {200, 201}
    receipt = phone.get(f"/api/v1/checks/{record['id']}/receipt").json
    hashes = [hashlib.sha256(photo).hexdigest() for photo in photos]
    assert receipt["state"] == "received"
    assert (receipt["received"], receipt["missing"], receipt["refused"]) == (hashes, [], [])
    assert receipt["completed_at"]
    assert session.scalar(select(func.count()).select_from(Check)) == 1
    for photo, name in zip(photos, hashes, strict=True):
        with phone.get(f"/api/v1/files/{name}/original") as answer:
            assert answer.data == photo


def small_photo(colour: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (32, 24), colour).save(file, "PNG")
    return file.getvalue()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    colours=st.lists(st.integers(0, 2**24 - 1), min_size=2, max_size=2, unique=True),
    order=st.lists(st.integers(0, 2), max_size=4).flatmap(lambda more: st.permutations([0, 1, 2, *more])),
)
def test_sending_in_any_order_any_number_of_times_gives_one_received_record(
    phone, session, site_id, colours: list[int], order: list[int]
) -> None:
    photos = [small_photo(colour) for colour in colours]
    record = make_record(site_id, files=[photo_entry(photo) for photo in photos])
    for step in order:
        answer = post(phone, record) if step == 2 else put(phone, photos[step], "image/png")
        assert answer.status_code in {200, 201}
    receipt = phone.get(f"/api/v1/checks/{record['id']}/receipt").json
    assert receipt["state"] == "received"
    assert sorted(receipt["received"]) == sorted(hashlib.sha256(photo).hexdigest() for photo in photos)
    assert session.scalar(select(func.count()).where(Check.id == record["id"])) == 1


def test_the_receipt_names_what_is_missing(phone: FlaskClient, site_id) -> None:
    file = photo_entry(b"not sent yet")
    answer = post(phone, make_record(site_id, files=[file]))
    assert answer.status_code == 201
    assert answer.headers["X-Mingcha"] == "1"
    assert (answer.json["state"], answer.json["missing"]) == ("incomplete", [file["sha256"]])


def test_a_record_whose_answer_was_lost_gets_the_same_receipt_again(phone, site_id) -> None:
    record = make_record(site_id, files=[photo_entry(b"x")])
    first, again = post(phone, record), post(phone, record)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json


def test_another_version_is_answered_with_conflict_and_kept(phone, session: Session, site_id) -> None:
    record = make_record(site_id)
    post(phone, record)
    other = record | {"summary": "另一版"}
    answer = post(phone, other)
    assert answer.status_code == 409
    assert "两份都已保留" in answer.json["message"]
    assert session.scalars(select(CheckConflict.record)).all() == [as_sent(other)[0]]
    assert session.scalars(select(Check.record)).all() == [as_sent(record)[0]]


def test_a_problem_is_named_by_its_path(phone: FlaskClient, site_id) -> None:
    answers = [{"item": "zd-17", "verdict": "not_compliant", "note": ""}]
    answer = post(phone, make_record(site_id, answers=answers))
    assert answer.status_code == 422
    assert answer.json["fields"]["answers.0.note"] == "“不符合”要写明情况"


@pytest.mark.parametrize("given", ["", "0" * 64, "not a hash"])
def test_a_record_that_was_changed_on_the_way_is_refused(phone, session, site_id, given: str) -> None:
    answer = post(phone, make_record(site_id), **{"X-Record-Sha256": given})
    assert answer.status_code == 422
    assert session.scalar(select(func.count()).select_from(Check)) == 0


def send(phone: FlaskClient, content: bytes, content_type: str = "application/json") -> Any:
    sha256 = hashlib.sha256(content).hexdigest()
    return phone.post(
        "/api/v1/checks",
        data=content,
        content_type=content_type,
        headers={"X-Record-Sha256": sha256},
        environ_overrides={"CONTENT_LENGTH": str(len(content))},
    )


@pytest.mark.parametrize("content", [b"", b'{"a":' * 50_000, b'{"id":NaN}', b'{"id":1,"id":1}'])
def test_what_is_no_record_is_a_400(phone: FlaskClient, content: bytes) -> None:
    assert send(phone, content).status_code == 400


def test_a_record_that_is_too_large_is_a_413(phone: FlaskClient) -> None:
    assert send(phone, b" " * 2_000_001).status_code == 413


def test_a_record_in_another_type_is_a_415(phone: FlaskClient) -> None:
    assert send(phone, b"{}", "text/plain").status_code == 415


def test_a_body_of_unknown_length_is_a_411(phone: FlaskClient) -> None:
    answer = phone.post(
        "/api/v1/checks",
        input_stream=BytesIO(b"{}"),
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
    )
    assert answer.status_code == 411


def test_a_site_of_another_county_is_not_found(phone, session: Session) -> None:
    scope(session, "421303")
    elsewhere = make_site(session, county="421303").id
    session.commit()
    scope(session, COUNTY)
    assert post(phone, make_record(elsewhere)).status_code == 404


def test_a_role_without_the_right_is_refused(sign_in, session: Session, site_id) -> None:
    make_person(session, Role.AUDITOR, login="audit")
    assert post(sign_in("audit"), make_record(site_id)).status_code == 403


def test_a_receipt_of_nothing_is_not_found(phone: FlaskClient) -> None:
    assert phone.get(f"/api/v1/checks/{new_id()}/receipt").status_code == 404


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(sorted(make_record(new_id()))), value=JSON)
def test_a_record_with_a_random_part_is_never_a_500(phone, site_id, key: str, value: Any) -> None:
    answer = send(phone, json.dumps(make_record(site_id) | {key: value}).encode())
    assert answer.status_code in {200, 201, 400, 404, 409, 422}


def test_the_record_is_given_back_as_it_came_to_who_may_see_the_check(phone, session, site_id, sign_in) -> None:
    record = make_record(site_id)
    post(phone, record)
    answer = phone.get(f"/api/v1/checks/{record['id']}/record")
    assert (answer.status_code, answer.data) == (200, as_sent(record)[0])
    post(phone, record | {"summary": "另一份"})
    assert phone.get(f"/api/v1/checks/{record['id']}/record").data == as_sent(record)[0]
    assert phone.get(f"/api/v1/checks/{new_id()}/record").status_code == 404
    make_person(session, Role.SCHOOL_USER, login="elsewhere", site_id=make_site(session).id)
    assert sign_in("elsewhere").get(f"/api/v1/checks/{record['id']}/record").status_code == 404
