"""What command does while a sweep runs: say something, give a stop to another team, add, drop, reopen, end.

Each deed is an entry of the journal, which phones and boards are told at once. Who saw an older state than the
one there is gets a Conflict that says what changed, by whom and when.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..db import new_id
from ..errors import Conflict, Invalid, NotFound, say
from ..registry.people import Person
from ..registry.sites import Site
from . import standing
from .journal import Entry, SweepEntry, hold_journal
from .plan import PlannedStop
from .stops import SETTLED, StopState, SweepStop
from .sweeps import Sweep, SweepState
from .teams import SweepTeam

MOST_LETTERS = 500
ANSWERABLE = (Entry.SUPPORT, Entry.INCIDENT)


def message(
    session: Session, person: Person, sweep_id: UUID, words: str, now: datetime, team_id: UUID | None = None
) -> SweepEntry:
    """Say something to one team, or to all."""
    sweep = _running(session, person, sweep_id)
    if team_id is not None:
        _team(session, sweep, team_id)
    return _write(session, person, sweep, Entry.MESSAGE, now, team_id=team_id, words=_words(words))


def reassign(
    session: Session,
    person: Person,
    stop_id: UUID,
    team_id: UUID,
    now: datetime,
    seen: UUID | None,
    words: str = "",
) -> SweepStop:
    """Give a stop to another team, as the last of its route. `seen` is the team that the commander saw it with.

    Raises Conflict if it is with another by now, or is settled, or a team is inside.
    """
    sweep, stop = _stop(session, person, stop_id)
    team = _team(session, sweep, team_id)
    if stop.team_id != seen:
        raise Conflict(_moved(session, stop))
    if team.id == stop.team_id:
        raise Invalid({"team_id": say("这个点位已经在这个小组")})
    if stop.state in SETTLED:
        raise Conflict(say("这个点位已经了结，如需再去请先恢复"))
    if stop.state is StopState.ENTERED:
        raise Conflict(say("小组已在现场检查，不能改派"))
    detail = {"from": str(stop.team_id) if stop.team_id else None, "to": str(team.id)}
    stop.team_id, stop.position = team.id, _after_last(session, sweep, team.id)
    _decide(session, person, sweep, stop, Entry.REASSIGNED, now, _words(words, False), detail)
    return stop


def add_stop(
    session: Session, person: Person, sweep_id: UUID, site_id: UUID, team_id: UUID, now: datetime, words: str = ""
) -> SweepStop:
    """Send a team to a site that was not planned."""
    sweep = _running(session, person, sweep_id)
    team = _team(session, sweep, team_id)
    site = get(session, person, Site, site_id)
    if site.location is None:
        raise Invalid({"site_id": say("这个点位还没有坐标，请先在地图上定位")})
    known = (SweepStop.county == sweep.county, SweepStop.sweep_id == sweep.id, SweepStop.site_id == site.id)
    if session.scalar(select(SweepStop.id).where(*known)):
        raise Conflict(say("这个点位已在本次行动中"))
    stop_id = new_id()
    planned = PlannedStop(id=stop_id, site_id=site.id, team_id=team.id)
    stop = SweepStop(
        county=sweep.county, id=stop_id, sweep_id=sweep.id, site_id=site.id, team_id=team.id,
        position=_after_last(session, sweep, team.id), plan=planned.model_dump(mode="json"),
        state=StopState.WAITING,
    )  # fmt: skip
    session.add(stop)
    session.flush()
    _decide(session, person, sweep, stop, Entry.ADDED, now, _words(words, False))
    return stop


def drop_stop(session: Session, person: Person, stop_id: UUID, words: str, now: datetime) -> SweepStop:
    """Go there no more; the reason is kept. Raises Conflict for what is settled or being inspected."""
    sweep, stop = _stop(session, person, stop_id)
    if stop.state not in standing.ON_THE_WAY:
        raise Conflict(say("这个点位现在是“{state}”，不能取消", state=stop.state.label))
    _decide(session, person, sweep, stop, Entry.DROPPED, now, _words(words))
    return stop


def reopen(session: Session, person: Person, stop_id: UUID, words: str, now: datetime) -> SweepStop:
    """Have a team go again to a stop that was settled; the reason is kept."""
    sweep, stop = _stop(session, person, stop_id)
    if stop.state not in SETTLED:
        raise Conflict(say("这个点位现在是“{state}”，不需要恢复", state=stop.state.label))
    _decide(session, person, sweep, stop, Entry.REOPENED, now, _words(words))
    return stop


def resolve(session: Session, person: Person, entry_id: UUID, words: str, now: datetime) -> SweepEntry:
    """Say what was done about a call for support, an incident, or two accounts that don't go together.

    Raises Conflict if somebody has done so before.
    """
    entry = get(session, person, SweepEntry, entry_id)
    sweep = _running(session, person, entry.sweep_id, or_ended=True)
    if entry.kind not in ANSWERABLE and entry.stop_id is None:
        raise NotFound
    query = (
        select(SweepEntry.heard_at, Person.name)
        .join(Person, (Person.county == SweepEntry.county) & (Person.id == SweepEntry.author_id))
        .where(
            SweepEntry.county == sweep.county, SweepEntry.sweep_id == sweep.id,
            SweepEntry.answers_id == entry.id, SweepEntry.kind == Entry.RESOLVED,
        )
    )  # fmt: skip
    if before := session.execute(query).first():
        raise Conflict(say("{name}已经处置过了", name=before.name))
    return _write(
        session, person, sweep, Entry.RESOLVED, now,
        team_id=entry.team_id, stop_id=entry.stop_id, words=_words(words), answers_id=entry.id,
    )  # fmt: skip


def end(session: Session, person: Person, sweep_id: UUID, words: str, now: datetime) -> Sweep:
    """End the sweep. Where stops are not settled, a reason is asked for. What phones bring later still counts."""
    sweep = _running(session, person, sweep_id)
    left = session.scalar(
        select(func.count()).where(
            SweepStop.county == sweep.county, SweepStop.sweep_id == sweep.id, SweepStop.state.not_in(SETTLED)
        )
    )
    if left and not words.strip():
        raise Invalid({"words": say("还有 {left} 个点位没有了结，请说明提前结束的原因", left=left)})
    sweep.state, sweep.ended_at, sweep.ended_by_id = SweepState.FINISHED, now, person.id
    sweep.ended_reason = _words(words, False)
    _write(session, person, sweep, Entry.ENDED, now, words=sweep.ended_reason, detail={"left": left})
    events.record(session, person, "end", sweep, left=left)
    return sweep


def _running(session: Session, person: Person, sweep_id: UUID, *, or_ended: bool = False) -> Sweep:
    """The sweep, whose journal nobody else adds to before this transaction is over."""
    require(person, "sweep.command")
    sweep = get(session, person, Sweep, sweep_id)
    hold_journal(session, sweep)
    session.refresh(sweep, with_for_update={"key_share": True})
    if sweep.state is SweepState.RUNNING or (or_ended and sweep.state is SweepState.FINISHED):
        return sweep
    if sweep.state is SweepState.FINISHED:
        raise Conflict(say("行动已经结束"))
    raise Conflict(say("行动还没有启动，暂时不能指挥"))


def _stop(session: Session, person: Person, stop_id: UUID) -> tuple[Sweep, SweepStop]:
    """The stop as it is now, and its sweep."""
    stop = get(session, person, SweepStop, stop_id)
    sweep = _running(session, person, stop.sweep_id)
    session.refresh(stop)
    return sweep, stop


def _team(session: Session, sweep: Sweep, team_id: UUID) -> SweepTeam:
    team = session.get(SweepTeam, (sweep.county, team_id))
    if team is None or team.sweep_id != sweep.id:
        raise Invalid({"team_id": say("请选择本次行动的小组")})
    return team


def _after_last(session: Session, sweep: Sweep, team_id: UUID) -> int:
    of_team = (SweepStop.county == sweep.county, SweepStop.team_id == team_id)
    return 1 + (session.scalar(select(func.max(SweepStop.position)).where(*of_team)) or 0)


def _words(words: str, required: bool = True) -> str:
    words = words.strip()
    if required and not words:
        raise Invalid({"words": say("请写明内容")})
    if len(words) > MOST_LETTERS:
        raise Invalid({"words": say("最多 {most} 字", most=MOST_LETTERS)})
    return words


def _moved(session: Session, stop: SweepStop) -> Any:
    query = (
        select(Person.name, SweepTeam.name.label("team"))
        .select_from(SweepEntry)
        .join(Person, (Person.county == SweepEntry.county) & (Person.id == SweepEntry.author_id))
        .join(SweepTeam, (SweepTeam.county == SweepEntry.county) & (SweepTeam.id == SweepEntry.team_id))
        .where(
            SweepEntry.county == stop.county, SweepEntry.stop_id == stop.id, SweepEntry.kind == Entry.REASSIGNED
        )
        .order_by(SweepEntry.number.desc())
    )
    last = session.execute(query).first()
    if last is None:
        return say("这个点位的小组刚变过，请看最新情况再改派")
    return say("{name}刚把这个点位改派给了{team}，请看最新情况再改派", name=last.name, team=last.team)


def _decide(
    session: Session,
    person: Person,
    sweep: Sweep,
    stop: SweepStop,
    kind: Entry,
    now: datetime,
    words: str,
    detail: dict[str, Any] | None = None,
) -> None:
    entry = _write(
        session, person, sweep, kind, now, team_id=stop.team_id, stop_id=stop.id, words=words, detail=detail or {}
    )
    standing.apply(session, sweep, entry)
    events.record(session, person, f"sweep_stop_{kind.value}", stop, **(detail or {}))


def _write(
    session: Session, person: Person, sweep: Sweep, kind: Entry, now: datetime, **values: Any
) -> SweepEntry:
    entry = SweepEntry(
        county=sweep.county, sweep_id=sweep.id, kind=kind, author_id=person.id, at=now, heard_at=now, skew_s=0,
        **values,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    return entry
