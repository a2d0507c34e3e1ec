"""Penalties and hand-overs of a site or a problem, and what their forms offer to choose from."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import visible
from ..registry.departments import Department
from ..registry.people import Person
from ..registry.sites import Site
from .findings import Finding, FindingState
from .handing_over import handovers_of
from .handover_findings import is_about
from .handovers import Handover
from .penalising import penalties_of
from .penalties import Penalty

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


def penalties_of_site(session: Session, person: Person, site_id: UUID) -> Sequence[Penalty]:
    """As they stand now."""
    return penalties_of(session, person, Penalty.site_id == site_id)


def handovers_of_site(session: Session, person: Person, site_id: UUID) -> Sequence[Handover]:
    """As they stand now."""
    return handovers_of(session, person, Handover.site_id == site_id)


def penalties_of_finding(session: Session, person: Person, finding: Finding) -> Sequence[Penalty]:
    """As they stand now."""
    return penalties_of(session, person, Penalty.finding_id == finding.id)


def handovers_of_finding(session: Session, person: Person, finding: Finding) -> Sequence[Handover]:
    """As they stand now."""
    return handovers_of(session, person, is_about(finding.id))
