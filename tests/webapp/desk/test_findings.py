from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.approvals import Approval, ApprovalState
from inspections.casework.case_officers import CaseOfficers
from inspections.casework.findings import FindingState
from inspections.casework.invitations import Guest
from inspections.casework.inviting import invite
from inspections.casework.orders import Order, OrderKind
from inspections.casework.penalising import note_penalty
from inspections.casework.rechecks import RecheckOutcome
from inspections.casework.recusals import Recusal, RecusalState
from inspections.casework.responding import submit
from inspections.casework.reviewing import accept
from inspections.casework.steps import Step
from inspections.registry.people import Role
from tests.answers import KEYS, answer_form
from tests.casefile import HOSTILE, make_photo
from tests.factories import PASSWORD, make_person
from tests.inspections.casework.test_measures import FINE
from tests.orders import AT, LATER, Case


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session, dispatcher="li", director="zhou")


def signed_in(app: Flask, session: Session, login: str) -> FlaskClient:
    session.commit()
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    assert client.post("/account/sign-in", data={"login": login, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def li(app: Flask, case: Case, session: Session) -> FlaskClient:
    return signed_in(app, session, "li")


@pytest.fixture
def zhou(app: Flask, case: Case, session: Session) -> FlaskClient:
    return signed_in(app, session, "zhou")


@pytest.fixture(autouse=True)
def clock(monkeypatch) -> Callable[..., None]:
    """The desk's clock stands at the day of the cases, until it is set."""

    def stand(at=AT) -> None:
        for module in ("webapp.desk.words", "webapp.desk.findings", "webapp.desk.orders"):
            monkeypatch.setattr(f"{module}.now", lambda: at)

    stand()
    return stand


def path(case: Case, more: str = "") -> str:
    return f"/findings/{case.findings[0].id}{more}"


def test_the_next_step_stands_at_the_top_through_the_whole_case(li, zhou, case, session, clock) -> None:
    finding = case.findings[0]
    finding.state = FindingState.PROPOSED
    assert "等督学或专班确认" in li.get(path(case)).text
    answer = li.post(path(case, "/confirm"), data={"page": "finding"})
    assert (answer.status_code, answer.location) == (303, path(case))
    assert "问题已确认，开具整改通知书" in li.get(path(case)).text
    order = case.drafted()
    assert "草稿等领导签发编号" in li.get(path(case)).text
    zhou.post(f"/orders/{order.id}/issue")
    assert "已签发，送达以后登记送达" in li.get(path(case)).text
    li.post(f"/orders/{order.id}/serve", data=case.service())
    page = li.get(path(case)).text
    assert "单位正在整改" in page
    assert "还没有复查，请派人到现场复查并拍照" in page
    clock(AT + timedelta(days=60))
    assert "整改期限已过" in li.get(path(case)).text
    case.recheck()
    assert "复查已整改到位，照片齐全，可以销号" in li.get(path(case)).text
    clock(LATER)
    assert li.post(path(case, "/close")).status_code == 303
    page = li.get(path(case)).text
    assert "已销号，不用处理" in page
    assert page.index("确认问题属实") < page.index("复查：已整改到位") < page.index('data-kind="closed"')


def test_after_a_failed_recheck_the_next_step_says_so_and_what_to_do(li, case, session, clock) -> None:
    case.findings[0].confirmed_at = AT
    case.recheck(outcome=RecheckOutcome.PARTLY)
    session.commit()
    assert "还没有整改文书：请开具整改通知书" in li.get(path(case)).text
    case.served()
    session.commit()
    page = li.get(path(case)).text
    assert "2026-12-02 复查没有通过（部分整改），督促单位在 2026-12-14 前整改到位，再派人复查" in page
    assert "派人复查" in page
    clock(AT + timedelta(days=60))
    page = li.get(path(case)).text
    assert "整改期限已过：请开具督办单，整改后再复查" in page
    assert f"/sites/{case.site.id}/order?kind=supervision" in page
    order = case.served(OrderKind.SUPERVISION)
    case.recheck(outcome=RecheckOutcome.NOT_FIXED, device_finished_at=LATER + timedelta(days=1))
    session.commit()
    page = li.get(path(case)).text
    assert "督办后 2026-12-04 复查仍没有通过（未整改），期限已过：请约谈、通报或问责，整改后再复查" in page
    assert 'href="#steps"' in page
    response_of(session, case, order, LATER + timedelta(days=2))
    assert "单位又交来整改报告，请再派两名持证人员复查" in li.get(path(case)).text
    case.recheck(outcome=RecheckOutcome.UNSEEN, device_finished_at=LATER + timedelta(days=3))
    session.commit()
    assert "2026-12-06 复查未能核实，请再派两名持证人员复查" in li.get(path(case)).text


def response_of(session: Session, case: Case, order: Order, at: datetime) -> None:
    made = invite(session, case.director, order.id, KEYS, at)
    sent, _ = submit(session, Guest(made.county, made.id), order, answer_form(session, order), at)
    form = {"assignee_id": str(case.officers[0].id), "due_on": at.date().isoformat()}
    accept(session, case.dispatcher, sent.id, form, at, at.date())
    session.commit()


def test_a_step_is_begun_by_hand_from_the_page_and_told_on_its_time_line(li, zhou, case, session) -> None:
    case.served()
    session.commit()
    answer = li.post(path(case, "/steps"), data={"kind": "interview"})
    step = session.scalars(select(Step)).one()
    assert (answer.status_code, answer.location) == (303, f"/steps/{step.id}")
    page = li.get(path(case)).text
    assert page.count(f"/steps/{step.id}") == 2  # what waits, and the time line
    assert 'data-actor="person"' in page
    assert 'value="interview"' not in page
    assert 'value="notice"' in page
    assert 'value="notice"' in zhou.get(path(case)).text


def test_measures_stand_on_the_page_and_can_be_begun_there_and_the_case_file_is_linked(li, case, session) -> None:
    case.findings[0].confirmed_at = AT
    first = note_penalty(session, case.dispatcher, case.site.id,
                         FINE | {"finding_id": str(case.findings[0].id)}, AT, AT.date())  # fmt: skip
    session.commit()
    page = li.get(path(case)).text
    assert "20,000.50" in page
    assert page.count(f"/penalties/{first.root_id}") == 2
    for link in (f"finding={case.findings[0].id}", f"/documents/case_file/{case.findings[0].id}"):
        assert link in page
    assert li.get(f"/documents/case_file/{case.findings[0].id}").status_code == 200


def test_a_closure_without_evidence_is_refused_in_words(li, case) -> None:
    case.served()
    answer = li.post(path(case, "/close"))
    assert answer.status_code == 409
    assert "还不能销号：还没有复查，请派人到现场复查并拍照" in answer.text


def test_a_recheck_that_found_it_back_asks_to_reopen_and_a_reason_is_needed(li, case, session, clock) -> None:
    case.struck_off()
    case.recheck(outcome=RecheckOutcome.NOT_FIXED, device_finished_at=LATER + timedelta(days=9))
    clock(LATER + timedelta(days=10))
    assert "销号以后的复查结论是“未整改”" in li.get(path(case)).text
    wrong = li.post(path(case, "/reopen"), data={"form": "reopen", "reason": " ", "days": "7"})
    assert wrong.status_code == 422
    assert "请写明重新打开的原因" in wrong.text
    assert 'value="7"' in wrong.text
    assert li.post(path(case, "/reopen"), data={"reason": "又在授课", "days": "7"}).status_code == 303
    assert "重新打开" in li.get(path(case)).text


def test_an_extension_is_asked_for_here_and_decided_by_the_leader(li, zhou, case, session) -> None:
    case.served()
    wrong = li.post(path(case, "/extension"), data={"form": "extension", "days": "0", "reason": "退费"})
    assert wrong.status_code == 422
    assert "请填写 1 至 120 个工作日" in wrong.text
    assert li.post(path(case, "/extension"), data={"days": "5", "reason": "核对退费"}).status_code == 303
    page = li.get(path(case)).text
    assert "延期申请等领导审批" in page
    assert "核对退费" in page
    approval = session.scalars(select(Approval)).one()
    assert li.post(f"/approvals/{approval.id}/grant").status_code == 403
    wrong = zhou.post(f"/approvals/{approval.id}/refuse", data={"form": "decide"})
    assert wrong.status_code == 422
    assert zhou.post(f"/approvals/{approval.id}/grant").location == path(case)
    page = li.get(path(case)).text
    assert "2026-12-21" in page
    assert "延期 1 次" in page


def test_a_suspension_is_resumed_and_a_request_taken_back(li, zhou, case, session) -> None:
    case.served()
    li.post(path(case, "/suspension"), data={"reason": "行政复议"})
    zhou.post(f"/approvals/{session.scalars(select(Approval.id)).one()}/grant")
    assert "已中止，期限不再计算" in li.get(path(case)).text
    li.post(path(case, "/resumption"), data={"reason": "复议结束"})
    asked = session.scalars(select(Approval).where(Approval.state == ApprovalState.ASKED)).one()
    li.post(f"/approvals/{asked.id}/take-back")
    session.refresh(asked)
    assert asked.state is ApprovalState.TAKEN_BACK


def test_a_recusal_is_asked_for_and_decided_and_the_case_handed_over(li, zhou, case, session) -> None:
    case.served()
    officer = case.officers[0]
    form = {
        "form": "recusal",
        "person_id": str(officer.id),
        "origin": "party",
        "reason": "亲属",
        "whole_site": "1",
    }
    assert li.post(path(case, "/recusals"), data=form | {"reason": ""}).status_code == 422
    li.post(path(case, "/recusals"), data=form)
    assert "回避申请等领导决定" in zhou.get(path(case)).text
    recusal = session.scalars(select(Recusal)).one()
    zhou.post(path(case, f"/recusals/{recusal.id}"), data={"answer": "grant"})
    session.refresh(recusal)
    assert recusal.state is RecusalState.GRANTED
    assert "张敏应当回避，请改派" in li.get(path(case)).text
    new = make_person(session, Role.INSPECTOR, name="吴英", certificate="赣E777")
    hand = {"form": "officers", "officer_id": str(new.id), "second_officer_id": str(officer.id), "reason": "回避"}
    assert "张敏应当回避" in li.post(path(case, "/officers"), data=hand).text
    li.post(path(case, "/officers"), data=hand | {"second_officer_id": str(case.officers[1].id)})
    assert session.scalars(select(CaseOfficers.officer_id)).one() == new.id
    page = li.get(path(case)).text
    assert "改派给吴英、何静" in page
    assert "请改派" not in page


def test_photos_before_and_after_stand_side_by_side(li, case, session) -> None:
    before = make_photo(session, case.check, 0)
    case.served()
    recheck = case.recheck(photos=0)
    check = session.get_one(type(case.check), (case.site.county, recheck.check_id))
    after = make_photo(session, check, 0, finding_id=case.findings[0].id, before_id=before.id)
    page = li.get(path(case)).text
    pair = page[page.index('data-kind="rechecked"') :]
    assert pair.index(before.sha256) < pair.index("整改前") < pair.index(after.sha256) < pair.index("整改后")


def test_who_may_only_read_finds_no_buttons(session, case, sign_in) -> None:
    case.served()
    make_person(session, Role.AUDITOR, login="sun")
    page = sign_in("sun").get(path(case)).text
    assert "下一步" in page
    for words in ("申请延期", "改派承办人", "登记回避", "销号</span>", '<form method="post" action="/findings'):
        assert words not in page


@pytest.mark.parametrize("words", HOSTILE)
def test_typed_words_are_inert_on_the_page(li, case, words: str) -> None:
    case.findings[0].text = words
    case.served()
    li.post(path(case, "/extension"), data={"days": "5", "reason": words})
    page = li.get(path(case)).text
    assert "<script>alert(1)</script>" not in page
    assert "等审批" in page


def test_requests_are_listed_with_what_waits_first(li, zhou, case, session) -> None:
    case.served()
    li.post(path(case, "/extension"), data={"days": "5", "reason": "核对退费"})
    page = zhou.get("/approvals?state=asked").text
    assert path(case, "#approval") in page
    assert "核对退费" in page
    zhou.post(f"/approvals/{session.scalars(select(Approval.id)).one()}/grant")
    assert "核对退费" not in zhou.get("/approvals?state=asked").text
    assert "核对退费" in zhou.get("/approvals").text
    assert zhou.get("/approvals.xlsx").status_code == 200


def test_lists_and_files_lead_to_the_page(li, case) -> None:
    order = case.served()
    for page in ("/findings", f"/sites/{case.site.id}", f"/checks/{case.check.id}", f"/orders/{order.id}"):
        assert path(case) in li.get(page).text
