"""A dispatcher sends a campaign to sites, and ends it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require, visible
from ..casework.drafting import CONTROLS
from ..casework.invitations import LIFETIME, Invitation, make_token, token_of
from ..db import new_id
from ..errors import Conflict, Invalid, Message, say
from ..events import Event
from ..field.checklists import Checklist, list_checklists
from ..registry.accounts import hash_of
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import Site, SiteKind, SiteState
from ..rules.calendar import DayKind, read_calendar
from .campaigns import ANSWERED, SelfCheck, SelfCheckCampaign, SelfCheckState

MOST_SITES = 5_000
LONGEST = {"title": 100, "letter": 2_000, "contact": 50, "telephone": 40}
ASKED = (SiteKind.SCHOOL, SiteKind.INSTITUTION)
PICKED = "picked"
MOST_FOUND = 30
GONE = (SiteState.CLOSED, SiteState.DISMISSED)


class Chosen(NamedTuple):
    """Whom a campaign goes to, and what they were chosen by."""

    sites: Sequence[UUID]
    kinds: list[SiteKind]
    township_id: UUID | None


def send(
    session: Session,
    person: Person,
    form: Mapping[str, Any],
    kinds: Sequence[str],
    now: datetime,
    today: date,
    picked: Sequence[str] = (),
) -> SelfCheckCampaign:
    """Send a checklist to the sites of `kinds`, in one township or all; or, with `to` = PICKED, to those `picked`.

    Raises Invalid by the form's fields.
    """
    require(person, "self_check.manage")
    problems: dict[str, Message] = {}
    texts = {name: _text(form, name, problems) for name in LONGEST}
    opens, closes = (_day(form, name, problems) for name in ("opens_on", "closes_on"))
    if opens and closes and not max(opens, today) <= closes:
        problems["closes_on"] = say("截止日不能早于开始日和今天")
    checklist = _checklist(session, person, str(form.get("checklist", "")), today)
    if checklist is None:
        problems["checklist"] = say("请选择一份已发布的清单")
    if form.get("to") == PICKED:
        chosen = _picked(session, person, picked, problems)
    else:
        chosen = _by_kind(session, person, kinds, str(form.get("township_id", "")), problems)
    if problems or checklist is None or opens is None or closes is None:
        raise Invalid(problems)
    campaign = SelfCheckCampaign(
        county=person.county, **texts, checklist_code=checklist.code, checklist_version=checklist.version,
        opens_on=opens, closes_on=closes, site_kinds=[kind.value for kind in chosen.kinds],
        township_id=chosen.township_id, sent_by_id=person.id, sent_at=now,
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    session.add_all(
        SelfCheck(county=person.county, id=new_id(), campaign_id=campaign.id, site_id=site_id,
                  state=SelfCheckState.NOT_BEGUN)
        for site_id in chosen.sites
    )  # fmt: skip
    session.flush()
    events.record(session, person, "send", campaign, sites=len(chosen.sites), closes_on=closes.isoformat())
    return campaign


def warning_of(session: Session, person: Person, day: date) -> Message | None:
    """What is odd about a closing date: nobody works on it, or its year isn't published."""
    kind = read_calendar(session, person).kind_of(day)
    if kind in {DayKind.WORKDAY, DayKind.MAKE_UP}:
        return None
    return say("截止日 {day} 是{kind}，学校可能没有人填写", day=day.isoformat(), kind=kind.label)


def end(session: Session, person: Person, campaign_id: UUID, now: datetime) -> SelfCheckCampaign:
    """Take no more answers. Raises Conflict if it ended before."""
    require(person, "self_check.manage")
    campaign = get(session, person, SelfCheckCampaign, campaign_id)
    session.refresh(campaign, with_for_update=True)
    if campaign.ended_at is not None:
        raise Conflict(say("这次自查已经结束"))
    campaign.ended_at = now
    session.flush()
    events.record(session, person, "end", campaign)
    return campaign


def remind(session: Session, person: Person, campaign: SelfCheckCampaign, sites: int) -> None:
    """Note that letters went out again to those that have not answered."""
    require(person, "self_check.manage")
    if campaign.ended_at is not None:
        raise Conflict(say("这次自查已经结束"))
    if sites:
        events.record(session, person, "remind", campaign, sites=sites)


def reminders_of(session: Session, campaign: SelfCheckCampaign) -> tuple[int, datetime | None]:
    """How often reminders went out, and when last."""
    query = select(func.count(), func.max(Event.at)).where(
        Event.county == campaign.county,
        Event.subject_id == campaign.id,
        Event.subject == SelfCheckCampaign.__tablename__,
        Event.verb == "remind",
    )
    n, last = session.execute(query).one()
    return n, last


def checklists_to_send(session: Session, person: Person, today: date) -> Sequence[Checklist]:
    return list_checklists(session, person.county, today)


def townships_of(session: Session, person: Person) -> list[tuple[str, str]]:
    sites = visible(person, Site).with_only_columns(Site.township_id)
    areas = select(Area.id, Area.name).where(Area.county == person.county, Area.id.in_(sites)).order_by(Area.name)
    return [(str(row.id), row.name) for row in session.execute(areas)]


def _checklist(session: Session, person: Person, text: str, today: date) -> Checklist | None:
    return next((each for each in list_checklists(session, person.county, today) if each.code == text), None)


def _township(session: Session, person: Person, text: str, problems: dict[str, Message]) -> Area | None:
    if not text:
        return None
    try:
        found = session.get(Area, (person.county, UUID(text)))
    except ValueError:
        found = None
    if found is None:
        problems["township_id"] = say("请从名单里选择")
    return found


def _by_kind(
    session: Session, person: Person, kinds: Sequence[str], township_id: str, problems: dict[str, Message]
) -> Chosen:
    wanted = [kind for kind in ASKED if kind in kinds]
    township = _township(session, person, township_id, problems)
    if not wanted:
        problems["kinds"] = say("请选择发给学校、校外培训机构，或两者")
    if not wanted or "township_id" in problems:
        return Chosen([], wanted, None)
    query = _askable(person).where(Site.kind.in_(wanted))
    if township:
        query = query.where(Site.township_id == township.id)
    sites = session.scalars(query.with_only_columns(Site.id).order_by(Site.id)).all()
    if not 1 <= len(sites) <= MOST_SITES:
        problems["kinds"] = say("这样选出 {n} 个点位，一次要有 1 至 {most} 个", n=len(sites), most=MOST_SITES)
    return Chosen(sites, wanted, township.id if township else None)


def _picked(session: Session, person: Person, picked: Sequence[str], problems: dict[str, Message]) -> Chosen:
    found = picked_sites(session, person, picked)
    if not found:
        problems["sites"] = say("还没有选点位，请先搜索，再勾选")
    elif len(found) < len(set(picked)):
        problems["sites"] = say("选中的点位里有 {n} 个不能发，请核对后重新勾选", n=len(set(picked)) - len(found))
    kinds = [kind for kind in ASKED if any(site.kind is kind for site in found)]
    return Chosen([site.id for site in found], kinds, None)


def picked_sites(session: Session, person: Person, picked: Sequence[str]) -> Sequence[Site]:
    """Of the ids that were ticked those of sites that can be asked, by name."""
    ids = {made for text in picked[:MOST_SITES] if (made := _uuid(text))}
    return session.scalars(_askable(person).where(Site.id.in_(ids)).order_by(Site.name, Site.id)).all()


def find_sites(session: Session, person: Person, words: str) -> Sequence[Site]:
    """The first sites that can be asked whose name or address holds each of the words."""
    query = _askable(person)
    for word in words.replace("\x00", "").split():
        query = query.where(
            or_(Site.name.icontains(word, autoescape=True), Site.address.icontains(word, autoescape=True))
        )
    return session.scalars(query.order_by(Site.name, Site.id).limit(MOST_FOUND)).all()


def _askable(person: Person) -> Any:
    return visible(person, Site).where(Site.kind.in_(ASKED), Site.state.not_in(GONE))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _text(form: Mapping[str, Any], name: str, problems: dict[str, Message]) -> str:
    text = CONTROLS.sub("", str(form.get(name) or "").replace("\r\n", "\n")).strip()
    if not text:
        problems[name] = say("请填写这一项")
    elif len(text) > LONGEST[name]:
        problems[name] = say("最多 {n} 字，现在 {m} 字", n=LONGEST[name], m=len(text))
    return text


def _day(form: Mapping[str, Any], name: str, problems: dict[str, Message]) -> date | None:
    try:
        return date.fromisoformat(str(form.get(name, "")).strip())
    except ValueError:
        problems[name] = say("请填写日期，例如 2026-03-09")
        return None


def links_for(
    session: Session, person: Person, campaign: SelfCheckCampaign, keys: Sequence[bytes], now: datetime
) -> dict[UUID, str]:
    """The token of each site that has not answered, by the id of its self-check; made where there is none yet."""
    require(person, "self_check.manage")
    if not keys:
        raise Conflict(say("服务器没有设置密钥（MINGCHA_SECRET_KEY），不能制作链接，请联系管理员"))
    waiting = select(SelfCheck.id).where(
        SelfCheck.county == campaign.county,
        SelfCheck.campaign_id == campaign.id,
        SelfCheck.state.not_in(ANSWERED),
    )
    live = select(Invitation).where(
        Invitation.county == campaign.county,
        Invitation.self_check_id.in_(waiting),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
    )
    found = {each.self_check_id: each for each in session.scalars(live)}
    for self_check_id in session.scalars(waiting).all():
        there = found.get(self_check_id)
        if there is None or token_of(keys, there) is None:
            found[self_check_id] = _invite(session, person, self_check_id, keys[0], now)
    session.flush()
    return {key: str(token_of(keys, each)) for key, each in found.items() if key is not None}


def _invite(session: Session, person: Person, self_check_id: UUID, key: bytes, now: datetime) -> Invitation:
    key_of = new_id()
    token_hash = hash_of(make_token(key, key_of))
    made = Invitation(county=person.county, id=key_of, self_check_id=self_check_id, token_hash=token_hash,
                      made_by_id=person.id, made_at=now, expires_at=now + LIFETIME)  # fmt: skip
    session.add(made)
    return made
