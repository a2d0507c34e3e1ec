"""The sites of one campaign of self-checks, each with how far its answer is."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func
from sqlalchemy.orm import aliased

from ..errors import say
from ..registry.areas import Area
from ..registry.sites import Site, SiteKind
from ..selfcheck.campaigns import ANSWERED, SelfCheck, SelfCheckState
from .listing import Column, Filter, Listing
from .narrowing import mark_filter, township_filter, word_filter

Township = aliased(Area)
MARKS = {"unanswered": (say("没有提交的"), SelfCheck.state.not_in(ANSWERED))}


def _joined(query: Select[Any]) -> Select[Any]:
    return query.join(Site, and_(Site.county == SelfCheck.county, Site.id == SelfCheck.site_id)).outerjoin(
        Township, and_(Township.county == Site.county, Township.id == Site.township_id)
    )


SELF_CHECKS = Listing(
    name="self-check-sites",
    title=say("自查点位"),
    model=SelfCheck,
    joined=_joined,
    columns=(
        Column("site", say("点位名称"), Site.name, "site"),
        Column("township", say("镇街"), Township.name),
        Column("state", say("状态"), SelfCheck.state, "state"),
        Column("submitted_at", say("提交时间"), SelfCheck.submitted_at, "moment"),
        Column("name", say("填报人"), SelfCheck.name),
        Column("person_in_charge", say("负责人"), Site.person_in_charge),
        Column("phone", say("电话"), Site.phone),
    ),
    extra={"site_id": SelfCheck.site_id},
    filters=(
        # Always asked: a list is of one campaign
        Filter("campaign", say("自查"), lambda values: SelfCheck.campaign_id == UUID(values[0])),
        mark_filter("mark", say("情况"), MARKS),
        word_filter("state", say("状态"), SelfCheck.state, SelfCheckState, as_chips=True),
        word_filter("site_kind", say("点位种类"), Site.kind, SiteKind),
        township_filter(Site.township_id),
    ),
    searched=(
        Site.name, func.coalesce(Site.person_in_charge, ""), func.coalesce(Site.phone, ""),
        func.coalesce(Township.name, ""), SelfCheck.name,
    ),
    order="site",
)  # fmt: skip
