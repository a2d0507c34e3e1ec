"""What phones say during a sweep comes in: each line once, however often it is sent, late or out of order."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geo.columns import lonlat

from .. import events
from ..access import require
from ..db import new_id
from ..errors import Conflict, InspectionError, Invalid, NotFound, say
from ..registry.people import Person
from . import standing
from .entry_conflicts import SweepEntryConflict
from .journal import SweepEntry, hold_journal
from .lines import Line, read_line
from .stop_checks import link_named
from .stops import SweepStop
from .sweeps import Sweep, SweepState
from .teams import SweepTeam, SweepTeamMember

MOST_LINES = 200
SKEWED_S = 120
MOST_ACCURACY_M = 32_767


class Outcome(StrEnum):
    """NOT_YET: the server has not released the sweep; the phone keeps the line and sends it again."""

    NEW = "new"
    SAME = "same"
    BESIDE = "beside"
    NOT_YET = "not_yet"
    REFUSED = "refused"


class Receipt(NamedTuple):
    """`marks` say what is odd about a line that was written down all the same; `stop` is as it stands now."""

    id: str
    outcome: Outcome
    number: int | None = None
    marks: tuple[str, ...] = ()
    stop: SweepStop | None = None
    error: InspectionError | None = None


class _Standing(NamedTuple):
    """As what somebody takes part in a sweep."""

    sweep: Sweep
    team: SweepTeam
    left_at: datetime | None


def receive(session: Session, person: Person, lines: Sequence[Any], now: datetime) -> list[Receipt]:
    """Write lines of phones into the journals of their sweeps, in the order given; a receipt for each.

    The same line again gives the same receipt; another under its id is kept beside it. A line about a stop that
    is not the team's any more, of somebody who has left it, after the end or by a wrong clock is written down and
    marked: what happened, happened. Raises Forbidden, and Invalid for too many at once.
    """
    require(person, "sweep.take_part")
    if len(lines) > MOST_LINES:
        raise Invalid({"entries": say("太多了，最多 {limit} 条", limit=MOST_LINES)})
    receipts = []
    for given in lines:
        try:
            receipts.append(_received(session, person, read_line(given), now))
        except InspectionError as error:
            named = given.get("id") if isinstance(given, dict) else None
            receipts.append(Receipt(str(named or ""), Outcome.REFUSED, error=error))
    return receipts


def standing_in(session: Session, person: Person, sweep_id: UUID) -> tuple[Sweep, SweepTeam, datetime | None]:
    """The sweep, somebody's team in it, and when they left that team. Raises NotFound for who is on none."""
    found = session.execute(
        select(Sweep, SweepTeam, SweepTeamMember.left_at)
        .join(SweepTeam, (SweepTeam.county == Sweep.county) & (SweepTeam.sweep_id == Sweep.id))
        .join(
            SweepTeamMember,
            (SweepTeamMember.county == SweepTeam.county) & (SweepTeamMember.team_id == SweepTeam.id),
        )
        .where(Sweep.county == person.county, Sweep.id == sweep_id, SweepTeamMember.person_id == person.id)
        .order_by(SweepTeamMember.left_at.desc().nulls_first())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1], found[2]


def _received(session: Session, person: Person, line: Line, now: datetime) -> Receipt:
    part = _Standing(*standing_in(session, person, line.sweep_id))
    hold_journal(session, part.sweep)
    known = session.get(SweepEntry, (person.county, line.id))
    if known is not None:
        return _again(session, person, known, line, now)
    stop = _stop(session, part.sweep, line)
    if line.stop_id and stop is None and part.sweep.state in (SweepState.PLANNING, SweepState.SEALED):
        return Receipt(str(line.id), Outcome.NOT_YET)
    entry = _written(session, person, part, stop, line, now)
    moved = standing.apply(session, part.sweep, entry)
    if line.check_id and stop:
        link_named(session, stop, line.check_id)
    return _receipt(entry, Outcome.NEW, moved or stop)


def _again(session: Session, person: Person, known: SweepEntry, line: Line, now: datetime) -> Receipt:
    if (known.author_id, known.detail.get("sha256")) == (person.id, line.sha256):
        stop = session.get(SweepStop, (known.county, known.stop_id)) if known.stop_id else None
        return _receipt(known, Outcome.SAME, stop)
    kept = session.execute(
        insert(SweepEntryConflict)
        .values(
            county=person.county,
            id=new_id(),
            entry_id=known.id,
            author_id=person.id,
            line=line.model_dump(mode="json"),
            sha256=line.sha256,
            heard_at=now,
        )
        .on_conflict_do_nothing()
        .returning(SweepEntryConflict.id)
    )
    if kept.first():
        events.record(session, person, "conflict", known, other=line.sha256)
    return Receipt(str(line.id), Outcome.BESIDE, error=Conflict())


def _stop(session: Session, sweep: Sweep, line: Line) -> SweepStop | None:
    stop = session.get(SweepStop, (sweep.county, line.stop_id)) if line.stop_id else None
    return stop if stop and stop.sweep_id == sweep.id else None


def _written(
    session: Session, person: Person, part: _Standing, stop: SweepStop | None, line: Line, now: datetime
) -> SweepEntry:
    fix = line.place
    entry = SweepEntry(
        county=person.county,
        id=line.id,
        sweep_id=part.sweep.id,
        kind=line.kind,
        team_id=part.team.id,
        stop_id=stop and stop.id,
        author_id=person.id,
        at=line.at,
        heard_at=now,
        skew_s=line.skew_s,
        words=line.words,
        detail=_detail(line, stop, _marks(part, stop, line, now)),
        place=lonlat(fix.lon, fix.lat) if fix else None,
        accuracy_m=min(round(fix.accuracy_m), MOST_ACCURACY_M) if fix and fix.accuracy_m else None,
        answers_id=_answered(session, part.sweep, line),
    )
    session.add(entry)
    session.flush()
    return entry


def _detail(line: Line, stop: SweepStop | None, marks: list[str]) -> dict[str, Any]:
    said = {
        "sha256": line.sha256,
        "check_id": line.check_id and str(line.check_id),
        "undoes": line.undoes_id and str(line.undoes_id),
        "support": line.support and line.support.value,
        "unknown_stop": str(line.stop_id) if line.stop_id and stop is None else None,
        "marks": marks,
    }
    return {name: value for name, value in said.items() if value}


def _answered(session: Session, sweep: Sweep, line: Line) -> UUID | None:
    known = session.get(SweepEntry, (sweep.county, line.answers_id)) if line.answers_id else None
    return known.id if known and known.sweep_id == sweep.id else None


def _marks(part: _Standing, stop: SweepStop | None, line: Line, now: datetime) -> list[str]:
    done_at = line.at - timedelta(seconds=line.skew_s or 0)
    over = part.sweep.ended_at
    marks = {
        "unknown_stop": line.stop_id is not None and stop is None,
        "not_your_stop": stop is not None and stop.team_id != part.team.id,
        "left_team": part.left_at is not None and done_at > part.left_at,
        "after_end": over is not None and done_at > over,
        "heard_late": over is not None and now > over,
        "skewed_clock": abs(line.skew_s or 0) > SKEWED_S,
        "from_future": done_at > now + timedelta(seconds=SKEWED_S),
    }
    return [name for name, is_so in marks.items() if is_so]


def _receipt(entry: SweepEntry, outcome: Outcome, stop: SweepStop | None) -> Receipt:
    return Receipt(str(entry.id), outcome, entry.number, tuple(entry.detail.get("marks", ())), stop)
