"""The list of canvass campaigns."""

from typing import Any

from sqlalchemy import Select, and_, case, func, select, type_coerce
from sqlalchemy.orm import aliased

from ..canvass.campaigns import CampaignCell, CanvassCampaign
from ..errors import say
from ..registry.areas import Area
from ..registry.people import Person
from ..vocabulary import Choice, choice
from .listing import TODAY, Column, Filter, Listing, words_of
from .narrowing import township_filter

Township, Author = aliased(Area), aliased(Person)


class CampaignState(Choice):
    RUNNING = "running", say("进行中")
    COMING = "coming", say("未开始")
    OVER = "over", say("已到期，未结束")
    CLOSED = "closed", say("已结束")


STATE: Any = type_coerce(
    case(
        (CanvassCampaign.closed_at.is_not(None), CampaignState.CLOSED.value),
        (CanvassCampaign.starts_on > TODAY, CampaignState.COMING.value),
        (CanvassCampaign.ends_on < TODAY, CampaignState.OVER.value),
        else_=CampaignState.RUNNING.value,
    ),
    choice(CampaignState, "state"),
)
CELLS = (
    select(func.count())
    .where(CampaignCell.county == CanvassCampaign.county, CampaignCell.campaign_id == CanvassCampaign.id)
    .correlate(CanvassCampaign)
    .scalar_subquery()
)


def _joined(query: Select[Any]) -> Select[Any]:
    return query.outerjoin(
        Township, and_(Township.county == CanvassCampaign.county, Township.id == CanvassCampaign.township_id)
    ).join(Author, and_(Author.county == CanvassCampaign.county, Author.id == CanvassCampaign.created_by_id))


CAMPAIGNS = Listing(
    name="canvass",
    title=say("排查行动"),
    model=CanvassCampaign,
    joined=_joined,
    columns=(
        Column("name", say("名称"), CanvassCampaign.name, "name"),
        Column("state", say("状态"), STATE, "state"),
        Column("starts_on", say("开始日期"), CanvassCampaign.starts_on, "day"),
        Column("ends_on", say("结束日期"), CanvassCampaign.ends_on, "day"),
        Column("cells", say("网格"), CELLS, "number"),
        Column("township", say("镇街"), Township.name),
        Column("author", say("发起人"), Author.name),
    ),
    filters=(
        # counted one by one: a computed word can't be grouped by, since its parts are parameters
        Filter("state", say("状态"), lambda values: STATE.in_(values), words_of(CampaignState), as_chips=True),
        township_filter(CanvassCampaign.township_id),
    ),
    searched=(CanvassCampaign.name, func.coalesce(Township.name, "")),
    order="ends_on",
    newest_first=True,
)
