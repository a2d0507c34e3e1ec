"""One township at a glance: what waits there, how its ground is covered, and how it goes against its own past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from ..access import require
from ..days import day_of
from ..errors import Message, say
from ..intake.tips import TipState
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import SiteState
from .campaigns import CanvassCampaign
from .coverage import CoveredCell, Level, read_coverage
from .progress import count_done

MONTHS = 6
OPEN_TIPS = (TipState.NEW.value, TipState.ASSIGNED.value)
ROUNDS = 2.0  # standard deviations of its own months that are still usual


class Month(NamedTuple):
    first: date
    n: int


class Trend(NamedTuple):
    """A number of the township month by month, the present one last; `usual` is the range of the months before."""

    name: Message
    months: Sequence[Month]
    usual: tuple[float, float]
    is_good_when_high: bool

    @property
    def now(self) -> int:
        return self.months[-1].n

    @property
    def reading(self) -> str:
        """`usual`, `better` or `worse` than its own past."""
        low, high = self.usual
        if low <= self.now <= high:
            return "usual"
        return "better" if (self.now > high) == self.is_good_when_high else "worse"


class Place(NamedTuple):
    """A township among the others by one number; 1 is the best."""

    name: Message
    place: int
    of: int
    value: float


@dataclass(frozen=True)
class TownshipDesk:
    cells: Sequence[CoveredCell]
    levels: Sequence[Level]
    tips: Sequence[Any]
    tip_count: int
    sites: Sequence[Any]
    whistles: Sequence[Any]
    campaigns: Sequence[tuple[CanvassCampaign, int, int]]
    trends: Sequence[Trend]
    places: Sequence[Place]

    def count(self, level: Level) -> int:
        return sum(each is level for each in self.levels)


def read_township(session: Session, person: Person, township: Area, now: datetime) -> TownshipDesk:
    """The caller has found the township for the person."""
    require(person, "coverage.see")
    coverage = read_coverage(session, person, now, township.id)
    values: dict[str, Any] = {"county": township.county, "township": township.id}
    tips = session.execute(TIPS, {**values, "states": list(OPEN_TIPS)}).all()
    sites = session.execute(
        SITES, {**values, "closed": [SiteState.DISMISSED.value, SiteState.LICENSED.value]}
    ).all()
    return TownshipDesk(
        cells=coverage.cells,
        levels=coverage.levels(),
        tips=tips,
        tip_count=len(tips),
        sites=sites,
        whistles=session.execute(WHISTLES, values).all(),
        campaigns=_campaigns(session, township, day_of(now)),
        trends=_trends(session, township, now),
        places=_places(session, township, now),
    )


def _campaigns(session: Session, township: Area, today: date) -> list[tuple[CanvassCampaign, int, int]]:
    query = session.query(CanvassCampaign).where(
        CanvassCampaign.county == township.county,
        CanvassCampaign.closed_at.is_(None),
        CanvassCampaign.township_id.is_(None) | (CanvassCampaign.township_id == township.id),
    )
    found = query.order_by(CanvassCampaign.ends_on, CanvassCampaign.id).limit(5).all()
    done = count_done(session, township.county, [each.id for each in found])
    return [(each, *done.get(each.id, (0, 0))) for each in found]


def _trends(session: Session, township: Area, now: datetime) -> list[Trend]:
    months = _months(day_of(now))
    # Each month is counted up to the same day, so that the present one can be held against it
    rows = session.execute(
        BY_MONTH,
        {"county": township.county, "township": township.id, "months": months, "day": day_of(now).day},
    ).all()
    trends = []
    for column, name, high_is_good in (
        ("walks", say("走访次数"), True),
        ("cells", say("走到的网格"), True),
        ("closed", say("销号问题"), True),
        ("tips", say("收到的线索"), False),
    ):
        counted = [Month(row.month, int(getattr(row, column))) for row in rows]
        trends.append(Trend(name, counted, usual_of([each.n for each in counted[:-1]]), high_is_good))
    return trends


def usual_of(numbers: Sequence[int]) -> tuple[float, float]:
    """Mean ± two standard deviations of the months before, as of counts: never narrower than their own chance."""
    mean = sum(numbers) / len(numbers) if numbers else 0.0
    spread = (sum((n - mean) ** 2 for n in numbers) / max(len(numbers) - 1, 1)) ** 0.5
    wide = ROUNDS * max(spread, mean**0.5, 1.0)
    return max(mean - wide, 0.0), mean + wide


def _months(today: date) -> list[date]:
    months = [today.replace(day=1)]
    while len(months) <= MONTHS:
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
    return months


def _places(session: Session, township: Area, now: datetime) -> list[Place]:
    since = now - timedelta(days=30)
    rows = session.execute(AMONG, {"county": township.county, "since": since}).all()
    places = []
    for column, name in (("covered", say("30 天内走到的网格占比")), ("closed", say("30 天内按期销号占比"))):
        known = [(float(value), row.id) for row in rows if (value := getattr(row, column)) is not None]
        own = next((value for value, area in known if area == township.id), None)
        if own is not None and len(known) > 1:
            better = sum(value > own for value, _ in known)
            places.append(Place(name, better + 1, len(known), own))
    return places


def box_and_points(desk: TownshipDesk) -> list[dict[str, Any]]:
    """Sites and tips as points of the township's map: what is shown is only ever set as text."""
    points = [
        {"kind": "site", "lon": row.lon, "lat": row.lat, "name": row.name, "href": f"/sites/{row.id}"}
        for row in desk.sites
        if row.lon is not None
    ]
    return points + [
        {"kind": "tip", "lon": row.lon, "lat": row.lat, "name": row.code, "href": f"/tips/{row.id}"}
        for row in desk.tips
        if row.lon is not None
    ]


TIPS = text(
    """
    select id, code, text, category, state, received_at, triage_due_at, due_at, key_since,
        st_x(location) as lon, st_y(location) as lat
    from tips where county = :county and township_id = :township and state = any(:states)
    order by key_since is null, coalesce(due_at, triage_due_at), received_at
    """
)
SITES = text(
    """
    select id, name, state, st_x(location) as lon, st_y(location) as lat
    from sites where county = :county and township_id = :township and kind = 'suspected'
        and not (state = any(:closed))
    order by name limit 2000
    """
)
WHISTLES = text(
    """
    select w.id, w.code, w.tip_id, w.site_id, w.starts_at, count(d.id) as called,
        count(d.arrived_at) as arrived
    from whistles w left join whistle_departments d on d.county = w.county and d.whistle_id = w.id
    where w.county = :county and w.township_id = :township and w.ended_at is null
    group by w.county, w.id order by w.starts_at limit 10
    """
)
BY_MONTH = text(
    """
    with months as (
        select month, month::timestamp at time zone 'Asia/Shanghai' as since,
            least((month + interval '1 month'), month + make_interval(days => :day))
                at time zone 'Asia/Shanghai' as until
        from unnest(cast(:months as date[])) month
    )
    select month,
        (select count(*) from canvass_visits v join grid_cells c on c.county = v.county and c.id = v.cell_id
            where v.county = :county and c.township_id = :township and v.outcome <> 'no_access'
            and v.device_finished_at >= since and v.device_finished_at < until) as walks,
        (select count(distinct v.cell_id) from canvass_visits v
            join grid_cells c on c.county = v.county and c.id = v.cell_id
            where v.county = :county and c.township_id = :township and v.outcome <> 'no_access'
            and v.device_finished_at >= since and v.device_finished_at < until) as cells,
        (select count(*) from findings f join sites s on s.county = f.county and s.id = f.site_id
            where f.county = :county and s.township_id = :township
            and f.struck_off_at >= since and f.struck_off_at < until) as closed,
        (select count(*) from tips t where t.county = :county and t.township_id = :township
            and t.received_at >= since and t.received_at < until) as tips
    from months order by month
    """
)
AMONG = text(
    """
    select a.id,
        (select 100.0 * count(*) filter (where exists (
                select from canvass_visits v where v.county = c.county and v.cell_id = c.id
                and v.outcome <> 'no_access' and v.device_finished_at >= :since)) / nullif(count(*), 0)
            from grid_cells c
            where c.county = a.county and c.township_id = a.id and c.retired_at is null) as covered,
        (select 100.0 * count(*) filter (where f.due_on is null
                or (f.struck_off_at at time zone 'Asia/Shanghai')::date <= f.due_on) / nullif(count(*), 0)
            from findings f join sites s on s.county = f.county and s.id = f.site_id
            where f.county = a.county and s.township_id = a.id and f.struck_off_at >= :since) as closed
    from areas a where a.county = :county and a.level = 'township'
    """
)
