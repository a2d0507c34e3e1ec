"""Orders: the rectification notice 整改通知书 and the supervision order 督办单, from draft to service."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice
from .findings import Finding


class OrderKind(Choice):
    RECTIFICATION = "rectification", say("整改通知书")
    SUPERVISION = "supervision", say("督办单")


class OrderState(Choice):
    DRAFT = "draft", say("草稿")
    ISSUED = "issued", say("已签发待送达")
    SERVED = "served", say("已送达")
    WITHDRAWN = "withdrawn", say("已撤回")


class ServiceMethod(Choice):
    """How a document reached its addressee: the ways of 民事诉讼法, which administrative organs follow."""

    IN_PERSON = "in_person", say("直接送达")
    LEFT = "left", say("留置送达")
    POST = "post", say("邮寄送达")
    ELECTRONIC = "electronic", say("电子送达")
    PUBLIC = "public", say("公告送达")


class Order(CountyRow, Recorded, Model):
    """One document to one site. `number` and `content` come with the issue and never change afterwards.

    `content` is what the paper says, word for word; a later change of a name or a finding doesn't reach it.
    `served_on` is the day from which working days are counted.
    """

    __tablename__ = "orders"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("officer_id", "people"),
        in_county("second_officer_id", "people"),
        in_county("drafted_by_id", "people"),
        in_county("issued_by_id", "people"),
        in_county("server_id", "people"),
        in_county("served_by_id", "people"),
        in_county("withdrawn_by_id", "people"),
        UniqueConstraint("county", "kind", "year", "number"),
        UniqueConstraint("county", "number_text"),
        CheckConstraint("(number is null) = (content is null)", name="number_with_content"),
        CheckConstraint("state in ('draft', 'withdrawn') or number is not null", name="numbered"),
        CheckConstraint("state <> 'draft' or number is null", name="draft_unnumbered"),
        CheckConstraint("state <> 'served' or served_on is not null", name="service"),
        CheckConstraint("second_officer_id <> officer_id", name="two_officers"),
        Index("ix_orders_county_site_id", "county", "site_id"),
        Index("ix_orders_county_state", "county", "state"),
    )

    site_id: Mapped[UUID]
    kind: Mapped[OrderKind] = mapped_column(choice(OrderKind, "kind"))
    state: Mapped[OrderState] = mapped_column(choice(OrderState, "state"), server_default="draft")
    addressee: Mapped[str]
    supervised_on: Mapped[date]
    organisation: Mapped[str]
    contact: Mapped[str]
    telephone: Mapped[str]
    officer_id: Mapped[UUID | None]
    second_officer_id: Mapped[UUID | None]
    drafted_by_id: Mapped[UUID]

    year: Mapped[int | None]
    number: Mapped[int | None]
    number_text: Mapped[str | None]
    content: Mapped[dict[str, Any] | None]
    issued_by_id: Mapped[UUID | None]
    issued_at: Mapped[datetime | None]

    method: Mapped[ServiceMethod | None] = mapped_column(choice(ServiceMethod, "method"))
    served_on: Mapped[date | None]
    server_id: Mapped[UUID | None]
    received_by: Mapped[str | None]
    receipt_number: Mapped[str | None]
    service_note: Mapped[str | None]
    served_by_id: Mapped[UUID | None]
    served_at: Mapped[datetime | None]

    withdrawn_by_id: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]


class OrderItem(CountyRow, Model):
    """One finding of an order, with what is to be done, who leads, who does it and until when.

    The time limit is a number of working days after service or a fixed day; `due_on` is known from service on,
    `is_provisional` while it lies beyond the published calendars. `due_before` is the finding's until then.
    An item is live until its order is withdrawn.
    """

    __tablename__ = "order_items"
    __table_args__ = (
        in_county("order_id", "orders", ondelete="CASCADE"),
        in_county("finding_id", "findings"),
        CheckConstraint("(working_days is null) <> (fixed_due_on is null)", name="one_limit"),
        CheckConstraint("working_days between 1 and 120", name="working_days"),
        UniqueConstraint("county", "order_id", "position"),
        Index(
            "uq_order_items_live_finding",
            "county",
            "finding_id",
            "kind",
            unique=True,
            postgresql_where=text("is_live"),
        ),
    )

    order_id: Mapped[UUID]
    finding_id: Mapped[UUID]
    kind: Mapped[OrderKind] = mapped_column(choice(OrderKind, "kind"))
    position: Mapped[int]
    measures: Mapped[str]
    lead: Mapped[str]
    department: Mapped[str]
    working_days: Mapped[int | None]
    fixed_due_on: Mapped[date | None]
    due_on: Mapped[date | None]
    due_before: Mapped[date | None]
    is_provisional: Mapped[bool] = mapped_column(server_default="false")
    is_live: Mapped[bool] = mapped_column(server_default="true")


class ItemRow(NamedTuple):
    item: OrderItem
    finding: Finding


def items_of(session: Session, order: Order) -> list[ItemRow]:
    """The items of an order with their findings, in their order on the paper."""
    query = (
        select(OrderItem, Finding)
        .join(Finding, (Finding.county == OrderItem.county) & (Finding.id == OrderItem.finding_id))
        .where(OrderItem.county == order.county, OrderItem.order_id == order.id)
        .order_by(OrderItem.position)
    )
    return [ItemRow(item, finding) for item, finding in session.execute(query)]


def served_item_of(session: Session, finding: Finding) -> OrderItem | None:
    """The newest served order's item that names the finding: it sets the deadline."""
    query = (
        select(OrderItem)
        .join(Order, (Order.county == OrderItem.county) & (Order.id == OrderItem.order_id))
        .where(
            OrderItem.county == finding.county,
            OrderItem.finding_id == finding.id,
            OrderItem.is_live,
            Order.state == OrderState.SERVED,
        )
        .order_by(Order.served_on.desc(), Order.id.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def served_order_of(session: Session, finding: Finding) -> Order | None:
    """The order of that item."""
    item = served_item_of(session, finding)
    return session.get_one(Order, (item.county, item.order_id)) if item else None
