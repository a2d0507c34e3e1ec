"""What became of entries, and how often the part by risk and the random part hit."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from math import sqrt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ...days import CHINA
from ...errors import say
from ...vocabulary import Choice
from .lists import Part, TargetList

LATE = timedelta(days=7)  # so long after the list a visit still counts as its
Z95 = 1.96


class Outcome(Choice):
    """`missed`: the task was called off, or the time is over and nobody has been there."""

    WAITING = "waiting", say("还没有去")
    FOUND = "found", say("查出问题")
    NOTHING = "nothing", say("没有查出问题")
    MISSED = "missed", say("没有去成")


class HitRate(NamedTuple):
    """`found` of `visited`, with Wilson's 95 % interval (E. B. Wilson, "Probable inference", JASA 22, 1927)."""

    visited: int
    found: int

    @property
    def rate(self) -> float | None:
        return self.found / self.visited if self.visited else None

    @property
    def interval(self) -> tuple[float, float]:
        """From 0 to 1: all is possible while nothing is known."""
        if not self.visited:
            return 0.0, 1.0
        n, p = self.visited, self.found / self.visited
        middle = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
        half = Z95 / (1 + Z95**2 / n) * sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n))
        return max(middle - half, 0.0), min(middle + half, 1.0)


def outcomes_of(session: Session, found: TargetList, today: date) -> dict[UUID, Outcome]:
    """By the ids of live entries."""
    until = found.last_day + LATE
    asked = {
        "county": found.county,
        "list": found.id,
        "since": datetime.combine(found.first_day, time(), CHINA),
        "until": datetime.combine(until + timedelta(days=1), time(), CHINA),
    }
    return {
        row.id: _outcome(row.task_state, row.was_visited, row.problems, is_over=today > until)
        for row in session.execute(SEEN, asked)
    }


def _outcome(task_state: str | None, was_visited: bool, problems: int, *, is_over: bool) -> Outcome:
    if was_visited:
        return Outcome.FOUND if problems else Outcome.NOTHING
    if task_state == "cancelled" or is_over:
        return Outcome.MISSED
    return Outcome.WAITING


def hit_rates(seen: Iterable[tuple[Part, Outcome]]) -> dict[Part, HitRate]:
    counts = {part: [0, 0] for part in Part}
    for part, outcome in seen:
        counts[part][0] += outcome in (Outcome.FOUND, Outcome.NOTHING)
        counts[part][1] += outcome is Outcome.FOUND
    return {part: HitRate(*both) for part, both in counts.items()}


# The check that did the task, else the first by anyone in the time of the list. A re-check at which something was
# not put right is a hit as well as a new problem is.
SEEN = text(
    """
    select e.id, t.state as task_state, c.id is not null as was_visited,
        (select count(*) from findings f where f.county = e.county and f.check_id = c.id and f.state <> 'rejected')
        + (select count(*) from rechecks r where r.county = e.county and r.check_id = c.id
            and r.outcome in ('not_fixed', 'partly')) as problems
    from target_entries e
    left join tasks t on t.county = e.county and t.id = e.task_id
    left join lateral (
        select c.id from checks c
        where c.county = e.county and (c.id = t.check_id or (
            t.check_id is null and c.site_id = e.site_id and c.kind <> 'self'
            and c.device_started_at >= :since and c.device_started_at < :until))
        order by c.device_started_at, c.id limit 1
    ) c on true
    where e.county = :county and e.list_id = :list and e.state in ('proposed', 'tasked')
    """
)
