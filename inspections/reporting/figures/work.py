"""The figures of the daily report, the half-month notice, the quarterly bulletin and the score of townships."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal, select, union_all
from sqlalchemy.orm import Session

from ...casework.findings import Finding
from ...casework.orders import Order, OrderKind
from ...casework.penalties import Penalty, PenaltyKind
from ...errors import say
from ...field.checks import Check
from ...intake.tips import Tip, TipState
from ...registry.sites import Site, SiteCategory, SiteKind, SiteState
from . import annex5, sources, work_sources
from .figure import Behind, Cell, Figure, Split, cells_of
from .selection import Selection
from .topics import ITEMS, Topic
from .work_sources import LastMove

ALL = say("合计")
SITES = (
    Split("all", ALL),
    Split("school", say("学校"), (Site.kind == SiteKind.SCHOOL,)),
    Split("institution", say("校外培训机构"), (Site.kind == SiteKind.INSTITUTION,)),
    Split("suspected", say("疑似违规办学点"), (Site.kind == SiteKind.SUSPECTED,)),
)
TRAINING = Split("training", say("校外培训"), (Site.kind != SiteKind.SCHOOL,))
PROBLEM_SPLITS = (
    *SITES,
    TRAINING,
    Split("subject", say("学科类"), (annex5.IS_INSTITUTION, Site.category == SiteCategory.SUBJECT)),
    *(Split(topic.value, topic.label, (Finding.item_code.in_(ITEMS[topic]),)) for topic in Topic),
)
SCHOOL = SITES[1:2]
SETTLED = (TipState.CONFIRMED, TipState.UNFOUNDED, TipState.TRANSFERRED, TipState.INVALID)
PENDING = (TipState.NEW, TipState.ASSIGNED)
TIP_SPLITS = (
    Split("all", ALL),
    Split("counted", say("不含重复"), (LastMove.state != TipState.DUPLICATE,)),
    Split("settled", say("已办结"), (LastMove.state.in_(SETTLED),)),
    Split("pending", say("办理中"), (LastMove.state.in_(PENDING),)),
    *(Split(each.value, each.label, (LastMove.state == each,)) for each in TipState),
)

TIMES, PLACES, PIECES, HOMES = say("次"), say("处"), say("件"), say("家")
MADE = Figure("made", say("检查次数"), TIMES, "checks", work_sources.checks_made, SITES)
CHECKED = Figure("checked", say("检查点位数"), PLACES, "sites", work_sources.sites_checked, (*SITES, TRAINING))
FOUND = Figure("found", say("新发现疑似违规办学点"), PLACES, "sites", work_sources.sites_found, SITES[:1])
SHUT = Figure(
    "shut",
    say("取缔点位"),
    PLACES,
    "sites",
    work_sources.sites_turned(SiteState.CLOSED),
    (*SITES, annex5.SUBJECTS[1]),
)
SUSPENDED = Figure(
    "suspended", say("责令停业"), PLACES, "sites", work_sources.sites_turned(SiteState.SUSPENDED), SITES
)
STANDING = Figure(
    "standing", say("在办校外培训机构"), HOMES, "sites", work_sources.sites_standing, annex5.SUBJECTS
)
COMPLETE = Figure(
    "complete",
    say("证照齐全机构"),
    HOMES,
    "sites",
    work_sources.with_papers(permit=True, registration=True),
    annex5.SUBJECTS[:1],
)
PERMIT_ONLY = Figure(
    "permit_only",
    say("有证无照机构"),
    HOMES,
    "sites",
    work_sources.with_papers(permit=True, registration=False),
    annex5.SUBJECTS[:1],
)
REGISTRATION_ONLY = Figure(
    "registration_only",
    say("有照无证机构"),
    HOMES,
    "sites",
    work_sources.with_papers(permit=False, registration=True),
    annex5.SUBJECTS[:1],
)
UNLICENSED = Figure(
    "unlicensed",
    say("无证无照机构"),
    HOMES,
    "sites",
    work_sources.with_papers(permit=False, registration=False),
    annex5.SUBJECTS[:1],
)
RELICENSED = Figure(
    "relicensed", say("取得办学许可机构"), HOMES, "sites", work_sources.relicensed, annex5.SUBJECTS[:1]
)
LOOKED_AT, AMISS = (
    {
        topic: Figure(f"{key}_{topic.value}", label, annex5.PLACES, "sites", source(topic), SCHOOL)
        for topic, label in zip((Topic.HOMEWORK, Topic.SERVICE), labels, strict=True)
    }
    for key, labels, source in (
        ("looked", (say("检查作业管理的学校"), say("检查课后服务的学校")), work_sources.answered_for),
        ("amiss", (say("作业管理不符合的学校"), say("课后服务不符合的学校")), work_sources.amiss_in),
    )
)
ORDERS = Figure(
    "orders", say("印发整改通知书"), PIECES, "orders", sources.orders_issued(OrderKind.RECTIFICATION), SITES
)
PRESSED = Figure(
    "pressed", say("印发督办单"), PIECES, "orders", sources.orders_issued(OrderKind.SUPERVISION), SITES[:1]
)
PROBLEMS = Figure("problem", say("确认问题"), say("个"), "findings", sources.problems, PROBLEM_SPLITS)
DONE = Figure("mend", say("其中已销号"), say("个"), "findings", sources.problems_done, PROBLEM_SPLITS)
OVERDUE = Figure("overdue", say("其中逾期未改"), say("个"), "findings", work_sources.problems_overdue, SITES)
STRUCK_OFF = Figure("closed", say("本期销号问题"), say("个"), "findings", work_sources.struck_off, SITES)
REOPENED = Figure("reopened", say("本期重新打开问题"), say("个"), "findings", work_sources.reopened, SITES[:1])
BROKEN = Figure("broken", say("存在问题点位"), PLACES, "sites", sources.sites_with_problems, (SITES[0], TRAINING))
CLEARED = Figure("cleared", say("问题全部销号点位"), PLACES, "sites", sources.sites_done, (SITES[0], TRAINING))
PENALTIES = Figure(
    "penalties",
    say("处罚和其他措施"),
    PIECES,
    "penalties",
    work_sources.penalties_decided,
    (Split("all", ALL), Split("refund", PenaltyKind.REFUND.label, (Penalty.kind == PenaltyKind.REFUND,))),
)
TIPS = Figure("tips", say("受理举报"), PIECES, "tips", work_sources.tips_received, TIP_SPLITS)
PROPOSED = Figure("proposed", say("待确认问题"), say("个"), "findings", work_sources.problems_proposed, SITES[:1])
INCOMPLETE = Figure(
    "incomplete", say("照片未传齐的检查"), TIMES, "checks", work_sources.checks_incomplete, SITES[:1]
)

WORK = (
    MADE, CHECKED, FOUND, SHUT, SUSPENDED, STANDING, COMPLETE, PERMIT_ONLY, REGISTRATION_ONLY, UNLICENSED,
    RELICENSED, *LOOKED_AT.values(), *AMISS.values(), ORDERS, PRESSED, PROBLEMS, DONE, OVERDUE, STRUCK_OFF,
    REOPENED, BROKEN, CLEARED, PENALTIES, TIPS, annex5.BULLETINS, annex5.INTERVIEWS, annex5.ACCOUNTABILITY,
    PROPOSED, INCOMPLETE,
)  # fmt: skip
# What is told of each township, and what its score is made of
OF_TOWNSHIPS = (
    MADE, CHECKED, FOUND, SHUT, PROBLEMS, DONE, OVERDUE, STRUCK_OFF, BROKEN, CLEARED, TIPS,
    LOOKED_AT[Topic.SERVICE], AMISS[Topic.SERVICE],
)  # fmt: skip
OF_SCORES = (
    CHECKED, PROBLEMS, DONE, BROKEN, CLEARED, TIPS, LOOKED_AT[Topic.SERVICE], AMISS[Topic.SERVICE],
)  # fmt: skip
CELLS: dict[str, Cell] = {cell.key: cell for cell in cells_of(WORK)}

_AT: dict[str, tuple[Any, Any]] = {
    "sites": (Site, Site),
    "findings": (Finding, Site),
    "orders": (Order, Site),
    "checks": (Check, Site),
    "tips": (Tip, Tip),
}


def count_townships(
    session: Session, selection: Selection, figures: Sequence[Figure] = OF_TOWNSHIPS
) -> dict[UUID, dict[str, int]]:
    """The cells of each township that has any record, from the queries that make the county's; one statement."""
    parts = [_by_township(cell, selection) for cell in cells_of(figures)]
    found: dict[UUID, dict[str, int]] = {}
    for township_id, key, n in session.execute(union_all(*parts)):
        found.setdefault(township_id, {})[key] = int(n)
    return found


def _by_township(cell: Cell, selection: Selection) -> Any:
    records = cell.found(selection).subquery()
    table, holder = _AT[cell.figure.listed]
    query = select(holder.township_id, literal(cell.key), func.sum(records.c.n)).select_from(records)
    query = query.join(table, and_(table.county == selection.county, table.id == records.c.id))
    if holder is not table:
        query = query.join(Site, and_(Site.county == table.county, Site.id == table.site_id))
    return query.where(holder.township_id.is_not(None)).group_by(holder.township_id)


def records_of(session: Session, selection: Selection, key: str) -> list[Behind]:
    """The records behind one cell. Raises KeyError for what is none."""
    cell = CELLS[key]
    return [Behind(row.id, row.n) for row in session.execute(cell.found(selection))]
