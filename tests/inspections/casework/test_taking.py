"""A person takes the steps that the clock proposes, and some that it doesn't."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework import supervising, taking
from inspections.casework.climbing import climb
from inspections.casework.correcting_records import correct_record
from inspections.casework.drafting import candidates
from inspections.casework.findings import Finding, FindingState
from inspections.casework.interview_corrections import InterviewCorrection, record_versions
from inspections.casework.issuing import issue
from inspections.casework.orders import OrderKind, OrderState, items_of
from inspections.casework.step_papers import record_of_interview, step_lines
from inspections.casework.steps import Origin, Step, StepKind, StepState
from inspections.casework.timeline import timeline
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.registry.people import Role
from inspections.reporting.figures.selection import Selection
from inspections.reporting.figures.sources import steps_done
from tests.factories import COUNTY, make_person
from tests.orders import Case

TODAY = date(2026, 12, 15)
NOW = datetime(2026, 12, 15, 1, 30, tzinfo=UTC)
LATER = datetime(2026, 12, 18, 3, 0, tzinfo=UTC)

INTERVIEW = {
    "invited": "小太阳托管班负责人", "headcount": "2", "at": "2026-12-17T14:30", "place": "县教体局二楼会议室",
    "host": "分管副局长", "subject": "逾期未整改", "contact": "李调度", "telephone": "0793-1234567",
    "by_inspectorate": "1",
}  # fmt: skip
RECORD = {
    "held_at": "2026-12-17T14:35", "held_place": "县教体局二楼会议室", "held_by": "分管副局长",
    "attended": "刘负责人、王老师、陈老师", "attended_count": "3", "said": "指出问题，重申要求\n明确时限",
    "commitments": "12 月 25 日前整改到位", "recorder": "李调度",
}  # fmt: skip
ACCOUNTABILITY = {
    "subject": "某中心小学校长", "headcount": "1", "body": "县纪委监委", "decided_on": "2026-12-14",
    "reference": "万纪〔2026〕9号", "measure": "诫勉", "basis": "上级文件", "by_inspectorate": "0",
}  # fmt: skip


@pytest.fixture
def case(session: Session) -> Case:
    found = Case(session, findings=2)
    for finding in found.findings:
        finding.due_on, finding.state = date(2026, 12, 10), FindingState.RECTIFYING
    session.flush()
    return found


def step_of(session: Session, finding: Finding, kind: StepKind) -> Step:
    query = select(Step).where(Step.finding_id == finding.id, Step.kind == kind).order_by(Step.id.desc())
    found = session.scalars(query).first()
    assert found
    return found


def begun(case: Case, kind: StepKind = StepKind.INTERVIEW, finding: Finding | None = None) -> Step:
    finding = finding or case.findings[0]
    return taking.begin(case.session, case.dispatcher, finding.id, kind, NOW, TODAY)


def test_an_interview_is_prepared_signed_held_and_then_done(session: Session, case: Case) -> None:
    step = begun(case)
    assert (step.origin, step.proposed_by_id, step.deadline) == (
        Origin.PERSON,
        case.dispatcher.id,
        date(2026, 12, 10),
    )
    taking.prepare(session, case.dispatcher, step.id, INTERVIEW, NOW)
    taking.sign(session, case.director, step.id, NOW, TODAY)
    assert (step.state, step.number_text) == (StepState.PROPOSED, "万教约谈〔2026〕1号")
    words = "".join(line.text for line in step_lines(step.content or {}))
    assert "现请你（单位）于2026年12月17日14时30分到县教体局二楼会议室接受约谈" in words
    taking.record(session, case.dispatcher, step.id, RECORD, LATER)
    assert (step.state, step.headcount, step.decided_by_id) == (StepState.DONE, 3, case.dispatcher.id)
    assert step.decided_at == datetime(2026, 12, 17, 6, 35, tzinfo=UTC), "done when it was held"
    words = "".join(line.text for line in step_lines(record_of_interview(step)))
    assert "被约谈人：刘负责人、王老师、陈老师（共3人）" in words
    assert "12 月 25 日前整改到位" in words
    with pytest.raises(Conflict, match="已是“已办”"):
        taking.record(session, case.dispatcher, step.id, RECORD, LATER)


def corrected(session: Session, case: Case, step: Step, **values: str) -> InterviewCorrection:
    form = RECORD | {"attended_count": "2", "why": "人数写错", "version": "1"} | values
    return correct_record(session, case.dispatcher, step.id, form, LATER + timedelta(days=1))


@pytest.fixture
def held(session: Session, case: Case) -> Step:
    step = begun(case)
    taking.prepare(session, case.dispatcher, step.id, INTERVIEW, NOW)
    taking.sign(session, case.director, step.id, NOW, TODAY)
    return taking.record(session, case.dispatcher, step.id, RECORD, LATER)


def test_a_record_is_corrected_by_a_version_and_the_one_before_stays(session, case: Case, held: Step) -> None:
    made = corrected(session, case, held)
    assert (made.version, made.author_id, made.at, made.reason) == (
        2, case.dispatcher.id, LATER + timedelta(days=1), "人数写错",
    )  # fmt: skip
    assert (held.record or {})["attended_count"] == 3
    assert [(each.version, each.content["attended_count"]) for each in record_versions(session, held)] == [
        (2, 2), (1, 3),
    ]  # fmt: skip
    words = "".join(line.text for line in step_lines(record_of_interview(held, made)))
    assert "（共2人）" in words
    assert "版本：第2版，2026年12月19日更正，原因：人数写错（此前的版本留存）" in words
    last = timeline(session, case.director, case.findings[0])[-1]
    assert (str(last.title), last.who, last.text) == ("约谈记录更正为第 2 版", "李调度", "人数写错")
    third = corrected(session, case, held, version="2", said="只谈了一次")
    assert third.version == 3
    with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
        session.execute(text("update interview_corrections set reason = 'x'"))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"why": " "}, "why"), ({"attended_count": "0"}, "attended_count"),
     ({"held_at": "2026-12-01T09:00"}, "held_at"), ({"held_at": "2027-01-01T09:00"}, "held_at"),
     ({"said": ""}, "said")],
)  # fmt: skip
def test_a_correction_is_whole_and_says_why(session, case: Case, held: Step, wrong, field) -> None:
    with pytest.raises(Invalid) as refused:
        corrected(session, case, held, **wrong)
    assert list(refused.value.fields) == [field]


def test_two_corrections_at_once_and_one_that_changes_nothing_are_told(session, case: Case, held: Step) -> None:
    with pytest.raises(Conflict, match="和现在的记录一样"):
        corrected(session, case, held, attended_count="3")
    corrected(session, case, held)
    with pytest.raises(Conflict, match="别人刚改过"):
        corrected(session, case, held)
    with pytest.raises(Forbidden):
        correct_record(session, case.officers[0], held.id, RECORD, LATER)
    with pytest.raises(Conflict, match="还没有登记约谈记录"):
        corrected(session, case, begun(case, StepKind.NOTICE))


def test_figures_count_heads_and_day_by_the_newest_version_of_a_record(session, case: Case, held: Step) -> None:
    def counted(as_of: datetime, *days: date) -> int:
        first, last = days or (date(2026, 12, 17), date(2026, 12, 17))
        selection = Selection(case.site.county, first, last, as_of)
        return sum(row.n for row in session.execute(steps_done(StepKind.INTERVIEW)(selection, [])))

    corrected(session, case, held)
    assert counted(LATER) == 3, "as it was known then"
    assert counted(LATER + timedelta(days=2)) == 2
    corrected(session, case, held, version="2", held_at="2026-12-16T14:35")
    assert counted(LATER + timedelta(days=2)) == 0
    assert counted(LATER + timedelta(days=2), date(2026, 12, 16), date(2026, 12, 16)) == 2


def test_what_was_signed_is_not_prepared_again_nor_numbered_twice(session: Session, case: Case) -> None:
    step = begun(case)
    with pytest.raises(Invalid, match="还没有拟稿"):
        taking.sign(session, case.director, step.id, NOW, TODAY)
    taking.prepare(session, case.dispatcher, step.id, INTERVIEW, NOW)
    taking.sign(session, case.director, step.id, NOW, TODAY)
    with pytest.raises(Conflict, match="没有重复编号"):
        taking.sign(session, case.director, step.id, NOW, TODAY)
    with pytest.raises(Conflict, match="内容不再改动"):
        taking.prepare(session, case.dispatcher, step.id, INTERVIEW | {"place": "别处"}, NOW)
    with pytest.raises(DBAPIError, match="was decided and does not change"), session.begin_nested():
        session.execute(text("update steps set content = '{}' where number_text is not null"))


def test_an_accountability_says_who_decided_and_against_how_many(session: Session, case: Case) -> None:
    step = begun(case, StepKind.ACCOUNTABILITY)
    taking.prepare(session, case.dispatcher, step.id, ACCOUNTABILITY | {"headcount": "4"}, NOW)
    taking.sign(session, case.director, step.id, NOW, TODAY)
    assert (step.state, step.headcount, step.by_inspectorate) == (StepState.DONE, 4, False)
    words = "".join(line.text for line in step_lines(step.content or {}))
    assert "决定机关：县纪委监委（万纪〔2026〕9号）" in words
    assert "问责对象：某中心小学校长（4人次）" in words


def test_numbers_of_a_kind_run_without_a_gap_though_one_is_not_taken(session: Session, case: Case) -> None:
    given = {"audience": "各镇街、各学校", "text": "逾期不整改，予以通报。", "by_inspectorate": "1"}
    skipped = begun(case, StepKind.NOTICE)
    taking.prepare(session, case.dispatcher, skipped.id, given, NOW)
    taking.skip(session, case.director, skipped.id, "已整改，待复查", NOW)
    numbers = []
    for finding in case.findings:
        step = begun(case, StepKind.NOTICE, finding)
        taking.prepare(session, case.dispatcher, step.id, given, NOW)
        numbers.append(taking.sign(session, case.director, step.id, NOW, TODAY).number_text)
    assert numbers == ["万教通报〔2026〕1号", "万教通报〔2026〕2号"]
    assert skipped.number_text is None
    assert (skipped.state, skipped.reason, skipped.decided_by_id) == (
        StepState.SKIPPED,
        "已整改，待复查",
        case.director.id,
    )


def test_to_leave_a_step_out_needs_a_leader_and_a_reason(session: Session, case: Case) -> None:
    step = begun(case)
    with pytest.raises(Forbidden):
        taking.skip(session, case.dispatcher, step.id, "不必", NOW)
    with pytest.raises(Forbidden):
        taking.sign(session, case.dispatcher, step.id, NOW, TODAY)
    for reason in ("", "  ", "长" * 501):
        with pytest.raises(Invalid, match="请写明不办的原因"):
            taking.skip(session, case.director, step.id, reason, NOW)
    taking.skip(session, case.director, step.id, "已整改", NOW)
    with pytest.raises(Conflict, match="这一步已是“不办”"):
        taking.skip(session, case.director, step.id, "再来", NOW)


def test_a_second_step_of_the_kind_waits_for_the_first(session: Session, case: Case) -> None:
    begun(case)
    with pytest.raises(Conflict, match="已有一项待办的约谈"):
        begun(case)
    begun(case, finding=case.findings[1])
    for kind in (StepKind.SUPERVISION, StepKind.REMINDER):
        with pytest.raises(Invalid, match="督办请开具督办单"):
            begun(case, kind)


def test_a_problem_that_does_not_stand_is_not_escalated_and_a_suspended_one_waits(
    session: Session, case: Case
) -> None:
    for state in (FindingState.PROPOSED, FindingState.REJECTED, FindingState.STRUCK_OFF):
        with pytest.raises(Conflict, match="不能约谈"):
            begun(case, finding=case.find("别的问题", state=state))
    mended = case.find("已整改的问题", state=FindingState.STRUCK_OFF)
    assert begun(case, StepKind.ACCOUNTABILITY, mended).state is StepState.PROPOSED
    step = begun(case)
    taking.prepare(session, case.dispatcher, step.id, INTERVIEW, NOW)
    case.findings[0].suspended_at = NOW
    session.flush()
    with pytest.raises(Conflict, match="已中止"):
        taking.sign(session, case.director, step.id, NOW, TODAY)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"invited": ""}, "invited", "请填写约谈谁"),
        ({"headcount": "0"}, "headcount", "请填写 1 至 1000 的人数"),
        ({"headcount": "三"}, "headcount", "请填写 1 至 1000 的人数"),
        ({"at": "2026-12-17"}, "at", "约谈时间要在现在以后"),
        ({"at": "2026-12-15T09:29"}, "at", "约谈时间要在现在以后"),
        ({"at": "25:00"}, "at", "请填写日期和时间"),
        ({"place": "长" * 101}, "place", "最多 100 字，现在 101 字"),
        ({"telephone": " \x00"}, "telephone", "请填写联系电话"),
    ],
)
def test_an_interview_is_called_with_all_that_it_needs(
    session: Session, case: Case, change: dict[str, str], field: str, message: str
) -> None:
    step = begun(case)
    with pytest.raises(Invalid) as refused:
        taking.prepare(session, case.dispatcher, step.id, INTERVIEW | change, NOW if field != "at" else LATER)
    assert field in refused.value.fields
    assert message in str(refused.value.fields[field])


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"held_at": "2026-12-14T09:00"}, "held_at", "约谈在通知书签发（2026-12-15）以后"),
        ({"held_at": "2026-12-19T09:00"}, "held_at", "不能晚于现在"),
        ({"commitments": ""}, "commitments", "没有承诺的写“未作承诺”"),
        ({"attended_count": "1001"}, "attended_count", "请填写 1 至 1000 的人数"),
    ],
)
def test_a_record_of_an_interview_is_whole(
    session: Session, case: Case, change: dict[str, str], field: str, message: str
) -> None:
    step = begun(case)
    taking.prepare(session, case.dispatcher, step.id, INTERVIEW, NOW)
    with pytest.raises(Conflict, match="先签发约谈通知书"):
        taking.record(session, case.dispatcher, step.id, RECORD, LATER)
    taking.sign(session, case.director, step.id, NOW, TODAY)
    with pytest.raises(Invalid) as refused:
        taking.record(session, case.dispatcher, step.id, RECORD | change, LATER)
    assert message in str(refused.value.fields[field])


def test_one_click_drafts_the_supervision_order_and_its_issue_does_the_step(session: Session, case: Case) -> None:
    case.served(**{f"days-{each.id}": "5" for each in case.findings})
    for finding in case.findings:
        assert finding.due_on == date(2026, 11, 30)
    climb(session, COUNTY, datetime(2026, 12, 3, 1, tzinfo=UTC))
    step = step_of(session, case.findings[0], StepKind.SUPERVISION)
    order = supervising.draft_supervision(session, case.dispatcher, step.id, date(2026, 12, 3))
    items = items_of(session, order)
    assert {row.finding.id for row in items} == {each.id for each in case.findings}
    assert {row.item.measures for row in items} == {"立即停止学科类培训，清退费用"}
    assert (order.kind, order.state, step.state) == (OrderKind.SUPERVISION, OrderState.DRAFT, StepState.PROPOSED)
    with pytest.raises(Conflict, match="已经写进一份督办单"):
        supervising.draft_supervision(session, case.dispatcher, step.id, date(2026, 12, 3))
    issue(session, case.director, order.id, LATER, date(2026, 12, 3))
    for finding in case.findings:
        done = step_of(session, finding, StepKind.SUPERVISION)
        assert (done.origin, done.state, done.order_id) == (Origin.CLOCK, StepState.DONE, order.id)
        assert done.decided_by_id == case.director.id


def test_a_supervision_order_that_nobody_proposed_is_a_step_of_a_person(session: Session, case: Case) -> None:
    order = case.issued(OrderKind.SUPERVISION)
    for finding in case.findings:
        step = step_of(session, finding, StepKind.SUPERVISION)
        assert (step.origin, step.state, step.order_id) == (Origin.PERSON, StepState.DONE, order.id)
    assert case.issued(OrderKind.RECTIFICATION, findings=[case.find("第三个")]).number_text
    assert len(candidates(session, case.dispatcher, case.site, OrderKind.SUPERVISION)) == 1


def test_an_inspector_and_another_county_take_no_step(session: Session, case: Case) -> None:
    step = begun(case)
    inspector = make_person(session, Role.INSPECTOR)
    for deed in (
        lambda: taking.begin(session, inspector, case.findings[0].id, StepKind.NOTICE, NOW, TODAY),
        lambda: taking.prepare(session, inspector, step.id, INTERVIEW, NOW),
        lambda: taking.record(session, inspector, step.id, RECORD, NOW),
    ):
        with pytest.raises(Forbidden):
            deed()
    stranger = make_person(session, Role.DISPATCHER, Role.DIRECTOR, county=COUNTY)
    stranger.county = "421303"
    with pytest.raises(NotFound), session.no_autoflush:
        taking.skip(session, stranger, step.id, "x", NOW)
    session.expunge(stranger)
