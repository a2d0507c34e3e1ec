"""One finding as it is read at the desk: where it stands, what comes next, and all that was done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.coordinates import LonLat

from ..access import get
from ..errors import Message
from ..field.checks import Check
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.site_file import place_of
from ..registry.sites import Site
from ..rules.proposals import rules_behind
from ..rules.rules import Rule
from .approvals import Approval, extensions_of, pending_of
from .closing import returned
from .deadlines import Deadline
from .findings import Finding, FindingState
from .handing_on import InCharge, who_is_in_charge
from .handovers import Handover
from .measure_file import handovers_of_finding, penalties_of_finding
from .next_steps import NextStep, next_step
from .orders import OrderItem, served_item_of
from .penalties import Penalty
from .proof import Evidence, read_evidence
from .proofs import Proof, proofs_in
from .recheck_file import RecheckRow, rechecks_of_finding
from .recusals import Recusal, RecusalState, recusals_of
from .signing import list_officers
from .step_file import StepRow, steps_of
from .timeline import Entry, timeline

STANDING = {FindingState.CONFIRMED, FindingState.RECTIFYING}


@dataclass(frozen=True)
class FindingFile:
    """`evidence` is asked for while the finding stands; `warning` is said of a deadline that had to be guessed."""

    finding: Finding
    site: Site
    place: LonLat | None
    township: str | None
    check: Check | None
    rule: Rule | None
    item: OrderItem | None
    warning: Message | None
    next: NextStep
    evidence: Evidence
    pending: Approval | None
    pending_proofs: Sequence[Proof]
    extensions: int
    recusals: list[Recusal]
    names: dict[UUID, str]
    in_charge: list[InCharge]
    rechecks: list[RecheckRow]
    entries: list[Entry]
    steps: list[StepRow]
    penalties: Sequence[Penalty]
    handovers: Sequence[Handover]

    @property
    def is_standing(self) -> bool:
        return self.finding.state in STANDING

    @property
    def wrong_officers(self) -> list[Message]:
        return [each.wrong for each in self.in_charge if each.wrong] if self.is_standing else []

    @property
    def asked_recusals(self) -> list[tuple[Recusal, str]]:
        """Those that wait for the leader, with the name of who would stay out."""
        return [(each, self.names[each.person_id]) for each in self.recusals if each.state is RecusalState.ASKED]


def read_finding_file(session: Session, person: Person, finding_id: UUID, today: date) -> FindingFile:
    """The file of a finding that the person may see. Raises NotFound."""
    finding = get(session, person, Finding, finding_id)
    site = session.get_one(Site, (finding.county, finding.site_id))
    item = served_item_of(session, finding)
    evidence = read_evidence(session, finding) if finding.state in STANDING else Evidence()
    pending, recusals = pending_of(session, finding), list(recusals_of(session, finding))
    again = returned(session, finding) if finding.state is FindingState.STRUCK_OFF else None
    return FindingFile(
        finding=finding,
        site=site,
        place=place_of(session, site),
        township=_township(session, site),
        check=session.get(Check, (finding.county, finding.check_id)) if finding.check_id else None,
        rule=rules_behind(session, person, [finding]).get(finding.id),
        item=item,
        warning=_warning(session, item),
        next=next_step(session, finding, evidence, pending, recusals, again, today),
        evidence=evidence,
        pending=pending,
        pending_proofs=proofs_in(session, finding.county, pending.form_id) if pending and pending.form_id else (),
        extensions=extensions_of(session, finding),
        recusals=recusals,
        names={each.person_id: session.get_one(Person, (each.county, each.person_id)).name for each in recusals},
        in_charge=who_is_in_charge(session, finding, today),
        rechecks=rechecks_of_finding(session, person, finding),
        entries=timeline(session, person, finding),
        steps=steps_of(session, person, finding),
        penalties=penalties_of_finding(session, person, finding),
        handovers=handovers_of_finding(session, person, finding),
    )


def officers_for(session: Session, person: Person, today: date) -> Sequence[Person]:
    """Who can be put in charge."""
    return list_officers(session, person, today)


def _township(session: Session, site: Site) -> str | None:
    query = select(Area.name).where(Area.county == site.county, Area.id == site.township_id)
    return session.scalar(query) if site.township_id else None


def _warning(session: Session, item: OrderItem | None) -> Message | None:
    """The year that the deadline had to be guessed in."""
    if item is None or item.due_on is None or not item.is_provisional:
        return None
    return Deadline(item.due_on, item.due_on.year).warning
