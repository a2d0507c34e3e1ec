"""The phone of a disabled account hands in what it holds, and nobody else gets anything out of these addresses."""

import json
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspections.db import new_id, scope
from inspections.events import Event
from inspections.evidence.blobs import Blob
from inspections.evidence.keys import KeyRing, canonical, verifies
from inspections.field import quarantine
from inspections.field.checks import Check
from inspections.field.parcels import Doubt, Parcel, ParcelState
from inspections.field.phones import Phone
from inspections.field.receipts import verify_receipt
from inspections.registry.accounts import Account
from inspections.registry.people import Person, Role
from tests.factories import (
    COUNTY,
    PASSWORD,
    as_sent,
    make_person,
    make_record,
    make_site,
    photo_entry,
)
from tests.parcels import Writer, assemble, new_key, register, taken_apart
from tests.webapp.api.test_parcels import PHOTO, as_parcel, decide

SERVER = KeyRing.of(["test"])
DEVICE = new_key()


@pytest.fixture
def author(session: Session) -> Person:
    """Whose account was disabled after the phone had registered its key."""
    author = make_person(session, Role.INSPECTOR, name="张敏", login="zhang", is_active=False)
    register(session, author, DEVICE)
    session.commit()
    return author


@pytest.fixture
def writer(author: Person) -> Writer:
    return Writer(author.id, SERVER.parcel[0], DEVICE)


@pytest.fixture
def record(session: Session) -> dict[str, Any]:
    return make_record(make_site(session).id, files=[photo_entry(PHOTO, type="image/png")])


@pytest.fixture
def desk(session: Session, sign_in) -> FlaskClient:
    make_person(session, Role.DISPATCHER, login="li", name="李调度")
    return sign_in("li")


def hand_in(client: FlaskClient, parcel: bytes, **options: Any) -> Any:
    options = {"content_type": "application/vnd.mingcha.parcel"} | options
    return client.post("/api/v1/field/quarantine", data=parcel, **options)


def asked(writer: Writer, **values: Any) -> dict[str, Any]:
    question: dict[str, Any] = {
        "format": "mingcha-question/1",
        "county": COUNTY,
        "person_id": str(writer.person_id),
        "device_id": writer.device_id,
        "asked_at": datetime.now(UTC).isoformat(),
    } | values
    return question | {"signature": writer.signer.sign(canonical(question))}


def ask(client: FlaskClient, question: dict[str, Any]) -> Any:
    return client.post("/api/v1/field/quarantine/question", json=question)


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def is_acknowledged(answer: dict[str, Any]) -> bool:
    names = ("county", "parcel", "sha256", "state", "received_at")
    part = {name: answer[name] for name in names} | {"records": sorted(each["id"] for each in answer["records"])}
    return SERVER.verifies(canonical(part), answer["signature"])


def test_what_a_disabled_persons_phone_seals_is_held_and_acknowledged(
    client, session, author, writer, record, app
) -> None:
    content = as_parcel(writer, record)
    answer = hand_in(client, content)
    assert (answer.status_code, answer.json["state"]) == (202, "held"), answer.text
    assert answer.json["records"] == [{"id": record["id"], "kind": "check"}]
    assert is_acknowledged(answer.json)
    assert (answer.json["receipts"], answer.json["results"]) == ([], [])
    parcel = session.scalars(select(Parcel)).one()
    assert (parcel.author_id, parcel.carried_by_id, parcel.doubt) == (author.id, author.id, Doubt.INACTIVE)
    with app.extensions["store"].open(answer.json["sha256"]) as file:
        assert file.read() == content
    assert count(session, Check) == 0
    event = session.scalars(select(Event).where(Event.verb == "quarantine")).one()
    assert (event.person_id, event.subject, event.subject_id) == (author.id, "parcels", parcel.id)


def test_the_list_of_phones_says_sealed_until_somebody_has_decided(client, session, writer, record, desk) -> None:
    assert "封存待核实" not in rows_of(desk.get("/phones").text)
    hand_in(client, as_parcel(writer, record))
    assert "封存待核实" in rows_of(desk.get("/phones").text)
    assert "封存待核实" in rows_of(desk.get("/phones?state=sealed").text)
    decide(desk, session.scalars(select(Parcel)).one(), decision="reject", reason="不是本人")
    assert "封存待核实" not in rows_of(desk.get("/phones").text)


def rows_of(page: str) -> str:
    return page.partition("<tbody")[2].partition("</tbody>")[0]


def test_an_account_that_was_disabled_counts_like_a_person_who_was(
    client, session, author, writer, record
) -> None:
    author.is_active = True
    session.get_one(Account, author.account_id).is_active = False
    session.commit()
    assert hand_in(client, as_parcel(writer, record)).status_code == 202


def test_the_same_bytes_again_are_the_same_parcel(client, session, writer, record) -> None:
    content = as_parcel(writer, record)
    first, second = hand_in(client, content), hand_in(client, content)
    assert first.json == second.json
    assert (count(session, Parcel), count(session, Blob)) == (1, 1)


def test_handing_in_opens_nothing_else(client, writer, record) -> None:
    answer = hand_in(client, as_parcel(writer, record))
    assert "Set-Cookie" not in answer.headers
    assert "Set-Cookie" not in ask(client, asked(writer)).headers
    for path in ("/api/v1/ping", "/api/v1/field/bundle", "/api/v1/field/receipts", "/"):
        assert client.get(path, headers={"Accept": "application/json"}).status_code == 401


def enabled(session, author, writer):
    author.is_active = True


def unknown_person(session, author, writer):
    writer.person_id = new_id()


def person_of_another_county(session, author, writer):
    scope(session, "421303")
    stranger = make_person(session, Role.INSPECTOR, county="421303", name="邻县", is_active=False)
    register(session, stranger, DEVICE)
    writer.person_id = stranger.id
    scope(session, COUNTY)


def another_county(session, author, writer):
    writer.given = {"county": "421303"}


def county_that_is_none(session, author, writer):
    writer.given = {"county": "999999"}


def unknown_device(session, author, writer):
    writer.device_id = "phone-2"


def device_without_key(session, author, writer):
    session.scalars(select(Phone)).one().signing_key = None


def strange_key(session, author, writer):
    writer.signer = new_key()


def device_of_a_colleague(session, author, writer):
    colleague = make_person(session, Role.INSPECTOR, name="王强", is_active=False)
    writer.signer, writer.device_id = new_key(), "phone-9"
    register(session, colleague, writer.signer, "phone-9")


REFUSED = [
    enabled, unknown_person, person_of_another_county, another_county, county_that_is_none, unknown_device,
    device_without_key, strange_key, device_of_a_colleague,
]  # fmt: skip


@pytest.mark.parametrize("spoil", REFUSED)
def test_everybody_else_gets_one_and_the_same_refusal(client, session, author, writer, record, spoil) -> None:
    spoil(session, author, writer)
    session.commit()
    asked_by = asked(writer, **{name: value for name, value in writer.given.items() if name == "county"})
    for answer in (hand_in(client, as_parcel(writer, record)), ask(client, asked_by)):
        assert answer.status_code == 403
        assert answer.json == {
            "error": "Unproven",
            "message": "没有收下：请重新登录后再传；仍不行请联系区县专班。内容都还在手机上",
            "fields": {},
        }
    assert (count(session, Parcel), count(session, Blob)) == (0, 0)


def test_what_we_could_not_open_is_refused_like_the_rest(client, session, writer, record) -> None:
    writer.server = KeyRing.of(["lost"]).parcel[0]
    answer = hand_in(client, as_parcel(writer, record))
    assert (answer.status_code, answer.json["error"]) == (403, "Unproven")
    assert count(session, Parcel) == 0


def test_a_header_that_was_changed_proves_nothing(client, session, writer, record) -> None:
    header, frames = taken_apart(as_parcel(writer, record))
    header["made_at"] = "2026-01-01T00:00:00Z"
    assert hand_in(client, assemble(header, frames)).json["error"] == "Unproven"
    question = asked(writer) | {"device_id": "phone-2"}
    assert ask(client, question).json["error"] == "Unproven"


def test_a_signature_over_a_question_is_none_over_a_parcel(client, writer, record) -> None:
    header, frames = taken_apart(as_parcel(writer, record))
    header["signature"] = asked(writer)["signature"]
    assert hand_in(client, assemble(header, frames)).json["error"] == "Unproven"


def test_who_is_refused_is_refused_before_the_body_is_read(app, client, writer, record, monkeypatch) -> None:
    writer.signer = new_key()
    monkeypatch.setattr("webapp.api.quarantine.spooled", None)  # whoever comes by here fails
    assert hand_in(client, as_parcel(writer, record)).status_code == 403


def test_a_part_that_was_damaged_on_the_way_is_asked_for_again(client, session, writer, record) -> None:
    content = as_parcel(writer, record)
    broken = content[:-1] + bytes([content[-1] ^ 1])
    answer = hand_in(client, broken)
    assert (answer.status_code, answer.json["error"]) == (422, "BrokenParcel")
    assert count(session, Parcel) == 0
    assert hand_in(client, content).status_code == 202


def test_an_acknowledgement_names_no_record_that_is_not_in_the_parcel(client, session, writer, record) -> None:
    other = str(new_id())
    writer.given = {"records": [{"id": record["id"], "kind": "check"}, {"id": other, "kind": "check"}]}
    assert hand_in(client, as_parcel(writer, record)).json["error"] == "BrokenParcel"
    writer.given = {}
    mislabelled = writer.write([("check", other, as_sent(record)[0])])
    assert hand_in(client, mislabelled).json["error"] == "BrokenParcel"
    assert hand_in(client, writer.write([("check", other, b"[]")])).json["error"] == "BrokenParcel"
    assert count(session, Parcel) == 0


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        (lambda parcel: b"MCQ", 422),
        (lambda parcel: b"PK\x03\x04" + parcel, 422),
        (lambda parcel: parcel[:-1], 422),
        (lambda parcel: parcel + b"x", 422),
        (lambda parcel: b"MCQ1" + struct.pack(">I", 2**31) + parcel[8:], 422),
        (lambda parcel: b"MCQ1" + struct.pack(">I", 2) + b"{}", 422),
    ],
)
def test_what_is_no_parcel_is_refused_before_anyone_is_looked_up(client, writer, record, spoil, status) -> None:
    answer = hand_in(client, spoil(as_parcel(writer, record)))
    assert (answer.status_code, answer.json["error"]) == (status, "NotAParcel")


def test_a_parcel_needs_its_type_a_length_and_a_measure(client, app, writer, record) -> None:
    content = as_parcel(writer, record)
    assert hand_in(client, content, content_type="application/json").status_code == 415
    app.config["MAX_PARCEL_BYTES"] = len(content) - 1
    assert hand_in(client, content).status_code == 413


def test_an_account_has_its_quota_here_too(client, app, session, writer, record) -> None:
    content = as_parcel(writer, record)
    app.config["BYTES_A_DAY"] = len(content) + 1
    assert hand_in(client, content).status_code == 202
    answer = hand_in(client, as_parcel(writer, record))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 60
    assert count(session, Parcel) == 1


def test_no_more_than_a_measure_of_parcels_waits_for_one_author(client, writer, record, monkeypatch) -> None:
    monkeypatch.setattr(quarantine, "MOST_HELD", 1)
    assert hand_in(client, as_parcel(writer, record)).status_code == 202
    assert hand_in(client, as_parcel(writer, record)).status_code == 429


def test_who_tries_too_often_is_told_to_wait(client, app, writer) -> None:
    app.config["SIGN_INS_PER_MINUTE"] = 2
    answers = [ask(client, asked(writer)) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


def test_the_phone_learns_that_it_is_held(client, writer, record) -> None:
    assert ask(client, asked(writer)).json["parcels"] == []
    held = hand_in(client, as_parcel(writer, record)).json
    answer = ask(client, asked(writer)).json
    assert answer["parcels"] == [held]
    assert answer["server_time"]


def test_the_phone_gets_its_receipts_once_a_dispatcher_has_confirmed(
    client, session, author, writer, record, desk, app
) -> None:
    hand_in(client, as_parcel(writer, record))
    parcel = session.scalars(select(Parcel)).one()
    page = desk.get(f"/parcels/{parcel.id}").text
    assert "作者的账号已停用" in page
    assert "本人手机" in page
    assert decide(desk, parcel, decision="confirm", reason="停用前做的检查，电话核实过").status_code == 303
    [known] = ask(client, asked(writer)).json["parcels"]
    assert known["state"] == "taken"
    assert is_acknowledged(known)
    assert known["results"] == [{"id": record["id"], "kind": "check", "state": "received"}]
    [receipt] = known["receipts"]
    assert (receipt["check"], receipt["state"]) == (record["id"], "received")
    assert verify_receipt(SERVER, receipt)
    check = session.scalars(select(Check)).one()
    assert (check.person_id, check.carried_by_id, check.flags[-1]) == (author.id, None, "disabled_account")
    file = desk.get(f"/checks/{check.id}").text
    assert "账号已停用" in file
    assert "带交人" not in file


def test_what_was_sent_back_comes_with_its_reason_and_stays_so(client, session, writer, record, desk) -> None:
    content = as_parcel(writer, record)
    hand_in(client, content)
    parcel = session.scalars(select(Parcel)).one()
    decide(desk, parcel, decision="reject", reason="停用以后才做的")
    [known] = ask(client, asked(writer)).json["parcels"]
    assert (known["state"], known["reason"], known["receipts"]) == ("rejected", "停用以后才做的", [])
    again = hand_in(client, content)
    assert (again.status_code, again.json["state"]) == (200, "rejected")
    assert count(session, Check) == 0


def test_what_a_colleague_carries_of_a_disabled_account_is_held_and_flagged_alike(
    client, session, author, writer, record, sign_in
) -> None:
    author.is_active = True
    session.get_one(Account, author.account_id).is_active = False
    colleague = make_person(session, Role.INSPECTOR, name="王强", login="wang")
    make_person(session, Role.DISPATCHER, login="li")
    content = as_parcel(writer, record)
    answer = sign_in("wang").post(
        "/api/v1/field/parcels", data=content, content_type="application/vnd.mingcha.parcel"
    )
    assert answer.status_code == 202
    parcel = session.scalars(select(Parcel)).one()
    assert parcel.doubt is Doubt.INACTIVE
    decide(sign_in("li"), parcel, decision="confirm", reason="核实过")
    check = session.scalars(select(Check)).one()
    assert (check.carried_by_id, check.flags[-1]) == (colleague.id, "disabled_account")


def test_nobody_learns_of_another_devices_or_a_colleagues_parcels(
    client, session, author, writer, record, sign_in
) -> None:
    hand_in(client, as_parcel(writer, record))
    second = new_key()
    register(session, author, second, "phone-2")
    make_person(session, Role.INSPECTOR, name="王强", login="wang")
    carried = as_parcel(writer, make_record(record["site_id"], files=[]), files=())
    sign_in("wang").post("/api/v1/field/parcels", data=carried, content_type="application/vnd.mingcha.parcel")
    assert count(session, Parcel) == 2
    assert len(ask(client, asked(writer)).json["parcels"]) == 1
    other = Writer(author.id, SERVER.parcel[0], second, "phone-2")
    assert ask(client, asked(other)).json["parcels"] == []


@pytest.mark.parametrize("off_by", [timedelta(minutes=-11), timedelta(minutes=11), timedelta(days=-3)])
def test_a_question_that_was_overheard_opens_nothing_later(client, writer, record, off_by) -> None:
    hand_in(client, as_parcel(writer, record))
    answer = ask(client, asked(writer, asked_at=(datetime.now(UTC) + off_by).isoformat()))
    assert (answer.status_code, answer.json["parcels"]) == (200, None)
    assert abs(datetime.fromisoformat(answer.json["server_time"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_once_the_account_is_enabled_again_the_usual_way_takes_the_same_records(
    client, session, author, writer, record, sign_in, desk
) -> None:
    hand_in(client, as_parcel(writer, record))
    parcel = session.scalars(select(Parcel)).one()
    author.is_active = True
    session.commit()
    assert ask(client, asked(writer)).status_code == 403
    phone = sign_in("zhang")
    content, sha256 = as_sent(record)
    headers = {"X-Record-Sha256": sha256}
    sent = phone.post("/api/v1/checks", data=content, content_type="application/json", headers=headers)
    assert sent.status_code == 201
    assert decide(sign_in("li"), parcel, decision="confirm", reason="已启用").status_code == 303
    session.expire_all()
    assert parcel.state is ParcelState.TAKEN
    check = session.scalars(select(Check)).one()
    assert check.flags == []


def test_what_can_no_longer_be_recorded_in_the_authors_name_stays_held(
    client, session, author, writer, record, desk
) -> None:
    hand_in(client, as_parcel(writer, record))
    parcel = session.scalars(select(Parcel)).one()
    author.grants = []
    session.commit()
    answer = decide(desk, parcel, decision="confirm", reason="核实过")
    assert (answer.status_code, "请先恢复角色" in answer.text) == (422, True)
    session.expire_all()
    assert parcel.state is ParcelState.HELD


def test_the_file_of_the_phone_leads_to_what_it_sealed(client, session, author, writer, record, desk) -> None:
    hand_in(client, as_parcel(writer, record))
    parcel, phone = session.scalars(select(Parcel)).one(), session.scalars(select(Phone)).one()
    assert f"/parcels/{parcel.id}" in desk.get(f"/phones/{phone.id}").text
    decide(desk, parcel, decision="reject", reason="停用以后才做的")
    assert f"/parcels/{parcel.id}" not in desk.get(f"/phones/{phone.id}").text


@pytest.fixture
def zhang(session: Session, sign_in) -> FlaskClient:
    """Signed in, and disabled a moment later."""
    person = make_person(session, Role.INSPECTOR, login="zhang")
    client = sign_in("zhang")
    client.get("/m")
    person.is_active = False
    session.commit()
    return client


def test_a_session_of_a_disabled_person_is_told_so_and_opens_nothing(zhang, app) -> None:
    answer = zhang.get("/api/v1/ping")
    assert (answer.status_code, answer.json["error"]) == (403, "AccountDisabled")
    assert zhang.get("/api/v1/field/bundle").status_code == 403
    assert zhang.get("/").status_code == 403
    page = zhang.get("/account/password").text
    assert "账号已停用" in page
    assert "/account/sign-in" in page


def test_a_session_of_a_disabled_account_is_told_so_too(session, sign_in) -> None:
    person = make_person(session, Role.INSPECTOR, login="zhang")
    client = sign_in("zhang")
    session.get_one(Account, person.account_id).is_active = False
    session.commit()
    assert client.get("/api/v1/ping").json["error"] == "AccountDisabled"


def test_the_phone_page_still_opens_as_the_frame_that_names_nobody(zhang, app) -> None:
    for path in ("/m", "/m/outbox", f"/m/checks/{new_id()}"):
        assert zhang.get(path).data == zhang.get("/m/frame/zh").data
    assert "at_work" in {cookie.key for cookie in zhang._cookies.values()}


def test_a_disabled_person_can_still_sign_out(zhang, session) -> None:
    assert zhang.post("/account/sign-out").status_code == 302
    assert zhang.get("/api/v1/ping").json["error"] == "NotSignedIn"


@pytest.mark.parametrize("whom", ["person", "account"])
def test_who_knows_the_password_is_told_that_the_account_is_disabled_and_nobody_else(
    client, session, whom: str
) -> None:
    person = make_person(session, Role.INSPECTOR, login="zhang")
    disabled = person if whom == "person" else session.get_one(Account, person.account_id)
    disabled.is_active = False
    session.commit()
    client.set_cookie("at_work", f"{person.id}.zh")
    right = client.post("/account/sign-in", data={"login": "zhang", "password": PASSWORD})
    assert (right.status_code, "账号已停用" in right.text) == (401, True)
    assert "Set-Cookie" not in right.headers  # who works on this phone stays known
    wrong = client.post("/account/sign-in", data={"login": "zhang", "password": "wrong"})
    nobody = client.post("/account/sign-in", data={"login": "nobody", "password": "wrong"})
    assert "登录名或密码不对" in wrong.text
    assert wrong.text.replace("zhang", "") == nobody.text.replace("nobody", "")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.integers(0, 10_000), put=st.binary(min_size=0, max_size=3), cut=st.integers(0, 3))
def test_any_change_to_a_parcel_or_a_question_is_refused_and_breaks_nothing(
    client, session, app, writer, record, where: int, put: bytes, cut: int
) -> None:
    app.config["SIGN_INS_PER_MINUTE"] = 100_000
    parcel = as_parcel(writer, record)
    question = json.dumps(asked(writer)).encode()
    for path, content, media_type in (
        ("/api/v1/field/quarantine", parcel, "application/vnd.mingcha.parcel"),
        ("/api/v1/field/quarantine/question", question, "application/json"),
    ):
        at = where % len(content)
        changed = content[:at] + put + content[at + cut :]
        status = client.post(path, data=changed, content_type=media_type).status_code
        assert status in {400, 403, 422, 200, 202}
        if status < 300:
            assert same(content, changed)


def same(one: bytes, other: bytes) -> bool:
    """Whether both say the same: blanks between words of JSON are nobody's business."""
    if one[:4] == b"MCQ1" == other[:4]:
        (header, frames), (changed, changed_frames) = taken_apart(one), taken_apart(other)
        return (header, frames) == (changed, changed_frames)
    return json.loads(one) == json.loads(other)


def test_the_acknowledgement_of_another_installation_is_not_ours(client, writer, record) -> None:
    answer = hand_in(client, as_parcel(writer, record)).json
    foreign = KeyRing.of(["other"]).receipt[0]
    part = {name: answer[name] for name in ("county", "parcel", "sha256", "state", "received_at")}
    part["records"] = [each["id"] for each in answer["records"]]
    assert not verifies(foreign.jwk, canonical(part), answer["signature"]["value"])


def test_a_device_name_that_no_database_keeps_is_no_parcels(client, writer, record) -> None:
    writer.device_id = "phone\x00"
    assert hand_in(client, as_parcel(writer, record)).json["error"] == "NotAParcel"
    assert ask(client, asked(writer)).status_code == 422


def test_half_a_surrogate_in_a_header_is_refused(client, writer, record) -> None:
    header, frames = taken_apart(as_parcel(writer, record))
    head = json.dumps(header | {"note": "\ud800"}).encode()
    content = b"MCQ1" + struct.pack(">I", len(head)) + head + b"".join(frames)
    assert hand_in(client, content).json["error"] == "Unproven"


def test_a_person_without_an_account_has_nothing_to_hand_in(client, session, author) -> None:
    ghost = make_person(session, Role.INSPECTOR, name="无账号")
    session.commit()
    writer = Writer(ghost.id, SERVER.parcel[0], DEVICE)
    assert ask(client, asked(writer)).status_code == 403
