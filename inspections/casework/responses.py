"""Responses 整改报告: what a school or institution says it did about an order, item by item, with its proof.

A response is never changed after it was sent. Returned, it stays, and another follows it; accepted, it closes
nothing: it proposes a re-check.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..registry.people import Person
from ..vocabulary import Choice, choice
from .orders import Order
from .proofs import Proof, proofs_of


class ResponseState(Choice):
    SUBMITTED = "submitted", say("待审核")
    ACCEPTED = "accepted", say("已接收待复查")
    RETURNED = "returned", say("已退回")


class Claim(Choice):
    """What the site says of one problem; whether it holds, a re-check says."""

    DONE = "done", say("已整改完成")
    PARTLY = "partly", say("部分完成")
    NOT_YET = "not_yet", say("尚未完成")


class Response(CountyRow, Recorded, Model):
    """One report on an order. Its id is made with the form, so that the same form sent twice is one response.

    `person_id` is who signed in, else `invitation_id` the link by which it came; `name` is who answers for it.
    `task_id` is the re-check that its acceptance ordered. `content_sha256` tells the same form from another.
    """

    __tablename__ = "responses"
    __table_args__ = (
        in_county("order_id", "orders"),
        in_county("person_id", "people"),
        in_county("decided_by_id", "people"),
        in_county("task_id", "tasks"),
        in_county("invitation_id", "invitations"),
        CheckConstraint("num_nonnulls(person_id, invitation_id) = 1", name="sender"),
        CheckConstraint("(state = 'submitted') = (decided_at is null)", name="decided"),
        CheckConstraint("state <> 'returned' or btrim(decision_reason) <> ''", name="return_reason"),
        Index("ix_responses_county_order_id", "county", "order_id"),
        Index("ix_responses_county_state", "county", "state"),
        Index(
            "uq_responses_waiting", "county", "order_id", unique=True, postgresql_where=text("state = 'submitted'")
        ),
    )

    order_id: Mapped[UUID]
    state: Mapped[ResponseState] = mapped_column(choice(ResponseState, "state"), server_default="submitted")
    submitted_at: Mapped[datetime]
    name: Mapped[str]
    telephone: Mapped[str]
    text: Mapped[str] = mapped_column(server_default="")
    content_sha256: Mapped[str] = mapped_column(CHAR(64))
    person_id: Mapped[UUID | None]
    invitation_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]
    decision_reason: Mapped[str | None]
    task_id: Mapped[UUID | None]


class ResponseItem(Model):
    """What was done about one item of the order."""

    __tablename__ = "response_items"
    __table_args__ = (in_county("response_id", "responses"), in_county("order_item_id", "order_items"))

    county: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    response_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_item_id: Mapped[UUID] = mapped_column(primary_key=True)
    claim: Mapped[Claim] = mapped_column(choice(Claim, "claim"))
    done: Mapped[str]


class Report(NamedTuple):
    """A response with its items and proof; proof that stands for the whole is under ''."""

    response: Response
    items: dict[UUID, ResponseItem]
    proofs: dict[str, list[Proof]]
    decider: str | None


def reports_on(session: Session, order: Order) -> list[Report]:
    """What was answered to an order, the newest first."""
    query = select(Response).where(Response.county == order.county, Response.order_id == order.id)
    responses = session.scalars(query.order_by(Response.submitted_at.desc(), Response.id.desc())).all()
    return reports_of(session, responses)


def reports_of(session: Session, responses: Sequence[Response]) -> list[Report]:
    ids = [each.id for each in responses]
    if not ids:
        return []
    county = responses[0].county
    items: dict[UUID, dict[UUID, ResponseItem]] = {}
    of_these = select(ResponseItem).where(ResponseItem.county == county, ResponseItem.response_id.in_(ids))
    for item in session.scalars(of_these):
        items.setdefault(item.response_id, {})[item.order_item_id] = item
    proofs = proofs_of(session, county, ids)
    names = _deciders(session, responses)
    return [
        Report(each, items.get(each.id, {}), proofs.get(each.id, {}), names.get(each.decided_by_id))
        for each in responses
    ]


def _deciders(session: Session, responses: Sequence[Response]) -> dict[UUID | None, str]:
    ids = {each.decided_by_id for each in responses if each.decided_by_id}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}
