"""Two target lists: last week's with what came of it, and this week's with entries that were decided about."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..casework.findings import Finding, FindingState
from ..db import new_id
from ..errors import InspectionError, Invalid
from ..events import Event
from ..field.checks import Check, CheckState, Fence, Standing
from ..field.tasks import Task, TaskState
from ..registry.people import Person, Role
from ..targeting.target_lists import computing, deciding, sending
from ..targeting.target_lists.county_settings import USUAL
from ..targeting.target_lists.lists import EntryState, Part, TargetEntry, TargetList
from ..targeting.target_lists.plan import Plan, Rechecks
from . import names
from .chance import Chance
from .levels import moment
from .orders import find_first

# How often something is found where risk led, and where chance did
FOUND = {Part.RISK: 0.7, Part.RECHECK: 0.5, Part.EXPLORATION: 0.15}
MISSED = 0.12
WANTED = 18
PROBLEMS = ("晚间仍在开课", "聘用无教师资格人员授课", "消防通道被占用", "未公示收费标准")


def write_targets(session: Session, today: date, seed: str) -> None:
    dispatcher, inspector = find_first(session, Role.DISPATCHER), find_first(session, Role.INSPECTOR)
    if dispatcher is None or inspector is None:
        return
    chance = Chance(seed, "targets", today.isoformat())
    first = today - timedelta(days=7)
    last_week = _make(session, dispatcher, first, chance, moment(first - timedelta(days=1), 16.5))
    if last_week:
        for entry in computing.entries_of(session, last_week, EntryState.PROPOSED):
            _go(session, dispatcher, inspector, entry, chance)
    made_at = moment(today, 0.1)
    this_week = _make(session, dispatcher, today, chance, made_at)
    if this_week:
        _decide(session, dispatcher, inspector, this_week, made_at)


def _make(session: Session, dispatcher: Person, first: date, chance: Chance, at: datetime) -> TargetList | None:
    """With all re-checks that are due, else with fewer of them, as the product advises."""
    plan = Plan(first, first + timedelta(days=6), wanted=WANTED, caps=USUAL.caps, cap_basis=USUAL.cap_basis)
    number = chance.randint(1, 2**40)
    for rechecks in Rechecks:
        try:
            with session.begin_nested():
                made = computing.make_list(session, dispatcher, replace(plan, rechecks=rechecks), number, at)
        except Invalid:
            continue
        made.created_at = at
        session.flush()
        _date(session, at, made)
        return made
    return None


def _go(session: Session, dispatcher: Person, inspector: Person, entry: TargetEntry, chance: Chance) -> None:
    """Send somebody the day before; most got there."""
    if entry.day is None:
        return
    sent_at = moment(entry.day - timedelta(days=1), 17.0)
    try:
        with session.begin_nested():
            task = sending.send(session, dispatcher, entry.id, str(inspector.id), sent_at)
    except InspectionError:  # the inspector is recused
        return
    task.created_at = sent_at
    _date(session, sent_at, task, entry)
    if chance.happens(MISSED):
        return
    at = moment(entry.day, float(entry.window.get("start", 18)) + chance.uniform(0.1, 1.2))
    check = _visit(session, inspector, task, at)
    if chance.happens(FOUND[entry.part]):
        _find(session, inspector, check, chance)


def _visit(session: Session, inspector: Person, task: Task, at: datetime) -> Check:
    check_id = new_id()
    record = json.dumps(_record(task, check_id.hex, at), ensure_ascii=False).encode()
    check = Check(
        county=task.county,
        id=check_id,
        site_id=task.site_id,
        task_id=task.id,
        kind=task.kind,
        standing=Standing.LEAD,
        state=CheckState.RECEIVED,
        person_id=inspector.id,
        summary="暗访记录",
        device_id="demonstration",
        device_sequence=check_id.int % 2**40,
        device_started_at=at,
        device_finished_at=at + timedelta(minutes=25),
        received_at=at + timedelta(minutes=26),
        completed_at=at + timedelta(minutes=26),
        no_fix_reason="暗访时没有开定位",
        fence=Fence.CANNOT_TELL,
        record=record,
        record_sha256=sha256(record).hexdigest(),
    )
    session.add(check)
    session.flush()
    task.state, task.check_id = TaskState.DONE, check.id
    return check


def _record(task: Task, check_id: str, at: datetime) -> dict[str, object]:
    return {
        "format": "mingcha-check/1", "id": check_id, "site_id": str(task.site_id), "task_id": str(task.id),
        "kind": task.kind.value, "checklist": None, "started_at": at.isoformat(), "fixes": [], "answers": [],
        "finished_at": (at + timedelta(minutes=25)).isoformat(), "facts": {}, "summary": "暗访记录", "files": [],
    }  # fmt: skip


def _find(session: Session, inspector: Person, check: Check, chance: Chance) -> None:
    session.add(
        Finding(
            county=check.county,
            site_id=check.site_id,
            check_id=check.id,
            text=chance.choice(PROBLEMS),
            severity=chance.randint(1, 3),
            state=FindingState.CONFIRMED,
            found_at=check.device_finished_at,
            confirmed_by_id=inspector.id,
            confirmed_at=check.device_finished_at + timedelta(hours=3),
        )
    )
    session.flush()


def _decide(session: Session, dispatcher: Person, inspector: Person, made: TargetList, at: datetime) -> None:
    """One is pinned, one refused, one sent: the three that promise most by risk."""
    entries = computing.entries_of(session, made, EntryState.PROPOSED)
    by_risk = sorted((each for each in entries if each.part is Part.RISK), key=lambda each: (-each.value, each.id))
    if len(by_risk) < 3:
        return
    deciding.pin(session, dispatcher, by_risk[0].id, True, at)
    deciding.refuse(session, dispatcher, by_risk[1].id, "another_case", "市场监管所已立案", at)
    try:
        with session.begin_nested():
            sending.send(session, dispatcher, by_risk[2].id, str(inspector.id), at)
    except InspectionError:  # the inspector is recused
        return


def _date(session: Session, at: datetime, *rows: TargetList | TargetEntry | Task) -> None:
    """The commands write their events now; the story has them on the days of the deeds."""
    ids = select(Event.id).where(Event.county == names.COUNTY_CODE, Event.subject_id.in_([row.id for row in rows]))
    session.execute(update(Event).where(Event.county == names.COUNTY_CODE, Event.id.in_(ids)).values(at=at))
