import base64
import hashlib
import json
import shutil
import struct
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspections.casework.rechecks import Recheck
from inspections.db import new_id
from inspections.events import Event
from inspections.evidence.keys import KeyRing, b64
from inspections.field.checks import Check, CheckConflict
from inspections.field.parcels import Doubt, Parcel, ParcelState
from inspections.field.phones import Phone
from inspections.field.receipts import verify_receipt
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from inspections.rules.observations import Observation
from tests.factories import (
    COUNTY,
    NOW,
    PLACE,
    as_sent,
    make_finding,
    make_person,
    make_record,
    make_site,
    photo_entry,
)
from tests.parcels import Writer, assemble, new_key, register, taken_apart

SERVER = KeyRing.of(["test"])
DEVICE = new_key()


def small_photo(colour: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (32, 24), colour).save(file, "PNG")
    return file.getvalue()


PHOTO = small_photo(7)


@pytest.fixture
def author(session: Session) -> Person:
    """Whose phone is broken: it registered its key while it could still speak."""
    author = make_person(session, Role.INSPECTOR, name="张敏", login="zhang")
    register(session, author, DEVICE)
    return author


@pytest.fixture
def writer(author: Person) -> Writer:
    return Writer(author.id, SERVER.parcel[0], DEVICE)


@pytest.fixture
def carrier(sign_in, session: Session, author: Person) -> FlaskClient:
    make_person(session, Role.INSPECTOR, name="王强", login="wang")
    return sign_in("wang")


@pytest.fixture
def record(session: Session) -> dict[str, Any]:
    return make_record(make_site(session).id, files=[photo_entry(PHOTO, type="image/png")])


def as_parcel(writer: Writer, *records: dict[str, Any], files: tuple[bytes, ...] = (PHOTO,)) -> bytes:
    kinds = [("check" if "format" in each else "site", each["id"], as_sent(each)[0]) for each in records]
    return writer.write(kinds, [("image/png", file) for file in files])


def bring(client: FlaskClient, parcel: bytes) -> Any:
    return client.post("/api/v1/field/parcels", data=parcel, content_type="application/vnd.mingcha.parcel")


def test_a_colleague_brings_a_parcel_and_its_checks_are_the_authors(
    carrier, session, author, writer, record
) -> None:
    answer = bring(carrier, as_parcel(writer, record))
    assert answer.status_code == 200, answer.text
    assert answer.json["author"] == {"id": str(author.id), "name": "张敏"}
    assert answer.json["results"] == [{"id": record["id"], "kind": "check", "state": "received"}]
    [receipt] = answer.json["receipts"]
    assert (receipt["state"], receipt["received"]) == ("received", [hashlib.sha256(PHOTO).hexdigest()])
    assert verify_receipt(SERVER, receipt)
    check = session.scalars(select(Check)).one()
    wang = session.scalars(select(Person).where(Person.name == "王强")).one()
    assert (check.person_id, check.carried_by_id, check.record) == (author.id, wang.id, as_sent(record)[0])
    assert "unproven_author" not in check.flags
    carried = session.scalars(select(Event).where(Event.verb == "carry", Event.subject == "checks")).one()
    assert (carried.person_id, carried.subject_id) == (wang.id, check.id)


def test_rechecks_and_facts_travel_in_a_parcel_and_are_the_authors(
    carrier, session, writer, record, author
) -> None:
    site = session.scalars(select(Site).where(Site.id == UUID(record["site_id"]))).one()
    finding = make_finding(session, site)
    session.commit()
    facts = {"subject": "advert", "day": None, "about": "", "facts": {"in_public": True}}
    said = {"finding_id": str(finding.id), "outcome": "partly", "note": "还差一张表"}
    parcel = as_parcel(writer, record | {"rechecks": [said], "observations": [facts]})
    for _ in range(2):
        assert bring(carrier, parcel).status_code in (200, 201)
    [recheck] = session.scalars(select(Recheck))
    assert (recheck.finding_id, recheck.outcome.value, recheck.note) == (finding.id, "partly", "还差一张表")
    [observation] = session.scalars(select(Observation))
    assert (observation.check_id, observation.person_id) == (UUID(record["id"]), author.id)


def test_the_sealed_file_is_kept_as_it_came(carrier, session, writer, record, app) -> None:
    content = as_parcel(writer, record)
    bring(carrier, content)
    parcel = session.scalars(select(Parcel)).one()
    with app.extensions["store"].open(parcel.sha256) as file:
        assert file.read() == content


def test_bringing_it_again_or_after_the_phone_sent_it_gives_one_check(
    carrier, session, author, writer, record, sign_in
) -> None:
    content = as_parcel(writer, record)
    first, second = bring(carrier, content), bring(carrier, content)
    assert first.json == second.json
    again = bring(carrier, as_parcel(writer, record))  # sealed anew: other bytes, the same record
    assert again.json["receipts"] == first.json["receipts"]
    phone = sign_in("zhang")
    own, sha256 = as_sent(record)
    headers = {"X-Record-Sha256": sha256}
    answer = phone.post("/api/v1/checks", data=own, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json) == (200, first.json["receipts"][0])
    assert session.scalar(select(func.count()).select_from(Check)) == 1


def test_a_check_at_a_site_that_the_same_parcel_reports_finds_it(carrier, session, writer) -> None:
    report = {
        "id": str(new_id()),
        "name": "三楼晚托",
        "category": "after_care",
        "location": {"lon": PLACE[0], "lat": PLACE[1]},
    }
    answer = bring(carrier, as_parcel(writer, make_record(report["id"]), report, files=()))
    assert [each["state"] for each in answer.json["results"]] == ["received", "received"]
    site = session.scalars(select(Site)).one()
    assert site.created_by_id == writer.person_id


def test_an_edit_of_a_site_travels_in_a_parcel_too(carrier, session, writer, record) -> None:
    edit = {
        "id": str(new_id()),
        "site_id": record["site_id"],
        "values": {"phone": "0793-1"},
        "at": NOW.isoformat(),
    }
    answer = bring(carrier, writer.write([("site-edit", edit["id"], json.dumps(edit).encode())]))
    assert answer.json["results"] == [{"id": edit["id"], "kind": "site-edit", "state": "received"}]
    assert session.scalars(select(Site)).one().phone == "0793-1"


def test_one_bad_record_takes_no_other_down(carrier, session, writer, record) -> None:
    bad, elsewhere = make_record(record["site_id"], kind="party"), make_record(new_id())
    answer = bring(carrier, as_parcel(writer, bad, record, elsewhere))
    results = {each["id"]: each for each in answer.json["results"]}
    assert results[bad["id"]]["state"] == results[elsewhere["id"]]["state"] == "refused"
    assert results[bad["id"]]["message"]
    assert results[record["id"]]["state"] == "received"
    assert session.scalar(select(func.count()).select_from(Check)) == 1


def test_other_bytes_under_a_known_id_are_kept_beside_the_first(carrier, session, writer, record) -> None:
    bring(carrier, as_parcel(writer, record))
    other = record | {"summary": "另一份"}
    answer = bring(carrier, as_parcel(writer, other))
    assert answer.json["results"][0]["state"] == "conflict"
    assert session.scalars(select(CheckConflict)).one().record == as_sent(other)[0]


def test_a_parcel_without_its_photo_leaves_the_check_incomplete(carrier, writer, record) -> None:
    answer = bring(carrier, as_parcel(writer, record, files=()))
    assert answer.json["results"][0]["state"] == "incomplete"
    assert answer.json["receipts"][0]["missing"] == [hashlib.sha256(PHOTO).hexdigest()]


def test_a_frame_that_was_damaged_on_the_way_costs_that_frame_alone(carrier, writer, record) -> None:
    second = make_record(record["site_id"])
    header, frames = taken_apart(as_parcel(writer, record, second))
    frames[1] = frames[1][:-1] + bytes([frames[1][-1] ^ 1])
    answer = bring(carrier, assemble(header, frames))
    states = {each["id"]: each["state"] for each in answer.json["results"]}
    assert states == {record["id"]: "received", second["id"]: "refused"}


def test_frames_cannot_change_places(carrier, session, writer, record) -> None:
    second = make_record(record["site_id"])
    header, frames = taken_apart(as_parcel(writer, record, second))
    header["frames"][:2] = header["frames"][1::-1]
    unsigned = {name: value for name, value in header.items() if name != "signature"}
    from inspections.evidence.keys import canonical

    header["signature"] = DEVICE.sign(canonical(unsigned))
    answer = bring(carrier, assemble(header, [frames[1], frames[0], *frames[2:]]))
    assert {each["state"] for each in answer.json["results"]} == {"refused"}
    assert session.scalar(select(func.count()).select_from(Check)) == 0


def held(session: Session, answer: Any) -> Parcel:
    assert answer.status_code == 202, answer.text
    assert (answer.json["state"], answer.json["results"], answer.json["receipts"]) == ("held", [], [])
    assert answer.json["message"]
    assert session.scalar(select(func.count()).select_from(Check)) == 0
    return session.scalars(select(Parcel)).one()


def test_what_a_strange_key_signed_is_held(carrier, session, writer, record) -> None:
    writer.signer = new_key()
    assert held(session, bring(carrier, as_parcel(writer, record))).doubt is Doubt.BAD_SIGNATURE


def test_a_header_changed_after_signing_is_held(carrier, session, writer, record) -> None:
    header, frames = taken_apart(as_parcel(writer, record))
    header["made_at"] = "2026-01-01T00:00:00Z"
    assert held(session, bring(carrier, assemble(header, frames))).doubt is Doubt.BAD_SIGNATURE


def test_a_device_that_never_registered_is_held(carrier, session, writer, record) -> None:
    writer.device_id = "phone-2"
    assert held(session, bring(carrier, as_parcel(writer, record))).doubt is Doubt.UNKNOWN_DEVICE


def test_another_persons_device_proves_nothing(carrier, session, writer, record) -> None:
    writer.person_id = session.scalars(select(Person.id).where(Person.name == "王强")).one()
    assert held(session, bring(carrier, as_parcel(writer, record))).doubt is Doubt.UNKNOWN_DEVICE


def test_records_of_a_disabled_account_are_held(carrier, session, author, writer, record) -> None:
    author.is_active = False
    session.commit()
    assert held(session, bring(carrier, as_parcel(writer, record))).doubt is Doubt.INACTIVE


def test_what_is_sealed_for_a_key_we_do_not_have_is_held(carrier, session, writer, record) -> None:
    writer.server = KeyRing.of(["lost"]).parcel[0]
    assert held(session, bring(carrier, as_parcel(writer, record))).doubt is Doubt.SEALED_ELSEWHERE


def test_an_earlier_secret_still_opens(carrier, writer, record, app) -> None:
    writer.server = KeyRing.of(["earlier"]).parcel[0]
    app.config["SECRET_KEY_FALLBACKS"] = ["earlier"]
    assert bring(carrier, as_parcel(writer, record)).json["results"][0]["state"] == "received"


def test_a_held_parcel_is_taken_once_the_device_has_registered(carrier, session, author, writer, record) -> None:
    session.scalars(select(Phone)).one().signing_key = None
    session.commit()
    content = as_parcel(writer, record)
    held(session, bring(carrier, content))
    session.scalars(select(Phone)).one().signing_key = DEVICE.jwk
    session.commit()
    assert bring(carrier, content).json["results"][0]["state"] == "received"


@pytest.fixture
def held_parcel(carrier, session, writer, record) -> Parcel:
    writer.signer = new_key()
    return held(session, bring(carrier, as_parcel(writer, record)))


@pytest.fixture
def desk(held_parcel: Parcel, session, sign_in) -> FlaskClient:
    make_person(session, Role.DISPATCHER, login="li", name="李调度")
    return sign_in("li")


def decide(desk: FlaskClient, parcel: Parcel, **form: str) -> Any:
    return desk.post(f"/parcels/{parcel.id}/decide", data=form)


def test_a_dispatcher_says_with_a_reason_that_it_is_the_authors(desk, session, held_parcel, author) -> None:
    assert "签名和这台手机登记的密钥不符" in desk.get(f"/parcels/{held_parcel.id}").text
    assert decide(desk, held_parcel, decision="confirm", reason=" ").status_code == 422
    assert decide(desk, held_parcel, decision="confirm", reason="电话核实过").status_code == 303
    session.expire_all()
    check = session.scalars(select(Check)).one()
    assert (check.person_id, check.flags[-1]) == (author.id, "unproven_author")
    assert (held_parcel.state, held_parcel.reason) == (ParcelState.TAKEN, "电话核实过")
    assert "已收妥" in desk.get(f"/parcels/{held_parcel.id}").text
    assert decide(desk, held_parcel, decision="reject", reason="反悔").status_code == 409
    assert "带交人" in desk.get(f"/checks/{check.id}").text


def test_a_dispatcher_sends_it_back_and_it_stays_kept(desk, session, held_parcel, app, carrier, sign_in) -> None:
    assert decide(desk, held_parcel, decision="reject", reason="本人否认").status_code == 303
    session.expire_all()
    assert held_parcel.state is ParcelState.REJECTED
    with app.extensions["store"].open(held_parcel.sha256) as file:
        content = file.read()
    answer = bring(sign_in("wang"), content)
    assert answer.status_code == 409
    assert "本人否认" in answer.json["message"]
    assert session.scalar(select(func.count()).select_from(Check)) == 0


def test_who_is_no_dispatcher_decides_nothing(held_parcel, session, sign_in) -> None:
    make_person(session, Role.AUDITOR, login="sun")
    assert decide(sign_in("sun"), held_parcel, decision="confirm", reason="x").status_code == 403
    assert "确定" not in sign_in("sun").get(f"/parcels/{held_parcel.id}").text


def test_the_desk_takes_a_file_and_shows_what_became_of_it(session, sign_in, author, writer, record) -> None:
    make_person(session, Role.DISPATCHER, login="li", name="李调度")
    desk = sign_in("li")
    upload = {"file": (BytesIO(as_parcel(writer, record)), "queue.mcq")}
    answer = desk.post("/parcels", data=upload, content_type="multipart/form-data")
    page = desk.get(answer.location).text
    assert "张敏的导出文件" in page
    assert record["id"] in page
    assert "已收妥" in page
    assert answer.location in desk.get("/parcels").text
    assert desk.post("/parcels", data={}, content_type="multipart/form-data").status_code == 422


@pytest.mark.parametrize(
    "spoil",
    [
        lambda parcel: b"MCQ",
        lambda parcel: b"PK\x03\x04" + parcel,
        lambda parcel: parcel[:-1],
        lambda parcel: parcel + b"x",
        lambda parcel: b"MCQ1" + struct.pack(">I", 2**31) + parcel[8:],
        lambda parcel: b"MCQ1" + struct.pack(">I", 2) + b"[]",
        lambda parcel: b"MCQ1" + struct.pack(">I", 2) + b"{}",
        lambda parcel: parcel.replace(b"mingcha-parcel/1", b"mingcha-parcel/9"),
    ],
)
def test_what_is_no_parcel_is_refused_in_words(carrier, session, writer, record, spoil) -> None:
    answer = bring(carrier, spoil(as_parcel(writer, record)))
    assert answer.status_code == 422, answer.text
    assert "导出" in answer.json["message"]
    assert session.scalar(select(func.count()).select_from(Parcel)) == 0


@pytest.mark.parametrize("given", [{"county": "421303"}, {"person_id": str(new_id())}])
def test_another_countys_or_nobodys_parcel_is_not_kept(carrier, session, writer, record, given) -> None:
    writer.given = given
    assert bring(carrier, as_parcel(writer, record)).status_code == 422
    assert session.scalar(select(func.count()).select_from(Parcel)) == 0


@pytest.mark.parametrize("given", [{"salt": "AA"}, {"ephemeral": {"kty": "EC"}}])
def test_a_seal_that_cannot_be_one_is_refused(carrier, session, writer, record, given) -> None:
    writer.given = given
    assert bring(carrier, as_parcel(writer, record)).status_code == 422


def test_the_author_is_told_what_others_brought(carrier, session, writer, record, sign_in) -> None:
    before = datetime.now(UTC).isoformat()
    bring(carrier, as_parcel(writer, record))
    phone = sign_in("zhang")
    found = phone.get("/api/v1/field/receipts", query_string={"since": before}).json
    assert [receipt["check"] for receipt in found["receipts"]] == [record["id"]]
    assert verify_receipt(SERVER, found["receipts"][0])
    assert found["has_more"] is False
    later = phone.get("/api/v1/field/receipts", query_string={"since": "2099-01-01T00:00:00Z"}).json
    assert (later["receipts"], later["sites"]) == ([], [])
    assert phone.get("/api/v1/field/receipts?since=never").status_code == 422
    assert carrier.get("/api/v1/field/receipts").json["receipts"] != []


def test_a_parcel_needs_its_type_and_someone_signed_in(carrier, client, writer, record) -> None:
    content = as_parcel(writer, record)
    wrong = carrier.post("/api/v1/field/parcels", data=content, content_type="application/zip")
    assert wrong.status_code == 415


def test_what_stands_in_a_parcel_is_only_text_on_the_desk(session, sign_in, author, writer, record) -> None:
    make_person(session, Role.DISPATCHER, login="li")
    writer.device_id = "<script>alert(1)</script>"
    desk = sign_in("li")
    upload = {"file": (BytesIO(as_parcel(writer, record)), "<b>.mcq")}
    answer = desk.post("/parcels", data=upload, content_type="multipart/form-data")
    assert "<script>alert" not in desk.get(answer.location).text
    assert json.dumps("<script>") not in desk.get("/parcels").text


@pytest.mark.skipif(not shutil.which("node"), reason="no node: run bin/setup")
def test_a_parcel_that_the_phones_own_code_made_is_taken_in(carrier, writer, record) -> None:
    content, sha256 = as_sent(record)
    d = DEVICE.private.private_numbers().private_value.to_bytes(32, "big")
    given = {
        "person_id": str(writer.person_id),
        "device_id": "phone-1",
        "signing_key": DEVICE.jwk | {"d": b64(d)},
        "server_key": SERVER.public()["parcel"],
        "county": COUNTY,
        "records": [
            {"id": record["id"], "kind": "check", "sha256": sha256, "bytes": as_base64(content)}
            | {"files": record["files"]}
        ],
        "photos": {record["files"][0]["id"]: as_base64(PHOTO)},
    }
    made = subprocess.run(
        ["node", str(Path(__file__).with_name("parcel_maker.mjs"))],
        input=json.dumps(given).encode(),
        capture_output=True,
        check=True,
    )
    answer = bring(carrier, made.stdout)
    assert answer.status_code == 200, answer.text
    assert answer.json["results"] == [{"id": record["id"], "kind": "check", "state": "received"}]


def as_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
