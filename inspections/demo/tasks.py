"""Tasks: those the year's checks fulfilled, and what is open today and this week for who works in the field."""

from datetime import date, timedelta

from ..field.checks import CheckKind
from ..field.tasks import Task, TaskState
from ..registry.people import Role
from ..registry.sites import SiteKind, SiteState
from .book import Book, local
from .chance import Chance
from .people import Staff, Worker
from .spots import Spot
from .visits import Visit

Kind = CheckKind
# How many days from today the open tasks of one person fall due: one is late, four are for today
DUE = (-2, 0, 0, 0, 0, 1, 2, 2, 3, 4, 6)
WORK = {
    Role.INSPECTOR: ((Kind.ROUTINE, SiteKind.SCHOOL), (Kind.TIP, SiteKind.SUSPECTED), (Kind.RECHECK, None)),
    Role.GRID_WORKER: ((Kind.CANVASS, SiteKind.SUSPECTED), (Kind.TIP, SiteKind.SUSPECTED)),
    Role.ENFORCER: (
        (Kind.UNANNOUNCED, SiteKind.INSTITUTION),
        (Kind.TIP, SiteKind.SUSPECTED),
        (Kind.RECHECK, None),
    ),
    Role.VOLUNTEER: ((Kind.STAKEOUT, SiteKind.SUSPECTED),),
    Role.TOWNSHIP_ADMIN: ((Kind.CANVASS, SiteKind.SUSPECTED), (Kind.RECHECK, None)),
}
REASONS = {
    Kind.ROUTINE: "本月尚未督导",
    Kind.TIP: "群众举报，三日内核查",
    Kind.RECHECK: "整改期限已到，复查销号",
    Kind.CANVASS: "网格排查，每月一遍",
    Kind.UNANNOUNCED: "周末、晚间明察暗访",
    Kind.STAKEOUT: "晚间蹲点，观察进出学生",
}
WATCHED = {SiteState.REPORTED, SiteState.VERIFIED, SiteState.RECTIFYING, SiteState.LICENSED, SiteState.SUSPENDED}


def write_done(book: Book, visits: list[Visit], staff: Staff) -> None:
    dispatcher = staff.first(Role.DISPATCHER)
    for visit in visits:
        if visit.task_id is None:
            continue
        assigned = visit.start - timedelta(days=1)
        book.add(
            Task,
            id=visit.task_id,
            site_id=visit.spot.id,
            assignee_id=visit.worker.id,
            kind=visit.kind,
            state=TaskState.DONE,
            due_on=local(visit.start).date() + timedelta(days=2),
            reason=REASONS.get(visit.kind),
            check_id=visit.id,
            created_by_id=dispatcher.id,
            created_at=assigned,
        )


def write_open(book: Book, staff: Staff, sites: list[Spot]) -> None:
    """The first person of each role, whose login is public, has a full week; the others have a few tasks."""
    chance = book.chance.stream("open tasks")
    dispatcher = staff.first(Role.DISPATCHER)
    for role, work in WORK.items():
        for i, worker in enumerate(staff.of(role)):
            days = DUE if i == 0 else DUE[:: chance.randint(3, 5)]
            given: set[object] = set()
            for number, days_on in enumerate(days):
                kind, site_kind = work[number % len(work)]
                spot = _target(chance, sites, worker, site_kind, given)
                given.add(spot.id)
                _open(book, worker, dispatcher, kind, spot, book.today + timedelta(days=days_on))


def _target(chance: Chance, sites: list[Spot], worker: Worker, kind: SiteKind | None, given: set[object]) -> Spot:
    """A site of that kind with a known place, of the worker's own township where there is one."""
    able = [
        spot
        for spot in sites
        if spot.at and spot.id not in given and spot.row["state"] in WATCHED and kind in (None, spot.kind)
    ]
    own = [spot for spot in able if spot.township == (worker.township or 0)]
    return chance.choice(own or able)


def _open(book: Book, worker: Worker, dispatcher: Worker, kind: CheckKind, spot: Spot, due_on: date) -> None:
    at = book.days_ago(2.5)
    book.add(
        Task,
        id=book.new_id(at),
        site_id=spot.id,
        assignee_id=worker.id,
        kind=kind,
        state=TaskState.OPEN,
        due_on=due_on,
        reason=REASONS[kind],
        check_id=None,
        created_by_id=dispatcher.id,
        created_at=at,
    )
