"""The hotline's screen: taking a call, its receipt code, and who opens what."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.intake.complainants import Complainant
from inspections.intake.tip_moves import TipMove, TipMoveKind
from inspections.intake.tips import Tip, TipChannel
from inspections.registry.people import Person, Role
from inspections.registry.sites import SiteKind
from tests.factories import make_person, make_site, make_tip

JSON = {"Accept": "application/json"}
CALLER = {"complainant_name": "王秀英", "complainant_phone": "138 0013 8000"}


@pytest.fixture
def operator(session: Session) -> Person:
    return make_person(session, Role.OPERATOR, login="op", name="吴接线")


@pytest.fixture
def client(operator: Person, sign_in) -> FlaskClient:
    return sign_in("op")


def call(**values: Any) -> dict[str, Any]:
    return {"id": str(new_id()), "text": "3 栋 502 晚上有人补课，电话 13900139000"} | values


def take(client: FlaskClient, given: dict[str, Any]) -> Any:
    return client.post("/hotline/calls", json=given, headers=JSON)


def test_an_operator_comes_to_the_screen_and_to_nothing_else_of_the_desk(client: FlaskClient) -> None:
    assert client.get("/account/home").location == "/hotline"
    page = client.get("/hotline")
    assert page.headers["Cache-Control"] == "no-store"
    for shut in ("/", "/tips", "/sites", "/openings", "/api/v1/search?q=a", "/api/v1/tips.geojson"):
        assert client.get(shut).status_code == 403, shut
        assert f'href="{shut}"' not in page.text.partition("desk-main")[0], shut
    assert client.get("/api/v1/areas/county.geojson").status_code == 200


def test_a_call_becomes_a_tip_with_a_receipt_code_and_a_sealed_caller(
    client: FlaskClient, session: Session
) -> None:
    answer = take(client, call(category="after_care", clue_teacher="陈老师", names_minor=True, **CALLER))
    assert answer.status_code == 201
    tip = session.scalars(select(Tip)).one()
    assert (tip.channel, tip.names_minor, str(tip.id)) == (TipChannel.HOTLINE, True, answer.json["id"])
    assert len(answer.json["receipt_code"].split("-")) == 3
    complainant = session.scalars(select(Complainant)).one()
    assert answer.json["pseudonym"] == complainant.shown
    assert not complainant.is_minor


def test_the_same_call_sent_again_is_one_tip_with_one_code(client: FlaskClient, session: Session) -> None:
    given = call(**CALLER)
    first, second = take(client, given), take(client, given)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert session.scalar(text("select count(*) from tips")) == 1
    assert take(client, given | {"text": "别的事"}).status_code == 409


def test_the_callers_number_in_the_words_is_masked_and_is_no_clue_and_the_sites_number_stays(
    client: FlaskClient, session: Session
) -> None:
    said = "我是王秀英，电话 13800138000；他们的电话 13900139000"
    answer = take(client, call(text=said, place="王秀英家楼下", **CALLER))
    stored = session.execute(text("select text, place from tips")).one()
    assert "13900139000" in stored.text
    assert not any(each in str(stored) + answer.text for each in ("王秀英", "13800138000"))
    assert session.scalars(text("select value from clues")).all() == ["13900139000"]


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"text": " "}, {"text"}),
        ({"text": "长" * 5001}, {"text"}),
        ({"complainant_phone": "一三八"}, {"complainant_phone"}),
        ({"text": "", "complainant_name": "王" * 51}, {"text", "complainant_name"}),
        ({"lon": "28.69", "lat": "117.07"}, {"place"}),
        ({"lon": "NaN", "lat": "1"}, {"place"}),
        ({"category": "moon"}, {"category"}),
        ({"clue_phone": "1" * 101}, {"clue_phone"}),
    ],
)
def test_what_is_wrong_is_named_field_by_field_and_nothing_is_stored(
    client: FlaskClient, session: Session, wrong: dict[str, str], fields: set[str]
) -> None:
    answer = take(client, call(**wrong))
    assert answer.status_code == 422
    assert set(answer.json["fields"]) == fields
    assert session.scalar(text("select count(*) from tips")) == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"text":"a","text":"b"}', b'{"lon": 1e999}'])
def test_a_body_that_is_no_call_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/hotline/calls", data=body, content_type="application/json", headers=JSON)
    assert answer.status_code in {400, 422}


def test_without_a_script_the_form_leads_to_the_code_and_a_mistake_comes_back_with_what_was_typed(
    client: FlaskClient,
) -> None:
    wrong = client.post("/hotline/calls", data=call(text="", place="青云路<b>", **CALLER))
    assert wrong.status_code == 422
    assert "请写下反映的情况" in wrong.text
    assert "青云路&lt;b&gt;" in wrong.text
    given = call(**CALLER)
    taken = client.post("/hotline/calls", data=given)
    assert taken.status_code == 303
    page = client.get(taken.location).text
    assert "call-plain" in page
    assert "138 0013 8000" not in page


def test_scripts_and_formulas_in_a_call_stay_text(client: FlaskClient, session: Session) -> None:
    said = "=HYPERLINK(1) <script>alert(1)</script> 𠮷田\x00培训"
    taken = take(client, call(text=said)).json
    assert session.scalar(text("select text from tips")) == said.replace("\0", "")
    page = client.get("/hotline").text + client.get(f"/hotline/calls/{taken['id']}").text
    assert "<script>alert" not in page
    assert "𠮷" in page


def test_the_day_shows_the_own_calls_and_no_others(client: FlaskClient, session: Session) -> None:
    take(client, call(text="自己接的"))
    other = make_person(session, Role.OPERATOR, name="同事")
    make_tip(session, channel=TipChannel.HOTLINE, taken_by_id=other.id, text="同事接的")
    strange = make_tip(session, text="网上来的")
    session.commit()
    page = client.get("/hotline").text
    assert "自己接的" in page
    assert "同事接的" not in page
    assert client.get(f"/hotline/calls/{strange.id}").status_code == 404


def test_schools_are_found_by_parts_of_their_names(client: FlaskClient, session: Session) -> None:
    make_site(session, kind=SiteKind.SCHOOL, name="陈营镇中心小学")
    make_site(session, kind=SiteKind.SCHOOL, name="城北中学", place=None)
    make_site(session, name="小学旁的托管班")
    session.commit()
    assert [each["name"] for each in client.get("/hotline/schools?q=小学").json["schools"]] == ["陈营镇中心小学"]
    assert client.get("/hotline/schools?q=%25").json["schools"] == []
    assert client.get("/hotline/schools?q=城 中").json["schools"][0]["lon"] is None


def test_hints_come_for_what_is_typed_and_the_callers_own_number_is_none(
    client: FlaskClient, session: Session
) -> None:
    take(client, call(text="万达 B 座 9 楼周末补习，老师电话 13900139000"))
    found = client.post("/hotline/hints", json=call(text="写字楼里的，电话 139 0013 9000")).json["hints"]
    assert found[0]["likely"] in {True, False}
    assert "13900139000" in "".join(found[0]["reasons"]).replace(" ", "")
    own = call(text="电话 139 0013 9000", complainant_phone="13900139000")
    assert client.post("/hotline/hints", json=own).json["hints"] == []
    assert client.post("/hotline/hints", json={"id": "x"}).json["hints"] == []


def test_whoever_takes_a_call_may_say_which_tip_tells_the_same(client: FlaskClient, session: Session) -> None:
    first = take(client, call()).json
    take(client, call(text="又有人打来说这件事", same_as=first["code"]))
    take(client, call(text="没有这个编号的", same_as="000000-XXXXXX"))
    notes = session.scalars(select(TipMove).where(TipMove.kind == TipMoveKind.NOTE)).all()
    assert [first["code"] in each.note for each in notes] == [True]
