"""Sealing a sweep and releasing it: at T-0 keys are given out and its stops stand in the open."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import events
from ..access import require
from ..db import new_id
from ..errors import Conflict, Invalid, NotFound, say
from ..registry.people import Person
from ..registry.watching import System
from .journal import Entry, SweepEntry, hold_journal
from .knowing import known_sweep
from .openings import Deed, note
from .packets import Revoked, live_packet, secret_of
from .packing import renew, revoke_all, teams_of
from .plan import Plan, PlannedRoute
from .plans import plan_of, read_plan, save_plan
from .readiness import why_not
from .stops import SweepStop
from .sweeps import Sweep, SweepState
from .visit_caps import note_exemptions

LONGEST_REASON = 300
FURTHEST = timedelta(days=60)


def seal(session: Session, person: Person, keys: Sequence[bytes], sweep_id: UUID, now: datetime) -> Sweep:
    """Close the plan and make each team's packet. Raises Invalid with what is still wanting (`readiness`),
    Conflict where it is not being planned any more.
    """
    require(person, "sweep.command")
    sweep = known_sweep(session, person, sweep_id)
    session.refresh(sweep, with_for_update=True)
    if sweep.state is not SweepState.PLANNING:
        raise Conflict(say("这次行动已经不在筹划中，请刷新后再看"))
    wanting = why_not(session, sweep, plan_of(session, keys, sweep), now)
    if wanting:
        raise Invalid(message=say("还不能封存：{wanting}", wanting=wanting))
    sweep.state, sweep.sealed_at, sweep.sealed_by_id = SweepState.SEALED, now, person.id
    session.flush()
    made = renew(session, keys, sweep, now)
    events.record(session, person, "seal", sweep, revision=sweep.plan_revision, packets=len(made))
    return sweep


def unseal(session: Session, person: Person, sweep_id: UUID, reason: str, now: datetime) -> Sweep:
    """Back to planning before the start: every packet is revoked, and no key is given for it any more."""
    sweep = _sealed(session, person, sweep_id)
    reason = _reason(reason)
    sweep.state, sweep.sealed_at, sweep.sealed_by_id = SweepState.PLANNING, None, None
    revoke_all(session, sweep, Revoked.UNSEALED, now)
    events.record(session, person, "unseal", sweep, reason=reason)
    return sweep


def move_start(
    session: Session,
    person: Person,
    keys: Sequence[bytes],
    sweep_id: UUID,
    starts_at: datetime,
    reason: str,
    now: datetime,
) -> Sweep:
    """Move T-0 of a sealed sweep with all that hangs on it: meeting, end, the teams' hours, the routes.

    Raises Invalid at `starts_at` for a moment that is over or more than sixty days ahead.
    """
    sweep = _sealed(session, person, sweep_id)
    if not now < starts_at <= now + FURTHEST:
        raise Invalid({"starts_at": say("启动时间要在现在之后、六十天以内；要马上启动请用“提前启动”")})
    reason, by = _reason(reason), starts_at - sweep.starts_at
    if not by:
        raise Invalid({"starts_at": say("和原来的启动时间一样")})
    before = sweep.starts_at
    sweep.meets_at, sweep.starts_at, sweep.ends_at = sweep.meets_at + by, starts_at, sweep.ends_at + by
    for team in teams_of(session, sweep):
        team.from_at, team.until_at = team.from_at + by, team.until_at + by
    session.flush()
    moved = _moved(read_plan(session, person, keys, sweep), by)
    save_plan(session, person, keys, sweep, moved, sweep.plan_revision, now)
    renew(session, keys, sweep, now)
    events.record(
        session, person, "move_start", sweep,
        before=before.isoformat(), starts_at=starts_at.isoformat(), reason=reason,
    )  # fmt: skip
    return sweep


def replace_packet(
    session: Session, person: Person, keys: Sequence[bytes], sweep_id: UUID, team_id: UUID, now: datetime
) -> None:
    """A new packet with a new key and code for a team whose phone was lost or whose code was overheard."""
    sweep = _sealed(session, person, sweep_id)
    team = next((each for each in teams_of(session, sweep) if each.id == team_id), None)
    if team is None:
        raise NotFound
    for packet in renew(session, keys, sweep, now, lost=team):
        events.record(session, person, "replace", packet, sweep_id=str(sweep.id), team_id=str(packet.team_id))


def show_code(
    session: Session, person: Person, keys: Sequence[bytes], sweep_id: UUID, team_id: UUID, now: datetime
) -> str:
    """The twelve digits that a team is told where it has no signal. Who saw them, and when, is in the history."""
    require(person, "sweep.command")
    sweep = known_sweep(session, person, sweep_id)
    team = next((each for each in teams_of(session, sweep) if each.id == team_id), None)
    packet = live_packet(session, team) if team else None
    if packet is None or sweep.state not in (SweepState.SEALED, SweepState.RUNNING):
        raise NotFound
    note(session, person, packet, Deed.CODE_SHOWN, now)
    events.record(session, person, "show_code", packet, sweep_id=str(sweep.id), early=now < sweep.starts_at)
    return secret_of(keys, packet).lock.code


def due(session: Session, now: datetime) -> list[Sweep]:
    """Sealed sweeps of the session's county whose T-0 has come."""
    query = select(Sweep).where(Sweep.state == SweepState.SEALED, Sweep.starts_at <= now)
    return list(session.scalars(query.order_by(Sweep.starts_at)))


def release(
    session: Session,
    keys: Sequence[bytes],
    sweep_id: UUID,
    now: datetime,
    person: Person | None = None,
    reason: str = "",
) -> bool:
    """Write the stops down and let keys out; True if this call did it, False where it was done or isn't time yet.

    A `person` of command may do so before T-0, with a reason; the clock (no person) can't.
    """
    if person is not None:
        require(person, "sweep.command")
        sweep = known_sweep(session, person, sweep_id)
    else:
        sweep = session.scalars(select(Sweep).where(Sweep.id == sweep_id)).one()
        if sweep.state is not SweepState.SEALED or now < sweep.starts_at:
            return False
    session.refresh(sweep, with_for_update=True)
    if sweep.state is not SweepState.SEALED:
        return False
    is_early = now < sweep.starts_at
    if is_early and person is None:
        return False
    told = _reason(reason) if is_early else ""
    renew(session, keys, sweep, now)
    sweep.state, sweep.released_at = SweepState.RUNNING, now
    sweep.released_by_id = person.id if person else None
    actor = person or System(sweep.county, sweep.id)
    note_exemptions(session, actor, _open(session, sweep, plan_of(session, keys, sweep), now))
    events.record(session, actor, "release", sweep, early=is_early, reason=told)
    session.flush()
    return True


def _open(session: Session, sweep: Sweep, plan: Plan, now: datetime) -> list[SweepStop]:
    """The stops, in the order of each team's route, and those that no team has."""
    planned, stops = {}, []
    for route in plan.routes:
        for position, visit in enumerate(route.visits, 1):
            planned[visit.stop_id] = (route.team_id, position, visit.enters_at, visit.leaves_at)
    for stop in plan.stops:
        team_id, position, enters_at, leaves_at = planned.get(stop.id, (None, 0, None, None))
        stops.append(
            SweepStop(
                county=sweep.county, id=stop.id, sweep_id=sweep.id, site_id=stop.site_id, team_id=team_id,
                position=position, link=stop.link, plan=stop.model_dump(mode="json"),
                planned_enters_at=enters_at, planned_leaves_at=leaves_at,
            )
        )  # fmt: skip
    session.add_all(stops)
    hold_journal(session, sweep)
    session.add(
        SweepEntry(
            county=sweep.county, id=new_id(), sweep_id=sweep.id, kind=Entry.RELEASED,
            author_id=sweep.released_by_id, at=now, heard_at=now,
        )
    )  # fmt: skip
    session.flush()
    return stops


def _moved(plan: Plan, by: timedelta) -> Plan:
    """Routes move; the bounds of stops don't, since they come from when people are there."""
    names = ("sets_out_at", "arrives_at", "enters_at", "leaves_at")
    routes = tuple(
        PlannedRoute(
            team_id=route.team_id,
            visits=tuple(
                visit.model_copy(update={name: getattr(visit, name) + by for name in names})
                for visit in route.visits
            ),
        )
        for route in plan.routes
    )
    return plan.model_copy(update={"routes": routes})


def _sealed(session: Session, person: Person, sweep_id: UUID) -> Sweep:
    require(person, "sweep.command")
    sweep = known_sweep(session, person, sweep_id)
    session.refresh(sweep, with_for_update=True)
    if sweep.state is not SweepState.SEALED:
        raise Conflict(say("这次行动现在不是“已封存待启动”，请刷新后再看"))
    return sweep


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise Invalid({"reason": say("请写明理由，会记入行动历史")})
    if len(text) > LONGEST_REASON:
        raise Invalid({"reason": say("太长了，请缩短到 {limit} 个字以内", limit=LONGEST_REASON)})
    return text
