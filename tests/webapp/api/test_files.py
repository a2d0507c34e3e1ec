import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text
from sqlalchemy.orm import Session

from inspections import jobs
from inspections.registry.people import Role
from tests.factories import COUNTY, as_sent, make_person, make_record, make_site, photo_entry
from tests.inspections.evidence.films import film


@pytest.fixture
def phone(sign_in, session: Session) -> FlaskClient:
    make_person(session, Role.INSPECTOR, login="zhang")
    return sign_in("zhang")


@pytest.fixture(scope="module")
def photo() -> bytes:
    file = BytesIO()
    Image.effect_noise((900, 600), 60).save(file, "JPEG")
    return file.getvalue()


def name_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def put(phone: FlaskClient, content: bytes, name: str | None = None, **options: Any) -> Any:
    options = {"content_type": "image/jpeg"} | options
    return phone.put(f"/api/v1/files/{name or name_of(content)}", data=content, **options)


def list_in_a_check(phone: FlaskClient, session: Session, *contents: bytes) -> str:
    record = make_record(make_site(session).id, files=[photo_entry(each) for each in contents])
    session.commit()
    content, sha256 = as_sent(record)
    headers = {"X-Record-Sha256": sha256}
    answer = phone.post("/api/v1/checks", data=content, content_type="application/json", headers=headers)
    assert answer.status_code == 201, answer.text
    return record["id"]


def test_a_photo_is_stored_once(phone: FlaskClient, photo: bytes) -> None:
    assert phone.head(f"/api/v1/files/{name_of(photo)}").status_code == 404
    first, again = put(phone, photo), put(phone, photo)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == {"sha256": name_of(photo), "size": len(photo), "state": "stored"}
    assert phone.head(f"/api/v1/files/{name_of(photo)}").status_code == 200


def test_bytes_under_a_wrong_name_are_refused_and_not_kept(phone, photo: bytes) -> None:
    assert put(phone, photo, name="0" * 64).status_code == 422
    assert phone.head(f"/api/v1/files/{'0' * 64}").status_code == 404


@pytest.mark.parametrize("name", ["..", "etc%2Fpasswd", "F" * 64, "0" * 63])
def test_a_name_that_is_no_hash_reaches_no_file(phone, photo: bytes, name: str) -> None:
    assert put(phone, photo, name=name).status_code in {404, 405, 422}


def test_an_empty_file_is_refused(phone: FlaskClient) -> None:
    answer = put(phone, b"", environ_overrides={"CONTENT_LENGTH": "0"})
    assert answer.status_code == 422
    assert "空文件" in answer.json["message"]


def test_a_file_without_a_type_or_a_length_is_refused(phone, photo: bytes) -> None:
    assert put(phone, photo, content_type=None).status_code == 415
    chunked = {"Transfer-Encoding": "chunked"}
    assert put(phone, photo, headers=chunked).status_code == 411


def test_a_body_that_ends_early_is_not_kept_and_will_be_sent_again(phone, photo: bytes) -> None:
    answer = phone.put(
        f"/api/v1/files/{name_of(photo)}",
        input_stream=BytesIO(photo[:-10]),
        content_type="image/jpeg",
        environ_overrides={"CONTENT_LENGTH": str(len(photo))},
    )
    assert answer.status_code == 408
    assert phone.head(f"/api/v1/files/{name_of(photo)}").status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [(b"%PDF-1.7 ...", 415, "PDF"), (b"<html><script>", 415, "网页"), (b"\xff\xd8\xff" * 7_000_000, 413, "太大")],
)
def test_what_is_no_photo_is_refused_by_name_and_no_longer_awaited(
    phone, session: Session, content: bytes, status: int, words: str
) -> None:
    check_id = list_in_a_check(phone, session, content)
    answer = put(phone, content)
    assert answer.status_code == status
    assert words in answer.json["message"]
    receipt = phone.get(f"/api/v1/checks/{check_id}/receipt").json
    assert receipt["state"] == "received"
    assert (receipt["received"], receipt["missing"]) == ([], [])
    assert [file["sha256"] for file in receipt["refused"]] == [name_of(content)]


def test_a_photo_that_turns_out_damaged_stays_received_and_is_named(
    phone, session: Session, app: Flask, shared_data: Path
) -> None:
    content = (shared_data / "photos" / "truncated.jpg").read_bytes()
    check_id = list_in_a_check(phone, session, content)
    assert put(phone, content).status_code == 201
    derive(session, app, content)
    receipt = phone.get(f"/api/v1/checks/{check_id}/receipt").json
    assert (receipt["state"], receipt["received"]) == ("received", [name_of(content)])
    assert receipt["damaged"] == [{"sha256": name_of(content), "message": "照片不完整，请在现场重拍"}]


@pytest.mark.parametrize("name", ["truncated.jpg", "broken_stream.png", "corrupted.heic", "gps_orient6.webp"])
def test_each_real_photo_ends_stored_or_refused_by_name(phone, session, shared_data: Path, name: str) -> None:
    content = (shared_data / "photos" / name).read_bytes()
    check_id = list_in_a_check(phone, session, content)
    put(phone, content)
    receipt = phone.get(f"/api/v1/checks/{check_id}/receipt").json
    named = [file["sha256"] for file in receipt["refused"]]
    assert receipt["received"] + named == [name_of(content)]
    assert receipt["state"] == "received"


def test_pictures_are_pending_then_jpegs_that_may_be_kept_for_ever(
    phone, session: Session, app: Flask, photo: bytes, connection: Any
) -> None:
    list_in_a_check(phone, session, photo)
    put(phone, photo)
    url = f"/api/v1/files/{name_of(photo)}/320"
    assert (phone.get(url).status_code, phone.get(url).json) == (202, {"state": "pending"})
    derive(session, app, photo)
    with phone.get(url) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert max(Image.open(BytesIO(answer.data)).size) == 320
    with phone.get(url, headers={"If-None-Match": answer.headers["ETag"]}) as again:
        assert again.status_code == 304
    assert phone.get(url.replace("320", "999")).status_code == 404


def derive(session: Session, app: Flask, photo: bytes) -> None:
    work = jobs.Work(session, COUNTY, app.extensions["store"])
    jobs.HANDLERS["derive"](work, sha256=name_of(photo))
    session.commit()


def test_an_original_is_handed_out_as_an_attachment_in_a_sandbox(phone, session, photo: bytes) -> None:
    list_in_a_check(phone, session, photo)
    put(phone, photo)
    with phone.get(f"/api/v1/files/{name_of(photo)}/original") as answer:
        assert answer.data == photo
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_photo_that_no_visible_check_lists_is_not_shown(phone: FlaskClient, photo: bytes) -> None:
    put(phone, photo)
    for form in ("320", "1600", "original"):
        assert phone.get(f"/api/v1/files/{name_of(photo)}/{form}").status_code == 404


def test_a_role_without_the_right_sends_no_photo(sign_in, session: Session, photo: bytes) -> None:
    make_person(session, Role.AUDITOR, login="audit")
    assert put(sign_in("audit"), photo).status_code == 403


def test_a_film_is_kept_as_it_came_played_in_pieces_and_has_no_picture(phone, session) -> None:
    content = film(b"vide", b"soun")
    answer = put(phone, content, content_type="video/mp4")
    assert (answer.status_code, answer.json["state"]) == (201, "stored")
    list_in_a_check(phone, session, content)
    address = f"/api/v1/files/{name_of(content)}"
    with phone.get(f"{address}/recording") as played:
        assert (played.data, played.mimetype) == (content, "video/mp4")
        assert played.headers["Content-Security-Policy"].startswith("sandbox")
    with phone.get(f"{address}/recording", headers={"Range": "bytes=4-7"}) as part:
        assert (part.status_code, part.data) == (206, b"ftyp")
    assert phone.get(f"{address}/320").status_code == 404
    assert session.scalar(text("select count(*) from procrastinate_jobs where task_name = 'derive'")) == 0


def test_a_photo_is_not_played(phone, session, photo: bytes) -> None:
    put(phone, photo)
    list_in_a_check(phone, session, photo)
    assert phone.get(f"/api/v1/files/{name_of(photo)}/recording").status_code == 404
