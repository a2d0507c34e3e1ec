"""Which sites to visit unannounced next, and why: points for recorded facts, each with its reason in words.

A site's score is the sum of the points below, so anyone can do the sum again. Who the inspector was plays no
part. What was visited in the last days is left out unless a tip came after the visit: frequent visits without
cause are forbidden (国办发〔2024〕54号).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, func, select
from sqlalchemy.orm import Session

from geo.hotspots import Level

from ..access import require
from ..casework.findings import OPEN_STATES, Finding, FindingState
from ..errors import Message, say
from ..field.checks import Check
from ..intake.tips import Tip, TipState
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import LicenceState, Site, SiteKind, SiteState
from .hotspot_runs import HotspotCell, HotspotRun

RECENT = timedelta(days=90)
LEFT_ALONE = timedelta(days=14)
VISITABLE = (
    SiteState.REPORTED,
    SiteState.VERIFIED,
    SiteState.RECTIFYING,
    SiteState.SUSPENDED,
    SiteState.CLOSED,
    SiteState.LICENSED,
)
LICENCE_POINTS = {LicenceState.NONE: 3.0, LicenceState.REGISTRATION_ONLY: 2.0, LicenceState.PERMIT_ONLY: 1.0}
HEAT_POINTS = {Level.HOT_99: 4.0, Level.HOT_95: 3.0, Level.HOT_90: 2.0}


class Reason(NamedTuple):
    points: float
    words: Message


@dataclass(frozen=True)
class Target:
    """A site to visit. `reasons` come with the weightiest first; `score` is the sum of their points."""

    site_id: UUID
    name: str
    kind: SiteKind
    state: SiteState
    address: str | None
    township: str | None
    lon: float
    lat: float
    last_visit: datetime | None
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        return sum(reason.points for reason in self.reasons)


def rank(session: Session, person: Person, run: HotspotRun | None, now: datetime, limit: int = 50) -> list[Target]:
    """Sites that are not schools, the most pressing first; equal scores by name, so that the order is firm."""
    require(person, "hotspot.see")
    rows = session.execute(_facts(person.county, run, now)).all()
    targets = [target for row in rows if (target := _target(row, now)) is not None]
    targets.sort(key=lambda target: (-target.score, target.name, target.site_id))
    return targets[:limit]


def _facts(county: str, run: HotspotRun | None, now: datetime) -> Any:
    tips, findings, visits = _tips(county, now), _findings(county, now), _visits(county)
    township = select(Area.id, Area.name).where(Area.county == county).subquery()
    columns: list[Any] = [
        Site.id,
        Site.name,
        Site.kind,
        Site.state,
        Site.address,
        Site.licence_state,
        Site.watched_until,
        Site.moved_from_id,
        func.ST_X(Site.location).label("lon"),
        func.ST_Y(Site.location).label("lat"),
        township.c.name.label("township"),
        visits.c.last_visit,
        func.coalesce(tips.c.n, 0).label("tips"),
        tips.c.last_tip,
        func.coalesce(findings.c.n, 0).label("findings"),
        func.coalesce(findings.c.overdue, 0).label("overdue"),
        _heat(county, run).label("heat"),
    ]
    return (
        select(*columns)
        .outerjoin(tips, tips.c.site_id == Site.id)
        .outerjoin(findings, findings.c.site_id == Site.id)
        .outerjoin(visits, visits.c.site_id == Site.id)
        .outerjoin(township, township.c.id == Site.township_id)
        .where(Site.county == county, Site.kind != SiteKind.SCHOOL, Site.location.is_not(None))
        .where(Site.state.in_(VISITABLE))
    )


def _tips(county: str, now: datetime) -> Any:
    return (
        select(Tip.site_id, func.count().label("n"), func.max(Tip.received_at).label("last_tip"))
        .where(Tip.county == county, Tip.received_at >= now - RECENT, Tip.received_at <= now)
        .where(Tip.state.not_in((TipState.UNFOUNDED, TipState.DUPLICATE)))
        .group_by(Tip.site_id)
        .subquery()
    )


def _findings(county: str, now: datetime) -> Any:
    late = and_(Finding.state != FindingState.PROPOSED, Finding.due_on < now.date())
    return (
        select(Finding.site_id, func.count().label("n"), func.sum(case((late, 1), else_=0)).label("overdue"))
        .where(Finding.county == county, Finding.state.in_(OPEN_STATES))
        .group_by(Finding.site_id)
        .subquery()
    )


def _visits(county: str) -> Any:
    return (
        select(Check.site_id, func.max(Check.device_finished_at).label("last_visit"))
        .where(Check.county == county)
        .group_by(Check.site_id)
        .subquery()
    )


def _heat(county: str, run: HotspotRun | None) -> ColumnElement[Any]:
    """The level of the hot cell a site stands in; cells share edges, so the hottest."""
    return (
        select(func.max(HotspotCell.level))
        .where(HotspotCell.county == county, HotspotCell.run_id == (run.id if run else None))
        .where(HotspotCell.level.in_([int(level) for level in HEAT_POINTS]))
        .where(func.ST_Covers(HotspotCell.boundary, Site.location))
        .correlate(Site)
        .scalar_subquery()
    )


def _target(row: Row[Any], now: datetime) -> Target | None:
    visited_lately = row.last_visit is not None and now - row.last_visit < LEFT_ALONE
    if visited_lately and (row.last_tip is None or row.last_tip <= row.last_visit):
        return None
    reasons = sorted(_reasons(row, now), key=lambda reason: -reason.points)
    if not reasons:
        return None
    return Target(
        site_id=row.id,
        name=row.name,
        kind=row.kind,
        state=row.state,
        address=row.address,
        township=row.township,
        lon=row.lon,
        lat=row.lat,
        last_visit=row.last_visit,
        reasons=tuple(reasons),
    )


def _reasons(row: Row[Any], now: datetime) -> Iterator[Reason]:
    """Every fact that speaks for a visit. The caps keep one loud fact from drowning the rest."""
    if row.tips:
        yield Reason(min(2.0 * row.tips, 8.0), say("近 90 天有 {n} 条线索", n=row.tips))
    if row.overdue:
        yield Reason(min(2.0 * row.overdue, 6.0), say("{n} 个问题逾期未整改", n=row.overdue))
    elif row.findings:
        yield Reason(min(1.0 * row.findings, 3.0), say("{n} 个问题未销号", n=row.findings))
    if row.heat is not None:
        level = Level(row.heat)
        yield Reason(HEAT_POINTS[level], say("位于热点网格（{percent}% 可信）", percent=level.name[-2:]))
    if row.licence_state in LICENCE_POINTS:
        yield Reason(LICENCE_POINTS[row.licence_state], row.licence_state.label)
    yield from _state_reasons(row, now.date())
    yield from _visit_reasons(row, now)


def _state_reasons(row: Row[Any], today: date) -> Iterator[Reason]:
    if row.state is SiteState.REPORTED:
        yield Reason(2.0, say("上报后尚未核实"))
    if row.state is SiteState.CLOSED and row.watched_until and row.watched_until >= today:
        yield Reason(1.5, say("已取缔，仍在防死灰复燃观察期"))
    if row.moved_from_id:
        yield Reason(1.5, say("由已查处点位搬迁而来"))


def _visit_reasons(row: Row[Any], now: datetime) -> Iterator[Reason]:
    if row.last_visit is None:
        yield Reason(1.5, say("从未检查过"))
    elif (days := (now - row.last_visit).days) >= 60:
        yield Reason(min(days / 90, 2.0), say("已 {days} 天没有检查", days=days))
