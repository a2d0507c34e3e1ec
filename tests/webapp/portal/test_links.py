import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import docx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.invitations import Invitation, token_of
from inspections.casework.inviting import invite, revoke
from inspections.casework.orders import items_of
from inspections.casework.proofs import Proof
from inspections.casework.responses import Response, ResponseState
from inspections.casework.reviewing import send_back
from inspections.evidence.blobs import Blob
from inspections.evidence.keys import KeyRing
from inspections.registry.people import Role
from tests.answers import PDF, answer_form, package
from tests.factories import make_person, make_site
from tests.orders import AT, Case

KEYS = KeyRing.of(["test"]).link
NEVER = "A" * 32


@pytest.fixture
def case(session: Session) -> Case:
    case = Case(session, dispatcher="li", director="zhou")
    case.order = case.served()  # type: ignore[attr-defined]
    case.made = invite(session, case.director, case.order.id, KEYS, AT)  # type: ignore[attr-defined]
    case.here = f"/answer/{token_of(KEYS, case.made)}"  # type: ignore[attr-defined]
    session.commit()
    return case


@pytest.fixture(autouse=True)
def _monday(monkeypatch) -> None:
    for module in ("webapp.desk.words", "webapp.portal.doors", "webapp.portal.letters", "webapp.portal.files"):
        monkeypatch.setattr(f"{module}.now", lambda: AT)


def send(client: FlaskClient, case, **more) -> object:
    """The form as a phone without scripts sends it: no origin, no fetch metadata."""
    page = client.get(case.here).text
    form_id = re.search(r'name="form_id" value="([^"]+)"', page)[1]
    data = answer_form(case.session, case.order) | {"form_id": form_id} | more
    answer = client.post(case.here, data=data, headers={"Sec-Fetch-Site": "cross-site", "Origin": "null"})
    answer.request.environ["wsgi.input"].close()  # what is large lies in a file of the test client
    return answer


def test_a_link_opens_the_letter_without_an_account(client: FlaskClient, case) -> None:
    answer = client.get(case.here)
    assert answer.status_code == 200
    for words in (
        "整改通知书",
        "20:30 以后仍在授课",
        "立即停止学科类培训",
        "2026-12-14 前完成",
        "0793-1234567",
        "提交报告",
    ):
        assert words in answer.text
    assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_the_letter_shows_nothing_but_its_order(client: FlaskClient, session: Session, case) -> None:
    case.find("别的检查发现的别的问题")
    other = make_site(session, name="隔壁的培训中心")
    case.check.site_id, case.check.summary = case.check.site_id, "内部记录：有人举报"
    session.commit()
    page = client.get(case.here).text
    rows = (case.check, case.site, case.findings[0], other, case.dispatcher)
    words = ("别的检查发现的别的问题", "隔壁的培训中心", "内部记录", "/api/", "/sites", "/orders/")
    for secret in (*words, *(str(each.id) for each in rows)):
        assert secret not in page, secret


def test_a_report_is_sent_without_scripts_and_read_at_the_desk(client, session, case, sign_in) -> None:
    item = items_of(session, case.order)[0].item.id
    photo = (BytesIO(PDF), "整改情况报告.pdf")
    answer = send(client, case, **{f"files-{item}": photo, "text": "请领导审阅"})
    assert (answer.status_code, answer.location) == (303, f"{case.here}?sent=1")
    page = client.get(answer.location).text
    assert "报告已收到" in page
    assert "提交报告" not in page
    assert "正在审核" in page
    response = session.scalars(select(Response)).one()
    assert (response.person_id, response.invitation_id) == (None, case.made.id)
    li = sign_in("li")
    desk = li.get(f"/orders/{case.order.id}").text
    for words in ("刘校长", "已停课并清退费用", "整改情况报告.pdf", "请领导审阅", "扫码提交", "接收并派人复查"):
        assert words in desk
    assert "待审核" in li.get("/responses?state=submitted").text


def test_the_desk_returns_a_report_and_accepts_the_next(client: FlaskClient, session, case, sign_in) -> None:
    send(client, case)
    first = session.scalars(select(Response)).one()
    li = sign_in("li")
    refused = li.post(f"/responses/{first.id}/return", data={"return_reason": " "})
    assert refused.status_code == 422
    assert "请写明退回的原因" in refused.text
    li.post(f"/responses/{first.id}/return", data={"return_reason": "第二项请附照片"})
    page = client.get(case.here).text
    assert "上一份报告被退回" in page
    assert "第二项请附照片" in page
    assert send(client, case).status_code == 303
    second = session.scalars(select(Response).where(Response.state == ResponseState.SUBMITTED)).one()
    wrong = li.post(f"/responses/{second.id}/accept", data={"assignee_id": "", "due_on": "2026-11-30"})
    assert (wrong.status_code, "请选择承办人" in wrong.text) == (422, True)
    form = {"assignee_id": str(case.officers[0].id), "due_on": "2026-11-30"}
    assert li.post(f"/responses/{second.id}/accept", data=form).status_code == 303
    assert "接收报告不等于销号" in client.get(case.here).text
    assert f"复查：{case.order.number_text}" in li.get("/tasks").text


def test_wrong_links_find_nothing_and_are_counted(app: Flask, client: FlaskClient, case) -> None:
    app.config["SIGN_INS_PER_MINUTE"] = 5
    for n in range(5):
        answer = client.get(f"/answer/{n:032}")
        assert answer.status_code == 404
        assert "没有这个链接" in answer.text
        assert "整改" not in answer.text
    assert client.get(f"/answer/{NEVER}").status_code == 429
    assert client.post(f"/answer/{NEVER}/files").status_code == 429
    assert client.get(case.here).status_code == 429


def test_right_links_are_not_counted_as_guesses(app: Flask, client: FlaskClient, case) -> None:
    app.config["SIGN_INS_PER_MINUTE"] = 2
    assert {client.get(case.here).status_code for _ in range(6)} == {200}


def test_an_ended_link_says_whom_to_phone(client: FlaskClient, session: Session, case, monkeypatch) -> None:
    monkeypatch.setattr("webapp.portal.doors.now", lambda: AT + timedelta(days=200))
    late = client.get(case.here)
    assert (late.status_code, "已于 2027-03-23 到期。请联系李调度，电话 0793-1234567" in late.text) == (410, True)
    assert "20:30" not in late.text
    monkeypatch.setattr("webapp.portal.doors.now", lambda: AT)
    revoke(session, case.dispatcher, case.made.id, "遗失", AT)
    session.commit()
    for answer in (client.get(case.here), client.post(case.here, data={"form_id": NEVER})):
        assert (answer.status_code, "已停用。请联系李调度" in answer.text) == (410, True)
    assert session.scalars(select(Response)).all() == []


def test_the_token_is_in_no_log(client: FlaskClient, case, caplog, capfd) -> None:
    caplog.set_level("DEBUG")
    token = case.here.rsplit("/", 1)[1]
    client.get(case.here)
    send(client, case)
    client.post(f"{case.here}/files", headers={"Tus-Resumable": "1.0.0"})
    client.get(f"/answer/{token[:-1]}!")
    client.get(f"{case.here}/nothing")
    out = capfd.readouterr()
    assert token not in caplog.text + out.out + out.err


def test_a_file_that_is_refused_leaves_the_others_and_the_words(client: FlaskClient, session, case) -> None:
    item = items_of(session, case.order)[0].item.id
    files = [
        (BytesIO(PDF), "一.pdf"),
        (BytesIO(b"<script>alert(1)</script>"), "坏<b>.html"),
        (BytesIO(b""), "空.jpg"),
    ]
    answer = send(client, case, **{f"files-{item}": files, f"done-{item}": "已经写了很多字"})
    assert answer.status_code == 422
    for words in (
        "“坏&lt;b&gt;.html”是网页",
        "“空.jpg”是空文件",
        "一.pdf",
        "已经写了很多字",
        "已收下的文件都还在",
    ):
        assert words in answer.text, words
    assert [each.name for each in session.scalars(select(Proof))] == ["一.pdf"]
    assert session.scalars(select(Response)).all() == []
    assert "一.pdf" in client.get(case.here).text
    assert send(client, case).status_code == 303
    assert session.scalars(select(Proof)).one().submitted_at is not None


def test_a_form_without_words_says_each_field_and_keeps_its_files(client: FlaskClient, session, case) -> None:
    item = items_of(session, case.order)[0].item.id
    blank = {"name": "", "telephone": "", f"done-{item}": "", f"claim-{item}": ""}
    answer = send(client, case, **blank, **{"files-": (BytesIO(PDF), "总.pdf")})
    assert answer.status_code == 422
    for words in (
        "请填写填报人的姓名",
        "请填写联系电话",
        "请选择整改到了哪一步",
        "请写明采取了哪些措施",
        "总.pdf",
    ):
        assert words in answer.text


def test_two_hundred_megabytes_are_named_and_what_fits_is_kept(client, session, case, tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.write(b"\x00\x00\x00\x18ftypmp42")
        file.truncate(190_000_000)
    with large.open("rb") as film:
        answer = send(client, case, **{"files-": [(BytesIO(PDF), "一.pdf"), (film, "全程录像.mp4")]})
    assert answer.status_code == 422
    assert "“全程录像.mp4”加上它超过一份报告的总量上限 100 MB，没有收下" in answer.text
    assert "共 100 MB" in answer.text
    assert [each.name for each in session.scalars(select(Proof))] == ["一.pdf"]


def test_more_than_can_be_looked_at_is_refused_whole(app: Flask, client: FlaskClient, session, case) -> None:
    app.config["MAX_ANSWER_BYTES"] = 1_000_000
    said = {"CONTENT_LENGTH": "5000000", "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = client.post(case.here, environ_overrides=said)
    assert answer.status_code == 413
    assert "这一次的内容超过 2 MB，没有收下；以前传好的文件都还在" in answer.text


def test_the_same_form_twice_is_one_report(client: FlaskClient, session: Session, case) -> None:
    page = client.get(case.here).text
    form_id = re.search(r'name="form_id" value="([^"]+)"', page)[1]
    form = answer_form(session, case.order) | {"form_id": form_id}
    assert [client.post(case.here, data=form).status_code for _ in range(3)] == [303] * 3
    assert len(session.scalars(select(Response)).all()) == 1
    changed = client.post(case.here, data=form | {"name": "别人"})
    assert (changed.status_code, "后来改动的内容没有登记" in changed.text) == (409, True)


@pytest.mark.parametrize("name", ["form_id", "nothing"])
def test_a_form_of_another_making_is_refused(client: FlaskClient, case, name: str) -> None:
    answer = client.post(case.here, data=answer_form(case.session, case.order) | {name: "x", "form_id": "x"})
    assert (answer.status_code, "刷新页面" in answer.text) == (422, True)


def test_proof_is_handed_out_as_a_file_and_never_opened(client: FlaskClient, session, case, sign_in) -> None:
    polyglot = PDF[:9] + b"<script>alert(document.domain)</script>" + PDF[9:]
    macros = package("word", "word/vbaProject.bin")
    files = [(BytesIO(polyglot), "“报告”.pdf"), (BytesIO(macros), "表.docm")]
    assert send(client, case, **{"files-": files}).status_code == 303
    li = sign_in("li")
    assert "含宏，请在隔离的电脑上打开" in li.get(f"/orders/{case.order.id}").text
    for proof in session.scalars(select(Proof)):
        answer = li.get(f"/proofs/{proof.id}", buffered=True)
        assert answer.data in {polyglot, macros}
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    # who sent it by link can't fetch it back
    assert client.get(f"{case.here}/proofs/{proof.form_id}/{proof.id}").status_code in {404, 405}


def test_the_paper_and_its_preview_carry_the_code(client: FlaskClient, session: Session, case, sign_in) -> None:
    from inspections.casework.invitations import printed_code

    li = sign_in("li")
    page = li.get(f"/orders/{case.order.id}").text
    assert 'class="qr"' in page
    assert f"http://localhost{case.here}" in page
    document = docx.Document(BytesIO(li.get(f"/orders/{case.order.id}/paper").data))
    pictures = [
        part.blob for part in document.part.package.iter_parts() if part.partname.startswith("/word/media")
    ]
    assert pictures == [printed_code(f"http://localhost{case.here}")]
    assert case.here in document.tables[-1].rows[0].cells[1].text
    assert "answer" not in str(case.order.content)  # the frozen words know nothing of it


def test_the_public_address_stands_on_the_paper(app: Flask, case, sign_in) -> None:
    app.config["PUBLIC_URL"] = "https://mingcha.example.cn/"
    assert f"https://mingcha.example.cn{case.here}" in sign_in("li").get(f"/orders/{case.order.id}").text


def test_a_link_is_made_with_the_issue_and_anew_at_the_desk(client, session: Session, case, sign_in) -> None:
    case.findings = [case.find("又一个问题")]
    draft = case.drafted()
    zhou = sign_in("zhou")
    assert zhou.post(f"/orders/{draft.id}/issue").status_code == 303
    of_it = select(Invitation).where(Invitation.order_id == draft.id)
    assert session.scalars(of_it).one().revoked_at is None
    assert zhou.post(f"/orders/{draft.id}/link").status_code == 303
    session.expire_all()
    made = session.scalars(of_it.order_by(Invitation.id)).all()
    assert [each.revoked_at is None for each in made] == [False, True]
    wrong = zhou.post(f"/links/{made[1].id}/revoke", data={"link_reason": ""})
    assert (wrong.status_code, "请写明停用链接的原因" in wrong.text) == (422, True)
    assert zhou.post(f"/links/{made[1].id}/revoke", data={"link_reason": "寄丢了"}).status_code == 303
    assert "没有可用的链接" in zhou.get(f"/orders/{draft.id}").text


def test_a_head_signs_in_and_answers_the_own_orders(client: FlaskClient, session, case, sign_in) -> None:
    make_person(session, Role.INSTITUTION_USER, login="liu", name="刘校长", site_id=case.site.id)
    liu = sign_in("liu")
    assert client.get("/account/home").location == "/answer"
    page = liu.get("/answer").text
    assert case.order.number_text in page
    assert "待回复" in page
    own = f"/answer/orders/{case.order.id}"
    form_id = re.search(r'name="form_id" value="([^"]+)"', liu.get(own).text)[1]
    sent = liu.post(own, data=answer_form(session, case.order) | {"form_id": form_id})
    assert (sent.status_code, sent.location) == (303, f"{own}?sent=1")
    assert "待审核" in liu.get("/answer").text
    response = session.scalars(select(Response)).one()
    assert response.person_id is not None
    for page in ("/", "/orders", f"/orders/{case.order.id}", "/m", f"/proofs/{response.id}"):
        assert liu.get(page, headers={"Accept": "application/json"}).status_code == 403


def test_an_officer_has_no_letters(client: FlaskClient, session: Session, case, sign_in) -> None:
    li = sign_in("li")
    assert li.get("/answer", headers={"Accept": "application/json"}).status_code == 403
    assert li.get(f"/answer/orders/{case.order.id}", headers={"Accept": "application/json"}).status_code == 403


def test_a_returned_report_stays_in_view(client: FlaskClient, session: Session, case) -> None:
    send(client, case)
    send_back(session, case.dispatcher, session.scalars(select(Response)).one().id, "请补照片", AT)
    session.commit()
    page = client.get(case.here).text
    assert page.count("已停课并清退费用，收据见附件") == 2  # both items of the returned one, for reading
    assert "审核意见：请补照片" in page


def test_blobs_of_guests_belong_to_nobody(client: FlaskClient, session: Session, case) -> None:
    send(client, case, **{"files-": (BytesIO(PDF), "一.pdf")})
    assert session.scalars(select(Blob)).one().received_from_id is None
