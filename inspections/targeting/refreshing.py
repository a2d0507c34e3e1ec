"""Refreshing: whatever is new in a county, its analyses are computed anew within seconds, by one job at a time.

Nobody who writes data waits for it or is told: the worker looks every two seconds whether a county has rows that
its last refresh did not see, and queues one job. A job that dies has written nothing, so the next look queues
another.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.orm import Session

from ..days import day_of
from ..db import DatabaseGone, new_id
from ..jobs import Work, enqueue, job, watch
from .refreshes import Refresh, latest_refresh

log = logging.getLogger(__name__)

Step = Callable[[Session, str, datetime], None]

# In this order, since later ones read what earlier ones wrote; those that are not named come last, by name
ORDER = ("hotspots", "risk", "targets", "warnings")
STEPS: dict[str, Step] = {}
# A county that gets data all the time rests between two refreshes, for as long as the last one took at least
REST = timedelta(seconds=3)
# Keys of rows are made before their transaction commits: how much earlier, at most
LATEST_COMMIT = timedelta(minutes=10)
KEPT = 500
# Whose history tells of something that analyses read; tips are told of by their moves
SUBJECTS = (
    "areas",
    "canvass_visits",
    "checks",
    "findings",
    "grid_cells",
    "import_runs",
    "rechecks",
    "school_periods",
    "sites",
    "tips",
)


def step(name: str) -> Callable[[Step], Step]:
    """Register what a refresh computes: a function of (session, county, now) that writes and does not commit.

    One that raises is undone and logged by its name, and the others go on.
    """

    def register(function: Step) -> Step:
        STEPS[name] = function
        return function

    return register


@watch
def look(session: Session, county: str) -> None:
    """Queue a refresh for a county that has something new."""
    if is_due(session, county, _now(session)) and session.scalar(TRY_LOCK, {"key": _key(county)}):
        enqueue(session, "county.refresh", county, once=_key(county))


def is_due(session: Session, county: str, now: datetime) -> bool:
    """Are there rows that the last refresh did not see, or has the day changed since?"""
    last = latest_refresh(session, county)
    if last is None:
        return _rows(session, county, datetime.fromtimestamp(0, UTC)) > 0
    if now - last.finished_at < rest_after(last):
        return False
    return day_of(now) != day_of(last.began_at) or _rows(session, county, last.rows_since) > last.rows_seen


def rest_after(last: Refresh) -> timedelta:
    return max(REST, last.finished_at - last.began_at)


@job("county.refresh", awaited=True)
def refresh(work: Work) -> None:
    """Compute everything anew, unless another job did so while this one waited for it."""
    session, county = work.session, work.county
    session.execute(LOCK, {"key": _key(county)})
    if is_due(session, county, _now(session)):
        refresh_now(session, county, _now(session))


def refresh_now(session: Session, county: str, now: datetime) -> Refresh:
    """Run the steps as of `now`, and write down how long each took."""
    rows_since = now - LATEST_COMMIT
    # Counted before anything is read: what comes in between is computed twice rather than never
    rows_seen = _rows(session, county, rows_since)
    steps = [_run(session, county, now, name) for name in _in_order()]
    made = Refresh(
        county=county,
        id=new_id(),
        began_at=now,
        finished_at=_now(session),
        rows_since=rows_since,
        rows_seen=rows_seen,
        steps=steps,
    )
    session.add(made)
    session.flush()
    session.execute(FORGET, {"county": county, "kept": KEPT})
    return made


def _run(session: Session, county: str, now: datetime, name: str) -> dict[str, Any]:
    began = monotonic()
    done: dict[str, Any] = {"name": name}
    try:
        with session.begin_nested():
            STEPS[name](session, county, now)
    except DatabaseGone:
        raise
    except Exception as error:
        log.exception("refresh of %s: %s", county, name)
        done["error"] = type(error).__name__
    return done | {"took_ms": round(1000 * (monotonic() - began))}


def _in_order() -> list[str]:
    return sorted(STEPS, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))


def _rows(session: Session, county: str, since: datetime) -> int:
    """How many rows tell of something new, of those whose key was made since then (a UUIDv7 begins with it)."""
    first = UUID(int=max(0, round(since.timestamp() * 1000)) << 80)
    return session.scalar(ROWS, {"county": county, "first": first, "subjects": list(SUBJECTS)}) or 0


def _now(session: Session) -> datetime:
    moment: datetime = session.scalars(func.clock_timestamp().select()).one()
    return moment


def _key(county: str) -> str:
    return f"county.refresh {county}"


ROWS = text(
    """
    select (select count(*) from events
            where county = :county and id >= :first and subject = any(:subjects))
        + (select count(*) from tip_moves where county = :county and id >= :first)
    """
)
LOCK = text("select pg_advisory_xact_lock(hashtextextended(:key, 42))")
TRY_LOCK = text("select pg_try_advisory_xact_lock(hashtextextended(:key, 42))")
FORGET = text(
    """
    delete from county_refreshes where county = :county and id in (
        select id from county_refreshes where county = :county order by began_at desc offset :kept)
    """
)
