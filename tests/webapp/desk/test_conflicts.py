import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.events import Event
from inspections.field.checks import Check, CheckConflict, Version
from inspections.registry.people import Role
from inspections.registry.site_conflicts import SiteConflict
from inspections.registry.sites import Site
from tests.casefile import HOSTILE
from tests.factories import NOW, as_sent, make_person, make_record, make_site, photo_entry


@pytest.fixture
def site(session: Session) -> Site:
    return make_site(session, pupils=10)


@pytest.fixture
def zhang(sign_in, session: Session) -> FlaskClient:
    make_person(session, Role.INSPECTOR, login="zhang")
    return sign_in("zhang")


@pytest.fixture
def li(session: Session) -> str:
    make_person(session, Role.DISPATCHER, login="li", name="李调度")
    return "li"


def edit(phone: FlaskClient, site: Site, values: dict[str, Any], base: dict[str, Any]) -> Any:
    given = {"id": str(new_id()), "site_id": str(site.id), "base": base, "values": values, "at": NOW.isoformat()}
    return phone.post("/api/v1/field/site-edits", data=json.dumps(given), content_type="application/json")


def send(phone: FlaskClient, record: dict[str, Any]) -> Any:
    content, sha256 = as_sent(record)
    headers = {"X-Record-Sha256": sha256}
    return phone.post("/api/v1/checks", data=content, content_type="application/json", headers=headers)


@pytest.fixture
def conflict(zhang, session, site) -> SiteConflict:
    first = edit(zhang, site, {"pupils": 20, "premises": "shop"}, {"pupils": 10, "premises": None})
    assert (first.status_code, {each["state"] for each in first.json["fields"].values()}) == (201, {"taken"})
    second = edit(zhang, site, {"pupils": 30}, {"pupils": 10})
    assert second.json["fields"]["pupils"]["state"] == "conflict"
    assert second.json["fields"]["pupils"]["value"] == 20
    return session.scalars(select(SiteConflict)).one()


def test_a_conflict_about_a_site_is_listed_shown_and_settled(sign_in, session, site, li, conflict) -> None:
    desk = sign_in(li)
    path = f"/conflicts/{conflict.id}"
    assert path in desk.get("/conflicts?open=1").text
    page = desk.get(path).text
    for words in ("学生数", "20", "30", "张敏", "等人决定"):
        assert words in page
    form = {"settlement": "offered", "seen": "20", "reason": ""}
    assert desk.post(path, data=form).status_code == 422
    assert desk.post(path, data=form | {"reason": "电话核实", "seen": "10"}).status_code == 409
    assert desk.post(path, data=form | {"reason": "电话核实"}).status_code == 303
    session.expire_all()
    assert session.scalars(select(Site)).one().pupils == 30
    assert path not in desk.get("/conflicts?open=1").text
    settled = desk.get(path).text
    assert "电话核实" in settled
    assert "用哪一个" not in settled
    assert "决定用哪一个值" in desk.get(f"/sites/{site.id}").text


def test_a_word_of_a_list_is_shown_by_its_name(sign_in, zhang, session, site, li) -> None:
    edit(zhang, site, {"premises": "shop"}, {"premises": None})
    edit(zhang, site, {"premises": "garage"}, {"premises": None})
    conflict = session.scalars(select(SiteConflict)).one()
    page = sign_in(li).get(f"/conflicts/{conflict.id}").text
    assert "商铺" in page
    assert "车库" in page
    assert "空白" in page


def test_who_is_no_dispatcher_settles_nothing(sign_in, session, conflict) -> None:
    make_person(session, Role.AUDITOR, login="sun")
    sun = sign_in("sun")
    path = f"/conflicts/{conflict.id}"
    assert "用哪一个" not in sun.get(path).text
    form = {"settlement": "offered", "seen": "20", "reason": "x"}
    assert sun.post(path, data=form).status_code == 403


def test_the_desks_form_shows_what_someone_else_wrote_meanwhile(sign_in, zhang, session, site, li) -> None:
    desk = sign_in(li)
    page = desk.get(f"/sites/{site.id}/edit").text
    assert 'name="base-pupils" value="10"' in page
    site.pupils = 20
    session.commit()
    form = {"name": site.name, "pupils": "30", "base-name": site.name, "base-pupils": "10"}
    again = desk.post(f"/sites/{site.id}/edit", data=form)
    assert again.status_code == 422
    assert "改成了“20”" in again.text
    assert 'name="base-pupils" value="20"' in again.text


@pytest.fixture
def two_records(zhang, session, site) -> CheckConflict:
    record = make_record(site.id)
    assert send(zhang, record).status_code == 201
    answers = [{"item": "zd-01", "verdict": "not_compliant", "note": "地下室"}]
    files = [photo_entry(b"x", item="zd-01", caption="门口")]
    other = record | {"summary": "另一份小结", "answers": answers, "files": files, "kind": "tip"}
    other["device"] = record["device"] | {"sequence": 7}
    assert send(zhang, other).status_code == 409
    return session.scalars(select(CheckConflict)).one()


def test_two_records_of_one_check_are_compared_field_by_field(sign_in, session, li, two_records) -> None:
    desk = sign_in(li)
    path = f"/check-conflicts/{two_records.id}"
    assert path in desk.get("/check-conflicts?open=1").text
    assert path in desk.get(f"/checks/{two_records.check_id}").text
    page = desk.get(path).text
    for words in ("正常", "另一份小结", "明察暗访", "线索核查", "不符合：地下室", "门口", "检查小结"):
        assert words in page, words
    assert "device.sequence" not in page
    assert desk.post(path, data={"version": "second", "reason": " "}).status_code == 422
    assert desk.post(path, data={"version": "second", "reason": "本人说明"}).status_code == 303
    session.expire_all()
    assert two_records.stands is Version.SECOND
    assert session.scalars(select(Check)).one().summary == "正常"
    told = session.scalars(select(Event).where(Event.verb == "settle")).one()
    assert told.detail["second"] == two_records.record_sha256
    assert desk.post(path, data={"version": "first", "reason": "反悔"}).status_code == 409
    assert "以第二份为准" in desk.get(f"/checks/{two_records.check_id}").text


def test_a_second_record_that_cannot_be_read_is_shown_as_kept(sign_in, session, li, two_records) -> None:
    kept = CheckConflict(
        county=two_records.county,
        id=new_id(),
        check_id=two_records.check_id,
        person_id=two_records.person_id,
        record=b"\xff{",
        record_sha256="0" * 64,
        received_at=NOW,
    )
    session.add(kept)
    session.commit()
    assert "原样保留着" in sign_in(li).get(f"/check-conflicts/{kept.id}").text


@pytest.mark.parametrize("name", HOSTILE)
def test_what_the_versions_say_is_only_text(sign_in, zhang, session, site, li, name) -> None:
    edit(zhang, site, {"address": "甲"}, {"address": None})
    edit(zhang, site, {"address": name}, {"address": None})
    record = make_record(site.id)
    send(zhang, record)
    send(zhang, record | {"summary": name, name: {name: name}, "answers": [name], "files": name})
    desk = sign_in(li)
    paths = [f"/conflicts/{each}" for each in session.scalars(select(SiteConflict.id))]
    paths += [f"/check-conflicts/{each}" for each in session.scalars(select(CheckConflict.id))]
    assert len(paths) == 2
    for path in [*paths, "/conflicts", "/check-conflicts"]:
        page = desk.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "49%s" not in page.text
