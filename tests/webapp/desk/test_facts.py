"""Facts on the page of a check: recorded, judged, decided."""

import json
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.findings import Finding, FindingState
from inspections.field.checks import Check
from inspections.registry.people import Role
from inspections.rules.observations import Observation
from tests.casefile import HOSTILE
from tests.factories import make_check, make_person, make_record, make_site

LESSON = {
    "subject": "lesson", "about": "二楼数学课", "audience": "compulsory", "is_subject": "yes", "is_online": "no",
    "starts_at": "19:00", "ends_at": "20:45",
}  # fmt: skip


@pytest.fixture
def check(session: Session) -> Check:
    li = make_person(session, Role.DISPATCHER, login="li", name="李调度")
    return make_check(session, li, make_site(session))


@pytest.fixture
def desk(sign_in: Any, check: Check) -> FlaskClient:
    return sign_in("li")


def record(desk: FlaskClient, check: Check, **changes: Any) -> Any:
    return desk.post(f"/checks/{check.id}/facts", data=LESSON | changes)


def test_facts_are_recorded_judged_and_the_finding_decided(desk, session, check) -> None:
    assert record(desk, check).status_code == 303
    assert desk.post(f"/checks/{check.id}/judge").status_code == 303
    page = desk.get(f"/checks/{check.id}").text
    for said in ("二楼数学课", "线下", "不晚于 20:30", "结束时间：20:45", "第 1 版", "2021-07-24", "违反"):
        assert said in page or said == "线下"
    finding = session.scalars(select(Finding)).one()
    form = {"check": str(check.id), "reason": "当场看到下课"}
    assert desk.post(f"/findings/{finding.id}/confirm", data=form).status_code == 303
    session.refresh(finding)
    assert finding.state is FindingState.CONFIRMED
    assert "理由：当场看到下课" in desk.get(f"/checks/{check.id}").text


def test_a_rejected_proposal_shows_its_reason(desk, session, check) -> None:
    record(desk, check)
    desk.post(f"/checks/{check.id}/judge")
    finding = session.scalars(select(Finding)).one()
    desk.post(f"/findings/{finding.id}/reject", data={"check": str(check.id), "reason": "是家长会"})
    assert "理由：是家长会" in desk.get(f"/checks/{check.id}").text


def test_what_is_missing_is_asked_for_and_added(desk, session, check) -> None:
    record(desk, check, is_online="")
    desk.post(f"/checks/{check.id}/judge")
    page = desk.get(f"/checks/{check.id}").text
    assert "请补充：是否线上培训" in page
    row = session.scalars(select(Observation)).one()
    more = desk.get(f"/facts/{row.id}").text
    assert 'name="is_online"' in more
    assert 'name="ends_at"' not in more
    assert desk.post(f"/facts/{row.id}", data={"is_online": "no"}).status_code == 303
    desk.post(f"/checks/{check.id}/judge")
    assert session.scalars(select(Finding)).one().text.endswith("规定不晚于 20:30")


def test_the_form_comes_back_with_what_was_typed_and_what_is_wrong(desk, check) -> None:
    answer = record(desk, check, ends_at="25:00", about="三楼")
    assert answer.status_code == 422
    assert "没有这个时间" in answer.text
    assert 'value="25:00"' in answer.text
    assert 'value="三楼"' in answer.text


def test_a_contradiction_with_what_is_recorded_is_said(desk, session, check) -> None:
    record(desk, check, starts_at="")
    row = session.scalars(select(Observation)).one()
    answer = desk.post(f"/facts/{row.id}", data={"starts_at": "22:00"})
    assert answer.status_code == 422
    assert "结束时间不晚于开始时间" in answer.text


def test_an_unknown_subject_is_not_found(desk, check) -> None:
    assert desk.get(f"/checks/{check.id}/facts?subject=nothing").status_code == 404
    assert desk.get(f"/checks/{check.id}/facts").status_code == 404


@pytest.mark.parametrize("subject", ["lesson", "fee", "prepaid", "teachers", "content", "contract", "advert",
                                     "approval", "posting", "homework", "exam", "after_school"])  # fmt: skip
def test_every_subject_has_a_form(desk, check, subject: str) -> None:
    page = desk.get(f"/checks/{check.id}/facts?subject={subject}")
    assert page.status_code == 200
    assert "{{" not in page.text


def test_facts_are_withdrawn_with_a_reason(desk, session, check) -> None:
    record(desk, check)
    row = session.scalars(select(Observation)).one()
    assert desk.post(f"/facts/{row.id}/withdraw", data={"reason": ""}).status_code == 422
    assert desk.post(f"/facts/{row.id}/withdraw", data={"reason": "记错了"}).status_code == 303
    page = desk.get(f"/checks/{check.id}").text
    assert "已作废" in page
    assert "记错了" in page
    assert desk.post(f"/checks/{check.id}/judge").status_code == 409


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_person_types_is_text(desk, session, check, hostile: str) -> None:
    record(desk, check, about=hostile)
    desk.post(f"/checks/{check.id}/judge")
    page = desk.get(f"/checks/{check.id}").text
    assert hostile.replace("<", "&lt;").replace(">", "&gt;").split('"')[0] in page
    assert "<script>alert" not in page
    assert "49%s" not in page


def test_an_auditor_reads_verdicts_and_records_nothing(sign_in, session, check) -> None:
    make_person(session, Role.AUDITOR, login="sun")
    reader = sign_in("sun")
    page = reader.get(f"/checks/{check.id}").text
    assert "还没有登记事实" in page
    assert "按规则判定" not in page
    assert reader.post(f"/checks/{check.id}/judge").status_code == 403


def test_facts_of_another_day_show_the_version_of_that_day(desk, session, check) -> None:
    fee = {"subject": "fee", "day": "2023-06-07", "months": "4"}
    assert desk.post(f"/checks/{check.id}/facts", data=fee).status_code == 303
    desk.post(f"/checks/{check.id}/judge")
    assert session.scalars(select(Observation)).one().day == date(2023, 6, 7)
    page = desk.get(f"/checks/{check.id}").text
    assert "一次收费的跨度和金额" in page
    assert "第 1 版，自 2021-07-24 起" in page


def test_facts_of_the_phone_that_were_not_taken_in_are_told_and_inert(desk, session, check) -> None:
    typed = {
        "id": "1",
        "subject": "lesson",
        "about": HOSTILE[1],
        "facts": {"ends_at": "25:00", HOSTILE[0]: HOSTILE[3]},
    }
    check.record = json.dumps(make_record(check.site_id, observations=[typed])).encode()
    check.flags = ["facts_unread"]
    session.commit()
    page = desk.get(f"/checks/{check.id}").text
    part = page.split('id="facts"')[1].split("</section>")[0]
    assert "没有采用" in part
    assert "25:00" in part
    assert "请按 24 小时制填写" in part
    assert "<script>alert" not in part
    assert "手机登记的事实有一组没有采用" in page
