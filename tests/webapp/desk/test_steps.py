"""Escalation at the desk: what waits, what is done with it, the clock, the ladder, penalties and hand-overs."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import python_calamine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.climbing import climb
from inspections.casework.findings import FindingState
from inspections.casework.orders import Order, OrderState
from inspections.casework.steps import Step, StepKind
from inspections.reporting.documents.filling import says
from tests.casefile import HOSTILE
from tests.factories import COUNTY
from tests.orders import Case

NOW = datetime(2026, 12, 15, 1, 30, tzinfo=UTC)
INTERVIEW = {
    "invited": "小太阳托管班负责人", "headcount": "2", "at": "2026-12-17T14:30", "place": "县教体局",
    "host": "副局长", "subject": "逾期未整改", "contact": "李调度", "telephone": "0793-1234567",
    "by_inspectorate": "1",
}  # fmt: skip
RECORD = {
    "held_at": "2026-12-15T09:20", "held_place": "县教体局", "held_by": "副局长", "attended": "刘负责人",
    "attended_count": "3", "said": "重申要求", "commitments": "25 日前整改到位", "recorder": "李调度",
}  # fmt: skip


@pytest.fixture
def case(session: Session) -> Case:
    found = Case(session, findings=2, dispatcher="li", director="zhou")
    for finding in found.findings:
        finding.due_on, finding.state = date(2026, 12, 10), FindingState.RECTIFYING
    session.flush()
    climb(session, COUNTY, NOW)
    session.commit()
    return found


@pytest.fixture(autouse=True)
def clock(monkeypatch) -> Callable[[datetime], None]:
    """The desk's clock, which tests move; it stands at the day of the proposals."""

    def stand(at: datetime) -> None:
        for module in ("words", "orders", "steps", "measures"):
            monkeypatch.setattr(f"webapp.desk.{module}.now", lambda: at)

    stand(NOW)
    return stand


def path_of(session: Session, case: Case, kind: StepKind, n: int = 0) -> str:
    session.expire_all()
    step = session.scalars(select(Step).where(Step.finding_id == case.findings[n].id, Step.kind == kind)).one()
    return f"/steps/{step.id}"


def words_of(docx_bytes: bytes) -> str:
    return says(docx_bytes)


def begun(client: FlaskClient, case: Case, kind: str) -> str:
    answer = client.post(f"/findings/{case.findings[0].id}/steps", data={"kind": kind})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_proposals_come_first_and_the_rail_says_how_many_wait(session, case: Case, sign_in) -> None:
    page = sign_in("li").get("/steps").text
    rows = [row for row in page.split("<tr>") if "20:30 以后仍在授课" in row]
    assert ["督办" in row and "待办" in row for row in rows] == [True, False]
    assert 'title="2 项待办">2</span>' in page
    assert "督办" in sign_in("li").get("/steps?state=proposed&kind=supervision").text
    assert "没有符合条件的记录" in sign_in("li").get("/steps?state=skipped").text


def test_the_list_is_exported_as_it_is_filtered(session, case: Case, sign_in) -> None:
    body = sign_in("li").get("/steps.xlsx?kind=overdue&day=2026-12-15").data
    rows = python_calamine.load_workbook(io.BytesIO(body)).get_sheet_by_index(0).to_python()
    assert rows[0][:4] == ["问题内容", "步骤", "状态", "应办日期"]
    assert [row[1:4] for row in rows[1:]] == [["逾期", "已办", date(2026, 12, 11)]] * 2
    assert "没有符合条件的记录" in sign_in("li").get("/steps?day=2026-12-16").text


def test_what_the_clock_did_has_its_word_file(session, case: Case, sign_in) -> None:
    path = path_of(session, case, StepKind.OVERDUE)
    client = sign_in("li")
    page = client.get(path).text
    assert "整改逾期告知书" in page
    assert "系统按时限" in page
    words = words_of(client.get(f"{path}/paper.docx").data)
    assert "整改期限为2026年12月10日，现已逾期" in words
    assert client.get(f"{path}/record.docx").status_code == 404


def test_one_click_drafts_the_supervision_order_and_its_issue_does_the_step(session, case: Case, sign_in) -> None:
    path, li = path_of(session, case, StepKind.SUPERVISION), sign_in("li")
    lacking = li.post(f"{path}/order")
    assert lacking.status_code == 422
    for words in ("请填写联系电话", "请填写牵头领导", "限期完成整改，书面说明逾期的原因"):
        assert words in lacking.text
    notice = case.drafted()
    session.commit()
    drafted = li.post(f"{path}/order")
    assert drafted.status_code == 303, drafted.text
    assert "督办单（草稿）" in li.get(path).text
    assert li.post(f"{path}/order").status_code == 409
    zhou = sign_in("zhou")
    zhou.post(f"{drafted.location}/issue")
    page = zhou.get(path).text
    assert "已办" in page
    assert "万教督办〔2026〕1号" in page
    assert notice.state is OrderState.DRAFT
    orders = session.scalars(select(Order).where(Order.kind == "supervision")).all()
    assert [each.state for each in orders] == [OrderState.ISSUED]


def test_an_interview_is_called_held_and_recorded(session, case: Case, sign_in, clock) -> None:
    li = sign_in("li")
    assert 'name="kind" value="interview"' in li.get(path_of(session, case, StepKind.OVERDUE)).text
    path = begun(li, case, "interview")
    page = li.get(path).text
    assert 'name="kind" value="interview"' not in page
    assert "小太阳托管班负责人" in page
    assert "经逾期仍未整改到位" in page
    wrong = li.post(f"{path}/prepare", data=INTERVIEW | {"headcount": "0", "place": "老地方"})
    assert wrong.status_code == 422
    assert "请填写 1 至 1000 的人数" in wrong.text
    assert "老地方" in wrong.text
    assert li.post(f"{path}/prepare", data=INTERVIEW).status_code == 303
    assert "等领导签发" in li.get(path).text
    assert li.post(f"{path}/sign").status_code == 403
    zhou = sign_in("zhou")
    assert zhou.post(f"{path}/sign").status_code == 303
    page = zhou.get(path).text
    assert "万教约谈〔2026〕1号" in page
    assert "现请你（单位）于2026年12月17日14时30分到县教体局接受约谈" in words_of(
        zhou.get(f"{path}/paper.docx").data
    )
    assert "不能晚于现在" in zhou.post(f"{path}/record", data=RECORD | {"held_at": "2026-12-17T14:30"}).text
    clock(NOW + timedelta(days=3))
    li = sign_in("li")
    assert li.post(f"{path}/record", data=RECORD | {"held_at": "2026-12-17T14:30"}).status_code == 303
    assert "被约谈人\n刘负责人（共3人）" in words_of(li.get(f"{path}/record.docx").data)
    page = li.get(path).text
    assert "已办" in page
    assert "更正约谈记录" in page
    again = RECORD | {"held_at": "2026-12-17T14:30", "attended_count": "2", "version": "1"}
    wrong = li.post(f"{path}/correct", data=again | {"why": " ", "said": "=cmd 改过的话"})
    assert (wrong.status_code, "改过的话" in wrong.text) == (422, True)
    assert li.post(f"{path}/correct", data=again | {"why": "人数写错"}).status_code == 303
    page = li.get(path).text
    for words in ("此前的版本", "第 1 版", "人数写错", "共2人"):
        assert words in page
    words = words_of(li.get(f"{path}/record.docx").data)
    assert "共2人" in words
    assert "第2版" in words


def test_a_step_is_left_out_by_the_leader_with_a_reason_that_stays(session, case: Case, sign_in) -> None:
    path, zhou = path_of(session, case, StepKind.SUPERVISION), sign_in("zhou")
    assert "请写明不办的原因" in zhou.post(f"{path}/skip", data={"reason": " "}).text
    assert zhou.post(f"{path}/skip", data={"reason": "</w:t>{{7*7}} 已整改，待复查"}).status_code == 303
    assert "&lt;/w:t&gt;{{7*7}} 已整改，待复查" in zhou.get(path).text
    assert zhou.post(f"{path}/skip", data={"reason": "再来"}).status_code == 409
    assert sign_in("li").post(f"{path}/skip", data={"reason": "不必"}).status_code == 403


@pytest.mark.parametrize("text", [*HOSTILE, "</w:t><w:br/>", "䶮㐱𠮷", "{% raw %}", "\x07=cmd|' /C calc'!A0"])
def test_what_was_typed_is_inert_on_the_page_in_word_and_in_tables(session, case: Case, sign_in, text) -> None:
    zhou = sign_in("zhou")
    path = begun(zhou, case, "notice")
    form = {"audience": text, "text": f"通报{text}", "by_inspectorate": "1"}
    assert zhou.post(f"{path}/prepare", data=form).status_code == 303
    assert zhou.post(f"{path}/sign").status_code == 303
    page = zhou.get(path).text
    shown = text.replace("\x07", "")
    assert "<script>alert" not in page
    assert shown in words_of(zhou.get(f"{path}/paper.docx").data)
    case.findings[0].text = text.replace("\x07", "") or "x"
    session.commit()
    table = zhou.get("/steps.csv").data.decode("utf-8-sig")
    assert not any(line.startswith(("=", "@", "+")) for line in table.splitlines())


def test_the_clocks_page_counts_what_was_done_and_what_waits(session, case: Case, sign_in) -> None:
    page = sign_in("li").get("/steps/clock").text
    assert "今天已走过，最近一次 2026-12-15 09:30" in page
    assert "/steps?day=2026-12-15&amp;origin=clock&amp;kind=supervision" in page
    assert "系统提出，由人决定" in page


def test_a_clock_that_stopped_is_said(session, case: Case, sign_in, clock) -> None:
    clock(NOW + timedelta(days=2))
    assert "今天还没有走" in sign_in("li").get("/steps/clock").text


def test_the_ladder_is_changed_by_a_new_version_with_its_source(session, case: Case, sign_in) -> None:
    li = sign_in("li")
    page = li.get("/steps/ladder").text
    assert "“双减”工作督查方案" in page
    assert "六、建立约谈问责制度" in page
    form = {"due_soon": "5", "reminder": "2", "supervision": "2", "interview": "3", "notice": "3",
            "accountability": "5", "valid_from": "2026-12-15", "source": "万教督〔2026〕3号"}  # fmt: skip
    refused = li.post("/steps/ladder", data=form)
    assert refused.status_code == 422
    assert "最早从 2026-12-16 起" in refused.text
    assert li.post("/steps/ladder", data=form | {"valid_from": "2026-12-16"}).status_code == 303
    assert "万教督〔2026〕3号" in li.get("/steps/ladder").text


def test_a_fine_and_a_hand_over_are_noted_from_the_site_and_followed(session, case: Case, sign_in) -> None:
    li = sign_in("li")
    site = f"/sites/{case.site.id}"
    assert "登记处罚" in li.get(site).text
    fine = {"kind": "fine", "body": "县市监局", "decided_on": "2026-12-14", "basis": "见处罚决定书"}
    lacking = li.post(f"{site}/penalty", data=fine)
    assert lacking.status_code == 422
    assert "请填写金额（元）" in lacking.text
    noted = li.post(f"{site}/penalty", data=fine | {"amount_yuan": "20000"}).location
    paid = fine | {"amount_yuan": "20000", "state": "carried_out", "carried_out_on": "2026-12-15", "version": "1"}
    assert "请写明为什么改动" in li.post(noted, data=paid).text
    assert li.post(noted, data=paid | {"reason": "已缴清"}).status_code == 303
    assert li.post(noted, data=paid | {"reason": "再来"}).status_code == 409
    assert "20,000.00" in li.get(site).text
    handed = {"recipient": "县公安局", "matter": "阻碍检查", "papers": "检查记录\n照片", "handed_on": "2026-12-15",
              "due_back_on": "2026-12-30"}  # fmt: skip
    sent = li.post(f"{site}/handover", data=handed).location
    assert "万教移送〔2026〕1号" in li.get(site).text
    answer = {"state": "accepted", "reason": "电话告知已受理", "version": "1", "due_back_on": "2026-12-30"}
    assert li.post(sent, data=answer).status_code == 303
    page = li.get(sent).text
    assert "已受理" in page
    assert "第 1 版" in page
    assert "县公安局" in words_of(li.get(f"{sent}/paper").data)
    assert "县公安局" in li.get("/handovers?state=accepted").text
    assert "已执行" in li.get("/penalties").text


def test_the_prefix_of_each_kind_of_paper_is_set_at_the_desk(session, case: Case, sign_in) -> None:
    li = sign_in("li")
    assert "万教约谈" in li.get("/orders/numbers").text
    assert li.post("/orders/numbers?kind=interview", data={"interview": "万督约"}).status_code == 303
    assert "万督约〔2026〕1号" in li.get("/orders/numbers").text
    assert "已用于另一类文书" in li.post("/orders/numbers?kind=notice", data={"notice": "万督约"}).text
