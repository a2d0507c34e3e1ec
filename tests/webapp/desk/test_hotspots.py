"""The hotspot page, from the order through the job to the file that is passed on."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, box
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inspections.intake.tips import Tip, TipState
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.people import Role
from inspections.targeting import hotspots
from inspections.targeting.hotspot_runs import HotspotCell, HotspotRun, RunState
from tests.factories import COUNTY, make_person, make_site, make_tip
from tests.geo.maps.test_hotspot import ISLAND
from tests.webapp.conftest import needs_vendor

HOT = (117.05, 28.65)
HOSTILE = "${alert(1)}</script><script>alert(1)</script>"


@pytest.fixture
def dispatcher(session: Session, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    make_person(session, Role.DISPATCHER, login="li")
    shape = from_shape(MultiPolygon([box(117.0, 28.6, 117.2, 28.8)]), srid=4326)
    session.add(Area(county=COUNTY, level=AreaLevel.COUNTY, name="万年县", boundary=shape))
    site = make_site(session, HOT, name=HOSTILE)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for i in range(20):
        make_tip(session, place=(HOT[0] + i * 0.0005, HOT[1]), received_at=yesterday, site_id=site.id)
    return sign_in("li")


def finish(session: Session) -> HotspotRun:
    session.expire_all()
    run = session.scalars(select(HotspotRun)).one()
    hotspots.fill(session, run, datetime.now(UTC))
    session.commit()
    return run


def data_of(page: str) -> dict[str, Any]:
    found = re.search(ISLAND, page, re.S)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_before_the_first_run_the_page_says_what_to_do(dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/hotspots").text
    assert "还没有做过热点分析" in page
    assert "开始分析" in page


def test_an_order_waits_for_the_job_and_then_shows_the_map(dispatcher: FlaskClient, session: Session) -> None:
    ordered = dispatcher.post("/hotspots", data={"days": "90", "size_m": "1000"})
    assert "正在计算热点" in dispatcher.get(ordered.location).text
    assert "正在计算热点" in dispatcher.get("/hotspots").text
    run = finish(session)
    assert dispatcher.get(f"/hotspots/{run.id}/progress").headers["HX-Redirect"].endswith(str(run.id))
    page = dispatcher.get(ordered.location).text
    assert f"/hotspots/{run.id}/map.html" in page
    assert "近 90 天有 20 条线索" in page


@needs_vendor
def test_the_map_is_one_inert_file_that_needs_no_network(dispatcher: FlaskClient, session: Session) -> None:
    dispatcher.post("/hotspots", data={"days": "90", "size_m": "1000"})
    run = finish(session)
    answer = dispatcher.get(f"/hotspots/{run.id}/map.html?download=1")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox allow-scripts" in answer.headers["Content-Security-Policy"]
    assert 'src="http' not in answer.text
    assert HOSTILE not in answer.text
    again = dispatcher.get(f"/hotspots/{run.id}/map.html", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert "Content-Security-Policy" not in again.headers  # else the kept map would lose its own


@needs_vendor
def test_the_map_shows_what_the_run_was_made_of_whatever_became_of_the_tips(
    dispatcher: FlaskClient, session: Session
) -> None:
    dispatcher.post("/hotspots", data={"days": "90", "size_m": "1000"})
    run = finish(session)
    address = f"/hotspots/{run.id}/map.html?download=1"
    before = data_of(dispatcher.get(address).text)
    session.execute(update(Tip).values(state=TipState.UNFOUNDED))
    session.commit()
    after = data_of(dispatcher.get(address).text)
    assert before["points"] == after["points"]
    assert before["periods"] == after["periods"]
    assert session.scalars(select(HotspotRun.cited_at)).one() is not None


@needs_vendor
def test_two_periods_are_compared_in_one_file_that_names_what_to_cite(
    dispatcher: FlaskClient, session: Session
) -> None:
    ordered = dispatcher.post("/hotspots", data={"days": "30", "size_m": "1000", "compare": "1"})
    session.expire_all()
    for run in session.scalars(select(HotspotRun)).all():
        hotspots.fill(session, run, datetime.now(UTC))
    session.commit()
    page = dispatcher.get(ordered.location).text
    assert "with=" in page
    run_id, _, before = ordered.location.partition("run=")[2].partition("&with=")
    map_page = dispatcher.get(f"/hotspots/{run_id}/map.html?with={before}").text
    run = session.get(HotspotRun, (COUNTY, UUID(run_id)))
    assert run is not None
    assert run.sha256
    assert run.sha256 in map_page
    assert '"periods":[{' in map_page
    assert map_page.count('"key":"gi_star-both"') == 2
    assert dispatcher.get(f"/hotspots?run={run_id}&with={run_id}").status_code == 200


def test_a_run_without_cells_and_a_failed_run_say_what_to_do_next(
    dispatcher: FlaskClient, session: Session
) -> None:
    dispatcher.post("/hotspots", data={"days": "90", "size_m": "1000"})
    run = session.scalars(select(HotspotRun)).one()
    run.state, run.summary = RunState.DONE, {"cells": 0, "events": 0, "hot": 0}
    session.commit()
    assert "这次分析没有网格" in dispatcher.get(f"/hotspots?run={run.id}").text
    answer = dispatcher.get(f"/hotspots/{run.id}/map.html")
    assert answer.status_code == 422
    assert "没有算出网格" in answer.text
    run.state, run.summary = RunState.FAILED, {"refusal": ["网格太密，请选更大的边长", {}]}
    session.commit()
    page = dispatcher.get(f"/hotspots?run={run.id}").text
    assert "这次分析没有算出来" in page
    assert "网格太密" in page


def test_a_cell_of_a_map_leads_to_what_was_recorded_in_it(dispatcher: FlaskClient, session: Session) -> None:
    dispatcher.post("/hotspots", data={"days": "90", "size_m": "1000"})
    run = finish(session)
    hot = session.scalars(
        select(HotspotCell).where(HotspotCell.run_id == run.id).order_by(HotspotCell.weight.desc())
    ).first()
    assert hot is not None
    page = dispatcher.get(f"/hotspots/{run.id}/cells/{hot.position}").text
    assert hot.code in page
    assert page.count("/tips/") >= 5
    empty = session.scalars(
        select(HotspotCell).where(HotspotCell.run_id == run.id, HotspotCell.weight == 0)
    ).first()
    assert empty is not None
    assert "空白不等于没有问题" in dispatcher.get(f"/hotspots/{run.id}/cells/{empty.position}").text
    assert dispatcher.get(f"/hotspots/{run.id}/cells/99999").status_code == 404


def test_earlier_runs_are_a_list_with_who_when_and_how(dispatcher: FlaskClient, session: Session) -> None:
    dispatcher.post("/hotspots", data={"days": "90", "size_m": "1000"})
    run = finish(session)
    page = dispatcher.get("/hotspot-runs?sort=-computed_at").text
    assert f"run={run.id}" in page
    assert "Gi*" in page
    assert run.sha256
    assert run.sha256 in dispatcher.get("/hotspot-runs.csv").text


def test_settings_that_are_not_offered_are_refused_in_words(dispatcher: FlaskClient) -> None:
    answer = dispatcher.post("/hotspots", data={"days": "5", "size_m": "1000"})
    assert answer.status_code == 422
    assert "时段只能选" in answer.text


def test_a_hostile_name_is_shown_as_text(dispatcher: FlaskClient) -> None:
    page = dispatcher.get("/hotspots").text
    assert HOSTILE not in page
    assert "&lt;/script&gt;" in page


def test_an_inspector_does_not_see_where_the_office_looks_next(
    app: Flask, sign_in: Callable[[str], FlaskClient], session: Session
) -> None:
    make_person(session, Role.INSPECTOR, login="zhang")
    assert sign_in("zhang").get("/hotspots").status_code == 403
