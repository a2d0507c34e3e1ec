"""How often a site was inspected this year, against the yearly cap of enterprises (国办发〔2024〕54号).

Inspections by certified officers count. What answers a tip or an assignment, re-checks a problem, or was the
site's own doing doesn't; nor does a lead, which is looked at from outside.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...field.checks import Check, CheckKind, Standing
from ...field.tasks import Task, TaskState

EXEMPT_KINDS = (CheckKind.TIP, CheckKind.RECHECK, CheckKind.SELF)
COUNTED = tuple(kind for kind in CheckKind if kind not in EXEMPT_KINDS)


def counted_since(
    session: Session, county: str, since: datetime, until: datetime, site_id: UUID | None = None
) -> dict[UUID, int]:
    """Counted visits by site; sites without any are left out."""
    query = (
        select(Check.site_id, func.count())
        .where(
            Check.county == county,
            Check.standing == Standing.INSPECTION,
            Check.kind.in_(COUNTED),
            Check.device_finished_at >= since,
            Check.device_finished_at <= until,
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
