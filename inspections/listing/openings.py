"""The list of readings of who complained, and of attempts that were refused: for the auditor."""

from typing import Any

from sqlalchemy import Select, and_, case, func
from sqlalchemy.orm import aliased

from ..errors import say
from ..intake.complainants import Complainant, ComplainantOpening
from ..intake.opening import STATE, WAITS, OpeningState
from ..intake.tips import Tip
from ..registry.people import Person
from .listing import Column, Listing
from .narrowing import word_filter

Asker, Decider = aliased(Person), aliased(Person)


def _joined(query: Select[Any]) -> Select[Any]:
    opening = ComplainantOpening
    return (
        query.join(
            Complainant, and_(Complainant.county == opening.county, Complainant.id == opening.complainant_id)
        )
        .join(Tip, and_(Tip.county == Complainant.county, Tip.id == Complainant.tip_id))
        .join(Asker, and_(Asker.county == opening.county, Asker.id == opening.asked_by_id))
        .outerjoin(Decider, and_(Decider.county == opening.county, Decider.id == opening.decided_by_id))
    )


OPENINGS = Listing(
    name="openings",
    title=say("举报人查看记录"),
    model=ComplainantOpening,
    joined=_joined,
    columns=(
        Column("asked_at", say("申请时间"), ComplainantOpening.asked_at, "moment"),
        Column("reason", say("理由"), ComplainantOpening.reason, "name"),
        Column("state", say("结果"), STATE, "state"),
        Column("asker", say("谁要看"), Asker.name),
        Column("pseudonym", say("举报人代号"), Complainant.pseudonym, "code"),
        Column("tip", say("线索编号"), Tip.code, "code"),
        Column("opened_at", say("查看时间"), ComplainantOpening.opened_at, "moment"),
        Column("decider", say("审批人"), Decider.name),
        Column("decided_at", say("审批时间"), ComplainantOpening.decided_at, "moment", on_screen=False),
        Column("decision_reason", say("审批意见"), ComplainantOpening.decision_reason, on_screen=False),
    ),
    filters=(word_filter("state", say("结果"), STATE, OpeningState, as_chips=True),),
    searched=(
        ComplainantOpening.reason,
        Asker.name,
        Complainant.pseudonym,
        Tip.code,
        func.coalesce(Decider.name, ""),
    ),
    order="asked_at",
    newest_first=True,
    first=case((WAITS, 0), else_=1),
)
