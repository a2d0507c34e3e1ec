"""The list of early warnings: what is new comes first, the gravest before the others."""

from typing import Any

from sqlalchemy import Select, Text, and_, case, cast, func
from sqlalchemy.orm import aliased

from ..errors import say
from ..registry.areas import Area
from ..registry.departments import Department
from ..registry.people import Person
from ..targeting.warnings.detectors import Detector
from ..targeting.warnings.warnings import OPEN, EarlyWarning, Severity, WarningState
from .listing import Column, Listing
from .narrowing import mark_filter, township_filter, word_filter

Township, Office, Holder = aliased(Area), aliased(Department), aliased(Person)
IS_OPEN = EarlyWarning.state.in_(OPEN)
LATE = and_(IS_OPEN, EarlyWarning.due_at < func.now())
MARKS = {
    "open": (say("未办结"), IS_OPEN),
    "late": (say("超过时限"), LATE),
    "lasting": (say("情况仍在持续"), EarlyWarning.ended_at.is_(None)),
    "sent": (say("已发通报"), EarlyWarning.sent_at.is_not(None)),
}
GRAVITY = case({each: n for n, each in enumerate(Severity)}, value=EarlyWarning.severity)


def _joined(query: Select[Any]) -> Select[Any]:
    row = EarlyWarning
    return (
        query.outerjoin(Township, and_(Township.county == row.county, Township.id == row.township_id))
        .outerjoin(Office, and_(Office.county == row.county, Office.id == row.department_id))
        .outerjoin(Holder, and_(Holder.county == row.county, Holder.id == row.person_id))
    )


WARNINGS = Listing(
    name="warnings",
    title=say("预警"),
    model=EarlyWarning,
    joined=_joined,
    columns=(
        Column("title", say("预警内容"), EarlyWarning.title, "message", sortable=False),
        Column("severity", say("级别"), EarlyWarning.severity, "state"),
        Column("state", say("状态"), EarlyWarning.state, "state"),
        Column("due_at", say("处置时限"), EarlyWarning.due_at, "moment"),
        Column("detector", say("预警方法"), EarlyWarning.detector, "word"),
        Column("addressee", say("交给谁"), func.coalesce(Holder.name, Office.name, Township.name)),
        Column("raised_at", say("首次预警"), EarlyWarning.raised_at, "moment"),
        Column("ended_at", say("情况解除"), EarlyWarning.ended_at, "moment"),
        Column("last_signal_at", say("最近一次信号"), EarlyWarning.last_signal_at, "moment", on_screen=False),
        Column("outcome_note", say("核查情况"), EarlyWarning.outcome_note, on_screen=False),
        Column("closed_at", say("办结时间"), EarlyWarning.closed_at, "moment", on_screen=False),
        Column("sent_at", say("发出通报"), EarlyWarning.sent_at, "moment", on_screen=False),
    ),
    extra={"is_overdue": LATE},
    filters=(
        word_filter("state", say("状态"), EarlyWarning.state, WarningState, as_chips=True),
        mark_filter("attention", say("关注"), MARKS),
        word_filter("severity", say("级别"), EarlyWarning.severity, Severity),
        word_filter("detector", say("预警方法"), EarlyWarning.detector, Detector),
        township_filter(EarlyWarning.township_id),
    ),
    searched=(
        cast(EarlyWarning.title, Text),
        func.coalesce(EarlyWarning.outcome_note, ""),
        func.coalesce(Township.name, ""),
    ),
    order="raised_at",
    newest_first=True,
    first=case((EarlyWarning.state == WarningState.NEW, 0), (IS_OPEN, 1), else_=2) * 10 + GRAVITY,
)
