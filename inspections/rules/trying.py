"""What a limit would have made of the facts of the past year, before it becomes a version or a rule."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import require
from ..registry.people import Person
from .amending import pattern
from .calendar import day_facts, read_calendar
from .judging import Outcome, judge
from .limits import Limit, changed
from .observations import Observation
from .rules import read_book
from .subjects import Subject

PAST = timedelta(days=365)


class Trial(NamedTuple):
    """How many sets of facts there are, break the rule as it was, and would break it then.

    `lacking` have too few facts to tell; `checks` are those with facts, `checks_then` those with a breach then.
    """

    facts: int
    broken_now: int
    broken_then: int
    newly: int
    lacking: int
    checks: int
    checks_then: int


def try_out(session: Session, person: Person, code: str, form: Mapping[str, Any], today: date) -> Trial:
    """Judge the county's facts of a year by the version of their day and by the values given. Writes nothing.

    Raises Invalid, by field, for values that a limit can't have.
    """
    require(person, "rule.edit")
    base = pattern(session, person, code)
    return try_limit(session, person, base.subject, changed(base.subject, base.limit, form), today, code)


def try_limit(
    session: Session, person: Person, subject: Subject, limit: Limit, today: date, code: str | None = None
) -> Trial:
    """The same for a limit; without the `code` of a rule that it would change, nothing was broken until now."""
    book, calendar = read_book(session, person.county), read_calendar(session, person)
    query = select(Observation.check_id, Observation.day, Observation.facts).where(
        Observation.county == person.county,
        Observation.subject == subject,
        Observation.withdrawn_at.is_(None),
        Observation.day > today - PAST,
    )
    total = now = newly = lacking = then = 0
    checks: set[UUID] = set()
    broken: set[UUID] = set()
    for check_id, day, recorded in session.execute(query.execution_options(yield_per=5_000)):
        facts = recorded | day_facts(calendar, day)
        version = book.version_on(code, day) if code else None
        is_broken = version is not None and judge(version.limit, facts).outcome is Outcome.BROKEN
        outcome = judge(limit, facts).outcome
        checks.add(check_id)
        if outcome is Outcome.BROKEN:
            broken.add(check_id)
        total, now, then = total + 1, now + is_broken, then + (outcome is Outcome.BROKEN)
        newly += outcome is Outcome.BROKEN and not is_broken
        lacking += outcome is Outcome.LACKING
    return Trial(total, now, then, newly, lacking, len(checks), len(broken))
