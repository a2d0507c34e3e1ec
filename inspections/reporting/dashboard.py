"""The dashboards of the director and the dispatcher: every figure is the total of a list that it leads to.

A `Tile` holds the question that it counts. It is asked of the same listings by the same conditions as the list
that opens from it, so no figure is worked out anywhere else.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from ..errors import Message, say
from ..listing import Listing, Question, count_each
from ..listing.approvals import APPROVALS
from ..listing.findings import FINDINGS
from ..listing.ledger import LEDGER
from ..listing.ledger_groups import Group, grouped
from ..listing.orders import ORDERS
from ..listing.steps import STEPS
from ..listing.tasks import TASKS
from ..listing.tips import TIPS
from ..registry.people import Person, Role
from ..registry.site_file import may_see_tips

LISTINGS = {each.name: each for each in (LEDGER, ORDERS, FINDINGS, STEPS, APPROVALS, TASKS, TIPS)}
WEEKS = 12
GROWTH_DAYS = 30
SHOWN_GROUPS = 8

Asked = Mapping[str, str]


@dataclass(frozen=True)
class Tile:
    """A figure, the list it is the total of, and what it was in the period before, where it has one."""

    key: str
    label: Message
    listing: str
    asked: Asked
    kind: str = ""
    n: int = 0
    before_asked: Asked | None = None
    before: int | None = None


class Week(NamedTuple):
    """Problems confirmed and struck off from a Monday to a Sunday."""

    first: date
    last: date
    found: Tile
    closed: Tile


class Growth(NamedTuple):
    """Problems confirmed in a township in the last days, and in as many days before."""

    value: str
    label: Message | str
    now: int
    before: int


class Span(NamedTuple):
    first: date
    last: date


class Dashboard(NamedTuple):
    is_director: bool
    sections: list[tuple[Message, list[Tile]]]
    weeks: list[Week]
    townships: list[Group]
    growing: list[Growth]
    this_week: Span
    before: Span
    growth_now: Span
    growth_before: Span


def read_dashboard(session: Session, person: Person, today: date) -> Dashboard:
    """Director or dispatcher, by the person's role; others of the desk see the dispatcher's work."""
    is_director = person.has(Role.DIRECTOR)
    this_week = Span(today - timedelta(days=today.weekday()), today)
    before = Span(*(day - timedelta(days=7) for day in this_week))
    planned = _director(this_week, before) if is_director else _dispatcher(person, this_week, before)
    weeks = _weeks(this_week.first)
    tiles = [tile for _, tiles in planned for tile in tiles] + [tile for week in weeks for tile in week[2:]]
    known = _counted(session, person, tiles)
    now, then = _growth_spans(today)
    return Dashboard(
        is_director,
        [(title, [known[tile.key] for tile in tiles]) for title, tiles in planned],
        [Week(week.first, week.last, known[week.found.key], known[week.closed.key]) for week in weeks],
        _by_township(session, person, {"show": "open"}),
        _growing(session, person, now, then),
        this_week,
        before,
        now,
        then,
    )


def _director(week: Span, before: Span) -> list[tuple[Message, list[Tile]]]:
    return [
        (
            say("等您签发和决定"),
            [
                Tile("drafts", say("待签发的文书"), "orders", {"state": "draft"}, "due"),
                Tile("approvals", say("待审批的申请"), "approvals", {"state": "asked"}, "due"),
                Tile("steps", say("待定的督办步骤"), "steps", {"state": "proposed"}, "due"),
            ],
        ),
        (
            say("逾期"),
            [
                *_late(),
                Tile("month_late", say("逾期 30 天以上"), "ledger", {"show": "open", "delay": "more"}, "problem"),
                _suspended(),
                Tile("reopened", say("重新打开"), "ledger", {"show": "open", "urgency": "reopened"}, "problem"),
            ],
        ),
        (say("本周"), _of_week(week, before)),
    ]


def _dispatcher(person: Person, week: Span, before: Span) -> list[tuple[Message, list[Tile]]]:
    tips = [Tile("tips", say("新线索"), "tips", {"state": "new"}, "due")] if may_see_tips(person) else []
    return [
        (
            say("今天要办"),
            [
                *tips,
                Tile("proposed", say("待确认的问题"), "findings", {"state": "proposed"}, "due"),
                Tile("no_order", say("还没开文书的问题"), "ledger", {"show": "open", "paper": "none"}, "due"),
                Tile("issued", say("待送达的文书"), "orders", {"state": "issued"}, "due"),
                Tile("responses", say("待审核的整改报告"), "ledger", {"show": "all", "waits": "response"}, "due"),
                Tile("steps", say("待办的督办步骤"), "steps", {"state": "proposed"}, "due"),
            ],
        ),
        (
            say("期限"),
            [
                Tile("today", say("今天到期"), "ledger", {"show": "open", "urgency": "today"}, "due"),
                Tile("soon", say("7 天内到期"), "ledger", {"show": "open", "urgency": "week"}, "due"),
                *_late(),
                Tile("tasks_late", say("逾期的任务"), "tasks", {"urgency": "overdue"}, "problem"),
                _suspended(),
            ],
        ),
        (say("本周"), _of_week(week, before)),
    ]


def _late() -> list[Tile]:
    return [
        Tile("open", say("未销号"), "ledger", {"show": "open"}),
        Tile("late", say("已逾期"), "ledger", {"show": "open", "urgency": "overdue"}, "problem"),
    ]


def _suspended() -> Tile:
    return Tile("suspended", say("中止计时"), "ledger", {"show": "open", "urgency": "suspended"})


def _of_week(week: Span, before: Span) -> list[Tile]:
    return [
        Tile("found", say("本周确认的问题"), "ledger", _confirmed(week), before_asked=_confirmed(before)),
        Tile("closed", say("本周销号"), "ledger", _closed(week), "ok", before_asked=_closed(before)),
    ]


def _confirmed(span: Span) -> Asked:
    return {"show": "all", "confirmed_from": span.first.isoformat(), "confirmed_to": span.last.isoformat()}


def _closed(span: Span) -> Asked:
    return {"show": "closed", "closed_from": span.first.isoformat(), "closed_to": span.last.isoformat()}


def _weeks(monday: date) -> list[Week]:
    weeks = []
    for back in range(WEEKS - 1, -1, -1):
        span = Span(monday - timedelta(days=7 * back), monday - timedelta(days=7 * back - 6))
        found = Tile(f"found-{back}", say("确认"), "ledger", _confirmed(span))
        weeks.append(Week(*span, found, Tile(f"closed-{back}", say("销号"), "ledger", _closed(span))))
    return weeks


def _counted(session: Session, person: Person, tiles: Sequence[Tile]) -> dict[str, Tile]:
    """Each tile with its figures: one statement for each listing."""
    by_listing: dict[str, list[Tile]] = defaultdict(list)
    for tile in tiles:
        by_listing[tile.listing].append(tile)
    known = {}
    for name, group in by_listing.items():
        listing = LISTINGS[name]
        asked = [tile.asked for tile in group]
        earlier = [tile.before_asked for tile in group if tile.before_asked is not None]
        figures = iter(
            count_each(session, person, listing, [_question(listing, each) for each in (*asked, *earlier)])
        )
        counts = {tile.key: next(figures) for tile in group}
        befores = {tile.key: next(figures) for tile in group if tile.before_asked is not None}
        for tile in group:
            known[tile.key] = Tile(**(vars(tile) | {"n": counts[tile.key], "before": befores.get(tile.key)}))
    return known


def _growth_spans(today: date) -> tuple[Span, Span]:
    now = Span(today - timedelta(days=GROWTH_DAYS - 1), today)
    return now, Span(*(day - timedelta(days=GROWTH_DAYS) for day in now))


def _growing(session: Session, person: Person, now: Span, then: Span) -> list[Growth]:
    """Townships where more problems were confirmed than before, the most first."""
    counts, earlier = (
        {group.value: group for group in _by_township(session, person, _confirmed(span))} for span in (now, then)
    )
    grown = [
        Growth(value, group.label, group.figures["all"], earlier[value].figures["all"] if value in earlier else 0)
        for value, group in counts.items()
    ]
    rising = [each for each in grown if each.now > each.before]
    return sorted(rising, key=lambda each: (each.before - each.now, str(each.label)))[:SHOWN_GROUPS]


def _by_township(session: Session, person: Person, asked: Asked) -> list[Group]:
    return grouped(session, person, _question(LEDGER, asked), "township").groups


def _question(listing: Listing, asked: Asked) -> Question:
    return Question.of(listing, {key: [value] for key, value in asked.items()})
