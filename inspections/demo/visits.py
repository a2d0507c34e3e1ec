"""Who goes where, when and why: the plan of a year of checks, before it is put on record."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from ..field.checks import CheckKind
from ..registry.people import Role
from ..registry.sites import SiteKind
from . import faults, rhythm
from .book import Book, moment
from .faults import Problem
from .people import Staff, Worker
from .spots import Spot
from .troubles import is_cold

Kind = CheckKind
COLD_TIMES = 3  # as often as elsewhere: the new quarter is well patrolled
MINUTES = {Kind.ROUTINE: (35, 90), Kind.CANVASS: (4, 15), Kind.STAKEOUT: (60, 150), Kind.SELF: (20, 50)}


@dataclass
class Visit:
    """One visit as planned; `id`, `start` and `sequence` are settled when the diary is kept.

    `problems` are those it found, `looked_at` those found before that it looked at again.
    """

    spot: Spot
    kind: CheckKind
    worker: Worker
    second: Worker | None
    start: datetime
    minutes: int
    problems: list[Problem] = field(default_factory=list)
    looked_at: list[Problem] = field(default_factory=list)
    sent: bool = False
    id: UUID | None = None
    task_id: UUID | None = None
    sequence: int = 0

    @property
    def finish(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)


class Planner:
    def __init__(self, book: Book, staff: Staff, sites: list[Spot], zone_inspector: dict[UUID, Worker]):
        self.book, self.staff, self.sites = book, staff, sites
        self.chance = book.chance.stream("visits")
        self.zone_inspector = zone_inspector
        self.days = rhythm.days_until(book.today)
        self.visits: list[Visit] = []

    def of_kind(self, kind: SiteKind) -> list[Spot]:
        return [spot for spot in self.sites if spot.kind is kind]

    def routine(self) -> None:
        """Each school about once a month in term by its zone's inspector; gaps remain, as in life."""
        for spot in self.of_kind(SiteKind.SCHOOL):
            inspector = self.zone_inspector[spot.row["zone_id"]]
            diligence = 0.95 if is_cold(spot.at) else 0.3 if inspector.login == "inspector5" else 0.74
            for month in _months(self.days):
                days = [day for day in month if rhythm.is_workday(day) and not rhythm.is_vacation(day)]
                if len(days) < 6 or not self.chance.happens(diligence):
                    continue
                second = self.officer(inspector) if self.chance.happens(0.55) else None
                self.go(spot, Kind.ROUTINE, inspector, second, self.chance.choice(days), fault=0.12)

    def term_opening(self) -> None:
        days = [day for day in self.days if rhythm.is_term_opening(day) and rhythm.is_workday(day)]
        for spot in self.of_kind(SiteKind.SCHOOL):
            for half in _halves(days):
                if self.chance.happens(0.8):
                    pair = self.pair()
                    self.go(spot, Kind.TERM_OPENING, *pair, self.chance.choice(half), fault=0.1, sent=True)

    def institutions(self) -> None:
        """Announced by day, unannounced when classes may run: evenings and days without school."""
        for spot in self.of_kind(SiteKind.INSTITUTION):
            times = COLD_TIMES if is_cold(spot.at) else 1
            for kind, share in ((Kind.SPECIAL, 0.85), (Kind.UNANNOUNCED, 0.95), (Kind.RANDOM, 0.7)):
                for _ in range(times):
                    if self.chance.happens(share):
                        day = self.chance.choice(self.days)
                        day = rhythm.next_workday(day) if kind is Kind.SPECIAL else day
                        self.go(spot, kind, *self.pair(), day, fault=0.24, sent=True)

    def canvass(self) -> None:
        """Grid workers walk their ground: what they find they report, and pass by again."""
        for spot in self.of_kind(SiteKind.SUSPECTED):
            walker = self.staff.near(Role.GRID_WORKER, spot.township)
            day = (spot.since + timedelta(hours=8)).date()
            times = 1 + self.chance.weighted({0: 45, 1: 30, 2: 15, 3: 10})
            for _ in range(times * (2 if is_cold(spot.at) else 1)):
                if self.chance.happens(0.9):
                    self.go(spot, Kind.CANVASS, walker, None, day, fault=0.3 if spot.hotspot else 0.14)
                day += timedelta(days=self.chance.randint(12, 90))
        for spot in self.sites:
            if is_cold(spot.at) and spot.kind is SiteKind.SCHOOL:
                for day in self.chance.some(self.days, 14):
                    self.go(spot, Kind.CANVASS, self.staff.near(Role.GRID_WORKER, 0), None, day, fault=0)

    def sweeps(self) -> None:
        """Eight evenings and weekends on which teams comb the suspected sites of one part of the county."""
        suspects = [spot for spot in self.of_kind(SiteKind.SUSPECTED) if spot.at]
        hot = sorted({spot.hotspot for spot in suspects if spot.hotspot})
        off = [day for day in self.days if rhythm.is_weekend(day)]
        for number in range(8):
            day = off[len(off) * (number + 1) // 9]
            aim = hot[number % len(hot)] if number % 2 else None
            targets = [each for each in suspects if each.hotspot == aim and each.since < moment(day, 8)]
            for spot in self.chance.some(targets, 15):
                self.go(spot, Kind.SWEEP, *self.pair(Role.ENFORCER), day, fault=0.62, sent=True)

    def stakeouts(self) -> None:
        suspects = [spot for spot in self.of_kind(SiteKind.SUSPECTED) if spot.hotspot]
        for _ in range(44):
            spot = self.chance.choice(suspects)
            days = [day for day in self.days if moment(day, 0) > spot.since]
            if days:
                self.go(spot, Kind.STAKEOUT, *self.pair(Role.ENFORCER), self.chance.choice(days), fault=0.3)

    def self_checks(self, heads: Iterable[tuple[Worker, Spot]]) -> None:
        for head, spot in heads:
            for day in self.chance.some([day for day in self.days if rhythm.is_workday(day)], 5):
                self.go(spot, Kind.SELF, head, None, day, fault=0.1)

    def after_tip(self, spot: Spot, received: datetime, confirmed: bool) -> None:
        """Two officers go within days, at an hour like that of the tip."""
        day = (received + timedelta(days=self.chance.uniform(1, 7), hours=8)).date()
        self.go(spot, Kind.TIP, *self.pair(), day, fault=1.0 if confirmed else 0.0, sent=True)

    def go(
        self,
        spot: Spot,
        kind: CheckKind,
        worker: Worker,
        second: Worker | None,
        day: date,
        *,
        fault: float,
        sent: bool = False,
    ) -> None:
        """Plan a visit, unless it would lie outside the year or before the site was known."""
        chance = self.chance
        start = moment(day, self.hour(kind, spot, day))
        if not max(self.book.days_ago(365), spot.since) <= start < self.book.until - timedelta(hours=3):
            return
        minutes = chance.randint(*MINUTES.get(kind, (15, 55)))
        visit = Visit(spot, kind, worker, second, start, minutes, sent=sent)
        fault *= 0.05 if is_cold(spot.at) else 1.0
        if chance.happens(fault):
            visit.problems = faults.find(chance, spot.kind, faults.how_many(chance))
        self.visits.append(visit)

    def hour(self, kind: CheckKind, spot: Spot, day: date) -> float:
        """Schools and announced checks in office hours; the others when a class may be in session."""
        by_day = {Kind.ROUTINE, Kind.TERM_OPENING, Kind.SPECIAL, Kind.SELF}
        if kind in by_day or spot.kind is SiteKind.SCHOOL:
            return rhythm.work_hour(self.chance)
        return min(20.6, rhythm.tip_hour(day, self.chance))

    def officer(self, other: Worker) -> Worker:
        officers = [each for each in self.staff.of(Role.INSPECTOR) if each is not other]
        return self.chance.choice(officers)

    def pair(self, role: Role | None = None) -> tuple[Worker, Worker]:
        """Two different officers; an enforcer with an inspector unless both are to be of one role."""
        if role:
            first, second = self.chance.sample(self.staff.of(role), 2)
            return first, second
        enforcer, inspector = (self.chance.choice(self.staff.of(each)) for each in (Role.ENFORCER, Role.INSPECTOR))
        return (enforcer, inspector) if self.chance.happens(0.5) else (inspector, enforcer)


def keep_diary(book: Book, visits: list[Visit]) -> list[Visit]:
    """Visits in order, none overlapping another of the same officer; each gets its id and its phone's sequence.

    A visit that the day has no room for any more is left out.
    """
    kept = []
    for visit in sorted(visits, key=lambda visit: visit.start):
        team = [worker for worker in (visit.worker, visit.second) if worker]
        free = [worker.busy_until + timedelta(minutes=7) for worker in team if worker.busy_until]
        asked, visit.start = visit.start, max([visit.start, *free])
        if visit.start - asked > timedelta(hours=3) or visit.finish > book.until - timedelta(minutes=5):
            continue
        for worker in team:
            worker.busy_until = visit.finish
        visit.worker.sequence += 1
        visit.sequence = visit.worker.sequence
        visit.id = book.new_id(visit.start)
        visit.task_id = book.new_id(visit.start - timedelta(days=1)) if visit.sent else None
        for problem in visit.problems:
            problem.id = book.new_id(visit.finish)
        kept.append(visit)
    return kept


def _months(days: list[date]) -> list[list[date]]:
    months: dict[tuple[int, int], list[date]] = {}
    for day in days:
        months.setdefault((day.year, day.month), []).append(day)
    return list(months.values())


def _halves(days: list[date]) -> list[list[date]]:
    """The days of the two terms that open in a year."""
    spring, autumn = [d for d in days if d.month < 6], [d for d in days if d.month > 6]
    return [half for half in (spring, autumn) if half]
