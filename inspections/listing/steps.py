"""The list of steps of escalation: what waits for a decision comes first."""

from datetime import date
from typing import Any

from sqlalchemy import Date, Select, and_, case, cast, func
from sqlalchemy.orm import aliased

from ..casework.findings import Finding
from ..casework.steps import Origin, Step, StepKind, StepState
from ..errors import say
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import Site, SiteKind
from .behind import figure_filter
from .listing import TODAY, Column, Filter, Listing
from .narrowing import mark_filter, township_filter, word_filter

Township, Decider = aliased(Area), aliased(Person)
WAITS = Step.state == StepState.PROPOSED
LONG = and_(WAITS, Step.due_on < TODAY - 7)
DAY = cast(func.timezone("Asia/Shanghai", Step.proposed_at), Date)
MARKS = {
    "week": (say("待办超过 7 天"), LONG),
    "called": (say("已签发待约谈"), and_(WAITS, Step.number_text.is_not(None))),
    "provisional": (say("日期待核"), Step.unpublished.is_not(None)),
    "lapsed": (say("系统撤回"), Step.lapse.is_not(None)),
}


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Finding, and_(Finding.county == Step.county, Finding.id == Step.finding_id))
        .join(Site, and_(Site.county == Finding.county, Site.id == Finding.site_id))
        .outerjoin(Township, and_(Township.county == Site.county, Township.id == Site.township_id))
        .outerjoin(Decider, and_(Decider.county == Step.county, Decider.id == Step.decided_by_id))
    )


STEPS = Listing(
    name="steps",
    title=say("督办升级"),
    model=Step,
    joined=_joined,
    columns=(
        Column("problem", say("问题内容"), Finding.text, "name"),
        Column("kind", say("步骤"), Step.kind, "word"),
        Column("state", say("状态"), Step.state, "state"),
        Column("due_on", say("应办日期"), Step.due_on, "due"),
        Column("site", say("点位名称"), Site.name, "site"),
        Column("deadline", say("整改期限"), Step.deadline, "day"),
        Column("township", say("镇街"), Township.name),
        Column("origin", say("由谁提出"), Step.origin, "word"),
        Column("decided_at", say("办理时间"), Step.decided_at, "moment"),
        Column("number_text", say("文号"), Step.number_text, "code", on_screen=False),
        Column("decider", say("办理人"), Decider.name, on_screen=False),
        Column("headcount", say("人次"), Step.headcount, "number", on_screen=False),
        Column("by_inspectorate", say("教育督导部门"), Step.by_inspectorate, "yes_no", on_screen=False),
        Column("reason", say("不办的原因"), Step.reason, on_screen=False),
        Column("proposed_at", say("提出时间"), Step.proposed_at, "moment", on_screen=False),
        Column("unpublished", say("按推算日历的年份"), Step.unpublished, on_screen=False),
    ),
    extra={"site_id": Finding.site_id, "finding_id": Step.finding_id, "is_overdue": LONG},
    filters=(
        word_filter("state", say("状态"), Step.state, StepState, as_chips=True),
        word_filter("kind", say("步骤"), Step.kind, StepKind, as_chips=True),
        mark_filter("attention", say("关注"), MARKS),
        word_filter("origin", say("由谁提出"), Step.origin, Origin),
        word_filter("site_kind", say("点位种类"), Site.kind, SiteKind),
        township_filter(Site.township_id),
        figure_filter(Step),
        Filter("day", say("提出的日期"), lambda values: date.fromisoformat(values[0]) == DAY),
    ),
    searched=(Finding.text, Site.name, func.coalesce(Step.number_text, "")),
    order="due_on",
    newest_first=True,
    first=case((WAITS, 0), else_=1),
)
