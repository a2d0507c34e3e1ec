"""The list of grid cells, with who walks each and when somebody was there last."""

from typing import Any

from sqlalchemy import TIMESTAMP, Select, and_, func, literal_column, or_
from sqlalchemy.orm import aliased

from ..canvass.intervals import DEFAULT_DAYS
from ..errors import say
from ..registry.areas import Area
from ..registry.grid_cells import CellOrigin, GridCell
from ..registry.people import Person
from .listing import Column, Filter, Listing
from .narrowing import mark_filter, township_filter, word_filter

Township, Village, Worker = aliased(Area), aliased(Area), aliased(Person)

# One probe of the index for each band; a shut door is no walk
LAST: Any = literal_column(
    """(select max(v.at) from unnest(array['workday', 'evening', 'weekend', 'holiday']) b(band)
        cross join lateral (select device_finished_at as at from canvass_visits
        where county = grid_cells.county and cell_id = grid_cells.id and band = b.band and outcome <> 'no_access'
        order by device_finished_at desc limit 1) v)""",
    TIMESTAMP(timezone=True),
)
# The county's own number of days, or the usual one
OVERDUE_BEFORE: Any = literal_column(
    f"""(now() - make_interval(days => coalesce(
        (select days from coverage_intervals i where i.county = grid_cells.county), {DEFAULT_DAYS})))""",  # noqa: S608
    TIMESTAMP(timezone=True),
)
MARKS = {
    "free": (say("还没有分给人"), GridCell.worker_id.is_(None)),
    "never": (say("从未走访"), LAST.is_(None)),
    "overdue": (say("超期"), and_(LAST.is_not(None), LAST < OVERDUE_BEFORE)),
}
STATES = (("live", say("在用")), ("retired", say("已停用")))
CONDITIONS = {"live": GridCell.retired_at.is_(None), "retired": GridCell.retired_at.is_not(None)}


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.outerjoin(Township, and_(Township.county == GridCell.county, Township.id == GridCell.township_id))
        .outerjoin(Village, and_(Village.county == GridCell.county, Village.id == GridCell.village_id))
        .outerjoin(Worker, and_(Worker.county == GridCell.county, Worker.id == GridCell.worker_id))
    )


CELLS = Listing(
    name="grid",
    title=say("网格"),
    model=GridCell,
    joined=_joined,
    columns=(
        Column("name", say("网格名称"), func.coalesce(GridCell.name, GridCell.code), "name"),
        Column("worker", say("网格员"), Worker.name),
        Column("last_at", say("最近走访"), LAST, "age"),
        Column("code", say("网格编码"), GridCell.code, "code"),
        Column("township", say("镇街"), Township.name),
        Column("village", say("社区/村"), Village.name),
        Column("origin", say("来源"), GridCell.origin, "word"),
    ),
    extra={"retired_at": GridCell.retired_at},
    filters=(
        Filter("state", say("状态"), lambda values: or_(*(CONDITIONS[each] for each in values)), STATES),
        mark_filter("mark", say("情况"), MARKS),
        word_filter("origin", say("来源"), GridCell.origin, CellOrigin),
        township_filter(GridCell.township_id),
    ),
    searched=(GridCell.code, func.coalesce(GridCell.name, ""), func.coalesce(Worker.name, ""),
              func.coalesce(Village.name, "")),
    order="code",
)  # fmt: skip
