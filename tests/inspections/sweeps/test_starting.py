"""The worker's tick: it starts what is due, packs anew what doesn't fit, and leaves the rest alone."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from inspections.evidence.keys import KeyRing
from inspections.jobs import Work
from inspections.sweeps import starting
from inspections.sweeps.packets import SweepPacket
from inspections.sweeps.plans import save_plan
from inspections.sweeps.sweeps import SweepState
from tests.factories import COUNTY
from tests.sweeps import KEYS, sealed_sweep

QUEUED = text("select count(*) from procrastinate_jobs where task_name = 'sweeps.start' and status = 'todo'")


def work(session: Session) -> Work:
    return Work(session, COUNTY, None, KeyRing.of(["test"]))  # type: ignore[arg-type]


def test_a_sweep_that_is_due_is_started_by_the_worker_though_no_phone_asks(session: Session) -> None:
    now = datetime.now(UTC)
    due = sealed_sweep(session, starts_at=now + timedelta(hours=1), now=now)
    later = sealed_sweep(session, due.planner, starts_at=now + timedelta(hours=2), now=now)
    starting.look(session, COUNTY)
    assert session.scalar(QUEUED) == 0
    due.sweep.meets_at, due.sweep.starts_at = now - timedelta(minutes=31), now - timedelta(minutes=1)
    session.flush()
    starting.look(session, COUNTY)
    starting.look(session, COUNTY)
    assert session.scalar(QUEUED) == 1
    starting.start(work(session))
    assert (due.sweep.state, later.sweep.state) == (SweepState.RUNNING, SweepState.SEALED)
    assert due.sweep.released_by_id is None


def test_packets_of_an_older_plan_are_made_anew_by_the_worker(session: Session) -> None:
    now = datetime.now(UTC)
    night = sealed_sweep(session, starts_at=now + timedelta(hours=1), now=now)
    save_plan(session, night.planner, KEYS, night.sweep, night.plan, 1, now)
    starting.look(session, COUNTY)
    assert session.scalar(QUEUED) == 1
    starting.start(work(session))
    live = session.scalars(select(SweepPacket).where(SweepPacket.revoked_at.is_(None))).all()
    assert {packet.revision for packet in live} == {2}
    assert len(live) == 3
