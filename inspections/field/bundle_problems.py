"""The open problems in a phone's bundle: what has to happen next about each, and how it looked before."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select, true
from sqlalchemy.orm import Session

from ..access import visible
from ..casework.case_officers import CaseOfficers
from ..casework.findings import OPEN_STATES, Finding, FindingState
from ..casework.orders import Order, OrderItem, OrderState
from ..casework.recheck_file import earlier_photos
from ..casework.rechecks import Recheck, RecheckOutcome
from ..casework.responses import Response, ResponseState
from ..days import day_of
from ..registry.people import Person
from ..registry.sites import Site
from ..registry.zones import Zone
from .checks import Check
from .photos import Photo

MOST_WITH_PHOTOS = 300  # problems whose earlier photos are named: those that the person answers for come first
STEPS = {OrderState.DRAFT: "sign", OrderState.ISSUED: "serve"}
RECHECKED = {RecheckOutcome.FIXED: "fixed", RecheckOutcome.UNSEEN: "unseen"}
ANSWERED = {ResponseState.SUBMITTED: "review", ResponseState.ACCEPTED: "answered"}

Problem = dict[str, Any]


def open_problems(session: Session, person: Person) -> list[Problem]:
    """What is known of each, in the order in which they were found.

    `is_mine`: the person follows it now (was handed it, else signed its order or found it), confirmed it, or looks
    after its zone. `step` is what has to happen next: confirm, order, sign, serve, mend, review (of the site's
    response), answered (and to be looked at), failed (the last re-check, since that answer), unseen (by it),
    fixed (to be struck off), suspended.
    """
    rows = session.execute(_open(person)).all()
    ids = [row.id for row in rows]
    orders, handed = _orders(session, person, ids), _handed(session, person, ids)
    seen = _last_seen(session, person, ids)
    return [_problem(row, orders.get(row.id), handed.get(row.id), seen.get(row.id), person) for row in rows]


def photos_before(session: Session, person: Person, problems: Sequence[Problem]) -> dict[str, list[list[Any]]]:
    """By the id of a problem the photos that show it: id, hash of the bytes, when it was taken, caption."""
    first = sorted(problems, key=lambda each: (not each["is_mine"], each["due_on"] is None, each["due_on"]))
    photos = earlier_photos(session, person, [each["id"] for each in first[:MOST_WITH_PHOTOS]])
    return {
        str(each["id"]): [_named(photo) for photo in photos[each["id"]]] for each in first if each["id"] in photos
    }


def _open(person: Person) -> Any:
    """Without joins: in a county that nobody has analysed yet each problem would cost a walk of each table."""
    in_county = Check.county == person.county
    checks = select(Check.id).where(
        in_county, or_(Check.person_id == person.id, Check.second_person_id == person.id)
    )
    zones = select(Zone.id).where(Zone.county == person.county, Zone.inspector_id == person.id)
    sites = select(Site.id).where(Site.county == person.county, Site.zone_id.in_(zones))
    of_office = (Finding.confirmed_by_id == person.id, Finding.site_id.in_(sites))
    return (
        visible(person, Finding)
        .where(Finding.state.in_(OPEN_STATES))
        .with_only_columns(
            Finding.id,
            Finding.site_id,
            Finding.text,
            Finding.severity,
            Finding.state,
            Finding.due_on,
            Finding.suspended_at,
            func.coalesce(or_(*of_office), False).label("is_of_office"),
            func.coalesce(Finding.check_id.in_(checks), False).label("is_found"),
        )
        .order_by(Finding.found_at, Finding.id)
    )


def _orders(session: Session, person: Person, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The live order that names each, the latest one where there are two kinds."""
    last = (
        select(Response.state, Response.submitted_at)
        .where(Response.county == Order.county, Response.order_id == Order.id)
        .order_by(Response.submitted_at.desc(), Response.id.desc())
        .limit(1)
        .lateral()
    )
    query = (
        select(
            OrderItem.finding_id,
            Order.number_text,
            Order.state,
            Order.officer_id,
            Order.second_officer_id,
            Order.served_on,
            last.c.state.label("response"),
            last.c.submitted_at.label("answered_at"),
        )
        .join(Order, (Order.county == OrderItem.county) & (Order.id == OrderItem.order_id))
        .outerjoin(last, true())
        .where(OrderItem.county == person.county, OrderItem.is_live, OrderItem.finding_id.in_(ids))
        .order_by(Order.number_text.is_not(None), OrderItem.order_id)
    )
    return {row.finding_id: row for row in session.execute(query)} if ids else {}


def _handed(session: Session, person: Person, ids: Sequence[UUID]) -> dict[UUID, set[UUID | None]]:
    """To whom findings were handed over last."""
    query = (
        select(CaseOfficers.finding_id, CaseOfficers.officer_id, CaseOfficers.second_officer_id)
        .where(CaseOfficers.county == person.county, CaseOfficers.finding_id.in_(ids))
        .order_by(CaseOfficers.assigned_at, CaseOfficers.id)
    )
    return {finding_id: {first, second} for finding_id, first, second in session.execute(query)} if ids else {}


def _last_seen(session: Session, person: Person, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """What the last re-check of each said, and when."""
    query = (
        select(Recheck.finding_id, Recheck.outcome, Check.device_finished_at)
        .join(Check, (Check.county == Recheck.county) & (Check.id == Recheck.check_id))
        .where(Recheck.county == person.county, Recheck.finding_id.in_(ids))
        .order_by(Check.device_finished_at, Recheck.id)
    )
    return {row.finding_id: row for row in session.execute(query)} if ids else {}


def _problem(row: Row[Any], order: Any, handed: set[UUID | None] | None, seen: Any, person: Person) -> Problem:
    given = row._asdict()
    suspended, is_found, is_of_office = (given.pop(name) for name in ("suspended_at", "is_found", "is_of_office"))
    is_signed = order is not None and person.id in (order.officer_id, order.second_officer_id)
    is_case = person.id in handed if handed else is_found or is_signed
    given["is_mine"] = is_of_office or is_case
    return given | {
        "order": order and order.number_text,
        "step": "suspended" if suspended else _step(row, order, seen),
    }


def _step(row: Row[Any], order: Any, seen: Any) -> str:
    if row.state is FindingState.PROPOSED:
        return "confirm"
    if row.state is FindingState.RECTIFYING:
        return _of_recheck(order, seen) or ANSWERED.get(order and order.response, "mend")
    return STEPS.get(order.state, "mend") if order else "order"


def _of_recheck(order: Any, seen: Any) -> str | None:
    """What the last re-check says, unless it was before the order was served or the site's last report."""
    if order is None or order.served_on is None or seen is None:
        return None
    if day_of(seen.device_finished_at) < order.served_on:
        return None
    if (
        order.response is not ResponseState.RETURNED
        and order.answered_at
        and order.answered_at > seen.device_finished_at
    ):
        return None
    return RECHECKED.get(seen.outcome, "failed")


def _named(photo: Photo) -> list[Any]:
    return [photo.id, photo.sha256, photo.device_taken_at, photo.caption]
