"""Two lists of what a person has to decide: fields of sites, and second records of checks."""

from typing import Any

from sqlalchemy import Select, and_, func
from sqlalchemy.orm import aliased

from ..errors import say
from ..field.checks import Check, CheckConflict, Version
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.site_conflicts import Settlement, SiteConflict, SiteField
from ..registry.site_edits import SiteEdit
from ..registry.sites import Site
from .listing import Column, Filter, Listing
from .narrowing import township_filter, word_filter

Author, Decider, Township = aliased(Person), aliased(Person), aliased(Area)
Officer, Sender = aliased(Person), aliased(Person)


def _open_filter(settled: Any) -> Filter:
    open_, done = settled.is_(None), settled.is_not(None)
    return Filter(
        "open",
        say("处理"),
        lambda values: open_ if values[-1] == "1" else done,
        (("1", say("等人决定")), ("0", say("已决定"))),
        as_chips=True,
    )


def _site_joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Site, and_(Site.county == SiteConflict.county, Site.id == SiteConflict.site_id))
        .join(SiteEdit, and_(SiteEdit.county == SiteConflict.county, SiteEdit.id == SiteConflict.edit_id))
        .join(Author, and_(Author.county == SiteEdit.county, Author.id == SiteEdit.person_id))
        .outerjoin(Township, and_(Township.county == Site.county, Township.id == Site.township_id))
        .outerjoin(Decider, and_(Decider.county == SiteConflict.county, Decider.id == SiteConflict.settled_by_id))
    )


SITE_CONFLICTS = Listing(
    name="conflicts",
    title=say("点位冲突"),
    model=SiteConflict,
    joined=_site_joined,
    columns=(
        Column("site", say("点位名称"), Site.name, "name"),
        Column("field", say("项目"), SiteConflict.field, "word"),
        Column("current", say("原来的"), SiteConflict.current),
        Column("offered", say("新的"), SiteConflict.offered),
        Column("author", say("谁改成新的"), Author.name),
        Column("raised_at", say("收到时间"), SiteConflict.raised_at, "moment"),
        Column("settlement", say("决定"), SiteConflict.settlement, "word"),
        Column("township", say("镇街"), Township.name),
        Column("base", say("改之前看到的"), SiteConflict.base, on_screen=False),
        Column("settled_value", say("决定的值"), SiteConflict.settled_value, on_screen=False),
        Column("decider", say("决定人"), Decider.name, on_screen=False),
        Column("settled_at", say("决定时间"), SiteConflict.settled_at, "moment", on_screen=False),
        Column("reason", say("理由"), SiteConflict.reason, on_screen=False),
    ),
    filters=(
        _open_filter(SiteConflict.settled_at),
        word_filter("field", say("项目"), SiteConflict.field, SiteField),
        word_filter("settlement", say("决定"), SiteConflict.settlement, Settlement),
        township_filter(Site.township_id),
    ),
    searched=(Site.name, Author.name, SiteConflict.current, SiteConflict.offered),
    order="raised_at",
    newest_first=True,
)


def _check_joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Check, and_(Check.county == CheckConflict.county, Check.id == CheckConflict.check_id))
        .join(Site, and_(Site.county == Check.county, Site.id == Check.site_id))
        .join(Officer, and_(Officer.county == Check.county, Officer.id == Check.person_id))
        .join(Sender, and_(Sender.county == CheckConflict.county, Sender.id == CheckConflict.person_id))
        .outerjoin(
            Decider, and_(Decider.county == CheckConflict.county, Decider.id == CheckConflict.settled_by_id)
        )
    )


CHECK_CONFLICTS = Listing(
    name="check-conflicts",
    title=say("检查冲突"),
    model=CheckConflict,
    joined=_check_joined,
    columns=(
        Column("site", say("点位名称"), Site.name, "name"),
        Column("finished_at", say("检查时间"), Check.device_finished_at, "moment"),
        Column("officer", say("第一份的检查人"), Officer.name),
        Column("first_at", say("第一份收到"), Check.received_at, "moment"),
        Column("sender", say("第二份的检查人"), Sender.name),
        Column("received_at", say("第二份收到"), CheckConflict.received_at, "moment"),
        Column("stands", say("决定"), CheckConflict.stands, "word"),
        Column("decider", say("决定人"), Decider.name, on_screen=False),
        Column("settled_at", say("决定时间"), CheckConflict.settled_at, "moment", on_screen=False),
        Column("reason", say("理由"), CheckConflict.reason, on_screen=False),
        Column("first_sha256", say("第一份指纹"), Check.record_sha256, on_screen=False, sortable=False),
        Column("second_sha256", say("第二份指纹"), CheckConflict.record_sha256, on_screen=False, sortable=False),
    ),
    filters=(
        _open_filter(CheckConflict.settled_at),
        word_filter("stands", say("决定"), CheckConflict.stands, Version),
    ),
    searched=(Site.name, Officer.name, Sender.name, func.coalesce(CheckConflict.reason, "")),
    order="received_at",
    newest_first=True,
)
