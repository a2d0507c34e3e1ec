"""The list of walks, and one of them, as the office and a township read them."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from inspections.canvass.receiving import receive_visit
from inspections.canvass.visits import CanvassVisit
from inspections.db import new_id
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.people import Person, Role
from tests.factories import COUNTY, NOW, as_sent, make_check, make_person, make_site
from tests.walks import make_square, make_visit, visit_record

NASTY = "<script>alert(1)</script>${7*7}{{7*7}}"


@pytest.fixture
def worker(session: Session) -> Person:
    return make_person(session, Role.GRID_WORKER, name="王强")


@pytest.fixture
def desk(sign_in, session: Session) -> FlaskClient:
    make_person(session, Role.DISPATCHER, login="li")
    return sign_in("li")


def test_the_list_tells_where_when_who_and_what(desk, session, worker) -> None:
    make_visit(session, worker)
    session.commit()
    page = desk.get("/canvass/visits").text
    for words in ("走访记录", "未见异常", "工作日晚间", "王强", "在现场"):
        assert words in page
    assert "没有符合条件的记录" in desk.get("/canvass/visits?outcome=leads").text
    assert "未见异常" in desk.get("/canvass/visits?outcome=clean&band=evening&q=王强").text
    table = desk.get("/canvass/visits.csv")
    assert table.status_code == 200
    assert "王强" in table.text


def test_one_walk_shows_its_way_its_leads_and_what_is_odd(desk, session, worker) -> None:
    site = make_site(session, name="地下室补习")
    check = make_check(session, worker, site)
    visit_id = make_visit(session, worker, check.id, new_id(), device={"id": "phone-1", "sequence": 1}, note=NASTY)
    session.commit()
    page = desk.get(f"/canvass/visits/{visit_id}").text
    for words in ("发现线索", "地下室补习", "还没有收到", "20 分钟", "desk/walk-map"):
        assert words in page
    assert "<script>alert(1)" not in page
    settings = page.split('data-settings="')[1].split('"')[0].replace("&#34;", '"')
    drawn = json.loads(settings)
    assert (len(drawn["track"]), drawn["boundary"]["type"]) == (4, "Polygon")
    assert drawn["leads"][0][2] == "地下室补习"


def test_what_is_odd_is_said_in_words(desk, session, worker) -> None:
    record = visit_record(new_id(), fixes=[], no_fix_reason="地下室")
    receive_visit(session, worker, *as_sent(record), NOW + timedelta(hours=1))
    receive_visit(session, worker, *as_sent(record | {"note": "另一版"}), NOW + timedelta(hours=1))
    session.commit()
    page = desk.get(f"/canvass/visits/{record['id']}").text
    for words in ("手机上的网格不在系统里", "没有取得定位", "1 份内容不同的记录", "地下室"):
        assert words in page
    assert "网格已不在" in desk.get("/canvass/visits?attention=no_cell").text


def test_a_township_reads_its_own_walks_and_a_grid_worker_no_desk(sign_in, session, worker) -> None:
    town = Area(county=COUNTY, id=new_id(), level=AreaLevel.TOWNSHIP, name="陈营镇", code="361129100")
    session.add(town)
    session.flush()
    make_person(session, Role.TOWNSHIP_ADMIN, login="chen", township_id=town.id)
    elsewhere = make_visit(session, worker)
    cell = make_square(session, township_id=town.id)
    record = visit_record(cell.id)
    receive_visit(session, worker, *as_sent(record), NOW + timedelta(hours=1))
    session.commit()
    chen = sign_in("chen")
    assert chen.get(f"/canvass/visits/{record['id']}").status_code == 200
    assert chen.get(f"/canvass/visits/{elsewhere}").status_code == 404
    assert session.get_one(CanvassVisit, (COUNTY, UUID(record["id"]))).flags
    make_person(session, Role.GRID_WORKER, login="zhao")
    session.commit()
    assert sign_in("zhao").get("/canvass/visits").status_code == 403
