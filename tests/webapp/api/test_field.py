import json
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from geo.columns import lonlat
from inspections.casework.findings import Finding, FindingState
from inspections.db import new_id, scope
from inspections.events import Event
from inspections.field.checks import CheckKind
from inspections.field.tasks import assign
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.people import Role
from inspections.registry.sites import Site
from tests.factories import COUNTY, NOW, PLACE, as_sent, make_person, make_record, make_site

TODAY = date(2026, 11, 20)


@pytest.fixture
def phone(sign_in, session: Session) -> FlaskClient:
    make_person(session, Role.INSPECTOR, login="zhang", certificate="赣E001")
    return sign_in("zhang")


def bundle(phone: FlaskClient, **headers: str) -> Any:
    return phone.get("/api/v1/field/bundle", headers=headers)


def rows(answer: Any) -> list[dict[str, Any]]:
    sites = answer.json["sites"]
    return [dict(zip(sites["columns"], row, strict=True)) for row in sites["rows"]]


def test_ping_says_that_it_is_us_and_is_never_kept(phone: FlaskClient) -> None:
    answer = phone.get("/api/v1/ping")
    assert answer.json["signed_in"] is True
    assert answer.json["person_id"] == bundle(phone).json["person"]["id"]
    assert answer.headers["X-Mingcha"] == "1"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_phone_that_is_signed_out_still_knows_that_it_is_us(client: FlaskClient) -> None:
    answer = client.get("/api/v1/ping")
    assert (answer.status_code, answer.json["error"]) == (401, "NotSignedIn")
    assert answer.headers["X-Mingcha"] == "1"


def test_the_bundle_has_what_a_day_in_the_field_needs(phone: FlaskClient, session: Session) -> None:
    make_person(session, Role.ENFORCER, name="王强", certificate="赣E002")
    make_person(session, Role.ENFORCER, name="停用", is_active=False)
    make_person(session, Role.SCHOOL_USER, name="校长")
    session.add(
        Area(county=COUNTY, level=AreaLevel.TOWNSHIP, name="陈营镇", boundary=_around(0.05)),
    )
    session.commit()
    content = bundle(phone).json
    assert content["county"]["name"] == "万年县"
    assert content["county"]["boundary_box"] == pytest.approx(
        [PLACE[0] - 0.05, PLACE[1] - 0.05, PLACE[0] + 0.05, PLACE[1] + 0.05]
    )
    assert content["person"]["certificate"] == {"number": "赣E001", "valid_until": None}
    assert [officer["name"] for officer in content["officers"]] == ["王强"]
    assert [len(each["items"]) for each in content["checklists"]] == [25, 18, 8, 37, 12]
    [evening] = [rule for rule in content["rules"] if rule["code"] == "lesson-end"]
    assert (evening["subject"], evening["item_code"]) == ("培训课", "zd-17")
    assert any("20:30" in line for line in evening["lines"])
    assert ["routine", "常态督导"] in content["vocabulary"]["check_kinds"]
    [joint] = [each for each in content["checklists"] if each["code"] == "lhjc"]
    asked = {item["department"] for item in joint["items"]}
    assert asked <= {kind for kind, _ in content["vocabulary"]["departments"]}
    assert ["after_care", "托管班"] in content["vocabulary"]["site_categories"]["suspected"]
    [township] = content["townships"]
    assert (township["name"], township["boundary"]["type"]) == ("陈营镇", "Polygon")


def _around(degrees: float) -> Any:
    return func.ST_Multi(func.ST_Expand(lonlat(*PLACE), degrees))


def test_a_site_carries_its_last_visit_and_open_problems(phone: FlaskClient, session: Session) -> None:
    known, unknown = make_site(session), make_site(session, place=None, name="某处")
    for state in (FindingState.PROPOSED, FindingState.CONFIRMED, FindingState.STRUCK_OFF):
        session.add(Finding(county=COUNTY, site_id=known.id, text="问题", state=state, found_at=NOW))
    session.commit()
    content, sha256 = as_sent(make_record(known.id))
    headers = {"X-Record-Sha256": sha256}
    phone.post("/api/v1/checks", data=content, content_type="application/json", headers=headers)
    answer = bundle(phone)
    sites = {row["id"]: row for row in rows(answer)}
    visited, other = sites[str(known.id)], sites[str(unknown.id)]
    assert (visited["lon"], visited["lat"], visited["open_problems"]) == (*PLACE, 2)
    assert visited["last_visit"] == "2026-11-20T12:40:00Z"
    assert (other["lon"], other["lat"], other["last_visit"], other["open_problems"]) == (None, None, None, 0)
    assert {problem["state"] for problem in answer.json["problems"]} == {"proposed", "confirmed"}


def test_a_person_gets_the_own_open_tasks(phone: FlaskClient, session: Session) -> None:
    from inspections.registry.people import Person

    zhang = session.scalars(select(Person).where(Person.name == "张敏")).one()
    dispatcher = make_person(session, Role.DISPATCHER, name="专班")
    site = make_site(session)
    for assignee in (zhang, dispatcher):
        assign(session, dispatcher, site, assignee, CheckKind.TIP, TODAY, today=TODAY, reason="群众举报")
    session.commit()
    [task] = bundle(phone).json["tasks"]
    assert (task["site_id"], task["kind"], task["due_on"]) == (str(site.id), "tip", "2026-11-20")


def test_the_bundle_of_many_sites_takes_as_few_queries_as_that_of_one(phone, session, connection) -> None:
    def count() -> int:
        queries: list[str] = []
        listener = lambda *given: queries.append(given[2])  # noqa: E731
        event.listen(connection.engine, "before_cursor_execute", listener)
        bundle(phone)
        event.remove(connection.engine, "before_cursor_execute", listener)
        return len([query for query in queries if "SAVEPOINT" not in query])

    make_site(session)
    make_person(session, Role.ENFORCER)
    session.commit()
    one = count()
    for _ in range(20):
        make_site(session)
        make_person(session, Role.ENFORCER)
    session.commit()
    assert count() == one


def test_no_county_sees_the_sites_of_another(phone: FlaskClient, session: Session) -> None:
    scope(session, "421303")
    make_site(session, county="421303", name="别县的点")
    session.commit()
    scope(session, COUNTY)
    assert "别县的点" not in bundle(phone).text


def report(phone: FlaskClient, **values: Any) -> Any:
    given = {
        "id": str(new_id()),
        "name": "三楼晚托",
        "kind": "suspected",
        "category": "after_care",
        "premises": "residential",
        "address": "建设路 3 号",
        "remark": "晚上有学生进出",
        "location": {
            "lon": PLACE[0],
            "lat": PLACE[1],
            "accuracy_m": 12,
            "at": NOW.isoformat(),
            "datum": "wgs84",
            "source": "fix",
        },
        "device_id": "phone-1",
    } | values
    return phone.post("/api/v1/field/sites", data=json.dumps(given), content_type="application/json")


def test_a_new_site_is_reported_in_the_township_it_lies_in(phone, session: Session) -> None:
    township = Area(county=COUNTY, level=AreaLevel.TOWNSHIP, name="陈营镇", boundary=_around(0.05))
    session.add(township)
    session.commit()
    answer = report(phone)
    assert answer.status_code == 201
    site = answer.json
    assert (site["state"], site["township_id"], site["outside_county"]) == (
        "reported",
        str(township.id),
        False,
    )
    assert (site["lon"], site["lat"]) == PLACE


def test_a_site_outside_the_county_is_accepted_and_flagged(phone, session: Session) -> None:
    session.add(Area(county=COUNTY, level=AreaLevel.COUNTY, name="万年县", boundary=_around(0.05)))
    session.commit()
    answer = report(phone, location={"lon": 118.2, "lat": 28.1})
    assert (answer.status_code, answer.json["outside_county"]) == (201, True)


def test_a_report_sent_again_gives_the_same_site_even_after_an_edit(phone, session: Session) -> None:
    site_id = str(new_id())
    report(phone, id=site_id)
    session.scalars(select(Site).where(Site.id == site_id)).one().name = "阳光托管"
    session.commit()
    again = report(phone, id=site_id)
    assert (again.status_code, again.json["name"]) == (200, "阳光托管")


def test_another_report_under_the_same_id_is_noted_and_answered_with_conflict(phone, session) -> None:
    site_id = str(new_id())
    report(phone, id=site_id)
    assert report(phone, id=site_id, name="另一处").status_code == 409
    noted = session.scalars(select(Event).where(Event.verb == "conflict")).one()
    assert noted.detail["other"]["name"] == "另一处"
    assert session.scalars(select(Site.name).where(Site.id == site_id)).one() == "三楼晚托"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"kind": "school"}, "kind"),
        ({"category": "primary"}, "category"),
        ({"location": {"lon": PLACE[1], "lat": PLACE[0]}}, "location"),
        ({"location": {"lon": 0, "lat": 0}}, "location"),
        ({"location": {"lon": 117, "lat": 28, "datum": "mars"}}, "location"),
        ({"location": None, "address": None}, "location"),
        ({"id": "7"}, "id"),
    ],
)
def test_a_report_that_cannot_be_taken_says_which_field(phone, values: dict[str, Any], field: str) -> None:
    answer = report(phone, **values)
    assert answer.status_code == 422
    assert field in answer.json["fields"]


def test_what_was_typed_on_the_phone_is_data(phone: FlaskClient, session: Session) -> None:
    name = "${alert(1)}</script>"
    report(phone, name=name, remark="a\x00b\ud800")
    site = session.scalars(select(Site)).one()
    assert (site.name, site.remark) == (name, "ab")
    assert rows(bundle(phone))[0]["name"] == name


def test_a_school_user_takes_no_bundle_and_reports_no_site(sign_in, session: Session) -> None:
    make_person(session, Role.SCHOOL_USER, login="head")
    head = sign_in("head")
    assert bundle(head).status_code == 403
    assert report(head).status_code == 403


def test_a_version_that_is_no_longer_offered_can_still_be_fetched_by_a_phone(phone: FlaskClient) -> None:
    found = phone.get("/api/v1/field/checklists/zd-25/1").json
    assert (found["code"], found["version"], len(found["items"])) == ("zd-25", 1, 25)
    assert found["items"][0]["text"].startswith("开齐开足开好")


@pytest.mark.parametrize("key", ["zd-25/9", "421303-x/1", "nothing/1"])
def test_a_list_that_the_county_does_not_have_is_not_found(phone: FlaskClient, key: str) -> None:
    assert phone.get(f"/api/v1/field/checklists/{key}").status_code == 404


def test_the_bundle_says_where_each_list_suits_and_what_proof_it_wants(phone: FlaskClient) -> None:
    lists = {each["code"]: each for each in bundle(phone).json["checklists"]}
    assert lists["wxgl"]["site_kinds"] == ["school"]
    assert lists["pxcs"]["check_kinds"] == ["canvass", "sweep"]
    assert not lists["zd-25"]["is_own"]
    assert all(item["proof"] for item in lists["pxcs"]["items"])
    assert lists["zd-25"]["items"][0]["kinds"] == []
