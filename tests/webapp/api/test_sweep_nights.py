import json
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from inspections.registry.people import Person, Role
from inspections.sweeps import commanding
from inspections.sweeps.sweeps import SweepMember
from inspections.sweeps.teams import Absence, SweepTeamMember
from tests.factories import NOW, make_person
from tests.nights import Night, fix, line, make_night


@pytest.fixture
def night(session) -> Night:
    return make_night(session, login="officer")


@pytest.fixture
def phone(sign_in, night) -> FlaskClient:
    return sign_in("officer0")


def post(phone: FlaskClient, path: str, body: Any) -> Any:
    return phone.post(f"/api/v1/{path}", data=json.dumps(body), content_type="application/json")


def test_each_line_has_an_outcome_of_its_own(phone, night) -> None:
    good, bad = line(night, "closed", night.stops[0]), line(night, "ended")
    answer = post(phone, "sweep-entries", {"entries": [good, bad, good]})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    taken, refused, again = answer.json["results"]
    assert (taken["id"], taken["outcome"], taken["stop"]["state"]) == (good["id"], "new", "closed")
    assert (refused["id"], refused["outcome"], refused["error"]) == (bad["id"], "refused", "Invalid")
    assert set(refused["fields"]) == {"kind"}
    assert (again["outcome"], again["number"]) == ("same", taken["number"])


@pytest.mark.parametrize("body", [{}, {"entries": {}}, {"entries": "x"}, []])
def test_a_body_without_lines_is_refused(phone, body) -> None:
    assert post(phone, "sweep-entries", body).status_code in {400, 422}


def test_positions_are_kept_on_duty_only(phone, night) -> None:
    told = {"sweep_id": str(night.sweep.id), "clock_offset_ms": 0, "fixes": [fix()]}
    assert post(phone, "sweep-positions", told).json == {"kept": 0}
    post(phone, "sweep-entries", {"entries": [line(night, "on_duty")]})
    assert post(phone, "sweep-positions", told).json == {"kept": 1}


def test_who_is_on_no_team_is_told_that_there_is_no_such_sweep(session, sign_in, night) -> None:
    make_person(session, Role.ENFORCER, name="外人", login="other")
    other = sign_in("other")
    [result] = post(other, "sweep-entries", {"entries": [line(night, "closed", night.stops[0])]}).json["results"]
    assert (result["error"], "stop" in result) == ("NotFound", False)
    assert post(other, "sweep-positions", {"sweep_id": str(night.sweep.id)}).status_code == 404


def state(phone: FlaskClient, night: Night, since: int = -1) -> Any:
    answer = phone.get(f"/api/v1/sweeps/{night.sweep.id}/state?since={since}")
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json


def test_a_phone_is_told_its_own_teams_stops_as_they_stand(phone, night) -> None:
    post(phone, "sweep-entries", {"entries": [line(night, "closed", night.stops[0]), line(night, "on_duty")]})
    told = state(phone, night)
    own = [(each["id"], each["state"], each["site"]["name"]) for each in told["stops"]]
    assert own == [
        (str(night.stops[0].id), "closed", "小太阳托管班0"),
        (str(night.stops[1].id), "waiting", "小太阳托管班1"),
    ]
    assert (told["on_duty"], told["team"]["name"], told["sweep"]["state"]) == (True, "第1组", "running")
    assert "小太阳托管班2" not in json.dumps(told, ensure_ascii=False)


def test_who_knows_all_is_told_nothing_again(phone, night) -> None:
    post(phone, "sweep-entries", {"entries": [line(night, "closed", night.stops[0])]})
    known = state(phone, night)["number"]
    assert set(state(phone, night, since=known)) == {"number", "server_time"}


def test_before_the_release_no_stop_is_named(session, sign_in) -> None:
    night = make_night(session, is_released=False, login="early")
    assert state(sign_in("early0"), night)["stops"] == []


def test_who_has_left_the_team_is_told_that_and_no_stop(session, phone, night) -> None:
    member = session.scalars(select(SweepTeamMember).where(SweepTeamMember.person_id == night.people[0].id)).one()
    member.left_at, member.absence = NOW, Absence.CALLED_AWAY
    session.flush()
    told = state(phone, night)
    assert (told["stops"], told["messages"], told["left_at"] is None) == ([], [], False)


def test_messages_are_for_the_team_or_for_all_and_are_told_as_seen_once_acknowledged(
    session, phone, night
) -> None:
    commander = session.get_one(Person, (night.sweep.county, night.sweep.planned_by_id))
    session.add(
        SweepMember(
            county=commander.county, sweep_id=night.sweep.id, person_id=commander.id, added_by_id=commander.id
        )
    )
    session.flush()
    to_all = commanding.message(session, commander, night.sweep.id, "注意安全", NOW)
    commanding.message(session, commander, night.sweep.id, "去后门", NOW, night.teams[1].id)
    commanding.reassign(session, commander, night.stops[0].id, night.teams[1].id, NOW, night.teams[0].id)
    told = state(phone, night)
    assert [(each["kind"], each["words"], each["is_seen"], each["is_taken"]) for each in told["messages"]] == [
        ("reassigned", "", False, True),
        ("message", "注意安全", False, False),
    ]
    assert told["messages"][0]["stop_name"] == "小太阳托管班0"
    assert [each["id"] for each in told["stops"]] == [str(night.stops[1].id)]
    post(phone, "sweep-entries", {"entries": [line(night, "reply", answers_id=to_all.id)]})
    assert [each["is_seen"] for each in state(phone, night)["messages"]] == [False, True]


def test_a_call_for_support_stays_open_until_command_has_settled_it(session, phone, night) -> None:
    commander = session.get_one(Person, (night.sweep.county, night.sweep.planned_by_id))
    calls = [line(night, "support", night.stops[0], support="crowd"), line(night, "support", support="other")]
    post(phone, "sweep-entries", {"entries": [*calls, line(night, "reply", undoes_id=calls[1]["id"])]})
    [told] = state(phone, night)["calls"]
    assert (told["id"], told["support"], told["resolved_at"]) == (calls[0]["id"], "crowd", None)
    commanding.resolve(session, commander, UUID(calls[0]["id"]), "民警已到场", NOW)
    news = state(phone, night)
    assert news["calls"][0]["resolved_at"] is not None
    assert [(each["kind"], each["words"]) for each in news["messages"]] == [("resolved", "民警已到场")]
