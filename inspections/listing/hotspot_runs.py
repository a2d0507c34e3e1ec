"""The list of hotspot analyses: who ordered them, when, by which method and from which data."""

from typing import Any

from sqlalchemy import Integer, Select, and_, case, cast, func, type_coerce
from sqlalchemy.orm import aliased

from ..errors import say
from ..registry.people import Person
from ..targeting.hotspot_runs import HotspotRun, RunState
from ..targeting.settings import Counted, Method
from ..vocabulary import choice
from .listing import Column, Filter, Listing, words_of
from .narrowing import word_filter

Author = aliased(Person)
NAMED = HotspotRun.settings["method"].astext
METHOD: Any = type_coerce(func.coalesce(NAMED, Method.GI_STAR.value), choice(Method, "method"))
COUNTED: Any = type_coerce(
    func.coalesce(HotspotRun.settings["counted"].astext, Counted.BOTH.value), choice(Counted, "counted")
)
# Runs of the last days are over at the data time; their first day follows from how many days they are
DAY_OF = func.date(func.timezone("Asia/Shanghai", HotspotRun.computed_at))
DAYS = cast(HotspotRun.settings["days"].astext, Integer)
FIRST = func.coalesce(HotspotRun.settings["first_day"].astext, cast(DAY_OF - DAYS + 1, NAMED.type))
LAST = func.coalesce(HotspotRun.settings["last_day"].astext, cast(DAY_OF, NAMED.type))
AUTHOR = case((HotspotRun.person_id.is_(None), "—"), else_=Author.name)


def _joined(query: Select[Any]) -> Select[Any]:
    return query.outerjoin(Author, and_(Author.county == HotspotRun.county, Author.id == HotspotRun.person_id))


HOTSPOT_RUNS = Listing(
    name="hotspot-runs",
    title=say("热点分析"),
    model=HotspotRun,
    joined=_joined,
    columns=(
        Column("method", say("分析方法"), METHOD, "word_link"),
        Column("computed_at", say("数据截至"), HotspotRun.computed_at, "moment"),
        Column("state", say("状态"), HotspotRun.state, "state"),
        Column("first_day", say("从"), FIRST),
        Column("last_day", say("到"), LAST),
        Column("counted", say("计数"), COUNTED, "word"),
        Column("size_m", say("网格边长"), cast(HotspotRun.settings["size_m"].astext, Integer), "metres"),
        Column("hot", say("热点网格"), cast(HotspotRun.summary["hot"].astext, Integer), "number"),
        Column("author", say("谁要的"), AUTHOR),
        Column("cited_at", say("保存引用"), HotspotRun.cited_at, "moment"),
        Column("sha256", say("分析 SHA-256"), HotspotRun.sha256, on_screen=False, sortable=False),
    ),
    filters=(
        word_filter("state", say("状态"), HotspotRun.state, RunState, as_chips=True),
        Filter("method", say("分析方法"), lambda values: METHOD.in_(values), words_of(Method)),
        Filter(
            "kept",
            say("来历"),
            lambda values: (
                HotspotRun.cited_at.is_not(None) if "cited" in values else HotspotRun.person_id.is_not(None)
            ),
            (("ordered", say("有人要的")), ("cited", say("已引用"))),
            as_chips=True,
        ),
    ),
    searched=(func.coalesce(Author.name, ""), func.coalesce(HotspotRun.sha256, "")),
    order="computed_at",
    newest_first=True,
)
