"""Credit grades A to D, by which shares differ 差异化抽查: worked out from the records by rules anyone can read.

D: on the black list, or two confirmed problems within a year. C: one, or papers that are incomplete. A: papers
complete, none within two years, and looked at within that time or on the white list. B: all others.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...casework.findings import Finding, FindingState
from ...field.checks import Check
from ...registry.sites import LicenceState, PublicList, Site, SiteKind

YEAR = timedelta(days=365)
TRUE = (FindingState.CONFIRMED, FindingState.RECTIFYING, FindingState.STRUCK_OFF)


def grades_of(session: Session, county: str, sites: list[Site], now: datetime) -> dict[UUID, str]:
    lately = _confirmed(session, county, now - YEAR, now)
    before = _confirmed(session, county, now - 2 * YEAR, now)
    seen = set(
        session.scalars(
            select(Check.site_id)
            .distinct()
            .where(
                Check.county == county, Check.device_finished_at > now - 2 * YEAR, Check.device_finished_at <= now
            )
        )
    )
    return {
        site.id: _grade(site, lately.get(site.id, 0), before.get(site.id, 0), site.id in seen) for site in sites
    }


def _grade(site: Site, lately: int, before: int, is_seen: bool) -> str:
    # A school's papers are not on the lists that institutions' papers stand on
    has_papers = site.kind is SiteKind.SCHOOL or site.licence_state is LicenceState.COMPLETE
    if site.public_list is PublicList.BLACK or lately >= 2:
        return "D"
    if lately or not has_papers:
        return "C"
    return "A" if not before and (is_seen or site.public_list is PublicList.WHITE) else "B"


def _confirmed(session: Session, county: str, since: datetime, until: datetime) -> dict[UUID, int]:
    query = (
        select(Finding.site_id, func.count())
        .where(
            Finding.county == county,
            Finding.state.in_(TRUE),
            Finding.found_at > since,
            Finding.found_at <= until,
        )
        .group_by(Finding.site_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}
