"""From facts on a check to a proposed finding, and an officer's word on it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.confirming import confirm, reject
from inspections.casework.findings import Finding, FindingState
from inspections.db import scope
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.field.checks import Check
from inspections.registry.people import Person, Role
from inspections.registry.sites import SiteCategory, SiteKind, SiteState
from inspections.rules.amending import amend
from inspections.rules.judgements import Judgement
from inspections.rules.judging import Outcome
from inspections.rules.observing import complete, observe, withdraw
from inspections.rules.proposals import judge_check, read_seen, rules_behind
from inspections.rules.school_year import set_period
from inspections.rules.subjects import Subject
from tests.factories import NOW, make_check, make_person, make_site

LESSON = {
    "audience": "compulsory",
    "is_subject": "yes",
    "is_online": "no",
    "starts_at": "19:00",
    "ends_at": "20:45",
}
TERM = {"kind": "autumn_term", "first_day": "2026-09-01", "last_day": "2027-01-22", "source": "校历"}


@pytest.fixture
def officer(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER)


@pytest.fixture
def check(session: Session, officer: Person) -> Check:
    return make_check(session, officer, make_site(session))


def outcomes(session: Session, person: Person, check: Check) -> dict[str, str]:
    return {
        one.rule.code: one.judgement.outcome.value
        for seen in read_seen(session, person, check)
        for one in seen.verdicts
        if one.judgement.outcome is not Outcome.NOT_APPLICABLE
    }


def findings(session: Session, check: Check) -> list[Finding]:
    return list(session.scalars(select(Finding).where(Finding.check_id == check.id)))


def test_a_broken_rule_becomes_a_proposed_finding_with_rule_limit_fact_and_version(
    session: Session, officer: Person, check: Check
) -> None:
    set_period(session, officer, TERM)
    observe(session, officer, check.id, Subject.LESSON, LESSON | {"about": "二楼数学课"})
    counts = judge_check(session, officer, check.id, NOW)
    assert counts[Outcome.BROKEN] == 1
    (finding,) = findings(session, check)
    assert finding.text == "培训结束时间（二楼数学课）：结束时间：20:45，规定不晚于 20:30"
    assert (finding.state, finding.item_code, finding.severity) == (FindingState.PROPOSED, "zd-17", 2)
    (rule,) = rules_behind(session, officer, [finding]).values()
    assert (rule.region, rule.code, rule.version) == ("000000", "lesson-end", 1)
    assert outcomes(session, officer, check) == {"lesson-end": "broken", "lesson-days": "kept"}


def test_without_the_counties_calendar_the_day_is_asked_for(
    session: Session, officer: Person, check: Check
) -> None:
    observe(session, officer, check.id, Subject.LESSON, LESSON)
    judge_check(session, officer, check.id, NOW)
    (seen,) = read_seen(session, officer, check)
    said = {one.rule.code: [str(reason) for reason in one.reasons] for one in seen.verdicts}
    assert said["lesson-days"] == ["本县校历没有 2026-11-20 所在的学期或假期，请先在校历中登记"]
    set_period(session, officer, TERM)
    judge_check(session, officer, check.id, NOW)
    assert outcomes(session, officer, check)["lesson-days"] == "kept"


def test_a_missing_fact_is_asked_for_added_and_judged(session: Session, officer: Person, check: Check) -> None:
    row = observe(session, officer, check.id, Subject.FEE, {"paid_yuan": "4000"})
    assert judge_check(session, officer, check.id, NOW)[Outcome.LACKING] == 3
    complete(session, officer, row.id, {"months": "6", "by_loan": "no", "has_receipt": "yes"})
    judge_check(session, officer, check.id, NOW)
    assert outcomes(session, officer, check) == {"fee-span": "broken", "fee-loan": "kept", "fee-receipt": "kept"}


def test_judging_again_proposes_nothing_twice(session: Session, officer: Person, check: Check) -> None:
    observe(session, officer, check.id, Subject.LESSON, LESSON)
    judge_check(session, officer, check.id, NOW)
    judge_check(session, officer, check.id, NOW)
    assert len(findings(session, check)) == 1


def test_an_old_check_keeps_the_version_it_was_judged_by(session: Session, officer: Person, check: Check) -> None:
    observe(session, officer, check.id, Subject.LESSON, LESSON)
    judge_check(session, officer, check.id, NOW)
    form = {"valid_from": "2026-11-21", "source": "县教体局文件", "limit-0-0": "21:30", "limit-1-0": "21:30"}
    amend(session, officer, "lesson-end", form)
    judge_check(session, officer, check.id, NOW)
    (seen,) = read_seen(session, officer, check)
    judged = next(one for one in seen.verdicts if one.rule.code == "lesson-end")
    assert (judged.judgement.rule_region, judged.judgement.outcome) == ("000000", Outcome.BROKEN)
    assert [str(reason) for reason in judged.reasons] == ["结束时间：20:45，规定不晚于 20:30"]


def test_facts_are_judged_by_the_rules_of_their_own_day(session: Session, officer: Person, check: Check) -> None:
    fee = {"months": "3", "paid_yuan": "9000", "by_loan": "no", "has_receipt": "yes"}
    observe(session, officer, check.id, Subject.FEE, fee | {"day": "2023-06-07"})
    observe(session, officer, check.id, Subject.FEE, fee | {"day": "2023-06-08"})
    judge_check(session, officer, check.id, NOW)
    older, newer = read_seen(session, officer, check)
    assert [(one.rule.version, one.judgement.outcome) for one in older.verdicts] == [(1, Outcome.KEPT)]
    span = next(one for one in newer.verdicts if one.rule.code == "fee-span")
    assert (span.rule.version, span.judgement.outcome) == (2, Outcome.BROKEN)


def test_a_verdict_that_was_reached_cannot_be_changed_by_the_app(
    session: Session, officer: Person, check: Check
) -> None:
    observe(session, officer, check.id, Subject.LESSON, LESSON)
    judge_check(session, officer, check.id, NOW)
    changed = session.execute(text("update judgements set outcome = 'kept' where outcome = 'broken'"))
    assert changed.rowcount == 0  # type: ignore[attr-defined]
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("delete from judgements"))


def test_an_officer_confirms_or_rejects_with_a_reason(session: Session, officer: Person, check: Check) -> None:
    observe(session, officer, check.id, Subject.LESSON, LESSON)
    observe(session, officer, check.id, Subject.LESSON, LESSON | {"ends_at": "21:30"})
    judge_check(session, officer, check.id, NOW)
    first, second = findings(session, check)
    with pytest.raises(Invalid):
        reject(session, officer, first.id, " ")
    reject(session, officer, first.id, "是家长会，不是上课")
    confirm(session, officer, second.id, NOW, today=date(2026, 11, 20), reason="当场看到下课")
    assert (first.state, second.state) == (FindingState.REJECTED, FindingState.CONFIRMED)


def test_facts_whose_finding_stands_are_not_withdrawn(session: Session, officer: Person, check: Check) -> None:
    row = observe(session, officer, check.id, Subject.LESSON, LESSON)
    judge_check(session, officer, check.id, NOW)
    with pytest.raises(Conflict, match="记为不成立"):
        withdraw(session, officer, row.id, "记错了教室", NOW)
    reject(session, officer, findings(session, check)[0].id, "记错了教室")
    withdraw(session, officer, row.id, "记错了教室", NOW)
    with pytest.raises(Conflict, match="还没有登记事实"):
        judge_check(session, officer, check.id, NOW)


def test_recorded_facts_are_not_changed_by_adding(session: Session, officer: Person, check: Check) -> None:
    row = observe(session, officer, check.id, Subject.LESSON, {"ends_at": "20:45"})
    complete(session, officer, row.id, {"ends_at": "20:00", "is_online": "no"})
    assert row.facts == {"ends_at": "20:45", "is_online": False}
    with pytest.raises(Invalid) as caught:
        complete(session, officer, row.id, {"starts_at": "21:00"})
    assert set(caught.value.fields) == {"ends_at"}
    with pytest.raises(Invalid, match="没有新增"):
        complete(session, officer, row.id, {"ends_at": "20:00"})


@pytest.mark.parametrize(
    ("subject", "form", "field"),
    [
        (Subject.HOMEWORK, {"grade": "3"}, "subject"),
        (Subject.LESSON, LESSON | {"day": "2026-11-21"}, "day"),
        (Subject.LESSON, LESSON | {"day": "2026-02-30"}, "day"),
        (Subject.LESSON, LESSON | {"day": "0001-01-01"}, "day"),
        (Subject.LESSON, LESSON | {"about": "长" * 201}, "about"),
        (Subject.APPROVAL, {"approved_on": "2026-12-01"}, "approved_on"),
    ],
)
def test_what_contradicts_the_check_is_refused(
    session: Session, officer: Person, check: Check, subject: Subject, form: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        observe(session, officer, check.id, subject, form)
    assert set(caught.value.fields) == {field}


def test_no_fact_at_all_is_no_observation(session: Session, officer: Person, check: Check) -> None:
    with pytest.raises(Invalid, match="至少填写一项"):
        observe(session, officer, check.id, Subject.LESSON, {"about": "空"})


def test_a_school_is_asked_about_homework(session: Session, officer: Person) -> None:
    school = make_site(session, kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY, state=SiteState.LICENSED)
    check = make_check(session, officer, school)
    observe(session, officer, check.id, Subject.HOMEWORK, {"grade": "2", "minutes": "20"})
    judge_check(session, officer, check.id, NOW)
    assert findings(session, check)[0].text == "书面作业用时：每天平均完成用时：20 分钟，规定不超过 0 分钟"


def test_hostile_text_stays_text(session: Session, officer: Person, check: Check) -> None:
    hostile = "</w:t>{{7*7}}=cmd|'<script>\x00"
    row = observe(session, officer, check.id, Subject.LESSON, LESSON | {"about": hostile})
    assert row.about == hostile.replace("\x00", "")
    judge_check(session, officer, check.id, NOW)
    assert row.about in findings(session, check)[0].text


def test_another_county_finds_neither_facts_nor_verdicts(session: Session, officer: Person, check: Check) -> None:
    row = observe(session, officer, check.id, Subject.LESSON, LESSON)
    judge_check(session, officer, check.id, NOW)
    scope(session, "421303")
    stranger = make_person(session, Role.DISPATCHER, county="421303")
    for act in (
        lambda: judge_check(session, stranger, check.id, NOW),
        lambda: complete(session, stranger, row.id, {"gap_minutes": "5"}),
        lambda: observe(session, stranger, check.id, Subject.LESSON, LESSON),
    ):
        with pytest.raises(NotFound):
            act()
    assert session.scalars(select(Judgement)).all() == []


def test_a_volunteer_records_no_facts(session: Session, check: Check) -> None:
    with pytest.raises(Forbidden):
        observe(session, make_person(session, Role.VOLUNTEER), check.id, Subject.LESSON, LESSON)
