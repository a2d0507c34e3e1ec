from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from inspections.registry import accounts
from inspections.registry.people import Role, find_signed_in
from tests.factories import PASSWORD, make_person
from webapp.account import device_name


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
    assert find_signed_in(session, token, now + timedelta(days=29)) is not None
    assert find_signed_in(session, token, now + timedelta(days=31)) is None


NEW = "another horse 2026"


def change(client: FlaskClient, **form: str):
    filled = {"old": PASSWORD, "new": NEW, "again": NEW} | form
    return client.post("/account/password", data=filled)


def test_a_new_password_opens_and_the_old_one_does_not(sign_in, client, session: Session) -> None:
    make_person(session, Role.INSPECTOR, login="zhang")
    assert change(sign_in("zhang")).status_code == 302
    assert "新密码已生效" in client.get("/account/password?changed=1").text
    client.post("/account/sign-out")
    assert client.post("/account/sign-in", data={"login": "zhang", "password": PASSWORD}).status_code == 401
    assert client.post("/account/sign-in", data={"login": "zhang", "password": NEW}).status_code == 302


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"old": "wrong"}, "原密码不对"),
        ({"new": "short", "again": "short"}, "新密码至少 10 位"),
        ({"new": "zhang-zhang-zhang", "again": "zhang-zhang-zhang"}, "不能含有登录名"),
        ({"new": PASSWORD, "again": PASSWORD}, "不能与原密码相同"),
        ({"again": "something else"}, "两次输入的新密码不一样"),
    ],
)
def test_a_bad_new_password_is_refused_at_its_field(sign_in, session: Session, form, words: str) -> None:
    make_person(session, Role.INSPECTOR, login="zhang")
    answer = change(sign_in("zhang"), **form)
    assert answer.status_code == 422
    assert words in answer.text
    assert PASSWORD not in answer.text


def test_a_new_password_ends_the_other_devices(app, sign_in, session: Session) -> None:
    make_person(session, Role.INSPECTOR, login="zhang")
    other = sign_in("zhang")
    here = app.test_client()
    here.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    here.post("/account/sign-in", data={"login": "zhang", "password": PASSWORD})
    change(here)
    assert here.get("/account/password").status_code == 200
    assert "/account/sign-in" in other.get("/account/password").location


def test_an_initial_password_leads_to_its_change_and_nowhere_else(sign_in, session: Session) -> None:
    person = make_person(session, Role.INSPECTOR, login="zhang")
    session.get(accounts.Account, person.account_id).must_change_password = True
    client = sign_in("zhang")
    page = client.get("/m/nearby")
    assert page.location == "/account/password?next=/m/nearby"
    assert "请先修改密码" in client.get(page.location).text
    told = client.get("/api/v1/ping")
    assert told.status_code == 403
    assert "修改初始密码" in told.json["message"]
    change(client)
    assert client.get("/m/nearby").status_code == 200


def test_a_lost_phone_is_signed_out_from_another_device(app, sign_in, session: Session) -> None:
    person = make_person(session, Role.INSPECTOR, login="zhang")
    lost = sign_in("zhang")
    here = app.test_client()
    here.environ_base |= {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_USER_AGENT": "Mozilla (Windows NT 10) Edg/1"}
    here.post("/account/sign-in", data={"login": "zhang", "password": PASSWORD})
    account = session.get(accounts.Account, person.account_id)
    devices = accounts.list_sign_ins(session, account, account.created_at)
    other = next(each for each in devices if "Windows" not in each.device)
    assert "Windows · Edge" in here.get("/account/password").text
    assert here.post(f"/account/devices/{other.id}/end").status_code == 302
    assert "/account/sign-in" in lost.get("/account/home").location
    assert here.get("/account/home").location == "/m"


def test_nobody_ends_another_persons_device(app, sign_in, session: Session) -> None:
    zhang = make_person(session, Role.INSPECTOR, login="zhang")
    make_person(session, Role.INSPECTOR, login="li", name="李强")
    sign_in("zhang")
    account = session.get(accounts.Account, zhang.account_id)
    device = accounts.list_sign_ins(session, account, account.created_at)[0]
    thief = app.test_client()
    thief.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    thief.post("/account/sign-in", data={"login": "li", "password": PASSWORD})
    assert thief.post(f"/account/devices/{device.id}/end").status_code == 404
    assert device.ended_at is None


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 14; 2312) AppleWebKit Chrome/120 MicroMessenger/8.0", "Android · 微信"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Safari/604", "iPhone · Safari"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb Chrome/114", "HarmonyOS · Chrome"),
        ("<script>alert(1)</script>", "其他设备"),
    ],
)
def test_a_device_is_called_what_people_call_it(app, agent: str, name: str) -> None:
    with app.test_request_context():
        assert device_name(agent) == name


def test_who_tries_too_often_is_told_to_wait(app, client, session: Session) -> None:
    app.config["SIGN_INS_PER_MINUTE"] = 3
    make_person(session, Role.DISPATCHER, login="li")
    session.commit()
    for _ in range(3):
        client.post("/account/sign-in", data={"login": "nobody", "password": "wrong"})
    answer = client.post("/account/sign-in", data={"login": "li", "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert "操作太频繁" in answer.text
    assert client.get("/account/sign-in").status_code == 200
    elsewhere = {"REMOTE_ADDR": "10.0.0.9"}
    answer = client.post(
        "/account/sign-in", data={"login": "li", "password": PASSWORD}, environ_overrides=elsewhere
    )
    assert answer.status_code == 302


def test_a_guess_at_a_password_costs_what_rfc_9106_recommends() -> None:
    assert (
        PasswordHasher.from_parameters(accounts.COST).hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    )
