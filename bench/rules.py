"""Rules over a hundred thousand checks, against a bare loop that has the same limits written into it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np

import inspections.tables  # noqa: F401 - the mappers of all that an observation points to
from inspections.rules.calendar import Calendar, Period, Year
from inspections.rules.judging import Outcome
from inspections.rules.observations import Observation
from inspections.rules.proposals import verdicts
from inspections.rules.rule_data import read_rules, read_years
from inspections.rules.rules import Rule, RuleBook, book_of
from inspections.rules.school_year import PeriodKind
from inspections.rules.subjects import Subject

from .result import Result, side_by_side

NAME = "rules"
COUNTY = "361129"
LIMIT_MS = 10_000.0
TIMES = ("18:30", "20:00", "20:30", "20:45", "21:30")
Counts = tuple[int, int]


def run(full: bool) -> list[Result]:
    checks = made(100_000)
    book, calendar = book_of(COUNTY, nation()), school_year()
    found = judged(book, calendar, checks)
    assert found == bare(calendar, checks), "the two disagree"
    ours, peer = side_by_side(lambda: judged(book, calendar, checks), lambda: bare(calendar, checks), runs=3)
    name = f"{len(checks):,} checks, {3 * len(checks):,} observations, {found[0]:,} rules broken"
    note = "theirs knows no version, no region, no reason, and judges a third of the rules"
    return [
        Result(name, ours, peer, note=note, peer_name="bare Python loop"),
        Result("the same, against the limit of ten seconds", ours, LIMIT_MS, "≤ 1 ×", peer_name="limit"),
    ]


def nation() -> list[Rule]:
    return [Rule(**row | {"subject": Subject(row["subject"])}) for row in read_rules()]


def judged(book: RuleBook, calendar: Calendar, checks: list[list[Observation]]) -> Counts:
    """How many rules of those that the bare loop knows were broken, and of how many a fact was missing."""
    broken = lacking = 0
    for observations in checks:
        for observation in observations:
            for rule, _facts, verdict in verdicts(book, calendar, observation):
                if rule.code in KNOWN:
                    broken += verdict.outcome is Outcome.BROKEN
                    lacking += verdict.outcome is Outcome.LACKING
    return broken, lacking


KNOWN = {"lesson-days", "lesson-end", "homework-minutes", "fee-span"}


def bare(calendar: Calendar, checks: list[list[Observation]]) -> Counts:
    broken = lacking = 0
    for lesson, homework, fee in checks:
        facts, day = lesson.facts, lesson.day
        if facts.get("is_subject") is None:
            lacking += 1
        elif facts["is_subject"]:
            text, period = day.isoformat(), calendar.period_of(day)
            year = calendar.years[day.year]
            off = text in year.off or (day.weekday() > 4 and text not in year.work)
            broken += off or (period is not None and period.kind in (PeriodKind.WINTER, PeriodKind.SUMMER))
        broken += facts["ends_at"] > ("21:00" if facts["is_online"] else "20:30")
        grade, minutes = homework.facts["grade"], homework.facts["minutes"]
        broken += minutes > (0 if grade < 3 else 60 if grade < 7 else 90)
        months, paid = fee.facts["months"], fee.facts.get("paid_yuan")
        if months > 3 or (paid is not None and paid > 5000):
            broken += 1
        elif paid is None:
            lacking += 1
    return broken, lacking


def made(n: int) -> list[list[Observation]]:
    """Each check looked at a lesson, a class's homework and a payment, on some day of 2025."""
    rng = np.random.default_rng(1)
    numbers = rng.integers(0, 1_000_000, (n, 8)).tolist()
    return [_check(row) for row in numbers]


def _check(row: list[int]) -> list[Observation]:
    day = date(2025, 1, 1) + timedelta(days=row[0] % 365)
    lesson: dict[str, Any] = {"audience": "compulsory", "is_online": row[2] % 4 == 0, "ends_at": TIMES[row[3] % 5]}
    if row[1] % 10:
        lesson["is_subject"] = row[1] % 2 == 0
    fee: dict[str, Any] = {"months": row[6] % 7, "by_loan": False, "has_receipt": True}
    if row[7] % 10:
        fee["paid_yuan"] = row[7] % 9_000
    homework = {"grade": row[4] % 9 + 1, "minutes": row[5] % 130}
    subjects = ((Subject.LESSON, lesson), (Subject.HOMEWORK, homework), (Subject.FEE, fee))
    return [Observation(id=UUID(int=0), subject=subject, day=day, facts=facts) for subject, facts in subjects]


def school_year() -> Calendar:
    years = {row["year"]: Year(row["source"], row["off"], row["work"]) for row in read_years()}
    parts = (
        (PeriodKind.AUTUMN_TERM, "2024-09-01", "2025-01-15"),
        (PeriodKind.WINTER, "2025-01-16", "2025-02-12"),
        (PeriodKind.SPRING_TERM, "2025-02-13", "2025-07-04"),
        (PeriodKind.SUMMER, "2025-07-05", "2025-08-31"),
        (PeriodKind.AUTUMN_TERM, "2025-09-01", "2026-01-16"),
    )
    periods = tuple(Period(kind, date.fromisoformat(a), date.fromisoformat(b)) for kind, a, b in parts)
    return Calendar(years, periods)
