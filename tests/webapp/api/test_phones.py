import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspections.db import new_id, scope
from inspections.events import Event
from inspections.evidence.keys import KeyRing
from inspections.field.checks import CheckState
from inspections.field.phones import ItemKind, Phone, PhoneItem, find_signing_keys, read_phone_file
from inspections.listing import Question, read
from inspections.listing.phones import PHONES, PhoneState
from inspections.registry.people import Person, Role
from tests.factories import make_check, make_person, make_site

KEYS = [key.jwk for key in KeyRing.of(["a", "b"]).receipt]
LONG_AGO = "2026-01-02T08:00:00+08:00"


@pytest.fixture
def inspector(session: Session) -> Person:
    return make_person(session, Role.INSPECTOR, login="zhang")


@pytest.fixture
def phone(sign_in, inspector: Person) -> FlaskClient:
    return sign_in("zhang")


def tell(phone: FlaskClient, **values: Any) -> Any:
    given = {"device_id": "phone-1", "app_version": "0.2.0", "storage": {"persisted": True}} | values
    answer = phone.post("/api/v1/field/phone", data=json.dumps(given), content_type="application/json")
    assert answer.status_code == 204, answer.text
    return answer


def unsent(**values: Any) -> dict[str, Any]:
    return {"id": str(new_id()), "kind": "check", "finished_at": LONG_AGO, "files_missing": 2} | values


def items(session: Session) -> dict[str, PhoneItem]:
    session.expire_all()
    return {str(item.id): item for item in session.scalars(select(PhoneItem))}


def states(session: Session, person: Person, **given: list[str]) -> list[PhoneState]:
    return [row.state for row in read(session, person, PHONES, Question.of(PHONES, given)).rows]


def test_the_office_sees_what_a_phone_holds_and_since_when(phone, session, inspector) -> None:
    li = make_person(session, Role.DISPATCHER, name="李调度")
    site = make_site(session)
    one, draft = unsent(site_id=str(site.id)), {"id": str(new_id()), "site_id": None, "started_at": LONG_AGO}
    tell(phone, unsent=[one], drafts=[draft], storage={"persisted": False, "usage_bytes": 5, "quota_bytes": 9})
    [row] = read(session, li, PHONES, Question.of(PHONES, {})).rows
    assert (row.owner, row.unsent, row.files, row.drafts, row.lost) == ("张敏", 1, 2, 1, 0)
    assert (row.state, row.is_persistent) == (PhoneState.OVERDUE, False)
    assert row.oldest.isoformat().startswith("2026-01-02T00:00")
    file = read_phone_file(session, li, row.id)
    assert [each.site_name for each in file.unsent] == [site.name]
    assert [str(each.item.id) for each in file.drafts] == [draft["id"]]


def test_each_condition_can_be_asked_for(phone, session) -> None:
    li = make_person(session, Role.DISPATCHER)
    tell(phone, unsent=[unsent()], storage={"persisted": False})
    for asked in ({"state": ["overdue"]}, {"attention": ["fragile"]}, {"q": ["张敏"]}, {"q": ["phone-1"]}):
        assert states(session, li, **asked) == [PhoneState.OVERDUE], asked
    for asked in (
        {"state": ["clear", "lost"]},
        {"attention": ["silent"]},
        {"attention": ["drafts"]},
        {"q": ["王"]},
    ):
        assert states(session, li, **asked) == [], asked
    page = read(session, li, PHONES, Question.of(PHONES, {}))
    assert {facet.value: facet.n for facet in page.facets["state"] if facet.n} == {"overdue": 1}


def test_a_phone_that_holds_something_and_says_nothing_is_silent(phone, session) -> None:
    li = make_person(session, Role.DISPATCHER)
    tell(phone, unsent=[unsent(finished_at="2099-01-01T00:00:00Z")])
    assert states(session, li) == [PhoneState.HOLDING]
    session.scalars(select(Phone)).one().seen_at -= timedelta(hours=25)
    session.flush()
    assert states(session, li) == [PhoneState.SILENT]
    assert states(session, li, attention=["silent"]) == [PhoneState.SILENT]


def test_what_arrived_is_no_longer_held_and_what_vanished_is_missed(phone, session, inspector) -> None:
    site = make_site(session)
    arrived, waiting, vanished, thrown = (make_id() for make_id in [new_id] * 4)
    tell(
        phone,
        unsent=[unsent(id=str(arrived)), unsent(id=str(waiting))],
        drafts=[{"id": str(each), "started_at": LONG_AGO} for each in (vanished, thrown)],
    )
    make_check(session, inspector, site, id=arrived)
    make_check(session, inspector, site, id=waiting, state=CheckState.INCOMPLETE)
    session.commit()
    tell(phone, discarded=[str(thrown)])
    assert set(items(session)) == {str(waiting), str(vanished)}
    assert all(item.gone_at for item in items(session).values())
    li = make_person(session, Role.DISPATCHER)
    assert states(session, li) == [PhoneState.LOST]
    assert session.scalar(select(func.count()).select_from(Event).where(Event.verb == "lose")) == 2
    tell(phone)
    assert session.scalar(select(func.count()).select_from(Event).where(Event.verb == "lose")) == 2
    tell(phone, unsent=[unsent(id=str(vanished)), unsent(id=str(waiting))])
    assert not any(item.gone_at for item in items(session).values())
    assert items(session)[str(vanished)].kind is ItemKind.CHECK


def test_a_check_that_came_by_another_way_is_not_missed_for_ever(phone, session, inspector) -> None:
    lost = new_id()
    tell(phone, unsent=[unsent(id=str(lost))])
    tell(phone)
    li = make_person(session, Role.DISPATCHER)
    assert states(session, li) == [PhoneState.LOST]
    make_check(session, inspector, make_site(session), id=lost)
    assert states(session, li) == [PhoneState.CLEAR]


def test_a_signing_key_is_fixed_at_first_use_and_another_makes_another_phone(phone, session, inspector) -> None:
    tell(phone)
    tell(phone, signing_key=KEYS[0])
    tell(phone, signing_key=KEYS[0])
    assert session.scalars(select(Phone)).one().is_rekeyed is False
    tell(phone, signing_key=KEYS[1])
    first, second = session.scalars(select(Phone).order_by(Phone.first_seen_at))
    assert (first.is_rekeyed, second.is_rekeyed) == (False, True)
    assert (first.signing_key, second.signing_key) == (KEYS[0], KEYS[1])
    assert find_signing_keys(session, inspector, "phone-1") == KEYS
    assert find_signing_keys(session, inspector, "phone-2") == []


def test_the_same_device_in_two_hands_is_two_phones(phone, session, client: FlaskClient, sign_in) -> None:
    tell(phone, unsent=[unsent()])
    make_person(session, Role.INSPECTOR, login="wang", name="王强")
    tell(sign_in("wang"))
    assert session.scalar(select(func.count()).select_from(Phone)) == 2
    assert not any(item.gone_at for item in items(session).values())


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"device_id": ""}, "device_id"),
        ({"unsent": [{"id": "7", "finished_at": LONG_AGO}]}, "unsent.0.id"),
        ({"drafts": [{"id": str(new_id()), "started_at": "yesterday"}]}, "drafts.0.started_at"),
        ({"storage": {"usage_bytes": -1}}, "storage.usage_bytes"),
    ],
)
def test_a_heartbeat_that_cannot_be_read_says_which_field(phone, values: dict[str, Any], field: str) -> None:
    given = {"device_id": "phone-1"} | values
    answer = phone.post("/api/v1/field/phone", data=json.dumps(given), content_type="application/json")
    assert answer.status_code == 422
    assert field in answer.json["fields"]


def test_a_key_that_is_none_is_refused(phone) -> None:
    given = {"device_id": "phone-1", "signing_key": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}
    answer = phone.post("/api/v1/field/phone", data=json.dumps(given), content_type="application/json")
    assert answer.status_code == 422


def test_each_sees_the_own_phone_and_the_office_of_no_other_county(phone, session, inspector) -> None:
    tell(phone)
    row = session.scalars(select(Phone)).one()
    assert read_phone_file(session, inspector, row.id).owner is inspector
    other = make_person(session, Role.INSPECTOR, name="王强")
    assert read(session, other, PHONES, Question.of(PHONES, {})).total == 0
    scope(session, "421303")
    stranger = make_person(session, Role.DISPATCHER, county="421303")
    assert read(session, stranger, PHONES, Question.of(PHONES, {})).total == 0


def test_who_does_not_work_in_the_field_has_no_phone(sign_in, session: Session) -> None:
    make_person(session, Role.AUDITOR, login="sun")
    answer = sign_in("sun").post("/api/v1/field/phone", data="{}", content_type="application/json")
    assert answer.status_code == 403


def test_the_desk_shows_the_list_and_the_phone(phone, session, sign_in) -> None:
    tell(phone, unsent=[unsent()], device_id="<b>${x}")
    row = session.scalars(select(Phone)).one()
    make_person(session, Role.DISPATCHER, login="li", name="李调度")
    desk = sign_in("li")
    listed = desk.get("/phones?state=overdue").text
    assert "压了一天以上没传" in listed
    assert f"/phones/{row.id}" in listed
    page = desk.get(f"/phones/{row.id}").text
    assert "张敏的手机" in page
    assert "还差 2 张照片" in page
    assert "<b>$" not in page
    assert "张敏" in desk.get("/phones.csv").data.decode("utf-8-sig")
