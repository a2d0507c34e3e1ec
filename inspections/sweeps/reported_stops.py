"""The stops of a sweep as its report shows them: how it went, what was found there, what was ordered, photos."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from ..casework.findings import Finding, FindingState
from ..casework.handovers import Handover, HandoverState
from ..casework.orders import Order, OrderItem, OrderKind, OrderState
from ..casework.penalising import is_latest
from ..days import day_of
from ..evidence.recordings import is_recording
from ..field.photos import Photo, PhotoPurpose, PhotoState
from ..registry.areas import Area
from ..registry.departments import DepartmentKind
from ..registry.sites import Site
from .counts import OUT
from .journal import Entry, SweepEntry
from .stops import StopState, SweepStop
from .sweeps import Sweep
from .teams import SweepTeam

TOLD = (Entry.CLOSED, Entry.MOVED, Entry.REFUSED, Entry.INCIDENT, Entry.SUPPORT, Entry.DROPPED, Entry.REOPENED,
        Entry.REASSIGNED, Entry.ADDED, Entry.DONE)  # fmt: skip


@dataclass(frozen=True)
class FoundLine:
    id: UUID
    text: str
    severity: int
    department: DepartmentKind | None
    state: FindingState


@dataclass(frozen=True)
class OrderLine:
    id: UUID
    kind: OrderKind
    number: str
    state: OrderState
    issued_on: date | None


@dataclass(frozen=True)
class HandoverLine:
    number: str
    recipient: str
    handed_on: date


@dataclass(frozen=True)
class StopLine:
    """A stop with what came of it. `photos` are hashes of pictures. `lon`, `lat` may be None: no known place."""

    stop: SweepStop
    name: str
    address: str
    township: str
    lon: float | None
    lat: float | None
    team: int | None
    team_name: str
    is_added: bool
    findings: tuple[FoundLine, ...]
    orders: tuple[OrderLine, ...]
    handovers: tuple[HandoverLine, ...]
    photos: tuple[str, ...]
    remarks: tuple[tuple[Entry, str], ...]

    @property
    def is_visited(self) -> bool:
        entered = self.stop.entered_at is not None or self.stop.check_id is not None
        return entered and self.stop.state is not StopState.DROPPED

    @property
    def late_minutes(self) -> int | None:
        return _minutes(self.stop.planned_enters_at, self.stop.entered_at)

    @property
    def minutes(self) -> int | None:
        """On the spot, from entering until it was settled."""
        return _minutes(self.stop.entered_at, self.stop.settled_at)

    @property
    def planned_minutes(self) -> int | None:
        return _minutes(self.stop.planned_enters_at, self.stop.planned_leaves_at)


def _minutes(since: datetime | None, until: datetime | None) -> int | None:
    return None if since is None or until is None else round((until - since).total_seconds() / 60)


def stop_lines(
    session: Session, sweep: Sweep, entries: Sequence[tuple[datetime, SweepEntry]]
) -> tuple[StopLine, ...]:
    """By team and place on its route, those without a team last."""
    township = aliased(Area)
    query = (
        select(
            SweepStop, Site.name, Site.address, township.name, Site.location.ST_X(), Site.location.ST_Y(),
            SweepTeam.number, SweepTeam.name,
        )
        .join(Site, (Site.county == SweepStop.county) & (Site.id == SweepStop.site_id))
        .outerjoin(township, (township.county == Site.county) & (township.id == Site.township_id))
        .outerjoin(SweepTeam, (SweepTeam.county == SweepStop.county) & (SweepTeam.id == SweepStop.team_id))
        .where(SweepStop.county == sweep.county, SweepStop.sweep_id == sweep.id)
        .order_by(SweepTeam.number.nulls_last(), SweepStop.position, SweepStop.id)
    )  # fmt: skip
    rows = session.execute(query).all()
    checks = {stop.check_id for stop, *_ in rows if stop.check_id}
    findings = _findings(session, sweep.county, checks)
    ids = [each.id for own in findings.values() for each in own]
    orders, handovers = _orders(session, sweep.county, ids), _handovers(session, sweep.county, ids)
    photos, remarks = _photos(session, sweep.county, checks), _remarks(entries)
    added = {entry.stop_id for _, entry in entries if entry.kind is Entry.ADDED}
    return tuple(
        StopLine(
            stop, name, address or "", town or "", lon, lat, number, team or "", stop.id in added,
            tuple(findings.get(stop.check_id, ())), _unique(orders, findings.get(stop.check_id, ())),
            _unique(handovers, findings.get(stop.check_id, ())), tuple(photos.get(stop.check_id, ())),
            tuple(remarks.get(stop.id, ())),
        )
        for stop, name, address, town, lon, lat, number, team in rows
    )  # fmt: skip


def _unique(by_finding: Mapping[UUID, Sequence[Any]], findings: Sequence[FoundLine]) -> tuple[Any, ...]:
    """An order that names several findings stands once."""
    return tuple(dict.fromkeys(line for each in findings for line in by_finding.get(each.id, ())))


def _findings(session: Session, county: str, checks: Collection[UUID]) -> dict[UUID | None, list[FoundLine]]:
    query = (
        select(Finding)
        .where(Finding.county == county, Finding.check_id.in_(checks))
        .order_by(Finding.severity.desc(), Finding.found_at, Finding.id)
    )
    found = defaultdict(list)
    for each in session.scalars(query):
        line = FoundLine(each.id, each.text, each.severity, each.department, each.state)
        found[each.check_id].append(line)
    return found


def _orders(session: Session, county: str, findings: Collection[UUID]) -> dict[UUID, list[OrderLine]]:
    """Those that were signed and not withdrawn."""
    query = (
        select(OrderItem.finding_id, Order)
        .join(Order, (Order.county == OrderItem.county) & (Order.id == OrderItem.order_id))
        .where(
            OrderItem.county == county, OrderItem.finding_id.in_(findings), OrderItem.is_live, Order.state.in_(OUT)
        )
        .order_by(Order.issued_at, Order.id)
    )
    found = defaultdict(list)
    for finding_id, order in session.execute(query):
        issued_on = day_of(order.issued_at) if order.issued_at else None
        found[finding_id].append(OrderLine(order.id, order.kind, order.number_text or "", order.state, issued_on))
    return found


def _handovers(session: Session, county: str, findings: Collection[UUID]) -> dict[UUID, list[HandoverLine]]:
    query = (
        select(Handover)
        .where(
            Handover.county == county, Handover.finding_id.in_(findings),
            Handover.state != HandoverState.WITHDRAWN, is_latest(Handover),
        )
        .order_by(Handover.handed_on, Handover.id)
    )  # fmt: skip
    found = defaultdict(list)
    for each in session.scalars(query):
        assert each.finding_id is not None
        found[each.finding_id].append(HandoverLine(each.number_text, each.recipient, each.handed_on))
    return found


def _photos(session: Session, county: str, checks: Collection[UUID]) -> dict[UUID | None, list[str]]:
    query = (
        select(Photo.check_id, Photo.sha256, Photo.media_type)
        .where(
            Photo.county == county, Photo.check_id.in_(checks), Photo.state == PhotoState.RECEIVED,
            Photo.purpose == PhotoPurpose.SCENE,
        )
        .order_by(Photo.check_id, Photo.position)
    )  # fmt: skip
    found: dict[UUID | None, list[str]] = defaultdict(list)
    for check_id, sha256, media_type in session.execute(query):
        if not is_recording(media_type):
            found[check_id].append(sha256)
    return found


def _remarks(entries: Sequence[tuple[datetime, SweepEntry]]) -> dict[UUID, list[tuple[Entry, str]]]:
    found = defaultdict(list)
    for _, entry in entries:
        if entry.stop_id and entry.words and entry.kind in TOLD:
            found[entry.stop_id].append((entry.kind, entry.words))
    return found
