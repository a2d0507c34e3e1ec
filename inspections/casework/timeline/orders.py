"""The orders that name a finding: how they were made and served, and what the site answered."""

from collections.abc import Iterator
from itertools import chain

from sqlalchemy.orm import Session

from ...access import visible
from ...errors import say
from ...registry.people import Person
from ..findings import Finding
from ..legal_reviews import LegalReview, ReviewState, reviews_of
from ..orders import Order, OrderItem, OrderState
from ..responses import Report, ResponseState, reports_on
from ..services import Service, papers_among, services_of
from .entries import Actor, Entry, EntryKind, facts, people


def of_orders(session: Session, person: Person, finding: Finding) -> Iterator[Entry]:
    query = (
        visible(person, Order)
        .join(OrderItem, (OrderItem.county == Order.county) & (OrderItem.order_id == Order.id))
        .where(OrderItem.finding_id == finding.id)
        .with_only_columns(Order, OrderItem)
        .order_by(Order.id)
    )
    for order, item in session.execute(query).all():
        yield from _made(order, item)
        yield from chain.from_iterable(_review(each, order) for each in reviews_of(session, order))
        services = services_of(session, order)
        papers = papers_among(session, services)
        yield from (_service(each, order, item, papers) for each in services)
        yield from chain.from_iterable(_report(each, order, item) for each in reports_on(session, order))


def _made(order: Order, item: OrderItem) -> Iterator[Entry]:
    subject, number = ("orders", order.id), order.number_text or ""
    yield Entry(
        order.created_at, EntryKind.DRAFTED, say("{kind}拟稿", kind=order.kind.label), people(order.drafted_by_id),
        text=item.measures,
        facts=facts((say("牵头领导"), item.lead), (say("责任部门"), item.department)),
        subject=subject, is_open=order.state is OrderState.DRAFT,
    )  # fmt: skip
    if order.issued_at:
        issued = say("{kind} {number} 签发", kind=order.kind.label, number=number)
        yield Entry(order.issued_at, EntryKind.ISSUED, issued, people(order.issued_by_id), subject=subject,
                    is_open=order.state is OrderState.ISSUED)  # fmt: skip
    if order.withdrawn_at:
        yield Entry(order.withdrawn_at, EntryKind.WITHDRAWN, say("{number} 撤回", number=number),
                    people(order.withdrawn_by_id), text=order.withdrawn_reason or "", subject=subject)  # fmt: skip


def _review(review: LegalReview, order: Order) -> Iterator[Entry]:
    subject = ("orders", order.id)
    grounds = "、".join(each["label"] for each in review.grounds)
    yield Entry(review.asked_at, EntryKind.REVIEWED, say("送法制审核"), people(review.asked_by_id),
                facts=facts((say("涉及"), grounds)), subject=subject,
                is_open=review.state is ReviewState.ASKED)  # fmt: skip
    if review.decided_at:
        said = say("法制审核：{state}", state=review.state.label)
        yield Entry(review.decided_at, EntryKind.REVIEWED, said, people(review.decided_by_id),
                    text=review.opinion, subject=subject)  # fmt: skip


def _service(service: Service, order: Order, item: OrderItem, papers: set[str]) -> Entry:
    number = order.number_text or ""
    corrected = service.corrects_id is not None
    due = item.due_on if not corrected else None
    return Entry(
        at=service.recorded_at,
        kind=EntryKind.CORRECTED if corrected else EntryKind.SERVED,
        title=say("{number} 更正送达记录", number=number) if corrected else say("{number} 送达", number=number),
        people=people(service.recorded_by_id),
        text=service.reason or service.service_note or "",
        facts=facts(
            (say("送达方式"), service.method),
            (say("送达日期"), service.served_on),
            (say("签收人"), service.received_by),
            (say("回执编号"), service.receipt_number),
            (say("整改期限"), due),
        ),
        receipt_sha256=service.receipt_sha256,
        is_receipt_pdf=service.receipt_sha256 in papers,
        subject=("orders", order.id),
    )


def _report(report: Report, order: Order, item: OrderItem) -> Iterator[Entry]:
    response, own = report.response, report.items.get(item.id)
    yield Entry(
        at=response.submitted_at,
        kind=EntryKind.ANSWERED,
        title=say("单位报告：{claim}", claim=own.claim.label) if own else say("单位提交整改报告"),
        people=people(response.person_id),
        actor=Actor.SITE,
        who=response.name,
        text=own.done if own else response.text,
        proofs=[*report.proofs.get(str(item.id), []), *report.proofs.get("", [])],
        subject=("orders", order.id),
        is_open=response.state is ResponseState.SUBMITTED,
    )
    if response.decided_at:
        said = say("整改报告：{state}", state=response.state.label)
        yield Entry(response.decided_at, EntryKind.ANSWER_DECIDED, said, people(response.decided_by_id),
                    text=response.decision_reason or "", subject=("orders", order.id))  # fmt: skip
