"""The list of reports on orders, those that wait to be read among them."""

from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from ..casework.orders import Order, OrderKind
from ..casework.proofs import Proof
from ..casework.responses import Claim, Response, ResponseItem, ResponseState
from ..errors import say
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import Site, SiteKind
from .listing import Column, Listing
from .narrowing import mark_filter, township_filter, word_filter

Township, Decider = aliased(Area), aliased(Person)


def _count(model: Any, *where: Any) -> Any:
    return select(func.count()).select_from(model).where(*where).correlate(Response).scalar_subquery()


FILES = _count(Proof, Proof.county == Response.county, Proof.form_id == Response.id)
UNFINISHED = _count(
    ResponseItem,
    ResponseItem.county == Response.county,
    ResponseItem.response_id == Response.id,
    ResponseItem.claim != Claim.DONE,
)
MARKS = {
    "no_proof": (say("没有证明材料"), FILES == 0),
    "unfinished": (say("自己说没有整改完"), UNFINISHED > 0),
    "by_link": (say("扫码提交"), Response.invitation_id.is_not(None)),
}


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Order, and_(Order.county == Response.county, Order.id == Response.order_id))
        .join(Site, and_(Site.county == Order.county, Site.id == Order.site_id))
        .outerjoin(Township, and_(Township.county == Site.county, Township.id == Site.township_id))
        .outerjoin(Decider, and_(Decider.county == Response.county, Decider.id == Response.decided_by_id))
    )


RESPONSES = Listing(
    name="responses",
    title=say("整改报告"),
    model=Response,
    joined=_joined,
    columns=(
        Column("number_text", say("文书"), Order.number_text, "name"),
        Column("site", say("点位名称"), Site.name, "site"),
        Column("state", say("状态"), Response.state, "state"),
        Column("submitted_at", say("提交时间"), Response.submitted_at, "moment"),
        Column("name", say("填报人"), Response.name),
        Column("telephone", say("联系电话"), Response.telephone, on_screen=False),
        Column("files", say("证明材料"), FILES, "number"),
        Column("unfinished", say("未整改完的项"), UNFINISHED, "number"),
        Column("township", say("镇街"), Township.name),
        Column("decider", say("审核人"), Decider.name),
        Column("decided_at", say("审核时间"), Response.decided_at, "moment"),
        Column("decision_reason", say("审核意见"), Response.decision_reason, on_screen=False),
    ),
    extra={"site_id": Order.site_id, "order_id": Response.order_id},
    filters=(
        word_filter("state", say("状态"), Response.state, ResponseState, as_chips=True),
        mark_filter("mark", say("情况"), MARKS),
        word_filter("kind", say("文书"), Order.kind, OrderKind),
        word_filter("site_kind", say("点位种类"), Site.kind, SiteKind),
        township_filter(Site.township_id),
    ),
    searched=(func.coalesce(Order.number_text, ""), Site.name, Response.name),
    order="submitted_at",
    newest_first=True,
)
