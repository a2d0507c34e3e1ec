"""A dispatcher sends a campaign to sites, and ends it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require, visible
from ..casework.drafting import CONTROLS
from ..casework.invitations import LIFETIME, Invitation, make_token, token_of
from ..db import new_id
from ..errors import Conflict, Invalid, Message, say
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
GONE = (SiteState.CLOSED, SiteState.DISMISSED)


def send(
    session: Session, person: Person, form: Mapping[str, Any], kinds: Sequence[str], now: datetime, today: date
) -> SelfCheckCampaign:
    """Send a checklist to the sites of `kinds`, in one township or all. Raises Invalid by the form's fields."""
    require(person, "self_check.manage")
    problems: dict[str, Message] = {}
    texts = {name: _text(form, name, problems) for name in LONGEST}
    opens, closes = (_day(form, name, problems) for name in ("opens_on", "closes_on"))
    if opens and closes and not max(opens, today) <= closes:
        problems["closes_on"] = say("截止日不能早于开始日和今天")
    checklist = _checklist(session, person, str(form.get("checklist", "")), today)
    if checklist is None:
        problems["checklist"] = say("请选择一份已发布的清单")
    wanted = [kind for kind in ASKED if kind in kinds]
    if not wanted:
        problems["kinds"] = say("请选择发给学校、校外培训机构，或两者")
    township = _township(session, person, str(form.get("township_id", "")), problems)
    sites = _sites(session, person, wanted, township) if wanted and "township_id" not in problems else []
    if wanted and "township_id" not in problems and not 1 <= len(sites) <= MOST_SITES:
        problems["kinds"] = say("这样选出 {n} 个点位，一次要有 1 至 {most} 个", n=len(sites), most=MOST_SITES)
    if problems or checklist is None or opens is None or closes is None:
        raise Invalid(problems)
    campaign = SelfCheckCampaign(
        county=person.county, **texts, checklist_code=checklist.code, checklist_version=checklist.version,
        opens_on=opens, closes_on=closes, site_kinds=[kind.value for kind in wanted],
        township_id=township.id if township else None, sent_by_id=person.id, sent_at=now,
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    session.add_all(
        SelfCheck(county=person.county, id=new_id(), campaign_id=campaign.id, site_id=site_id,
                  state=SelfCheckState.NOT_BEGUN)
        for site_id in sites
    )  # fmt: skip
    session.flush()
    events.record(session, person, "send", campaign, sites=len(sites), closes_on=closes.isoformat())
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


def _sites(session: Session, person: Person, kinds: Sequence[SiteKind], township: Area | None) -> Sequence[UUID]:
    query = visible(person, Site).where(Site.kind.in_(kinds), Site.state.not_in(GONE))
    if township:
        query = query.where(Site.township_id == township.id)
    return session.scalars(query.with_only_columns(Site.id).order_by(Site.id)).all()


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
