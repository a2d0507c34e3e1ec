"""The clock of escalation over days, calendars, outages and two workers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.climbing import climb
from inspections.casework.clock_days import list_clock_days
from inspections.casework.findings import Finding, FindingState
from inspections.casework.ladders import ladder_on, list_ladders, set_ladder
from inspections.casework.orders import OrderKind
from inspections.casework.step_papers import step_lines
from inspections.casework.steps import Lapse, Origin, Step, StepKind, StepState
from inspections.errors import Forbidden, Invalid
from inspections.events import Event
from inspections.registry.people import Role
from tests.factories import COUNTY, make_person
from tests.orders import Case

DUE = date(2026, 12, 10)  # a Thursday; no holiday within weeks


def at(day: date, hour: int = 1) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 7, tzinfo=UTC)


def steps(session: Session, finding: Finding) -> list[Step]:
    session.expire_all()
    query = select(Step).where(Step.finding_id == finding.id).order_by(Step.due_on, Step.proposed_at, Step.id)
    return list(session.scalars(query))


def said(session: Session, finding: Finding) -> list[tuple[str, str, str]]:
    return [(each.kind.value, each.state.value, each.due_on.isoformat()) for each in steps(session, finding)]


def run(session: Session, first: date, last: date) -> None:
    for n in range((last - first).days + 1):
        climb(session, COUNTY, at(first + timedelta(days=n)))


def decide(session: Session, step: Step, day: date, state: StepState = StepState.DONE) -> None:
    step.state, step.decided_at, step.reason = state, at(day, 3), "情况特殊"
    session.flush()


@pytest.fixture
def case(session: Session) -> Case:
    found = Case(session, findings=1)
    found.findings[0].due_on, found.findings[0].state = DUE, FindingState.RECTIFYING
    session.flush()
    return found


@pytest.fixture
def finding(case: Case) -> Finding:
    return case.findings[0]


def test_a_problem_climbs_by_working_days_and_above_overdue_a_person_decides(
    session: Session, finding: Finding
) -> None:
    run(session, date(2026, 12, 1), date(2026, 12, 31))
    assert said(session, finding) == [
        ("due_soon", "done", "2026-12-07"),
        ("reminder", "done", "2026-12-09"),
        ("overdue", "done", "2026-12-11"),
        ("supervision", "proposed", "2026-12-15"),
    ]
    supervision = steps(session, finding)[-1]
    decide(session, supervision, date(2026, 12, 18))
    run(session, date(2026, 12, 18), date(2026, 12, 24))
    assert len(steps(session, finding)) == 4, "the fifth working day after the 18th is the 25th"
    run(session, date(2026, 12, 25), date(2026, 12, 25))
    assert said(session, finding)[-1] == ("interview", "proposed", "2026-12-25")


def test_what_was_skipped_is_climbed_past_and_the_top_is_the_end(session: Session, finding: Finding) -> None:
    run(session, date(2026, 12, 1), date(2026, 12, 15))
    for _ in range(4):
        open_step = next(each for each in steps(session, finding) if each.state is StepState.PROPOSED)
        decide(session, open_step, max(open_step.due_on, date(2026, 12, 15)), StepState.SKIPPED)
        run(session, open_step.due_on, open_step.due_on + timedelta(days=20))
    kinds = [each.kind for each in steps(session, finding)]
    assert kinds == list(StepKind)


def test_the_clock_and_a_person_are_told_apart_and_each_step_has_an_entry(
    session: Session, finding: Finding
) -> None:
    climb(session, COUNTY, at(date(2026, 12, 11)))
    step = steps(session, finding)[0]
    assert (step.kind, step.origin, step.decided_by_id) == (StepKind.OVERDUE, Origin.CLOCK, None)
    assert (step.deadline, step.opening, step.unpublished) == (DUE, 0, None)
    assert (step.ladder_region, step.ladder_version) == ("000000", 1)
    event = session.scalars(select(Event).where(Event.subject_id == step.id)).one()
    assert (event.verb, event.person_id, event.detail) == (
        "climb",
        None,
        {"kind": "overdue", "due_on": "2026-12-11"},
    )
    words = "".join(line.text for line in step_lines(step.content or {}))
    assert "整改逾期告知书" in words
    assert "整改期限为2026年12月10日，现已逾期" in words
    assert finding.text in words


def test_twice_on_a_day_does_nothing_more(session: Session, finding: Finding) -> None:
    first = climb(session, COUNTY, at(date(2026, 12, 9)))
    again = climb(session, COUNTY, at(date(2026, 12, 9), 5))
    assert (sum(first.put_forward.values()), sum(again.put_forward.values())) == (1, 0)
    day = list_clock_days(session, COUNTY, 5)[0]
    assert (day.first_at, day.last_at) == (at(date(2026, 12, 9)), at(date(2026, 12, 9), 5))


def test_after_a_week_without_the_clock_nobody_is_told_that_it_is_due_soon(
    session: Session, finding: Finding
) -> None:
    run(session, date(2026, 12, 1), date(2026, 12, 4))
    run(session, date(2026, 12, 16), date(2026, 12, 16))
    assert [kind for kind, _, _ in said(session, finding)] == ["overdue", "supervision"]


def test_a_clock_that_goes_back_repeats_nothing_and_steps_down_no_rung(session: Session, finding: Finding) -> None:
    run(session, date(2026, 12, 9), date(2026, 12, 9))
    before = said(session, finding)
    run(session, date(2026, 12, 7), date(2026, 12, 9))
    assert said(session, finding) == before


def test_a_make_up_day_is_worked_and_a_holiday_is_not(session: Session, case: Case) -> None:
    finding = case.findings[0]
    finding.due_on = date(2026, 9, 30)  # before National Day; Saturday, 10 October is worked
    session.flush()
    run(session, date(2026, 9, 1), date(2026, 10, 31))
    assert said(session, finding) == [
        ("due_soon", "done", "2026-09-24"),
        ("reminder", "done", "2026-09-29"),
        ("overdue", "done", "2026-10-08"),
        ("supervision", "proposed", "2026-10-10"),
    ]


def test_in_an_unpublished_year_the_step_says_that_it_was_guessed(session: Session, case: Case) -> None:
    finding = case.findings[0]
    finding.due_on = date(2031, 3, 6)
    session.flush()
    run(session, date(2031, 3, 3), date(2031, 3, 7))
    assert {each.unpublished for each in steps(session, finding)} == {2031}


def test_a_suspended_problem_stands_still(session: Session, finding: Finding) -> None:
    finding.suspended_at = at(date(2026, 12, 8))
    session.flush()
    run(session, date(2026, 12, 9), date(2026, 12, 20))
    assert steps(session, finding) == []


def test_an_extended_deadline_takes_the_proposal_back_and_begins_below(session: Session, finding: Finding) -> None:
    run(session, date(2026, 12, 1), date(2026, 12, 15))
    finding.due_on = date(2026, 12, 24)
    session.flush()
    done = climb(session, COUNTY, at(date(2026, 12, 16)))
    lapsed = steps(session, finding)[-1]
    assert (lapsed.kind, lapsed.state, lapsed.lapse) == (StepKind.SUPERVISION, StepState.SKIPPED, Lapse.MOVED)
    assert (lapsed.decided_by_id, lapsed.reason, done.taken_back) == (None, "整改期限已改", 1)
    run(session, date(2026, 12, 17), date(2026, 12, 29))
    assert [(kind, day) for kind, _, day in said(session, finding)[4:]] == [
        ("due_soon", "2026-12-21"),
        ("reminder", "2026-12-23"),
        ("overdue", "2026-12-25"),
        ("supervision", "2026-12-29"),
    ]


def test_a_mended_problem_is_not_waited_for_any_more(session: Session, finding: Finding) -> None:
    run(session, date(2026, 12, 11), date(2026, 12, 15))
    finding.state = FindingState.STRUCK_OFF
    session.flush()
    run(session, date(2026, 12, 16), date(2026, 12, 31))
    assert [(each.kind.value, each.lapse) for each in steps(session, finding)] == [
        ("overdue", None),
        ("supervision", Lapse.CLOSED),
    ]


def test_nobody_is_called_to_an_interview_who_was_never_served_a_paper(session: Session, finding: Finding) -> None:
    finding.state = FindingState.CONFIRMED
    session.flush()
    run(session, date(2026, 12, 11), date(2026, 12, 15))
    decide(session, steps(session, finding)[-1], date(2026, 12, 15), StepState.SKIPPED)
    run(session, date(2026, 12, 16), date(2027, 1, 20))
    assert steps(session, finding)[-1].kind is StepKind.SUPERVISION


def test_while_a_supervision_order_presses_none_is_proposed_and_the_interview_follows(
    session: Session, case: Case, finding: Finding
) -> None:
    case.served(OrderKind.SUPERVISION, **{f"days-{finding.id}": "5"})
    assert finding.due_on == date(2026, 11, 30)
    run(session, date(2026, 12, 1), date(2026, 12, 7))
    assert said(session, finding)[-2:] == [
        ("overdue", "done", "2026-12-01"),
        ("interview", "proposed", "2026-12-07"),
    ]
    assert "督办" in (steps(session, finding)[-2].content or {})["order"]


def test_what_was_decided_cannot_be_changed_or_removed_by_any_query(session: Session, finding: Finding) -> None:
    climb(session, COUNTY, at(date(2026, 12, 11)))
    for statement in ("update steps set reason = 'x'", "update steps set state = 'proposed', decided_at = null"):
        with pytest.raises(DBAPIError, match="was decided and does not change"), session.begin_nested():
            session.execute(text(statement))
    with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
        session.execute(text("delete from steps"))


# ---- the ladder


LADDER = {
    "due_soon": "5", "reminder": "2", "supervision": "1", "interview": "2", "notice": "3", "accountability": "4",
    "valid_from": "2026-12-01", "source": "万年县教育督导问责实施办法（万教督〔2026〕3号）",
}  # fmt: skip
TODAY = date(2026, 11, 23)


def test_a_county_sets_its_own_ladder_from_a_day_on_and_the_old_one_stays(
    session: Session, case: Case, finding: Finding
) -> None:
    ladder = set_ladder(session, case.dispatcher, LADDER, TODAY)
    assert (ladder.version, ladder.region) == (1, COUNTY)
    assert ladder_on(session, COUNTY, date(2026, 11, 30)).region == "000000"
    assert ladder_on(session, COUNTY, date(2026, 12, 1)) is ladder
    assert [each.region for each in list_ladders(session, COUNTY)] == [COUNTY, "000000"]
    run(session, date(2026, 12, 1), date(2026, 12, 11))
    assert said(session, finding) == [
        ("due_soon", "done", "2026-12-03"),
        ("reminder", "done", "2026-12-08"),
        ("overdue", "done", "2026-12-11"),
        ("supervision", "proposed", "2026-12-11"),
    ]
    assert steps(session, finding)[-1].ladder_region == COUNTY


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"due_soon": "0"}, "due_soon", "请填写 1 至 60 个工作日"),
        ({"notice": "三"}, "notice", "请填写 1 至 60 个工作日"),
        ({"interview": "61"}, "interview", "请填写 1 至 60 个工作日"),
        ({"accountability": "１０"}, "accountability", "请填写 1 至 60 个工作日"),
        ({"reminder": "5"}, "reminder", "催办要晚于提醒，请少于 5 个工作日"),
        ({"valid_from": "2026-11-23"}, "valid_from", "已经按现行的走过了，最早从 2026-11-24 起"),
        ({"valid_from": "明天"}, "valid_from", "请填写从哪一天起执行"),
        ({"source": " "}, "source", "请写明依据的文件名称和文号"),
        ({"quote": "长" * 2001}, "quote", "太长了"),
    ],
)
def test_a_ladder_that_cannot_be_is_refused_field_by_field(
    session: Session, case: Case, change: dict[str, str], field: str, message: str
) -> None:
    with pytest.raises(Invalid) as refused:
        set_ladder(session, case.dispatcher, LADDER | change, TODAY)
    assert list(refused.value.fields) == [field]
    assert message in str(refused.value.fields[field])


def test_only_the_office_sets_the_ladder_and_no_query_changes_a_version(session: Session, case: Case) -> None:
    with pytest.raises(Forbidden):
        set_ladder(session, make_person(session, Role.INSPECTOR), LADDER, TODAY)
    set_ladder(session, case.dispatcher, LADDER, TODAY)
    for statement in ("update ladders set notice = 1", "delete from ladders"):
        with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
            session.execute(text(statement))
