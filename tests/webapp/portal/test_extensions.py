"""A school asks for more time on its page, through both doors, without scripts."""

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.approvals import Approval, ApprovalState
from inspections.casework.invitations import token_of
from inspections.casework.inviting import invite
from inspections.casework.orders import items_of
from inspections.casework.proofs import Proof
from inspections.evidence.keys import KeyRing
from inspections.registry.people import Role
from tests.answers import PDF
from tests.factories import make_person
from tests.orders import AT, Case

KEYS = KeyRing.of(["test"]).link
NO_SCRIPT = {"Sec-Fetch-Site": "cross-site", "Origin": "null"}


@pytest.fixture
def case(session: Session) -> Case:
    case = Case(session, dispatcher="li", director="zhou")
    case.order = case.served()  # type: ignore[attr-defined]
    made = invite(session, case.director, case.order.id, KEYS, AT)
    case.link = f"/answer/{token_of(KEYS, made)}"  # type: ignore[attr-defined]
    case.own = f"/answer/orders/{case.order.id}"  # type: ignore[attr-defined]
    session.commit()
    return case


@pytest.fixture(autouse=True)
def _monday(monkeypatch) -> None:
    for module in ("webapp.desk.words", "webapp.desk.findings", "webapp.portal.doors", "webapp.portal.letters",
                   "webapp.portal.keeping"):  # fmt: skip
        monkeypatch.setattr(f"{module}.now", lambda: AT)


def send(client: FlaskClient, case, here: str, *, headers=None, **more) -> object:
    form_id = extension_form_id(client.get(here).text) if "form_id" not in more else more["form_id"]
    item = items_of(case.session, case.order)[0].item
    data = {"form_id": form_id, "extension": "1", f"take-{item.id}": "1", "days": "10", "name": "刘校长"}
    data |= {"reason": "消防改造施工未完，合同附后"} | more
    answer = client.post(here, data=data, headers=headers or {})
    answer.request.environ["wsgi.input"].close()
    return answer


def extension_form_id(page: str) -> str:
    at = page.index('name="extension"')
    return re.findall(r'name="form_id" value="([^"]+)"', page[:at])[-1]


def test_by_the_link_a_request_goes_to_the_leader_and_its_answer_comes_back(
    client: FlaskClient, session: Session, case, sign_in
) -> None:
    more = {"files-extension": (BytesIO(PDF), "施工合同.pdf")}
    answer = send(client, case, case.link, headers=NO_SCRIPT, **more)
    assert (answer.status_code, answer.location) == (303, f"{case.link}?asked=1")
    page = client.get(answer.location).text
    for words in ("延期申请已收到", "已申请延期 10 个工作日，等审批", "2026-12-14 前完成", "施工合同.pdf"):
        assert words in page
    approval = session.scalars(select(Approval)).one()
    zhou = sign_in("zhou")
    waiting = zhou.get("/approvals?asker=site&state=asked").text
    for words in ("消防改造施工未完", "单位", "刘校长"):
        assert words in waiting
    assert "消防改造" not in zhou.get("/approvals?asker=office").text
    desk = zhou.get(f"/findings/{approval.finding_id}").text
    assert desk.count("施工合同.pdf") == 2
    zhou.post(f"/approvals/{approval.id}/grant", data={"decision_reason": "同意一次"})
    page = client.get(case.link).text
    assert "同意延期到 2026-12-28" in page
    assert "2026-12-28 前完成" in page
    assert "同意一次" in page


def test_by_the_sign_in_a_refusal_is_read_with_its_reason(session: Session, case, sign_in) -> None:
    make_person(session, Role.SCHOOL_USER, site_id=case.site.id, login="liu", name="刘校长")
    session.commit()
    liu = sign_in("liu")
    answer = send(liu, case, case.own)
    assert (answer.status_code, answer.location) == (303, f"{case.own}?asked=1")
    approval = session.scalars(select(Approval)).one()
    assert approval.asked_by_id is not None
    zhou = sign_in("zhou")
    assert "单位" in zhou.get("/approvals").text
    zhou.post(f"/approvals/{approval.id}/refuse", data={"decision_reason": "须按原期限整改"})
    page = sign_in("liu").get(case.own).text
    assert "不同意延期，期限不变" in page
    assert "须按原期限整改" in page


def test_what_is_wrong_is_said_at_its_field_and_the_files_are_kept(client: FlaskClient, session, case) -> None:
    more = {"files-extension": [(BytesIO(PDF), "合同.pdf"), (BytesIO(b"MZ" + bytes(90)), "坏.exe")]}
    answer = send(client, case, case.link, headers=NO_SCRIPT, **more)
    assert answer.status_code == 422
    assert "坏.exe" in answer.text
    kept = session.scalars(select(Proof)).one()
    assert (kept.name, kept.submitted_at) == ("合同.pdf", None)
    wrong = send(client, case, case.link, headers=NO_SCRIPT, days="", reason="")
    assert wrong.status_code == 422
    for words in ("请填写 1 至 120 个工作日", "请写明理由，最多 500 字", "合同.pdf"):
        assert words in wrong.text
    assert extension_form_id(wrong.text) == str(kept.form_id)
    assert send(client, case, case.link, headers=NO_SCRIPT).status_code == 303
    assert session.scalars(select(Proof.submitted_at)).one() == AT


def test_a_form_sent_twice_is_one_request(client: FlaskClient, session, case) -> None:
    form_id = extension_form_id(client.get(case.link).text)
    for _ in range(2):
        assert send(client, case, case.link, headers=NO_SCRIPT, form_id=form_id).status_code == 303
    assert session.scalars(select(Approval.state)).all() == [ApprovalState.ASKED]
    changed = send(client, case, case.link, headers=NO_SCRIPT, form_id=form_id, days="30")
    assert (changed.status_code, "后来改动的内容没有登记" in changed.text) == (409, True)


def test_another_sites_problem_cannot_be_asked_for(client: FlaskClient, session, case) -> None:
    other = Case(session)
    foreign = items_of(session, other.served())[0].item
    session.commit()
    answer = send(client, case, case.link, headers=NO_SCRIPT, **{f"take-{foreign.id}": "1"})
    assert answer.status_code == 422
    assert session.scalars(select(Approval)).all() == []
