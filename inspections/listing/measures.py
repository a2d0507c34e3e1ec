"""The lists of penalties and of hand-overs, each as it stands now."""

from typing import Any

from sqlalchemy import Select, and_, func
from sqlalchemy.orm import aliased

from ..casework.handovers import Handover, HandoverState
from ..casework.penalising import is_latest
from ..casework.penalties import Penalty, PenaltyKind, PenaltyState
from ..errors import say
from ..registry.areas import Area
from ..registry.sites import Site, SiteKind
from .listing import TODAY, Column, Listing
from .narrowing import mark_filter, township_filter, word_filter

Township = aliased(Area)
UNPAID = and_(Penalty.state == PenaltyState.DECIDED, Penalty.due_on < TODAY)
OPEN = Handover.state.in_([HandoverState.SENT, HandoverState.ACCEPTED])
UNANSWERED = and_(OPEN, Handover.due_back_on < TODAY)


def _of(model: Any) -> Any:
    def joined(query: Select[Any]) -> Select[Any]:
        return (
            query.where(is_latest(model))
            .join(Site, and_(Site.county == model.county, Site.id == model.site_id))
            .outerjoin(Township, and_(Township.county == Site.county, Township.id == Site.township_id))
        )

    return joined


PENALTIES = Listing(
    name="penalties",
    title=say("处罚和措施"),
    model=Penalty,
    joined=_of(Penalty),
    columns=(
        Column("site", say("点位名称"), Site.name, "name"),
        Column("kind", say("种类"), Penalty.kind, "word"),
        Column("amount_yuan", say("金额（元）"), Penalty.amount_yuan, "number"),
        Column("state", say("状态"), Penalty.state, "state"),
        Column("body", say("决定机关"), Penalty.body),
        Column("reference", say("决定文号"), Penalty.reference, "code"),
        Column("decided_on", say("决定日期"), Penalty.decided_on, "day"),
        Column("due_on", say("履行期限"), Penalty.due_on, "due"),
        Column("township", say("镇街"), Township.name),
        Column("carried_out_on", say("执行日期"), Penalty.carried_out_on, "day", on_screen=False),
        Column("basis", say("依据"), Penalty.basis, on_screen=False),
        Column("detail", say("说明"), Penalty.detail, on_screen=False),
    ),
    extra={"site_id": Penalty.site_id, "finding_id": Penalty.finding_id, "is_overdue": UNPAID},
    filters=(
        word_filter("state", say("状态"), Penalty.state, PenaltyState, as_chips=True),
        mark_filter("attention", say("关注"), {"late": (say("到期未执行"), UNPAID)}),
        word_filter("kind", say("种类"), Penalty.kind, PenaltyKind),
        word_filter("site_kind", say("点位种类"), Site.kind, SiteKind),
        township_filter(Site.township_id),
    ),
    searched=(Site.name, Penalty.body, Penalty.reference),
    order="decided_on",
    newest_first=True,
)

HANDOVERS = Listing(
    name="handovers",
    title=say("案件移送"),
    model=Handover,
    joined=_of(Handover),
    columns=(
        Column("site", say("点位名称"), Site.name, "name"),
        Column("number_text", say("文号"), Handover.number_text, "code"),
        Column("recipient", say("移送给"), Handover.recipient),
        Column("state", say("状态"), Handover.state, "state"),
        Column("handed_on", say("移送日期"), Handover.handed_on, "day"),
        Column("due_back_on", say("回复期限"), Handover.due_back_on, "due"),
        Column("answered_on", say("回复日期"), Handover.answered_on, "day"),
        Column("township", say("镇街"), Township.name),
        Column("matter", say("移送情况"), Handover.matter, on_screen=False),
        Column("answer", say("答复"), Handover.answer, on_screen=False),
        Column("answer_reference", say("复函文号"), Handover.answer_reference, on_screen=False),
    ),
    extra={"site_id": Handover.site_id, "finding_id": Handover.finding_id, "is_overdue": UNANSWERED},
    filters=(
        word_filter("state", say("状态"), Handover.state, HandoverState, as_chips=True),
        mark_filter("attention", say("关注"), {"late": (say("到期未回复"), UNANSWERED)}),
        word_filter("site_kind", say("点位种类"), Site.kind, SiteKind),
        township_filter(Site.township_id),
    ),
    searched=(Site.name, Handover.recipient, Handover.number_text, func.coalesce(Handover.answer, "")),
    order="handed_on",
    newest_first=True,
)
