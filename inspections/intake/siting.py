"""The site that a tip is about: one that is known, or a rumour with a circle around it."""

from collections.abc import Mapping
from datetime import datetime
from math import cos, radians
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from geo.coordinates import LonLat
from geo.measurement import distance_m
from geo.tiles import key_ranges

from .. import events
from ..access import get, visible
from ..errors import Invalid, say
from ..registry.people import Person
from ..registry.site_file import place_of
from ..registry.sites import CATEGORIES, Site, SiteCategory, SiteKind, SiteState
from .clues import Clue, GivenClue, add_clues
from .deciding import decide, held
from .tip_moves import TipMoveKind
from .tips import Tip

REACH_M, MOST = 200.0, 8
METRES_A_DEGREE = 111_320.0


class NearSite(NamedTuple):
    id: UUID
    name: str
    state: SiteState
    distance_m: float


def sites_near(session: Session, person: Person, place: LonLat | None, uncertainty_m: float) -> list[NearSite]:
    """Sites inside the circle and a little around it, the nearest first."""
    if place is None:
        return []
    reach = min(REACH_M + uncertainty_m, 1_500.0)
    high = reach / METRES_A_DEGREE
    wide = high / max(cos(radians(place.lat)), 0.1)
    ranges = key_ranges(place.lon - wide, place.lat - high, place.lon + wide, place.lat + high)
    query = visible(person, Site).where(or_(*(Site.tile_key.between(first, last) for first, last in ranges)))
    lon, lat = func.ST_X(Site.location), func.ST_Y(Site.location)
    off = func.abs(lon - place.lon) + func.abs(lat - place.lat)
    rows = session.execute(
        query.order_by(off).limit(4 * MOST).with_only_columns(Site.id, Site.name, Site.state, lon, lat)
    )
    found = [NearSite(key, name, state, distance_m(place, LonLat(x, y))) for key, name, state, x, y in rows]
    return sorted((each for each in found if each.distance_m <= reach), key=lambda each: each.distance_m)[:MOST]


def set_site(session: Session, person: Person, tip_id: UUID, form: Mapping[str, Any], now: datetime) -> Tip:
    """Say which site a tip is about. `site_id` is one that is known, "new" or empty for none."""
    tip = held(session, person, tip_id, "tip.triage")
    chosen = str(form.get("site_id") or "").strip()
    if chosen == "new":
        tip.site_id = _new_site(session, person, tip, form).id
    elif chosen:
        tip.site_id = _known(session, person, chosen).id
    else:
        tip.site_id = None
    decide(session, tip, TipMoveKind.NOTE, person, now, note=_said(session, tip))
    return tip


def site_for(session: Session, person: Person, tip: Tip) -> Site:
    """The site to which someone is sent for a tip; made from the tip where none is known. Raises Invalid."""
    if tip.site_id:
        return session.get_one(Site, (tip.county, tip.site_id))
    site = _new_site(session, person, tip, {})
    tip.site_id = site.id
    return site


def _known(session: Session, person: Person, text: str) -> Site:
    try:
        return get(session, person, Site, UUID(text))
    except ValueError:
        raise Invalid({"site_id": say("请选择一个点位")}) from None


def _said(session: Session, tip: Tip) -> str:
    site = session.get(Site, (tip.county, tip.site_id)) if tip.site_id else None
    return str(say("涉及点位：{name}", name=site.name)) if site else str(say("取消涉及点位"))


def _new_site(session: Session, person: Person, tip: Tip, form: Mapping[str, Any]) -> Site:
    """A suspected site as a rumour: where the tip says, as uncertain as the tip is, with the clues it gave."""
    address = _address(tip)
    if tip.location is None and not address:
        raise Invalid({"site_id": say("这条线索没有地点，请先补充地点，或者交办给镇街核实")})
    place = place_of(session, tip)
    site = Site(
        county=tip.county,
        kind=SiteKind.SUSPECTED,
        category=_category(tip, form),
        state=SiteState.REPORTED,
        name=_name(session, tip, form, address),
        address=address or None,
        location=tip.location,
        location_datum="wgs84" if place else None,
        location_accuracy_m=tip.uncertainty_m,
        compound=tip.compound,
        building=tip.building,
        unit=tip.unit,
        room=tip.room,
        township_id=tip.township_id,
        created_by_id=person.id,
    )
    session.add(site)
    session.flush()
    add_clues(session, tip.county, _clues(session, tip), site=site, at=tip.received_at)
    events.record(session, person, "add", site, tip_id=str(tip.id))
    return site


def _clues(session: Session, tip: Tip) -> list[GivenClue]:
    rows = session.execute(select(Clue.kind, Clue.shown).where(Clue.county == tip.county, Clue.tip_id == tip.id))
    return [GivenClue(kind=kind, text=shown) for kind, shown in rows]


def _address(tip: Tip) -> str:
    inside = "".join(part for part in (tip.compound, tip.building, tip.unit, tip.room) if part)
    return (tip.place or "") if inside in (tip.place or "") else f"{tip.place or ''}{inside}"


def _name(session: Session, tip: Tip, form: Mapping[str, Any], address: str) -> str:
    given = str(form.get("name") or "").strip()[:200]
    return given or str(say("疑似点（{where}）", where=(address or tip.code)[:100]))


def _category(tip: Tip, form: Mapping[str, Any]) -> SiteCategory:
    suspected = CATEGORIES[SiteKind.SUSPECTED]
    wanted = str(form.get("category") or "")
    if wanted:
        found = next((each for each in suspected if each.value == wanted), None)
        if found is None:
            raise Invalid({"category": say("请选择疑似办学点的类型")})
        return found
    return tip.category if tip.category in suspected else SiteCategory.UNLICENSED_CLASS
