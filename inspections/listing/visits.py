"""The list of walks through grid cells."""

from typing import Any

from sqlalchemy import Select, and_, func
from sqlalchemy.orm import aliased

from ..canvass.campaigns import CanvassCampaign
from ..canvass.visits import CanvassVisit, VisitOutcome
from ..errors import say
from ..field.checks import Fence
from ..registry.areas import Area
from ..registry.grid_cells import GridCell
from ..registry.people import Person
from ..registry.time_bands import TimeBand
from .listing import TODAY, Column, Filter, Listing
from .narrowing import mark_filter, township_filter, word_filter

Township, Walker, Cell, Campaign = aliased(Area), aliased(Person), aliased(GridCell), aliased(CanvassCampaign)

SINCE = {"1": say("今天"), "7": say("近 7 天"), "30": say("近 30 天"), "90": say("近 90 天")}
DAY_OF = func.date(func.timezone("Asia/Shanghai", CanvassVisit.device_finished_at))
MINUTES = func.greatest(
    0, func.extract("epoch", CanvassVisit.device_finished_at - CanvassVisit.device_started_at) / 60
)
CELL_NAME = func.coalesce(func.nullif(Cell.name, ""), Cell.code, "—")
MARKS = {
    "flagged": (say("请复核"), func.cardinality(CanvassVisit.flags) > 0),
    "no_cell": (say("网格已不在"), CanvassVisit.cell_id.is_(None)),
    "carried": (say("由别人带交"), CanvassVisit.carried_by_id.is_not(None)),
}


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Walker, and_(Walker.county == CanvassVisit.county, Walker.id == CanvassVisit.person_id))
        .outerjoin(Cell, and_(Cell.county == CanvassVisit.county, Cell.id == CanvassVisit.cell_id))
        .outerjoin(Township, and_(Township.county == CanvassVisit.county, Township.id == Cell.township_id))
        .outerjoin(Campaign, and_(Campaign.county == CanvassVisit.county, Campaign.id == CanvassVisit.campaign_id))
    )


VISITS = Listing(
    name="canvass-visits",
    title=say("走访记录"),
    model=CanvassVisit,
    joined=_joined,
    columns=(
        Column("finished_at", say("走访时间"), CanvassVisit.device_finished_at, "moment"),
        Column("cell", say("网格"), CELL_NAME, "name"),
        Column("outcome", say("结果"), CanvassVisit.outcome, "state"),
        Column("band", say("时段"), CanvassVisit.band, "word"),
        Column("walker", say("走访人"), Walker.name),
        Column("minutes", say("分钟"), func.round(MINUTES), "number"),
        Column("leads", say("线索"), func.cardinality(CanvassVisit.lead_ids), "number"),
        Column("fence", say("位置"), CanvassVisit.fence, "state"),
        Column("flags", say("请复核"), func.cardinality(CanvassVisit.flags), "number"),
        Column("township", say("镇街"), Township.name),
        Column("campaign", say("排查行动"), Campaign.name, on_screen=False),
        Column("note", say("备注"), CanvassVisit.note, on_screen=False),
        Column("record_sha256", say("记录指纹"), CanvassVisit.record_sha256, on_screen=False, sortable=False),
    ),
    filters=(
        Filter(
            "since",
            say("时间"),
            lambda values: TODAY - max(int(value) for value in values) < DAY_OF,
            tuple(SINCE.items()),
            as_chips=True,
        ),
        word_filter("outcome", say("结果"), CanvassVisit.outcome, VisitOutcome, as_chips=True),
        word_filter("band", say("时段"), CanvassVisit.band, TimeBand),
        word_filter("fence", say("位置"), CanvassVisit.fence, Fence),
        mark_filter("attention", say("关注"), MARKS),
        township_filter(Cell.township_id),
    ),
    searched=(func.coalesce(Cell.name, ""), func.coalesce(Cell.code, ""), Walker.name, CanvassVisit.note),
    order="finished_at",
    newest_first=True,
)
