"""Where figures come from: each function gives the records of a selection, as a query of `id` and `n`.

What counts is read from moments that never change (when it was done, arrived, confirmed, closed, taken back), so
that the same selection gives the same records later. The kind, place and zone of a site are those of today.
"""

from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, or_, select, union

from ...casework.closures import Closure
from ...casework.findings import Finding, FindingState
from ...casework.interview_corrections import InterviewCorrection
from ...casework.orders import Order, OrderKind
from ...casework.steps import Step, StepKind, StepState
from ...field.checks import Check, CheckKind
from ...registry.people import PersonRole, Role
from ...registry.sites import Site
from ..model_cases import ModelCase
from .figure import Conditions
from .selection import Selection

ONE: Any = literal(1).label("n")
COUNTED_BY_HEADS = {StepKind.INTERVIEW, StepKind.ACCOUNTABILITY}  # 人次; the others are counted by pieces


def _inspectors(selection: Selection) -> Any:
    return select(PersonRole.person_id).where(
        PersonRole.county == selection.county, PersonRole.role == Role.INSPECTOR
    )


def _at_site(model: Any) -> Any:
    return and_(Site.county == model.county, Site.id == model.site_id)


def _visits(selection: Selection, only: Conditions) -> Any:
    """Conditions: a visit on the spot, which a school's own check of itself is not."""
    return and_(
        Check.county == selection.county,
        Check.kind != CheckKind.SELF,
        Check.received_at <= selection.as_of,
        selection.during(Check.device_finished_at),
        selection.here(),
        *only,
    )


def visited_sites(selection: Selection, only: Conditions) -> Select[Any]:
    """Sites that an inspector went to."""
    went = or_(Check.person_id.in_(_inspectors(selection)), Check.second_person_id.in_(_inspectors(selection)))
    visits = select(Check.site_id).join(Site, _at_site(Check)).where(_visits(selection, only), went)
    found = visits.distinct().subquery()
    return select(found.c.site_id.label("id"), ONE)


def inspectors_sent(selection: Selection, only: Conditions) -> Select[Any]:
    """Inspectors who went to a site, as the first or the second of a check."""
    went = [
        select(column.label("id")).join(Site, _at_site(Check)).where(_visits(selection, only))
        for column in (Check.person_id, Check.second_person_id)
    ]
    found = union(*went).subquery()
    return select(found.c.id, ONE).where(found.c.id.in_(_inspectors(selection)))


def orders_issued(kind: OrderKind) -> Any:
    """Orders of a kind that were signed, but for those taken back again."""

    def found(selection: Selection, only: Conditions) -> Select[Any]:
        return (
            select(Order.id, ONE)
            .join(Site, _at_site(Order))
            .where(
                Order.kind == kind,
                selection.during(Order.issued_at),
                or_(Order.withdrawn_at.is_(None), Order.withdrawn_at > selection.as_of),
                selection.here(),
                *only,
            )
        )

    return found


def _standing(selection: Selection) -> Any:
    """Whether the finding was struck off at the moment asked about."""
    return exists().where(
        Closure.county == Finding.county,
        Closure.finding_id == Finding.id,
        Closure.closed_at <= selection.as_of,
        or_(Closure.reopened_at.is_(None), Closure.reopened_at > selection.as_of),
    )


def _problems(selection: Selection, only: Conditions, *columns: Any) -> Select[Any]:
    """Problems confirmed in the period. Whatever became of them, they were found."""
    return (
        select(*columns)
        .select_from(Finding)
        .join(Site, _at_site(Finding))
        .where(selection.during(Finding.confirmed_at), selection.here(), *only)
    )


def problems(selection: Selection, only: Conditions) -> Select[Any]:
    return _problems(selection, only, Finding.id, ONE)


def problems_done(selection: Selection, only: Conditions) -> Select[Any]:
    return problems(selection, only).where(_standing(selection))


def problems_in_progress(selection: Selection, only: Conditions) -> Select[Any]:
    return problems(selection, only).where(~_standing(selection))


def problems_struck_off(selection: Selection, only: Conditions) -> Select[Any]:
    """As the ledger shows them at present: what closures say must agree with it."""
    return problems(selection, only).where(Finding.state == FindingState.STRUCK_OFF)


def sites_with_problems(selection: Selection, only: Conditions) -> Select[Any]:
    found = _problems(selection, only, Finding.site_id).distinct().subquery()
    return select(found.c.site_id.label("id"), ONE)


def sites_done(selection: Selection, only: Conditions) -> Select[Any]:
    """Sites all of whose problems of the period were struck off."""
    each = _problems(selection, only, Finding.site_id, _standing(selection).label("is_done")).subquery()
    done = select(each.c.site_id).group_by(each.c.site_id).having(func.bool_and(each.c.is_done)).subquery()
    return select(done.c.site_id.label("id"), ONE)


def steps_done(kind: StepKind) -> Any:
    """Rungs of the escalation that were done, by the day of the deed."""

    def found(selection: Selection, only: Conditions) -> Select[Any]:
        n = _corrected(selection, "headcount").label("n") if kind in COUNTED_BY_HEADS else ONE
        done_at = _corrected(selection, "held_at") if kind is StepKind.INTERVIEW else Step.decided_at
        return (
            select(Step.id, n)
            .join(Finding, and_(Finding.county == Step.county, Finding.id == Step.finding_id))
            .join(Site, _at_site(Finding))
            .where(
                Step.kind == kind,
                Step.state == StepState.DONE,
                selection.during(done_at),
                selection.here(),
                *only,
            )
        )

    return found


def _corrected(selection: Selection, name: str) -> Any:
    """A value of a step as the newest correction of its record had it at the moment asked about."""
    newest = (
        select(getattr(InterviewCorrection, name))
        .where(
            InterviewCorrection.county == Step.county,
            InterviewCorrection.step_id == Step.id,
            InterviewCorrection.at <= selection.as_of,
        )
        .order_by(InterviewCorrection.version.desc())
        .limit(1)
        .correlate(Step)
        .scalar_subquery()
    )
    return func.coalesce(newest, Step.decided_at if name == "held_at" else Step.headcount)


# A supervision order is the inspectorate's unless a step says that another body asked for it
ORDER_BY_INSPECTORATE = ~exists().where(
    Step.county == Order.county, Step.order_id == Order.id, Step.by_inspectorate.is_(False)
)


def model_cases(selection: Selection, only: Conditions) -> Select[Any]:
    """Model cases by the day they were found, but for those taken back."""
    query = select(ModelCase.id, ONE).where(
        ModelCase.county == selection.county,
        ModelCase.found_on.between(selection.first, selection.last),
        ModelCase.recorded_at <= selection.as_of,
        or_(ModelCase.withdrawn_at.is_(None), ModelCase.withdrawn_at > selection.as_of),
        *only,
    )
    if selection.township_id or selection.zone_id:
        query = query.join(Site, _at_site(ModelCase)).where(selection.here())
    return query
