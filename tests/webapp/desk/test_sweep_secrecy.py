"""The page where command seals a sweep, sees what phones hold and starts it; and what others see of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.registry.people import Person, Role
from inspections.sweeps import releasing
from inspections.sweeps.packets import SweepPacket
from inspections.sweeps.sweeps import SweepState
from tests.factories import make_person
from tests.sweeps import KEYS, Night, planned_sweep, sealed_sweep

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def soon() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)


@pytest.fixture
def planner(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李晓东", login="li", phone="0793-3880001")


def page_of(night: Night, rest: str = "secrecy") -> str:
    return f"/sweeps/{night.sweep.id}/{rest}"


def test_the_page_says_what_is_wanting_and_then_seals(
    session: Session, sign_in: SignIn, planner: Person, soon: datetime
) -> None:
    night = planned_sweep(session, planner, starts_at=soon, login="m")
    night.sweep.meeting_point = ""
    client = sign_in("li")
    wanting = client.get(page_of(night))
    assert "还没有写集合地点" in wanting.text
    assert wanting.headers["Cache-Control"] == "no-store"
    assert "还没有写集合地点" in client.post(page_of(night, "seal")).text
    night.sweep.meeting_point = "县政府南门"
    session.commit()
    assert client.post(page_of(night, "seal")).status_code == 303
    sealed = client.get(page_of(night)).text
    assert "0 / 6" in sealed
    assert "还没有取包" in sealed
    assert "县政府南门集合" in sealed
    assert "第 1 版" in sealed


def test_a_code_is_shown_once_and_the_log_says_to_whom(
    session: Session, sign_in: SignIn, planner: Person, soon: datetime
) -> None:
    night = sealed_sweep(session, planner, starts_at=soon, now=datetime.now(UTC))
    client = sign_in("li")
    shown = client.post(page_of(night, f"packets/{night.teams[0].id}/code"))
    code = releasing.show_code(session, planner, KEYS, night.sweep.id, night.teams[0].id, soon)
    assert f"{code[:4]} {code[4:8]} {code[8:]}" in shown.text
    assert "现在念出去，这一组就能提前打开" in shown.text
    again = client.get(page_of(night)).text
    assert code[:4] not in again or f"{code[:4]} {code[4:8]}" not in again
    assert "查看了口令" in again


def test_starting_early_wants_a_reason_and_moving_a_moment_to_come(
    session: Session, sign_in: SignIn, planner: Person, soon: datetime
) -> None:
    night = sealed_sweep(session, planner, starts_at=soon, now=datetime.now(UTC))
    client = sign_in("li")
    refused = client.post(page_of(night, "start"), data={"which": "early", "reason": " "})
    assert "请写明理由" in refused.text
    past = client.post(
        page_of(night, "start/move"), data={"which": "move", "starts_at": "2020-01-01T10:00", "reason": "x"}
    )
    assert "启动时间要在现在之后" in past.text
    later = (soon + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M")  # an hour later, as China writes it
    client.post(page_of(night, "start/move"), data={"which": "move", "starts_at": later, "reason": "大雨"})
    session.refresh(night.sweep)
    assert night.sweep.starts_at - soon.replace(second=0) == timedelta(hours=1)
    client.post(page_of(night, "start"), data={"which": "early", "reason": "有人通风报信"})
    session.refresh(night.sweep)
    assert night.sweep.state is SweepState.RUNNING
    assert "启动后没有打开" not in client.get(page_of(night)).text
    assert "手机上没有密封包" not in client.get(page_of(night)).text  # nobody has an account here
    assert "由同组有账号的人带队" in client.get(page_of(night)).text


def test_a_replaced_packet_takes_the_old_code_away(
    session: Session, sign_in: SignIn, planner: Person, soon: datetime
) -> None:
    night = sealed_sweep(session, planner, starts_at=soon, now=datetime.now(UTC))
    team = night.teams[1]
    before = releasing.show_code(session, planner, KEYS, night.sweep.id, team.id, soon)
    assert sign_in("li").post(page_of(night, f"packets/{team.id}/replace")).status_code == 303
    assert releasing.show_code(session, planner, KEYS, night.sweep.id, team.id, soon) != before
    kept = session.scalars(select(SweepPacket).where(SweepPacket.team_id == team.id)).all()
    assert sorted(packet.revoked_at is None for packet in kept) == [False, True]


def test_the_list_of_who_knows_is_kept_by_who_is_on_it(
    session: Session, sign_in: SignIn, planner: Person, soon: datetime
) -> None:
    night = planned_sweep(session, planner, starts_at=soon)
    other = make_person(session, Role.DIRECTOR, name="刘明远", login="liu")
    client = sign_in("li")
    own = client.get(page_of(night))
    assert "刘明远" in own.text
    assert client.post(page_of(night, "knowing"), data={"person_id": ""}).status_code == 422
    assert client.post(page_of(night, "knowing"), data={"person_id": str(other.id)}).status_code == 303
    assert sign_in("liu").get(page_of(night)).status_code == 200


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.DISPATCHER, Role.AUDITOR])
def test_who_is_not_on_the_list_finds_no_such_page(
    session: Session, sign_in: SignIn, planner: Person, soon: datetime, role: Role
) -> None:
    night = sealed_sweep(session, planner, starts_at=soon, now=datetime.now(UTC))
    make_person(session, role, login="chen")
    client = sign_in("chen")
    assert client.get(page_of(night)).status_code == 404
    if role is not Role.AUDITOR:
        assert client.post(page_of(night, "unseal"), data={"reason": "x"}).status_code == 404
        assert client.post(page_of(night, f"packets/{night.teams[0].id}/code")).status_code == 404
