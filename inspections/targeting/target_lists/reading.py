"""Lists as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from ...access import get, require, visible
from ...errors import Message
from ...field.tasks import Task
from ...registry.areas import Area
from ...registry.imports.previews import message_from_json
from ...registry.people import Person
from ...registry.sites import Site
from .lists import LIVE, EntryState, Part, TargetEntry, TargetList
from .outcomes import HitRate, Outcome, hit_rates, outcomes_of
from .plan import Plan
from .pool import EXEMPT_WORDS, LEFT_OUT_WORDS, Exempt, LeftOut

PAGE = 20


class Row(NamedTuple):
    """An entry with what is known of its site now. `number` is its place on the list and on the map."""

    entry: TargetEntry
    site: Site
    township: str | None
    decider: str | None
    task: Task | None
    assignee: str | None
    outcome: Outcome | None
    number: int = 0

    @property
    def reasons(self) -> list[tuple[float, Message]]:
        return [(weight, message_from_json(written)) for weight, *written in self.entry.reasons]

    @property
    def when(self) -> Message | None:
        words = self.entry.window.get("words")
        return message_from_json(words) if words else None

    @property
    def exempt(self) -> Message | None:
        code = self.entry.exempt_from_cap
        return EXEMPT_WORDS[Exempt[code.upper()]] if code else None


class Town(NamedTuple):
    name: str | None
    lower: int
    upper: int
    got: int


class Group(NamedTuple):
    """The visits of one team on one day, in the order of stops; without a day: those no time was found for."""

    day: date | None
    team: int | None
    rows: list[Row]

    @property
    def minutes(self) -> int:
        return round(sum(row.entry.minutes + (row.entry.travel_minutes or 0.0) for row in self.rows))

    @property
    def open(self) -> int:
        return sum(row.entry.state is EntryState.PROPOSED for row in self.rows)


@dataclass(frozen=True)
class ListFile:
    found: TargetList
    plan: Plan
    maker: str | None
    groups: list[Group]
    refused: list[Row]
    replaced_by: dict[UUID, Row]
    towns: list[Town]
    left_out: list[tuple[Message, int]]
    notes: list[Message]
    hits: dict[Part, HitRate]

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.rows]


class Line(NamedTuple):
    """A list among others: how many entries it has, of these with a task, visited, and with something found."""

    found: TargetList
    maker: str | None
    entries: int
    tasked: int
    visited: int
    hits: int


def read_list(session: Session, person: Person, list_id: UUID, today: date) -> ListFile:
    require(person, "target.see")
    found = get(session, person, TargetList, list_id)
    seen = outcomes_of(session, found, today)
    rows = _rows(session, found, seen)
    live = _numbered([row for row in rows if row.entry.state in LIVE])
    maker = session.get(Person, (found.county, found.made_by_id))
    return ListFile(
        found=found,
        plan=Plan.from_json(found.settings),
        maker=maker.name if maker else None,
        groups=_groups(live),
        refused=[row for row in rows if row.entry.state is EntryState.REFUSED],
        replaced_by={row.entry.replaces_id: row for row in live if row.entry.replaces_id},
        towns=_towns(session, found),
        left_out=[(LEFT_OUT_WORDS[LeftOut(int(code))], n) for code, n in found.summary["left_out"].items()],
        notes=[message_from_json(note) for note in found.summary["notes"]],
        hits=hit_rates((row.entry.part, row.outcome) for row in live if row.outcome),
    )


def list_lists(session: Session, person: Person, today: date, page: int = 1) -> tuple[list[Line], int]:
    """A page of lists, the newest period first, and how many there are."""
    require(person, "target.see")
    total = session.scalar(select(func.count()).select_from(visible(person, TargetList).subquery())) or 0
    query = visible(person, TargetList).order_by(TargetList.first_day.desc(), TargetList.id.desc())
    found = session.scalars(query.limit(PAGE).offset((page - 1) * PAGE)).all()
    return [_line(session, each, today) for each in found], total


def pooled_hits(session: Session, person: Person, today: date) -> dict[Part, HitRate]:
    """Hit rates over all lists of the county."""
    require(person, "target.see")
    seen: list[tuple[Part, Outcome]] = []
    for found in session.scalars(visible(person, TargetList).order_by(TargetList.id)):
        seen += _parts(session, found, outcomes_of(session, found, today))
    return hit_rates(seen)


def _parts(session: Session, found: TargetList, seen: dict[UUID, Outcome]) -> list[tuple[Part, Outcome]]:
    query = select(TargetEntry.id, TargetEntry.part).where(
        TargetEntry.county == found.county, TargetEntry.list_id == found.id
    )
    return [(part, seen[key]) for key, part in session.execute(query) if key in seen]


def _line(session: Session, found: TargetList, today: date) -> Line:
    seen = list(outcomes_of(session, found, today).values())
    tasked = select(func.count()).where(
        TargetEntry.county == found.county,
        TargetEntry.list_id == found.id,
        TargetEntry.state == EntryState.TASKED,
    )
    maker = session.get(Person, (found.county, found.made_by_id))
    visited = sum(each in (Outcome.FOUND, Outcome.NOTHING) for each in seen)
    hits = sum(each is Outcome.FOUND for each in seen)
    return Line(found, maker.name if maker else None, len(seen), session.scalar(tasked) or 0, visited, hits)


def _rows(session: Session, found: TargetList, seen: dict[UUID, Outcome]) -> list[Row]:
    decider, assignee = aliased(Person), aliased(Person)
    query = (
        select(TargetEntry, Site, Area.name, decider.name, Task, assignee.name)
        .join(Site, (Site.county == TargetEntry.county) & (Site.id == TargetEntry.site_id))
        .outerjoin(Area, (Area.county == Site.county) & (Area.id == Site.township_id))
        .outerjoin(decider, (decider.county == TargetEntry.county) & (decider.id == TargetEntry.decided_by_id))
        .outerjoin(Task, (Task.county == TargetEntry.county) & (Task.id == TargetEntry.task_id))
        .outerjoin(assignee, (assignee.county == Task.county) & (assignee.id == Task.assignee_id))
        .where(TargetEntry.county == found.county, TargetEntry.list_id == found.id)
        .where(TargetEntry.state != EntryState.DROPPED)
    )
    found_rows = session.execute(query.order_by(TargetEntry.id)).unique().all()
    return [Row(*row, seen.get(row[0].id)) for row in found_rows]


def _numbered(rows: Sequence[Row]) -> list[Row]:
    ordered = sorted(
        rows,
        key=lambda row: (
            row.entry.day or date.max,
            row.entry.team or 0,
            row.entry.stop or 0,
            -row.entry.value,
            row.entry.id,
        ),
    )
    return [row._replace(number=n) for n, row in enumerate(ordered, start=1)]


def _groups(rows: Sequence[Row]) -> list[Group]:
    groups: dict[tuple[date | None, int | None], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.entry.day, row.entry.team), []).append(row)
    return [Group(day, team, each) for (day, team), each in groups.items()]


def _towns(session: Session, found: TargetList) -> list[Town]:
    """The townships that have a share, the largest first."""
    query = select(Area.id, Area.name).where(Area.county == found.county)
    names = {str(key): name for key, name in session.execute(query)}
    towns = [
        Town(names.get(town) if town else None, low, high, got) for town, low, high, got in found.summary["towns"]
    ]
    return sorted(
        (each for each in towns if each.upper or each.got), key=lambda each: (-each.got, each.name or "")
    )
