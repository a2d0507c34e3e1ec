"""How a stop stands, by its journal. Teams without a signal are heard late, clocks are wrong, and two teams may be
at one stop: entries are put in the order of what happened, and what somebody saw on the spot outweighs a command.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import say
from ..vocabulary import Choice
from .journal import Entry, SweepEntry
from .stops import SETTLED, StopState, SweepStop
from .sweeps import Sweep

ON_THE_WAY = (StopState.WAITING, StopState.UNDER_WAY, StopState.ARRIVED)
SHUT = {Entry.CLOSED: StopState.CLOSED, Entry.MOVED: StopState.MOVED, Entry.REFUSED: StopState.REFUSED}
APPROACH = {Entry.SET_OUT: StopState.UNDER_WAY, Entry.ARRIVED: StopState.ARRIVED}
WITHIN = {Entry.ENTERED: StopState.ENTERED, Entry.DONE: StopState.DONE}
OF_TEAMS = frozenset({*SHUT, *APPROACH, *WITHIN})
COMMANDED = {
    Entry.REOPENED: (SETTLED, StopState.WAITING),
    Entry.DROPPED: (ON_THE_WAY, StopState.DROPPED),
    Entry.REASSIGNED: (ON_THE_WAY, StopState.WAITING),
}


class ClashKind(Choice):
    """What a commander has to look at, since two accounts of a stop don't go together."""

    ON_ITS_WAY = "on_its_way", say("点位已了结，另一组仍在前往")
    NOT_ITS_OWN = "not_its_own", say("到场的不是该点位现在的小组")
    AFTER_DROP = "after_drop", say("点位已取消，小组仍进行了检查")
    INSIDE = "inside", say("改派时原小组已在现场检查")


class Clash(NamedTuple):
    """`team_id` is the team that should be told; `entry_id` the entry that it came to light with."""

    kind: ClashKind
    entry_id: UUID
    team_id: UUID
    at: datetime


@dataclass
class Standing:
    """How a stop stands: `at_it` are the teams that were on their way there or in it when they were last heard."""

    owner_id: UUID | None
    state: StopState = StopState.WAITING
    entered_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by_id: UUID | None = None
    at_it: dict[UUID | None, StopState] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)


def next_state(state: StopState, kind: Entry, *, is_own: bool = True) -> StopState:
    """The state of a stop after an entry about it; `is_own` says whether it is of the team that the stop has.

    What was seen inside counts, whoever saw it. Who finds it shut doesn't end the visit of those who are inside. A
    stop that is done stays so until it is reopened. To a door that was shut its team may come again.
    """
    if kind in COMMANDED:
        before, after = COMMANDED[kind]
        return after if state in before else state
    if state is StopState.DONE or kind not in OF_TEAMS:
        return state
    if kind in WITHIN:
        return WITHIN[kind]
    if kind in SHUT:
        return state if state is StopState.ENTERED and not is_own else SHUT[kind]
    return _approach(state, APPROACH[kind]) if is_own else state


def _approach(state: StopState, after: StopState) -> StopState:
    forward = state in ON_THE_WAY and ON_THE_WAY.index(after) > ON_THE_WAY.index(state)
    return after if forward or state in SHUT.values() else state


def in_order(entries: Iterable[SweepEntry], since: datetime | None) -> list[tuple[datetime, SweepEntry]]:
    """Entries with the moment at which each happened by the server's clock, in that order.

    That is the author's time less what its clock was ahead. It is not after the entry was heard, not before the
    release (`since`), and not before what the same author said earlier, so that a clock set right between two
    entries doesn't turn them round. What was undone by its own author is left out.
    """
    last: dict[UUID | None, datetime] = {}
    placed = []
    by_number = sorted(entries, key=lambda entry: entry.number)
    undone = {(entry.author_id, str(entry.detail["undoes"])) for entry in by_number if "undoes" in entry.detail}
    for entry in by_number:
        at = min(entry.at - timedelta(seconds=entry.skew_s or 0), entry.heard_at)
        at = max(filter(None, (at, since, last.get(entry.author_id))))
        last[entry.author_id] = at
        if (entry.author_id, str(entry.id)) not in undone:
            placed.append((at, entry))
    return sorted(placed, key=lambda pair: (pair[0], pair[1].number))


def play(entries: Iterable[SweepEntry], since: datetime | None, team_id: UUID | None) -> Standing:
    """How a stop stands after its entries; `team_id` is the team that it has now."""
    ordered = in_order(entries, since)
    moves = [entry for _, entry in ordered if entry.kind is Entry.REASSIGNED and "from" in entry.detail]
    given = moves[0].detail["from"] if moves else team_id
    standing = Standing(UUID(str(given)) if given else None)
    for at, entry in ordered:
        _hear(standing, at, entry)
    return standing


def _hear(standing: Standing, at: datetime, entry: SweepEntry) -> None:
    is_own = entry.team_id == standing.owner_id
    after = next_state(standing.state, entry.kind, is_own=is_own)
    standing.clashes += _clashes(standing, at, entry, after)
    _follow_team(standing, entry)
    if entry.kind is Entry.REASSIGNED and entry.detail.get("to"):
        standing.at_it.pop(standing.owner_id, None)  # it is told, and says so itself if it goes on
        standing.owner_id = UUID(entry.detail["to"])
    if after is standing.state:
        return
    standing.state = after
    if after is StopState.ENTERED:
        standing.entered_at = standing.entered_at or at
    elif after is StopState.WAITING:
        standing.entered_at = None
    is_settled = after in SETTLED
    standing.settled_at = at if is_settled else None
    standing.settled_by_id = entry.team_id if is_settled and entry.kind in OF_TEAMS else None


def _follow_team(standing: Standing, entry: SweepEntry) -> None:
    if entry.team_id is None or entry.kind not in OF_TEAMS:
        return
    if entry.kind is Entry.DONE or entry.kind in SHUT:
        standing.at_it.pop(entry.team_id, None)
    else:
        standing.at_it[entry.team_id] = APPROACH.get(entry.kind, StopState.ENTERED)


def _clashes(standing: Standing, at: datetime, entry: SweepEntry, after: StopState) -> list[Clash]:
    if entry.kind is Entry.REASSIGNED and standing.state is StopState.ENTERED and standing.owner_id:
        return [Clash(ClashKind.INSIDE, entry.id, standing.owner_id, at)]
    team_id = entry.team_id
    if team_id is None or entry.kind not in OF_TEAMS:
        return []
    if entry.kind in APPROACH and standing.state in SETTLED and after is standing.state:
        return [Clash(ClashKind.ON_ITS_WAY, entry.id, team_id, at)]
    found = []
    if standing.state is StopState.DROPPED:
        found.append(Clash(ClashKind.AFTER_DROP, entry.id, team_id, at))
    elif team_id != standing.owner_id:
        found.append(Clash(ClashKind.NOT_ITS_OWN, entry.id, team_id, at))
    if after in SETTLED and standing.state not in SETTLED:
        others = [team for team in standing.at_it if team is not None and team != team_id]
        found += [Clash(ClashKind.ON_ITS_WAY, entry.id, team, at) for team in others]
    return found


def apply(session: Session, sweep: Sweep, entry: SweepEntry) -> SweepStop | None:
    """Write down how the stop of an entry stands now. A team that goes to what another has settled is told so.

    The entry counts as well if the stop is another team's by now, or the sweep has ended: it was done.
    """
    if entry.stop_id is None:
        return None
    session.flush()
    of_stop = (SweepStop.county == sweep.county, SweepStop.sweep_id == sweep.id, SweepStop.id == entry.stop_id)
    # FOR NO KEY UPDATE: entries that point to the stop may be written meanwhile
    locked = select(SweepStop).where(*of_stop).with_for_update(key_share=True)
    stop = session.scalars(locked.execution_options(populate_existing=True)).one_or_none()
    if stop is None:
        return None
    entries = entries_of(session, sweep, stop.id)
    standing = play(entries, sweep.released_at, stop.team_id)
    stop.state, stop.entered_at, stop.settled_at = standing.state, standing.entered_at, standing.settled_at
    before = play([each for each in entries if each.id != entry.id], sweep.released_at, stop.team_id)
    known = {(clash.kind, clash.team_id) for clash in before.clashes}
    for clash in standing.clashes:
        if clash.kind is ClashKind.ON_ITS_WAY and (clash.kind, clash.team_id) not in known:
            _tell(session, sweep, stop, clash, entry.heard_at)
    session.flush()
    return stop


def entries_of(session: Session, sweep: Sweep, stop_id: UUID) -> Sequence[SweepEntry]:
    query = select(SweepEntry).where(
        SweepEntry.county == sweep.county, SweepEntry.sweep_id == sweep.id, SweepEntry.stop_id == stop_id
    )
    return session.scalars(query.order_by(SweepEntry.number)).all()


def _tell(session: Session, sweep: Sweep, stop: SweepStop, clash: Clash, now: datetime) -> None:
    """A message of the system's own. It is kept as its key, and read in the reader's language (`detail`)."""
    session.add(
        SweepEntry(
            county=sweep.county, sweep_id=sweep.id, kind=Entry.MESSAGE, team_id=clash.team_id, stop_id=stop.id,
            at=now, heard_at=now, words=ON_ITS_WAY, detail={"clash": clash.kind.value},
        )
    )  # fmt: skip


ON_ITS_WAY = "该点位已由另一小组了结，不必再去，请前往下一个点位。"
