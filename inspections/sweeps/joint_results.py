"""What a joint check found, department by department, and what became of it: order, hand-over, or nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..access import get, visible
from ..casework.findings import Finding, FindingState
from ..casework.handover_findings import HandoverFinding
from ..casework.handovers import Handover, HandoverState
from ..casework.orders import Order, OrderItem, OrderKind
from ..casework.penalising import is_latest
from ..errors import say
from ..field.checks import Check
from ..registry.departments import Department, DepartmentKind
from ..registry.people import Person
from ..registry.sites import Site
from ..vocabulary import Choice
from .joint import ORDER, department_names
from .stops import SweepStop
from .sweeps import Sweep
from .teams import SweepTeamMember

STANDING = (FindingState.CONFIRMED, FindingState.RECTIFYING)
SIGNERS = 2


class Route(Choice):
    """An order where the department's own officers were there to sign it; else its case is handed over."""

    ORDER = "order", say("开整改通知书")
    HANDOVER = "handover", say("移送该部门")


@dataclass(frozen=True)
class RoutedFinding:
    """`order`: the rectification order that names it, a draft too; `handover`: the one that stands."""

    finding: Finding
    order: Order | None
    handover: Handover | None

    @property
    def is_waiting(self) -> bool:
        """Whether it stands and nobody was written to about it."""
        return self.finding.state in STANDING and not self.order and not self.handover

    @property
    def is_open(self) -> bool:
        """Whether the desk has something to do: say whether it stands, or route it."""
        return self.finding.state is FindingState.PROPOSED or self.is_waiting


@dataclass(frozen=True)
class DepartmentPart:
    """`officers`: people of the department with a valid certificate who were there. `name` may be empty."""

    department: DepartmentKind | None
    name: str
    findings: tuple[RoutedFinding, ...]
    officers: tuple[Person, ...]

    @property
    def waiting(self) -> list[Finding]:
        return [each.finding for each in self.findings if each.is_waiting]

    @property
    def proposed(self) -> int:
        return sum(each.finding.state is FindingState.PROPOSED for each in self.findings)

    @property
    def open(self) -> int:
        return sum(each.is_open for each in self.findings)

    @property
    def route(self) -> Route:
        is_own = self.department in (None, DepartmentKind.EDUCATION)
        return Route.ORDER if is_own or len(self.officers) >= SIGNERS else Route.HANDOVER


@dataclass(frozen=True)
class JointResult:
    check: Check
    site: Site
    sweep: Sweep | None
    parts: tuple[DepartmentPart, ...]

    def part(self, department: DepartmentKind | None) -> DepartmentPart | None:
        return next((part for part in self.parts if part.department is department), None)


@dataclass(frozen=True)
class StopResult:
    """A stop of a sweep where a check was made, with what each department has there."""

    stop: SweepStop
    site: Site
    parts: tuple[DepartmentPart, ...]

    @property
    def open(self) -> int:
        return sum(part.open for part in self.parts)


def joint_result(session: Session, person: Person, check_id: UUID, today: date) -> JointResult:
    """Of a check that the person may see. Raises NotFound."""
    check = get(session, person, Check, check_id)
    found = findings_of_checks(session, person, [check.id]).get(check.id, [])
    officers = _officers(session, check, today)
    names = department_names(session, check.county)
    site = session.get_one(Site, (check.county, check.site_id))
    return JointResult(check, site, _sweep(session, check), _parts(found, names, officers))


def sweep_results(session: Session, person: Person, sweep: Sweep) -> list[StopResult]:
    """The stops with a check in the order of their sites' names, those with something left to do first."""
    query = (
        visible(person, SweepStop)
        .join(Site, (Site.county == SweepStop.county) & (Site.id == SweepStop.site_id))
        .where(SweepStop.sweep_id == sweep.id, SweepStop.check_id.is_not(None))
        .order_by(Site.name, Site.id)
    )
    rows = [(stop, site) for stop, site in session.execute(query.add_columns(Site))]
    found = findings_of_checks(session, person, [stop.check_id for stop, _ in rows if stop.check_id])
    names = department_names(session, sweep.county)
    results = [
        StopResult(stop, site, _parts(found.get(stop.check_id, []), names, {}))
        for stop, site in rows
        if stop.check_id
    ]
    return sorted(results, key=lambda each: not each.open)


def findings_of_checks(
    session: Session, person: Person, check_ids: Collection[UUID]
) -> dict[UUID, list[RoutedFinding]]:
    """What checks found, in the order of the sheet's items, with the paper that each is named in."""
    query = visible(person, Finding).where(Finding.check_id.in_(check_ids))
    findings = session.scalars(query.order_by(Finding.item_code, Finding.id)).all()
    ids = [finding.id for finding in findings]
    orders, handovers = _orders(session, person.county, ids), _handovers(session, person.county, ids)
    found: dict[UUID, list[RoutedFinding]] = {}
    for finding in findings:
        assert finding.check_id
        routed = RoutedFinding(finding, orders.get(finding.id), handovers.get(finding.id))
        found.setdefault(finding.check_id, []).append(routed)
    return found


def _parts(
    found: Sequence[RoutedFinding],
    names: dict[DepartmentKind, str],
    officers: dict[DepartmentKind, list[Person]],
) -> tuple[DepartmentPart, ...]:
    kinds = {each.finding.department for each in found}
    return tuple(
        DepartmentPart(
            kind,
            names.get(kind, "") if kind else "",
            tuple(each for each in found if each.finding.department is kind),
            tuple(officers.get(kind, ())) if kind else (),
        )
        for kind in (*ORDER, None)
        if kind in kinds
    )


def _orders(session: Session, county: str, ids: Collection[UUID]) -> dict[UUID, Order]:
    query = (
        select(OrderItem.finding_id, Order)
        .join(Order, (Order.county == OrderItem.county) & (Order.id == OrderItem.order_id))
        .where(
            OrderItem.county == county, OrderItem.finding_id.in_(ids), OrderItem.is_live,
            OrderItem.kind == OrderKind.RECTIFICATION,
        )
    )  # fmt: skip
    return {row[0]: row[1] for row in session.execute(query)}


def _handovers(session: Session, county: str, ids: Collection[UUID]) -> dict[UUID, Handover]:
    """Those that stand; one that was taken back or sent back leaves its problems to be routed anew."""
    gone = (HandoverState.WITHDRAWN, HandoverState.RETURNED)
    further = (HandoverFinding.county == Handover.county) & (HandoverFinding.handover_id == Handover.root_id)
    query = (
        select(Handover, HandoverFinding.finding_id)
        .outerjoin(HandoverFinding, further)
        .where(Handover.county == county, is_latest(Handover), Handover.state.not_in(gone))
        .where(or_(Handover.finding_id.in_(ids), HandoverFinding.finding_id.in_(ids)))
    )
    found: dict[UUID, Handover] = {}
    for handover, finding_id in session.execute(query):
        found |= {each: handover for each in (handover.finding_id, finding_id) if each}
    return found


def _officers(session: Session, check: Check, today: date) -> dict[DepartmentKind, list[Person]]:
    """Who was there and may sign, by department: the check's two first, then the rest of the team."""
    team = (
        select(SweepTeamMember.person_id)
        .join(
            SweepStop,
            (SweepStop.county == SweepTeamMember.county) & (SweepStop.team_id == SweepTeamMember.team_id),
        )
        .where(SweepStop.county == check.county, SweepStop.check_id == check.id, SweepTeamMember.left_at.is_(None))
    )
    first = [each for each in (check.person_id, check.second_person_id) if each]
    query = (
        select(Person, Department.kind)
        .join(Department, (Department.county == Person.county) & (Department.id == Person.department_id))
        .where(Person.county == check.county, or_(Person.id.in_(first), Person.id.in_(team)))
        .order_by(Person.name, Person.id)
    )
    rows = sorted(session.execute(query).unique().all(), key=lambda row: row[0].id not in first)
    found: dict[DepartmentKind, list[Person]] = {}
    for person, kind in rows:
        if person.is_active and person.certificate_on(today):
            found.setdefault(kind, []).append(person)
    return found


def _sweep(session: Session, check: Check) -> Sweep | None:
    query = (
        select(Sweep)
        .join(SweepStop, (SweepStop.county == Sweep.county) & (SweepStop.sweep_id == Sweep.id))
        .where(SweepStop.county == check.county, SweepStop.check_id == check.id)
    )
    return session.scalars(query).first()
