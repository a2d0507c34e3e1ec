"""The time line of a finding: everything that was done about it, by whom or by the clock, in one row."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...registry.people import Person
from ..findings import Finding
from .checks import of_checks
from .decisions import of_decisions
from .entries import Actor, Entry, EntryKind, Fact
from .measures import of_measures
from .orders import of_orders
from .steps import of_steps

__all__ = ["Actor", "Entry", "EntryKind", "Fact", "timeline"]

SOURCES = (of_checks, of_decisions, of_orders, of_steps, of_measures)
ORDER = {kind: n for n, kind in enumerate(EntryKind)}


def timeline(session: Session, person: Person, finding: Finding) -> list[Entry]:
    """What became of a finding that the person may see, the oldest first. Reads the rows, changes nothing.

    Where an event of the history has no row of its own, such as a rejection, the event itself is told.
    """
    told = [entry for source in SOURCES for entry in source(session, person, finding)]
    names = _names(session, finding.county, (each for entry in told for each in entry.people))
    named = (replace(entry, who=entry.who or _who(entry, names)) for entry in told)
    return sorted(named, key=lambda entry: (entry.at, ORDER[entry.kind]))


def _who(entry: Entry, names: dict[UUID, str]) -> str:
    return "、".join(names[each] for each in entry.people if each in names)


def _names(session: Session, county: str, ids: Iterable[UUID]) -> dict[UUID, str]:
    query = select(Person.id, Person.name).where(Person.county == county, Person.id.in_(set(ids)))
    return {row.id: row.name for row in session.execute(query)}
