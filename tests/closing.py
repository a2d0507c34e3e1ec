"""Closures as a re-check leaves them."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspections.casework.closures import Closure
from inspections.casework.findings import Finding, FindingState
from inspections.casework.rechecks import Recheck, RecheckOutcome
from inspections.field.checks import Check
from inspections.field.photos import Photo
from inspections.registry.people import Person
from tests.casefile import make_photo


def close(
    session: Session,
    finding: Finding,
    check: Check,
    person: Person,
    at: datetime,
    reopened_at: datetime | None = None,
) -> Closure:
    recheck = Recheck(
        county=finding.county, check_id=check.id, finding_id=finding.id, outcome=RecheckOutcome.FIXED
    )
    session.add(recheck)
    session.flush()
    shown = session.scalar(select(func.count()).select_from(Photo).where(Photo.check_id == check.id)) or 0
    make_photo(session, check, shown, finding_id=finding.id)
    closure = Closure(
        county=finding.county,
        finding_id=finding.id,
        recheck_id=recheck.id,
        closed_by_id=person.id,
        closed_at=at,
    )
    if reopened_at is not None:
        closure.reopened_at = max(reopened_at, at + timedelta(seconds=1))
        closure.reopened_by_id, closure.reopened_reason = person.id, "又发现同样的问题"
    else:
        finding.state, finding.struck_off_at = FindingState.STRUCK_OFF, at
    session.add(closure)
    session.flush()
    return closure
