"""The pages of an office above counties."""

import io
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.findings import Finding
from inspections.events import Event
from inspections.field.checks import Check
from inspections.field.photos import PhotoPurpose
from inspections.registry.people import Role
from inspections.registry.sites import Site
from inspections.reporting.levels.delivering import give_grant, revoke_grant
from inspections.reporting.levels.grants import RecordGrant
from tests.casefile import make_photo
from tests.factories import make_finding, make_person
from tests.inspections.reporting.levels.test_levels import (
    FIRST,
    PREFECTURE,
    SECOND,
    Office,
    grant_form,
    offices,  # noqa: F401 - the offices are there for each test
    shared_engine,  # noqa: F401 - where the offices are
)
from tests.webapp.test_language import chinese_in, compiled  # noqa: F401 - English is compiled

QUARTER = "from=2026-07-01&to=2026-09-30"


@pytest.fixture
def county(session: Session) -> Office:
    office = Office(session, FIRST)
    office.work(problems=2)
    return office


@pytest.fixture
def above(session: Session, county: Office, sign_in) -> FlaskClient:
    office = Office(session, PREFECTURE)
    make_person(session, Role.SUPERIOR, county=PREFECTURE, login="zheng", name="Zheng")
    session.flush()
    office.enter()
    return sign_in("zheng")


def test_an_office_lands_on_its_counties_and_opens_no_desk(above: FlaskClient) -> None:
    assert above.get("/account/home").location == "/level"
    assert above.get("/sites").status_code == 403
    assert above.get("/m").status_code == 403
    page = above.get(f"/level?{QUARTER}").text
    assert page.count("未上报") >= 3
    assert "/sites" not in page


def test_the_sum_and_each_countys_table_are_shown_and_taken_away(
    above: FlaskClient, session: Session, county: Office
) -> None:
    now = datetime.now(UTC)
    delivery_id = county.delivered(now).id
    other = Office(session, SECOND)
    other.work()
    other.delivered(now)
    page = above.get(f"/level?{QUARTER}").text
    assert '<span class="figure" data-cell="problems.all">3</span>' in page
    one = above.get(f"/level/{FIRST}/{delivery_id}").text
    assert '<span class="figure" data-cell="problems.all">2</span>' in one
    assert "须由该县授权" in one
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(above.get(f"/level/sum.xlsx?{QUARTER}").data))
    rows = sheet.get_sheet_by_index(0).to_python()
    assert rows[0][0].endswith("2026年第三季度“双减”督导有关情况汇总表（2/3）")
    assert rows[13][2] == 3


def test_a_figure_opens_by_a_grant_and_no_other(above: FlaskClient, session: Session, county: Office) -> None:
    now = datetime.now(UTC)
    delivery_id = county.delivered(now).id
    address = f"/level/{FIRST}/{delivery_id}"
    assert above.get(f"{address}/records?cell=problems.all").status_code == 403
    give_grant(session, county.enter(), grant_form(now), now)
    session.flush()
    assert f'href="{address}/records?cell=problems.all"' in above.get(address).text
    opened = above.get(f"{address}/records?cell=problems.all").text
    assert "361129的问题1" in opened
    assert above.get(f"{address}/records?cell=schools.all").status_code == 403
    assert above.get(f"{address}/records?cell=nothing").status_code == 404
    assert above.get(f"/level/{SECOND}/{delivery_id}").status_code == 404


def test_a_problem_opens_with_its_photos_by_a_grant_and_each_opening_is_in_the_countys_history(
    app: Flask, above: FlaskClient, session: Session, county: Office
) -> None:
    now = datetime.now(UTC)
    person = county.enter()
    counted = session.scalars(select(Finding).order_by(Finding.text)).first()
    check = session.scalars(select(Check)).one()
    photo = make_photo(session, check, finding_id=counted.id, caption="黑板")
    hidden = make_photo(session, check, 1, finding_id=counted.id, purpose=PhotoPurpose.SIGNATURE)
    counted.check_id, counted.item_code = check.id, "zd-15"
    shown = make_photo(session, check, 2, item_code="zd-15")
    another = session.scalars(select(Finding).where(Finding.id != counted.id)).first()
    others = make_photo(session, check, 3, item_code="zd-15", finding_id=another.id)
    later = make_finding(session, session.get_one(Site, (FIRST, counted.site_id)), text="授权以后才有的问题")
    for size in ("320", "1600"):
        app.extensions["store"].put_derived(photo.sha256, size, b"a picture")
    delivery_id = county.delivered(now).id
    address = f"/level/{FIRST}/{delivery_id}/problems/{counted.id}"
    assert above.get(f"{address}?cell=problems.all").status_code == 403
    give_grant(session, county.enter(), grant_form(now), now)
    session.flush()
    page = above.get(f"{address}?cell=problems.all").text
    assert (f"{FIRST}的问题0" in page, photo.sha256 in page, hidden.sha256 in page) == (True, True, False)
    assert (shown.sha256 in page, others.sha256 in page) == (True, False), "what shows another problem stays there"
    small = above.get(f"{address}/{photo.sha256}/320?cell=problems.all")
    assert (small.data, small.headers["Cache-Control"], small.mimetype) == (b"a picture", "no-store", "image/jpeg")
    small.close()
    for wrong in (
        f"{address}/{hidden.sha256}/320?cell=problems.all",
        f"{address}/{others.sha256}/320?cell=problems.all",
        f"{address}/{photo.sha256}/321?cell=problems.all",
        f"{address}/{photo.sha256}/320?cell=schools.all",
        f"{address}?cell=done.all",
        f"{address}?cell=nothing",
        f"/level/{FIRST}/{delivery_id}/problems/{later.id}?cell=problems.all",
        f"/level/{SECOND}/{delivery_id}/problems/{counted.id}?cell=problems.all",
    ):
        assert above.get(wrong).status_code == 404, wrong
    county.enter()
    opened = [each.detail for each in session.scalars(select(Event).where(Event.verb == "open"))]
    assert [each.get("file") for each in opened if each.get("finding") == str(counted.id)] == [None, photo.sha256]
    assert {each["person"] for each in opened} == {"Zheng"}
    revoke_grant(session, person, session.scalars(select(RecordGrant.id)).one(), now)
    session.flush()
    assert above.get(f"{address}?cell=problems.all").status_code == 403
    assert above.get(f"{address}/{photo.sha256}/320?cell=problems.all").status_code == 403


def test_a_day_is_set_and_an_impossible_one_is_refused(above: FlaskClient) -> None:
    form = {"from": "2026-07-01", "to": "2026-09-30"}
    assert above.post("/level/calls", data=form | {"due_on": "2026-09-01"}).status_code == 422
    assert above.post("/level/calls", data=form | {"due_on": "2026-10-10"}).status_code == 303
    assert "2026-10-10" in above.get(f"/level?{QUARTER}").text


def test_the_pages_are_read_in_english_too(session: Session, county: Office, sign_in) -> None:
    now = datetime.now(UTC)
    delivery_id = county.delivered(now).id
    give_grant(session, county.enter(), grant_form(now), now)
    office = Office(session, PREFECTURE)
    make_person(session, Role.SUPERIOR, county=PREFECTURE, login="zheng", name="Zheng", language="en")
    office.enter()
    client = sign_in("zheng")
    address = f"/level/{FIRST}/{delivery_id}"
    county.enter()
    counted = session.scalars(select(Finding.id)).first()
    office.enter()
    one = f"{address}/problems/{counted}?cell=problems.all"
    for path in (f"/level?{QUARTER}", address, f"{address}/records?cell=problems.all", one):
        page = client.get(path).text
        for name in (f"某{FIRST}", f"县{SECOND}", "县361127", f"市{PREFECTURE}", f"{FIRST}的问题", f"{FIRST}小学"):
            page = page.replace(name, "")
        assert chinese_in(page) == [], path


def test_a_county_delivers_grants_and_revokes_at_its_desk(session: Session, county: Office, sign_in) -> None:
    director = make_person(session, Role.DIRECTOR, county=FIRST, login="zhou", name="周组长")
    county.delivered(datetime.now(UTC))
    county.enter()
    client = sign_in("zhou")
    page = client.get("/statistics/deliveries").text
    assert "现行" in page
    form = grant_form(datetime.now(UTC))
    wrong = client.post("/statistics/grants", data=form | {"reason": ""})
    assert wrong.status_code == 422
    assert "请写明授权的理由" in wrong.text
    assert client.post("/statistics/grants", data=form).status_code == 303
    assert "市里核查三季度问题" in client.get("/statistics/deliveries").text
    assert director.name == "周组长"
