"""The ledger as a list: its rows follow the records, and every figure it shows is the total of a list."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.closing import reopen
from inspections.casework.findings import FindingState
from inspections.casework.issuing import withdraw
from inspections.casework.orders import OrderKind
from inspections.casework.steps import Origin, Step, StepKind, StepState
from inspections.days import day_of
from inspections.ledger.items import LedgerItem, Paper
from inspections.ledger.owning import set_owner, withdraw_owner
from inspections.listing import Page, Question, count, count_each, read
from inspections.listing.ledger import LEDGER, NO_STEP
from inspections.listing.ledger_groups import FIGURES, GROUPS, grouped
from inspections.registry.areas import AreaLevel
from inspections.registry.people import Role
from inspections.registry.sites import SiteKind
from tests.casefile import make_area, make_finding
from tests.factories import make_person, make_site
from tests.ledger import FINDINGS, NOW, REAL_TODAY, put
from tests.orders import AT, TODAY, Case


def asking(**asked: Any) -> Question:
    given = {key: value if isinstance(value, list) else [str(value)] for key, value in asked.items()}
    return Question.of(LEDGER, given)


def ledger(session: Session, person: Any, **asked: Any) -> Page:
    return read(session, person, LEDGER, asking(**asked))


def item_of(session: Session, finding: Any) -> LedgerItem:
    session.flush()
    session.expire_all()
    return session.get_one(LedgerItem, (finding.county, finding.id))


def test_a_proposed_finding_is_not_on_the_ledger_and_a_confirmed_one_is(session: Session) -> None:
    case = Case(session)
    proposed = case.find("未确认", state=FindingState.PROPOSED)
    assert ledger(session, case.dispatcher).total == 2
    proposed.state = FindingState.CONFIRMED
    session.flush()
    assert ledger(session, case.dispatcher).total == 3


def test_many_findings_of_one_statement_are_written_each_by_its_own_state(session: Session) -> None:
    case = Case(session, findings=0)
    first, second, third, fourth = (case.find(name).id for name in "甲乙丙丁")
    state = (
        f"case id when '{first}' then 'proposed' when '{second}' then 'rejected' when '{third}' then 'rectifying'"
    )
    session.execute(text(f"update findings set text = '改过', state = {state} else 'confirmed' end"))
    items = {row.id: (row.state, row.text) for row in ledger(session, case.dispatcher).rows}
    assert items == {third: (FindingState.RECTIFYING, "改过"), fourth: (FindingState.CONFIRMED, "改过")}
    session.execute(text("update findings set state = 'confirmed'"))
    assert ledger(session, case.dispatcher).total == 4


def test_a_line_taken_off_a_draft_leaves_the_ledger_with_its_statement(session: Session) -> None:
    case = Case(session, findings=2)
    case.drafted()
    assert {row.paper for row in ledger(session, case.dispatcher).rows} == {Paper.DRAFT}
    session.execute(text("delete from order_items"))
    assert {row.paper for row in ledger(session, case.dispatcher).rows} == {Paper.NONE}


def test_the_ledger_names_the_owner_the_paper_and_the_deadline_of_a_served_order(session: Session) -> None:
    case = Case(session, findings=1)
    order = case.served()
    item = item_of(session, case.findings[0])
    assert (item.lead, item.department) == ("王副局长", "校外教育培训监管股")
    assert (item.paper, item.numbers, item.order_id) == (Paper.RECTIFICATION, order.number_text, order.id)
    assert item.state is FindingState.RECTIFYING
    assert item.due_on == case.findings[0].due_on


def test_a_draft_owns_nothing_that_was_issued_before_it(session: Session) -> None:
    case = Case(session, findings=1)
    case.served()
    finding = case.findings[0]
    case.drafted(OrderKind.SUPERVISION, **{f"lead-{finding.id}": "赵县长"})
    item = item_of(session, finding)
    assert (item.lead, item.paper) == ("王副局长", Paper.RECTIFICATION)


def test_a_withdrawn_order_leaves_the_ledger(session: Session) -> None:
    case = Case(session, findings=1)
    order = case.issued()
    withdraw(session, case.director, order.id, "写错了", AT)
    item = item_of(session, case.findings[0])
    assert (item.paper, item.numbers, item.lead) == (Paper.NONE, None, None)


def test_an_owner_set_later_stands_beside_the_order_and_can_be_taken_back(session: Session) -> None:
    case = Case(session, findings=1)
    case.served()
    finding = case.findings[0]
    form = {"lead": "刘局长", "department": "市场监督管理局", "reason": "涉及无照经营"}
    owner = set_owner(session, case.dispatcher, finding.id, form, AT + timedelta(days=1))
    assert item_of(session, finding).department == "市场监督管理局"
    withdraw_owner(session, case.dispatcher, owner.id, AT + timedelta(days=2))
    assert item_of(session, finding).department == "校外教育培训监管股"


def test_a_closure_and_its_reopening_are_seen_at_once(session: Session) -> None:
    case = Case(session, findings=1)
    case.served()
    finding = case.findings[0]
    closure = case.struck_off(finding)
    assert item_of(session, finding).closed_at == closure.closed_at
    assert [row.id for row in ledger(session, case.dispatcher, show="closed").rows] == [finding.id]
    later = closure.closed_at + timedelta(days=9)
    reopen(session, case.dispatcher, finding.id, "又开课了", later, day_of(later))
    item = item_of(session, finding)
    assert (item.closed_at, item.reopened, item.is_open) == (None, 1, True)
    assert ledger(session, case.dispatcher, urgency="reopened").total == 1


def test_the_highest_step_that_was_done_is_named(session: Session) -> None:
    case = Case(session, findings=1)
    for kind, state in (
        (StepKind.SUPERVISION, "done"),
        (StepKind.REMINDER, "done"),
        (StepKind.INTERVIEW, "proposed"),
    ):
        decided = {"decided_at": AT, "decided_by_id": case.dispatcher.id} if state == "done" else {}
        session.add(
            Step(county=case.site.county, finding_id=case.findings[0].id, kind=kind, origin=Origin.CLOCK,
                 state=StepState(state), due_on=TODAY, deadline=TODAY, proposed_at=AT, **decided)
        )  # fmt: skip
    assert item_of(session, case.findings[0]).step is StepKind.SUPERVISION


def test_a_renamed_site_is_found_by_its_new_name(session: Session) -> None:
    case = Case(session, findings=1)
    case.site.name = "Rainbow 美术"
    session.flush()
    assert ledger(session, case.dispatcher, q="rainbow 授课").total == 1
    assert ledger(session, case.dispatcher, q="100%").total == 0


def test_nobody_writes_the_ledger_by_hand(session: Session) -> None:
    case = Case(session, findings=1)
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("update ledger_items set lead = 'x'"))
    del case


def test_a_suspended_problem_is_not_overdue_and_is_found_as_suspended(session: Session) -> None:
    case = Case(session, findings=1)
    finding = case.findings[0]
    finding.due_on = REAL_TODAY - timedelta(days=3)
    session.flush()
    assert ledger(session, case.dispatcher, urgency="overdue").rows[0].days_late == 3
    finding.suspended_at = NOW
    session.flush()
    assert ledger(session, case.dispatcher, urgency="overdue").total == 0
    row = ledger(session, case.dispatcher, urgency="suspended").rows[0]
    assert (row.days_late, row.is_overdue) == (None, False)


def test_the_head_of_a_township_counts_only_its_own(session: Session) -> None:
    case = Case(session)
    town = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (116.9, 28.5, 117.2, 28.9))
    other = make_site(session, name="镇上的学校", township_id=town.id)
    make_finding(session, other, state=FindingState.CONFIRMED)
    head = make_person(session, Role.TOWNSHIP_ADMIN, township_id=town.id)
    page = ledger(session, head)
    assert page.total == 1
    assert sum(facet.n for facet in page.facets["township"]) == 1
    assert ledger(session, case.dispatcher).total == 3


CHOSEN = st.sampled_from(
    [
        {},
        {"show": ["open"]},
        {"severity": ["2"], "state": ["confirmed", "struck_off"]},
        {"urgency": ["overdue", "suspended"]},
        {"urgency": ["overdue"], "delay": ["7", "more"], "step": ["reminder", NO_STEP]},
        {"show": ["open", "closed"], "department": ["基础教育股", "none"], "lead": ["王副局长", "无此人"]},
        {"age": ["7", "60", "more"], "kind": ["school", "suspected"], "source": ["routine", "none"]},
        {"officer": ["none"], "item": ["zd-15"], "q": ["点位"], "township": ["none"]},
        {"show": ["open"], "paper": ["none"]},
        {"waits": ["order"], "paper": ["none", "draft"], "due_to": ["2099-01-01"], "rule": ["none"]},
    ]
)


@settings(max_examples=15, phases=[Phase.generate])
@given(drawn=FINDINGS, chosen=CHOSEN)
def test_each_choice_of_each_filter_counts_what_its_list_holds(owner_engine: Any, drawn: Any, chosen: Any) -> None:
    with drawn_ledger(owner_engine, drawn) as (session, case):
        page = ledger(session, case.dispatcher, **chosen)
        assert page.total == count(session, case.dispatcher, LEDGER, asking(**chosen)) == len(page.rows)
        facets = {(key, facet.value): facet.n for key, every in page.facets.items() for facet in every}
        lists = [asking(**{**chosen, key: value}) for key, value in facets]
        assert facets == dict(
            zip(facets, count_each(session, case.dispatcher, LEDGER, lists), strict=True)  # by the lists' own SQL
        )


@contextmanager
def drawn_ledger(engine: Any, drawn: Any) -> Iterator[tuple[Session, Case]]:
    with Session(engine) as session:
        case = Case(session, findings=0)
        kinds = (SiteKind.SCHOOL, SiteKind.INSTITUTION, SiteKind.SUSPECTED)
        put(session, case, [make_site(session, name=f"点位{kind}", kind=kind) for kind in kinds], drawn)
        yield session, case
        session.rollback()


@settings(max_examples=10, phases=[Phase.generate])
@given(drawn=FINDINGS, key=st.sampled_from(sorted(GROUPS)))
def test_each_figure_of_each_group_counts_what_its_list_holds(owner_engine: Any, drawn: Any, key: str) -> None:
    with drawn_ledger(owner_engine, drawn) as (session, case):
        result = grouped(session, case.dispatcher, asking(), key)
        figures = [(group, name) for group in result.groups for name in FIGURES]
        lists = [asking(**{key: group.value}, **FIGURES[name]) for group, name in figures]
        counted = count_each(session, case.dispatcher, LEDGER, lists)
        assert [group.figures[name] for group, name in figures] == counted
        for name in FIGURES:
            assert sum(group.figures[name] for group in result.groups) == result.total.figures[name]


def test_words_of_the_ledger_are_offered_as_they_stand_there(session: Session) -> None:
    case = Case(session)
    case.served()
    page = ledger(session, case.dispatcher)
    assert [(facet.value, facet.n) for facet in page.facets["department"] if facet.n] == [
        ("校外教育培训监管股", 2)
    ]
    assert [facet.n for facet in page.facets["step"] if facet.value == NO_STEP] == [2]
    gone = ledger(session, case.dispatcher, department="已撤并的股室")
    assert [(facet.value, facet.n, facet.chosen) for facet in gone.facets["department"] if facet.chosen] == [
        ("已撤并的股室", 0, True)
    ]


def test_closed_items_say_how_late_they_were(session: Session) -> None:
    case = Case(session, findings=0)
    case.find("晚", state=FindingState.STRUCK_OFF, due_on=date(2026, 11, 1), struck_off_at=AT)
    (row,) = ledger(session, case.dispatcher, show="closed").rows
    assert (row.closed_on, row.days_late) == (date(2026, 11, 23), 22)
