"""Sites that moved 转移: a closed class that opened again elsewhere, told by a phone, a teacher or an account."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require, visible
from ..errors import Conflict, Invalid, Message, NotFound, say
from ..registry.people import Person
from ..registry.site_facts import plain_text, word_of
from ..registry.sites import Site, SiteKind
from .clues import Clue, ClueKind, GivenClue, add_clues, normalise
from .tips import Tip

MOST_KIN = 10
LONGEST_CLUE = 100
WEIGHTS = {
    ClueKind.PHONE: 5,
    ClueKind.PAYMENT: 5,
    ClueKind.WECHAT: 4,
    ClueKind.ADVERT: 2,
    ClueKind.TEACHER: 2,
    ClueKind.NAME: 2,
}


@dataclass
class Kin:
    """Another site that seems to be of the same hands, and why."""

    site: Site
    reasons: list[Message] = field(default_factory=list)
    weight: int = 0


def clues_of(session: Session, site: Site) -> Sequence[Clue]:
    query = select(Clue).where(Clue.county == site.county, Clue.site_id == site.id)
    return session.scalars(query.order_by(Clue.kind, Clue.at)).all()


def add_clue(session: Session, person: Person, site_id: UUID, kind: str, text: str, now: datetime) -> Clue:
    """A clue about a site, as it was learnt. Raises Invalid, Conflict for one that is there."""
    require(person, "site.link")
    site = get(session, person, Site, site_id)
    chosen = word_of(ClueKind, kind)
    if chosen is None:
        raise Invalid({"kind": say("请选择要素的种类")})
    shown = plain_text(text, LONGEST_CLUE)
    value = normalise(chosen, shown)
    if not value:
        raise Invalid({"text": say("请填写{kind}", kind=chosen.label)})
    if any((clue.kind, clue.value) == (chosen, value) for clue in clues_of(session, site)):
        raise Conflict(say("这一条已经登记过了"))
    (clue,) = add_clues(session, site.county, [GivenClue(kind=chosen, text=shown)], site=site, at=now)
    events.record(session, person, "add_clue", site, kind=chosen.value)
    return clue


def remove_clue(session: Session, person: Person, site_id: UUID, clue_id: UUID) -> None:
    require(person, "site.link")
    site = get(session, person, Site, site_id)
    clue = session.get(Clue, (site.county, clue_id))
    if clue is None or clue.site_id != site.id:
        raise NotFound
    session.delete(clue)
    events.record(session, person, "remove_clue", site, kind=clue.kind.value, value=clue.value)


def kin_of(session: Session, person: Person, site: Site) -> list[Kin]:
    """Other sites that share a clue with this one, their own or that of a tip about them; the likeliest first."""
    own = _values(session, person, site)
    found: dict[UUID, Kin] = {}
    for other_id, kind, shown in _sharing(session, person, site, own):
        if other_id not in found:
            found[other_id] = Kin(session.get_one(Site, (site.county, other_id)))
        kin = found[other_id]
        kin.reasons.append(say("同一个{kind}：{shown}", kind=kind.label, shown=shown))
        kin.weight += WEIGHTS[kind]
    ranked = sorted(found.values(), key=lambda kin: (-kin.weight, kin.site.name))
    return [kin for kin in ranked if kin.site.id != site.moved_from_id][:MOST_KIN]


def _values(session: Session, person: Person, site: Site) -> set[tuple[ClueKind, str]]:
    tips = visible(person, Tip).where(Tip.site_id == site.id).with_only_columns(Tip.id)
    query = select(Clue.kind, Clue.value).where(
        Clue.county == site.county, or_(Clue.site_id == site.id, Clue.tip_id.in_(tips))
    )
    values = {(kind, value) for kind, value in session.execute(query)}
    return (
        values | {(ClueKind.PHONE, number)} if (number := normalise(ClueKind.PHONE, site.phone or "")) else values
    )


def _sharing(
    session: Session, person: Person, site: Site, own: Iterable[tuple[ClueKind, str]]
) -> Iterable[tuple[UUID, ClueKind, str]]:
    """(site, kind, clue) of each clue that another site, or a tip about one, has in common; each once."""
    wanted = set(own)
    if not wanted:
        return []
    other = func.coalesce(Clue.site_id, Tip.site_id)
    query = (
        select(other, Clue.kind, Clue.value, Clue.shown)
        .outerjoin(Tip, (Tip.county == Clue.county) & (Tip.id == Clue.tip_id))
        .where(Clue.county == site.county, Clue.value.in_({value for _, value in wanted}))
        .where(other.is_not(None), other != site.id)
    )
    seen = {}
    for other_id, kind, value, shown in session.execute(query):
        if (kind, value) in wanted:
            seen[other_id, kind, value] = shown
    for phone in {value for kind, value in wanted if kind is ClueKind.PHONE}:
        digits = func.regexp_replace(func.coalesce(Site.phone, ""), "[^0-9]", "", "g")
        for other_id in session.scalars(
            select(Site.id).where(Site.county == site.county, Site.id != site.id, digits == phone)
        ):
            seen.setdefault((other_id, ClueKind.PHONE, phone), phone)
    theirs = visible(person, Site).where(Site.id.in_({key[0] for key in seen}))
    allowed = set(session.scalars(theirs.with_only_columns(Site.id)))
    return [(other_id, kind, shown) for (other_id, kind, _), shown in seen.items() if other_id in allowed]


def mark_moved(session: Session, person: Person, site_id: UUID, from_id: UUID, reason: str) -> Site:
    """Say that a site is another one that moved here. Raises Invalid where that makes a circle."""
    require(person, "site.link")
    site, earlier = get(session, person, Site, site_id), get(session, person, Site, from_id)
    session.refresh(site, with_for_update=True)
    if SiteKind.SCHOOL in (site.kind, earlier.kind):
        raise Invalid({"from_id": say("学校不能认定为转移")})
    if site.id in {each.id for each in _chain(session, earlier)}:
        raise Invalid({"from_id": say("这样会首尾相接：那个点位本身就是从这里转移去的，或就是它自己")})
    was, site.moved_from_id = site.moved_from_id, earlier.id
    session.flush()
    detail = {"from_id": str(earlier.id), "was": was and str(was), "reason": plain_text(reason, 500)}
    events.record(session, person, "mark_moved", site, **detail)
    return site


def unmark_moved(session: Session, person: Person, site_id: UUID) -> Site:
    """Take back that a site moved. Raises Conflict where nobody said so."""
    require(person, "site.link")
    site = get(session, person, Site, site_id)
    session.refresh(site, with_for_update=True)
    if site.moved_from_id is None:
        raise Conflict(say("这个点位没有被认定为转移"))
    was, site.moved_from_id = site.moved_from_id, None
    session.flush()
    events.record(session, person, "unmark_moved", site, from_id=str(was))
    return site


def whereabouts(session: Session, person: Person, site: Site) -> Mapping[str, list[Site]]:
    """`before`: the sites it was, the nearest first; `after`: where it went, as far as the person may see them."""
    before = _chain(session, site)[1:]
    after = visible(person, Site).where(Site.moved_from_id == site.id).order_by(Site.created_at)
    return {"before": before, "after": list(session.scalars(after))}


def _chain(session: Session, site: Site) -> list[Site]:
    """A site and those it moved from, one after the other."""
    chain = [site]
    while chain[-1].moved_from_id and len(chain) < 50:
        chain.append(session.get_one(Site, (site.county, chain[-1].moved_from_id)))
    return chain
