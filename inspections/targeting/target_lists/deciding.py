"""What a person decides about an entry: pin it, refuse it, take that back. Each is written into the history."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import events
from ...access import get, require
from ...days import day_of
from ...errors import Conflict, Invalid, Message, say
from ...field.tasks import Task, TaskState
from ...registry.people import Person
from .computing import fill_up, locked, refuse_what_is_over
from .lists import EntryState, Refusal, TargetEntry, TargetList

LONGEST_REASON = 300


def pin(session: Session, person: Person, entry_id: UUID, is_pinned: bool, now: datetime) -> TargetEntry:
    """A pinned entry stays when the list is computed again. Raises Conflict where it is no longer on the list."""
    entry = held(session, person, entry_id, now)[1]
    _must_be(session, entry, EntryState.PROPOSED, EntryState.TASKED)
    if entry.is_pinned != is_pinned:
        entry.is_pinned, entry.decided_by_id, entry.decided_at = is_pinned, person.id, now
        session.flush()
        events.record(session, person, "pin" if is_pinned else "unpin", entry)
    return entry


def refuse(
    session: Session, person: Person, entry_id: UUID, reason: str, words: str, now: datetime
) -> TargetEntry | None:
    """Take an entry off with a reason; it stays visible. Gives what took its place, None where nothing could."""
    chosen = next((each for each in Refusal if each == reason), None)
    said = " ".join(words.split())
    if chosen is None:
        raise Invalid({"reason": say("请选择否决的理由")})
    if chosen is Refusal.OTHER and not said:
        raise Invalid({"words": say("请写明理由")})
    if len(said) > LONGEST_REASON:
        raise Invalid({"words": say("理由最多 {n} 字", n=LONGEST_REASON)})
    found, entry = held(session, person, entry_id, now)
    _must_be(session, entry, EntryState.PROPOSED)
    entry.state, entry.is_pinned, entry.refusal, entry.refused_words = EntryState.REFUSED, False, chosen, said
    entry.decided_by_id, entry.decided_at = person.id, now
    session.flush()
    events.record(session, person, "refuse", entry)
    made = fill_up(session, found, now, entry)
    return made[0] if made else None


def undo(session: Session, person: Person, entry_id: UUID, now: datetime) -> TargetEntry:
    """Bring back what was refused, or call off the task that was given. What had taken its place goes again.

    Raises Conflict where that is no longer possible, with why.
    """
    found, entry = held(session, person, entry_id, now)
    _must_be(session, entry, EntryState.REFUSED, EntryState.TASKED)
    if entry.state is EntryState.TASKED:
        _call_off(session, person, entry)
    else:
        _make_room(session, entry)
    entry.state, entry.refusal, entry.refused_words = EntryState.PROPOSED, None, ""
    entry.decided_by_id, entry.decided_at = person.id, now
    session.flush()
    events.record(session, person, "undo", entry)
    fill_up(session, found, now)
    return entry


def held(session: Session, person: Person, entry_id: UUID, now: datetime) -> tuple[TargetList, TargetEntry]:
    """The entry and its list, held for this transaction: whoever comes second waits and sees what was done."""
    require(person, "target.plan")
    entry = get(session, person, TargetEntry, entry_id)
    found = locked(session, person, entry.list_id)
    refuse_what_is_over(found, day_of(now))
    session.refresh(entry, with_for_update=True)
    return found, entry


def _must_be(session: Session, entry: TargetEntry, *states: EntryState) -> None:
    if entry.state not in states:
        raise Conflict(already(session, entry))


def already(session: Session, entry: TargetEntry) -> Message:
    """What somebody else made of an entry, in words."""
    who = session.get(Person, (entry.county, entry.decided_by_id)) if entry.decided_by_id else None
    if who is None:
        return say("这一处刚被重新计算换下，请刷新名单")
    return say("{name}刚把这一处改为“{state}”，请刷新后再操作", name=who.name, state=entry.state.label)


def _call_off(session: Session, person: Person, entry: TargetEntry) -> None:
    task = session.get_one(Task, (entry.county, entry.task_id))
    session.refresh(task, with_for_update=True)
    if task.state is TaskState.DONE:
        raise Conflict(say("任务已经完成，不能撤销"))
    if task.state is TaskState.OPEN:
        task.state = TaskState.CANCELLED
        events.record(session, person, "cancel", task)
    entry.task_id = None


def _make_room(session: Session, entry: TargetEntry) -> None:
    query = select(TargetEntry).where(
        TargetEntry.county == entry.county,
        TargetEntry.replaces_id == entry.id,
        TargetEntry.state.in_((EntryState.PROPOSED, EntryState.TASKED)),
    )
    for each in session.scalars(query):
        if each.state is EntryState.TASKED:
            raise Conflict(say("顶替它的点位已经派了任务，请先撤销那个任务"))
        each.state, each.is_pinned = EntryState.DROPPED, False
