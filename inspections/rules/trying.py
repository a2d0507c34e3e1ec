"""What other values of a limit would have made of the facts of the past year, before they become a version."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import require
from ..registry.people import Person
from .calendar import day_facts, read_calendar
from .judging import Outcome, judge
from .limits import changed
from .observations import Observation
from .rules import history, read_book

PAST = timedelta(days=365)


class Trial(NamedTuple):
    """How many sets of facts there are, break the rule as it was, and would break it then."""

    facts: int
    broken_now: int
    broken_then: int
    newly: int


def try_out(session: Session, person: Person, code: str, form: Mapping[str, Any], today: date) -> Trial:
    """Judge the county's facts of a year by the version of their day and by the values given. Writes nothing.

    Raises Invalid, by field, for values that a limit can't have.
    """
    require(person, "rule.edit")
    base = next(rule for rule in history(session, person.county, code) if rule.is_in_force)
    limit = changed(base.subject, base.limit, form)
    book, calendar = read_book(session, person.county), read_calendar(session, person)
    query = select(Observation.day, Observation.facts).where(
        Observation.county == person.county,
        Observation.subject == base.subject,
        Observation.withdrawn_at.is_(None),
        Observation.day > today - PAST,
    )
    total = now = then = newly = 0
    for day, recorded in session.execute(query.execution_options(yield_per=5_000)):
        facts = recorded | day_facts(calendar, day)
        version = book.version_on(code, day)
        is_broken = version is not None and judge(version.limit, facts).outcome is Outcome.BROKEN
        would_be = judge(limit, facts).outcome is Outcome.BROKEN
        total, now, then = total + 1, now + is_broken, then + would_be
        newly += would_be and not is_broken
    return Trial(total, now, then, newly)
