"""Letters of departments and offices above, entered by hand with number and due day."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geo.times import local
from inspections.db import new_id
from inspections.intake.tips import Tip, TipChannel
from inspections.registry.people import Role
from tests.factories import make_person

DUE = f"{local(datetime.now(UTC) + timedelta(days=20)).date()}"


@pytest.fixture
def client(session: Session, sign_in) -> FlaskClient:
    make_person(session, Role.DISPATCHER, login="li")
    return sign_in("li")


def letter(**values: str) -> dict[str, str]:
    return {
        "id": str(new_id()), "channel": "department", "reference": "市监转〔2026〕12号", "due_on": DUE,
        "reference_from": "县市场监管局", "text": "转来群众反映：王秀英称 3 栋补课，电话 13712345678",
        "complainant_name": "王秀英", "complainant_phone": "13712345678",
    } | values  # fmt: skip


def test_a_letter_becomes_a_tip_with_its_number_sender_and_due_day(client: FlaskClient, session: Session) -> None:
    answer = client.post("/hotline/letters", data=letter())
    assert answer.status_code == 303
    tip = session.scalars(select(Tip)).one()
    assert (tip.channel, tip.reference, tip.reference_from) == (
        TipChannel.DEPARTMENT,
        "市监转〔2026〕12号",
        "县市场监管局",
    )
    assert tip.due_at
    assert f"{local(tip.due_at):%Y-%m-%d %H:%M}" == f"{DUE} 18:00"
    assert "137" not in tip.text
    assert tip.code in client.get(answer.location).text


def test_the_same_number_of_the_same_office_is_taken_once(client: FlaskClient, session: Session) -> None:
    first = letter()
    assert client.post("/hotline/letters", data=first).status_code == 303
    assert client.post("/hotline/letters", data=first).status_code == 303
    again = client.post("/hotline/letters", data=letter())
    assert again.status_code == 422
    assert "已经登记过" in again.text
    assert client.post("/hotline/letters", data=letter(reference_from="县公安局")).status_code == 303
    assert session.scalar(text("select count(*) from tips")) == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"channel": "web"}, "请选择来文的是谁"),
        ({"reference_from": " "}, "请填写来文单位"),
        ({"due_on": "明天"}, "日期要写成"),
        ({"due_on": "2020-01-01"}, "今天以后"),
        ({"due_on": "9999-12-31"}, "今天以后"),
        ({"text": ""}, "请写下反映的情况"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_stays(
    client: FlaskClient, session: Session, wrong: dict[str, str], said: str
) -> None:
    answer = client.post("/hotline/letters", data=letter(place="青云路", **wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert "青云路" in answer.text
    assert session.scalar(text("select count(*) from tips")) == 0
