"""A complainant's phone number is nowhere: for no hand-made query, in no log, export or dump of the database."""

import io
import logging
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, make_url, text
from sqlalchemy.orm import Session

from inspections.db import new_id, scope
from inspections.intake import taking
from inspections.registry.people import Role
from inspections.reporting.bulletins.bulletins import BulletinKind
from inspections.reporting.bulletins.drafting import begin
from tests.factories import COUNTY, PASSWORD, make_person, make_site
from webapp import create_app
from webapp.desk.lists import LISTS

PHONE, NAME, MAIL = "13712345678", "欧阳素秋", "ouyang.suqiu@example.com"
SPELLED = (PHONE, "137 1234 5678", "137-1234-5678", "+86137123", NAME, "suqiu")
HIDDEN = {"complainant_name": NAME, "complainant_phone": "137-1234-5678", "complainant_contact": MAIL}
SAID = f"我是{NAME}，电话 137 1234 5678，{MAIL}。3 栋地下室补课，老师电话 13900139000"


@pytest.fixture(scope="module")
def app(app_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    store = tmp_path_factory.mktemp("blobs").as_uri()
    app = create_app(
        {"APP_DATABASE_URL": app_url, "BLOB_STORE": store, "SECRET_KEY": "test", "LOG_LEVEL": "DEBUG"}
    )
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture(scope="module")
def log() -> Iterator[io.StringIO]:
    """Everything that any logger of the run says, statements of the database too."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root, engine = logging.getLogger(), logging.getLogger("sqlalchemy.engine")
    levels = (root.level, engine.level)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    engine.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(levels[0])
    engine.setLevel(levels[1])


@pytest.fixture(scope="module")
def county(app: Flask, app_engine: Engine, log: io.StringIO) -> dict[str, Any]:
    """A county in which the number was told on the hotline, read once, asked for in vain, and broke a request."""
    with Session(app_engine) as session:
        scope(session, COUNTY)
        for login, role in (("op", Role.OPERATOR), ("li", Role.DISPATCHER), ("sun", Role.AUDITOR)):
            make_person(session, role, login=login, name=login.title())
        site = make_site(session)
        dispatcher = make_person(session, Role.DISPATCHER, Role.DIRECTOR, name="周组长")
        bulletin = begin(
            session, dispatcher, BulletinKind.DAILY, f"{datetime.now(UTC).date()}", datetime.now(UTC), "县"
        )
        session.commit()
        bulletin_id, site_id = bulletin.id, site.id
    op = signed_in(app, "op")
    call = {"id": str(new_id()), "text": SAID, "place": f"{NAME}家楼下", "names_minor": "", **HIDDEN}
    taken = op.post("/hotline/calls", json=call, headers={"Accept": "application/json"})
    assert taken.status_code == 201, taken.text
    answers = [taken.text, op.get("/hotline").text, op.get(f"/hotline/calls/{call['id']}").text]
    answers.append(op.post("/hotline/hints", json=call).text)
    answers.append(
        op.post("/hotline/calls", json=call | {"text": "x" * 6000}, headers={"Accept": "application/json"}).text
    )
    op.post("/hotline/calls", data=b'{"complainant_phone": "137', content_type="application/json")
    return {"id": call["id"], "bulletin": bulletin_id, "site": site_id, "answers": answers}


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    assert client.post("/account/sign-in", data={"login": login, "password": PASSWORD}).status_code == 302
    return client


def holds(content: str | bytes) -> list[str]:
    """Which ways to write the person stand in a text, a workbook or a Word file, also as hex digits of bytes."""
    if isinstance(content, bytes) and content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            return [each for name in file.namelist() for each in holds(file.read(name))]
    content = content if isinstance(content, bytes) else content.encode()
    return [each for each in SPELLED if each.encode() in content or each.encode().hex().encode() in content]


def test_what_was_told_is_read_by_who_may_and_nowhere_else(
    app: Flask, county: dict[str, Any], owner_engine: Engine
) -> None:
    assert [holds(each) for each in county["answers"][:4]] == [[]] * 4
    with Session(owner_engine) as session:
        complainant = session.scalar(text("select id from complainants"))
    li = signed_in(app, "li")
    for page in (f"/tips/{county['id']}", "/tips", f"/complainants/{complainant}", "/dashboard"):
        assert holds(li.get(page).text) == [], page
    opening = li.post(f"/complainants/{complainant}/open", data={"reason": "核实地点，需回访"}).location
    assert set(holds(li.post(f"{opening}/read").text)) >= {NAME, "137-1234-5678", "137 1234 5678"}
    assert holds(li.post(f"{opening}/read").text + li.get(opening).text) == []
    assert "13900139000" in li.get(f"/tips/{county['id']}").text


def test_no_hand_made_query_through_the_apps_role_finds_it(app_engine: Engine, county: dict[str, Any]) -> None:
    with Session(app_engine) as session:
        scope(session, COUNTY)
        columns = session.execute(
            text(
                "select table_name, column_name from information_schema.column_privileges"
                " where table_schema = 'public' and privilege_type = 'SELECT' and grantee = current_user"
            )
        ).all()
        assert ("tips", "text") in [tuple(each) for each in columns]
        assert ("complainants", "sealed") not in [tuple(each) for each in columns]
        tables: dict[str, list[str]] = {}
        for table, column in columns:
            tables.setdefault(table, []).append(f'"{column}"::text')
        for table, readable in tables.items():
            rows = session.execute(text(f'select concat_ws(chr(10), {", ".join(readable)}) from "{table}"'))
            assert [found for row in rows for found in holds(row[0])] == [], table


def test_no_export_page_or_map_holds_it(app: Flask, county: dict[str, Any]) -> None:
    dispatcher, auditor = signed_in(app, "li"), signed_in(app, "sun")
    files = [f"/{name}.{form}" for name in LISTS for form in ("csv", "xlsx")]
    files += ["/api/v1/tips.geojson", "/api/v1/search?q=3", "/statistics", "/ledger.xlsx"]
    files += [f"/bulletins/{county['bulletin']}{end}" for end in ("", "/paper", "/tables")]
    files += [f"/sites/{county['site']}", "/openings", "/api/v1/changes?since=2020-01-01T00:00:00Z"]
    opened = 0
    for path in files:
        answer = (auditor if path.startswith("/openings") else dispatcher).get(path)
        opened += answer.status_code == 200
        assert holds(answer.data) == [], path
    assert opened >= len(files) - 4, opened


def test_a_request_that_breaks_leaves_nothing_in_the_log(
    app: Flask, county: dict[str, Any], log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*given: Any, **named: Any) -> None:
        raise RuntimeError(f"cannot take {PHONE} {MAIL} {named}")

    monkeypatch.setattr(taking, "keep_identity", break_down)
    call = {"id": str(new_id()), "text": SAID, **HIDDEN}
    answer = signed_in(app, "op").post("/hotline/calls", json=call, headers={"Accept": "application/json"})
    assert answer.status_code == 500
    assert holds(answer.data) == []
    assert "Traceback" in log.getvalue()
    assert "INSERT INTO tips" in log.getvalue()
    assert holds(log.getvalue()) == []


@pytest.mark.skipif(not shutil.which("pg_dump"), reason="no pg_dump here")
def test_a_dump_of_the_database_tells_nobody(database_url: str, county: dict[str, Any], tmp_path: Path) -> None:
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    dump = tmp_path / "dump.sql"
    subprocess.run(["pg_dump", "--format=plain", f"--file={dump}", url], check=True)
    content = dump.read_bytes()
    assert b"13900139000" in content
    assert b"COPY public.complainants" in content
    assert holds(content) == []
