"""Penalties and hand-overs: noted, followed, and never overwritten."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.handing_over import hand_over, handovers_of, note_answer, versions_of_handover
from inspections.casework.handovers import Handover, HandoverState
from inspections.casework.numbering import PaperKind, set_prefix
from inspections.casework.penalising import change_penalty, note_penalty, penalties_of, versions_of_penalty
from inspections.casework.penalties import Penalty, PenaltyKind, PenaltyState
from inspections.casework.step_papers import step_lines
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.registry.people import Role
from tests.factories import make_person, make_site
from tests.orders import AT, TODAY, Case

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
FINE = {
    "kind": "fine", "body": "万年县市监局", "decided_on": "2026-11-20", "reference": "万市监罚〔2026〕31号",
    "basis": "见处罚决定书", "amount_yuan": "20000.50", "due_on": "2026-12-05",
}  # fmt: skip
HANDED = {
    "recipient": "万年县市监局", "matter": "无证无照收费办班", "papers": "检查记录\n 照片 6 张 \n\n询问笔录",
    "handed_on": "2026-11-23", "due_back_on": "2026-12-23",
}  # fmt: skip


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session, findings=1)


def test_a_fine_is_noted_and_followed_until_it_is_paid(session: Session, case: Case) -> None:
    form = FINE | {"finding_id": str(case.findings[0].id)}
    first = note_penalty(session, case.dispatcher, case.site.id, form, AT, TODAY)
    assert (first.kind, first.amount_yuan, first.finding_id) == (
        PenaltyKind.FINE, Decimal("20000.50"), case.findings[0].id,
    )  # fmt: skip
    paid = form | {
        "state": "carried_out",
        "carried_out_on": "2026-11-22",
        "reason": "已缴清，票据 0031",
        "version": "1",
    }
    change_penalty(session, case.dispatcher, first.id, paid, NOW, TODAY)
    versions = versions_of_penalty(session, case.dispatcher, first.id)
    assert [(each.penalty.version, each.penalty.state, each.author) for each in versions] == [
        (2, PenaltyState.CARRIED_OUT, "李调度"),
        (1, PenaltyState.DECIDED, "李调度"),
    ]
    now = penalties_of(session, case.dispatcher, Penalty.site_id == case.site.id)
    assert [each.version for each in now] == [2]


def test_two_who_change_at_once_are_told_and_no_version_can_be_changed_by_any_query(
    session: Session, case: Case
) -> None:
    first = note_penalty(session, case.dispatcher, case.site.id, FINE, AT, TODAY)
    change_penalty(session, case.dispatcher, first.id, FINE | {"reason": "更正文号", "version": "1"}, NOW, TODAY)
    with pytest.raises(Conflict, match="别人刚改过这一条"):
        change_penalty(session, case.dispatcher, first.id, FINE | {"reason": "更正", "version": "1"}, NOW, TODAY)
    for statement in ("update penalties set amount_yuan = 1", "delete from penalties", "delete from handovers"):
        with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"kind": ""}, "kind", "请选择处罚或措施的种类"),
        ({"amount_yuan": "-5"}, "amount_yuan", "请填写金额（元）"),
        ({"amount_yuan": "1,000"}, "amount_yuan", "请填写金额（元）"),
        ({"amount_yuan": "0"}, "amount_yuan", "请填写金额（元）"),
        ({"amount_yuan": "１２"}, "amount_yuan", "请填写金额（元）"),
        ({"decided_on": "2026-11-24"}, "decided_on", "不能晚于今天"),
        ({"decided_on": "2026-02-30"}, "decided_on", "请填写日期"),
        ({"due_on": "2026-11-01"}, "due_on", "不能早于决定日期 2026-11-20"),
        ({"state": "carried_out"}, "carried_out_on", "请填写日期"),
        ({"body": ""}, "body", "请填写作出决定的机关"),
        ({"finding_id": "x"}, "finding_id", "请从名单里选择"),
    ],
)
def test_a_penalty_that_cannot_be_is_refused_field_by_field(
    session: Session, case: Case, change: dict[str, str], field: str, message: str
) -> None:
    with pytest.raises(Invalid) as refused:
        note_penalty(session, case.dispatcher, case.site.id, FINE | change, AT, TODAY)
    assert message in str(refused.value.fields[field])


def test_a_closed_business_has_no_sum_and_a_problem_of_another_site_is_refused(
    session: Session, case: Case
) -> None:
    shut = note_penalty(session, case.dispatcher, case.site.id, FINE | {"kind": "suspension"}, AT, TODAY)
    assert shut.amount_yuan is None
    elsewhere = case.find("别处的问题", make_site(session, name="别处"))
    with pytest.raises(Invalid, match="请从名单里选择"):
        note_penalty(session, case.dispatcher, case.site.id, FINE | {"finding_id": str(elsewhere.id)}, AT, TODAY)
    for role in (Role.DIRECTOR, Role.INSPECTOR, Role.AUDITOR):
        with pytest.raises(Forbidden):
            note_penalty(session, make_person(session, role), case.site.id, FINE, AT, TODAY)


def test_a_case_is_handed_over_with_a_numbered_letter_and_its_answer_comes_back(
    session: Session, case: Case
) -> None:
    sent = hand_over(session, case.dispatcher, case.site.id, HANDED, AT, TODAY)
    assert (sent.number_text, sent.papers) == ("万教移送〔2026〕1号", ["检查记录", "照片 6 张", "询问笔录"])
    words = "".join(line.text for line in step_lines(sent.content))
    assert "附件：1. 检查记录　　　2. 照片 6 张　　　3. 询问笔录" in words
    assert "请于2026年12月23日前将处理结果函告我局" in words
    answer = {"state": "answered", "answered_on": "2026-11-23", "answer": "已立案",
              "answer_reference": "万市监函〔2026〕8号", "reason": "收到复函", "version": "1"}  # fmt: skip
    note_answer(session, case.dispatcher, sent.id, answer, NOW, TODAY)
    versions = [each.handover for each in versions_of_handover(session, case.dispatcher, sent.id)]
    assert [each.state for each in versions] == [HandoverState.ANSWERED, HandoverState.SENT]
    assert {each.number_text for each in versions} == {"万教移送〔2026〕1号"}
    assert len(handovers_of(session, case.dispatcher, Handover.site_id == case.site.id)) == 1


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"state": "gone"}, "state", "请选择办理情况"),
        ({"answered_on": ""}, "answered_on", "请填写日期"),
        ({"answered_on": "2026-11-01"}, "answered_on", "不能早于移送日期 2026-11-23"),
        ({"answer": ""}, "answer", "请填写对方怎么答复"),
        ({"reason": ""}, "reason", "请写明为什么改动"),
    ],
)
def test_an_answer_is_whole(
    session: Session, case: Case, change: dict[str, str], field: str, message: str
) -> None:
    sent = hand_over(session, case.dispatcher, case.site.id, HANDED, AT, TODAY)
    answer = {"state": "answered", "answered_on": "2026-11-23", "answer": "已立案", "reason": "收到复函"}
    with pytest.raises(Invalid) as refused:
        note_answer(session, case.dispatcher, sent.id, answer | change, NOW, TODAY)
    assert message in str(refused.value.fields[field])


def test_papers_of_different_kinds_never_share_a_prefix(session: Session, case: Case) -> None:
    hand_over(session, case.dispatcher, case.site.id, HANDED, AT, TODAY)
    set_prefix(session, case.dispatcher, PaperKind.HANDOVER, "万教函")
    for used in ("万教移送", "万教函", "万教约谈", "万教整改"):
        with pytest.raises(Invalid, match="已用于另一类文书"):
            set_prefix(session, case.dispatcher, PaperKind.NOTICE, used)
    assert hand_over(session, case.dispatcher, case.site.id, HANDED, AT, TODAY).number_text == "万教函〔2026〕2号"
