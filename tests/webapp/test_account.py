from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from inspections.registry import accounts
from inspections.registry.people import Role
from tests.factories import PASSWORD, make_person


def test_the_right_password_opens_the_map_for_the_office(sign_in, session: Session) -> None:
    make_person(session, Role.DISPATCHER, login="li")
    assert sign_in("li").get("/account/home").location == "/"


def test_a_field_person_lands_on_the_phone_page(sign_in, session: Session) -> None:
    make_person(session, Role.INSPECTOR, login="zhang")
    assert sign_in("zhang").get("/account/home").location == "/m"


def test_a_wrong_password_is_refused_in_words_that_do_not_tell_who_exists(client, session: Session) -> None:
    make_person(session, Role.DISPATCHER, login="li")
    session.commit()
    wrong = client.post("/account/sign-in", data={"login": "li", "password": "wrong"})
    unknown = client.post("/account/sign-in", data={"login": "nobody", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 401
    assert "登录名或密码不对" in wrong.text
    assert "登录名或密码不对" in unknown.text


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(client, session: Session) -> None:
    make_person(session, Role.DISPATCHER, login="li")
    session.commit()
    for _ in range(5):
        client.post("/account/sign-in", data={"login": "li", "password": "wrong"})
    answer = client.post("/account/sign-in", data={"login": "li", "password": PASSWORD})
    assert answer.status_code == 401
    assert "已锁定" in answer.text


def test_signing_out_ends_the_token_itself(sign_in, session: Session) -> None:
    make_person(session, Role.DISPATCHER, login="li")
    client: FlaskClient = sign_in("li")
    token = client.get_cookie("mingcha").value
    client.post("/account/sign-out")
    client.set_cookie("mingcha", token)
    assert client.get("/account/home").status_code == 302
    assert "/account/sign-in" in client.get("/account/home").location


def test_a_request_from_another_site_is_refused(sign_in, session: Session) -> None:
    make_person(session, Role.DISPATCHER, login="li")
    client = sign_in("li")
    answer = client.post("/account/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_the_password_and_token_never_stand_in_the_database(sign_in, session: Session) -> None:
    make_person(session, Role.DISPATCHER, login="li")
    token = sign_in("li").get_cookie("mingcha").value
    assert session.scalar(text("select password_hash from accounts")).startswith("$argon2id$")
    assert session.scalar(text("select count(*) from sign_ins where token_hash = :token"), {"token": token}) == 0


def test_a_sign_in_runs_out(session: Session) -> None:
    from datetime import UTC, datetime

    make_person(session, Role.DISPATCHER, login="li")
    now = datetime.now(UTC)
    token = accounts.begin_sign_in(session, "li", PASSWORD, "phone", now)
    assert isinstance(token, str)
    assert accounts.find_sign_in(session, token, now + timedelta(days=29)) is not None
    assert accounts.find_sign_in(session, token, now + timedelta(days=31)) is None
