"""Who can be sent on a sweep: by department and certificate, not away, not on another team, not to be kept out."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..casework.recusals import Recusal, RecusalState
from ..targeting.draws.conflicts import OfficerConflict


def barred(session: Session, county: str, site_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """For each of these sites the people who must stay out of it: a declared interest that stands, or a recusal
    that was granted, also for one finding only.
    """
    found: dict[UUID, set[UUID]] = defaultdict(set)
    if not site_ids:
        return found
    declared = select(OfficerConflict.site_id, OfficerConflict.person_id).where(
        OfficerConflict.county == county,
        OfficerConflict.site_id.in_(site_ids),
        OfficerConflict.ended_at.is_(None),
    )
    granted = select(Recusal.site_id, Recusal.person_id).where(
        Recusal.county == county, Recusal.site_id.in_(site_ids), Recusal.state == RecusalState.GRANTED
    )
    for query in (declared, granted):
        for site_id, person_id in session.execute(query):
            found[site_id].add(person_id)
    return found
