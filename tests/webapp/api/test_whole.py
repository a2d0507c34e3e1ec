"""Checks in frames: one with its files, and many records at once."""

import hashlib
import json
import struct
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from inspections.casework.findings import Finding
from inspections.casework.rechecks import Recheck
from inspections.db import new_id
from inspections.events import Event
from inspections.field.checks import Answer, Check, CheckConflict
from inspections.field.tasks import Task, TaskState
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from inspections.rules.observations import Observation
from tests.factories import COUNTY, NOW, as_sent, make_finding, make_person, make_record, make_site, photo_entry
from tests.inspections.evidence.photographs import noisy

PHOTOS = [noisy((200 + 8 * number, 150)) for number in range(3)]
MEDIA_TYPE = "application/vnd.mingcha.check"


@pytest.fixture(scope="module")
def shared_engine(app_engine: Engine) -> Engine:
    """What the owner commits here is for this module alone."""
    return app_engine


@pytest.fixture
def inspector(session: Session) -> Person:
    return make_person(session, Role.INSPECTOR, login="zhang")


@pytest.fixture
def phone(sign_in, inspector: Person) -> FlaskClient:
    return sign_in("zhang")


@pytest.fixture
def site_id(session: Session) -> Any:
    return make_site(session).id


def name_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def frame(content: bytes, **header: Any) -> bytes:
    head = json.dumps({"sha256": name_of(content), "size": len(content)} | header).encode()
    return struct.pack(">I", len(head)) + head + content


def whole(record: dict[str, Any], *files: bytes) -> bytes:
    return b"".join([frame(as_sent(record)[0]), *(frame(each, type="image/jpeg") for each in files)])


def post(phone: FlaskClient, body: bytes, to: str = "whole", **options: Any) -> Any:
    return phone.post(f"/api/v1/checks/{to}", **({"data": body, "content_type": MEDIA_TYPE} | options))


def batch(phone: FlaskClient, *records: dict[str, Any]) -> list[dict[str, Any]]:
    answer = post(phone, b"".join(frame(as_sent(each)[0]) for each in records), "batch")
    assert answer.status_code == 200, answer.text
    return answer.json["results"]


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model))


def test_a_check_with_its_photos_is_received_in_one_request(phone, session, site_id, app: Flask) -> None:
    record = make_record(site_id, files=[photo_entry(each, position=n) for n, each in enumerate(PHOTOS)])
    answer = post(phone, whole(record, *PHOTOS))
    assert answer.status_code == 201, answer.text
    assert (answer.json["state"], answer.json["missing"]) == ("received", [])
    assert answer.json["received"] == [name_of(each) for each in PHOTOS]
    for each in PHOTOS:
        with app.extensions["store"].open(name_of(each)) as file:
            assert file.read() == each
    assert session.scalars(select(Check.record)).one() == as_sent(record)[0]


def test_rechecks_and_facts_come_whole_in_a_batch_and_singly_and_count_once(phone, session, site_id) -> None:
    finding = make_finding(session, session.scalars(select(Site).where(Site.id == site_id)).one())
    session.commit()
    said = {"finding_id": str(finding.id), "outcome": "fixed", "note": ""}
    facts = {"subject": "advert", "day": None, "about": "", "facts": {"in_public": True}}
    photo = photo_entry(PHOTOS[0], finding_id=str(finding.id))
    record = make_record(site_id, files=[photo], rechecks=[said], observations=[facts])
    content, sha256 = as_sent(record)
    headers = {"X-Record-Sha256": sha256}
    for _ in range(2):
        assert post(phone, whole(record, PHOTOS[0])).status_code in (200, 201)
        batch(phone, record)
        phone.post("/api/v1/checks", data=content, content_type="application/json", headers=headers)
    assert (count(session, Recheck), count(session, Observation), count(session, Check)) == (1, 1, 1)
    assert session.scalars(select(Check.flags)).one() == []


def test_the_same_body_again_gives_the_same_receipt(phone, session, site_id) -> None:
    body = whole(make_record(site_id, files=[photo_entry(PHOTOS[0])]), PHOTOS[0])
    first, again = post(phone, body), post(phone, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert count(session, Check) == 1


def test_files_that_do_not_come_along_are_named_as_missing_and_follow(phone, site_id) -> None:
    record = make_record(site_id, files=[photo_entry(each) for each in PHOTOS])
    answer = post(phone, whole(record, *PHOTOS[:2]))
    assert (answer.status_code, answer.json["missing"]) == (201, [name_of(PHOTOS[2])])
    again = post(phone, whole(record, PHOTOS[2]))
    assert (again.status_code, again.json["state"]) == (200, "received")


def test_another_version_is_kept_beside_the_first_and_so_are_its_photos(phone, session, site_id) -> None:
    record = make_record(site_id)
    post(phone, whole(record))
    other = record | {"summary": "另一版", "files": [photo_entry(PHOTOS[0])]}
    assert post(phone, whole(other, PHOTOS[0])).status_code == 409
    assert session.scalars(select(CheckConflict.record)).all() == [as_sent(other)[0]]
    assert phone.head(f"/api/v1/files/{name_of(PHOTOS[0])}").status_code == 200


def test_a_photo_that_can_not_be_used_is_named_in_the_receipt(phone, site_id) -> None:
    pdf = b"%PDF-1.7 ..."
    answer = post(phone, whole(make_record(site_id, files=[photo_entry(pdf)]), pdf))
    assert (answer.status_code, answer.json["state"]) == (201, "received")
    assert [each["sha256"] for each in answer.json["refused"]] == [name_of(pdf)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.floats(0, 1))
def test_a_body_that_breaks_off_anywhere_leaves_nothing_half(phone, session, site_id, part: float) -> None:
    photos = [each + new_id().bytes for each in PHOTOS[:2]]
    record = make_record(site_id, files=[photo_entry(each) for each in photos])
    body = whole(record, *photos)
    cut = body[: int(part * (len(body) - 1))]
    options = {"input_stream": BytesIO(cut), "environ_overrides": {"CONTENT_LENGTH": str(len(body))}}
    answer = phone.post("/api/v1/checks/whole", content_type=MEDIA_TYPE, **options)
    held = [name_of(each) for each in photos if phone.head(f"/api/v1/files/{name_of(each)}").status_code == 200]
    if answer.status_code == 400:
        assert session.get(Check, (COUNTY, record["id"])) is None
        assert held == []
    else:
        assert (answer.status_code, sorted(answer.json["received"])) == (201, sorted(held))
        assert answer.json["state"] == "incomplete"
    assert post(phone, body).json["state"] == "received"


def test_a_photo_that_is_not_what_was_announced_is_missing_in_the_receipt(phone, site_id) -> None:
    record = make_record(site_id, files=[photo_entry(PHOTOS[0])])
    body = frame(as_sent(record)[0]) + frame(b"?" + PHOTOS[0][1:], sha256=name_of(PHOTOS[0]))
    answer = post(phone, body)
    assert (answer.status_code, answer.json["missing"]) == (201, [name_of(PHOTOS[0])])


def test_a_record_that_is_refused_takes_no_photo_with_it(phone, session, site_id) -> None:
    record = make_record(new_id(), files=[photo_entry(PHOTOS[0])])
    assert post(phone, whole(record, PHOTOS[0])).status_code == 404
    assert count(session, Check) == 0
    answer = post(phone, whole(record | {"site_id": str(site_id)}))
    assert (answer.status_code, answer.json["missing"]) == (201, [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\0",
        b"\xff\xff\xff\xff",
        struct.pack(">I", 2) + b"{}",
        struct.pack(">I", 9) + b'{"size":1',
        frame(b"{}"),
        frame(b"{}", size=-1),
        frame(b"{}", size=True),
        frame(b"{}", size="2"),
        frame(b"{}", sha256=7),
        frame(b"{}", size=10**12),
    ],
)
@pytest.mark.parametrize("to", ["whole", "batch"])
def test_a_body_that_makes_no_sense_is_refused(phone, session, body: bytes, to: str) -> None:
    answer = post(phone, body, to)
    if to == "batch" and answer.status_code == 200:
        assert [each["status"] for each in answer.json["results"]] in ([], [422])
    else:
        assert answer.status_code in {400, 411, 413, 422}
    assert count(session, Check) == 0


@pytest.mark.parametrize("to", ["whole", "batch"])
def test_a_body_of_another_type_or_of_unknown_length_is_refused(phone, to: str) -> None:
    assert post(phone, b"{}", to, content_type="application/json").status_code == 415
    assert post(phone, b"{}", to, headers={"Transfer-Encoding": "chunked"}).status_code == 411


def test_a_role_without_the_right_is_refused(sign_in, session: Session, site_id) -> None:
    make_person(session, Role.AUDITOR, login="audit")
    phone = sign_in("audit")
    assert post(phone, whole(make_record(site_id))).status_code == 403
    assert post(phone, whole(make_record(site_id)), "batch").status_code == 403


def test_a_hundred_records_come_in_one_body_each_with_a_receipt(phone, session, site_id) -> None:
    records = [make_record(site_id, device=device(number)) for number in range(100)]
    results = batch(phone, *records)
    assert [each["status"] for each in results] == [201] * 100
    assert [each["receipt"]["check"] for each in results] == [each["id"] for each in records]
    assert {each["receipt"]["state"] for each in results} == {"received"}
    assert {bytes(each) for each in session.scalars(select(Check.record))} == {
        as_sent(each)[0] for each in records
    }
    assert (count(session, Answer), count(session, Event)) == (100, 100)
    again = batch(phone, *records)
    assert [each["status"] for each in again] == [200] * 100
    assert [each["receipt"] for each in again] == [each["receipt"] for each in results]


def device(number: int) -> dict[str, Any]:
    return {"id": "phone-1", "sequence": number, "user_agent": "Test", "clock_offset_ms": 120}


FAULTS: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], int]] = {
    "a field of the wrong kind": (lambda record: record | {"answers": 7}, 422),
    "a site that is not there": (lambda record: record | {"site_id": str(new_id())}, 404),
    "a checklist that is not there": (lambda record: record | {"checklist": {"code": "x", "version": 9}}, 422),
    "an officer who is not there": (lambda record: record | {"second_person_id": str(new_id())}, 422),
    "no id": (lambda record: record | {"id": None}, 422),
    "not compliant without a note": (
        lambda record: record | {"answers": [{"item": "zd-01", "verdict": "not_compliant", "note": ""}]},
        422,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_bad_record_takes_no_other_down(phone, session, site_id, fault: str) -> None:
    spoil, status = FAULTS[fault]
    records = [make_record(site_id, device=device(number)) for number in range(5)]
    records[2] = spoil(records[2])
    results = batch(phone, *records)
    assert [each["status"] for each in results] == [201, 201, status, 201, 201]
    assert results[2]["message"]
    assert results[2]["check"] == records[2]["id"]
    assert count(session, Check) == 4


@pytest.fixture(scope="module")
def strict_table(owner_engine: Engine) -> None:
    """A table with a rule of its own, which nothing before it knows."""
    with owner_engine.begin() as connection:
        connection.execute(text("alter table checks add constraint ck_checks_test check (summary <> '库里不收')"))


def test_a_record_that_the_database_refuses_takes_no_other_down(strict_table, phone, session, site_id) -> None:
    records = [make_record(site_id, device=device(number)) for number in range(4)]
    records[1]["summary"] = "库里不收"
    assert [each["status"] for each in batch(phone, *records)] == [201, 422, 201, 201]
    assert (count(session, Check), count(session, Answer), count(session, Event)) == (3, 3, 3)


def test_an_id_that_comes_twice_in_a_body_is_one_check_and_a_conflict(phone, session, site_id) -> None:
    record = make_record(site_id)
    other = record | {"summary": "另一版"}
    assert [each["status"] for each in batch(phone, record, record, other)] == [201, 200, 409]
    assert session.scalars(select(CheckConflict.record)).all() == [as_sent(other)[0]]


def test_what_the_records_of_a_batch_say_of_each_other_is_seen(phone, session, inspector, site_id) -> None:
    """As if they had come one after the other."""
    made = [make_record(site_id, device=device(7), finished_at=at) for at in (NOW.isoformat(),) * 2]
    batch(phone, *made)
    flags = [session.get_one(Check, (COUNTY, each["id"])).flags for each in made]
    assert ["sequence_reused" in each for each in flags] == [False, True]


def test_a_task_and_findings_follow_from_a_record_in_a_batch(phone, session, inspector, site_id) -> None:
    task = Task(
        county=COUNTY, site_id=site_id, assignee_id=inspector.id, kind="routine", state="open", due_on=NOW.date()
    )
    session.add(task)
    session.commit()
    answers = [{"item": "zd-17", "verdict": "not_compliant", "note": "消防通道被占"}]
    files = [photo_entry(PHOTOS[0], item="zd-17")]
    record = make_record(site_id, task_id=str(task.id), answers=answers, files=files)
    (result,) = batch(phone, record)
    assert (result["status"], result["receipt"]["missing"]) == (201, [name_of(PHOTOS[0])])
    session.refresh(task)
    assert (task.state, str(task.check_id)) == (TaskState.DONE, record["id"])
    assert "消防通道被占" in session.scalars(select(Finding.text)).one()


def test_more_than_five_hundred_records_are_too_many(phone, session, site_id) -> None:
    answer = post(phone, frame(b"{}") * 501, "batch")
    assert answer.status_code == 413
    assert "500" in answer.json["message"]
