"""The live board at the desk: who sees it, what it holds, the stream, and commands with their refusals."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from inspections.registry.people import Role
from inspections.sweeps import standing
from inspections.sweeps.journal import Entry
from inspections.sweeps.sweeps import SweepState
from tests.factories import make_person
from tests.inspections.sweeps.conftest import make_night, said

JSON = {"Accept": "application/json"}


@pytest.fixture
def night(session: Any) -> Any:
    make_person(session, Role.DIRECTOR, login="zheng", name="郑局")
    make_person(session, Role.ENFORCER, login="li", name="李执法")
    make_person(session, Role.TOWNSHIP_ADMIN, login="town", name="周镇长")
    return make_night(session)


def board_of(client: Any, night: Any, **asked: Any) -> Any:
    answer = client.get(f"/sweeps/{night.sweep.id}/board", query_string=asked)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json


def test_the_board_is_kept_by_no_cache_and_escapes_what_people_wrote(night, session, sign_in):
    night.sites[0].name = "</script><b>班"
    client = sign_in("zheng")
    page = client.get(f"/sweeps/{night.sweep.id}/live")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "<b>班" not in page.text
    assert "发消息" in page.text


def test_who_has_no_part_in_it_finds_no_board_before_and_after_the_release(night, session, sign_in):
    client = sign_in("town")
    for path in ("live", "board", "stream"):
        assert client.get(f"/sweeps/{night.sweep.id}/{path}").status_code == 404
    night.sweep.state, night.sweep.released_at = SweepState.SEALED, None
    client = sign_in("zheng")
    for path in ("live", "board", "stream"):
        assert client.get(f"/sweeps/{night.sweep.id}/{path}").status_code == 404


def test_a_stream_begins_with_what_was_missed_and_lets_go_of_its_place(night, session, sign_in, app):
    session.add(entry := said(session, night, Entry.SUPPORT, 5, stop=night.stops[0], words="被围住"))
    client = sign_in("zheng")
    feed = app.extensions["feed"]
    answer = client.get(f"/sweeps/{night.sweep.id}/stream?since=0", buffered=False)
    assert answer.mimetype == "text/event-stream"
    assert feed.viewers == 1
    first = next(iter(answer.response)).decode()
    number = next(line.removeprefix("id: ") for line in first.splitlines() if line.startswith("id: "))
    data = next(line.removeprefix("data: ") for line in first.splitlines() if line.startswith("data: "))
    assert int(number) == entry.number
    assert [alarm["words"] for alarm in json.loads(data)["alarms"]] == ["被围住"]
    answer.close()
    assert feed.viewers == 0


def test_one_viewer_too_many_is_told_to_ask_instead(night, session, sign_in, app, monkeypatch):
    client = sign_in("zheng")
    monkeypatch.setattr(app.extensions["feed"], "_most", 0)
    answer = client.get(f"/sweeps/{night.sweep.id}/stream", headers=JSON)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert board_of(client, night)["teams"]


def test_commands_change_the_board_and_refusals_name_their_field(night, session, sign_in):
    client = sign_in("zheng")
    stop, (first, second) = night.stops[0], night.teams
    asked = {"stop_id": stop.id, "team_id": second.id, "seen": first.id}
    to = f"/sweeps/{night.sweep.id}/live"
    assert client.post(f"{to}/reassign", data=asked, headers=JSON).status_code == 200
    again = client.post(f"{to}/reassign", data=asked, headers=JSON)
    assert again.status_code == 409
    assert "郑局" in again.json["message"]
    empty = client.post(f"{to}/message", data={"words": " "}, headers=JSON)
    assert (empty.status_code, list(empty.json["fields"])) == (422, ["words"])
    assert client.post(f"{to}/message", data={"words": "收队"}, headers=JSON).status_code == 200
    assert client.post(f"{to}/drop", data={"stop_id": "x", "words": "算了"}, headers=JSON).status_code == 422
    assert client.post(f"{to}/drop", data={"stop_id": stop.id, "words": "算了"}, headers=JSON).status_code == 200
    assert client.post(f"{to}/reopen", data={"stop_id": stop.id, "words": "再去"}, headers=JSON).status_code == 200
    call = said(session, night, Entry.SUPPORT, 5)
    asked = {"entry_id": call.id, "words": "已派人"}
    assert client.post(f"{to}/resolve", data=asked, headers=JSON).status_code == 200
    assert client.post(f"{to}/end", data={"words": "天亮了"}, headers=JSON).status_code == 200
    seen = board_of(client, night)
    assert seen["sweep"]["state"] == "finished"
    assert [row["kind"] for row in seen["entries"]] == [
        "reassigned", "message", "dropped", "reopened", "support", "resolved", "ended"
    ]  # fmt: skip


def test_what_is_asked_since_an_entry_holds_the_stop_as_it_is_now(night, session, sign_in):
    entry = said(session, night, Entry.ENTERED, 30, stop=night.stops[1], team=1)
    standing.apply(session, night.sweep, entry)
    seen = board_of(sign_in("zheng"), night, since=entry.number - 1)
    assert [row["id"] for row in seen["entries"]] == [str(entry.id)]
    assert {row["id"]: row["state"] for row in seen["stops"]}[str(night.stops[1].id)] == "entered"


def test_the_functions_that_tell_of_news_name_the_sweep_and_no_site(session):
    defined = session.scalars(
        text("select pg_get_functiondef(oid) from pg_proc where proname like 'tell\\_sweep%'")
    ).all()
    assert len(defined) == 3
    assert not any("site_id" in each for each in defined)
