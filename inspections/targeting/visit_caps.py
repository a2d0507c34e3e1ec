"""How often a site was inspected this year, against the yearly cap of enterprises (国办发〔2024〕54号).

Inspections by certified officers count. What answers a tip, re-checks a problem or was the site's own doing
doesn't; nor does a lead, which is looked at from outside.
"""

from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..days import CHINA, day_of
from ..field.checks import Check, CheckKind, Standing
from ..registry.sites import SiteKind

EXEMPT_KINDS = (CheckKind.TIP, CheckKind.RECHECK, CheckKind.SELF)
# No county's own cap was found: until one is entered the product holds to two a year. Schools are no enterprises.
CAPS: dict[SiteKind, int] = {SiteKind.INSTITUTION: 2}


def visits_this_year(session: Session, county: str, now: datetime) -> dict[UUID, int]:
    """Counted visits of the calendar year up to a moment, by site; sites without any are left out."""
    since = datetime.combine(date(day_of(now).year, 1, 1), time(), CHINA).astimezone(UTC)
    query = (
        select(Check.site_id, func.count())
        .where(
            Check.county == county,
            Check.standing == Standing.INSPECTION,
            Check.kind.not_in(EXEMPT_KINDS),
            Check.device_finished_at >= since,
            Check.device_finished_at <= now,
        )
        .group_by(Check.site_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}
