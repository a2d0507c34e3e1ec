"""All that belongs to the case of one finding, as far as the person may see it, read once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from geo.coordinates import LonLat

from ...access import get, visible
from ...casework.approvals import Approval
from ...casework.attaching import EXTENSION
from ...casework.findings import Finding
from ...casework.handover_findings import is_about
from ...casework.handovers import Handover
from ...casework.orders import Order, OrderItem
from ...casework.penalties import Penalty
from ...casework.proofs import Proof, proofs_of
from ...casework.rechecks import Recheck
from ...casework.responses import Report, reports_on
from ...casework.services import Service, services_of
from ...casework.steps import Step
from ...casework.timeline import Entry, timeline
from ...field.checks import Check
from ...field.photos import Photo
from ...registry.counties import find_county
from ...registry.people import Person
from ...registry.sites import Site

MOST_PHOTOS = 300


@dataclass(frozen=True)
class Case:
    """`photos` are all files of its checks that show it or the place as a whole, films and notes among them.

    `requests` are extensions that the site asked for, with what it sent along.
    """

    finding: Finding
    site: Site
    bureau: str
    orders: Sequence[Order]
    items: dict[UUID, OrderItem]
    services: dict[UUID, Sequence[Service]]
    reports: dict[UUID, list[Report]]
    requests: list[tuple[Approval, list[Proof]]]
    checks: Sequence[Check]
    rechecks: dict[UUID, Recheck]
    photos: Sequence[Photo]
    steps: Sequence[Step]
    handovers: Sequence[Handover]
    penalties: Sequence[Penalty]
    entries: list[Entry]
    names: dict[UUID, str]


def gather(session: Session, person: Person, finding_id: UUID) -> Case:
    """Raises NotFound."""
    finding = get(session, person, Finding, finding_id)
    site = session.get_one(Site, (finding.county, finding.site_id))
    home = find_county(session, finding.county)
    items = session.scalars(
        select(OrderItem).where(OrderItem.county == finding.county, OrderItem.finding_id == finding.id)
    ).all()
    orders = _orders(session, person, items)
    rechecks = {each.check_id: each for each in session.scalars(visible(person, Recheck).where(
        Recheck.finding_id == finding.id))}  # fmt: skip
    checks = _checks(session, person, finding, list(rechecks))
    return Case(
        finding=finding,
        site=site,
        bureau=home.bureau if home else "",
        orders=orders,
        items={each.order_id: each for each in items},
        services={each.id: services_of(session, each) for each in orders},
        reports={each.id: reports_on(session, each) for each in orders},
        requests=_requests(session, person, finding),
        checks=checks,
        rechecks=rechecks,
        photos=_photos(session, person, finding, checks),
        steps=session.scalars(visible(person, Step).where(Step.finding_id == finding.id).order_by(Step.id)).all(),
        handovers=_newest(session, visible(person, Handover).where(is_about(finding.id)), Handover),
        penalties=_newest(session, visible(person, Penalty).where(Penalty.finding_id == finding.id), Penalty),
        entries=timeline(session, person, finding),
        names=_names(session, finding.county),
    )


def _orders(session: Session, person: Person, items: Sequence[OrderItem]) -> Sequence[Order]:
    """Those with a number, in the order in which they were issued; one that was taken back is part of the case."""
    named = visible(person, Order).where(
        Order.id.in_([each.order_id for each in items]), Order.content.is_not(None)
    )
    return session.scalars(named.order_by(Order.issued_at, Order.id)).all()


def _requests(session: Session, person: Person, finding: Finding) -> list[tuple[Approval, list[Proof]]]:
    query = visible(person, Approval).where(Approval.finding_id == finding.id, Approval.form_id.is_not(None))
    asked = session.scalars(query.order_by(Approval.asked_at, Approval.id)).all()
    sent = proofs_of(session, finding.county, [each.form_id for each in asked if each.form_id])
    return [(each, sent.get(each.form_id, {}).get(EXTENSION, [])) for each in asked if each.form_id]


def _checks(session: Session, person: Person, finding: Finding, rechecks: list[UUID]) -> Sequence[Check]:
    ids = [*rechecks, *([finding.check_id] if finding.check_id else [])]
    return session.scalars(
        visible(person, Check).where(Check.id.in_(ids)).order_by(Check.device_finished_at)
    ).all()


def _photos(session: Session, person: Person, finding: Finding, checks: Sequence[Check]) -> Sequence[Photo]:
    """Files that show the finding, its item of the checklist, or nothing in particular."""
    shows = or_(
        Photo.finding_id == finding.id,
        (Photo.finding_id.is_(None)) & ((Photo.item_code.is_(None)) | (Photo.item_code == finding.item_code)),
    )
    order = {each.id: n for n, each in enumerate(checks)}
    query = visible(person, Photo).where(Photo.check_id.in_(list(order)), shows).order_by(Photo.position)
    found = session.scalars(query.limit(MOST_PHOTOS)).all()
    return sorted(found, key=lambda each: (order[each.check_id], each.position))


def _newest(session: Session, query: Select[Any], model: Any) -> list[Any]:
    """The newest version of each."""
    return list({row.root_id: row for row in session.scalars(query.order_by(model.version))}.values())


def _names(session: Session, county: str) -> dict[UUID, str]:
    rows = session.execute(select(Person.id, Person.name).where(Person.county == county))
    return {row.id: row.name for row in rows}


def place_of(location: object) -> LonLat | None:
    """The place of a column of points."""
    return None if location is None else LonLat(*shapely.get_coordinates(to_shape(location))[0])  # type: ignore[arg-type]
