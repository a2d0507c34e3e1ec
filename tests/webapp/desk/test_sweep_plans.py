"""The planning map over HTTP: who reads it, what it keeps nowhere, and what two dispatchers are told."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from inspections.events import Event
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from inspections.sweeps.sweeps import Sweep, SweepMember
from tests.factories import COUNTY, PLACE, make_person, make_site

FORM = {
    "name": "周五联合行动",
    "day": "2098-11-28",
    "starts": "18:30",
    "ends": "21:00",
    "meets": "18:00",
    "meeting_point": "县政府南门",
}


@pytest.fixture
def planner(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, login="li", name="李强")


@pytest.fixture
def desk(planner: Person, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in("li")


@pytest.fixture
def sweep(desk: FlaskClient, session: Session) -> Sweep:
    answer = desk.post("/sweeps", data=FORM)
    assert answer.status_code == 303, answer.text
    assert answer.location.endswith("/plan")
    return session.scalars(select(Sweep)).one()


@pytest.fixture
def site(session: Session) -> Site:
    return make_site(session, PLACE, name="密语托管班", address="暗访路 7 号")


def step(desk: FlaskClient, sweep: Sweep, based_on: int, **given: Any) -> Any:
    return desk.post(
        f"/sweeps/{sweep.id}/plan/steps",
        json={"based_on": based_on, "step": given},
        headers={"Accept": "application/json"},
    )


def added(desk: FlaskClient, sweep: Sweep, site: Site, based_on: int = 0) -> dict[str, Any]:
    answer = step(desk, sweep, based_on, kind="add", site_ids=[str(site.id)])
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_a_form_that_is_wrong_comes_back_with_what_was_typed(desk: FlaskClient) -> None:
    answer = desk.post("/sweeps", data=FORM | {"ends": "soon", "purpose": "暑期专项"})
    assert answer.status_code == 422
    assert "请填写时间，例如 19:30" in answer.text
    assert "暑期专项" in answer.text


def test_a_stop_is_added_found_described_and_dropped(desk: FlaskClient, sweep: Sweep, site: Site) -> None:
    ring = [[PLACE[0] + x, PLACE[1] + y] for x, y in ((-0.01, -0.01), (0.01, -0.01), (0, 0.01))]
    offered = desk.post(f"/sweeps/{sweep.id}/plan/candidates", json={"kind": "area", "ring": ring})
    (candidate,) = offered.get_json()["candidates"]
    assert (candidate["name"], candidate["on_plan"]) == ("密语托管班", False)
    plan = added(desk, sweep, site)
    (stop,) = plan["stops"]
    assert (plan["revision"], stop["name"], stop["number"]) == (1, "密语托管班", 1)
    plan = step(desk, sweep, 1, kind="drop", stop_id=stop["id"], reason="停业").get_json()
    assert plan["dropped"] == [{"site_id": str(site.id), "name": "密语托管班", "reason": "停业"}]
    revisions = desk.get(f"/sweeps/{sweep.id}/plan/revisions").get_json()["revisions"]
    assert [each["number"] for each in revisions] == [2, 1]


def test_the_second_dispatcher_is_told_who_changed_what_and_may_do_it_again(
    desk: FlaskClient, sweep: Sweep, site: Site, session: Session
) -> None:
    added(desk, sweep, site)
    other = make_site(session, (PLACE[0] + 0.01, PLACE[1]), name="另一处")
    answer = step(desk, sweep, 0, kind="add", site_ids=[str(other.id)])
    assert answer.status_code == 409
    told = answer.get_json()
    assert told["changes"][0]["by"] == "李强"
    assert told["changes"][0]["differences"] == ["加入：密语托管班"]
    assert [each["name"] for each in told["plan"]["stops"]] == ["密语托管班"]
    plan = added(desk, sweep, other, told["plan"]["revision"])
    assert [each["name"] for each in plan["stops"]] == ["密语托管班", "另一处"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"kind": "drop", "stop_id": "01890a5d-ac96-774b-bcce-b302099a8057", "reason": ""}, 422),
        ({"kind": "drop", "stop_id": "01890a5d-ac96-774b-bcce-b302099a8057", "reason": "x"}, 409),
        ({"kind": "area", "ring": [[0, 0], [0, 0], [0, 0]]}, 422),
        ({"kind": "restore", "revision": 99}, 404),
        ({"kind": "nothing"}, 422),
    ],
)
def test_a_step_that_can_not_be_done_is_refused_in_words(
    desk: FlaskClient, sweep: Sweep, given: dict[str, Any], status: int
) -> None:
    answer = step(desk, sweep, 0, **given)
    assert answer.status_code == status
    assert answer.get_json()["message"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", json.dumps({"based_on": "1", "step": {}}).encode()])
def test_what_is_no_step_at_all_is_refused(desk: FlaskClient, sweep: Sweep, body: bytes) -> None:
    answer = desk.post(f"/sweeps/{sweep.id}/plan/steps", data=body, content_type="application/json")
    assert answer.status_code in (400, 422)


def test_nothing_of_the_plan_may_be_kept_by_a_browser(desk: FlaskClient, sweep: Sweep, site: Site) -> None:
    added(desk, sweep, site)
    for path in ("plan", "plan/content", "plan/revisions"):
        answer = desk.get(f"/sweeps/{sweep.id}/{path}")
        assert answer.headers["Cache-Control"] == "no-store", path
    page = desk.get(f"/sweeps/{sweep.id}/plan").text
    assert "密语" not in page  # the page itself names no site: the script asks for them


def test_who_is_not_on_the_list_finds_no_plan_and_no_targets(
    desk: FlaskClient, sweep: Sweep, site: Site, session: Session, sign_in: Callable[[str], FlaskClient]
) -> None:
    added(desk, sweep, site)
    make_person(session, Role.DIRECTOR, login="zhou", name="周局长")
    desk.post("/account/sign-out")
    other = sign_in("zhou")
    for path in ("plan", "plan/content", "plan/revisions", "edit", "copy"):
        assert other.get(f"/sweeps/{sweep.id}/{path}").status_code == 404, path
    assert step(other, sweep, 1, kind="area", ring=None).status_code == 404
    asked = other.post(f"/sweeps/{sweep.id}/plan/candidates", json={"kind": "named", "words": "密语"})
    assert asked.status_code == 404
    for path in ("/sweeps", f"/sweeps/{sweep.id}"):
        page = other.get(path)
        assert page.status_code == 200
        assert "周五联合行动" in page.text
        assert "密语" not in page.text
        assert str(site.id) not in page.text


def test_events_of_planning_name_no_site(desk: FlaskClient, sweep: Sweep, site: Site, session: Session) -> None:
    plan = added(desk, sweep, site)
    step(desk, sweep, 1, kind="approach", stop_id=plan["stops"][0]["id"], approach="密语托管班走后门")
    told = json.dumps([each.detail for each in session.scalars(select(Event).where(Event.subject == "sweeps"))])
    assert "revision" in told
    assert str(site.id) not in told
    assert "密语" not in json.loads(json.dumps(told))
    for table in ("sweeps", "sweep_plans", "sweep_members"):
        rows = session.execute(text(f"select t::text from {table} t")).scalars().all()
        assert not any("密语" in row or str(site.id) in row for row in rows), table


def test_a_sealed_sweep_of_two_people_is_planned_by_both(
    desk: FlaskClient, sweep: Sweep, site: Site, session: Session, sign_in: Callable[[str], FlaskClient]
) -> None:
    wang = make_person(session, Role.DISPATCHER, login="wang", name="王芳")
    planner = session.scalars(select(Person).where(Person.name == "李强")).one()
    session.add(SweepMember(county=COUNTY, sweep_id=sweep.id, person_id=wang.id, added_by_id=planner.id))
    added(desk, sweep, site)
    desk.post("/account/sign-out")
    other = sign_in("wang")
    plan = other.get(f"/sweeps/{sweep.id}/plan/content").get_json()
    assert [each["name"] for each in plan["stops"]] == ["密语托管班"]


def test_a_sweep_is_rearranged_copied_and_called_off(
    desk: FlaskClient, sweep: Sweep, site: Site, session: Session
) -> None:
    added(desk, sweep, site)
    page = desk.get(f"/sweeps/{sweep.id}/edit").text
    assert 'value="18:30"' in page
    answer = desk.post(f"/sweeps/{sweep.id}/edit", data=FORM | {"starts": "19:00"})
    assert answer.status_code == 303
    session.refresh(sweep)
    assert sweep.starts_at.hour == 11
    assert desk.post(f"/sweeps/{sweep.id}/edit", data=FORM | {"seen": "of long ago"}).status_code == 303
    session.refresh(sweep)
    assert sweep.starts_at.hour == 11  # the second was told, and nothing was changed
    copied = desk.post(f"/sweeps/{sweep.id}/copy", data=FORM | {"name": "再来一次"})
    assert copied.status_code == 303
    assert desk.post(f"/sweeps/{sweep.id}/cancel", data={"reason": ""}).status_code == 422
    assert desk.post(f"/sweeps/{sweep.id}/cancel", data={"reason": "大雨"}).status_code == 303
    listed = desk.get("/sweeps?state=cancelled").text
    assert "周五联合行动" in listed
    assert "再来一次" not in listed
    assert "大雨" in desk.get(f"/sweeps/{sweep.id}").text


def test_the_list_is_searched_and_sorted(desk: FlaskClient) -> None:
    for name in ("甲行动", "乙行动"):
        desk.post("/sweeps", data=FORM | {"name": name})
    page = desk.get("/sweeps?q=甲").text
    assert "甲行动" in page
    assert "乙行动" not in page
    assert "没有这样的行动" in desk.get("/sweeps?q=丙").text
    up = desk.get("/sweeps?sort=name&order=up").text
    assert desk.get("/sweeps?sort=planned_by_id&page=0").status_code == 200
    assert up.index("乙行动") != up.index("甲行动")
