"""Turns entries into tasks. What may have changed since is looked at again: state, caps, tasks, recusals."""

from datetime import UTC, date, datetime, time
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import events
from ...access import get, require
from ...casework.recusals import Recusal, RecusalState, recused
from ...days import CHINA, day_of
from ...errors import Conflict, InspectionError, Invalid, Message, say
from ...field.assigning import find_assignee
from ...field.checks import CheckKind
from ...field.tasks import Task, TaskState, assign
from ...registry.people import Person
from ...registry.sites import Site, SiteState
from .caps import counted_since, planned
from .county_settings import rules_of
from .deciding import already, held
from .lists import EntryState, Part, TargetEntry, TargetList
from .pool import LEFT_OUT_WORDS, LeftOut

KINDS = {"recheck": CheckKind.RECHECK, "tip": CheckKind.TIP, "assignment": CheckKind.TIP}


class Sent(NamedTuple):
    """What became of many: the tasks that were given, and why the others weren't."""

    tasks: list[Task]
    refused: list[tuple[str, Message]]


def send(session: Session, person: Person, entry_id: UUID, assignee_id: str, now: datetime) -> Task:
    """Give the visit to someone, due on its day. Raises Invalid, Conflict with what stands in the way now."""
    require(person, "task.assign")
    found, entry = held(session, person, entry_id, now)
    if entry.state is not EntryState.PROPOSED:
        raise Conflict(already(session, entry))
    assignee = find_assignee(session, person, assignee_id)
    site = get(session, person, Site, entry.site_id)
    if why := what_stands_against(session, entry, site, assignee, now):
        raise Conflict(why)
    today = day_of(now)
    due_on = max(entry.day or found.last_day, today)
    kind = KINDS.get(entry.exempt_from_cap, CheckKind.UNANNOUNCED)
    task = assign(session, person, site, assignee, kind, due_on, today=today, reason=_reason(entry))
    entry.state, entry.task_id = EntryState.TASKED, task.id
    entry.decided_by_id, entry.decided_at = person.id, now
    session.flush()
    events.record(session, person, "send", entry)
    return task


def send_day(
    session: Session, person: Person, list_id: UUID, day: date, team: int, assignee_id: str, now: datetime
) -> Sent:
    """Give all open visits of a team's day to one person. One that can't be given doesn't hold up the others."""
    require(person, "target.plan")
    found = get(session, person, TargetList, list_id)
    find_assignee(session, person, assignee_id)  # a wrong name is said once
    query = select(TargetEntry.id, Site.name).join(
        Site, (Site.county == TargetEntry.county) & (Site.id == TargetEntry.site_id)
    )
    rows = session.execute(
        query.where(
            TargetEntry.county == person.county,
            TargetEntry.list_id == found.id,
            TargetEntry.day == day,
            TargetEntry.team == team,
            TargetEntry.state == EntryState.PROPOSED,
        ).order_by(TargetEntry.stop, TargetEntry.id)
    ).all()
    if not rows:
        raise Invalid({"day": say("这一组没有待派的点位，可能刚被别人派出，请刷新")})
    sent = Sent([], [])
    for entry_id, name in rows:
        try:
            with session.begin_nested():
                sent.tasks.append(send(session, person, entry_id, assignee_id, now))
        except InspectionError as error:
            sent.refused.append((name, error.message))
    return sent


def what_stands_against(
    session: Session, entry: TargetEntry, site: Site, assignee: Person | None, now: datetime
) -> Message | None:
    """Why a visit can't be given now, None if it can."""
    if site.state in (SiteState.CLOSED, SiteState.DISMISSED):
        return say("{name}现在是“{state}”，不用再去；否决它或重新计算名单", name=site.name, state=site.state.label)
    if site.location is None:
        return LEFT_OUT_WORDS[LeftOut.NOWHERE]
    if open_task := _open_task(session, site):
        who = session.get_one(Person, (site.county, open_task.assignee_id))
        return say("{name}已有任务在{who}手上，{day} 到期", name=site.name, who=who.name,
                   day=open_task.due_on.isoformat())  # fmt: skip
    asked = select(Recusal.id).where(
        Recusal.county == site.county, Recusal.site_id == site.id, Recusal.state == RecusalState.ASKED
    )
    if session.scalars(asked.limit(1)).first():
        return LEFT_OUT_WORDS[LeftOut.RECUSAL]
    if assignee and assignee.id in recused(session, site.county, site.id):
        return say("{who}要回避{name}，请派给别人", who=assignee.name, name=site.name)
    return _over_the_cap(session, entry, site, now)


def _open_task(session: Session, site: Site) -> Task | None:
    query = select(Task).where(Task.county == site.county, Task.site_id == site.id, Task.state == TaskState.OPEN)
    return session.scalars(query.order_by(Task.due_on, Task.id).limit(1)).first()


def _over_the_cap(session: Session, entry: TargetEntry, site: Site, now: datetime) -> Message | None:
    """Caps of the day on which the task is given: others may have been there since the list was made."""
    cap = rules_of(session, site.county).caps.get(site.kind)
    if cap is None or entry.exempt_from_cap:
        return None
    new_year = datetime.combine(date(day_of(now).year, 1, 1), time(), CHINA).astimezone(UTC)
    done = counted_since(session, site.county, new_year, now, site.id).get(site.id, 0)
    waiting = planned(session, site.county, site.id)
    if done + waiting < cap:
        return None
    return say("{name}今年已查 {done} 次、待查 {waiting} 次，到了每年 {cap} 次的上限", name=site.name, done=done,
               waiting=waiting, cap=cap)  # fmt: skip


def _reason(entry: TargetEntry) -> str:
    """What the phone shows. It names no risk and no list: papers are left lying about."""
    if entry.part is Part.RECHECK or entry.exempt_from_cap == "recheck":
        why = say("暗访复查，不提前通知")
    else:
        why = say("暗访，不提前通知")
    if "start" not in entry.window:
        return str(why)
    return str(say("{why}；建议时段 {start}:00–{end}:00", why=str(why), start=entry.window["start"],
                   end=entry.window["end"]))  # fmt: skip
