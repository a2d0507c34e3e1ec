"""What somebody who would warn the targets can learn before the start: nothing, and here is how they would try."""

import io
import json
import logging
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, make_url, text
from sqlalchemy.orm import Session

from inspections import jobs
from inspections.db import scope
from inspections.evidence.keys import KeyRing, unb64
from inspections.registry.people import Role
from inspections.sweeps import codes
from tests.factories import COUNTY, PASSWORD, make_person
from tests.sweeps import planned_sweep
from webapp import create_app

RING = KeyRing.of(["test"])
# Where a site stands because it is one of the county's, whether or not anybody goes there
ITS_OWN = {"sites", "site_counts", "site_tiles"}


class Plot(NamedTuple):
    """A sealed sweep in a database of its own. `marks`: what would tell a target: ids, names, addresses."""

    sweep_id: UUID
    first_team: UUID
    marks: list[str]


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
def plot(app: Flask, app_engine: Engine, log: io.StringIO) -> Plot:
    """Planned, sealed, packets fetched, a code looked at, a packet replaced, the start moved: by the pages."""
    starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
    with Session(app_engine) as session:
        scope(session, COUNTY)
        planner = make_person(session, Role.DISPATCHER, name="李晓东", login="li", phone="0793-3880001")
        make_person(session, Role.DIRECTOR, name="刘明远", login="liu")
        make_person(session, Role.INSPECTOR, name="何静", login="he")
        night = planned_sweep(session, planner, starts_at=starts_at, login="m", now=datetime.now(UTC))
        sites = [site for own in night.sites for site in own]
        marks = [mark for site in sites for mark in (str(site.id), site.id.hex, site.name, site.address or "")]
        found = Plot(night.sweep.id, night.teams[0].id, marks)
        session.commit()
    command = signed_in(app, "li")
    head = f"/sweeps/{found.sweep_id}"
    for page in ("", "/plan", "/routes", "/teams", "/secrecy"):
        assert command.get(head + page).status_code == 200, page
    assert command.post(f"{head}/seal").status_code == 303
    for login in ("m1", "m2", "m3"):
        assert signed_in(app, login).get(f"/api/v1{head}/packet").status_code == 200
    assert command.post(f"{head}/packets/{found.first_team}/code").status_code == 200
    assert command.post(f"{head}/packets/{found.first_team}/replace").status_code == 303
    later = (starts_at + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M")
    assert command.post(f"{head}/start/move", data={"starts_at": later, "reason": "大雨"}).status_code == 303
    jobs.watch_once(app_engine)
    return found


@cache
def signed_in(app: Flask, login: str) -> FlaskClient:
    """One sign-in for each person: more in a minute are refused."""
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    answer = client.post("/account/sign-in", data={"login": login, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def told(given: str, plot: Plot) -> list[str]:
    return [mark for mark in plot.marks if mark in given]


def test_the_source_of_no_page_tells_who_is_not_on_the_list(app: Flask, plot: Plot) -> None:
    head = f"/sweeps/{plot.sweep_id}"
    for login in ("liu", "m1", "he"):
        client = signed_in(app, login)
        for page in ("/sweeps", head, f"{head}/teams", f"{head}/live", "/m", "/m/sweeps", f"/m{head}", "/"):
            answer = client.get(page)
            assert answer.status_code in (200, 302, 403, 404), (login, page)
            if page != "/":  # the map of the county shows all its sites
                assert told(answer.text, plot) == [], (login, page)
        for page in ("plan", "routes", "secrecy", "briefing", "simulation"):
            assert client.get(f"{head}/{page}").status_code in (403, 404), (login, page)


def test_the_api_says_hours_and_meeting_point_and_gives_no_key(app: Flask, plot: Plot) -> None:
    member = signed_in(app, "m1")
    mine = member.get("/api/v1/sweeps/mine")
    assert told(mine.text, plot) == []
    assert mine.json
    assert mine.json["sweeps"][0]["meeting_point"] == "县政府南门"
    key = member.get(f"/api/v1/sweeps/{plot.sweep_id}/key")
    assert key.json
    assert (key.json["key"], key.json["packet_id"], key.json["released"]) == (None, None, False)
    for login in ("liu", "he", "li"):
        for what in ("packet", "key"):
            assert signed_in(app, login).get(f"/api/v1/sweeps/{plot.sweep_id}/{what}").status_code in (403, 404)
    state = member.get(f"/api/v1/sweeps/{plot.sweep_id}/state")
    assert told(state.text, plot) == []


def test_nothing_may_be_kept_by_a_browser_or_anything_between(app: Flask, plot: Plot) -> None:
    member, command = signed_in(app, "m1"), signed_in(app, "li")
    head = f"/sweeps/{plot.sweep_id}"
    for client, page in [
        *(
            (member, f"/api/v1/sweeps/{path}")
            for path in ("mine", f"{plot.sweep_id}/packet", f"{plot.sweep_id}/key")
        ),
        *((command, head + path) for path in ("/plan", "/routes", "/secrecy")),
    ]:
        assert "no-store" in client.get(page).headers.get("Cache-Control", ""), page


def test_what_a_phone_takes_along_is_the_same_for_a_member_and_for_anybody(app: Flask, plot: Plot) -> None:
    """Tasks, problems and sites of the bundle say nothing of a sweep; all of the county's sites are in it."""
    member, other = (signed_in(app, login).get("/api/v1/field/bundle").json for login in ("m1", "he"))
    assert member
    assert other
    assert member["tasks"] == other["tasks"] == []
    assert {tuple(map(str, row)) for row in member["sites"]["rows"]} == {
        tuple(map(str, row)) for row in other["sites"]["rows"]
    }
    assert str(plot.sweep_id) not in json.dumps(member)


def test_a_packet_opens_with_nothing_that_a_member_has(app: Flask, plot: Plot) -> None:
    envelope = signed_in(app, "m1").get(f"/api/v1/sweeps/{plot.sweep_id}/packet").json
    assert envelope
    assert told(json.dumps(envelope, ensure_ascii=False), plot) == []
    assert told(unb64(envelope["sealed"]).decode("latin-1"), plot) == []
    for guess in ("000000000000", "123456789012", str(plot.sweep_id.int)[:12]):
        with pytest.raises(codes.DoesNotOpen):
            codes.open_with_code(envelope, guess)
    for key in (bytes(32), plot.sweep_id.bytes * 2):
        with pytest.raises(codes.DoesNotOpen):
            codes.open_with_key(envelope, key)


def test_the_clock_of_a_phone_changes_nothing(app: Flask, plot: Plot) -> None:
    headers = {"Date": "Sat, 21 Nov 2099 12:00:00 GMT", "X-Now": "2099-11-21T12:00:00Z"}
    answer = signed_in(app, "m1").get(f"/api/v1/sweeps/{plot.sweep_id}/key?now=2099-11-21", headers=headers)
    assert answer.json
    assert answer.json["key"] is None


@pytest.mark.skipif(not shutil.which("pg_dump"), reason="no pg_dump here")
def test_a_dump_of_the_whole_database_names_targets_as_sites_and_nowhere_else(
    app: Flask, plot: Plot, database_url: str, app_engine: Engine, tmp_path: Path
) -> None:
    assert tables_that_tell(dump_of(database_url, tmp_path), plot) <= ITS_OWN
    with Session(app_engine) as session:
        scope(session, COUNTY)
        early = {"reason": "有人通风报信"}
        before = session.scalar(text("select count(*) from sweep_stops"))
    assert before == 0
    # That the dump would have told: it does, once the sweep has started
    assert signed_in(app, "li").post(f"/sweeps/{plot.sweep_id}/start", data=early).status_code == 303
    assert "sweep_stops" in tables_that_tell(dump_of(database_url, tmp_path), plot)
    key = signed_in(app, "m1").get(f"/api/v1/sweeps/{plot.sweep_id}/key").json
    envelope = signed_in(app, "m1").get(f"/api/v1/sweeps/{plot.sweep_id}/packet").json
    assert key
    assert envelope
    opened = codes.open_with_key(envelope, unb64(key["key"]))
    assert told(json.dumps(opened, ensure_ascii=False), plot)


def dump_of(database_url: str, tmp_path: Path) -> str:
    """As the owner: more than any role of the app can read."""
    dump = tmp_path / "dump.sql"
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run(["pg_dump", "--format=plain", "--data-only", f"--file={dump}", url], check=True)
    return dump.read_text("utf-8")


def tables_that_tell(dump: str, plot: Plot) -> set[str]:
    parts = re.split(r"^COPY public\.(\w+) ", dump, flags=re.MULTILINE)
    assert len(parts) > 100
    return {table for table, rows in zip(parts[1::2], parts[2::2], strict=True) if told(rows, plot)}


def test_no_log_names_a_target_nor_any_address_of_a_request(plot: Plot, log: io.StringIO) -> None:
    written = log.getvalue()
    assert "sweep_packets" in written, "the statements were heard"
    assert told(written, plot) == []
