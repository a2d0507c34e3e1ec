"""The list of requests about deadlines: what waits for the leader comes first."""

from typing import Any

from sqlalchemy import Select, and_, case, or_, type_coerce
from sqlalchemy.orm import aliased

from ..casework.approvals import Approval, ApprovalKind, ApprovalState, Asker
from ..casework.findings import Finding
from ..errors import say
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import Site, SiteKind
from ..vocabulary import choice
from .listing import Column, Listing
from .narrowing import township_filter, word_filter

Township, Decider = aliased(Area), aliased(Person)
WAITS = Approval.state == ApprovalState.ASKED
BY_SITE = or_(Approval.form_id.is_not(None), Approval.asked_by_id.is_(None))
ASKER = type_coerce(case((BY_SITE, Asker.SITE.value), else_=Asker.OFFICE.value), choice(Asker, "asker"))


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Finding, and_(Finding.county == Approval.county, Finding.id == Approval.finding_id))
        .join(Site, and_(Site.county == Finding.county, Site.id == Finding.site_id))
        .outerjoin(Township, and_(Township.county == Site.county, Township.id == Site.township_id))
        .outerjoin(Decider, and_(Decider.county == Approval.county, Decider.id == Approval.decided_by_id))
    )


APPROVALS = Listing(
    name="approvals",
    title=say("审批"),
    model=Approval,
    joined=_joined,
    columns=(
        Column("problem", say("问题内容"), Finding.text, "name"),
        Column("kind", say("申请"), Approval.kind, "word"),
        Column("state", say("状态"), Approval.state, "state"),
        Column("reason", say("理由"), Approval.reason),
        Column("site", say("点位名称"), Site.name, "site"),
        Column("due_on", say("整改期限"), Finding.due_on, "day"),
        Column("asked_at", say("申请时间"), Approval.asked_at, "moment"),
        Column("asker", say("由谁提出"), ASKER, "word"),
        Column("asked_by", say("申请人"), Approval.asked_by_name),
        Column("working_days", say("工作日"), Approval.working_days, "number", on_screen=False),
        Column("until_on", say("延至"), Approval.until_on, "day", on_screen=False),
        Column("due_before", say("原期限"), Approval.due_before, "day", on_screen=False),
        Column("due_after", say("新期限"), Approval.due_after, "day", on_screen=False),
        Column("decider", say("审批人"), Decider.name, on_screen=False),
        Column("decided_at", say("审批时间"), Approval.decided_at, "moment", on_screen=False),
        Column("decision_reason", say("审批意见"), Approval.decision_reason, on_screen=False),
        Column("township", say("镇街"), Township.name, on_screen=False),
    ),
    extra={"site_id": Finding.site_id, "finding_id": Approval.finding_id},
    filters=(
        word_filter("state", say("状态"), Approval.state, ApprovalState, as_chips=True),
        word_filter("kind", say("申请"), Approval.kind, ApprovalKind, as_chips=True),
        word_filter("asker", say("由谁提出"), ASKER, Asker, as_chips=True),
        word_filter("site_kind", say("点位种类"), Site.kind, SiteKind),
        township_filter(Site.township_id),
    ),
    searched=(Finding.text, Site.name, Approval.reason),
    order="asked_at",
    newest_first=True,
    first=case((WAITS, 0), else_=1),
)
