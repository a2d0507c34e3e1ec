"""Two lists: suspected sites on their ladder, and the white and the black list with all that ever stood there."""

from typing import Any

from sqlalchemy import Select, and_, func
from sqlalchemy.orm import aliased

from ..errors import say
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.public_listings import PublicListing
from ..registry.sites import Premises, PublicList, Site, SiteCategory, SiteKind
from ..registry.suspect_stages import STAGE, SuspectStage
from ..registry.watching import NEXT_LOOK
from .listing import TODAY, Column, Filter, Listing
from .narrowing import mark_filter, township_filter, word_filter
from .sites import LAST_CHECK

Township, Lister, Remover = aliased(Area), aliased(Person), aliased(Person)

ATTENTION = {
    "look": (say("该回访了"), NEXT_LOOK <= TODAY),
    "soon": (say("7 天内回访"), and_(NEXT_LOOK > TODAY, NEXT_LOOK <= TODAY + 7)),
    "nowhere": (say("没有坐标"), Site.tile_key.is_(None)),
}


def _joined(query: Select[Any]) -> Select[Any]:
    return query.outerjoin(Township, and_(Township.county == Site.county, Township.id == Site.township_id)).where(
        Site.kind == SiteKind.SUSPECTED
    )


def _listings_joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Site, and_(Site.county == PublicListing.county, Site.id == PublicListing.site_id))
        .outerjoin(Township, and_(Township.county == Site.county, Township.id == Site.township_id))
        .outerjoin(Lister, and_(Lister.county == PublicListing.county, Lister.id == PublicListing.listed_by_id))
        .outerjoin(
            Remover, and_(Remover.county == PublicListing.county, Remover.id == PublicListing.removed_by_id)
        )
    )


SUSPECTS = Listing(
    name="suspects",
    title=say("疑点"),
    model=Site,
    joined=_joined,
    columns=(
        Column("name", say("名称"), Site.name, "name"),
        Column("stage", say("阶段"), STAGE, "state"),
        Column("category", say("类别"), Site.category, "word"),
        Column("premises", say("处所"), Site.premises, "word"),
        Column("township", say("镇街"), Township.name),
        Column("address", say("地址"), Site.address),
        Column("next_look", say("下次回访"), NEXT_LOOK, "due"),
        Column("last_check", say("最近检查"), LAST_CHECK, "moment"),
        Column("closed_on", say("取缔日期"), Site.closed_on, "day", on_screen=False),
        Column("compound", say("小区"), Site.compound, on_screen=False),
        Column("building", say("楼栋"), Site.building, on_screen=False),
        Column("floor", say("楼层"), Site.floor, on_screen=False),
        Column("room", say("房号"), Site.room, on_screen=False),
        Column("lon", say("经度（WGS-84）"), func.ST_X(Site.location), "degrees", on_screen=False),
        Column("lat", say("纬度（WGS-84）"), func.ST_Y(Site.location), "degrees", on_screen=False),
    ),
    filters=(
        word_filter("stage", say("阶段"), STAGE, SuspectStage, as_chips=True),
        mark_filter("attention", say("关注"), ATTENTION),
        word_filter("category", say("类别"), Site.category, SiteCategory),
        word_filter("premises", say("处所"), Site.premises, Premises),
        township_filter(Site.township_id),
    ),
    searched=(
        Site.name,
        func.coalesce(Site.address, ""),
        func.coalesce(Site.compound, ""),
        func.coalesce(Site.person_in_charge, ""),
    ),
    order="name",
    extra={"is_overdue": NEXT_LOOK < TODAY},
)

IS_OPEN = PublicListing.removed_at.is_(None)
PUBLIC_LISTINGS = Listing(
    name="public-lists",
    title=say("黑白名单"),
    model=PublicListing,
    joined=_listings_joined,
    columns=(
        Column("site", say("点位名称"), Site.name, "name"),
        Column("list", say("名单"), PublicListing.list, "word"),
        Column("category", say("类别"), Site.category, "word"),
        Column("township", say("镇街"), Township.name),
        Column("listed_at", say("列入时间"), PublicListing.listed_at, "moment"),
        Column("reason", say("列入理由"), PublicListing.reason),
        Column("lister", say("决定人"), Lister.name, on_screen=False),
        Column("removed_at", say("移出时间"), PublicListing.removed_at, "moment"),
        Column("removed_reason", say("移出理由"), PublicListing.removed_reason, on_screen=False),
        Column("remover", say("移出决定人"), Remover.name, on_screen=False),
    ),
    extra={"site_id": PublicListing.site_id},
    filters=(
        word_filter("list", say("名单"), PublicListing.list, PublicList, as_chips=True),
        Filter(
            "open",
            say("现状"),
            lambda values: IS_OPEN if values[-1] == "1" else ~IS_OPEN,
            (("1", say("在名单上")), ("0", say("已移出"))),
            as_chips=True,
        ),
        word_filter("category", say("类别"), Site.category, SiteCategory),
        township_filter(Site.township_id),
    ),
    searched=(Site.name, func.coalesce(Site.address, ""), PublicListing.reason),
    order="listed_at",
    newest_first=True,
)
