"""The list of the ledger 问题台账."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Integer, Select, Text, and_, case, cast, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from ..casework.approvals import Approval, ApprovalState
from ..casework.findings import FindingState
from ..casework.orders import OrderItem
from ..casework.responses import Response, ResponseState
from ..casework.steps import Step, StepKind, StepState
from ..errors import Message, say
from ..field.checklists import ChecklistItem
from ..field.checks import CheckKind
from ..ledger.items import LedgerItem, Paper
from ..ledger.tally import AGES, DELAYS, NOTHING, SOON_DAYS, Band, Tally
from ..ledger.tally import tally as tally_of
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import SiteKind
from ..rules.rules import Rule
from .ledger_counts import MASKING, choices
from .listing import TODAY, Column, Filter, Listing, Without, words_of
from .narrowing import mark_filter, townships, word_filter

Township, Officer = aliased(Area), aliased(Person)
Item = LedgerItem

RUNS = and_(Item.is_open, Item.suspended_at.is_(None))
OVERDUE = and_(RUNS, Item.due_on < TODAY)
SUSPENDED = and_(Item.is_open, Item.suspended_at.is_not(None))
FOUND_ON = cast(func.timezone("Asia/Shanghai", Item.found_at), Date)
CONFIRMED_ON = cast(func.timezone("Asia/Shanghai", Item.confirmed_at), Date)
CLOSED_ON = cast(func.timezone("Asia/Shanghai", Item.closed_at), Date)
# Of an open item until today, of a closed one until it was closed; none while the clock stands still
DAYS_LATE = case(
    (OVERDUE, cast(TODAY - Item.due_on, Integer)),
    (and_(~Item.is_open, Item.due_on < CLOSED_ON), cast(CLOSED_ON - Item.due_on, Integer)),
)
AGE = case((Item.is_open, cast(TODAY - FOUND_ON, Integer)))
NO_STEP = "no step"
STEP = func.coalesce(cast(Item.step, Text), NO_STEP)

URGENCY: dict[str, tuple[Message, Any]] = {
    "overdue": (say("已逾期"), OVERDUE),
    "today": (say("今天到期"), and_(RUNS, Item.due_on == TODAY)),
    "week": (say("7 天内到期"), and_(RUNS, Item.due_on.between(TODAY, TODAY + SOON_DAYS))),
    "undated": (say("未定期限"), and_(RUNS, Item.due_on.is_(None))),
    "suspended": (say("中止计时"), SUSPENDED),
    "reopened": (say("重新打开"), and_(Item.is_open, Item.reopened > 0)),
}
SEVERITIES = (("3", say("严重")), ("2", say("一般")), ("1", say("轻微")))
SHOWN: dict[str, tuple[Message, Any]] = {
    "open": (say("未销号"), Item.is_open),
    "closed": (say("已销号"), ~Item.is_open),
    "all": (say("全部"), true()),
}


def _shown(values: list[str]) -> Any:
    return or_(false(), *(SHOWN[value][1] for value in values))


def _band_filter(key: str, label: Message, days: Any, among: Any, bands: Sequence[Band]) -> Filter:
    def where(values: list[str]) -> Any:
        return and_(among, or_(false(), *(_between(days, band) for band in bands if band.key in values)))

    return Filter(key, label, where, tuple((band.key, band.label) for band in bands))


def _between(days: Any, band: Band) -> Any:
    return and_(
        true() if band.first is None else days >= band.first,
        true() if band.last is None else days <= band.last,
    )


def _day_filter(key: str, label: Message, column: Any, *, until: bool) -> Filter:
    """From a day on, or until its end: an ISO date."""

    def where(values: list[str]) -> Any:
        day = date.fromisoformat(values[0])
        return column <= day if until else column >= day

    return Filter(key, label, where)


def _field(key: str, label: Message, column: Any, options: Any = None, convert: Any = str) -> Filter:
    """The values of a column as choices, with one for the items that have none."""

    def where(values: list[str]) -> Any:
        has = column.in_([convert(value) for value in values if value != NOTHING])
        return or_(has, column.is_(None)) if NOTHING in values else has

    def named(session: Session, person: Person) -> list[tuple[str, Any]]:
        known = options(session, person) if options else []
        return [*known, (NOTHING, say("未填写"))]

    value = func.coalesce(cast(column, Text), NOTHING)
    return Filter(key, label, where, value=value, options=named, is_open=True)


def _officers(session: Session, person: Person) -> list[tuple[str, str]]:
    query = select(Person.id, Person.name).where(Person.county == person.county, Person.site_id.is_(None))
    return [(str(each), name) for each, name in session.execute(query.order_by(Person.name, Person.id))]


def _items(session: Session, person: Person) -> list[tuple[str, str]]:
    """The items of the county's checklists, each with the beginning of its text."""
    texts = select(ChecklistItem.code, func.max(ChecklistItem.text)).group_by(ChecklistItem.code)
    rows = session.execute(texts.order_by(ChecklistItem.code))
    return [(code, f"{code} {text or ''}"[:40].strip()) for code, text in rows]


def _rules(session: Session, person: Person) -> list[tuple[str, str]]:
    titles = select(Rule.code, func.max(Rule.title)).group_by(Rule.code).order_by(Rule.code)
    return [(code, title or code) for code, title in session.execute(titles)]


def _joined(query: Select[Any]) -> Select[Any]:
    return query.outerjoin(
        Township, and_(Township.county == Item.county, Township.id == Item.township_id)
    ).outerjoin(Officer, and_(Officer.county == Item.county, Officer.id == Item.confirmed_by_id))


def _tally(
    session: Session, found: Without, filters: Mapping[str, list[str]]
) -> tuple[int, dict[str, dict[str, int]]]:
    chosen = {key: values for key, values in filters.items() if key in MASKING}
    fit, facets = choices(tally_of(session, found(*chosen), TODAY), chosen)
    if "waits" not in filters:
        facets["waits"] = _waiting(session, found(), fit)
    return fit.total, facets


def _waiting(session: Session, found: Select[Any], fit: Tally) -> dict[str, int]:
    """Few wait for anything: each kind is looked up by itself, where a condition would be asked of every row."""
    waiting = {key: session.scalar(select(func.count()).select_from(found.where(condition).subquery())) or 0
               for key, (_, condition) in WAITS.items() if key != "order"}  # fmt: skip
    return {**waiting, "order": fit.counts("paper").get(Paper.DRAFT.value, 0)}


def _finding_ids(query: Any) -> Any:
    return Item.id.in_(query)


ANSWERED = (
    select(OrderItem.finding_id)
    .join(Response, and_(Response.county == OrderItem.county, Response.order_id == OrderItem.order_id))
    .where(OrderItem.is_live, Response.state == ResponseState.SUBMITTED)
)
WAITS: dict[str, tuple[Message, Any]] = {
    "approval": (
        say("申请待审批"),
        _finding_ids(select(Approval.finding_id).where(Approval.state == ApprovalState.ASKED)),
    ),
    "response": (say("整改报告待审核"), _finding_ids(ANSWERED)),
    "step": (
        say("督办步骤待办"),
        _finding_ids(select(Step.finding_id).where(Step.state == StepState.PROPOSED)),
    ),
    "order": (say("文书待签发"), Item.paper == Paper.DRAFT),
}
STEPS = ((NO_STEP, say("未升级")), *words_of(StepKind))
STATES = words_of(FindingState, FindingState.CONFIRMED, FindingState.RECTIFYING, FindingState.STRUCK_OFF)
SHOWN_WORDS = tuple((key, label) for key, (label, _) in SHOWN.items())

LEDGER = Listing(
    name="ledger",
    title=say("问题台账"),
    model=Item,
    joined=_joined,
    columns=(
        Column("text", say("问题"), Item.text, "name"),
        Column("site", say("点位"), Item.site_name, "site"),
        Column("township", say("镇街"), Township.name),
        Column("source", say("来源检查"), Item.check_kind, "word"),
        Column("found_on", say("发现时间"), FOUND_ON, "day"),
        Column("lead", say("牵头领导"), Item.lead),
        Column("department", say("责任部门"), Item.department),
        Column("measures", say("整改措施"), Item.measures, on_screen=False),
        Column("due_on", say("完成时限"), Item.due_on, "due"),
        Column("state", say("状态"), Item.state, "state"),
        Column("days_late", say("逾期天数"), DAYS_LATE, "number", on_screen=False),
        Column("step", say("升级情况"), Item.step, "word"),
        Column("numbers", say("文号"), Item.numbers, "code"),
        Column("closed_on", say("销号时间"), CLOSED_ON, "day", on_screen=False),
        Column("age", say("在账天数"), AGE, "number", on_screen=False),
        Column("severity", say("程度"), Item.severity, "severity", on_screen=False),
        Column("officer", say("确认人"), Officer.name, on_screen=False),
        Column("confirmed_on", say("确认时间"), CONFIRMED_ON, "day", on_screen=False),
        Column("item_code", say("清单条目"), Item.item_code, on_screen=False),
        Column("paper", say("文书"), Item.paper, "word", on_screen=False),
        Column("site_kind", say("点位种类"), Item.site_kind, "word", on_screen=False),
        Column("suspended_at", say("中止时间"), Item.suspended_at, "moment", on_screen=False),
    ),
    extra={"site_id": Item.site_id, "is_overdue": OVERDUE, "is_suspended": SUSPENDED, "reopened": Item.reopened},
    filters=(
        Filter("show", say("范围"), _shown, SHOWN_WORDS, as_chips=True),
        mark_filter("urgency", say("期限"), URGENCY),
        mark_filter("waits", say("等谁办"), WAITS),
        _band_filter("age", say("在账天数"), AGE, Item.is_open, AGES),
        _band_filter("delay", say("逾期天数"), DAYS_LATE, OVERDUE, DELAYS),
        Filter("state", say("状态"), lambda values: Item.state.in_(values), STATES, Item.state),
        _field("township", say("镇街"), Item.township_id, townships, UUID),
        _field("department", say("责任部门"), Item.department),
        _field("lead", say("牵头领导"), Item.lead),
        _field("officer", say("确认人"), Item.confirmed_by_id, _officers, UUID),
        Filter("severity", say("程度"), lambda values: Item.severity.in_([int(v) for v in values]), SEVERITIES,
               Item.severity),
        word_filter("kind", say("点位种类"), Item.site_kind, SiteKind),
        _field("source", say("来源检查"), Item.check_kind, lambda session, person: list(words_of(CheckKind))),
        _field("item", say("清单条目"), Item.item_code, _items),
        _field("rule", say("规则"), Item.rule_code, _rules),
        word_filter("paper", say("文书"), Item.paper, Paper),
        Filter("step", say("升级情况"), lambda values: STEP.in_(values), STEPS, STEP),
        _day_filter("found_from", say("发现不早于"), FOUND_ON, until=False),
        _day_filter("found_to", say("发现不晚于"), FOUND_ON, until=True),
        _day_filter("confirmed_from", say("确认不早于"), CONFIRMED_ON, until=False),
        _day_filter("confirmed_to", say("确认不晚于"), CONFIRMED_ON, until=True),
        _day_filter("due_from", say("时限不早于"), Item.due_on, until=False),
        _day_filter("due_to", say("时限不晚于"), Item.due_on, until=True),
        _day_filter("closed_from", say("销号不早于"), CLOSED_ON, until=False),
        _day_filter("closed_to", say("销号不晚于"), CLOSED_ON, until=True),
    ),
    searched=(lambda word: Item.searched.contains(word.lower(), autoescape=True),),
    order="due_on",
    tally=_tally,
)  # fmt: skip
