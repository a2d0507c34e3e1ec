"""Filling in the words of a table; the problems found most often are offered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ... import events
from ...access import require
from ...casework.findings import Finding
from ...errors import Invalid, say
from ...registry.counties import find_county
from ...registry.people import Person
from . import annex5, sources
from .entries import MAIN_PROBLEMS, FigureEntry, Words
from .selection import Selection, place_name

LONGEST_PROBLEM, LONGEST_NAME = 200, 60
MOST_CANDIDATES = 8


class Frequent(NamedTuple):
    """A problem that was found several times, in the words it was mostly written down with."""

    text: str
    n: int


def words_of(session: Session, person: Person, selection: Selection) -> Words:
    """What was entered for the table; until then the person's own body, name and telephone."""
    entry = _entry(session, selection)
    if entry:
        problems = (*entry.main_problems, *[""] * MAIN_PROBLEMS)[:MAIN_PROBLEMS]
        return Words(entry.unit, entry.filled_by, entry.telephone, problems)
    county = find_county(session, person.county)
    unit = place_name(session, selection) or (county.bureau if county else "")
    return Words(unit, person.name, person.phone or "", ("",) * MAIN_PROBLEMS)


def enter(
    session: Session, person: Person, selection: Selection, form: Mapping[str, Any], now: datetime
) -> FigureEntry:
    """Keep what a person wrote into the table. Raises Invalid, by field."""
    require(person, "figure.edit")
    given = {name: str(form.get(name, "")).strip() for name in ("unit", "filled_by", "telephone")}
    main = [str(form.get(f"main-{n}", "")).strip() for n in range(1, MAIN_PROBLEMS + 1)]
    wrong = {
        name: say("最多 {n} 字", n=LONGEST_NAME) for name, value in given.items() if len(value) > LONGEST_NAME
    }
    wrong |= {
        f"main-{n}": say("最多 {n} 字", n=LONGEST_PROBLEM)
        for n, value in enumerate(main, start=1)
        if len(value) > LONGEST_PROBLEM
    }
    if not given["unit"]:
        wrong["unit"] = say("请填写填报单位")
    if wrong:
        raise Invalid(wrong)
    entry = _entry(session, selection) or FigureEntry(
        county=selection.county,
        first_day=selection.first,
        last_day=selection.last,
        township_id=selection.township_id,
        zone_id=selection.zone_id,
    )
    entry.unit, entry.filled_by, entry.telephone = given.values()
    entry.main_problems, entry.edited_by_id, entry.edited_at = main, person.id, now
    session.add(entry)
    session.flush()
    events.record(session, person, "edit", entry, **given, main_problems=main)
    return entry


def _entry(session: Session, selection: Selection) -> FigureEntry | None:
    query = select(FigureEntry).where(
        FigureEntry.county == selection.county,
        FigureEntry.first_day == selection.first,
        FigureEntry.last_day == selection.last,
        FigureEntry.township_id.is_not_distinct_from(selection.township_id),
        FigureEntry.zone_id.is_not_distinct_from(selection.zone_id),
    )
    return session.scalars(query).one_or_none()


def frequent_problems(session: Session, selection: Selection) -> list[Frequent]:
    """The problems found most often at schools in the period, by item of the checklist; the most frequent first.

    They are offered; a person chooses and edits.
    """
    found = sources.problems(selection, annex5.LEVELS[0].only).subquery()
    item = func.coalesce(Finding.item_code, Finding.text)
    words = func.mode().within_group(Finding.text)
    rows = session.execute(
        select(words, func.count().label("n"))
        .where(Finding.county == selection.county, Finding.id.in_(select(found.c.id)))
        .group_by(item)
        .order_by(func.count().desc(), item)
        .limit(MOST_CANDIDATES)
    )
    return [Frequent(text, n) for text, n in rows]
