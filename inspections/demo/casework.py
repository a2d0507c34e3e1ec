"""What happened to cases between notice and closure: requests, a legal review, a recusal, a mistake.

Made by the desk's own commands on the newest served orders, a few days ago.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..casework.approvals import ApprovalKind, pending_of
from ..casework.approving import ask, grant
from ..casework.correcting import correct_service
from ..casework.findings import Finding, FindingState
from ..casework.handing_on import hand_over
from ..casework.legal_reviewing import ask_review, decide_review
from ..casework.orders import Order, OrderKind, OrderState, items_of
from ..casework.recusing import ask_recusal, decide_recusal
from ..casework.signing import list_officers
from ..days import day_of
from ..events import Event
from ..registry.people import Person, Role
from . import names, rhythm
from .book import moment
from .orders import find_first

GRAVE = "责令停业整顿，清退已收费用并保留退费凭证，整改情况书面报送我局。"


def write_casework(session: Session, today: date) -> None:
    """As the owner of the database, in the county's scope. Events get the time of their deed in the story."""
    found = {role: find_first(session, role) for role in (Role.DISPATCHER, Role.DIRECTOR, Role.LEGAL_REVIEWER)}
    people = [each for each in found.values() if each]
    if len(people) < len(found):
        return
    dispatcher, director, reviewer = people
    day = today - timedelta(days=1)
    while not rhythm.is_workday(day):
        day -= timedelta(days=1)
    cases = [case for order in _orders(session, OrderState.SERVED) if (case := _open_case(session, order))]
    deeds = (_extend, _ask_extension, _suspend, _correct, _recuse)
    for deed, (order, finding) in zip(deeds, cases, strict=False):
        deed(session, dispatcher, director, order, finding, day)
    drafts = _orders(session, OrderState.DRAFT)
    for order, passed in zip(drafts, (False, True), strict=False):
        _review(session, dispatcher, reviewer if passed else None, order, day)


def _orders(session: Session, state: OrderState) -> Sequence[Order]:
    query = select(Order).where(
        Order.county == names.COUNTY_CODE, Order.state == state, Order.kind == OrderKind.RECTIFICATION
    )
    return session.scalars(query.order_by(Order.issued_at.desc().nulls_last(), Order.id.desc())).all()


def _open_case(session: Session, order: Order) -> tuple[Order, Finding] | None:
    for row in items_of(session, order):
        if row.finding.state is FindingState.RECTIFYING and pending_of(session, row.finding) is None:
            return order, row.finding
    return None


def _after(order: Order, day: date, hour: float) -> datetime:
    """An hour of a day, but after the order was served."""
    return max(moment(day, hour), (order.served_at or order.created_at) + timedelta(minutes=60 * (hour - 8)))


def _date(session: Session, at: datetime) -> None:
    """The commands write their events last, and now; the story has them when they were done."""
    for event in [each for each in session.new if isinstance(each, Event)]:
        event.at = at
    session.flush()


def _extend(
    session: Session, dispatcher: Person, director: Person, order: Order, finding: Finding, day: date
) -> None:
    asked = _after(order, day - timedelta(days=2), 9)
    form = {"reason": "退费涉及 23 户，名单还在核对，申请延长一周", "days": "5"}
    approval = ask(session, dispatcher, finding.id, ApprovalKind.EXTENSION, form, asked, day_of(asked))
    _date(session, asked)
    granted = _after(order, day, 9.5)
    grant(session, director, approval.id, "同意延期一次，到期不再延长", granted)
    _date(session, granted)


def _ask_extension(
    session: Session, dispatcher: Person, director: Person, order: Order, finding: Finding, day: date
) -> None:
    at = _after(order, day, 14)
    form = {"reason": "消防改造施工未完，施工合同已提交", "days": "10"}
    ask(session, dispatcher, finding.id, ApprovalKind.EXTENSION, form, at, day)
    _date(session, at)


def _suspend(
    session: Session, dispatcher: Person, director: Person, order: Order, finding: Finding, day: date
) -> None:
    at = _after(order, day, 9)
    form = {"reason": "单位已申请行政复议，复议机关决定停止执行"}
    approval = ask(session, dispatcher, finding.id, ApprovalKind.SUSPENSION, form, at, day)
    _date(session, at)
    grant(session, director, approval.id, "", _after(order, day, 10))
    _date(session, _after(order, day, 10))


def _correct(
    session: Session, dispatcher: Person, director: Person, order: Order, finding: Finding, day: date
) -> None:
    assert order.served_on
    assert order.method
    names_ = ("received_by", "receipt_number", "service_note")
    form = {name: getattr(order, name) or "" for name in names_} | {
        "method": order.method.value, "served_on": order.served_on.isoformat(), "server_id": str(order.server_id),
        "correction": "签收人登记为负责人，实际由前台代收，按回证更正",
    }  # fmt: skip
    at = _after(order, day, 11)
    correct_service(session, dispatcher, order.id, form | {"received_by": "前台工作人员"}, at, day_of(at))
    _date(session, at)


def _recuse(
    session: Session, dispatcher: Person, director: Person, order: Order, finding: Finding, day: date
) -> None:
    at, decided = _after(order, day, 13), _after(order, day, 14)
    form = {"person_id": str(order.officer_id), "origin": "own", "reason": "负责人是本人配偶的同事"}
    recusal = ask_recusal(session, dispatcher, finding.id, form, at)
    _date(session, at)
    decide_recusal(session, director, recusal.id, True, "属实，另派人员", decided)
    _date(session, decided)
    free = [each for each in list_officers(session, dispatcher, day)
            if each.id not in {order.officer_id, order.second_officer_id}]  # fmt: skip
    officers = {"officer_id": str(order.second_officer_id), "second_officer_id": str(free[0].id)}
    hand_over(session, dispatcher, finding.id, officers | {"reason": "原承办人回避"}, decided, day)
    _date(session, decided + timedelta(minutes=20))


def _review(session: Session, dispatcher: Person, reviewer: Person | None, order: Order, day: date) -> None:
    items_of(session, order)[0].item.measures = GRAVE
    session.flush()
    at = _after(order, day, 15.5)
    review = ask_review(session, dispatcher, order.id, at)
    _date(session, at)
    if reviewer:
        passed = at + timedelta(minutes=50)
        decide_review(session, reviewer, review.id, True, "程序合法，依据正确，同意报领导签发", passed)
        _date(session, passed)
