"""From a rumour to an address: the point, building, floor and room of a site, as somebody found them out."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from geo.columns import lonlat

from .. import events
from ..access import get, require
from ..errors import Invalid, Message, say
from .areas import township_at
from .people import Person
from .site_changes import place_from
from .site_facts import plain_text, word_of
from .sites import Premises, Site

LONGEST = {"address": 300, "compound": 60, "building": 60, "unit": 60, "floor": 60, "room": 60}
WIDEST_M = 20_000


def locate_site(session: Session, person: Person, site_id: UUID, given: Mapping[str, str]) -> Site:
    """Say where a site is. `lon`, `lat` (WGS-84) may be empty, `accuracy_m` is the circle around them.

    Raises Forbidden, NotFound, or Invalid with every field that is wrong.
    """
    require(person, "site.locate")
    site = get(session, person, Site, site_id)
    session.refresh(site, with_for_update=True)
    wrong: dict[str, Message] = {}
    words = {name: _read(name, given, wrong) for name in LONGEST if name in given}
    accuracy_m = _metres(given.get("accuracy_m", ""), wrong)
    lon, lat = given.get("lon", "").strip(), given.get("lat", "").strip()
    try:
        place = place_from(lon, lat) if lon or lat else None
    except Invalid as error:
        wrong |= error.fields
    premises = given.get("premises", "")
    if premises and word_of(Premises, premises) is None:
        wrong["premises"] = say("请从列表中选择")
    if wrong:
        raise Invalid(wrong)
    if place is None and not any(words.values()) and site.location is None:
        raise Invalid({"address": say("请在地图上点选位置，或填写地址、楼栋、房号中的一项")})
    was = {name: getattr(site, name) for name in words}
    for name, text in words.items():
        setattr(site, name, text or None)
    site.premises = word_of(Premises, premises) or site.premises
    if place is not None:
        site.location, site.location_datum, site.location_accuracy_m = lonlat(*place), "wgs84", accuracy_m
        site.township_id = township_at(session, site.county, place) or site.township_id
    session.flush()
    changed = {name: text for name, text in words.items() if text != (was[name] or "")}
    events.record(session, person, "locate", site, now=changed, has_point=place is not None, accuracy_m=accuracy_m)
    return site


def _read(name: str, given: Mapping[str, str], wrong: dict[str, Message]) -> str:
    try:
        return plain_text(given[name], LONGEST[name])
    except Invalid as error:
        wrong[name] = error.message
        return ""


def _metres(text: str, wrong: dict[str, Message]) -> float | None:
    if not text.strip():
        return None
    try:
        metres = float(text)
    except ValueError:
        metres = -1.0
    if not 0 <= metres <= WIDEST_M:
        wrong["accuracy_m"] = say("请填 0 至 {most} 之间的米数", most=WIDEST_M)
    return metres
