"""The list of problems found."""

from typing import Any

from sqlalchemy import Select, and_
from sqlalchemy.orm import aliased

from ..casework.findings import OPEN_STATES, Finding, FindingState
from ..errors import say
from ..registry.areas import Area
from ..registry.sites import Site, SiteKind
from .behind import figure_filter
from .listing import TODAY, Column, Filter, Listing
from .narrowing import mark_filter, township_filter, word_filter

Township = aliased(Area)

RUNNING = and_(Finding.state.in_(OPEN_STATES), Finding.suspended_at.is_(None))
OVERDUE = and_(Finding.due_on < TODAY, RUNNING)
URGENCY = {
    "overdue": (say("已逾期"), OVERDUE),
    "week": (
        say("7 天内到期"),
        and_(Finding.due_on >= TODAY, Finding.due_on <= TODAY + 7, RUNNING),
    ),
    "suspended": (say("已中止"), and_(Finding.suspended_at.is_not(None), Finding.state.in_(OPEN_STATES))),
    "open": (say("未销号"), Finding.state.in_(OPEN_STATES)),
}
SEVERITIES = (("3", say("严重")), ("2", say("一般")), ("1", say("轻微")))


def _joined(query: Select[Any]) -> Select[Any]:
    return query.join(Site, and_(Site.county == Finding.county, Site.id == Finding.site_id)).outerjoin(
        Township, and_(Township.county == Site.county, Township.id == Site.township_id)
    )


FINDINGS = Listing(
    name="findings",
    title=say("问题"),
    model=Finding,
    joined=_joined,
    columns=(
        Column("text", say("问题内容"), Finding.text, "name"),
        Column("site", say("点位名称"), Site.name, "site"),
        Column("severity", say("程度"), Finding.severity, "severity"),
        Column("state", say("状态"), Finding.state, "state"),
        Column("due_on", say("整改期限"), Finding.due_on, "due"),
        Column("found_at", say("发现时间"), Finding.found_at, "moment"),
        Column("township", say("镇街"), Township.name),
        Column("item_code", say("清单条目"), Finding.item_code, on_screen=False),
        Column("struck_off_at", say("销号时间"), Finding.struck_off_at, "moment", on_screen=False),
    ),
    extra={"site_id": Finding.site_id, "check_id": Finding.check_id, "is_overdue": OVERDUE},
    filters=(
        word_filter("state", say("状态"), Finding.state, FindingState, as_chips=True),
        mark_filter("urgency", say("期限"), URGENCY),
        Filter(
            "severity",
            say("程度"),
            lambda values: Finding.severity.in_([int(value) for value in values]),
            SEVERITIES,
            Finding.severity,
        ),
        word_filter("kind", say("点位种类"), Site.kind, SiteKind),
        township_filter(Site.township_id),
        figure_filter(Finding),
    ),
    searched=(Finding.text, Site.name),
    order="found_at",
    newest_first=True,
)
