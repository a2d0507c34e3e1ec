"""The list of tips, and the inbox at its head. Who complained is not in this table, so no list can show it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, Uuid, and_, case, column, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from ..access import visible
from ..errors import say
from ..field.tasks import Task, TaskState
from ..intake.tip_moves import TipMove
from ..intake.tips import Lane, Tip, TipChannel, TipState
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import Site, SiteCategory
from ..vocabulary import Choice
from .listing import Column, Filter, Listing, Without, words_of
from .narrowing import township_filter, word_filter

# A tip's number begins with its day
NUMBER = re.compile(r"\d{6}-[0-9A-Za-z]*")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]{2,}")
Township, Joined, Named = aliased(Area), aliased(Tip), aliased(Site)


class Queue(Choice):
    """The tabs of the inbox."""

    NEW = "new", say("待研判")
    ASSIGNED = "assigned", say("已交办")
    LATE = "late", say("超期")
    KEY = "key", say("重点")
    ALL = "all", say("全部")


OPEN = Tip.state.in_((TipState.NEW, TipState.ASSIGNED))
UNTIL = case((Tip.state == TipState.NEW, Tip.triage_due_at), (Tip.state == TipState.ASSIGNED, Tip.due_at))
OVERDUE = and_(OPEN, func.now() > UNTIL)
QUEUES: dict[str, Any] = {
    Queue.NEW: Tip.state == TipState.NEW,
    Queue.ASSIGNED: Tip.state == TipState.ASSIGNED,
    Queue.LATE: OVERDUE,
    Queue.KEY: and_(Tip.key_since.is_not(None), Tip.master_id.is_(None)),
    Queue.ALL: Tip.id.is_not(None),
}


def _joined(query: Select[Any]) -> Select[Any]:
    return query.outerjoin(Site, and_(Site.county == Tip.county, Site.id == Tip.site_id)).outerjoin(
        Township, and_(Township.county == Tip.county, Township.id == Tip.township_id)
    )


def _says(word: str) -> Any:
    """Whether a tip's number, words, place or site hold a word: two Han or more are looked up in an index."""
    if NUMBER.fullmatch(word):
        return Tip.code.startswith(word.upper(), autoescape=True)
    if HAN.fullmatch(word):
        saying = select(func.tips_saying(word).table_valued(column("id", Uuid)).c.id)
        return or_(Tip.id.in_(saying), _at_site_named(word))
    said = [each.icontains(word, autoescape=True) for each in (Tip.code, Tip.text, Tip.place)]
    return or_(*said, _at_site_named(word))


def _at_site_named(word: str) -> Any:
    # Not correlated: the sites are looked up once and not for each tip
    holds = Named.name.contains if HAN.fullmatch(word) else Named.name.icontains
    named = select(Named.county, Named.id).where(holds(word, autoescape=True))
    return tuple_(Tip.county, Tip.site_id).in_(named)


TIPS = Listing(
    name="tips",
    title=say("线索"),
    model=Tip,
    joined=_joined,
    columns=(
        Column("code", say("编号"), Tip.code, "code"),
        Column("text", say("内容"), Tip.text, "name"),
        Column("state", say("状态"), Tip.state, "state"),
        Column("channel", say("来源"), Tip.channel, "word"),
        Column("category", say("类别"), Tip.category, "word"),
        Column("site", say("点位名称"), Site.name, "site"),
        Column("place", say("地点"), Tip.place, on_screen=False),
        Column("township", say("镇街"), Township.name),
        Column("received_at", say("收到时间"), Tip.received_at, "moment"),
        Column("until", say("本步期限"), UNTIL, "moment"),
        Column("due_at", say("办理期限"), Tip.due_at, "moment"),
    ),
    extra={
        "site_id": Tip.site_id,
        "lon": func.ST_X(Tip.location),
        "lat": func.ST_Y(Tip.location),
        "is_overdue": OVERDUE,
    },
    filters=(
        Filter("queue", say("队列"), lambda values: QUEUES[Queue(values[0])], words_of(Queue)),  # type: ignore[call-arg]
        word_filter("state", say("状态"), Tip.state, TipState, as_chips=True),
        Filter("late", say("期限"), lambda values: OVERDUE, (("1", say("已超期")),), as_chips=True),
        word_filter("channel", say("来源"), Tip.channel, TipChannel),
        word_filter("category", say("类别"), Tip.category, SiteCategory),
        word_filter("lane", say("验证"), Tip.lane, Lane),
        township_filter(Tip.township_id),
    ),
    searched=(_says,),
    order="received_at",
    newest_first=True,
)


def _total(
    session: Session, without: Without, chosen: Mapping[str, list[str]]
) -> tuple[int, dict[str, dict[str, int]]]:
    """The inbox counts its rows and its tabs, and no further choices."""
    total = session.scalar(select(func.count()).select_from(without().subquery())) or 0
    return total, {each.key: {} for each in TIPS.filters}


JOINED = (
    select(func.count())
    .where(Joined.county == Tip.county, Joined.master_id == Tip.id)
    .correlate(Tip)
    .scalar_subquery()
)
# Somebody was there: what came of it waits to be said
VISITED = and_(
    Tip.state == TipState.ASSIGNED,
    exists().where(
        TipMove.county == Tip.county,
        TipMove.tip_id == Tip.id,
        Task.county == TipMove.county,
        Task.id == TipMove.task_id,
        Task.state == TaskState.DONE,
    ),
)
# All of the list; what is open stands by its deadline, key cases first
INBOX_ALL = replace(
    TIPS,
    tally=_total,
    extra={
        **TIPS.extra,
        "key_since": Tip.key_since,
        "triage_due_at": Tip.triage_due_at,
        "near": Tip.near,
        "names_minor": Tip.names_minor,
        "joined": JOINED,
        "is_visited": VISITED,
    },
)
# Key cases, then what a phone worked for or another office sent; a flood comes last
FIRST = case((Tip.key_since.is_not(None), 0), (Tip.lane == Lane.FLOOD, 3), (Tip.lane == Lane.UNPROVEN, 2), else_=1)
INBOX = replace(INBOX_ALL, order="until", newest_first=False, first=FIRST)


def inbox_of(queue: str) -> Listing:
    return INBOX if queue in (Queue.NEW, Queue.ASSIGNED, Queue.LATE) else INBOX_ALL


def queue_counts(session: Session, person: Person) -> dict[str, int]:
    """How many tips stand in each tab: the open ones and the key ones are read from small indexes of their own."""
    rows = visible(person, Tip)
    counted = [func.count().filter(QUEUES[each]) for each in (Queue.NEW, Queue.ASSIGNED, Queue.LATE)]
    new, assigned, late = tuple(session.execute(rows.where(OPEN).with_only_columns(*counted)).one())
    key = session.scalar(rows.where(QUEUES[Queue.KEY]).with_only_columns(func.count())) or 0
    every = session.scalar(rows.with_only_columns(func.count())) or 0
    return {"new": new, "assigned": assigned, "late": late, "key": key, "all": every}
