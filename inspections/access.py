"""Who may see and do what. Rows are fetched through `visible`, so a forgotten check shows nothing.

Row-level security has already cut away other counties; this module narrows by role inside one.
"""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session

from .canvass.campaigns import CanvassCampaign
from .canvass.visit_conflicts import VisitConflict
from .canvass.visits import CanvassVisit
from .casework.approvals import Approval
from .casework.case_officers import CaseOfficers
from .casework.closures import Closure
from .casework.findings import Finding
from .casework.handover_findings import HandoverFinding
from .casework.handovers import Handover
from .casework.interview_corrections import InterviewCorrection
from .casework.invitations import Invitation
from .casework.legal_reviews import LegalReview
from .casework.orders import Order, OrderItem
from .casework.penalties import Penalty
from .casework.proofs import Proof
from .casework.rechecks import Recheck
from .casework.recusals import Recusal
from .casework.responses import Response
from .casework.services import Service
from .casework.steps import Step
from .db import Model
from .errors import Forbidden, NotFound
from .field.checks import Check, CheckConflict
from .field.parcels import Parcel
from .field.phones import Phone
from .field.photos import Photo
from .field.tasks import Task
from .intake.clues import Clue
from .intake.complainants import Complainant, ComplainantOpening
from .intake.tip_files import TipFile
from .intake.tip_moves import TipMove
from .intake.tips import Tip
from .intake.whistles import Whistle, WhistleDepartment
from .ledger.items import LedgerItem
from .ledger.owners import Owner
from .registry.grid.drafts import CellDraft
from .registry.grid_cells import GridCell
from .registry.people import Person, Role
from .registry.site_conflicts import SiteConflict
from .registry.site_edits import SiteEdit
from .registry.sites import Site
from .reporting.bulletins.bulletins import Bulletin, BulletinCase, BulletinSection
from .reporting.figures.snapshots import FigureSnapshot
from .reporting.model_cases import ModelCase
from .rules.judgements import Judgement
from .rules.observations import Observation
from .selfcheck.campaigns import SelfCheck, SelfCheckCampaign
from .special_campaigns import narrowing as campaigns
from .sweeps import narrowing as sweeps
from .sweeps.away import AwayTime
from .targeting.target_lists.lists import TargetEntry, TargetList
from .targeting.warnings.warnings import EarlyWarning

Row = TypeVar("Row", bound=Model)

OFFICE = frozenset({Role.DISPATCHER, Role.DIRECTOR, Role.AUDITOR})
FIELD = frozenset({Role.INSPECTOR, Role.GRID_WORKER, Role.ENFORCER, Role.VOLUNTEER, Role.TOWNSHIP_ADMIN})
HEADS = frozenset({Role.SCHOOL_USER, Role.INSTITUTION_USER})

VERBS: dict[str, frozenset[Role]] = {
    "desk.open": OFFICE | {Role.TOWNSHIP_ADMIN, Role.LEGAL_REVIEWER},
    "map.see": OFFICE | {Role.TOWNSHIP_ADMIN, Role.LEGAL_REVIEWER, Role.OPERATOR},
    "field.open": FIELD | {Role.DISPATCHER},
    "site.create": FIELD | {Role.DISPATCHER},
    "site.edit": frozenset({Role.DISPATCHER}),
    "site.observe": frozenset(
        {Role.INSPECTOR, Role.ENFORCER, Role.GRID_WORKER, Role.TOWNSHIP_ADMIN, Role.DISPATCHER}
    ),
    "check.create": FIELD | {Role.DISPATCHER},
    "finding.confirm": frozenset({Role.DISPATCHER, Role.INSPECTOR, Role.ENFORCER}),
    "approval.ask": frozenset({Role.DISPATCHER}),
    "approval.decide": frozenset({Role.DIRECTOR}),
    "finding.close": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "task.assign": frozenset({Role.DISPATCHER, Role.DIRECTOR, Role.TOWNSHIP_ADMIN}),
    "checklist.edit": frozenset({Role.DISPATCHER}),
    "checklist.publish": frozenset({Role.DIRECTOR}),
    "hotspot.run": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "hotspot.see": OFFICE,
    "target.see": OFFICE,
    "target.plan": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "warning.see": OFFICE | {Role.TOWNSHIP_ADMIN},
    "warning.handle": frozenset({Role.DISPATCHER, Role.DIRECTOR, Role.TOWNSHIP_ADMIN}),
    "warning.set": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "warning.send": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "backtest.see": OFFICE,
    "backtest.run": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "risk.train": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "risk.activate": frozenset({Role.DIRECTOR}),
    "list.import": frozenset({Role.DISPATCHER}),
    "conflict.decide": frozenset({Role.DISPATCHER}),
    "parcel.decide": frozenset({Role.DISPATCHER}),
    "fact.record": frozenset({Role.DISPATCHER, Role.INSPECTOR, Role.ENFORCER}),
    "rule.edit": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "calendar.edit": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "order.draft": frozenset({Role.DISPATCHER}),
    "order.issue": frozenset({Role.DIRECTOR}),
    "order.serve": frozenset({Role.DISPATCHER}),
    "order.review": frozenset({Role.LEGAL_REVIEWER}),
    "recusal.ask": frozenset({Role.DISPATCHER}),
    "recusal.decide": frozenset({Role.DIRECTOR}),
    "finding.hand_over": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "view.share": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "owner.set": frozenset({Role.DISPATCHER}),
    "order.number": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "figure.edit": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "figure.freeze": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "figure.deliver": frozenset({Role.DIRECTOR}),
    "grant.give": frozenset({Role.DIRECTOR}),
    "level.open": frozenset({Role.SUPERIOR}),
    "case.record": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "schedule.edit": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "step.prepare": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "step.decide": frozenset({Role.DIRECTOR}),
    "step.record": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "ladder.edit": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "penalty.record": frozenset({Role.DISPATCHER}),
    "handover.record": frozenset({Role.DISPATCHER}),
    "order.invite": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "response.send": HEADS,
    "self_check.manage": frozenset({Role.DISPATCHER}),
    "response.decide": frozenset({Role.DISPATCHER}),
    "template.see": frozenset({Role.DISPATCHER, Role.DIRECTOR, Role.AUDITOR}),
    "template.bring": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "template.activate": frozenset({Role.DIRECTOR}),
    "document.freeze": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "bulletin.see": OFFICE | {Role.TOWNSHIP_ADMIN},
    "bulletin.edit": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "bulletin.sign": frozenset({Role.DIRECTOR}),
    "bulletin.publish": frozenset({Role.DIRECTOR}),
    "score.see": OFFICE | {Role.TOWNSHIP_ADMIN},
    "score.edit": frozenset({Role.DIRECTOR}),
    "event.see": frozenset({Role.AUDITOR, Role.DIRECTOR}),
    "tip.take": frozenset({Role.DISPATCHER, Role.OPERATOR}),
    "tip.send": frozenset({Role.VOLUNTEER, Role.GRID_WORKER, Role.INSPECTOR, Role.TOWNSHIP_ADMIN}),
    "tip.triage": frozenset({Role.DISPATCHER}),
    "tip.handle": frozenset({Role.DISPATCHER, Role.TOWNSHIP_ADMIN}),
    "tip.key": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "whistle.blow": frozenset({Role.TOWNSHIP_ADMIN, Role.DISPATCHER}),
    "whistle.answer": frozenset({Role.DISPATCHER, Role.ENFORCER}),
    "complainant.open": frozenset({Role.DISPATCHER}),
    "complainant.approve": frozenset({Role.DIRECTOR}),
    "complainant.audit": frozenset({Role.AUDITOR, Role.DIRECTOR}),
    "cell.edit": frozenset({Role.DISPATCHER, Role.TOWNSHIP_ADMIN}),
    "canvass.plan": frozenset({Role.DISPATCHER, Role.TOWNSHIP_ADMIN}),
    "canvass.record": frozenset(
        {Role.GRID_WORKER, Role.INSPECTOR, Role.ENFORCER, Role.TOWNSHIP_ADMIN, Role.DISPATCHER}
    ),
    "coverage.see": OFFICE | {Role.TOWNSHIP_ADMIN},
    "site.locate": frozenset({Role.DISPATCHER, Role.TOWNSHIP_ADMIN}),
    "site.link": frozenset({Role.DISPATCHER}),
    "coverage.set": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "public_list.publish": frozenset({Role.DIRECTOR}),
    "draw.see": OFFICE,
    "draw.make": frozenset({Role.DISPATCHER}),
    "draw.publish": frozenset({Role.DIRECTOR}),
    "sweep.see": OFFICE | {Role.ENFORCER, Role.INSPECTOR, Role.TOWNSHIP_ADMIN, Role.GRID_WORKER},
    "sweep.plan": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "sweep.command": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
    "sweep.take_part": frozenset(
        {Role.ENFORCER, Role.INSPECTOR, Role.GRID_WORKER, Role.TOWNSHIP_ADMIN, Role.DISPATCHER}
    ),
    "campaign.see": OFFICE | {Role.TOWNSHIP_ADMIN},
    "campaign.plan": frozenset({Role.DISPATCHER, Role.DIRECTOR}),
}


def can(person: Person, verb: str) -> bool:
    """Does any of the person's roles allow the verb? An unknown verb is a mistake and raises KeyError."""
    return not person.roles.isdisjoint(VERBS[verb])


def require(person: Person, verb: str) -> None:
    """Raise Forbidden unless the person may."""
    if not can(person, verb):
        raise Forbidden


def visible(person: Person, model: type[Row]) -> Select[Row]:
    """Rows of a table that the person may see: the start of every query for them."""
    query = select(model).where(model.county == person.county)  # type: ignore[attr-defined]
    if not person.roles.isdisjoint(OFFICE):
        return query
    narrow = NARROWED.get(model)
    return query.where(narrow(person)) if narrow else query


def get(session: Session, person: Person, model: type[Row], row_id: UUID) -> Row:
    """The row of that id if the person may see it, else NotFound: absent and hidden look the same."""
    found = session.scalars(visible(person, model).where(model.id == row_id)).one_or_none()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound
    return found


def own_township(person: Person) -> list[str] | None:
    """The ids of the townships whose sites are all that the person sees; None for who sees the whole county.

    For queries that can't start from `visible`: it says the same as `_sites`.
    """
    if person.roles == {Role.TOWNSHIP_ADMIN}:
        return [str(person.township_id)] if person.township_id else []
    return [] if person.roles <= HEADS else None


def _sites(person: Person) -> Any:
    """Field people see the county's sites (they may be sent anywhere); a head sees the own one."""
    if person.roles <= HEADS:
        return Site.id == person.site_id if person.site_id else false()
    if person.roles == {Role.TOWNSHIP_ADMIN}:
        return _of_township(Site, person)
    return Site.id.is_not(None)


def _at_visible_site(model: Any) -> Any:
    return lambda person: model.site_id.in_(select(Site.id).where(Site.county == person.county, _sites(person)))


def _tips(person: Person) -> Any:
    """Tips are for the office and the township they lie in, and one's own for who took or sent them; inspectors
    learn of others through their tasks.
    """
    own = Tip.taken_by_id == person.id
    return or_(own, _of_township(Tip, person)) if person.has(Role.TOWNSHIP_ADMIN) else own


def _whistles(person: Person) -> Any:
    """A township's own; and, for its people, those that a department was called by."""
    called = select(WhistleDepartment.whistle_id).where(
        WhistleDepartment.county == person.county, _of_own_department(person)
    )
    return or_(_of_own_township(Whistle, person), Whistle.id.in_(called))


def _of_own_department(person: Person) -> Any:
    has_one = person.has(Role.ENFORCER) and person.department_id
    return WhistleDepartment.department_id == person.department_id if has_one else false()


def _of_own_township(model: Any, person: Person) -> Any:
    return _of_township(model, person) if person.has(Role.TOWNSHIP_ADMIN) else false()


def _of_township(model: Any, person: Person) -> Any:
    # `== None` would show someone without a township all that lies in none
    return model.township_id == person.township_id if person.township_id else false()


def _of_visible_check(model: Any) -> Any:
    return lambda person: model.check_id.in_(
        select(Check.id).where(Check.county == person.county, NARROWED[Check](person))
    )


def _of_visible_order(model: Any) -> Any:
    return lambda person: model.order_id.in_(
        select(Order.id).where(Order.county == person.county, NARROWED[Order](person))
    )


def _of_visible_finding(model: Any) -> Any:
    return lambda person: model.finding_id.in_(
        select(Finding.id).where(Finding.county == person.county, NARROWED[Finding](person))
    )


def _of_visible_tip(model: Any) -> Any:
    return lambda person: model.tip_id.in_(
        select(Tip.id).where(Tip.county == person.county, NARROWED[Tip](person))
    )


def _phones(person: Person) -> Any:
    """One's own; and, for the head of a township, those of its people."""
    of_township = select(Person.id).where(Person.county == person.county, _of_township(Person, person))
    own = Phone.person_id == person.id
    return or_(own, Phone.person_id.in_(of_township)) if person.has(Role.TOWNSHIP_ADMIN) else own


def _ground(person: Person) -> Any:
    """Field people find their way by the county's cells; the head of a township answers for its own."""
    if person.has(Role.TOWNSHIP_ADMIN):
        return _of_township(GridCell, person)
    return false() if person.roles <= HEADS else GridCell.id.is_not(None)


def _published(person: Person) -> Any:
    """Outside of the office a bulletin is read once it is published; what was withdrawn stays as a notice."""
    return Bulletin.published_at.is_not(None) if person.has(Role.TOWNSHIP_ADMIN) else false()


NARROWED: dict[Any, Any] = {
    **sweeps.NARROWED,
    **campaigns.NARROWED,
    Site: _sites,
    Check: _at_visible_site(Check),
    Finding: _at_visible_site(Finding),
    LedgerItem: _at_visible_site(LedgerItem),
    Order: _at_visible_site(Order),
    FigureSnapshot: lambda person: _of_township(FigureSnapshot, person),
    ModelCase: _at_visible_site(ModelCase),
    OrderItem: _of_visible_order(OrderItem),
    Invitation: _of_visible_order(Invitation),
    Response: _of_visible_order(Response),
    Proof: _at_visible_site(Proof),
    SelfCheck: _at_visible_site(SelfCheck),
    SelfCheckCampaign: lambda person: SelfCheckCampaign.id.in_(
        select(SelfCheck.campaign_id).where(SelfCheck.county == person.county, NARROWED[SelfCheck](person))
    ),
    SiteConflict: _at_visible_site(SiteConflict),
    SiteEdit: _at_visible_site(SiteEdit),
    Tip: _tips,
    TipFile: _of_visible_tip(TipFile),
    Complainant: _of_visible_tip(Complainant),
    ComplainantOpening: lambda person: ComplainantOpening.asked_by_id == person.id,
    TipMove: lambda person: TipMove.tip_id.in_(
        select(Tip.id).where(Tip.county == person.county, NARROWED[Tip](person))
    ),
    Whistle: lambda person: _whistles(person),
    WhistleDepartment: lambda person: or_(
        _of_own_department(person),
        WhistleDepartment.whistle_id.in_(
            select(Whistle.id).where(Whistle.county == person.county, _of_own_township(Whistle, person))
        ),
    ),
    Clue: lambda person: or_(
        Clue.tip_id.in_(select(Tip.id).where(Tip.county == person.county, NARROWED[Tip](person))),
        _at_visible_site(Clue)(person),
    ),
    GridCell: _ground,
    CellDraft: lambda person: _of_township(CellDraft, person) if person.has(Role.TOWNSHIP_ADMIN) else false(),
    CanvassCampaign: lambda person: (
        or_(CanvassCampaign.township_id.is_(None), _of_township(CanvassCampaign, person))
        if person.has(Role.TOWNSHIP_ADMIN)
        else false()
    ),
    CanvassVisit: lambda person: or_(
        CanvassVisit.person_id == person.id,
        CanvassVisit.cell_id.in_(
            select(GridCell.id).where(GridCell.county == person.county, _of_township(GridCell, person))
        )
        if person.has(Role.TOWNSHIP_ADMIN)
        else false(),
    ),
    TargetList: lambda person: false(),  # where somebody will come unannounced is for the office alone
    TargetEntry: lambda person: false(),
    AwayTime: lambda person: AwayTime.person_id == person.id,
    Photo: _of_visible_check(Photo),
    CheckConflict: _of_visible_check(CheckConflict),
    Observation: _of_visible_check(Observation),
    Judgement: _of_visible_check(Judgement),
    Recheck: _of_visible_finding(Recheck),
    Closure: _of_visible_finding(Closure),
    Approval: _of_visible_finding(Approval),
    CaseOfficers: _of_visible_finding(CaseOfficers),
    Recusal: _at_visible_site(Recusal),
    LegalReview: _of_visible_order(LegalReview),
    Service: _of_visible_order(Service),
    Step: _of_visible_finding(Step),
    InterviewCorrection: lambda person: InterviewCorrection.step_id.in_(
        select(Step.id).where(Step.county == person.county, NARROWED[Step](person))
    ),
    Owner: _of_visible_finding(Owner),
    Penalty: _at_visible_site(Penalty),
    Handover: _at_visible_site(Handover),
    HandoverFinding: _of_visible_finding(HandoverFinding),
    Bulletin: _published,
    BulletinSection: lambda person: false(),
    BulletinCase: lambda person: false(),
    VisitConflict: lambda person: VisitConflict.visit_id.in_(
        select(CanvassVisit.id).where(CanvassVisit.county == person.county, NARROWED[CanvassVisit](person))
    ),
    Phone: _phones,
    EarlyWarning: lambda person: or_(EarlyWarning.person_id == person.id, _of_own_township(EarlyWarning, person)),
    Parcel: lambda person: or_(Parcel.author_id == person.id, Parcel.carried_by_id == person.id),
    Task: lambda person: or_(Task.assignee_id == person.id, Task.created_by_id == person.id),
}
