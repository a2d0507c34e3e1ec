"""The desk shows a pseudonym, opens an identity once, and lists who opened it."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from inspections.intake.complainants import Complainant
from inspections.intake.tips import TipState
from inspections.registry.people import Role
from tests.complainants import WANG, make_complainant
from tests.factories import make_person

REASON = "核实补课地点，需回访"
SECRETS = (WANG.name, WANG.phone, WANG.address, WANG.contact)


@pytest.fixture
def complainant(session: Session) -> Complainant:
    for login, role in (("li", Role.DISPATCHER), ("liu", Role.DIRECTOR), ("sun", Role.AUDITOR)):
        make_person(session, role, login=login, name=login.title())
    return make_complainant(session, state=TipState.ASSIGNED)


def opened(client: FlaskClient, complainant: Complainant, reason: str = REASON) -> str:
    """The address of the opening that was asked for."""
    answer = client.post(f"/complainants/{complainant.id}/open", data={"reason": reason})
    assert answer.status_code == 303, answer.text
    return answer.location


def test_the_page_of_a_complainant_shows_a_pseudonym_and_no_more(sign_in, complainant: Complainant) -> None:
    page = sign_in("li").get(f"/complainants/{complainant.id}").text
    assert complainant.shown in page
    assert not any(each in page for each in SECRETS)


def test_a_reason_opens_it_once_and_the_page_is_kept_nowhere(sign_in, complainant: Complainant) -> None:
    client = sign_in("li")
    address = opened(client, complainant)
    assert not any(each in client.get(address).text for each in SECRETS)
    answer = client.post(f"{address}/read")
    assert all(each in answer.text for each in SECRETS)
    assert answer.headers["Cache-Control"] == "no-store"
    again = client.post(f"{address}/read")
    assert again.status_code == 409
    assert not any(each in again.text + client.get(address).text for each in SECRETS)


def test_without_a_reason_the_form_comes_back_with_the_error(sign_in, complainant: Complainant) -> None:
    answer = sign_in("li").post(f"/complainants/{complainant.id}/open", data={"reason": "看"})
    assert answer.status_code == 422
    assert "请写明查看的理由" in answer.text


def test_for_a_minor_the_director_approves_first(sign_in, session: Session, complainant: Complainant) -> None:
    child = make_complainant(session, is_minor=True)
    address = opened(sign_in("li"), child)
    client = sign_in("liu")
    assert 'class="count"' in client.get("/openings").text.partition('href="/openings"')[2][:300]
    assert client.post(f"{address}/decide", data={"reason": "好"}).status_code == 422
    assert client.post(f"{address}/decide", data={"decision": "grant"}).status_code == 303
    assert client.post(f"{address}/read").status_code == 403
    assert WANG.phone in sign_in("li").post(f"{address}/read").text


def test_the_auditor_finds_every_opening_and_refusal_and_no_identity(sign_in, complainant: Complainant) -> None:
    client = sign_in("li")
    address = opened(client, complainant)
    client.post(f"{address}/read")
    client.post(f"{address}/read")
    assert client.get("/openings").status_code == 403
    assert client.get("/openings.csv").status_code == 403
    client = sign_in("sun")
    assert client.post(f"/complainants/{complainant.id}/open", data={"reason": "想看看"}).status_code == 403
    page = client.get("/openings").text
    assert page.count(REASON) == 2
    assert "想看看" in page
    assert "系统拒绝" in page
    assert "已查看" in page
    assert client.get(f"/openings?q={complainant.pseudonym}").text.count(REASON) == 2
    assert "没有符合条件" in client.get("/openings?q=138001380").text
    table = client.get("/openings.csv").text
    assert REASON in table
    assert not any(each in page + table for each in SECRETS)


def test_deleting_on_request_waits_for_the_open_tip_and_says_why(
    sign_in, session: Session, complainant: Complainant
) -> None:
    client = sign_in("li")
    assert "还没有办结" in client.get(f"/complainants/{complainant.id}").text
    closed = make_complainant(session, state=TipState.UNFOUNDED)
    answer = client.post(f"/complainants/{closed.id}/forget", data={"why": "本人 11 月来电要求删除"})
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "身份信息已删除" in page
    assert closed.shown in page
    waiting = client.post(f"/complainants/{complainant.id}/forget", data={"why": "本人 11 月来电要求删除"})
    assert waiting.status_code == 409


def test_the_director_sets_how_long_identities_are_kept(sign_in, complainant: Complainant) -> None:
    client = sign_in("liu")
    assert "180 天" in client.get("/openings").text
    wrong = client.post("/openings/term", data={"days": "7", "term_reason": "县规定"})
    assert "请填 30 至 1095 天" in wrong.text
    assert client.post("/openings/term", data={"days": "90", "term_reason": "县教体局规定"}).status_code == 303
    assert "90 天" in client.get("/openings").text
    assert datetime.now(UTC).strftime("%Y") in client.get("/openings").text
