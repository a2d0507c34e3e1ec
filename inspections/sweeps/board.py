"""The live board of a sweep, as the command desk has it: teams, stops, the journal, what calls for an answer.

A board is a dict that goes out as JSON: `sweep`, `number` (of its newest entry), and lists of rows with an `id`:
`teams`, `stops`, `entries`, `alarms`. What has changed since is the same with fewer rows: each takes the place of
the row with its id. Places are `lon`, `lat` in WGS-84, moments ISO 8601 in UTC; words of closed lists are their
values, which the page names in the reader's language.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..access import OFFICE
from ..errors import NotFound
from ..field.photos import Photo, PhotoPurpose, PhotoState
from ..registry.people import Person
from ..registry.sites import Site
from . import standing
from .board_teams import Board, iso, teams_on_board
from .journal import Entry, SweepEntry
from .plans import knows
from .stops import SweepStop
from .sweeps import Sweep

# An entry that was heard later may have been committed earlier: requests end within that time
OVERLAP = timedelta(minutes=2)
MOST_ENTRIES = 300
LOUD = (Entry.SUPPORT, Entry.INCIDENT)


def may_look(session: Session, person: Person, sweep: Sweep) -> bool:
    """Who is on the need-to-know list; from the release on the office as well."""
    if knows(session, person, sweep):
        return True
    return sweep.released_at is not None and not person.roles.isdisjoint(OFFICE)


def snapshot(session: Session, person: Person, sweep: Sweep) -> Board:
    """The whole board. Raises NotFound for who may not look at it."""
    if not may_look(session, person, sweep):
        raise NotFound
    return read(session, sweep)


def since(session: Session, person: Person, sweep: Sweep, number: int) -> Board:
    """What has changed since the entry of that number, with some of what was told before."""
    if not may_look(session, person, sweep):
        raise NotFound
    return changed(session, sweep, number)


def changed(session: Session, sweep: Sweep, number: int) -> Board:
    board = read(session, sweep)
    heard = session.scalar(
        select(func.max(SweepEntry.heard_at)).where(*_of(sweep, SweepEntry), SweepEntry.number <= number)
    )
    if heard is None:
        return board
    start = (heard - OVERLAP).isoformat()
    rows = board["entries"]
    return board | {"entries": [row for row in rows if row["number"] > number or row["heard_at"] >= start]}


def read(session: Session, sweep: Sweep, now: datetime | None = None) -> Board:
    """The board without asking who looks: for what serves many who were asked."""
    entries = session.scalars(
        select(SweepEntry).where(*_of(sweep, SweepEntry)).order_by(SweepEntry.number)
    ).all()  # fmt: skip
    placed = standing.in_order(entries, None)
    moments = {entry.id: at for at, entry in placed}
    stops = _stops(session, sweep)
    return {
        "sweep": _sweep(sweep),
        "number": entries[-1].number if entries else 0,
        "teams": teams_on_board(session, sweep, stops, placed, now or datetime.now(UTC)),
        "stops": stops,
        "entries": _entries(session, sweep, entries[-MOST_ENTRIES:], moments),
        "alarms": _alarms(sweep, stops, entries, moments),
    }


def _of(sweep: Sweep, model: Any) -> tuple[Any, ...]:
    return (model.county == sweep.county, model.sweep_id == sweep.id)


def _sweep(sweep: Sweep) -> Board:
    return {
        "id": str(sweep.id),
        "name": sweep.name,
        "state": sweep.state.value,
        "meeting_point": sweep.meeting_point,
        **{
            name: iso(getattr(sweep, name))
            for name in ("meets_at", "starts_at", "ends_at", "released_at", "ended_at")
        },
    }


def _stops(session: Session, sweep: Sweep) -> list[Board]:
    shown = (
        Photo.state == PhotoState.RECEIVED,
        Photo.purpose != PhotoPurpose.SIGNATURE,
        Photo.media_type.startswith("image/"),
    )
    photos = (
        select(func.array_agg(Photo.sha256))
        .where(Photo.county == SweepStop.county, Photo.check_id == SweepStop.check_id, *shown)
        .scalar_subquery()
    )
    query = (
        select(SweepStop, Site.name, Site.address, Site.location.ST_X(), Site.location.ST_Y(), photos)
        .join(Site, (Site.county == SweepStop.county) & (Site.id == SweepStop.site_id))
        .where(*_of(sweep, SweepStop))
        .order_by(SweepStop.position, SweepStop.id)
    )
    return [_stop(*row) for row in session.execute(query)]


def _stop(
    stop: SweepStop, name: str, address: str | None, lon: float, lat: float, photos: list[str] | None
) -> Board:
    names = ("planned_enters_at", "planned_leaves_at", "entered_at", "settled_at")
    return {
        "id": str(stop.id),
        "site_id": str(stop.site_id),
        "team_id": str(stop.team_id) if stop.team_id else None,
        "position": stop.position,
        "link": stop.link,
        "state": stop.state.value,
        "name": name,
        "address": address or "",
        "lon": lon,
        "lat": lat,
        "check_id": str(stop.check_id) if stop.check_id else None,
        "photos": photos or [],
        **{key: iso(getattr(stop, key)) for key in names},
    }


def _entries(
    session: Session, sweep: Sweep, entries: Sequence[SweepEntry], moments: dict[UUID, datetime]
) -> list[Board]:
    ids = {entry.author_id for entry in entries if entry.author_id}
    query = select(Person.id, Person.name).where(Person.county == sweep.county, Person.id.in_(ids))
    names: dict[UUID | None, str] = {row.id: row.name for row in session.execute(query)}
    return [_entry(entry, names.get(entry.author_id, ""), moments.get(entry.id)) for entry in entries]


def _entry(entry: SweepEntry, author: str, at: datetime | None) -> Board:
    """`at` is when it happened; it is missing where its author took it back."""
    return {
        "id": str(entry.id),
        "number": entry.number,
        "kind": entry.kind.value,
        "team_id": str(entry.team_id) if entry.team_id else None,
        "stop_id": str(entry.stop_id) if entry.stop_id else None,
        "author": author,
        "at": iso(at),
        "heard_at": iso(entry.heard_at),
        "words": entry.words,
        "clash": entry.detail.get("clash"),
        "to": entry.detail.get("to"),
        "support": entry.detail.get("support"),
        "marks": entry.detail.get("marks", []),
        "answers_id": str(entry.answers_id) if entry.answers_id else None,
    }


def _alarms(
    sweep: Sweep, stops: list[Board], entries: Sequence[SweepEntry], moments: dict[UUID, datetime]
) -> list[Board]:
    """Calls for support, incidents and clashes, with what was done about each."""
    answered = {entry.answers_id: entry for entry in entries if entry.kind is Entry.RESOLVED}
    found = [
        _alarm(entry.kind.value, entry.id, entry.team_id, entry.stop_id, moments[entry.id], entry.words)
        for entry in entries
        if entry.kind in LOUD and entry.id in moments
    ]
    of_stop = defaultdict(list)
    for entry in entries:
        of_stop[entry.stop_id].append(entry)
    for stop in stops:
        found += _clashes(sweep, stop, of_stop[UUID(stop["id"])])
    for alarm in found:
        answer = answered.get(UUID(alarm["entry_id"]))
        alarm["resolved_at"] = iso(answer.heard_at) if answer else None
        alarm["resolved"] = answer.words if answer else ""
    return sorted(found, key=lambda alarm: alarm["at"])


def _clashes(sweep: Sweep, stop: Board, entries: Iterable[SweepEntry]) -> list[Board]:
    team_id = UUID(stop["team_id"]) if stop["team_id"] else None
    played = standing.play(entries, sweep.released_at, team_id)
    return [
        _alarm(clash.kind.value, clash.entry_id, clash.team_id, UUID(stop["id"]), clash.at, "")
        for clash in played.clashes
    ]


def _alarm(
    kind: str, entry_id: UUID, team_id: UUID | None, stop_id: UUID | None, at: datetime, words: str
) -> Board:
    return {
        "id": f"{entry_id}-{kind}-{team_id}",
        "kind": kind,
        "entry_id": str(entry_id),
        "team_id": str(team_id) if team_id else None,
        "stop_id": str(stop_id) if stop_id else None,
        "at": iso(at),
        "words": words,
    }
