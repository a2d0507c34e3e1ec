"""A bundle in parts: what changed is sent, and no more. With committed rows: what changed is read from them."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, text, update
from sqlalchemy.orm import Session

from inspections.casework.findings import Finding, FindingState
from inspections.db import scope
from inspections.field.checks import CheckKind
from inspections.field.tasks import assign
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.counties import County
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from tests.factories import PASSWORD, make_finding, make_person, make_site
from webapp import create_app

COUNTY = "990002"  # no other test looks here
SITES = 300
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def county(owner_engine: Engine) -> None:
    with Session(owner_engine) as session:
        session.add(County(code=COUNTY, name="分批县", bureau="分批县教育局"))
        session.commit()
        scope(session, COUNTY)
        make_person(session, Role.INSPECTOR, login="parts", county=COUNTY)
        make_person(session, Role.TOWNSHIP_ADMIN, login="town", county=COUNTY, name="镇管理员")
        make_person(session, Role.DISPATCHER, county=COUNTY, name="专班")
        for n in range(SITES):
            make_site(
                session, (117 + n / 1000, 28.6), county=COUNTY, name=f"第 {n} 托管班", address=f"青云路 {n} 号"
            )
        session.commit()


@pytest.fixture
def session(app_engine: Engine, county: None) -> Iterator[Session]:
    with Session(app_engine) as session:
        scope(session, COUNTY)
        yield session


@pytest.fixture
def app(app_url: str, county: None, tmp_path: Path) -> Iterator[Flask]:
    app = create_app({"APP_DATABASE_URL": app_url, "BLOB_STORE": str(tmp_path / "blobs"), "TESTING": True})
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def ask(app: Flask) -> Ask:
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"

    def ask(since: Any = None, login: str = "parts", **headers: str) -> Any:
        if client.get_cookie("mingcha") is None:
            assert client.post("/account/sign-in", data={"login": login, "password": PASSWORD}).status_code == 302
        query = {} if since is None else {"since": since if isinstance(since, str) else etag(since)}
        return client.get(
            "/api/v1/field/bundle", query_string=query, headers={"Accept-Encoding": "gzip", **headers}
        )

    return ask


def etag(answer: Any) -> str:
    return str(answer.headers["ETag"]).removeprefix("W/").strip('"')


def content(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200
    pressed = answer.headers.get("Content-Encoding") == "gzip"
    return json.loads(gzip.decompress(answer.data) if pressed else answer.data)


def parts(answer: Any) -> set[str]:
    return set(content(answer)) - {"made_at", "server_time", "person_id", "tags"}


def settle(session: Session) -> None:
    """Wait until whoever else works in this cluster is over with what began before now."""
    began = session.scalar(text("select pg_current_xact_id()::text::bigint"))
    session.commit()
    for _ in range(600):
        scope(session, COUNTY)
        over = session.scalar(text("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
        session.rollback()
        if over > began:
            return
        time.sleep(0.05)
    raise AssertionError("somebody has left a transaction open")


def first_site(session: Session) -> Site:
    return session.query(Site).order_by(Site.id).limit(1).one()


def test_nothing_new_is_a_304_without_a_body(ask: Ask, session: Session) -> None:
    settle(session)
    first = ask()
    assert len(content(first)["sites"]["rows"]) == SITES
    for again in (ask(first), ask(**{"If-None-Match": first.headers["ETag"]})):
        assert (again.status_code, again.data) == (304, b"")


def test_one_changed_site_costs_a_few_hundred_bytes(ask: Ask, session: Session) -> None:
    settle(session)
    first = ask()
    site = first_site(session)
    site.name = "改名托管班"
    settle(session)
    second = ask(first)
    assert parts(second) == {"sites"}
    [row] = content(second)["sites"]["rows"]
    assert (row[0], row[4]) == (str(site.id), "改名托管班")
    assert len(second.data) < 800 < len(first.data) / 10
    assert ask(second).status_code == 304


def test_a_site_comes_again_when_its_problems_change(ask: Ask, session: Session) -> None:
    site_id = first_site(session).id
    settle(session)
    first = ask()
    finding = make_finding(session, session.get_one(Site, (COUNTY, site_id)))
    settle(session)
    second = ask(first)
    assert parts(second) == {"sites", "problems"}
    assert [(row[0], row[11]) for row in content(second)["sites"]["rows"]] == [(str(site_id), 1)]
    session.get_one(Finding, (COUNTY, finding.id)).state = FindingState.REJECTED
    session.commit()
    third = ask(second)
    assert [(row[0], row[11]) for row in content(third)["sites"]["rows"]] == [(str(site_id), 0)]
    assert content(third)["problems"] == []


def test_a_change_that_no_code_of_ours_made_is_seen_too(ask: Ask, session: Session, owner_engine: Engine) -> None:
    settle(session)
    first = ask()
    with owner_engine.begin() as connection:
        connection.execute(
            text(f"update sites set address = '改过' where county = '{COUNTY}' and name like '第 7 %'")
        )
    [row] = content(ask(first))["sites"]["rows"]
    assert row[5] == "改过"


def test_what_is_written_by_a_long_transaction_is_not_missed(ask: Ask, app_engine: Engine) -> None:
    with Session(app_engine) as slow, Session(app_engine) as quick:
        settle(quick)
        scope(slow, COUNTY)
        scope(quick, COUNTY)
        slow.execute(update(Site).where(Site.county == COUNTY, Site.name == "第 8 托管班").values(remark="慢"))
        first = ask()
        quick.execute(update(Site).where(Site.county == COUNTY, Site.name == "第 9 托管班").values(remark="快"))
        quick.commit()
        second = ask(first)
        assert [row[4] for row in content(second)["sites"]["rows"]] == ["第 9 托管班"]
        slow.commit()
        settle(quick)
        third = ask(second)
        assert {row[4] for row in content(third)["sites"]["rows"]} == {"第 8 托管班", "第 9 托管班"}
        assert ask(third).status_code == 304


def test_a_deleted_site_sends_them_all_again(ask: Ask, session: Session) -> None:
    gone = make_site(session, county=COUNTY, name="误录")
    session.commit()
    settle(session)
    first = ask()
    session.execute(delete(Site).where(Site.county == COUNTY, Site.id == gone.id))
    session.commit()
    sites = content(ask(first))["sites"]
    assert "removed" not in sites
    assert len(sites["rows"]) == sites["count"] == SITES


def test_only_the_part_that_changed_is_sent(ask: Ask, session: Session) -> None:
    settle(session)
    first = ask()
    person = session.query(Person).filter_by(county=COUNTY, name="张敏").one()
    li = session.query(Person).filter_by(county=COUNTY, name="专班").one()
    assign(session, li, first_site(session), person, CheckKind.TIP, date(2030, 1, 1), today=date(2026, 11, 20))
    session.commit()
    assert parts(ask(first)) == {"tasks"}


@pytest.mark.parametrize(
    "since",
    ["", "rubbish", "sites:1.2.3", "sites:a.b.9999999999999999999999.1", "sites:a.b.-1.1", "sites:a.b.1.1;drop"],
)
def test_what_cannot_be_read_as_a_mark_brings_everything(ask: Ask, since: str) -> None:
    answer = content(ask(since))
    assert len(answer["sites"]["rows"]) == answer["sites"]["count"] >= SITES
    assert {"county", "person", "checklists", "tasks"} <= answer.keys()


def test_a_site_that_went_to_another_township_is_taken_away(ask: Ask, session: Session) -> None:
    here, there = (make_area(session, name) for name in ("陈营镇", "石镇镇"))
    site = make_site(session, county=COUNTY, name="搬走的托管班", township_id=here)
    session.query(Person).filter_by(county=COUNTY, name="镇管理员").one().township_id = here
    settle(session)
    first = ask(login="town")
    assert [row[4] for row in content(first)["sites"]["rows"]] == ["搬走的托管班"]
    session.get_one(Site, (COUNTY, site.id)).township_id = there
    session.commit()
    sites = content(ask(first))["sites"]
    assert (sites["rows"], sites["removed"], sites["count"]) == ([], [str(site.id)], 0)


def make_area(session: Session, name: str) -> UUID:
    area = Area(county=COUNTY, level=AreaLevel.TOWNSHIP, name=name)
    session.add(area)
    session.flush()
    return area.id
