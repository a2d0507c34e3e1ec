from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.approvals import ApprovalKind
from inspections.casework.approving import ask, grant
from inspections.casework.correcting import correct_service
from inspections.casework.orders import OrderKind, OrderState, items_of
from inspections.casework.services import services_of
from inspections.errors import Conflict, Forbidden, Invalid
from tests.orders import AT, TODAY, Case

LATER = AT + timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def fixed(case: Case, **values: str) -> dict[str, str]:
    return case.service(served_on="2026-11-24", correction="送达日登记错了") | values


def test_a_correction_stands_beside_the_old_record_and_counts_the_deadlines_again(session, case) -> None:
    order = case.served()
    assert case.findings[0].due_on == date(2026, 12, 14)
    correct_service(session, case.dispatcher, order.id, fixed(case, received_by="王老师"), LATER, TOMORROW)
    new, old = services_of(session, order)
    assert (new.corrects_id, new.served_on, new.reason) == (old.id, date(2026, 11, 24), "送达日登记错了")
    assert (old.served_on, old.received_by) == (TODAY, "刘负责人")
    assert (order.state, order.served_on, order.received_by) == (OrderState.SERVED, new.served_on, "王老师")
    assert {each.due_on for each in case.findings} == {date(2026, 12, 15)}
    assert items_of(session, order)[0].item.due_on == date(2026, 12, 15)


def test_what_was_extended_since_stays_extended(session: Session, case: Case) -> None:
    order = case.served()
    form = {"reason": "核对退费", "days": "5"}
    approval = ask(session, case.dispatcher, case.findings[0].id, ApprovalKind.EXTENSION, form, AT, TODAY)
    grant(session, case.director, approval.id, "", AT)
    correct_service(session, case.dispatcher, order.id, fixed(case), LATER, TOMORROW)
    assert [each.due_on for each in case.findings] == [date(2026, 12, 22), date(2026, 12, 15)]


def test_the_deadline_of_a_later_order_is_left_alone(session: Session, case: Case) -> None:
    order = case.served()
    case.served(OrderKind.SUPERVISION, **{f"days-{each.id}": "3" for each in case.findings})
    form = fixed(case, served_on=TODAY.isoformat(), received_by="王老师")
    correct_service(session, case.dispatcher, order.id, form, LATER, TOMORROW)
    assert case.findings[0].due_on == date(2026, 11, 26)


def test_a_correction_needs_a_reason_and_a_service(session: Session, case: Case) -> None:
    order = case.issued()
    with pytest.raises(Conflict, match="没有可以更正的送达记录"):
        correct_service(session, case.dispatcher, order.id, fixed(case), LATER, TOMORROW)
    order = case.served(findings=[case.find("第三个问题")])
    with pytest.raises(Invalid, match="请写明更正的原因"):
        correct_service(session, case.dispatcher, order.id, fixed(case, correction=" "), LATER, TOMORROW)
    with pytest.raises(Invalid, match="送达日在签发日"):
        correct_service(session, case.dispatcher, order.id, fixed(case, served_on="2026-11-01"), LATER, TOMORROW)
    with pytest.raises(Forbidden):
        correct_service(session, case.director, order.id, fixed(case), LATER, TOMORROW)


def test_a_record_of_service_is_never_changed(session: Session, case: Case) -> None:
    case.served()
    for statement in ("update services set served_on = served_on - 1", "delete from services"):
        with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
            session.execute(text(statement))
