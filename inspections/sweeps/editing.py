"""Making a sweep, editing its plan step by step, arranging it anew, duplicating and calling it off."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import require
from ..db import new_id
from ..errors import Conflict, Invalid, NotFound, say
from ..registry.people import Person
from ..registry.site_facts import plain_text
from .arranging import Arrangement, read_arrangement
from .assembling import follow_hours
from .candidates import stops_of
from .plan import Plan, PlannedStop, PlanSource
from .plans import knows, plan_of, save_plan
from .reading import find_sweep
from .steps import LONGEST_REASON, Restore, Step, stale
from .sweeps import Sweep, SweepMember, SweepState

EDITABLE = (SweepState.PLANNING, SweepState.SEALED)


def new_sweep(session: Session, person: Person, form: Mapping[str, Any], now: datetime) -> Sweep:
    """A sweep without stops. Who makes it is the first on its need-to-know list. Raises Invalid."""
    require(person, "sweep.plan")
    sweep = _made(session, person, read_arrangement(session, person, form, now))
    events.record(session, person, "create", sweep)
    return sweep


def rearrange(
    session: Session,
    person: Person,
    keys: Sequence[bytes],
    sweep_id: UUID,
    form: Mapping[str, Any],
    now: datetime,
) -> Sweep:
    """Other hours, name or meeting point, while it is being planned; later T-0 is moved by command. Stops learn
    their likely hours anew, and routes are to be found again.

    Raises Invalid, Conflict where it was sealed meanwhile or somebody else rearranged it since (`mark_of`).
    """
    sweep = _known(session, person, sweep_id)
    arrangement = read_arrangement(session, person, form, now)
    session.refresh(sweep, with_for_update=True)
    if sweep.state is not SweepState.PLANNING:
        raise Conflict(say("方案已封存，时间请在“保密”页改"))
    if str(form.get("seen") or mark_of(sweep)) != mark_of(sweep):
        raise Conflict(say("别人刚改过这次行动的安排，请核对后重做"))
    was = sweep.starts_at, sweep.ends_at
    for name, value in arrangement._asdict().items():
        setattr(sweep, name, value)
    session.flush()
    follow_hours(session, sweep, *was)
    plan = plan_of(session, keys, sweep)
    if plan.stops:
        fresh = _described_anew(session, person, sweep, plan, now)
        save_plan(session, person, keys, sweep, stale(fresh), sweep.plan_revision, now)
    events.record(session, person, "edit", sweep)
    return sweep


def _described_anew(session: Session, person: Person, sweep: Sweep, plan: Plan, now: datetime) -> Plan:
    """Windows that a person set are of other hours and go."""
    ids = tuple(stop.site_id for stop in plan.stops)
    known = {each.site_id: each for each in stops_of(session, person, sweep, ids, PlanSource.PICKED, None, now)}
    stops = tuple(
        stop.model_copy(
            update={"likely": known[stop.site_id].likely if stop.site_id in known else {}}
            | {"earliest_at": None, "latest_at": None}
        )
        for stop in plan.stops
    )
    return plan.model_copy(update={"stops": stops})


def mark_of(sweep: Sweep) -> str:
    """Changes with whatever a form of the arrangement shows, and with nothing else: plans are saved meanwhile."""
    shown = [str(getattr(sweep, name)) for name in Arrangement._fields]
    return sha256("\n".join(shown).encode()).hexdigest()


def change(
    session: Session,
    person: Person,
    keys: Sequence[bytes],
    sweep_id: UUID,
    based_on: int,
    step: Step,
    now: datetime,
) -> Plan:
    """Do one step to a plan, and seal what comes of it as the next revision.

    Raises Invalid for what can't be done, NotFound for who is not on the need-to-know list, Conflict where another
    revision was saved since the one it is `based_on`, and where the sweep runs already.
    """
    sweep = _known(session, person, sweep_id)
    if sweep.state not in EDITABLE:
        raise Conflict(say("行动已经启动或结束，方案不能再改；行动中的调整在指挥台上做"))
    if sweep.plan_revision != based_on:
        raise Conflict(say("别人刚改过这份方案，请核对后重做这一步"))
    if isinstance(step, Restore):
        plan = plan_of(session, keys, sweep, step.revision)
    else:

        def describe(ids: tuple[UUID, ...], source: PlanSource, source_id: UUID | None) -> list[PlannedStop]:
            return stops_of(session, person, sweep, ids, source, source_id, now)

        plan = step.apply(plan_of(session, keys, sweep), describe)
    save_plan(session, person, keys, sweep, plan, based_on, now)
    return plan


def duplicate(
    session: Session,
    person: Person,
    keys: Sequence[bytes],
    sweep_id: UUID,
    form: Mapping[str, Any],
    now: datetime,
) -> Sweep:
    """Another sweep, with the stops of this one as candidates were chosen then, described anew for its hours.

    Approach, links, mixes and exemptions come along; windows, teams and routes don't. Raises Invalid.
    """
    earlier = _known(session, person, sweep_id)
    old = plan_of(session, keys, earlier)
    sweep = _made(session, person, read_arrangement(session, person, form, now))
    events.record(session, person, "create", sweep, duplicate_of=str(earlier.id))
    ids = tuple(stop.site_id for stop in old.stops)
    known = {each.site_id: each for each in stops_of(session, person, sweep, ids, PlanSource.PICKED, None, now)}
    taken = ("source", "source_id", "service_minutes", "mix", "link", "approach", "exemption")
    stops = tuple(
        known[stop.site_id].model_copy(update={name: getattr(stop, name) for name in taken})
        for stop in old.stops
        if stop.site_id in known
    )
    save_plan(session, person, keys, sweep, Plan(area=old.area, stops=stops), 0, now)
    return sweep


def cancel(session: Session, person: Person, sweep_id: UUID, reason: str, now: datetime) -> Sweep:
    """Call off a sweep that hasn't started, with a reason. Raises Invalid, Conflict."""
    require(person, "sweep.plan")
    sweep = find_sweep(session, person, sweep_id)
    words = plain_text(reason, LONGEST_REASON)
    if not words:
        raise Invalid({"reason": say("请写明为什么取消；已通知的人会看到")})
    session.refresh(sweep, with_for_update=True)
    if sweep.state not in EDITABLE:
        raise Conflict(say("行动已经启动或结束，不能取消"))
    sweep.state, sweep.ended_at, sweep.ended_by_id = SweepState.CANCELLED, now, person.id
    sweep.ended_reason = words
    session.flush()
    events.record(session, person, "cancel", sweep)
    return sweep


def _known(session: Session, person: Person, sweep_id: UUID) -> Sweep:
    """A sweep whose plan the person may change."""
    require(person, "sweep.plan")
    sweep = find_sweep(session, person, sweep_id)
    if not knows(session, person, sweep):
        raise NotFound
    return sweep


def _made(session: Session, person: Person, arrangement: Arrangement) -> Sweep:
    sweep = Sweep(county=person.county, id=new_id(), planned_by_id=person.id, **arrangement._asdict())
    session.add(sweep)
    session.flush()
    session.add(SweepMember(county=sweep.county, sweep_id=sweep.id, person_id=person.id, added_by_id=person.id))
    session.flush()
    session.refresh(sweep)
    return sweep
