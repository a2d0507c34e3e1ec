"""The list of sites."""

from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from ..casework.findings import OPEN_STATES, Finding
from ..errors import say
from ..field.checks import Check
from ..registry.areas import Area
from ..registry.licences import Licence
from ..registry.plates import has_code
from ..registry.sites import LicenceState, Site, SiteCategory, SiteKind, SiteState
from .behind import figure_filter
from .listing import Column, Filter, Listing
from .narrowing import box_filter, township_filter, word_filter

Township = aliased(Area)

LAST_CHECK = (
    select(func.max(Check.device_finished_at))
    .where(Check.county == Site.county, Check.site_id == Site.id)
    .correlate(Site)
    .scalar_subquery()
)
OPEN_FINDINGS = (
    select(func.count())
    .select_from(Finding)
    .where(Finding.county == Site.county, Finding.site_id == Site.id, Finding.state.in_(OPEN_STATES))
    .correlate(Site)
    .scalar_subquery()
)
CREDIT_CODES = (
    select(func.string_agg(Licence.credit_code, "、"))
    .where(Licence.county == Site.county, Licence.site_id == Site.id)
    .correlate(Site)
    .scalar_subquery()
)

# As sets of ids: PostgreSQL hashes each once, where a subquery for each site would be run 50,000 times
CHECKED = select(Check.site_id)
CHECKED_LATELY = CHECKED.where(Check.device_finished_at >= func.now() - func.make_interval(0, 0, 0, 30))
WITH_PROBLEMS = select(Finding.site_id).where(Finding.state.in_(OPEN_STATES))

ATTENTION = {
    "problems": (say("有未销号问题"), Site.id.in_(WITH_PROBLEMS)),
    "never": (say("从未检查"), Site.id.not_in(CHECKED)),
    "month": (say("30 天未检查"), and_(Site.id.in_(CHECKED), Site.id.not_in(CHECKED_LATELY))),
    "nowhere": (say("没有坐标"), Site.tile_key.is_(None)),
}


def _joined(query: Select[Any]) -> Select[Any]:
    return query.outerjoin(Township, and_(Township.county == Site.county, Township.id == Site.township_id))


def _has_credit_code(word: str) -> Any:
    return Site.id.in_(select(Licence.site_id).where(Licence.credit_code.icontains(word, autoescape=True)))


def _asks_attention(values: list[str]) -> Any:
    return and_(*(ATTENTION[value][1] for value in values))


SITES = Listing(
    name="sites",
    title=say("点位"),
    model=Site,
    joined=_joined,
    columns=(
        Column("name", say("名称"), Site.name, "name"),
        Column("kind", say("种类"), Site.kind, "word"),
        Column("category", say("类别"), Site.category, "word"),
        Column("state", say("状态"), Site.state, "state"),
        Column("licence_state", say("证照"), Site.licence_state, "state"),
        Column("township", say("镇街"), Township.name),
        Column("address", say("地址"), Site.address),
        Column("open_findings", say("未销号问题"), OPEN_FINDINGS, "number"),
        Column("last_check", say("最近检查"), LAST_CHECK, "moment"),
        Column("pupils", say("学生数"), Site.pupils, "number", on_screen=False),
        Column("person_in_charge", say("负责人"), Site.person_in_charge, on_screen=False),
        Column("phone", say("电话"), Site.phone, on_screen=False),
        Column("credit_codes", say("统一社会信用代码"), CREDIT_CODES, on_screen=False),
        Column("lon", say("经度（WGS-84）"), func.ST_X(Site.location), "degrees", on_screen=False),
        Column("lat", say("纬度（WGS-84）"), func.ST_Y(Site.location), "degrees", on_screen=False),
        Column("external_key", say("来源编号"), Site.external_key, on_screen=False),
    ),
    filters=(
        word_filter("kind", say("种类"), Site.kind, SiteKind, as_chips=True),
        word_filter("state", say("状态"), Site.state, SiteState, as_chips=True),
        Filter(
            "attention",
            say("关注"),
            _asks_attention,
            tuple((key, label) for key, (label, _) in ATTENTION.items()),
            as_chips=True,
        ),
        word_filter("licence_state", say("证照"), Site.licence_state, LicenceState),
        word_filter("category", say("类别"), Site.category, SiteCategory),
        township_filter(Site.township_id),
        figure_filter(Site),
        box_filter(),
    ),
    searched=(
        Site.name,
        func.coalesce(Site.address, ""),
        func.coalesce(Site.external_key, ""),
        _has_credit_code,
        has_code,
    ),
    order="name",
)
