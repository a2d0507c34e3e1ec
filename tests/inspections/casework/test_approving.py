from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.access import get
from inspections.casework.approvals import Approval, ApprovalKind, ApprovalState, extensions_of, pending_of
from inspections.casework.approving import ask, ask_for_respondent, grant, refuse, take_back
from inspections.casework.closing import close
from inspections.casework.deadlines import working_days_after, working_days_in
from inspections.casework.orders import items_of
from inspections.casework.serving import recalculate
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.events import Event
from inspections.registry.people import Role
from inspections.rules.calendar import Calendar, working_calendar
from inspections.rules.statutory import enter_year
from tests.factories import make_person, make_site
from tests.inspections.rules.test_statutory import FORM
from tests.orders import AT, LATER, TODAY, Case

EXTENSION, SUSPENSION, RESUMPTION = ApprovalKind
WHY = {"reason": "退费名单还在核对"}
MORNING = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def case(session: Session) -> Case:
    """A served notice: both findings are due on 14 December 2026."""
    case = Case(session)
    case.order = case.served()
    return case


def asked(case: Case, kind: ApprovalKind = EXTENSION, at: datetime = AT, **form: str) -> Approval:
    given = WHY | ({"days": "5"} if kind is EXTENSION and "due_on" not in form else {}) | form
    return ask(case.session, case.dispatcher, case.findings[0].id, kind, given, at, TODAY)


def granted(case: Case, kind: ApprovalKind = EXTENSION, at: datetime = AT, **form: str) -> Approval:
    return grant(case.session, case.director, asked(case, kind, at, **form).id, "", at)


def test_an_extension_moves_the_deadline_of_the_finding_and_of_its_item(session: Session, case: Case) -> None:
    approval = asked(case)
    finding, item = case.findings[0], items_of(session, case.order)[0].item
    assert finding.due_on == item.due_on == date(2026, 12, 14)
    assert pending_of(session, finding) is approval
    grant(session, case.director, approval.id, "", AT)
    assert finding.due_on == item.due_on == date(2026, 12, 21)
    assert (approval.due_before, approval.due_after) == (date(2026, 12, 14), date(2026, 12, 21))
    assert case.findings[1].due_on == date(2026, 12, 14)
    event = session.scalars(select(Event).where(Event.subject_id == finding.id, Event.verb == "extension")).one()
    assert event.detail == {"was": "2026-12-14", "due_on": "2026-12-21"}


def test_extensions_are_counted_and_add_up(session: Session, case: Case) -> None:
    granted(case, days="2")
    granted(case, due_on="2026-12-18")
    assert extensions_of(session, case.findings[0]) == 2
    assert case.findings[0].due_on == date(2026, 12, 18)
    assert extensions_of(session, case.findings[1]) == 0


def test_a_finding_without_an_order_can_be_extended_too(session: Session) -> None:
    case = Case(session)
    granted(case, days="1")
    assert case.findings[0].due_on == date(2027, 1, 1)  # the year isn't published: a Friday is a guess


@pytest.mark.parametrize(
    ("form", "field", "said"),
    [
        ({"reason": " "}, "reason", "请写明理由"),
        ({"reason": "长" * 501}, "reason", "请写明理由"),
        ({"days": "0"}, "days", "请填写 1 至 120 个工作日"),
        ({"days": ""}, "days", "请填写 1 至 120 个工作日"),
        ({"due_on": "2026-12-14"}, "due_on", "新的期限要晚于今天和现在的期限 2026-12-14"),
        ({"due_on": "2026-12-19"}, "due_on", "是周末"),
        ({"due_on": "年底"}, "due_on", "请填写日期"),
    ],
)
def test_what_is_asked_without_reason_or_sense_is_refused(case: Case, form, field: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        asked(case, **form)
    assert said in str(refused.value.fields[field])


def test_nobody_approves_an_own_request(session: Session, case: Case) -> None:
    both = make_person(session, Role.DISPATCHER, Role.DIRECTOR, name="兼任")
    approval = ask(session, both, case.findings[0].id, EXTENSION, WHY | {"days": "5"}, AT, TODAY)
    for decide in (grant, refuse):
        with pytest.raises(Conflict, match="申请人不能审批自己的申请"):
            decide(session, both, approval.id, "同意", AT)
    assert approval.state is ApprovalState.ASKED
    with pytest.raises(DBAPIError, match="four_eyes"), session.begin_nested():
        session.execute(
            text("update approvals set state = 'granted', decided_at = now(), decided_by_id = asked_by_id")
        )
    grant(session, case.director, approval.id, "", AT)


def test_one_request_waits_at_a_time_and_is_decided_once(session: Session, case: Case) -> None:
    approval = asked(case)
    with pytest.raises(Conflict, match="已有一份延期申请在等审批"):
        asked(case, SUSPENSION)
    with pytest.raises(Invalid, match="请写明理由"):
        refuse(session, case.director, approval.id, " ", AT)
    refuse(session, case.director, approval.id, "期限足够", AT)
    assert case.findings[0].due_on == date(2026, 12, 14)
    for decide in (grant, refuse):
        with pytest.raises(Conflict, match="已经处理过了：不同意"):
            decide(session, case.director, approval.id, "再看", AT)
    with pytest.raises(DBAPIError, match="is decided and does not change"), session.begin_nested():
        session.execute(text("update approvals set decision_reason = 'x'"))
    again = asked(case)
    take_back(session, case.dispatcher, again.id, AT)
    assert again.state is ApprovalState.TAKEN_BACK
    assert extensions_of(session, case.findings[0]) == 0


def test_while_suspended_the_clock_stands_still_and_resumption_moves_the_deadline(session, case) -> None:
    finding = case.findings[0]
    granted(case, SUSPENSION, AT)
    assert (finding.suspended_at, finding.due_on) == (AT, date(2026, 12, 14))
    with pytest.raises(Conflict, match="已经中止，请先恢复"):
        asked(case)
    resumed = granted(case, RESUMPTION, MORNING)
    # stood still from Monday 23 November to Tuesday 1 December: six working days
    assert (finding.suspended_at, finding.due_on) == (None, date(2026, 12, 22))
    assert (resumed.stood_from, resumed.stood_until) == (date(2026, 11, 23), date(2026, 12, 1))
    with pytest.raises(Conflict, match="没有中止，不用恢复"):
        asked(case, RESUMPTION)


def test_a_suspended_finding_or_one_with_a_request_is_not_struck_off(session: Session, case: Case) -> None:
    case.recheck()
    approval = asked(case, SUSPENSION)
    with pytest.raises(Conflict, match="还不能销号：有一份中止申请还没有审批"):
        close(session, case.dispatcher, case.findings[0].id, LATER)
    grant(session, case.director, approval.id, "", AT)
    with pytest.raises(Conflict, match="还不能销号：整改已中止，请先恢复"):
        close(session, case.dispatcher, case.findings[0].id, LATER)
    granted(case, RESUMPTION, MORNING)
    close(session, case.dispatcher, case.findings[0].id, LATER)
    for kind in ApprovalKind:
        with pytest.raises(Conflict, match="现在是“已销号”"):
            asked(case, kind)


def test_what_was_struck_off_meanwhile_is_not_extended(session: Session, case: Case) -> None:
    approval = asked(case)
    case.findings[0].state = "struck_off"
    with pytest.raises(Conflict, match="现在是“已销号”，请退回申请"):
        grant(session, case.director, approval.id, "", AT)


def test_a_deadline_in_an_unpublished_year_is_provisional_and_counted_again_with_what_was_granted(
    session, case
) -> None:
    granted(case, days="20")
    item = items_of(session, case.order)[0].item
    assert (item.is_provisional, item.due_on) == (True, date(2027, 1, 11))
    enter_year(session, case.dispatcher, FORM)
    recalculate(session, case.dispatcher, case.order.id)
    calendar = working_calendar(session, case.site.county)
    assert item.due_on == case.findings[0].due_on == working_days_after(calendar, date(2026, 12, 14), 20).on
    assert not item.is_provisional


def test_the_site_asks_by_its_own_log_in_or_without_one(session: Session, case: Case) -> None:
    head = make_person(session, Role.INSTITUTION_USER, name="刘负责人", site_id=case.site.id)
    finding = case.findings[0]
    first = ask_for_respondent(session, head, finding, EXTENSION, WHY | {"days": "3"}, AT, TODAY, name="刘负责人")
    assert (first.asked_by_id, first.asked_by_name) == (head.id, "刘负责人")
    refuse(session, case.director, first.id, "请先停课", AT)

    class Link:
        county, id, person_id = case.site.county, case.site.id, None

    second = ask_for_respondent(session, Link(), finding, EXTENSION, WHY | {"days": "3"}, AT, TODAY, name=" 刘某 ")
    assert (second.asked_by_id, second.asked_by_name) == (None, "刘某")
    grant(session, case.director, second.id, "", AT)
    with pytest.raises(Forbidden):
        ask_for_respondent(session, head, finding, RESUMPTION, WHY, AT, TODAY, name="刘负责人")


def test_each_does_what_the_role_may(session: Session, case: Case) -> None:
    for stranger in (case.director, case.officers[0]):
        with pytest.raises(Forbidden):
            ask(session, stranger, case.findings[0].id, EXTENSION, WHY, AT, TODAY)
    approval = asked(case)
    for stranger in (case.dispatcher, case.officers[0]):
        with pytest.raises(Forbidden):
            grant(session, stranger, approval.id, "", AT)
    elsewhere = make_person(session, Role.INSTITUTION_USER, site_id=make_site(session, name="别处").id)
    with pytest.raises(NotFound):
        get(session, elsewhere, Approval, approval.id)


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 20))


@given(start=DAYS, served=st.integers(0, 30), days=st.integers(1, 60), stood=st.integers(0, 60))
def test_standing_still_keeps_the_number_of_working_days_that_were_left(start, served, days, stood) -> None:
    """Counted with Monday to Friday, whatever day it starts, stops and goes on."""
    calendar = Calendar({}, ())
    due = working_days_after(calendar, start, days).on
    stops = min(start + timedelta(days=served), due)
    goes_on = stops + timedelta(days=stood)
    moved = working_days_after(calendar, due, working_days_in(calendar, stops, goes_on).days).on
    left, then = (working_days_in(calendar, *each).days for each in ((stops, due), (goes_on, moved)))
    assert left == then
