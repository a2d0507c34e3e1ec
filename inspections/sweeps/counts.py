"""What sweeps came to, as S2 counts it: 联合整治检查 4 次, 整改通知 12 份, 打击黑班黑校 4 所.

Everything is counted once, however many sweeps it belongs to: a site that two sweeps struck is one site.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, distinct, exists, func, or_, select
from sqlalchemy.orm import Session

from ..casework.findings import Finding, FindingState
from ..casework.handover_findings import HandoverFinding, is_about
from ..casework.handovers import Handover, HandoverState
from ..casework.orders import Order, OrderItem, OrderKind, OrderState
from ..casework.penalising import is_latest
from ..casework.penalties import Penalty, PenaltyKind, PenaltyState
from ..events import Event
from ..registry.departments import DepartmentKind
from ..registry.sites import Site, SiteKind, SiteState
from .joint import ORDER
from .stops import StopState, SweepStop
from .sweeps import Sweep, SweepState

RELEASED = (SweepState.RUNNING, SweepState.FINISHED)
STANDS = (FindingState.CONFIRMED, FindingState.RECTIFYING, FindingState.STRUCK_OFF)
OUT = (OrderState.ISSUED, OrderState.SERVED)
SHUT = (SiteState.CLOSED, SiteState.SUSPENDED)


@dataclass(frozen=True)
class DepartmentCounts:
    """What became of one department's findings; `department` is None for those that name no department."""

    department: DepartmentKind | None
    found: int = 0
    confirmed: int = 0
    rejected: int = 0
    ordered: int = 0
    handed_over: int = 0
    struck_off: int = 0


@dataclass(frozen=True)
class Counts:
    """`joint_actions`: sweeps that were released. `notices`: rectification orders that were signed and not
    withdrawn. `struck`: suspected sites of the stops that were shut since, or ordered to stop.
    """

    joint_actions: int
    stops: int
    visited: int
    states: dict[StopState, int]
    checks: int
    findings: int
    confirmed: int
    notices: int
    supervision_orders: int
    handovers: int
    struck: int
    departments: tuple[DepartmentCounts, ...]


def counts(session: Session, county: str, sweeps: Collection[UUID]) -> Counts:
    """Of these sweeps, as things stand now; those that were not released say nothing."""
    of_sweeps = _stops(county, sweeps)
    states: dict[StopState, int] = {
        row[0]: row[1]
        for row in session.execute(of_sweeps(SweepStop.state, func.count()).group_by(SweepStop.state))
    }
    findings = _findings(county, of_sweeps)
    departments = _by_department(session, county, findings)
    released = select(func.count()).select_from(Sweep).where(*_released(county, sweeps))
    return Counts(
        joint_actions=session.scalar(released) or 0,
        stops=sum(number for state, number in states.items() if state is not StopState.DROPPED),
        visited=session.scalar(_visited(of_sweeps)) or 0,
        states=states,
        checks=session.scalar(of_sweeps(func.count(distinct(SweepStop.check_id)))) or 0,
        findings=sum(each.found for each in departments),
        confirmed=sum(each.confirmed for each in departments),
        notices=_orders(session, county, findings, OrderKind.RECTIFICATION),
        supervision_orders=_orders(session, county, findings, OrderKind.SUPERVISION),
        handovers=session.scalar(_handovers(county, findings)) or 0,
        struck=session.scalar(_struck(county, sweeps)) or 0,
        departments=departments,
    )


def sweeps_between(session: Session, county: str, since: datetime, until: datetime) -> Sequence[UUID]:
    """The sweeps that were released from `since` until before `until`."""
    query = select(Sweep.id).where(
        Sweep.county == county, Sweep.released_at >= since, Sweep.released_at < until, Sweep.state.in_(RELEASED)
    )
    return session.scalars(query).all()


def findings_of(county: str, sweeps: Collection[UUID]) -> Select[UUID]:
    """The ids of what the checks of these sweeps found."""
    return _findings(county, _stops(county, sweeps))


def _released(county: str, sweeps: Collection[UUID]) -> list[ColumnElement[bool]]:
    return [Sweep.county == county, Sweep.id.in_(sweeps), Sweep.state.in_(RELEASED)]


def _stops(county: str, sweeps: Collection[UUID]) -> Any:
    """A query over the stops of these sweeps, for the columns it is asked for."""
    return lambda *columns: select(*columns).where(SweepStop.county == county, SweepStop.sweep_id.in_(sweeps))


def _visited(of_sweeps: Any) -> Any:
    """Stops where a team got in or a check was made."""
    return of_sweeps(func.count()).where(
        SweepStop.state != StopState.DROPPED,
        or_(SweepStop.entered_at.is_not(None), SweepStop.check_id.is_not(None)),
    )


def _findings(county: str, of_sweeps: Any) -> Select[UUID]:
    checks = of_sweeps(SweepStop.check_id).where(SweepStop.check_id.is_not(None))
    return select(Finding.id).where(Finding.county == county, Finding.check_id.in_(checks))


def _by_department(session: Session, county: str, findings: Select[UUID]) -> tuple[DepartmentCounts, ...]:
    """In the order of departments, those without one last."""
    is_ordered = exists().where(
        OrderItem.county == Finding.county, OrderItem.finding_id == Finding.id, OrderItem.is_live,
        Order.county == OrderItem.county, Order.id == OrderItem.order_id, Order.state.in_(OUT),
    )  # fmt: skip
    is_handed_over = exists().where(
        Handover.county == Finding.county, is_about(Finding.id),
        Handover.state != HandoverState.WITHDRAWN, is_latest(Handover),
    )  # fmt: skip
    conditions = (
        Finding.state.in_(STANDS), Finding.state == FindingState.REJECTED, is_ordered, is_handed_over,
        Finding.state == FindingState.STRUCK_OFF,
    )  # fmt: skip
    query = (
        select(Finding.department, func.count(), *(func.count().filter(each) for each in conditions))
        .where(Finding.county == county, Finding.id.in_(findings))
        .group_by(Finding.department)
    )
    rows: Any = session.execute(query)
    found = {row[0]: DepartmentCounts(*row) for row in rows}
    return tuple(found[kind] for kind in (*ORDER, None) if kind in found)


def _orders(session: Session, county: str, findings: Select[UUID], kind: OrderKind) -> int:
    named = select(OrderItem.order_id).where(OrderItem.county == county, OrderItem.finding_id.in_(findings))
    query = select(func.count()).where(
        Order.county == county, Order.kind == kind, Order.state.in_(OUT), Order.id.in_(named)
    )
    return session.scalar(query) or 0


def _handovers(county: str, findings: Select[UUID]) -> Any:
    further = select(HandoverFinding.handover_id).where(
        HandoverFinding.county == county, HandoverFinding.finding_id.in_(findings)
    )
    return select(func.count(distinct(Handover.root_id))).where(
        Handover.county == county, Handover.state != HandoverState.WITHDRAWN, is_latest(Handover),
        or_(Handover.finding_id.in_(findings), Handover.root_id.in_(further)),
    )  # fmt: skip


def _struck(county: str, sweeps: Collection[UUID]) -> Any:
    """A suspected site is struck where it is shut now and was put into that state after the release, or where a
    department ordered it to stop from that day on.
    """
    shut = and_(
        Site.state.in_(SHUT),
        exists().where(
            Event.county == Site.county, Event.subject_id == Site.id, Event.verb == "change_state",
            Event.detail["now"].astext.in_([state.value for state in SHUT]), Event.at >= Sweep.released_at,
        ),
    )  # fmt: skip
    stopped = exists().where(
        Penalty.county == Site.county, Penalty.site_id == Site.id, Penalty.kind == PenaltyKind.SUSPENSION,
        Penalty.state != PenaltyState.CANCELLED, is_latest(Penalty),
        Penalty.decided_on >= func.date(func.timezone("Asia/Shanghai", Sweep.released_at)),
    )  # fmt: skip
    return (
        select(func.count(distinct(Site.id)))
        .join(SweepStop, (SweepStop.county == Site.county) & (SweepStop.site_id == Site.id))
        .join(Sweep, (Sweep.county == SweepStop.county) & (Sweep.id == SweepStop.sweep_id))
        .where(*_released(county, sweeps), Site.kind == SiteKind.SUSPECTED, SweepStop.state != StopState.DROPPED)
        .where(or_(shut, stopped))
    )
