"""One order as it is read at the desk, and what a form for a new one begins with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import get, require, visible
from ..days import day_of
from ..events import Event
from ..field.checks import Check, Standing
from ..registry.counties import find_county
from ..registry.departments import Department
from ..registry.licences import Licence
from ..registry.people import Person
from ..registry.sites import Site
from ..rules.calendar import Calendar, read_calendar
from . import deadlines
from .approvals import granted_for
from .deadlines import Deadline
from .drafting import candidates, refuse_issued
from .findings import Finding
from .legal_reviewing import grounds_of
from .legal_reviews import LegalReview, ReviewState, reviews_of
from .moving import replayed
from .orders import ItemRow, Order, OrderItem, OrderKind, items_of
from .papers import compose
from .services import Service, papers_among, services_of
from .serving import deadline_of
from .signing import list_officers

USUAL_DAYS = 15
MOST_WORDS = 200  # offered for lead official and department


class DueRow(NamedTuple):
    """An item with its deadline: the one in force, or the one that service on a day would set."""

    item: OrderItem
    finding: Finding
    deadline: Deadline


@dataclass(frozen=True)
class OrderFile:
    order: Order
    site: Site
    content: dict[str, Any]
    items: list[DueRow]
    people: dict[UUID, str]
    events: list[tuple[Event, str | None]]
    services: Sequence[Service]
    receipts_in_pdf: set[str]
    reviews: Sequence[LegalReview]
    grounds: list[dict[str, Any]]

    @property
    def may_be_sent_to_review(self) -> bool:
        return not self.reviews or self.reviews[0].state is not ReviewState.ASKED

    @property
    def has_provisional(self) -> bool:
        return any(row.item.is_provisional for row in self.items)


def read_order_file(session: Session, person: Person, order_id: UUID, today: date) -> OrderFile:
    """The file of an order that the person may see. Raises NotFound."""
    order = get(session, person, Order, order_id)
    rows = items_of(session, order)
    calendar = read_calendar(session, person)
    dues = [
        DueRow(*row, _in_force(row.item) or _counted(session, calendar, order, row, order.served_on or today))
        for row in rows
    ]
    services, reviews = services_of(session, order), reviews_of(session, order)
    return OrderFile(
        order=order,
        site=session.get_one(Site, (order.county, order.site_id)),
        content=order.content or compose(session, order, rows, number_text="", issued_on=None),
        items=dues,
        people=_names(session, order, services, reviews),
        events=_events(session, order),
        services=services,
        receipts_in_pdf=papers_among(session, services),
        reviews=reviews,
        grounds=grounds_of(rows, order.supervised_on),
    )


def _in_force(item: OrderItem) -> Deadline | None:
    return Deadline(item.due_on) if item.due_on and not item.is_provisional else None


def _counted(session: Session, calendar: Calendar, order: Order, row: ItemRow, served_on: date) -> Deadline:
    granted = granted_for(session, row.finding, order.id)
    return replayed(calendar, deadline_of(calendar, row.item, served_on), granted)


def _names(
    session: Session, order: Order, services: Sequence[Service], reviews: Sequence[LegalReview]
) -> dict[UUID, str]:
    ids = {order.drafted_by_id, order.issued_by_id, order.server_id, order.served_by_id, order.withdrawn_by_id,
           order.officer_id, order.second_officer_id} - {None}  # fmt: skip
    ids |= {each for row in services for each in (row.server_id, row.recorded_by_id)}
    ids |= {each for row in reviews for each in (row.asked_by_id, row.decided_by_id) if each}
    rows = session.execute(select(Person.id, Person.name).where(Person.county == order.county, Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _events(session: Session, order: Order) -> list[tuple[Event, str | None]]:
    query = (
        select(Event, Person.name)
        .outerjoin(Person, (Person.county == Event.county) & (Person.id == Event.person_id))
        .where(Event.county == order.county, Event.subject_id == order.id)
        .order_by(Event.at.desc(), Event.id.desc())
    )
    return [(event, name) for event, name in session.execute(query)]


@dataclass(frozen=True)
class Sheet:
    """A form: what it holds, the findings it may name, and what is offered to choose from."""

    site: Site
    kind: OrderKind
    given: dict[str, Any]
    findings: Sequence[Finding]
    officers: Sequence[Person]
    leads: list[str]
    departments: list[str]


def new_sheet(
    session: Session, person: Person, site_id: UUID, kind: OrderKind, check_id: UUID | None, today: date
) -> Sheet:
    """The form of a new order; of a check, if one is named, else of all the site's findings that can be named."""
    require(person, "order.draft")
    site = get(session, person, Site, site_id)
    findings = candidates(session, person, site, kind)
    if check_id:
        findings = [each for each in findings if each.check_id == check_id]
    officers = list_officers(session, person, today)
    first, second = _signers(session, findings, officers)
    supervised = day_of(findings[0].found_at) if findings else today
    leads, departments = _words(session, person.county)
    own = _own(session, person)
    given: dict[str, Any] = {
        "addressee": _registered_name(session, site),
        "organisation": site.name if kind is OrderKind.SUPERVISION else _bureau(session, person),
        "contact": person.name,
        "telephone": person.phone or "",
        "supervised_on": min(supervised, today).isoformat(),
        "officer_id": first,
        "second_officer_id": second,
    }
    for finding in findings:
        given |= {f"take-{finding.id}": "1", f"days-{finding.id}": str(USUAL_DAYS)}
        given |= {f"lead-{finding.id}": leads[0] if leads else "", f"department-{finding.id}": own}
    return Sheet(site, kind, given, findings, officers, leads, departments)


def edit_sheet(session: Session, person: Person, order_id: UUID, today: date) -> Sheet:
    """The form of a draft as it was kept, with the findings that could be added. Raises Conflict once issued."""
    require(person, "order.draft")
    order = get(session, person, Order, order_id)
    refuse_issued(order)
    site = session.get_one(Site, (order.county, order.site_id))
    rows = items_of(session, order)
    leads, departments = _words(session, person.county)
    given: dict[str, Any] = {
        name: getattr(order, name) or ""
        for name in ("addressee", "organisation", "contact", "telephone", "officer_id", "second_officer_id")
    } | {"supervised_on": order.supervised_on.isoformat()}
    for item, finding in rows:
        words = {name: getattr(item, name) for name in ("measures", "lead", "department")}
        limits = {"days": item.working_days or "", "due_on": item.fixed_due_on or "", "take": "1"}
        given |= {f"{name}-{finding.id}": str(value) for name, value in (words | limits).items()}
    findings = [*(row.finding for row in rows), *candidates(session, person, site, order.kind)]
    return Sheet(site, order.kind, given, findings, list_officers(session, person, today), leads, departments)


def due_if_served(session: Session, person: Person, today: date, days: int) -> Deadline:
    """The deadline of so many working days if the paper is served today."""
    return deadlines.working_days_after(read_calendar(session, person), today, days)


def may_be_named(session: Session, person: Person, site: Site) -> dict[OrderKind, list[Finding]]:
    """Findings of a site by the kind of order that could name them, for the buttons on its page."""
    return {kind: list(candidates(session, person, site, kind)) for kind in OrderKind}


def orders_of_site(session: Session, person: Person, site_id: UUID) -> Sequence[Order]:
    """The newest first."""
    query = visible(person, Order).where(Order.site_id == site_id).order_by(Order.id.desc())
    return session.scalars(query.limit(MOST_WORDS)).all()


def orders_of_check(session: Session, person: Person, check_id: UUID) -> Sequence[Order]:
    """The orders that name findings of a check, the newest first."""
    named = (
        select(OrderItem.order_id)
        .join(Finding, (Finding.county == OrderItem.county) & (Finding.id == OrderItem.finding_id))
        .where(OrderItem.county == person.county, Finding.check_id == check_id)
    )
    return session.scalars(visible(person, Order).where(Order.id.in_(named)).order_by(Order.id.desc())).all()


def _signers(session: Session, findings: Sequence[Finding], officers: Sequence[Person]) -> list[UUID | str]:
    """The officers of the inspection behind the findings, as far as they may still sign."""
    ids = {each.check_id for each in findings if each.check_id}
    query = select(Check).where(Check.id.in_(ids), Check.standing == Standing.INSPECTION)
    check = session.scalars(query.order_by(Check.device_finished_at.desc()).limit(1)).first()
    may_sign = {each.id for each in officers}
    both = [check.person_id, check.second_person_id] if check else [None, None]
    return [each if each and each in may_sign else "" for each in both]


def _registered_name(session: Session, site: Site) -> str:
    query = (
        select(Licence.holder)
        .where(Licence.county == site.county, Licence.site_id == site.id, Licence.holder.is_not(None))
        .order_by(Licence.valid_until.desc().nulls_first(), Licence.id)
    )
    return session.scalars(query.limit(1)).first() or site.name


def _bureau(session: Session, person: Person) -> str:
    county = find_county(session, person.county)
    return county.bureau if county else ""


def _own(session: Session, person: Person) -> str:
    found = session.get(Department, (person.county, person.department_id)) if person.department_id else None
    return found.name if found else ""


def _words(session: Session, county: str) -> tuple[list[str], list[str]]:
    """Lead officials and departments that orders named before, the latest first; and the county's departments."""
    query = (
        select(OrderItem.lead, OrderItem.department)
        .where(OrderItem.county == county)
        .order_by(OrderItem.id.desc())
        .limit(MOST_WORDS)
    )
    used = session.execute(query).all()
    known = session.scalars(select(Department.name).where(Department.county == county).order_by(Department.name))
    leads = list(dict.fromkeys(lead for lead, _ in used))
    return leads, list(dict.fromkeys([*known, *(department for _, department in used)]))[:MOST_WORDS]
