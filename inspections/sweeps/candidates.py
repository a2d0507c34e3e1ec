"""Sites that a sweep could enter: where they come from, and what speaks for and against each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import shapely
from geoalchemy2.shape import from_shape
from shapely.geometry import shape
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.columns import lonlat

from ..access import get, require, visible
from ..db import new_id
from ..errors import Message
from ..registry.imports.previews import messages_as_json
from ..registry.people import Person
from ..registry.sites import Site, SiteKind, SiteState
from ..targeting.draws.draws import Draw
from ..targeting.draws.making import turns_of
from ..targeting.draws.sampling import VISIT
from ..targeting.hotspot_runs import HotspotCell, HotspotRun
from ..targeting.target_lists.lists import LIVE, TargetEntry, TargetList
from .areas import polygon_of
from .known import Known, known_of
from .linking import METRES_A_DEGREE, Link, links_of
from .plan import PlannedStop, PlanSource
from .plans import read_plan
from .sweeps import Sweep
from .windows import Likely

MOST_CANDIDATES = 500
MOST_NAMED = 20
LEAST_HOT = 1  # of `geo.hotspots.Level`: at 90 %


class InArea(NamedTuple):
    """A ring of (lon, lat)."""

    ring: tuple[tuple[float, float], ...]


class Near(NamedTuple):
    """The sites around a place that was pressed, the nearest first."""

    lon: float
    lat: float
    radius_m: float


class OfHotspot(NamedTuple):
    """The hot cells of a run, or those that are named by their codes."""

    run_id: UUID
    codes: tuple[str, ...] = ()


class OfTargetList(NamedTuple):
    list_id: UUID


class OfDraw(NamedTuple):
    draw_id: UUID


class Named(NamedTuple):
    """Sites whose name or address holds all the words."""

    words: str


class Picked(NamedTuple):
    site_ids: tuple[UUID, ...]


Source = InArea | Near | OfHotspot | OfTargetList | OfDraw | Named | Picked


@dataclass(frozen=True)
class Candidate:
    """A site and what speaks for and against it. `probability` that a visit finds a problem, None where it isn't
    scored. `likely`: its hours on the sweep's day. `against`: why it would rather not be visited now; `cap`: how
    often it was inspected this year. `on_plan`, and `dropped`: the reason it was taken out for.
    """

    site_id: UUID
    name: str
    lon: float
    lat: float
    kind: SiteKind
    state: SiteState
    township: str
    address: str
    reasons: tuple[tuple[float, Message], ...]
    probability: float | None
    likely: Likely | None
    against: Message | None
    cap: Message | None
    exemption: Message | None
    last_visit_on: date | None
    linked_to: tuple[Link, ...]
    on_plan: bool
    dropped: str


def candidates(
    session: Session,
    person: Person,
    keys: Sequence[bytes],
    sweep: Sweep,
    source: Source,
    now: datetime | None = None,
) -> list[Candidate]:
    """What a source offers, the riskiest first, with what is on the plan already.

    Schools and what has no place are left out, unless picked; closed and dismissed ones too. Raises NotFound for
    who is not on the need-to-know list, and for a source that the person may not see.
    """
    require(person, "sweep.plan")
    plan = read_plan(session, person, keys, sweep)
    ids = ids_of(session, person, source)
    known = known_of(session, person, sweep, ids, now or datetime.now(UTC))
    there = {stop.site_id for stop in plan.stops}
    linked = links_of(session, person, known)
    found = [_candidate(each, linked, there, plan.dropped) for each in known.values()]
    return sorted(found, key=lambda each: (-(each.probability or 0.0), each.name, each.site_id))


def stops_of(
    session: Session,
    person: Person,
    sweep: Sweep,
    site_ids: Sequence[UUID],
    source: PlanSource,
    source_id: UUID | None,
    now: datetime,
) -> list[PlannedStop]:
    """New stops for sites, with what is known of them now, in the order given. Unknown sites are passed over."""
    known = known_of(session, person, sweep, site_ids, now)
    return [
        PlannedStop(
            id=new_id(),
            site_id=each.site.id,
            source=source,
            source_id=source_id,
            reasons=tuple((weight, *messages_as_json([words])[0]) for weight, words in each.reasons),
            probability=each.probability,
            likely=each.likely.as_json() if each.likely else {},
            exemption=each.exempt.template if each.exempt else "",
        )
        for key in site_ids
        if (each := known.get(key)) is not None
    ]


def ids_of(session: Session, person: Person, source: Source) -> list[UUID]:
    """The sites of a source as far as the person may see them."""
    match source:
        case InArea(ring):
            query = visible(person, Site).where(_within(shape(polygon_of(ring))))
            return _enterable(session, query)
        case Near(lon, lat, radius_m):
            return _near(session, person, lon, lat, radius_m)
        case OfHotspot(run_id, codes):
            return _enterable(session, _in_cells(session, person, run_id, codes))
        case OfTargetList(list_id):
            return _of_list(session, person, list_id)
        case OfDraw(draw_id):
            return _of_draw(session, person, draw_id)
        case Named(words):
            return _named(session, person, words)
        case Picked(site_ids):
            return list(site_ids)


ENTERABLE = (
    Site.kind != SiteKind.SCHOOL,
    Site.state.not_in((SiteState.CLOSED, SiteState.DISMISSED)),
    Site.location.is_not(None),
)


def _can_be_entered(person: Person) -> Any:
    return visible(person, Site).where(*ENTERABLE)


def _within(area: shapely.Polygon) -> Any:
    return func.st_covers(from_shape(area, srid=4326), Site.location)


def _near(session: Session, person: Person, lon: float, lat: float, radius_m: float) -> list[UUID]:
    here = lonlat(lon, lat)
    query = visible(person, Site).where(
        func.st_dwithin(Site.location, here, 2 * radius_m / METRES_A_DEGREE),
        func.st_distancesphere(Site.location, here) <= radius_m,
    )
    query = query.order_by(func.st_distancesphere(Site.location, here), Site.id).limit(MOST_NAMED)
    return list(session.scalars(query.with_only_columns(Site.id)))


def _enterable(session: Session, query: Any) -> list[UUID]:
    query = query.where(*ENTERABLE)
    found: Sequence[UUID] = session.scalars(
        query.with_only_columns(Site.id).order_by(Site.id).limit(MOST_CANDIDATES)
    ).all()
    return list(found)


class HotCell(NamedTuple):
    """`boundary` is a GeoJSON geometry, `level` a `geo.hotspots.Level`."""

    code: str
    level: int
    boundary: dict[str, Any]


def hot_cells(session: Session, person: Person, run_id: UUID) -> list[HotCell]:
    """The hot cells of a run in which there is something to enter."""
    require(person, "hotspot.see")
    run = get(session, person, HotspotRun, run_id)
    query = (
        select(HotspotCell.code, HotspotCell.level, func.st_asgeojson(HotspotCell.boundary, 6))
        .where(HotspotCell.county == run.county, HotspotCell.run_id == run.id, HotspotCell.level >= LEAST_HOT)
        .where(_can_be_entered(person).where(func.st_covers(HotspotCell.boundary, Site.location)).exists())
        .order_by(HotspotCell.position)
        .limit(MOST_CANDIDATES)
    )
    return [HotCell(code, level, json.loads(shown)) for code, level, shown in session.execute(query)]


def _in_cells(session: Session, person: Person, run_id: UUID, codes: Sequence[str]) -> Any:
    require(person, "hotspot.see")
    run = get(session, person, HotspotRun, run_id)
    hot = select(HotspotCell.code).where(
        HotspotCell.county == run.county,
        HotspotCell.run_id == run.id,
        HotspotCell.level >= LEAST_HOT if not codes else HotspotCell.code.in_(codes),
        func.st_covers(HotspotCell.boundary, Site.location),
    )
    return visible(person, Site).where(hot.exists())


def _of_list(session: Session, person: Person, list_id: UUID) -> list[UUID]:
    require(person, "target.see")
    found = get(session, person, TargetList, list_id)
    query = (
        select(TargetEntry.site_id)
        .where(TargetEntry.county == found.county, TargetEntry.list_id == found.id, TargetEntry.state.in_(LIVE))
        .order_by(TargetEntry.id)
    )
    return list(session.scalars(query))


def _of_draw(session: Session, person: Person, draw_id: UUID) -> list[UUID]:
    require(person, "draw.see")
    draw = get(session, person, Draw, draw_id)
    turns = turns_of(session, draw)
    return [UUID(each["site"]) for each in turns[-1].result if each["state"] == VISIT] if turns else []


def _named(session: Session, person: Person, words: str) -> list[UUID]:
    asked = words[:60].split()
    if not asked:
        return []
    query = visible(person, Site).where(Site.location.is_not(None))
    for word in asked:
        query = query.where(
            Site.name.contains(word, autoescape=True) | Site.address.contains(word, autoescape=True)
        )
    query = query.order_by(func.char_length(Site.name), Site.name, Site.id).limit(MOST_NAMED)
    return list(session.scalars(query.with_only_columns(Site.id)))


def _candidate(
    known: Known, linked: Mapping[UUID, list[Link]], there: set[UUID], dropped: Mapping[UUID, str]
) -> Candidate:
    site, place = known.site, known.site.place
    assert place is not None
    return Candidate(
        site.id, site.name, place.lon, place.lat, site.kind, site.state, known.township or "", site.address or "",
        known.reasons, known.probability, known.likely, known.against, known.cap, known.exempt,
        known.last_visit_on, tuple(linked.get(site.id, ())), site.id in there, dropped.get(site.id, ""),
    )  # fmt: skip
