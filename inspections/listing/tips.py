"""The list of tips. Who complained is not in this table, so no list can show it."""

from typing import Any

from sqlalchemy import Select, and_, func
from sqlalchemy.orm import aliased

from ..errors import say
from ..intake.tips import Tip, TipChannel, TipState
from ..registry.areas import Area
from ..registry.sites import Site, SiteCategory
from .listing import Column, Filter, Listing
from .narrowing import township_filter, word_filter

Township = aliased(Area)

OVERDUE = and_(Tip.due_at < func.now(), Tip.state.in_((TipState.NEW, TipState.ASSIGNED)))


def _joined(query: Select[Any]) -> Select[Any]:
    return query.outerjoin(Site, and_(Site.county == Tip.county, Site.id == Tip.site_id)).outerjoin(
        Township, and_(Township.county == Tip.county, Township.id == Tip.township_id)
    )


TIPS = Listing(
    name="tips",
    title=say("线索"),
    model=Tip,
    joined=_joined,
    columns=(
        Column("code", say("编号"), Tip.code, "code"),
        Column("text", say("内容"), Tip.text, "name"),
        Column("state", say("状态"), Tip.state, "state"),
        Column("channel", say("来源"), Tip.channel, "word"),
        Column("category", say("类别"), Tip.category, "word"),
        Column("site", say("点位名称"), Site.name, "site"),
        Column("place", say("地点"), Tip.place, on_screen=False),
        Column("township", say("镇街"), Township.name),
        Column("received_at", say("收到时间"), Tip.received_at, "moment"),
        Column("due_at", say("办理期限"), Tip.due_at, "moment"),
    ),
    extra={
        "site_id": Tip.site_id,
        "lon": func.ST_X(Tip.location),
        "lat": func.ST_Y(Tip.location),
        "is_overdue": OVERDUE,
    },
    filters=(
        word_filter("state", say("状态"), Tip.state, TipState, as_chips=True),
        Filter("late", say("期限"), lambda values: OVERDUE, (("1", say("已超期")),), as_chips=True),
        word_filter("channel", say("来源"), Tip.channel, TipChannel),
        word_filter("category", say("类别"), Tip.category, SiteCategory),
        township_filter(Tip.township_id),
    ),
    searched=(Tip.code, Tip.text, func.coalesce(Tip.place, ""), func.coalesce(Site.name, "")),
    order="received_at",
    newest_first=True,
)
