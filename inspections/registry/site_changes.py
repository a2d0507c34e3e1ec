"""What the office does to a site: add, correct, move it along its life, and take that back."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.columns import lonlat
from geo.coordinates import LonLat
from geo.errors import GeoError

from .. import events
from ..access import get, require
from ..days import day_of
from ..errors import Conflict, Invalid, say
from ..events import Event
from . import watching
from .areas import Area, AreaLevel
from .people import Person
from .site_facts import as_plain, as_text, plain_text, read_changes, word_of
from .sites import NEXT_STATES, Site, SiteCategory, SiteKind, SiteState

UNDO_FOR = timedelta(minutes=10)


def edit_site(
    session: Session,
    person: Person,
    site_id: UUID,
    given: Mapping[str, str],
    base: Mapping[str, str] | None = None,
) -> Site:
    """Correct the facts of a site from text as a form sends it; what is not given stays.

    `base` is what the form showed when it was opened: what is not touched in it stays as it is, and a field
    that someone else changed meanwhile is not written over, but named. Raises Forbidden, NotFound, or Invalid with
    every field that is wrong.
    """
    require(person, "site.edit")
    site = get(session, person, Site, site_id)
    session.refresh(site, with_for_update=True)
    if base is not None:
        given = _touched(session, site, given, base)
    changes = read_changes(site.kind, given)
    before = {name: getattr(site, name) for name in changes}
    changed = {name: value for name, value in changes.items() if value != before[name]}
    for name, value in changed.items():
        setattr(site, name, value)
    if changed:
        was = {name: as_plain(before[name]) for name in changed}
        now = {name: as_plain(value) for name, value in changed.items()}
        events.record(session, person, "edit", site, was=was, now=now)
    return site


def add_suspected_site(session: Session, person: Person, given: Mapping[str, str], place: LonLat) -> Site:
    """Put a suspected site on the map. Its township is the one whose boundary holds the place."""
    require(person, "site.create")
    values = read_changes(SiteKind.SUSPECTED, {"category": SiteCategory.OTHER, **given})
    if not values.get("name"):
        raise Invalid({"name": say("请填写名称或招牌，没有招牌就写看到的情况")})
    site = Site(
        county=person.county,
        kind=SiteKind.SUSPECTED,
        state=SiteState.REPORTED,
        location=lonlat(*place),
        location_datum="wgs84",
        township_id=_township_at(session, person.county, place),
        created_by_id=person.id,
        **values,
    )
    session.add(site)
    session.flush()
    events.record(session, person, "add", site, source="desk")
    return site


def change_state(session: Session, person: Person, site_id: UUID, state: str, reason: str) -> Site:
    """Move a site along its life, with a reason that stays in its history."""
    require(person, "site.edit")
    site = get(session, person, Site, site_id)
    target = word_of(SiteState, state)
    if target is None or not site.can_become(target):
        raise Invalid({"state": say("不能从“{now}”改成这个状态", now=site.state.label)})
    if not reason.strip():
        raise Invalid({"reason": say("请写明原因，会记入这个点位的历史")})
    was = _become(site, target)
    events.record(
        session, person, "change_state", site, was=was.value, now=target.value, reason=plain_text(reason, 500)
    )
    return site


def undo_state(session: Session, person: Person, site_id: UUID, now: datetime) -> Site:
    """Take back one's own last change of state within ten minutes. Both changes stay in the history."""
    require(person, "site.edit")
    site = get(session, person, Site, site_id)
    last = last_change_of_state(session, site)
    if last is None or last.person_id != person.id or now - last.at > UNDO_FOR:
        raise Conflict(say("已经不能撤销了：只能在十分钟内撤销自己刚做的修改"))
    if site.state.value != last.detail["now"]:
        raise Conflict(say("状态已被别人改过，没有撤销"))
    _become(site, word_of(SiteState, last.detail["was"]))
    events.record(session, person, "undo_state", site, was=last.detail["now"], now=last.detail["was"])
    return site


def _become(site: Site, state: SiteState) -> SiteState:
    """Bring a site into a state and give back the one it was in. One that is closed is watched from that day."""
    was, site.state = site.state, state
    if state is SiteState.CLOSED:
        watching.watch(site, day_of(datetime.now(UTC)))
    elif was is SiteState.CLOSED:
        watching.end_watch(site)
    return was


def last_change_of_state(session: Session, site: Site) -> Event | None:
    """The last change of state that was not taken back."""
    last = session.scalars(
        select(Event)
        .where(
            Event.county == site.county,
            Event.subject_id == site.id,
            Event.verb.in_(("change_state", "undo_state")),
        )
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(1)
    ).one_or_none()
    return last if last is not None and last.verb == "change_state" else None


def next_states(site: Site) -> list[SiteState]:
    """The states a site may change to, in the order of a site's life."""
    return [state for state in SiteState if state in NEXT_STATES[site.state]]


def _touched(session: Session, site: Site, given: Mapping[str, str], base: Mapping[str, str]) -> Mapping[str, str]:
    """What of a form was changed by hand. Raises Invalid where someone else changed the same field meanwhile."""
    from .site_conflicts import last_deed  # it knows this module's rules

    touched = {name: text for name, text in given.items() if name in base and text.strip() != base[name].strip()}
    stale = {
        name: current
        for name, text in touched.items()
        if (current := as_text(getattr(site, name, None))) not in {base[name].strip(), text.strip()}
    }
    wrong = {}
    for name, current in stale.items():
        deed = last_deed(session, site, name)
        who = (deed and deed.person) or say("别人")
        wrong[name] = say("{who}刚把这一项改成了“{now}”；仍要改，请再保存一次", who=who, now=current or "—")
    if wrong:
        raise Invalid(wrong)
    return touched


def _township_at(session: Session, county: str, place: LonLat) -> UUID | None:
    covers = Area.boundary.ST_Covers(lonlat(*place))
    query = (
        select(Area.id).where(Area.county == county, Area.level == AreaLevel.TOWNSHIP, covers).order_by(Area.name)
    )
    return session.scalars(query.limit(1)).one_or_none()


def place_from(lon: str, lat: str) -> LonLat:
    """A position that a form sent. Raises Invalid in words."""
    try:
        return LonLat(float(lon), float(lat))
    except (GeoError, ValueError):
        raise Invalid({"lon": say("位置不对，请在地图上重新点选")}) from None
