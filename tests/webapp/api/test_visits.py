"""Walks, tips and new sites as phones send them: straight, in batches, in parcels and out of quarantine."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspections.canvass.visit_conflicts import VisitConflict
from inspections.canvass.visit_receipts import verify_visit_receipt
from inspections.canvass.visits import CanvassVisit
from inspections.db import new_id
from inspections.events import Event
from inspections.evidence.keys import KeyRing, canonical
from inspections.field.parcels import Parcel
from inspections.field.phones import ItemKind, PhoneItem
from inspections.intake.clues import Clue
from inspections.intake.tip_moves import TipMove, TipMoveKind, move
from inspections.intake.tips import Tip, TipChannel, TipState
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from tests.factories import COUNTY, PLACE, as_sent, make_person
from tests.parcels import Writer, new_key, register
from tests.walks import make_square, start_campaign, visit_record
from tests.webapp.api.test_parcels import bring
from tests.webapp.api.test_whole import frame

SERVER = KeyRing.of(["test"])
DEVICE = new_key()


@pytest.fixture
def worker(session: Session) -> Person:
    return make_person(session, Role.GRID_WORKER, name="王强", login="wang")


@pytest.fixture
def phone(sign_in, worker: Person) -> FlaskClient:
    return sign_in("wang")


@pytest.fixture
def record(session: Session, worker: Person) -> dict[str, Any]:
    now = datetime.now(UTC)
    times = {"started_at": (now - timedelta(minutes=20)).isoformat(), "finished_at": now.isoformat(), "fixes": []}
    cell = make_square(session, worker_id=worker.id)
    session.commit()
    return visit_record(cell.id, **times)


def post(phone: FlaskClient, record: dict[str, Any]) -> Any:
    content, sha256 = as_sent(record)
    headers = {"X-Record-Sha256": sha256}
    return phone.post("/api/v1/canvass-visits", data=content, content_type="application/json", headers=headers)


def tell(phone: FlaskClient, **values: Any) -> Any:
    tip = {"id": str(new_id()), "text": "三楼晚上有人补课，招牌写“阳光自习室”"} | values
    return phone.post("/api/v1/field/tips", json=tip)


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_walk_is_received_once_however_often_it_is_sent(phone, session, record) -> None:
    first, again = post(phone, record), post(phone, record)
    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert first.json == again.json
    assert (first.json["visit"], first.json["state"]) == (record["id"], "received")
    assert verify_visit_receipt(SERVER, first.json)
    assert count(session, CanvassVisit) == 1
    receipt = phone.get(f"/api/v1/canvass-visits/{record['id']}/receipt")
    assert (receipt.status_code, receipt.json) == (200, first.json)


def test_another_version_is_answered_with_conflict_and_kept(phone, session, record) -> None:
    post(phone, record)
    assert post(phone, record | {"note": "另一版"}).status_code == 409
    assert (count(session, CanvassVisit), count(session, VisitConflict)) == (1, 1)


def test_what_is_wrong_is_named(phone, record) -> None:
    answer = post(phone, record | {"outcome": "leads"})
    assert (answer.status_code, list(answer.json["fields"])) == (422, ["lead_ids"])
    changed = phone.post("/api/v1/canvass-visits", data=b"{}", content_type="application/json")
    assert changed.status_code == 422


def test_a_batch_tells_of_each(phone, session, record) -> None:
    other = record | {"id": str(new_id())}
    body = b"".join(frame(as_sent(each)[0]) for each in (record, other | {"outcome": "x"}, other))
    answer = phone.post("/api/v1/canvass-visits/batch", data=body, content_type="application/vnd.mingcha.check")
    assert [each["status"] for each in answer.json["results"]] == [201, 422, 201]
    assert [each["visit"] for each in answer.json["results"]] == [record["id"], other["id"], other["id"]]
    assert count(session, CanvassVisit) == 2


def test_nobody_reads_the_receipt_of_another(phone, session, record, sign_in) -> None:
    post(phone, record)
    make_person(session, Role.GRID_WORKER, login="zhao")
    session.commit()
    assert sign_in("zhao").get(f"/api/v1/canvass-visits/{record['id']}/receipt").status_code == 404


def as_parcel(writer: Writer, record: dict[str, Any], *more: tuple[str, dict[str, Any]]) -> bytes:
    every = [("visit", record), *more]
    return writer.write([(kind, each["id"], as_sent(each)[0]) for kind, each in every])


def test_a_colleague_brings_a_walk_and_a_tip_and_they_are_the_authors(sign_in, session, worker, record) -> None:
    register(session, worker, DEVICE)
    carrier = make_person(session, Role.INSPECTOR, login="zhang")
    session.commit()
    writer = Writer(worker.id, SERVER.parcel[0], DEVICE)
    tip = {"id": str(new_id()), "text": "车库里在上课"}
    parcel = as_parcel(writer, record, ("tip", tip))
    client = sign_in("zhang")
    first, again = bring(client, parcel), bring(client, parcel)
    assert first.status_code == 200, first.text
    assert [(each["kind"], each["state"]) for each in first.json["results"]] == [
        ("visit", "received"),
        ("tip", "received"),
    ]
    [receipt] = first.json["receipts"]
    assert verify_visit_receipt(SERVER, receipt)
    assert again.json["receipts"] == first.json["receipts"]
    visit = session.scalars(select(CanvassVisit)).one()
    assert (visit.person_id, visit.carried_by_id, visit.flags) == (worker.id, carrier.id, ["no_fix"])
    assert session.scalars(select(Tip)).one().taken_by_id == worker.id
    assert session.scalars(select(Event).where(Event.verb == "carry", Event.subject == "canvass_visits")).one()


def test_what_the_phone_of_a_disabled_account_sealed_is_taken_in_flagged(client, sign_in, session, record) -> None:
    zhao = make_person(session, Role.GRID_WORKER, login="zhao", is_active=False)
    make_person(session, Role.DISPATCHER, login="li")
    register(session, zhao, DEVICE)
    session.commit()
    parcel = as_parcel(Writer(zhao.id, SERVER.parcel[0], DEVICE), record)
    kind = "application/vnd.mingcha.parcel"
    assert client.post("/api/v1/field/quarantine", data=parcel, content_type=kind).status_code == 202
    parcel_id = session.scalars(select(Parcel.id)).one()
    decided = sign_in("li").post(
        f"/parcels/{parcel_id}/decide", data={"decision": "confirm", "reason": "电话核实过"}
    )
    assert decided.status_code == 303
    visit = session.scalars(select(CanvassVisit)).one()
    assert (visit.person_id, visit.carried_by_id) == (zhao.id, None)
    assert "disabled_account" in visit.flags
    asked = {"format": "mingcha-question/1", "county": COUNTY, "person_id": str(zhao.id), "device_id": "phone-1"}
    asked["asked_at"] = datetime.now(UTC).isoformat()
    asked["signature"] = DEVICE.sign(canonical(asked))
    [known] = client.post("/api/v1/field/quarantine/question", json=asked).json["parcels"]
    assert known["state"] == "taken"
    assert verify_visit_receipt(SERVER, known["receipts"][0])


def test_a_phone_that_holds_a_walk_says_so_until_it_has_come(phone, session, record) -> None:
    held = {"id": record["id"], "kind": "visit", "site_id": None, "finished_at": record["finished_at"]}
    other = held | {"id": str(new_id()), "kind": "tip"}
    phone.post("/api/v1/field/phone", json={"device_id": "phone-1", "unsent": [held, other]})
    kinds = session.scalars(select(PhoneItem.kind).order_by(PhoneItem.kind.desc())).all()
    assert list(kinds) == [ItemKind.VISIT, ItemKind.TIP]
    post(phone, record)
    tell(phone, id=other["id"])
    phone.post("/api/v1/field/phone", json={"device_id": "phone-1"})
    assert count(session, PhoneItem) == 0


def test_the_bundle_brings_cells_in_parts_of_their_own(phone, session, worker, record) -> None:
    cell = session.get_one(type(make_square(session)), (COUNTY, UUID(record["cell_id"])))
    start_campaign(session, worker, cell, assignee=worker)
    session.commit()
    first = phone.get("/api/v1/field/bundle").json
    assert [row[0] for row in first["canvass"]["rows"]] == [str(cell.id)]
    assert first["ground"]["shapes"].keys() == {str(cell.id)}
    assert ["evening", "工作日晚间"] in first["vocabulary"]["time_bands"]
    post(phone, record)
    since = ",".join(f"{name}:{tag}" for name, tag in first["tags"].items())
    second = phone.get(f"/api/v1/field/bundle?since={since}").json
    assert "canvass" in second
    assert "ground" not in second


def test_a_volunteer_tells_by_name_and_reads_what_became_of_it(sign_in, session) -> None:
    zhou = make_person(session, Role.VOLUNTEER, login="zhou")
    session.commit()
    client = sign_in("zhou")
    tip_id = str(new_id())
    given = {
        "id": tip_id, "compound": "阳光小区", "building": "3", "schedule": "周六上午",
        "location": {"lon": PLACE[0], "lat": PLACE[1], "accuracy_m": 300, "source": "heard"},
        "clues": [{"kind": "phone", "text": "138 7031 0000"}],
        "reference": "冒充来文", "due_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    first, again = tell(client, **given), tell(client, **given)
    assert (first.status_code, again.status_code, first.json) == (201, 200, again.json)
    tip = session.scalars(select(Tip)).one()
    assert (tip.channel, tip.taken_by_id, tip.compound, tip.uncertainty_m) == (
        *(TipChannel.VOLUNTEER, zhou.id, "阳光小区"),
        300,
    )
    assert (tip.reference, tip.due_at) == (None, None)
    assert [clue.value for clue in session.scalars(select(Clue))] == ["13870310000"]
    move(session, tip, TipMoveKind.ANSWERED, datetime.now(UTC), answer="已派人核实，谢谢您")
    session.commit()
    [own] = client.get("/api/v1/field/bundle").json["own_tips"]
    assert (own["id"], own["code"], own["state"]) == (tip_id, tip.code, "new")
    assert own["answer"] == "已派人核实，谢谢您"


def test_two_versions_of_a_tip_are_both_read_by_who_deals_with_it(phone, session) -> None:
    tip_id = str(new_id())
    tell(phone, id=tip_id)
    for _ in range(2):
        assert tell(phone, id=tip_id, text="其实在四楼").status_code == 409
    tip = session.scalars(select(Tip)).one()
    assert (tip.channel, tip.state) == (TipChannel.FIELD, TipState.NEW)
    [added] = session.scalars(select(TipMove).where(TipMove.kind == TipMoveKind.ADDED))
    assert added.note == "其实在四楼"


def test_a_stranger_who_uses_the_id_of_a_tip_adds_nothing(phone, session, sign_in) -> None:
    tip_id = str(new_id())
    tell(phone, id=tip_id)
    make_person(session, Role.VOLUNTEER, login="zhou")
    session.commit()
    assert tell(sign_in("zhou"), id=tip_id, text="别的内容").status_code == 409
    assert session.scalar(select(func.count()).where(TipMove.kind == TipMoveKind.ADDED)) == 0


def test_a_tip_without_words_is_refused_by_name(phone, session) -> None:
    answer = tell(phone, text=" ")
    assert (answer.status_code, list(answer.json["fields"])) == (422, ["text"])
    assert count(session, Tip) == 0


def report(phone: FlaskClient, **values: Any) -> Any:
    site = {"id": str(new_id()), "name": "地下室补习", "kind": "suspected", "category": "one_to_one"} | values
    return phone.post("/api/v1/field/sites", json=site)


def test_a_new_site_keeps_its_rooms_and_what_it_can_be_known_by(phone, session) -> None:
    rooms = {"compound": "阳光小区", "building": "3栋", "unit": "2单元", "floor": "-1", "room": "02"}
    clues = [{"kind": "phone", "text": "0793-6221001"}, {"kind": "teacher", "text": "陈老师"}]
    given = {"id": str(new_id()), "premises": "basement", **rooms, "clues": clues}
    assert [report(phone, **given).status_code for _ in range(2)] == [201, 200]
    site = session.scalars(select(Site)).one()
    assert {name: getattr(site, name) for name in rooms} == rooms
    assert site.address == "阳光小区 3栋 2单元 -1 02"
    assert sorted(clue.value for clue in session.scalars(select(Clue).where(Clue.site_id == site.id))) == [
        "07936221001",
        "陈",
    ]


def test_a_site_that_was_only_heard_of_is_a_circle_and_its_history_says_so(phone, session) -> None:
    place = {"lon": PLACE[0], "lat": PLACE[1], "accuracy_m": 300, "source": "heard"}
    assert report(phone, location=place).status_code == 201
    assert session.scalars(select(Site)).one().location_accuracy_m == 300
    assert session.scalars(select(Event.detail).where(Event.verb == "report")).one()["is_hearsay"] is True


def test_a_report_of_an_earlier_version_is_the_same_report(phone, session) -> None:
    """Its digest was made before there were rooms and clues."""
    given = {"id": str(new_id()), "address": "青云路 18 号"}
    report(phone, **given)
    [event] = session.scalars(select(Event).where(Event.verb == "report"))
    old = {
        "id": given["id"], "name": "地下室补习", "kind": "suspected", "category": "one_to_one", "premises": None,
        "address": "青云路 18 号", "remark": None, "location": None, "person_in_charge": None,
    }  # fmt: skip
    text = json.dumps(old, ensure_ascii=False, separators=(",", ":"))
    assert event.detail["content_sha256"] == hashlib.sha256(text.encode()).hexdigest()
