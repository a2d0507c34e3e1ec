"""One warning with all that its page shows: evidence with links, addressee, history, how often such are right."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...access import get, require, visible
from ...casework.findings import Finding
from ...errors import Message
from ...events import Event
from ...field.checks import Check
from ...intake.credibility import wilson
from ...intake.tips import Tip
from ...registry.areas import Area
from ...registry.departments import Department
from ...registry.imports.previews import message_from_json
from ...registry.people import Person
from ...registry.site_file import may_see_tips
from ...registry.sites import Site
from .detectors import DEFINITIONS, Definition, Detector
from .warnings import DECIDED, EarlyWarning, WarningState


class Record(NamedTuple):
    """A record behind a warning, as far as the person may see it."""

    source: str
    id: UUID
    words: str
    at: datetime


class Step(NamedTuple):
    """A step of the series: its first day, the count, what was expected, and the most by chance."""

    day: date
    n: int
    expected: float
    upper: float


class Rate(NamedTuple):
    """Of the `n` warnings of a detector that were decided, `confirmed` were right; the interval is Wilson's."""

    confirmed: int
    n: int

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.confirmed, self.n)


class WarningFile(NamedTuple):
    warning: EarlyWarning
    title: Message
    words: list[Message]
    definition: Definition
    also: list[Detector]
    steps: list[Step]
    step_days: int
    sites: Sequence[Site]
    records: list[Record]
    hidden: int
    addressee: list[str]
    merged_into: EarlyWarning | None
    merged: Sequence[EarlyWarning]
    history: list[tuple[Event, str | None]]
    rate: Rate


def read_warning_file(session: Session, person: Person, warning_id: UUID) -> WarningFile:
    """Raises Forbidden, NotFound."""
    require(person, "warning.see")
    row = get(session, person, EarlyWarning, warning_id)
    records, hidden = _records(session, person, row)
    into = None
    if row.merged_into_id:
        into = session.scalars(
            visible(person, EarlyWarning).where(EarlyWarning.id == row.merged_into_id)
        ).one_or_none()
    merged = session.scalars(visible(person, EarlyWarning).where(EarlyWarning.merged_into_id == row.id)).all()
    return WarningFile(
        row,
        title_of(row),
        [message_from_json(each) for each in row.words],
        DEFINITIONS[row.detector],
        [each for each in Detector if each in row.evidence["also"]],
        steps_of(row),
        (row.evidence["series"] or {}).get("step_days", 1),
        _sites(session, person, row),
        records,
        hidden,
        addressee_of(session, row),
        into,
        merged,
        _history(session, row),
        rates(session, person.county).get(row.detector, Rate(0, 0)),
    )


def title_of(row: EarlyWarning) -> Message:
    return message_from_json(row.title)


def steps_of(row: EarlyWarning) -> list[Step]:
    """The series of a warning, empty where its kind has none."""
    series = row.evidence["series"]
    if not series:
        return []
    first, days = date.fromisoformat(series["first"]), int(series["step_days"])
    columns = zip(series["counts"], series["expected"], series["upper"], strict=True)
    return [Step(first + timedelta(days=n * days), *each) for n, each in enumerate(columns)]


def rates(session: Session, county: str) -> dict[Detector, Rate]:
    """How often each detector was right, over all warnings that were decided."""
    query = (
        select(
            EarlyWarning.detector,
            func.count().filter(EarlyWarning.state == WarningState.CONFIRMED),
            func.count(),
        )
        .where(EarlyWarning.county == county, EarlyWarning.state.in_(DECIDED))
        .group_by(EarlyWarning.detector)
    )
    return {detector: Rate(confirmed, n) for detector, confirmed, n in session.execute(query)}


def addressee_of(session: Session, row: EarlyWarning) -> list[str]:
    """The names of whom it is addressed to; empty for the county's own office."""
    tables: tuple[tuple[Any, UUID | None], ...] = (
        (Area, row.township_id),
        (Department, row.department_id),
        (Person, row.person_id),
    )
    return [session.get_one(table, (row.county, key)).name for table, key in tables if key]


def _sites(session: Session, person: Person, row: EarlyWarning) -> Sequence[Site]:
    wanted = [UUID(each) for each in row.evidence["sites"]]
    return session.scalars(visible(person, Site).where(Site.id.in_(wanted)).order_by(Site.name, Site.id)).all()


def _records(session: Session, person: Person, row: EarlyWarning) -> tuple[list[Record], int]:
    """What may be seen of the records, the newest first, and how many may not."""
    wanted: dict[str, list[UUID]] = {}
    for source, key in row.evidence["records"]:
        wanted.setdefault(source, []).append(UUID(key))
    found: list[Record] = []
    if wanted.get("tip") and may_see_tips(person):
        tips = visible(person, Tip).where(Tip.id.in_(wanted["tip"]))
        found += [Record("tip", each.id, each.code, each.received_at) for each in session.scalars(tips)]
    for finding in session.scalars(visible(person, Finding).where(Finding.id.in_(wanted.get("finding", [])))):
        found.append(Record("finding", finding.id, finding.text, finding.found_at))
    for check in session.scalars(visible(person, Check).where(Check.id.in_(wanted.get("check", [])))):
        found.append(Record("check", check.id, "", check.device_finished_at))
    shown = sorted(found, key=lambda each: (each.at, each.id), reverse=True)
    told = sum(len(keys) for source, keys in wanted.items() if source != "clue")
    return shown, told - len(shown)


def _history(session: Session, row: EarlyWarning) -> list[tuple[Event, str | None]]:
    query = (
        select(Event, Person.name)
        .outerjoin(Person, (Person.county == Event.county) & (Person.id == Event.person_id))
        .where(Event.county == row.county, Event.subject_id == row.id, Event.subject == "warnings")
        .order_by(Event.at.desc(), Event.id.desc())
    )
    return [(event, name) for event, name in session.execute(query)]
