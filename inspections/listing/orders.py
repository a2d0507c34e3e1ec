"""The list of rectification notices and supervision orders."""

from typing import Any

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import aliased

from ..casework.findings import OPEN_STATES, Finding
from ..casework.legal_reviews import LegalReview, ReviewState
from ..casework.orders import Order, OrderItem, OrderKind, OrderState, ServiceMethod
from ..errors import say
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import Site, SiteKind
from .behind import figure_filter
from .listing import TODAY, Column, Listing
from .narrowing import mark_filter, township_filter, word_filter

Township, Author, Signer = aliased(Area), aliased(Person), aliased(Person)

ITEMS = (
    select(func.count())
    .select_from(OrderItem)
    .where(OrderItem.county == Order.county, OrderItem.order_id == Order.id)
    .correlate(Order)
    .scalar_subquery()
)
OPEN_ITEM = and_(
    OrderItem.county == Order.county,
    OrderItem.order_id == Order.id,
    OrderItem.is_live,
    Finding.county == OrderItem.county,
    Finding.id == OrderItem.finding_id,
    Finding.state.in_(OPEN_STATES),
    Finding.suspended_at.is_(None),
)
# The next deadline of what is still open
DUE = select(func.min(OrderItem.due_on)).where(OPEN_ITEM).correlate(Order).scalar_subquery()


def _is_due(*when: Any) -> Any:
    open_item = exists().where(OPEN_ITEM, *when).correlate(Order)
    return and_(Order.state == OrderState.SERVED, open_item)


OVERDUE = _is_due(OrderItem.due_on < TODAY)
URGENCY = {
    "overdue": (say("已逾期"), OVERDUE),
    "week": (say("7 天内到期"), _is_due(OrderItem.due_on >= TODAY, OrderItem.due_on <= TODAY + 7)),
    "provisional": (say("期限待核"), _is_due(OrderItem.is_provisional)),
    "review": (
        say("待法制审核"),
        exists()
        .where(
            LegalReview.county == Order.county,
            LegalReview.order_id == Order.id,
            LegalReview.state == ReviewState.ASKED,
        )
        .correlate(Order),
    ),
}


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Site, and_(Site.county == Order.county, Site.id == Order.site_id))
        .outerjoin(Township, and_(Township.county == Site.county, Township.id == Site.township_id))
        .join(Author, and_(Author.county == Order.county, Author.id == Order.drafted_by_id))
        .outerjoin(Signer, and_(Signer.county == Order.county, Signer.id == Order.issued_by_id))
    )


ORDERS = Listing(
    name="orders",
    title=say("整改文书"),
    model=Order,
    joined=_joined,
    columns=(
        Column("addressee", say("发往"), Order.addressee, "name"),
        Column("number_text", say("文号"), Order.number_text, "code"),
        Column("kind", say("文书"), Order.kind, "word"),
        Column("site", say("点位名称"), Site.name, "site"),
        Column("problems", say("问题"), ITEMS, "number"),
        Column("state", say("状态"), Order.state, "state"),
        Column("due_on", say("整改期限"), DUE, "due"),
        Column("served_on", say("送达日期"), Order.served_on, "day"),
        Column("township", say("镇街"), Township.name),
        Column("issued_at", say("签发时间"), Order.issued_at, "moment"),
        Column("author", say("拟稿人"), Author.name, on_screen=False),
        Column("signer", say("签发人"), Signer.name, on_screen=False),
        Column("method", say("送达方式"), Order.method, "word", on_screen=False),
        Column("received_by", say("签收人"), Order.received_by, on_screen=False),
        Column("receipt_number", say("回执编号"), Order.receipt_number, on_screen=False),
        Column("withdrawn_reason", say("撤回原因"), Order.withdrawn_reason, on_screen=False),
        Column("created_at", say("拟稿时间"), Order.created_at, "moment", on_screen=False),
    ),
    extra={"site_id": Order.site_id, "is_overdue": OVERDUE},
    filters=(
        word_filter("state", say("状态"), Order.state, OrderState, as_chips=True),
        mark_filter("urgency", say("期限"), URGENCY),
        word_filter("kind", say("文书"), Order.kind, OrderKind),
        word_filter("site_kind", say("点位种类"), Site.kind, SiteKind),
        word_filter("method", say("送达方式"), Order.method, ServiceMethod),
        township_filter(Site.township_id),
        figure_filter(Order),
    ),
    searched=(func.coalesce(Order.number_text, ""), Order.addressee, Site.name, Author.name),
    order="created_at",
    newest_first=True,
)
