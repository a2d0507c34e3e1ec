"""What a form for a penalty or a hand-over offers to choose from."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import visible
from ..registry.departments import Department
from ..registry.people import Person
from ..registry.sites import Site
from .findings import Finding, FindingState

MOST_OFFERED = 100


@dataclass(frozen=True)
class MeasureSheet:
    """The problems of the site that it may be for, and the departments of the county."""

    findings: Sequence[Finding]
    departments: Sequence[str]


def measure_sheet(session: Session, person: Person, site: Site) -> MeasureSheet:
    stands = visible(person, Finding).where(
        Finding.site_id == site.id, Finding.state.not_in([FindingState.PROPOSED, FindingState.REJECTED])
    )
    findings = session.scalars(stands.order_by(Finding.found_at.desc(), Finding.id).limit(MOST_OFFERED)).all()
    names = select(Department.name).where(Department.county == person.county).order_by(Department.name)
    return MeasureSheet(findings, session.scalars(names.limit(MOST_OFFERED)).all())
