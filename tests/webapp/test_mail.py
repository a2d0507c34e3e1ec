"""E-mail files at the hotline's desk: looked at, then taken, each once."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from inspections.intake.complainants import Complainant
from inspections.intake.tip_files import TipFile
from inspections.intake.tips import Tip, TipChannel
from inspections.registry.people import Role
from tests.factories import make_person
from tests.mails import SENDER, make_mail, raw_mail

JSON = {"Accept": "application/json"}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n" \
      b"trailer<</Root 1 0 R>>\n%%EOF\n"  # fmt: skip
NAME, PHONE = "欧阳素秋", "13712345678"


@pytest.fixture
def client(session: Session, sign_in) -> FlaskClient:
    make_person(session, Role.OPERATOR, login="op")
    return sign_in("op")


def post(client: FlaskClient, what: str, mail: bytes, **form: Any) -> Any:
    return client.post(f"/hotline/mail/{what}", data=form | {"file": (io.BytesIO(mail), "a.eml")}, headers=JSON)


def take(client: FlaskClient, mail: bytes) -> Any:
    seen = post(client, "read", mail).json
    sender = {f"complainant_{name}": value for name, value in seen["sender"].items()}
    return post(client, "take", mail, text=seen["text"], wants_answer="1", **sender)


def test_a_mail_is_looked_at_before_anything_is_stored(client: FlaskClient, session: Session) -> None:
    seen = post(client, "read", make_mail("有人补课", ("广告.pdf", PDF, "application/pdf"))).json
    assert seen["text"] == "有人补课"
    assert seen["sender"] == {"name": NAME, "contact": SENDER, "phone": ""}
    assert seen["files"] == [{"name": "广告.pdf", "size": len(PDF)}]
    assert seen["known"] is None
    assert session.scalar(text("select count(*) from tips")) == 0


def test_a_taken_mail_is_a_tip_with_its_files_and_its_sender_sealed_out_of_the_text(
    client: FlaskClient, session: Session
) -> None:
    said = f"我是{NAME}，我的电话 137 1234 5678，回信 {SENDER}。老师电话 13900139000"
    files = (f"{NAME}拍的.pdf", PDF, "application/pdf"), ("病毒.exe", b"MZ\x90", "application/x-msdownload")
    answer = take(client, make_mail(said, *files))
    assert answer.status_code == 201
    assert len(answer.json["refused"]) == 1
    tip = session.scalars(select(Tip)).one()
    complainant = session.scalars(select(Complainant)).one()
    assert (tip.channel, tip.code, complainant.wants_answer) == (TipChannel.MAILBOX, answer.json["code"], True)
    assert "13900139000" in tip.text
    assert session.scalars(select(TipFile.name)).one() == "（已隐去）拍的.pdf"
    rows = session.execute(text("select t::text from tips t union all select f::text from tip_files f")).scalars()
    everything = "".join(rows) + answer.text
    assert not any(each in everything for each in (NAME, SENDER, "137 1234", PHONE))


def test_the_same_mail_is_taken_once_and_says_as_what(client: FlaskClient, session: Session) -> None:
    mail = make_mail()
    first = take(client, mail)
    assert post(client, "read", mail).json["known"] == first.json["code"]
    again = take(client, mail)
    assert (again.status_code, again.json["code"]) == (200, first.json["code"])
    assert session.scalar(text("select count(*) from tips")) == 1


def test_a_mail_of_gbk_and_html_is_stored_as_plain_words(client: FlaskClient, session: Session) -> None:
    mail = raw_mail("<p>朱镕老师</p><script>alert(1)</script>=cmd()".encode("gbk"), "text/html; charset=gb2312")
    assert take(client, mail).status_code == 201
    assert session.scalar(text("select text from tips")) == "朱镕老师\n=cmd()"


@pytest.mark.parametrize(("content", "status"), [(b"", 400), (b"no mail", 400), (b"PK\x03\x04", 400)])
def test_what_is_no_mail_is_said_and_others_go_on(client: FlaskClient, content: bytes, status: int) -> None:
    for what in ("read", "take"):
        answer = post(client, what, content, text="x")
        assert answer.status_code == status
        assert "不是邮件" in answer.json["message"]
    assert post(client, "read", make_mail()).status_code == 200
    assert client.post("/hotline/mail/read", headers=JSON).status_code == 422
