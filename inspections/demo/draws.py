"""Two draws of the demonstration: one of last quarter, published with its outcomes; one that waits for its lots.

All of it by the product's own commands, as if it had been done at the time.
"""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ..days import CHINA
from ..evidence.keys import KeyRing
from ..registry.people import Person, Role
from ..registry.sites import Site, SiteKind
from ..targeting.draws import conflicts, making, publishing, reading
from ..targeting.draws.draws import Draw
from ..targeting.draws.plans import USUAL_PERCENT, Plan
from ..targeting.draws.sampling import VISIT
from . import names
from .orders import find_first

NUMBER_NAME = "抽取当晚福彩3D开奖号"
OUTCOMES = ("clean", "clean", "mended", "clean", "clean", "pending", "clean", "clean", "not_found")
# Written now, but told as of then
THEN = (
    "update events set at = :at where county = :county and subject = 'draws' and subject_id = :draw and at > :at"
)


def write_draws(session: Session, today: date, keys: KeyRing) -> None:
    """Nothing where the installation has no key."""
    dispatcher, director = (find_first(session, role) for role in (Role.DISPATCHER, Role.DIRECTOR))
    if not keys.draw or dispatcher is None or director is None:
        return
    _declare_one(session, dispatcher, _at(today - timedelta(days=120), 10))
    _published(session, dispatcher, director, keys.draw, today)
    waiting = _plan("第四批校外培训机构双随机抽查", today + timedelta(days=1), 9, NUMBER_NAME)
    draw = making.commit(session, dispatcher, keys.draw, waiting, _at(today - timedelta(days=3), 9))
    making.freeze(session, dispatcher, draw.id, _at(today - timedelta(days=1), 16))
    _told_as_of(session, draw, _at(today - timedelta(days=1), 16))


def _published(
    session: Session, dispatcher: Person, director: Person, keys: tuple[bytes, ...], today: date
) -> None:
    first = today - timedelta(days=80)
    plan = _plan("第三批校外培训机构双随机抽查", first, 11, NUMBER_NAME)
    draw = making.commit(session, dispatcher, keys, plan, _at(first - timedelta(days=5), 9))
    making.freeze(session, dispatcher, draw.id, _at(first - timedelta(days=3), 16))
    making.draw_lots(session, dispatcher, keys, draw.id, "2 7 4", _at(first - timedelta(days=2), 21))
    visits = reading.read_draw(session, dispatcher, draw.id, first).visits
    manned = [each for each in visits if each.state == VISIT]
    if manned:
        ill = {"site_id": str(manned[0].site_id), "person_id": str(manned[0].officers[0].id), "why": "ill"}
        making.replace(session, dispatcher, keys, draw.id, ill, _at(first - timedelta(days=1), 9))
    publishing.publish(session, director, keys, draw.id, _at(first + timedelta(days=14), 10))
    for visit, outcome in zip(manned, OUTCOMES * (1 + len(manned) // len(OUTCOMES)), strict=False):
        form = {"site_id": str(visit.site_id), "outcome": outcome, "note": ""}
        publishing.record_outcome(session, director, draw.id, form, _at(first + timedelta(days=18), 15))
    _told_as_of(session, draw, _at(first + timedelta(days=18), 15))


def _plan(title: str, first: date, days: int, public_number: str) -> Plan:
    last = first + timedelta(days=days)
    return Plan(title, first, last, (SiteKind.INSTITUTION,), False, USUAL_PERCENT, 1, 2, True, public_number)


def _declare_one(session: Session, dispatcher: Person, at: datetime) -> None:
    officer = conflicts.list_officers(session, dispatcher)[0]
    site = session.scalars(
        select(Site).where(Site.county == names.COUNTY_CODE, Site.kind == SiteKind.INSTITUTION).order_by(Site.id)
    ).first()
    if site:
        form = {"person_id": str(officer.id), "site_id": str(site.id), "ground": "relative", "note": "配偶任教"}
        conflicts.declare(session, dispatcher, form, at)


def _told_as_of(session: Session, draw: Draw, at: datetime) -> None:
    session.flush()
    session.execute(text(THEN), {"at": at, "county": names.COUNTY_CODE, "draw": draw.id})


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour, 20), CHINA)
