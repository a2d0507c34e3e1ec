"""No room: photos are refused with words, nothing is half there, records still come in, and it mends itself."""

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from inspections.registry.people import Role
from tests.factories import as_sent, make_person, make_record, make_site, photo_entry
from tests.inspections.evidence.photographs import noisy
from tests.webapp.api.test_whole import post, whole

PHOTO = noisy((300, 200))
NAME = hashlib.sha256(PHOTO).hexdigest()


@pytest.fixture
def phone(sign_in, session: Session) -> FlaskClient:
    make_person(session, Role.INSPECTOR, login="zhang")
    return sign_in("zhang")


def leave_free(app: Flask, size: int) -> None:
    """What RESERVE_BYTES sets when the app starts."""
    store = app.extensions["store"]
    store.reserve_bytes = store.pieces.reserve_bytes = size


def put(phone: FlaskClient) -> Any:
    return phone.put(f"/api/v1/files/{NAME}", data=PHOTO, content_type="image/jpeg")


def by_tus(phone: FlaskClient) -> Any:
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(PHOTO)),
        "Upload-Metadata": f"sha256 {b64encode(NAME.encode()).decode()}",
    }
    return phone.post("/api/v1/files", data=PHOTO, content_type="application/offset+octet-stream", headers=headers)


@pytest.mark.parametrize("send", [put, by_tus])
def test_a_photo_below_the_reserve_is_a_507_and_comes_in_when_there_is_room_again(phone, app, send) -> None:
    leave_free(app, 2**60)
    answer = send(phone)
    assert (answer.status_code, answer.json["error"]) == (507, "StorageFull")
    assert "仍保存在您的手机上" in answer.json["message"]
    assert phone.head(f"/api/v1/files/{NAME}").status_code == 404
    assert [path for path in Path(app.extensions["store"].root).rglob("*") if path.is_file()] == []
    leave_free(app, 0)
    assert send(phone).status_code == 201


def test_a_record_is_taken_in_below_the_reserve_and_its_photos_are_named_as_missing(phone, app, session) -> None:
    record = make_record(make_site(session).id, files=[photo_entry(PHOTO)])
    session.commit()
    leave_free(app, 2**60)
    answer = post(phone, whole(record, PHOTO))
    assert (answer.status_code, answer.json["state"], answer.json["missing"]) == (201, "incomplete", [NAME])
    content, sha256 = as_sent(record)
    headers = {"X-Record-Sha256": sha256}
    again = phone.post("/api/v1/checks", data=content, content_type="application/json", headers=headers)
    assert again.status_code == 200
    leave_free(app, 0)
    assert post(phone, whole(record, PHOTO)).json["state"] == "received"
