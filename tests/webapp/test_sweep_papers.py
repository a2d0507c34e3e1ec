"""Papers of a sweep on the desk: who gets them, what they say, that they are kept nowhere."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.times import local
from inspections import jobs
from inspections.events import Event
from inspections.registry.people import Person, Role
from inspections.reporting.documents.filling import says
from inspections.reporting.documents.making import Document, DocumentState
from inspections.sweeps.plan import Plan
from inspections.sweeps.plans import save_plan
from tests.ended_sweep import ended_sweep
from tests.factories import NOW, make_person
from tests.sweeps import KEYS, Night, planned_sweep, running_sweep


@pytest.fixture
def planner(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, login="li", name="李晓东", phone="0793-3880001")


@pytest.fixture
def night(session: Session, planner: Person) -> Night:
    made = planned_sweep(session, planner)
    session.commit()
    return made


@pytest.fixture
def desk(night: Night, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in("li")


def test_a_rehearsal_says_the_chance_of_each_stop_and_is_not_stored(desk: FlaskClient, night: Night) -> None:
    answer = desk.get(f"/sweeps/{night.sweep.id}/simulation?service=150&seed=3")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "全部按时走完的把握" in answer.text
    assert all(site.name in answer.text for own in night.sites for site in own)
    wrong = desk.get(f"/sweeps/{night.sweep.id}/simulation?closed=900")
    assert "请填 0 到 100 之间的数" in wrong.text


def test_who_is_not_on_the_list_has_no_rehearsal(
    session: Session, night: Night, sign_in: Callable[[str], FlaskClient]
) -> None:
    make_person(session, Role.DIRECTOR, login="zhou")
    session.commit()
    assert sign_in("zhou").get(f"/sweeps/{night.sweep.id}/simulation").status_code == 404


def test_a_briefing_is_numbered_named_and_logged_and_its_words_are_nowhere_in_the_log(
    session: Session, desk: FlaskClient, night: Night
) -> None:
    answer = desk.post(f"/sweeps/{night.sweep.id}/briefing", data={"as": "word"})
    assert answer.headers["Cache-Control"] == "no-store"
    said = says(answer.data)
    assert all(site.name in said for own in night.sites for site in own)
    assert "从后巷进，先看二楼灯光" in said
    taken = session.scalars(select(Event).where(Event.verb == "take_briefing")).one()
    assert f"李晓东　{local(taken.at):%Y-%m-%d}" in said
    assert f"副本 {taken.detail['code']}" in said
    assert not any(site.name in str(taken.detail) or str(site.id) in str(taken.detail) for site in night.sites[0])
    page = desk.get(f"/sweeps/{night.sweep.id}/briefing").text
    assert taken.detail["code"] in page
    assert not any(site.name in page for own in night.sites for site in own)


def test_a_team_gets_its_own_stops_and_no_others(desk: FlaskClient, night: Night) -> None:
    team = night.teams[1]
    said = says(desk.post(f"/sweeps/{night.sweep.id}/briefing", data={"as": "word", "team": str(team.id)}).data)
    assert all(site.name in said for site in night.sites[1])
    assert not any(site.name in said for site in (*night.sites[0], *night.sites[2]))
    page = desk.get(f"/sweeps/{night.sweep.id}/briefing/map.html?team={team.id}")
    assert all(site.name in page.text for site in night.sites[1])
    assert not any(site.name in page.text for site in (*night.sites[0], *night.sites[2]))
    assert "副本" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_nobody_outside_of_the_list_is_briefed_and_nothing_is_logged_for_them(
    session: Session, night: Night, sign_in: Callable[[str], FlaskClient]
) -> None:
    make_person(session, Role.DIRECTOR, login="zhou")
    session.commit()
    other = sign_in("zhou")
    at = f"/sweeps/{night.sweep.id}/briefing"
    assert other.get(at).status_code == 404
    assert other.get(f"{at}/map.html").status_code == 404
    assert other.post(at, data={"as": "word"}).status_code == 404
    assert not session.scalars(select(Event).where(Event.verb == "take_briefing")).all()


def test_a_plan_without_routes_has_no_briefing_and_says_so(
    session: Session, desk: FlaskClient, night: Night
) -> None:
    save_plan(session, night.planner, KEYS, night.sweep, Plan(stops=night.plan.stops), 1, NOW)
    session.commit()
    answer = desk.post(f"/sweeps/{night.sweep.id}/briefing", data={"as": "word"})
    assert answer.status_code == 409
    assert "排好小组和路线以后才有简报" in answer.text


def test_no_word_of_a_briefing_stays_in_the_database(session: Session, desk: FlaskClient, night: Night) -> None:
    desk.post(f"/sweeps/{night.sweep.id}/briefing", data={"as": "word"})
    desk.get(f"/sweeps/{night.sweep.id}/briefing/map.html")
    assert not session.scalars(select(Document)).all()
    approach = "从后巷进"
    for table in ("events", "documents", "document_templates"):
        rows = session.connection().exec_driver_sql(f"select * from {table}").all()
        assert not any(approach in str(row) or night.sites[0][0].name in str(row) for row in rows)


@pytest.fixture
def ended(session: Session, planner: Person, sign_in: Callable[[str], FlaskClient]) -> tuple[Night, FlaskClient]:
    made = ended_sweep(session, planner)
    session.commit()
    return made, sign_in("li")


def test_the_report_shows_sites_findings_and_photos_and_its_map_works_alone(
    ended: tuple[Night, FlaskClient],
) -> None:
    night, desk = ended
    page = desk.get(f"/sweeps/{night.sweep.id}/report")
    assert page.headers["Cache-Control"] == "no-store"
    for words in ("无证办学", "家长围堵", "晚 10 分钟", "拒绝检查", "/documents/sweep_report/"):
        assert words in page.text, words
    assert page.text.count("/320") == 1
    drawn = desk.get(f"/sweeps/{night.sweep.id}/report/map.html?download=1")
    assert "attachment" in drawn.headers["Content-Disposition"]
    assert night.sites[0][0].name in drawn.text


def test_a_finished_sweep_is_replayed_and_a_running_one_is_not(
    session: Session, ended: tuple[Night, FlaskClient]
) -> None:
    night, desk = ended
    assert f"/sweeps/{night.sweep.id}/replay/map.html" in desk.get(f"/sweeps/{night.sweep.id}/replay").text
    assert "请求支援" in desk.get(f"/sweeps/{night.sweep.id}/replay/map.html").text
    runs = running_sweep(session, night.planner)
    session.commit()
    assert desk.get(f"/sweeps/{runs.sweep.id}/replay").status_code == 404
    assert desk.get(f"/sweeps/{runs.sweep.id}/report").status_code == 200


def test_the_paper_of_a_report_is_made_by_a_job(
    app: Flask, session: Session, ended: tuple[Night, FlaskClient]
) -> None:
    night, desk = ended
    desk.post(f"/documents/sweep_report/{night.sweep.id}", data={"format": "docx"})
    document = session.scalars(select(Document)).one()
    jobs.HANDLERS["documents.make"](
        jobs.Work(session, night.sweep.county, app.extensions["store"]), document_id=str(document.id)
    )
    session.commit()
    session.refresh(document)
    assert document.state is DocumentState.DONE, document.message
    assert "应查4处，进入2处" in says(desk.get(f"/documents/{document.id}/file").data)
