"""A draw through its four steps on the desk, and what everybody sees of it meanwhile."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.field.tasks import Task
from inspections.registry.people import Person, Role
from inspections.registry.sites import SiteCategory, SiteKind, SiteState
from inspections.targeting.draws.draws import Draw
from inspections.targeting.draws.verification import HOLDS, verify
from tests.factories import COUNTY, make_person, make_site


@pytest.fixture
def office(session: Session) -> Person:
    for i in range(12):
        kind = {"kind": SiteKind.INSTITUTION, "category": SiteCategory.ARTS, "state": SiteState.LICENSED}
        make_site(session, name=f"<b>机构{i}</b>", **kind)
    for i in range(4):
        make_person(session, Role.INSPECTOR, name=f"督学{i}", certificate=f"赣E{i}")
    return make_person(session, Role.DISPATCHER, Role.DIRECTOR, login="li")


@pytest.fixture
def desk(office: Person, sign_in) -> FlaskClient:
    return sign_in("li")


def plan(**values: str) -> dict[str, str]:
    first = datetime.now(UTC).date() + timedelta(days=2)
    usual = {
        "title": "第四季度<i>抽查</i>", "first_day": f"{first}", "last_day": f"{first + timedelta(days=3)}",
        "kinds": "institution", "least": "1", "officers": "2", "public_number": "骰子",
        **{f"percent_{grade}": "50" for grade in "ABCD"},
    }  # fmt: skip
    return usual | values


def begun(desk: FlaskClient, **values: str) -> str:
    answer = desk.post("/draws/new", data=plan(**values))
    assert answer.status_code == 303, answer.text
    return answer.location


def test_a_draw_goes_through_its_steps_and_everybody_can_verify_it(desk: FlaskClient, session: Session) -> None:
    here = begun(desk)
    draw = session.scalars(select(Draw)).one()
    public = f"/public/{COUNTY}/draws/{draw.id}"
    assert draw.commitment in desk.get(public).text
    assert desk.post(f"{here}/draw", data={"public_number": "1"}).status_code == 409
    assert desk.post(f"{here}/freeze").status_code == 303
    assert desk.post(f"{here}/freeze").status_code == 409
    session.refresh(draw)
    assert draw.pool_sha256 in desk.get(public).text
    assert desk.post(f"{here}/draw", data={"public_number": ""}).status_code == 422
    assert desk.post(f"{here}/draw", data={"public_number": "3 1 6"}).status_code == 303
    for secret in ("机构", "督学", "P-"):
        assert secret not in desk.get(public).text
    assert desk.get(f"{public}.json").status_code == 404
    page = desk.get(here).text
    assert "&lt;b&gt;机构" in page
    assert "<b>机构" not in page
    desk.post(f"{here}/tasks")
    assert len(session.scalars(select(Task)).all()) == 12
    assert desk.post(f"{here}/publish").status_code == 303
    content = desk.get(f"{public}.json").data
    expected = {"commitment": draw.commitment, "pool": draw.pool_sha256}
    assert verify(content, expected).status == HOLDS
    shown = desk.get(public).text
    assert "&lt;b&gt;机构" in shown
    assert "<b>机构" not in shown
    assert "督学" not in shown


def test_a_drawn_officer_is_replaced_and_an_outcome_published(desk: FlaskClient, session: Session) -> None:
    here = begun(desk, public_number="")
    desk.post(f"{here}/freeze")
    desk.post(f"{here}/draw")
    page = desk.get(here).text
    site, person = re.search(
        r'name="site_id" value="(.+?)"><input type="hidden" name="person_id" value="(.+?)"', page
    ).groups()
    form = {"site_id": site, "person_id": person, "why": "ill", "note": "流感"}
    assert desk.post(f"{here}/replace", data=form | {"why": ""}).status_code == 422
    assert desk.post(f"{here}/replace", data=form).status_code == 303
    assert "流感" in desk.get(here).text
    assert desk.post(f"{here}/outcome", data={"site_id": site, "outcome": "clean"}).status_code == 409
    desk.post(f"{here}/publish")
    assert desk.post(f"{here}/outcome", data={"site_id": site, "outcome": "x"}).status_code == 422
    assert desk.post(f"{here}/outcome", data={"site_id": site, "outcome": "clean"}).status_code == 303
    public = desk.get(here.replace("/draws", f"/public/{COUNTY}/draws")).text
    assert "未发现问题" in public
    assert "流感" not in public


def test_a_second_draw_waits_for_the_first_or_for_a_reason_to_end_it(desk: FlaskClient, session: Session) -> None:
    here = begun(desk)
    assert desk.post("/draws/new", data=plan()).status_code == 409
    assert desk.post(f"{here}/end", data={"reason": ""}).status_code == 422
    assert desk.post(f"{here}/end", data={"reason": "计划写错了日期"}).status_code == 303
    again = here.rsplit("/", 1)[1]
    assert "计划写错了日期" in desk.get(f"/draws/new?again={again}").text
    second = begun(desk, again=again)
    for path in (here, second, f"/public/{COUNTY}{here}", f"/public/{COUNTY}{second}"):
        assert "计划写错了日期" in desk.get(path).text
    assert len(re.findall("第四季度", desk.get(f"/public/{COUNTY}/draws").text)) == 2


def test_the_form_keeps_what_was_typed_and_names_what_is_wrong(desk: FlaskClient) -> None:
    answer = desk.post("/draws/new", data=plan(percent_B="700", last_day="2020-01-01"))
    assert answer.status_code == 422
    assert 'value="700"' in answer.text
    assert "不能早于第一天" in answer.text


def test_a_conflict_is_declared_for_a_site_found_by_its_name_and_lifted(desk: FlaskClient) -> None:
    page = desk.get("/draws/conflicts?q=机构3").text
    site = re.search(r'<option value="([0-9a-f-]{36})"', page)[1]
    officer = re.search(r'<option value="([0-9a-f-]{36})">督学', page)[1]
    form = {"site_id": site, "person_id": officer, "ground": "relative", "note": "配偶", "q": "机构3"}
    assert desk.post("/draws/conflicts", data=form | {"ground": ""}).status_code == 422
    assert desk.post("/draws/conflicts", data=form).status_code == 303
    listed = desk.get("/draws/conflicts").text
    assert "配偶" in listed
    assert desk.post(re.search(r'action="(/draws/conflicts/.+?/end)"', listed)[1]).status_code == 303
    assert "配偶" not in desk.get("/draws/conflicts").text


def test_a_county_that_is_none_has_no_draws(client: FlaskClient) -> None:
    for code in ("999999", "x", "三六一一二九"):
        assert client.get(f"/public/{code}/draws").status_code == 404
