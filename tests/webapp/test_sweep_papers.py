"""Papers of a sweep on the desk: who gets them, what they say, that they are kept nowhere."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from inspections.registry.people import Person, Role
from tests.factories import make_person
from tests.sweeps import Night, planned_sweep


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
