"""tus 1.0 by hand: each rule of the protocol that a client relies on. The real client is in test_tus_client."""

import hashlib
from base64 import b64encode
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspections import jobs
from inspections.evidence.blobs import Blob
from inspections.evidence.uploads import Upload
from inspections.registry.people import Role
from tests.factories import COUNTY, as_sent, make_person, make_record, make_site, photo_entry
from tests.inspections.evidence.photographs import noisy

PHOTO = noisy((300, 200))
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"


@pytest.fixture
def phone(sign_in, session: Session) -> FlaskClient:
    make_person(session, Role.INSPECTOR, login="zhang")
    return sign_in("zhang")


def name_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def in_base64(content: bytes) -> str:
    return b64encode(content).decode()


def begin(phone: FlaskClient, content: bytes, name: str | None = None, **more: Any) -> Any:
    metadata = f"sha256 {in_base64((name or name_of(content)).encode())},type {in_base64(b'image/jpeg')}"
    headers = TUS | {"Upload-Length": str(len(content)), "Upload-Metadata": metadata} | more.pop("headers", {})
    return phone.post("/api/v1/files", headers=headers, **more)


def patch(phone: FlaskClient, place: str, offset: int, content: bytes, **headers: str) -> Any:
    headers = TUS | {"Upload-Offset": str(offset), "Content-Type": PIECE} | headers
    return phone.patch(place, data=content, headers=headers)


def head(phone: FlaskClient, place: str) -> Any:
    return phone.head(place, headers=TUS)


def offset_of(phone: FlaskClient, place: str) -> int:
    answer = head(phone, place)
    assert answer.status_code == 200, answer.status_code
    return int(answer.headers["Upload-Offset"])


def is_held(phone: FlaskClient, content: bytes) -> bool:
    return phone.head(f"/api/v1/files/{name_of(content)}").status_code == 200


def files_in(app: Flask) -> list[Path]:
    return [path for path in (app.extensions["store"].pieces.root).rglob("*") if path.is_file()]


def test_the_server_says_what_it_can(phone: FlaskClient) -> None:
    answer = phone.options("/api/v1/files")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == "64000000"  # a film may be larger than a photo
    extensions = {"creation", "creation-with-upload", "expiration", "checksum", "termination"}
    assert set(answer.headers["Tus-Extension"].split(",")) == extensions


def test_another_version_of_the_protocol_is_a_412(phone: FlaskClient) -> None:
    answer = begin(phone, PHOTO, headers={"Tus-Resumable": "2.0.0"})
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 5_000), max_size=6, unique=True))
def test_a_photo_arrives_whole_in_pieces_of_any_size(phone, app, cuts: list[int]) -> None:
    photo = PHOTO + uuid4().bytes
    place = begin(phone, photo).headers["Location"]
    ends = [*sorted(cuts), len(photo)]
    for start, end in zip([0, *sorted(cuts)], ends, strict=True):
        answer = patch(phone, place, start, photo[start:end])
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end))
    assert answer.headers["X-File-State"] == "stored"
    assert head(phone, place).headers["X-File-State"] == "stored"
    with app.extensions["store"].open(name_of(photo)) as file:
        assert file.read() == photo


def test_a_photo_that_comes_with_its_creation_is_stored_at_once(phone, app) -> None:
    answer = begin(phone, PHOTO, data=PHOTO, content_type=PIECE)
    assert (answer.status_code, answer.headers["X-File-State"]) == (201, "stored")
    assert answer.headers["Upload-Offset"] == str(len(PHOTO))
    assert offset_of(phone, answer.headers["Location"]) == len(PHOTO)
    assert is_held(phone, PHOTO)
    assert files_in(app) == []


def test_a_photo_that_the_county_holds_need_not_be_sent(phone: FlaskClient) -> None:
    phone.put(f"/api/v1/files/{name_of(PHOTO)}", data=PHOTO, content_type="image/jpeg")
    answer = begin(phone, PHOTO)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(len(PHOTO)))
    assert answer.headers["X-File-State"] == "stored"
    assert offset_of(phone, answer.headers["Location"]) == len(PHOTO)
    assert patch(phone, answer.headers["Location"], len(PHOTO), b"").status_code == 204


def test_who_lost_the_address_of_an_upload_is_given_it_again(phone: FlaskClient) -> None:
    place = begin(phone, PHOTO).headers["Location"]
    patch(phone, place, 0, PHOTO[:1000])
    again = begin(phone, PHOTO)
    assert (again.headers["Location"], again.headers["Upload-Offset"]) == (place, "1000")
    with_bytes = begin(phone, PHOTO, data=PHOTO[:500], content_type=PIECE)
    assert (with_bytes.headers["Location"], with_bytes.headers["Upload-Offset"]) == (place, "1000")


@pytest.mark.parametrize("offset", [0, 500, 1001, len(PHOTO)])
def test_a_piece_at_a_wrong_offset_is_a_409_and_changes_nothing(phone, app, offset: int) -> None:
    place = begin(phone, PHOTO).headers["Location"]
    patch(phone, place, 0, PHOTO[:1000])
    assert patch(phone, place, offset, PHOTO[offset:]).status_code == 409
    assert offset_of(phone, place) == 1000
    assert len(files_in(app)) == 1


def test_the_second_piece_before_the_first_is_refused_and_both_arrive_in_order(phone: FlaskClient) -> None:
    place = begin(phone, PHOTO).headers["Location"]
    assert patch(phone, place, 2000, PHOTO[2000:]).status_code == 409
    patch(phone, place, 0, PHOTO[:2000])
    assert patch(phone, place, 2000, PHOTO[2000:]).headers["X-File-State"] == "stored"


def test_a_body_that_breaks_off_is_kept_as_far_as_it_came(phone: FlaskClient) -> None:
    place = begin(phone, PHOTO).headers["Location"]
    phone.patch(
        place,
        input_stream=BytesIO(PHOTO[:700]),
        headers=TUS | {"Upload-Offset": "0", "Content-Type": PIECE},
        environ_overrides={"CONTENT_LENGTH": str(len(PHOTO))},
    )
    assert offset_of(phone, place) == 700
    assert patch(phone, place, 700, PHOTO[700:]).headers["X-File-State"] == "stored"


def test_a_creation_that_breaks_off_is_kept_as_far_as_it_came(phone: FlaskClient) -> None:
    begin(
        phone,
        PHOTO,
        input_stream=BytesIO(PHOTO[:700]),
        content_type=PIECE,
        environ_overrides={"CONTENT_LENGTH": str(len(PHOTO))},
    )
    assert begin(phone, PHOTO).headers["Upload-Offset"] == "700"


def test_a_piece_that_is_longer_than_the_file_is_refused(phone, app) -> None:
    place = begin(phone, PHOTO).headers["Location"]
    assert patch(phone, place, 0, PHOTO + b"more").status_code == 413
    assert (offset_of(phone, place), files_in(app)) == (0, [])


def test_a_damaged_piece_is_a_460_and_forgotten(phone, app) -> None:
    place = begin(phone, PHOTO).headers["Location"]
    first, checksum = PHOTO[:1000], f"sha256 {in_base64(hashlib.sha256(PHOTO[:1000]).digest())}"
    damaged = patch(phone, place, 0, b"?" + first[1:], **{"Upload-Checksum": checksum})
    assert (damaged.status_code, offset_of(phone, place), files_in(app)) == (460, 0, [])
    assert patch(phone, place, 0, first, **{"Upload-Checksum": checksum}).status_code == 204
    assert patch(phone, place, 1000, PHOTO[1000:], **{"Upload-Checksum": "md5 x"}).status_code == 400


@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_bytes_that_are_not_the_photo_are_a_422_and_the_upload_is_forgotten(phone, app, pieces: int) -> None:
    wrong = b"?" + PHOTO[1:]
    place = begin(phone, PHOTO).headers["Location"]
    step = -(-len(wrong) // pieces)
    answers = [patch(phone, place, at, wrong[at : at + step]) for at in range(0, len(wrong), step)]
    assert answers[-1].status_code == 422
    assert "不一致" in answers[-1].json["message"]
    assert head(phone, place).status_code == 404
    assert (is_held(phone, PHOTO), files_in(app)) == (False, [])
    assert begin(phone, PHOTO, data=PHOTO, content_type=PIECE).headers["X-File-State"] == "stored"


def test_a_wrong_creation_with_bytes_is_a_422(phone, app) -> None:
    assert begin(phone, PHOTO, data=b"?" + PHOTO[1:], content_type=PIECE).status_code == 422
    assert (is_held(phone, PHOTO), files_in(app)) == (False, [])


@pytest.mark.parametrize("pieces", [1, 3])
def test_what_is_no_photo_is_refused_by_name_and_no_longer_awaited(phone, session, pieces: int) -> None:
    content = b"%PDF-1.7 " + b"." * 3000
    check = list_in_a_check(phone, session, content)
    place, step = begin(phone, content).headers["Location"], -(-len(content) // pieces)
    answers = [patch(phone, place, at, content[at : at + step]) for at in range(0, len(content), step)]
    assert (answers[-1].status_code, answers[-1].headers["X-File-State"]) == (415, "refused")
    assert (answers[-1].json["state"], answers[-1].json["error"]) == ("refused", "UnsupportedMedia")
    assert head(phone, place).headers["X-File-State"] == "refused"
    receipt = phone.get(f"/api/v1/checks/{check}/receipt").json
    assert (receipt["state"], receipt["missing"]) == ("received", [])
    assert [each["sha256"] for each in receipt["refused"]] == [name_of(content)]


def test_a_file_that_is_too_large_is_refused_before_it_comes(phone, session) -> None:
    content = b"\xff\xd8\xff" * 22_000_000
    answer = begin(phone, content)
    assert (answer.status_code, answer.json["state"]) == (413, "refused")
    assert session.scalar(select(func.count()).select_from(Upload)) == 0
    assert session.scalars(select(Blob.refusal)).all() == ["too_big"]


def test_an_empty_file_is_refused(phone: FlaskClient) -> None:
    assert begin(phone, b"").status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {"Upload-Length": "-1"},
        {"Upload-Length": "1e3"},
        {"Upload-Length": "٣"},
        {"Upload-Metadata": ""},
        {"Upload-Metadata": "sha256 ?"},
        {"Upload-Metadata": f"sha256 {in_base64(b'../../etc/passwd')}"},
        {"Upload-Metadata": f"sha256 {in_base64('照片'.encode())}"},
    ],
)
def test_a_creation_that_makes_no_sense_is_refused(phone, headers: dict[str, str]) -> None:
    headers = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert begin(phone, PHOTO, headers=headers).status_code in {400, 422}


def test_a_proxy_that_knows_no_patch_is_got_round(phone: FlaskClient) -> None:
    place = begin(phone, PHOTO).headers["Location"]
    override = TUS | {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", "Content-Type": PIECE}
    assert phone.post(place, data=PHOTO, headers=override).headers["X-File-State"] == "stored"
    assert phone.post(place, headers=TUS | {"X-HTTP-Method-Override": "HEAD"}).status_code == 200
    assert phone.post(place, headers=TUS | {"X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert phone.post(place, headers=TUS | {"X-HTTP-Method-Override": "TRACE"}).status_code == 405


def test_an_upload_that_was_ended_is_gone_with_its_bytes(phone, app) -> None:
    place = begin(phone, PHOTO).headers["Location"]
    patch(phone, place, 0, PHOTO[:1000])
    assert phone.delete(place, headers=TUS).status_code == 204
    assert (head(phone, place).status_code, files_in(app)) == (404, [])


def test_only_its_author_sees_an_upload(phone, app, sign_in, session) -> None:
    place = begin(phone, PHOTO).headers["Location"]
    patch(phone, place, 0, PHOTO[:1000])
    make_person(session, Role.DISPATCHER, login="office")
    other = sign_in("office")
    assert head(other, place).status_code == 404
    assert patch(other, place, 1000, PHOTO[1000:]).status_code == 404
    assert other.delete(place, headers=TUS).status_code == 404
    assert begin(other, PHOTO).headers["Upload-Offset"] == "0"


def test_a_role_without_the_right_opens_no_upload(sign_in, session: Session) -> None:
    make_person(session, Role.AUDITOR, login="audit")
    assert begin(sign_in("audit"), PHOTO).status_code == 403


def test_an_upload_that_expired_is_a_410_until_it_is_swept_and_begins_anew(phone, app, session) -> None:
    place = begin(phone, PHOTO).headers["Location"]
    patch(phone, place, 0, PHOTO[:1000])
    age(session)
    assert patch(phone, place, 1000, PHOTO[1000:]).status_code == 410
    assert begin(phone, PHOTO).headers["Upload-Offset"] == "0"
    age(session)
    jobs.HANDLERS["sweep uploads"](jobs.Work(session, COUNTY, app.extensions["store"]))
    session.commit()
    assert head(phone, place).status_code == 404
    assert files_in(app) == []


def age(session: Session) -> None:
    for upload in session.scalars(select(Upload)):
        upload.expires_at -= timedelta(days=8)
    session.commit()


def test_the_sweep_leaves_what_is_on_its_way_and_what_is_young(phone, app, session) -> None:
    import os

    place = begin(phone, PHOTO).headers["Location"]
    patch(phone, place, 0, PHOTO[:1000])
    (named,) = files_in(app)
    young, old = (named.with_name(name) for name in ("young", "old"))
    for path in (young, old):
        path.write_bytes(b"left behind")
    for path in (named, old):
        os.utime(path, (1, 1))
    jobs.HANDLERS["sweep uploads"](jobs.Work(session, COUNTY, app.extensions["store"]))
    assert set(files_in(app)) == {named, young}


def test_an_upload_whose_pieces_were_lost_says_so_and_begins_again(phone, app) -> None:
    place = begin(phone, PHOTO).headers["Location"]
    patch(phone, place, 0, PHOTO[:1000])
    (first,) = files_in(app)
    patch(phone, place, 1000, PHOTO[1000:2000])
    next(path for path in files_in(app) if path != first).unlink()
    assert offset_of(phone, place) == 1000
    first.unlink()
    assert offset_of(phone, place) == 0
    assert patch(phone, place, 0, PHOTO).headers["X-File-State"] == "stored"


@pytest.fixture
def frugal(app: Flask) -> Flask:
    app.config |= {"BYTES_A_DAY": 2 * len(PHOTO) + 5, "OPEN_UPLOADS": 2}
    return app


def test_who_has_too_much_on_its_way_is_told_to_wait(frugal, phone: FlaskClient) -> None:
    places = [begin(phone, PHOTO + bytes([n])).headers["Location"] for n in range(2)]
    third = begin(phone, PHOTO + b"third")
    assert (third.status_code, third.headers["Retry-After"]) == (429, "600")
    assert "没有传完" in third.json["message"]
    assert begin(phone, PHOTO + b"\0").headers["Location"] == places[0]
    assert patch(phone, places[0], 0, PHOTO + b"\0").headers["X-File-State"] == "stored"
    assert begin(phone, PHOTO + b"4").status_code == 201


@pytest.mark.parametrize("way", ["tus", "put"])
def test_who_sent_too_much_today_is_told_to_wait_for_tomorrow(frugal, phone, way: str) -> None:
    def send(content: bytes) -> Any:
        if way == "tus":
            return begin(phone, content, data=content, content_type=PIECE)
        return phone.put(f"/api/v1/files/{name_of(content)}", data=content, content_type="image/jpeg")

    assert [send(each).status_code for each in (PHOTO, PHOTO + b"12")] == [201, 201]
    refused = send(PHOTO + b"3")
    assert (refused.status_code, refused.json["error"]) == (429, "TooManyRequests")
    assert 60 <= int(refused.headers["Retry-After"]) <= 86_400
    assert send(PHOTO).status_code in {200, 201}  # nothing new


def list_in_a_check(phone: FlaskClient, session: Session, *contents: bytes) -> str:
    record = make_record(make_site(session).id, files=[photo_entry(each) for each in contents])
    session.commit()
    content, sha256 = as_sent(record)
    headers = {"X-Record-Sha256": sha256}
    answer = phone.post("/api/v1/checks", data=content, content_type="application/json", headers=headers)
    assert answer.status_code == 201, answer.text
    return record["id"]
