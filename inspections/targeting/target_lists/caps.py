"""How often a site was inspected this year, against the yearly cap of enterprises (国办发〔2024〕54号).

Inspections by certified officers count. What answers a tip or an assignment, re-checks a problem, or was the
site's own doing doesn't; nor does a lead, which is looked at from outside. What several departments do in one
sweep is one visit 综合查一次, however many records they make; one that was exempt in the plan is none.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, distinct, func, or_, select
from sqlalchemy.orm import Session

from ...field.checks import Check, CheckKind, Standing
from ...field.tasks import Task, TaskState
from ...sweeps.stops import SweepStop
from ...sweeps.sweeps import Sweep

EXEMPT_KINDS = (CheckKind.TIP, CheckKind.RECHECK, CheckKind.SELF)
COUNTED = tuple(kind for kind in CheckKind if kind not in EXEMPT_KINDS)
# A record whose phone's clock is off, or that was finished after the sweep had ended, is of the sweep all the same
AROUND = timedelta(hours=6)


def counted_since(
    session: Session, county: str, since: datetime, until: datetime, site_id: UUID | None = None
) -> dict[UUID, int]:
    """Counted visits by site; sites without any are left out."""
    stop = _stops(county).subquery()
    in_sweep = and_(
        stop.c.site_id == Check.site_id,
        Check.kind == CheckKind.SWEEP,
        or_(stop.c.check_id == Check.id, Check.device_finished_at.between(stop.c.begins, stop.c.ends)),
    )
    query = (
        select(Check.site_id, func.count(distinct(func.coalesce(stop.c.sweep_id, Check.id))))
        .outerjoin(stop, in_sweep)
        .where(
            Check.county == county,
            Check.standing == Standing.INSPECTION,
            Check.kind.in_(COUNTED),
            Check.device_finished_at >= since,
            Check.device_finished_at <= until,
            func.coalesce(stop.c.exemption, "") == "",
        )
        .group_by(Check.site_id)
    )
    if site_id:
        query = query.where(Check.site_id == site_id)
    return {row[0]: row[1] for row in session.execute(query)}


def planned(session: Session, county: str, site_id: UUID) -> int:
    """Open tasks at a site whose visits will count."""
    query = select(func.count()).where(
        Task.county == county,
        Task.site_id == site_id,
        Task.state == TaskState.OPEN,
        Task.kind.in_(COUNTED),
    )
    return session.scalar(query) or 0


def _stops(county: str) -> Select[Any]:
    """The stops of sweeps that were released, with the hours in which a check there is the sweep's."""
    return (
        select(
            SweepStop.sweep_id,
            SweepStop.site_id,
            SweepStop.check_id,
            SweepStop.plan["exemption"].astext.label("exemption"),
            (Sweep.released_at - AROUND).label("begins"),
            (func.coalesce(Sweep.ended_at, Sweep.ends_at) + AROUND).label("ends"),
        )
        .join(Sweep, (Sweep.county == SweepStop.county) & (Sweep.id == SweepStop.sweep_id))
        .where(SweepStop.county == county, Sweep.released_at.is_not(None))
    )
