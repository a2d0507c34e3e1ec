"""Reads the pool of a list: every site of its kinds, what a visit there promises, and what keeps it off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ...days import CHINA, day_of
from ...registry.sites import SiteKind, SiteState
from ..risk.scoring import Scores, SiteRisk, scores_as_of
from .caps import counted_since
from .plan import Plan, Rechecks
from .pool import Exempt, LeftOut, Pool

LEFT_ALONE = timedelta(days=14)
TIPS_FOR = timedelta(days=90)
FINDINGS_FOR = timedelta(days=730)
ROUGH_M = 300.0  # a circle wider than this is a rumour, not a door
USUAL_SEVERITY = 2.0
UNKNOWN_PROBABILITY = 0.0
KIND = {kind.value: kind for kind in SiteKind}


@dataclass(frozen=True)
class Gathered:
    """`pool`, and what of each site is told in words: its risk, the day it is due or held off until."""

    pool: Pool
    risks: Mapping[UUID, SiteRisk]
    scores: Scores
    days: Mapping[UUID, date]


def gather(session: Session, county: str, plan: Plan, now: datetime, refused: set[UUID]) -> Gathered:
    """The pool as of `now`, with nothing held. `refused` were refused on the list."""
    scores = scores_as_of(session, county, now)
    risks = {each.site_id: each for each in scores.sites}
    # What is grouped by site is joined by hash: after an import, before the planner has counted the rows, it takes
    # each group for one row and would go through all of them for every site.
    session.execute(text("set local enable_nestloop = off"))
    rows = session.execute(FACTS, _asked(county, plan, now)).all()
    session.execute(text("set local enable_nestloop = on"))
    year = counted_since(session, county, _new_year(now), now)
    left = [left_out_by(row, plan, now, year.get(row.id, 0), row.id in refused) for row in rows]
    pool = Pool.of(
        [row.id for row in rows],
        [row.township_id for row in rows],
        lon=np.array([row.lon if row.lon is not None else np.nan for row in rows], dtype=float),
        lat=np.array([row.lat if row.lat is not None else np.nan for row in rows], dtype=float),
        probability=np.array([_probability(risks.get(row.id)) for row in rows], dtype=float),
        severity=np.array([_severity(row) for row in rows], dtype=float),
        minutes=np.array([plan.minutes[KIND[row.kind]] for row in rows], dtype=np.int64),
        left_out=np.array([int(each) for each in left], dtype=np.int64),
        exempt=np.array([int(exempt_by(row, plan)) for row in rows], dtype=np.int64),
        is_due=np.array([is_due(row, plan) for row in rows], dtype=bool),
        held_part=np.full(len(rows), -1, dtype=np.int64),
    )
    return Gathered(pool, risks, scores, {row.id: day for row in rows if (day := row.due_on or row.waits_until)})


def _asked(county: str, plan: Plan, now: datetime) -> dict[str, Any]:
    return {
        "county": county,
        "kinds": [str(kind) for kind in plan.kinds],
        "now": now,
        "tips_since": now - TIPS_FOR,
        "findings_since": now - FINDINGS_FOR,
        "last_day": plan.last_day,
    }


def _new_year(now: datetime) -> datetime:
    return datetime.combine(date(day_of(now).year, 1, 1), time(), CHINA).astimezone(UTC)


def _probability(risk: SiteRisk | None) -> float:
    return round(risk.probability, 6) if risk else UNKNOWN_PROBABILITY


def _severity(row: Row[Any]) -> float:
    return round(float(row.severity if row.severity is not None else USUAL_SEVERITY), 3)


def is_due(row: Any, plan: Plan) -> bool:
    """Does a problem's term end so that somebody must look in the period?"""
    if row.due_on is None or plan.rechecks is Rechecks.NONE:
        return False
    return plan.rechecks is Rechecks.DUE or bool(row.last_due_on >= plan.first_day)


def exempt_by(row: Any, plan: Plan) -> Exempt:
    """Why a visit wouldn't count against the cap: only what came after the last visit is a reason to go again."""
    if is_due(row, plan):
        return Exempt.RECHECK
    if row.last_order is not None and (row.last_visit is None or row.last_order > row.last_visit):
        return Exempt.ASSIGNMENT
    if _has_new_tip(row):
        return Exempt.TIP
    return Exempt.NO


def _has_new_tip(row: Any) -> bool:
    return row.last_tip is not None and (row.last_visit is None or row.last_tip > row.last_visit)


def left_out_by(row: Row[Any], plan: Plan, now: datetime, visits: int, is_refused: bool) -> LeftOut:
    """What keeps a site off a list; `visits` are those of the year that count."""
    exempt = exempt_by(row, plan)
    cap = plan.caps.get(KIND[row.kind])
    for holds, reason in (
        (row.lon is None or (row.accuracy_m or 0.0) > ROUGH_M, LeftOut.NOWHERE),
        (row.state == SiteState.DISMISSED, LeftOut.DISMISSED),
        (row.state == SiteState.CLOSED, LeftOut.CLOSED),
        (row.recusals > 0, LeftOut.RECUSAL),
        (row.tasks > 0, LeftOut.TASKED),
        (is_refused, LeftOut.REFUSED),
        (exempt is Exempt.NO and row.due_on is None and row.waits_until is not None, LeftOut.HANDLED),
        (exempt is Exempt.NO and cap is not None and visits >= cap, LeftOut.CAP),
        (exempt is Exempt.NO and _was_visited_lately(row, now), LeftOut.LATELY),
    ):
        if holds:
            return reason
    return LeftOut.NO


def _was_visited_lately(row: Row[Any], now: datetime) -> bool:
    return row.last_visit is not None and now - row.last_visit < LEFT_ALONE


# `due_on`: the first term that has ended by the list's last day, `last_due_on` the last of them; `waits_until`:
# the first that ends later. A clock that stands still is no term.
FACTS = text(
    """
    with visits as (
        select site_id, max(device_finished_at) as last_visit from checks
        where county = :county and kind <> 'self' and device_finished_at <= :now group by site_id
    ), reports as (
        select site_id, max(received_at) as last_tip,
            max(received_at) filter (where channel in ('higher', 'department')) as last_order
        from tips
        where county = :county and received_at between :tips_since and :now
            and state in ('new', 'assigned', 'confirmed')
        group by site_id
    ), problems as (
        select site_id, avg(severity) filter (where found_at >= :findings_since) as severity,
            min(due_on) filter (where open and due_on <= :last_day) as due_on,
            max(due_on) filter (where open and due_on <= :last_day) as last_due_on,
            min(due_on) filter (where open and due_on > :last_day) as waits_until
        from (
            select *, state in ('confirmed', 'rectifying') and suspended_at is null as open
            from findings where county = :county and state <> 'rejected' and found_at <= :now
        ) as known group by site_id
    ), given as (
        select site_id, count(*) as n from tasks where county = :county and state = 'open' group by site_id
    ), asked as (
        select site_id, count(*) as n from recusals where county = :county and state = 'asked' group by site_id
    )
    select s.id, s.kind, s.state, s.township_id, s.location_accuracy_m as accuracy_m,
        st_x(s.location) as lon, st_y(s.location) as lat, visits.last_visit, reports.last_tip, reports.last_order,
        problems.severity, problems.due_on, problems.last_due_on, problems.waits_until,
        coalesce(given.n, 0) as tasks, coalesce(asked.n, 0) as recusals
    from sites s
    left join visits on visits.site_id = s.id
    left join reports on reports.site_id = s.id
    left join problems on problems.site_id = s.id
    left join given on given.site_id = s.id
    left join asked on asked.site_id = s.id
    where s.county = :county and s.kind = any(:kinds)
    """
)
