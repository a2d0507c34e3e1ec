"""A rule of the county's own: made from one demand, tried out, put into use, and then like any other."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.times import china_day
from inspections.casework.findings import Finding
from inspections.db import scope
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.field.bundle import make_bundle
from inspections.registry.people import Person, Role
from inspections.registry.sites import SiteKind
from inspections.rules.adding import add, tried, try_new
from inspections.rules.amending import amend, end, withdraw
from inspections.rules.demands import VALUE, Demand, conditions, demand_of, demands, read_demand
from inspections.rules.judgements import Judgement
from inspections.rules.limits import read_limit
from inspections.rules.observing import observe
from inspections.rules.proposals import judge_check, limit_lines
from inspections.rules.rules import Rule, read_book
from inspections.rules.subjects import Subject
from tests.factories import COUNTY, NOW, make_check, make_person, make_site

TODAY = china_day(NOW)
TOMORROW = TODAY + timedelta(days=1)
FORM = {
    VALUE: "18:30", "title": "课后服务最晚结束", "severity": "2", "document": "万年县课后服务管理办法",
    "number": "万教体〔2026〕9号", "issued_on": "2026-11-01", "clause": "第五条", "quote": "不得晚于18:30",
    "valid_from": TOMORROW.isoformat(),
}  # fmt: skip
LATEST = demand_of(Subject.AFTER_SCHOOL, "ends_at.not_after")


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER)


def new(session: Session, person: Person, demand: Demand = LATEST, **changes: Any) -> Rule:
    form = FORM | changes
    return add(session, person, demand, {"tried": tried(demand, form)} | form)


def refused(session: Session, person: Person, demand: Demand = LATEST, **changes: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        new(session, person, demand, **changes)
    return {name: str(message) for name, message in caught.value.fields.items()}


def after_school(session: Session, officer: Person, *ends: str, day: date = TODAY) -> Any:
    check = make_check(session, officer, make_site(session, kind=SiteKind.SCHOOL))
    for each in ends:
        observe(session, officer, check.id, Subject.AFTER_SCHOOL, {"ends_at": each, "day": day.isoformat()})
    return check


def test_a_county_adds_a_rule_that_nobody_had(session: Session, dispatcher: Person) -> None:
    rule = new(session, dispatcher)
    assert (rule.region, rule.code, rule.version) == (COUNTY, f"own-{COUNTY}-1", 1)
    assert rule.source == "万年县课后服务管理办法（万教体〔2026〕9号，2026年11月1日）"
    assert [str(line) for line in limit_lines(rule)] == ["结束时间不晚于 18:30"]
    assert read_book(session, COUNTY).version_on(rule.code, TODAY) is None
    assert read_book(session, COUNTY).version_on(rule.code, TOMORROW) is rule


def test_it_judges_what_arrives_and_a_breach_becomes_a_proposed_finding(
    session: Session, dispatcher: Person
) -> None:
    rule = new(session, dispatcher, valid_from=TODAY.isoformat())
    check = after_school(session, dispatcher, "19:10")
    judge_check(session, dispatcher, check.id, NOW)
    (finding,) = session.scalars(select(Finding)).all()
    assert "课后服务最晚结束" in finding.text
    judged = session.scalars(select(Judgement).where(Judgement.finding_id == finding.id)).one()
    assert (judged.rule_code, judged.rule_version) == (rule.code, 1)


def test_a_condition_says_where_it_applies(session: Session, dispatcher: Person) -> None:
    demand = demand_of(Subject.HOMEWORK, "minutes.at_most")
    rule = new(session, dispatcher, demand, title="五六年级作业", **{VALUE: "50", "when-grade": ["5", "6"]})
    assert [str(line) for line in limit_lines(rule)] == ["5、6 年级：每天平均完成用时不超过 50 分钟"]
    assert rule.limits["cases"][0]["when"] == {"grade": [5, 6]}


def test_a_condition_of_every_word_is_none(session: Session, dispatcher: Person) -> None:
    demand = demand_of(Subject.LESSON, "lesson_minutes.at_most")
    everyone = ["preschool", "compulsory", "senior"]
    rule = new(session, dispatcher, demand, title="每课时", **{VALUE: "40", "when-audience": everyone})
    assert "when" not in rule.limits["cases"][0]


def test_a_trial_counts_the_checks_of_a_year_and_writes_nothing(session: Session, dispatcher: Person) -> None:
    after_school(session, dispatcher, "18:00", "19:00", "19:30")
    after_school(session, dispatcher, "18:10")
    after_school(session, dispatcher, "20:00", day=TODAY - timedelta(days=400))
    check = after_school(session, dispatcher)
    observe(session, dispatcher, check.id, Subject.AFTER_SCHOOL, {"new_lessons": "no"})
    trial = try_new(session, dispatcher, LATEST, FORM, TODAY)
    assert (trial.checks, trial.facts, trial.broken_then, trial.checks_then, trial.lacking) == (3, 5, 2, 1, 1)
    assert session.scalar(select(func.count()).select_from(Judgement)) == 0
    assert session.scalar(select(func.count()).select_from(Rule).where(Rule.region == COUNTY)) == 0


def test_what_was_not_tried_out_as_it_stands_is_not_put_into_use(session: Session, dispatcher: Person) -> None:
    assert set(refused(session, dispatcher, tried="")) == {"tried"}
    other = tried(LATEST, FORM | {VALUE: "19:00"})
    assert refused(session, dispatcher, tried=other) == {
        "tried": "请先试算，看过结果再启用；改过限值或条件的，要重新试算"
    }


def test_each_empty_field_is_named(session: Session, dispatcher: Person) -> None:
    empty = dict.fromkeys(FORM, "")
    assert set(refused(session, dispatcher, **empty)) == {
        VALUE, "title", "severity", "document", "number", "issued_on", "clause", "valid_from",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        (VALUE, "25:00"), ("title", "长" * 61), ("severity", "4"), ("issued_on", "2026-02-30"),
        ("valid_from", "2026-10-31"), ("valid_to", "2026-11-02"), ("item_code", "no-such"), ("quote", "长" * 2001),
        ("title", "书面作业用时"), ("number", "  "),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(session: Session, dispatcher: Person, field: str, typed: str) -> None:
    assert set(refused(session, dispatcher, **{field: typed})) == {field}


def test_a_condition_that_cannot_be_is_named(session: Session, dispatcher: Person) -> None:
    demand = demand_of(Subject.HOMEWORK, "minutes.at_most")
    assert set(refused(session, dispatcher, demand, **{VALUE: "50", "when-grade": ["12"]})) == {"when-grade"}


def test_two_rules_do_not_demand_the_same_on_the_same_days(session: Session, dispatcher: Person) -> None:
    new(session, dispatcher, valid_to="2026-12-31")
    again = {"title": "又一条", VALUE: "18:00"}
    assert refused(session, dispatcher, **again, valid_from="2026-12-31") == {
        "valid_from": "“课后服务最晚结束”在这些日子已经规定了同一件事，请改那一条的本县版本"
    }
    assert new(session, dispatcher, **again, valid_from="2027-01-01").code == f"own-{COUNTY}-2"


def test_what_the_nation_demands_already_is_changed_there(session: Session, dispatcher: Person) -> None:
    demand = demand_of(Subject.LESSON, "ends_at.not_after")
    said = refused(session, dispatcher, demand, **{VALUE: "20:00", "when-is_online": "no"})
    assert said == {"valid_from": "“培训结束时间”在这些日子已经规定了同一件事，请改那一条的本县版本"}


def test_facts_that_were_judged_are_not_judged_anew(session: Session, dispatcher: Person) -> None:
    check = after_school(session, dispatcher, "19:10")
    observe(session, dispatcher, check.id, Subject.AFTER_SCHOOL, {"new_lessons": "yes"})
    judge_check(session, dispatcher, check.id, NOW)
    assert "判定过" in refused(session, dispatcher, valid_from=TODAY.isoformat())["valid_from"]
    new(session, dispatcher)


def test_it_has_versions_and_is_retired_like_any_other(session: Session, dispatcher: Person) -> None:
    rule = new(session, dispatcher)
    later = TOMORROW + timedelta(days=30)
    second = amend(
        session, dispatcher, rule.code,
        {VALUE: "18:00", "valid_from": later.isoformat(), "source": "万教体〔2026〕12号"},
    )  # fmt: skip
    assert (second.version, second.title, rule.valid_to) == (2, rule.title, later - timedelta(days=1))
    end(session, dispatcher, rule.code, 2, later.isoformat())
    assert read_book(session, COUNTY).version_on(rule.code, later + timedelta(days=1)) is None


def test_versions_of_it_do_not_overlap(session: Session, dispatcher: Person) -> None:
    rule = new(session, dispatcher, valid_to="2026-12-31")
    form = {VALUE: "18:00", "valid_from": "2026-12-05", "source": "万教体〔2026〕12号"}
    with pytest.raises(Invalid) as caught:
        amend(session, dispatcher, rule.code, form)
    assert "时间重叠" in str(caught.value.fields["valid_from"])


def test_one_entered_by_mistake_is_withdrawn_and_has_nothing_left_to_change(
    session: Session, dispatcher: Person
) -> None:
    rule = new(session, dispatcher)
    withdraw(session, dispatcher, rule.code, 1, NOW)
    session.flush()
    assert rule.code not in read_book(session, COUNTY).versions
    with pytest.raises(Conflict, match="撤回"):
        amend(session, dispatcher, rule.code, {VALUE: "18:00", "valid_from": "2026-12-05"})
    assert new(session, dispatcher).code == f"own-{COUNTY}-2"


def test_phones_get_it_with_the_others(session: Session, dispatcher: Person) -> None:
    rule = new(session, dispatcher, valid_from=TODAY.isoformat())
    inspector = make_person(session, Role.INSPECTOR)
    rules = {each["code"]: each for each in make_bundle(session, inspector, TODAY)["rules"]}
    assert rules[rule.code]["title"] == "课后服务最晚结束"


def test_another_county_has_nothing_of_it(session: Session, dispatcher: Person) -> None:
    rule = new(session, dispatcher)
    scope(session, "421303")
    assert rule.code not in read_book(session, "421303").versions


def test_only_who_edits_rules_adds_one(session: Session) -> None:
    for role in set(Role) - {Role.DISPATCHER, Role.DIRECTOR}:
        with pytest.raises(Forbidden):
            new(session, make_person(session, role))


def test_a_demand_that_nobody_can_make_is_not_found() -> None:
    for name in ("ends_at.at_most", "grade.at_most", "rest.includes", "x", ""):
        with pytest.raises(NotFound):
            demand_of(Subject.LESSON, name)


EVERY = [demand for subject in Subject for demand in demands(subject)]


@given(st.sampled_from(EVERY), st.data())
def test_whatever_is_typed_gives_a_limit_or_names_its_field(demand: Demand, data: st.DataObject) -> None:
    texts = st.one_of(st.text(max_size=9), st.sampled_from(["3", "yes", "no", "20:30", "2026-03-09", "permit"]))
    names = [VALUE, *(f"when-{fact.name}" for fact in conditions(demand))]
    form = {name: data.draw(st.one_of(texts, st.lists(texts, max_size=3))) for name in names}
    problems: dict[str, Any] = {}
    limit = read_demand(demand, form, problems)
    assert (limit is None) == bool(problems)
    assert set(problems) <= set(names)
    if limit is not None:
        assert read_limit(demand.subject, limit.model_dump(mode="json", exclude_defaults=True)) == limit
