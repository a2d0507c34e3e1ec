import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from inspections.registry.people import Role
from tests.factories import make_person
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
